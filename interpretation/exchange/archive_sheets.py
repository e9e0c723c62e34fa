"""An archive as Excel (存量导入): the same records as the JSON Lines of `import_documents`, a row each.

Columns are declared once; the template has them, the reader finds them by their headings, and what is read
goes through `import_archive` like any other archive.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from catalog.exchange.cells import clean, number_text
from catalog.exchange.grid import Grid
from catalog.exchange.workbook import read_workbook
from disclosure.notice_rows import folded, read_date, several
from disclosure.states import SAID_VALIDITY, DocumentKind

_HEAD_ROWS = 10
#: More than a county has put on its site in twenty years is not in one sheet.
MOST_ROWS = 100_000
_KINDS = {str(label): str(value) for value, label in DocumentKind.choices} | {"解读": "interpretation"}
_DAYS = frozenset({"written_on", "published_on"})


@dataclass(frozen=True)
class Column:
    """A key of the record, the heading of its column, and what to write into it."""

    key: str
    heading: str
    help: str
    width: int = 16
    also: tuple[str, ...] = ()


COLUMNS = (
    Column("id", "编号", "必填，每条不同，以后不变：再次导入时凭它认出同一条。", 14, ("原编号", "序号")),
    Column("kind", "类型", f"必填：{'、'.join(_KINDS)}。", 10),
    Column("title", "标题", "必填。", 44, ("名称",)),
    Column("doc_number", "发文字号", "没有的不填。", 20, ("文号",)),
    Column("index_number", "索引号", "原来编过的照抄，没有的不填，系统不会补编。", 24),
    Column("issuer", "发文机关", "照原文。", 22, ("发布机构",)),
    Column("written_on", "成文日期", "如 2019-03-02，不知道的不填。", 13),
    Column("published_on", "发布日期", "在原网站发布的日期，不知道的不填。", 13),
    Column("topic", "主题分类", "照原文。", 24),
    Column("validity", "有效性", f"{'、'.join(str(label) for _, label in SAID_VALIDITY)}；不填也行。", 12),
    Column("body", "正文", "几段就换行写。", 50),
    Column("relates_to_ids", "解读的文件编号", "只有解读填：所解读文件的编号，几份用分号隔开。", 20),
    Column("relates_to", "解读的文件标题", "只有解读填：不知道编号时写标题。", 30),
    Column("attachments", "附件地址", "网址，几个用换行或分号隔开；只记地址，不去下载。", 36, ("附件",)),
    Column("source_url", "来源网址", "原网页的地址。", 36, ("原网址",)),
)


class NoTable(Exception):  # noqa: N818 - an answer to a person
    """No sheet has the headings; the message says which are needed."""


@dataclass(frozen=True)
class Sheet:
    """The records as lines for `import_archive`: line n is row n of the sheet, what is no record is empty, so
    that whatever is said of a line is true of its row."""

    name: str
    lines: list[bytes]


def read_sheet(path: Path) -> Sheet:
    """The first sheet with the headings 编号 and 标题. Raises NoTable; UnreadableFile for what is no
    workbook."""
    for grid in read_workbook(path):
        if (found := _records_of(grid)) is not None:
            return found
    raise NoTable("没有找到表头：至少要有「编号」「类型」「标题」三列。请下载模板，把内容贴进去再上传。")


def _records_of(grid: Grid) -> Sheet | None:
    for number in list(grid.rows())[:_HEAD_ROWS]:
        columns = {at: key for at, cell in grid.cells[number].items() if (key := _key_of(clean(cell.text)))}
        if not {"id", "title"} <= set(columns.values()):
            continue
        sheet, count = Sheet(grid.name, []), 0
        for row in grid.rows():
            texts = {key: _text(grid, row, at, key) for at, key in columns.items()} if row > number else {}
            if not any(texts.values()) or texts["id"].startswith("（示例"):
                continue
            count += 1
            if count > MOST_ROWS:
                raise NoTable(f"一张表最多{MOST_ROWS}条，请分几个文件导入。")
            sheet.lines.extend([b""] * (row - 1 - len(sheet.lines)))
            sheet.lines.append(json.dumps(_record(texts), ensure_ascii=False).encode())
        return sheet
    return None


def _key_of(heading: str) -> str:
    plain = re.sub(r"[\s*＊（(].*$", "", folded(heading))
    return next((one.key for one in COLUMNS if plain and plain in {one.heading, *one.also}), "")


def _text(grid: Grid, row: int, column: int, key: str) -> str:
    cell = grid.get(row, column)
    if cell is None or cell.kind in {"error", "formula"}:
        return ""
    text = number_text(cell)[0] if cell.kind == "number" else clean(cell.text)
    if key in _DAYS and text:
        try:
            day = read_date(text)
        except ValueError:
            return text  # The reader of the archive says what is wrong with it.
        return day.isoformat() if day else ""
    return text


def _record(texts: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {key: text for key, text in texts.items() if text}
    if "kind" in record:
        record["kind"] = _KINDS.get(record["kind"], record["kind"])
    for key in ("relates_to_ids", "attachments"):
        if key in record:
            record[key] = (
                several(record[key]) if key == "relates_to_ids" else re.split(r"[;；\s]+", record[key])
            )
    return record


def write_template(target: IO[bytes]) -> None:
    """The empty table with an example and what to write where."""
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "valign": "top", "border": 1, "bg_color": "#E8EEF4"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet, notes = book.add_worksheet("存量导入"), book.add_worksheet("填写说明")
    sheet.freeze_panes(1, 3)
    notes.set_column(0, 0, 18)
    notes.set_column(1, 1, 70, text)
    example = {"id": "（示例，请删去）2019-001", "kind": "文件", "title": "关于做好冬春救助工作的通知"}
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, column.heading, head)
        sheet.write_string(1, at, example.get(column.key, ""), text)
        notes.write_string(at, 0, column.heading, head)
        notes.write_string(at, 1, column.help, text)
    kinds = {"validate": "list", "source": list(_KINDS), "error_type": "warning"}
    sheet.data_validation(1, 1, 10_000, 1, kinds)
    book.close()
