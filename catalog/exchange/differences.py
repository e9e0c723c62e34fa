"""Two days of the catalog as a book: 新增, 修改 (old and new, cell by cell), 停用. Streamed, never held."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from math import ceil
from typing import IO, cast

import xlsxwriter

from catalog.comparing import ItemChange, Standing
from catalog.drafts import display
from catalog.history import Narrow, stream_comparison

from .paper import (
    MAX_ROW_POINTS,
    Formats,
    line_count,
    needed_points,
    print_page,
    put_head,
    put_text,
)
from .sheets import PIECE_POINTS, RawRows, finish
from .writer import OPTIONS

#: Kind of difference -> name of its sheet, in the order of the stream.
KINDS = {"added": "新增", "changed": "修改", "retired": "停用"}
_TOP = 3
_TOLD = 2000
_WHOSE = (("事项编码", 13.8), ("目录", 10.5), ("单位", 12.2), ("公开事项", 15.6))
_CELLS = (("改了哪一栏", 12.2), ("原来", 55.0), ("现在", 55.0))
_ATTRIBUTES = (
    ("content", "公开内容(要素)", 31.0),
    ("basis", "公开依据", 24.0),
    ("time_limit", "公开时限", 12.2),
    ("subject", "公开主体", 10.5),
    ("channels", "公开渠道和载体", 22.5),
    ("audience", "公开对象", 7.0),
    ("manner", "公开方式", 7.0),
    ("tiers", "公开层级", 5.5),
)


def write_difference(
    target: IO[bytes],
    since: date,
    until: date,
    *,
    narrow: Narrow | None = None,
    tell: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Write the book; returns how many items were added, changed and retired. `tell` is told now and then
    how many are written."""
    book = xlsxwriter.Workbook(target, OPTIONS)
    formats = Formats(book)
    sheets = {kind: _Sheet(book, formats, kind, since, until) for kind in KINDS}
    for number, (kind, one) in enumerate(stream_comparison(since, until, narrow=narrow)):
        sheets[kind].put(one)
        if tell is not None and number % _TOLD == 0:
            tell(number)
    counts = {kind: sheet.close() for kind, sheet in sheets.items()}
    book.close()
    return counts


def export_difference(since: date, until: date, *, narrow: Narrow | None = None) -> IO[bytes]:
    """The book as a temporary file, at its beginning."""
    target = cast("IO[bytes]", tempfile.TemporaryFile(prefix="catalog-"))  # noqa: SIM115
    try:
        write_difference(target, since, until, narrow=narrow)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


class _Sheet:
    """One of the three sheets: an item takes a row, a changed one a row for each cell."""

    def __init__(
        self, book: xlsxwriter.Workbook, formats: Formats, kind: str, since: date, until: date
    ) -> None:
        self._sheet = book.add_worksheet(KINDS[kind])
        self._kind, self._formats = kind, formats
        own = _CELLS if kind == "changed" else tuple((label, width) for _name, label, width in _ATTRIBUTES)
        columns = (*_WHOSE, *own)
        self._widths = [width for _label, width in columns]
        print_page(self._sheet, self._widths, _TOP, len(_WHOSE))
        caption = f"公开目录变动：{KINDS[kind]}（{since:%Y-%m-%d} 至 {until:%Y-%m-%d}）"
        legend = "两个日期都按当天结束时的目录算。■为必选的公开渠道，□为可选的公开渠道。"
        put_head(self._sheet, formats, caption, legend, self._widths)
        self._sheet.set_row(2, 26)
        for number, (label, _width) in enumerate(columns):
            put_text(self._sheet, 2, number, label, formats.header)
        self._rows = RawRows(self._sheet, formats, [False] * len(columns), _TOP)
        self._next, self._items = _TOP, 0

    def put(self, one: Standing | ItemChange) -> None:
        """The rows of one item; what says which item it is stands once."""
        texts = _changed(one) if isinstance(one, ItemChange) else [_whole(one)]
        first = self._next
        for row in texts:
            self._put_row(row, len(texts) > 1)
        if self._next - first > 1:
            self._sheet.merge += [[first, n, self._next - 1, n] for n in range(len(_WHOSE))]
        self._items += 1

    def _put_row(self, texts: list[str], merged: bool) -> None:
        """One row, or as many as a text needs that is higher than Excel's highest. What is merged hangs from
        the upper edge, since its middle may lie between two printed pages."""
        lines = max(line_count(text, width) for text, width in zip(texts, self._widths, strict=True))
        points = needed_points(lines)
        pieces = ceil(points / PIECE_POINTS) if points > MAX_ROW_POINTS else 1
        hanging = range(len(texts) if pieces > 1 else len(_WHOSE) if merged else 0)
        first = self._next
        for piece in range(pieces):
            shown = texts if piece == 0 else [""] * len(texts)
            self._rows.put(self._next, shown, points / pieces, top=hanging)
            self._next += 1
        if pieces > 1:
            own = range(len(_WHOSE), len(texts))
            self._sheet.merge += [[first, n, self._next - 1, n] for n in own]

    def close(self) -> int:
        """Finish the sheet; an empty one says so."""
        if not self._items:
            self._rows.put(_TOP, [f"没有{KINDS[self._kind]}的事项。"] + [""] * (len(self._widths) - 1), 20)
            self._sheet.merge.append([_TOP, 0, _TOP, len(self._widths) - 1])
        finish(self._sheet)
        return self._items


def _whose(one: Standing) -> list[str]:
    return [one.code, one.field_name, one.agency_name, " / ".join(one.draft.levels)]


def _whole(one: Standing) -> list[str]:
    return [*_whose(one), *(display(one.draft, name) for name, _label, _width in _ATTRIBUTES)]


def _changed(change: ItemChange) -> list[list[str]]:
    who = _whose(change.new)
    return [
        [*(who if index == 0 else [""] * len(who)), cell.label, cell.old, cell.new]
        for index, cell in enumerate(change.changes)
    ]
