"""The official layout as .xlsx in constant memory, and the same rows as CSV and JSON.

Printed from Excel it is a finished page: caption, legend, two-row header repeated on every page, A4
landscape, one page wide. Texts are written as strings: nothing in a cell can run as a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from math import ceil
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from catalog.drafts import Draft, as_item

from .layout import LEGEND, PrintColumn, TableSpec, covered_levels, more_text, rows_of

_HEADER_TOP = 2  # rows 1 and 2 hold caption and legend
_BODY_TOP = 4
_LINE_POINTS = 13.5
_MAX_ROW_POINTS = 409.0  # Excel knows no higher row
_BAD_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of the book. `drafts` is called for each pass: the items are streamed, never held."""

    spec: TableSpec
    drafts: Callable[[], Iterable[Draft]]


def write_xlsx(target: IO[bytes], tables: Iterable[Table]) -> int:
    """Write a book with one sheet a table; returns the number of items written."""
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    formats = _Formats(book)
    names: set[str] = set()
    written = 0
    for table in tables:
        sheet = book.add_worksheet(_sheet_name(table.spec, names))
        written += _SheetWriter(sheet, formats, table).write()
    if not names:
        empty = book.add_worksheet("没有事项")
        empty.write_string(0, 0, "所选范围内没有目录事项。")
    book.close()
    return written


def _sheet_name(spec: TableSpec, taken: set[str]) -> str:
    # Excel allows 31 characters and tells names apart without regard to case.
    base = _BAD_SHEET_NAME.sub("", f"{spec.owner}{spec.field_name}")[:28].strip("'") or "目录"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name.lower())
    return name


class _Formats:
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


