"""Sheets of the official book: one table each, and the contents sheet (目录页) in front of them.

The rows of a table are written as ready-made XML into the file that XlsxWriter keeps for the sheet in
constant-memory mode, at a third of what a call for every cell costs. That file, like `Worksheet.merge`, is
no documented interface: the version is pinned, and tests read cells, heights and merges back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from catalog.drafts import Draft

from .layout import captions, covered_levels, more_text, rows_of
from .tables import Table

HEADER_TOP = 2  # rows 1 and 2 hold caption and legend
BODY_TOP = 4
_LINE_POINTS = 13.5
_MAX_ROW_POINTS = 409.0  # Excel knows no higher row
_MAX_CELL = 32_767  # UTF-16 units: Excel calls a file with a longer text damaged
_CUT = "……（单元格放不下，全文见 CSV 或 JSON 导出）"
_BAD_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# What Excel cannot hold, and what it would take for an escape.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_")
_MARKUP = re.compile(r"[&<>]")


class Formats:
    """The styles of the book."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        border = {"border": 1, "text_wrap": True, "valign": "vcenter", "font_name": "宋体", "font_size": 9}
        self.caption: Format = book.add_format(
            {"bold": True, "align": "center", "valign": "vcenter", "font_name": "黑体", "font_size": 16}
        )
        self.legend: Format = book.add_format(
            {"align": "left", "valign": "vcenter", "font_name": "宋体", "font_size": 9, "text_wrap": True}
        )
        self.header: Format = book.add_format(
            {**border, "bold": True, "align": "center", "bg_color": "#F2F2F2"}
        )
        self.text: Format = book.add_format({**border, "align": "left"})
        self.centred: Format = book.add_format({**border, "align": "center"})
        self.link: Format = book.add_format(
            {**border, "align": "left", "underline": 1, "font_color": "#1F3B5C"}
        )


class RawRows:
    """Rows of a sheet as XML, in order, none held. `columns` tell which cells are centred."""

    def __init__(self, sheet: Worksheet, formats: Formats, centred: Sequence[bool], top: int) -> None:
        # What was put through XlsxWriter's own calls so far (caption and header) goes out first.
        sheet._write_single_row(top)
        self._sheet = sheet
        self._write: Callable[[str], Any] = sheet.row_data_fh.write
        styles = [(formats.centred if c else formats.text)._get_xf_index() for c in centred]
        self._cells = [
            (f'<c r="{xl_col_to_name(number)}', f'" s="{style}"') for number, style in enumerate(styles)
        ]
        self._last = len(styles) - 1

    def put(self, row: int, texts: Sequence[str], height: float, number: int = -1) -> None:
        """One row (counted from 0). `number` is the column that holds a number, where its text is one."""
        line = str(row + 1)
        height = round(height / 0.75) * 0.75  # whole pixels, as XlsxWriter has it
        parts = [f'<row r="{line}" ht="{height:.16g}" customHeight="1">']
        for index, (text, (head, style)) in enumerate(zip(texts, self._cells, strict=True)):
            parts.append(head)
            parts.append(line)
            parts.append(style)
            if not text:
                parts.append("/>")
            elif index == number and _is_number(text):
                parts.append(f"><v>{text}</v></c>")
            else:
                parts.append(_inline(text))
        parts.append("</row>")
        self._write("".join(parts))
        self._sheet.dim_rowmax = row
        self._sheet.dim_colmax = max(self._sheet.dim_colmax or 0, self._last)
        self._sheet.previous_row = row + 1


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    """The rest of a cell that holds a text, and nothing but a text: it can never run as a formula."""
    if len(text) > _MAX_CELL // 2 and len(text.encode("utf-16-le")) > _MAX_CELL * 2:
        text = _fitting(text)
    if _CONTROL.search(text):
        text = Worksheet._escape_control_characters(text)
    space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    if _MARKUP.search(text):
        text = escape(text, quote=False)
    return f' t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _fitting(text: str) -> str:
    units = text.encode("utf-16-le")[: (_MAX_CELL - len(_CUT)) * 2]
    return units.decode("utf-16-le", "ignore") + _CUT


