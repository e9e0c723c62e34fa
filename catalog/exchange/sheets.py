"""Sheets of the official book: one table each, and the contents sheet (目录页) in front of them.

The rows of a table are written as ready-made XML into the file that XlsxWriter keeps for the sheet in
constant-memory mode, at a third of what a call for every cell costs. That file, like `Worksheet.merge`, is
no documented interface: the version is pinned, and tests read cells, heights and merges back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise
from math import ceil
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from catalog.drafts import Draft

from .layout import captions, covered_levels, more_text, rows_of
from .paper import (
    MAX_ROW_POINTS,
    Formats,
    fitting,
    line_count,
    needed_points,
    print_page,
    put_head,
    put_text,
    row_points,
    when_entered,
)
from .tables import Table

HEADER_TOP = 2  # rows 1 and 2 hold caption and legend
BODY_TOP = 4
#: Into rows of this height a text is divided that is higher than the highest row.
PIECE_POINTS = 136.0
# What Excel cannot hold, and what it would take for an escape.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_")
_MARKUP = re.compile(r"[&<>]")


class RawRows:
    """Rows of a sheet as XML, in order, none held. `centred` tells which columns are centred."""

    def __init__(self, sheet: Worksheet, formats: Formats, centred: Sequence[bool], top: int) -> None:
        # What was put through XlsxWriter's own calls so far (caption and header) goes out first.
        sheet._write_single_row(top)
        self._sheet = sheet
        self._write: Callable[[str], Any] = sheet.row_data_fh.write
        self._formats = formats
        self._align = ["center" if one else "left" for one in centred]
        self._styles: dict[tuple[int, str, bool], str] = {}
        self._heads = [
            (f'<c r="{xl_col_to_name(number)}', self._style(number)) for number in range(len(centred))
        ]
        self._last = len(centred) - 1

    def put(
        self,
        row: int,
        texts: Sequence[str],
        height: float,
        number: int = -1,
        top: Collection[int] = (),
    ) -> None:
        """One row (counted from 0). `number` is the column that holds a number, where its text is one; the
        texts of the columns in `top` hang from the upper edge."""
        line = str(row + 1)
        height = round(height / 0.75) * 0.75  # whole pixels, as XlsxWriter has it
        parts = [f'<row r="{line}" ht="{height:.16g}" customHeight="1">']
        for index, (text, (head, style)) in enumerate(zip(texts, self._heads, strict=True)):
            parts.append(head)
            parts.append(line)
            if not text:
                parts.append(style)
                parts.append("/>")
            elif index == number and _is_number(text):
                parts.append(self._style(index, "", True) if index in top else style)
                parts.append(f"><v>{text}</v></c>")
            else:
                rest, entered = _inline(text)
                hangs = index in top
                parts.append(self._style(index, entered, hangs) if entered or hangs else style)
                parts.append(rest)
        parts.append("</row>")
        self._write("".join(parts))
        self._sheet.dim_rowmax = row
        self._sheet.dim_colmax = max(self._sheet.dim_colmax or 0, self._last)
        self._sheet.previous_row = row + 1

    def _style(self, index: int, entered: str = "", hangs: bool = False) -> str:
        key = (index, entered, hangs)
        if key not in self._styles:
            style = self._formats.cell(align=self._align[index], top=hangs, entered=entered)
            self._styles[key] = f'" s="{style._get_xf_index()}"'
        return self._styles[key]


@lru_cache(maxsize=4096)
def _inline(text: str) -> tuple[str, str]:
    """The rest of a cell that holds a text, and nothing but a text: it can never run as a formula. With it,
    what its style must say."""
    entered = when_entered(text)
    text = fitting(text)
    if _CONTROL.search(text):
        text = Worksheet._escape_control_characters(text)
    space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    if _MARKUP.search(text):
        text = escape(text, quote=False)
    return f' t="inlineStr"><is><t{space}>{text}</t></is></c>', entered


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
        self._widths = [column.width for column in self._columns]
        self._level_places = [n for n, column in enumerate(self._columns) if column.level is not None]
        self._levels = len(self._level_places)
        self._serial = next((n for n, column in enumerate(self._columns) if column.kind == "serial"), -1)

    def write(self) -> int:
        """Write everything; returns the number of items."""
        frozen = (max(self._level_places) + 1) if self._level_places else 0
        print_page(self._sheet, self._widths, BODY_TOP, frozen)
        self._head()
        rows = RawRows(self._sheet, self._formats, [column.centred for column in self._columns], BODY_TOP)
        row, count = BODY_TOP, 0
        open_from: dict[int, int] = {}
        for draft, joins, following in _looking_ahead(covered_levels(self._table.drafts(), self._levels)):
            count += 1
            for index in range(self._levels - 1):
                if not joins[index]:
                    self._close_level(open_from, index, row)
                    open_from[index] = row
            # In the middle of a merged cell a name could stand on the edge between two printed pages.
            runs = [n for n, goes_on in zip(self._level_places, following, strict=False) if goes_on]
            row = self._item(rows, row, draft, joins, count, runs)
        for index in range(self._levels - 1):
            self._close_level(open_from, index, row)
        return count

    def _head(self) -> None:
        last = len(self._columns) - 1
        put_head(self._sheet, self._formats, self._table.spec.caption, self._table.spec.legend, self._widths)
        tops, subs = captions(self._columns)
        for offset, points in enumerate(self._head_points(tops, subs)):
            self._sheet.set_row(HEADER_TOP + offset, points)
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

    def _head_points(self, tops: list[str], subs: list[str]) -> tuple[float, float]:
        """Heights of the two rows of the header: captions of a county's own may be long. A caption without
        a lower one stands over both rows, one of a group over all its columns."""
        upper, lower, both = 22.0, 28.0, 0.0
        for number, (top, sub) in enumerate(zip(tops, subs, strict=True)):
            # Bold characters are a little wider.
            width = self._widths[number] * 0.9
            if not sub:
                both = max(both, needed_points(line_count(top, width)))
                continue
            lower = max(lower, needed_points(line_count(sub, width)))
            if top:
                after = number + 1
                while after < len(tops) and subs[after] and not tops[after]:
                    after += 1
                upper = max(upper, needed_points(line_count(top, sum(self._widths[number:after]) * 0.9)))
        lower = max(lower, both - upper)
        return min(upper, MAX_ROW_POINTS), min(lower, MAX_ROW_POINTS)

    def _item(
        self, rows: RawRows, row: int, draft: Draft, joins: list[bool], count: int, runs: list[int]
    ) -> int:
        """The rows of one item from `row` on; returns the row after them. A text that is higher than Excel's
        highest row gets several, merged into one cell."""
        texts = [column.text(draft) for column in self._columns]
        if self._serial >= 0 and not texts[self._serial]:
            texts[self._serial] = str(count)
        height = rows_of(draft)
        points = self._points(texts, draft, 0, height)
        for index, joined in enumerate(joins):
            if joined:
                texts[self._level_places[index]] = ""
        if height == 1 and points <= MAX_ROW_POINTS:
            rows.put(row, texts, points, self._serial, runs)
            return row + 1
        further = [
            [more_text(draft, column, offset) for column in self._columns] for offset in range(1, height)
        ]
        needed = [points, *(self._points(one, draft, n, height) for n, one in enumerate(further, start=1))]
        # Small rows, so that the foot of a page is filled before the next one begins.
        parts = [ceil(one / PIECE_POINTS) if one > MAX_ROW_POINTS else 1 for one in needed]
        # In the middle of what fills several pages nobody finds a name.
        hanging = range(len(texts)) if max(parts) > 1 else runs
        starts, next_row = [], row
        for one, high, pieces in zip([texts, *further], needed, parts, strict=True):
            starts.append(next_row)
            for piece in range(pieces):
                shown = one if piece == 0 else [""] * len(one)
                rows.put(next_row, shown, high / pieces, self._serial, hanging)
                next_row += 1
        self._merge_item(draft, [*starts, next_row])
        return next_row

    def _merge_item(self, draft: Draft, starts: list[int]) -> None:
        """Merge the rows of one item: what has further rows of its own from one to the next (`starts`, with
        the row after the item last), everything else over all."""
        more = draft.extra.get("more") or {}
        for number, column in enumerate(self._columns):
            if column.level is not None and column.level < self._levels - 1:
                continue  # part of a run, which is merged when it ends
            own = bool(column.more and more.get(column.more))
            for first, after in pairwise(starts) if own else [(starts[0], starts[-1])]:
                self._merge(first, number, after - 1, number)

    def _close_level(self, open_from: dict[int, int], index: int, row: int) -> None:
        start = open_from.pop(index, row)
        if row - start > 1:
            self._merge(start, self._level_places[index], row - 1, self._level_places[index])

    def _merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        if (first_row, first_column) != (last_row, last_column):
            self._sheet.merge.append([first_row, first_column, last_row, last_column])

    def _points(self, texts: list[str], draft: Draft, offset: int, height: int) -> float:
        """What the row number `offset` of the item needs, be it more than one row of Excel can be high."""
        lines = 1
        more = (draft.extra.get("more") or {}) if height > 1 else {}
        for text, column in zip(texts, self._columns, strict=True):
            if len(text) > 2 or "\n" in text:
                shared = 1 if height == 1 or (column.more and more.get(column.more)) else height
                lines = max(lines, -(-line_count(text, column.width) // shared))
        return needed_points(lines)


def _looking_ahead(
    rows: Iterable[tuple[Draft, list[bool]]],
) -> Iterator[tuple[Draft, list[bool], list[bool]]]:
    """Each row of `covered_levels` with the joins of the one after it; none after the last."""
    waiting: tuple[Draft, list[bool]] | None = None
    for one in rows:
        if waiting is not None:
            yield (*waiting, one[1])
        waiting = one
    if waiting is not None:
        yield (*waiting, [])


def finish(sheet: Worksheet) -> None:
    """Write out what is held and close the sheet's file: a book of hundreds of sheets must not run out of
    open files. XlsxWriter opens it again when the book is closed."""
    sheet._write_single_row(sheet.previous_row + 1)
    sheet._opt_close()
    sheet.row_data_fh_closed = True


def contents_sheet(sheet: Worksheet, formats: Formats, rows: Sequence[tuple[str, str, int, str]]) -> None:
    """目录页: number, sheet (a link within the book: the one link that we write), caption, items, day."""
    widths = (6, 30, 70, 10, 14)
    print_page(sheet, widths, 3, 0)
    put_head(sheet, formats, "政务公开目录总目", "点工作表名称，跳到该表。", widths)
    sheet.set_row(2, 24)
    for number, caption in enumerate(("序号", "工作表", "名称", "项数", "截至")):
        put_text(sheet, 2, number, caption, formats.header)
    for count, (name, caption, items, day) in enumerate(rows, start=1):
        row = 2 + count
        sheet.set_row(row, row_points(max(line_count(caption, widths[2]), line_count(name, widths[1]))) + 4)
        sheet.write_number(row, 0, count, formats.centred)
        quoted = name.replace("'", "''")
        sheet.write_url(row, 1, f"internal:'{quoted}'!A1", formats.link, string=name)
        put_text(sheet, row, 2, caption, formats.text)
        sheet.write_number(row, 3, items, formats.centred)
        put_text(sheet, row, 4, day, formats.cell(align="center", entered=when_entered(day)))
