"""The Excel list of a batch (批量发布): read with whatever headings stand there, and the template."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

import xlsxwriter
from django.core.files.base import File

from agencies.models import Agency
from catalog.exchange.cells import clean, number_text
from catalog.exchange.grid import Grid
from catalog.exchange.problems import UnreadableFile
from catalog.exchange.workbook import read_workbook
from disclosure.models import Topic
from disclosure.notice_rows import COLUMNS, MOST_ROWS, columns_in
from disclosure.services import NotAllowed
from disclosure.states import GENRES

#: Endings under which a list comes; what it is, its content says.
TABLES = (".xlsx", ".xls", ".et", ".csv", ".ods")
_HEAD_ROWS = 10
_EXAMPLE = {
    "title": "（示例，请删去）2026年第一季度高龄津贴发放公示",
    "written_on": "2026-03-02",
    "topic": "民政、扶贫、救灾\\社会福利",
    "genre": "公告",
    "summary": "80岁以上老人看看名单里有没有自己。",
    "body": "现将2026年第一季度高龄津贴发放名单予以公示，公示期5个工作日。\n名单见附件。",
    "attachments": "高龄津贴名单.xlsx",
}


def read_list(file: File[bytes]) -> list[dict[str, str]] | None:
    """The rows of a list, texts by column; None for a table that has no heading 标题 of ours.

    Raises NotAllowed for a file that cannot be read.
    """
    with tempfile.NamedTemporaryFile(prefix="list-") as copy:
        file.seek(0)
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        file.seek(0)
        try:
            grids = read_workbook(Path(copy.name))
        except UnreadableFile as error:
            raise NotAllowed(f"「{file.name}」读不出来：{error}") from error
    for grid in grids:
        if (rows := _rows_of(grid)) is not None:
            return rows
    return None


def _rows_of(grid: Grid) -> list[dict[str, str]] | None:
    for number in list(grid.rows())[:_HEAD_ROWS]:
        columns = columns_in({at: clean(cell.text) for at, cell in grid.cells[number].items()})
        if "title" not in columns.values() or len(columns) < 2:
            continue
        rows = []
        for row in grid.rows():
            if row <= number or row in grid.hidden_rows:
                continue
            texts = {key: _text(grid, row, at) for at, key in columns.items()}
            if any(texts.values()) and not texts["title"].startswith("（示例"):
                rows.append(texts)
            if len(rows) > MOST_ROWS:
                raise NotAllowed(f"一批最多{MOST_ROWS}条，清单里不止这些，请分几批。")
        return rows
    return None


def _text(grid: Grid, row: int, column: int) -> str:
    cell = grid.get(row, column)
    if cell is None or cell.kind in {"error", "formula"}:
        return ""
    return number_text(cell)[0] if cell.kind == "number" else clean(cell.text)


def write_template(target: IO[bytes], *, agency: Agency | None) -> None:
    """The empty list with an example, what to write where, and the 主题分类 to choose from."""
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E8EEF4"}
    )
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("批量发布")
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, f"{column.heading}{'*' if column.required else ''}", head)
        sheet.write_comment(0, at, column.help)
        example = _EXAMPLE.get(column.key, agency.label if column.key == "agency" and agency else "")
        if example:
            sheet.write_string(1, at, example, text)
    genre = next(at for at, column in enumerate(COLUMNS) if column.key == "genre")
    sheet.data_validation(
        1, genre, MOST_ROWS, genre, {"validate": "list", "source": list(GENRES), "error_type": "warning"}
    )
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 16)
    notes.set_column(1, 2, 70, text)
    for at, column in enumerate(COLUMNS):
        notes.write_string(at, 0, f"{column.heading}{'*' if column.required else ''}", head)
        notes.write_string(at, 1, column.help, text)
        if column.also:
            notes.write_string(at, 2, f"表头写成这些也认：{'、'.join(column.also)}。", text)
    classes = book.add_worksheet("主题分类")
    classes.set_column(0, 0, 44)
    for at, topic in enumerate(Topic.objects.select_related("parent").order_by("code")):
        classes.write_string(at, 0, str(topic))
    book.close()