def _is_number(text: str) -> bool:
    return len(text) < 10 and text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


class SheetWriter:
    """One table on one sheet, finished for printing. Merges are noted beside and written last:
    `merge_range` would lose the covered cells (STACK, trap 16)."""

    def __init__(self, sheet: Worksheet, formats: Formats, table: Table) -> None:
        self._sheet = sheet
        self._formats = formats
        self._table = table
        self._columns = table.spec.columns()
        self._level_places = [n for n, column in enumerate(self._columns) if column.level is not None]
        self._levels = len(self._level_places)
        self._serial = next((n for n, column in enumerate(self._columns) if column.kind == "serial"), -1)

    def write(self) -> int:
        """Write everything; returns the number of items."""
        frozen = (max(self._level_places) + 1) if self._level_places else 0
        print_page(self._sheet, [column.width for column in self._columns], BODY_TOP, frozen)
        self._head()
        rows = RawRows(self._sheet, self._formats, [column.centred for column in self._columns], BODY_TOP)
        row, count = BODY_TOP, 0
        open_from: dict[int, int] = {}
        for draft, joins in covered_levels(self._table.drafts(), self._levels):
            count += 1
            for index in range(self._levels - 1):
                if not joins[index]:
                    self._close_level(open_from, index, row)
                    open_from[index] = row
            row = self._item(rows, row, draft, joins, count)
        for index in range(self._levels - 1):
            self._close_level(open_from, index, row)
        return count

    def _head(self) -> None:
        last = len(self._columns) - 1
        put_head(self._sheet, self._formats, self._table.spec.caption, self._table.spec.legend, last)
        self._sheet.set_row(HEADER_TOP, 22)
        self._sheet.set_row(HEADER_TOP + 1, 28)
        tops, subs = captions(self._columns)
        for offset, texts in enumerate((tops, subs)):
            for number, text in enumerate(texts):
                put_text(self._sheet, HEADER_TOP + offset, number, text, self._formats.header)
        for number, sub in enumerate(subs):
            if not sub:
                self._merge(HEADER_TOP, number, HEADER_TOP + 1, number)
        start = 0
        for number in range(1, last + 2):
            if number <= last and not tops[number] and subs[number]:
                continue
            if subs[start]:
                self._merge(HEADER_TOP, start, HEADER_TOP, number - 1)
            start = number

    def _item(self, rows: RawRows, row: int, draft: Draft, joins: list[bool], count: int) -> int:
        texts = [column.text(draft) for column in self._columns]
        if self._serial >= 0 and not texts[self._serial]:
            texts[self._serial] = str(count)
        height = rows_of(draft)
        points = self._height(texts, draft, 0, height)
        for index, joined in enumerate(joins):
            if joined:
                texts[self._level_places[index]] = ""
        rows.put(row, texts, points, self._serial)
        if height > 1:
            self._further_rows(rows, row, draft, height)
        return row + height

    def _further_rows(self, rows: RawRows, row: int, draft: Draft, height: int) -> None:
        for offset in range(1, height):
            texts = [more_text(draft, column, offset) for column in self._columns]
            rows.put(row + offset, texts, self._height(texts, draft, offset, height), self._serial)
        more = draft.extra.get("more") or {}
        for number, column in enumerate(self._columns):
            in_run = column.level is not None and column.level < self._levels - 1
            if not (column.more and more.get(column.more)) and not in_run:
                self._merge(row, number, row + height - 1, number)

    def _close_level(self, open_from: dict[int, int], index: int, row: int) -> None:
        start = open_from.pop(index, row)
        if row - start > 1:
            self._merge(start, self._level_places[index], row - 1, self._level_places[index])

    def _merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        if (first_row, first_column) != (last_row, last_column):
            self._sheet.merge.append([first_row, first_column, last_row, last_column])

    def _height(self, texts: list[str], draft: Draft, offset: int, height: int) -> float:
        """Excel fits no row with merged cells by itself, and a printed page shows only what fits."""
        lines = 1
        more = (draft.extra.get("more") or {}) if height > 1 else {}
        for text, column in zip(texts, self._columns, strict=True):
            if len(text) > 2 or "\n" in text:
                shared = 1 if height == 1 or (column.more and more.get(column.more)) else height
                lines = max(lines, -(-line_count(text, column.width) // shared))
        return row_points(lines)


def print_page(sheet: Worksheet, widths: Sequence[float], top: int, frozen: int) -> None:
    """A4 landscape, one page wide, the rows above `top` repeated on every page, page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.repeat_rows(0, top - 1)
    sheet.set_footer("&C第 &P 页 共 &N 页")
    sheet.freeze_panes(top, frozen)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)


def put_head(sheet: Worksheet, formats: Formats, caption: str, legend: str, last: int) -> None:
    """Caption and legend over the whole width."""
    sheet.set_row(0, 30)
    put_text(sheet, 0, 0, caption, formats.caption)
    sheet.set_row(1, 16)
    put_text(sheet, 1, 0, legend, formats.legend)
    if last:
        sheet.merge += [[0, 0, 0, last], [1, 0, 1, last]]


def put_text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """A cell of text through XlsxWriter."""
    if not text:
        sheet.write_blank(row, column, None, style)
        return
    # XlsxWriter takes a text that begins with <r> and ends with </r> for ready-made markup.
    if text.startswith("<r>") and text.endswith("</r>"):
        text = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    sheet.write_string(row, column, text, style)


def row_points(lines: int) -> float:
    """Height of a row with so many lines, in points."""
    return min(_MAX_ROW_POINTS, 4 + lines * _LINE_POINTS)


@lru_cache(maxsize=4096)
def line_count(text: str, width: float) -> int:
    """How many lines a text takes in a column: a Chinese character is about two wide, a little less at
    9 point. Three bytes of UTF-8 are one such character: near enough, and fast."""
    per_line = max(2.0, width * 1.15)
    lines = 0
    for line in text.split("\n"):
        characters = len(line)
        wide = characters + (len(line.encode("utf-8", "replace")) - characters) / 2
        lines += max(1, ceil(wide / per_line))
    return lines


def sheet_name(text: str, taken: set[str]) -> str:
    """A name that Excel allows and that is not taken: 31 characters, told apart without regard to case."""
    base = _BAD_SHEET_NAME.sub("", text)[:28].strip("' ") or "目录"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name.lower())
    return name


def finish(sheet: Worksheet) -> None:
    """Write out what is held and close the sheet's file: a book of hundreds of sheets must not run out of
    open files. XlsxWriter opens it again when the book is closed."""
    sheet._write_single_row(sheet.previous_row + 1)
    sheet._opt_close()
    sheet.row_data_fh_closed = True


def contents_sheet(sheet: Worksheet, formats: Formats, rows: Sequence[tuple[str, str, int, str]]) -> None:
    """目录页: number, sheet (a link within the book: the one link that we write), caption, items, day."""
    last = 4
    print_page(sheet, [6, 30, 70, 10, 14], 3, 0)
    put_head(sheet, formats, "政务公开目录总目", "点工作表名称，跳到该表。", last)
    sheet.set_row(2, 24)
    for number, caption in enumerate(("序号", "工作表", "名称", "项数", "截至")):
        put_text(sheet, 2, number, caption, formats.header)
    for count, (name, caption, items, day) in enumerate(rows, start=1):
        row = 2 + count
        sheet.set_row(row, row_points(max(line_count(caption, 70), line_count(name, 30))) + 4)
        sheet.write_number(row, 0, count, formats.centred)
        quoted = name.replace("'", "''")
        sheet.write_url(row, 1, f"internal:'{quoted}'!A1", formats.link, string=name)
        put_text(sheet, row, 2, caption, formats.text)
        sheet.write_number(row, 3, items, formats.centred)
        put_text(sheet, row, 4, day, formats.centred)