class _SheetWriter:
    """One sheet. Rows are written in order (constant memory); merges are noted beside and written last:
    `merge_range` would lose the covered cells (STACK, trap 16), so ranges go to `Worksheet.merge` itself,
    which is undocumented: the version is pinned and a test reads the merges back."""

    def __init__(self, sheet: Worksheet, formats: _Formats, table: Table) -> None:
        self._sheet = sheet
        self._formats = formats
        self._table = table
        self._columns = table.spec.columns()
        self._levels = sum(column.level is not None for column in self._columns)

    def write(self) -> int:
        """Write everything; returns the number of items."""
        self._page()
        self._head()
        row, count = _BODY_TOP, 0
        open_from: dict[int, int] = {}
        for draft, joins in covered_levels(self._table.drafts(), self._levels):
            count += 1
            for index in range(self._levels - 1):
                if not joins[index]:
                    self._close_level(open_from, index, row)
                    open_from[index] = row
            row = self._item(row, draft, joins, count)
        for index in range(self._levels - 1):
            self._close_level(open_from, index, row)
        return count

    def _page(self) -> None:
        sheet = self._sheet
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.repeat_rows(0, _BODY_TOP - 1)
        sheet.set_footer("&C第 &P 页 共 &N 页")
        sheet.freeze_panes(_BODY_TOP, 1 + self._levels)
        for number, column in enumerate(self._columns):
            sheet.set_column(number, number, column.width)

    def _head(self) -> None:
        last = len(self._columns) - 1
        self._sheet.set_row(0, 30)
        self._put(0, 0, self._table.spec.caption, self._formats.caption)
        self._merge(0, 0, 0, last)
        self._sheet.set_row(1, 16)
        self._put(1, 0, LEGEND, self._formats.legend)
        self._merge(1, 0, 1, last)
        self._sheet.set_row(_HEADER_TOP, 22)
        self._sheet.set_row(_HEADER_TOP + 1, 28)
        for number, column in enumerate(self._columns):
            first_of_group = number == 0 or not column.sub or self._columns[number - 1].top != column.top
            self._put(_HEADER_TOP, number, column.top if first_of_group else "", self._formats.header)
        for number, column in enumerate(self._columns):
            self._put(_HEADER_TOP + 1, number, column.sub, self._formats.header)
            if not column.sub:
                self._merge(_HEADER_TOP, number, _HEADER_TOP + 1, number)
        start = 0
        for number in range(1, last + 2):
            same = (
                number <= last
                and self._columns[number].sub
                and self._columns[number].top == self._columns[start].top
            )
            if not same:
                if self._columns[start].sub:
                    self._merge(_HEADER_TOP, start, _HEADER_TOP, number - 1)
                start = number

    def _item(self, row: int, draft: Draft, joins: list[bool], count: int) -> int:
        height = rows_of(draft)
        texts = [column.text(draft) for column in self._columns]
        texts[0] = texts[0] or str(count)
        for offset in range(height):
            self._sheet.set_row(row + offset, self._height(texts, draft, offset, height))
            for number, column in enumerate(self._columns):
                if offset:
                    text = more_text(draft, column, offset)
                elif column.level is not None and joins[column.level]:
                    text = ""
                else:
                    text = texts[number]
                self._put(
                    row + offset,
                    number,
                    text,
                    self._formats.centred if column.centred else self._formats.text,
                )
        if height > 1:
            more = draft.extra.get("more") or {}
            for number, column in enumerate(self._columns):
                in_run = column.level is not None and column.level < self._levels - 1
                if not (column.more and more.get(column.more)) and not in_run:
                    self._merge(row, number, row + height - 1, number)
        return row + height

    def _close_level(self, open_from: dict[int, int], index: int, row: int) -> None:
        start = open_from.pop(index, row)
        if row - start > 1:
            self._merge(start, 1 + index, row - 1, 1 + index)

    def _merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        if (first_row, first_column) != (last_row, last_column):
            self._sheet.merge.append([first_row, first_column, last_row, last_column])

    def _put(self, row: int, column: int, text: str, style: Format) -> None:
        if not text:
            self._sheet.write_blank(row, column, None, style)
        elif column == 0 and text.isascii() and text.isdigit() and str(int(text)) == text and len(text) < 10:
            self._sheet.write_number(row, column, int(text), style)
        else:
            self._sheet.write_string(row, column, _literal(text), style)

    def _height(self, texts: list[str], draft: Draft, offset: int, height: int) -> float:
        """Excel fits no row with merged cells by itself, and a printed page shows only what fits."""
        lines = 1
        for number, column in enumerate(self._columns):
            text = texts[number] if offset == 0 else more_text(draft, column, offset)
            shared = 1 if column.more and (draft.extra.get("more") or {}).get(column.more) else height
            lines = max(lines, -(-_lines(text, column.width) // shared))
        return min(_MAX_ROW_POINTS, 4 + lines * _LINE_POINTS)


def _literal(text: str) -> str:
    # XlsxWriter takes a text that begins with <r> and ends with </r> for ready-made markup.
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    return text


@lru_cache(maxsize=2048)
def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column: a Chinese character is about two wide, a little less at
    9 point. Three bytes of UTF-8 are one such character: near enough, and fast."""
    per_line = max(2.0, width * 1.15)
    lines = 0
    for line in text.split("\n"):
        characters = len(line)
        wide = characters + (len(line.encode("utf-8", "replace")) - characters) / 2
        lines += max(1, ceil(wide / per_line))
    return lines


def write_csv(target: IO[str], tables: Iterable[Table]) -> int:
    """Write all tables below each other, with their captions and headers; returns the number of items.

    UTF-8 with BOM is the caller's part. In CSV a cell cannot be marked as text: a spreadsheet that opens
    the file may take "=…" for a formula. Nothing is altered here to prevent that: .xlsx is the safe form.
    """
    writer = csv.writer(target)
    written = 0
    for table in tables:
        columns = table.spec.columns()
        writer.writerow(_padded([table.spec.caption], columns))
        writer.writerow(_padded([LEGEND], columns))
        tops = [
            column.top if index == 0 or not column.sub or columns[index - 1].top != column.top else ""
            for index, column in enumerate(columns)
        ]
        writer.writerow(tops)
        writer.writerow([column.sub for column in columns])
        for count, draft in enumerate(table.drafts(), start=1):
            written += 1
            texts = [column.text(draft) for column in columns]
            texts[0] = texts[0] or str(count)
            writer.writerow(texts)
            for row in _more_rows(draft, columns):
                writer.writerow(row)
    return written


def _padded(texts: list[str], columns: list[PrintColumn]) -> list[str]:
    return texts + [""] * (len(columns) - len(texts))


def _more_rows(draft: Draft, columns: list[PrintColumn]) -> Iterator[list[str]]:
    # One text a row: without merged cells, a row with several would read back as an item of its own.
    more: dict[str, list[str]] = draft.extra.get("more") or {}
    for number, column in enumerate(columns):
        for text in more.get(column.more, []) if column.more else []:
            row = [""] * len(columns)
            row[number] = text
            yield row


def write_json(target: IO[str], tables: Iterable[Table]) -> int:
    """Write `{"items": […]}` with the keys of `import_catalog --items`; returns the number of items."""
    written = 0
    target.write('{"items": [')
    for table in tables:
        for draft in table.drafts():
            target.write(",\n" if written else "\n")
            item: dict[str, Any] = as_item(draft, table.spec.field_name)
            item["sheet"] = item["sheet"] or table.spec.field_name
            json.dump(item, target, ensure_ascii=False)
            written += 1
    target.write("\n]}\n")
    return written


def encoded_text(target: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """A text layer over a binary target that does not close it."""
    return io.TextIOWrapper(target, encoding=encoding, newline="", write_through=True)
