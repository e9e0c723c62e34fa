"""The preview of an import as a workbook: what would happen, and the file's own table with every error and
warning as a comment at its cell. Texts are written as texts: nothing in a cell can run as a formula."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from .grid import Grid, Merge
from .imports import ReadFile
from .paper import Formats, line_count, print_page, put_text, row_points, sheet_name, when_entered
from .problems import MAX_ROWS, UnreadableFile, column_number
from .workbook import read_workbook
from .writer import OPTIONS

_SUMMARY = "核对结果"
_HEAD = ["结果", "工作表", "单元格", "事项", "列", "原来", "现在 / 说明"]
_WIDTHS = [10.5, 14, 8.7, 27.6, 14, 48.2, 48.2]
_COLOURS = {"error": "#F8CBC6", "warning": "#FFE9A8", "changed": "#CFE3F7", "new": "#DDF0DD", "plain": ""}
_COMMENT = 2000
# What a person looks through; the counts on the page are always whole.
_MOST_LINES = 50_000
_MOST_MERGES = 20_000
#: Rows by which the widths of columns are judged, and the widths that there are: from so many characters on.
_JUDGED = 2000
_STEPS = ((160, 41.2), (60, 27.6), (24, 19.0), (8, 12.2), (0, 7.0))
# A head that is repeated on every page must leave room for the table.
_MOST_HEAD = 8


def write_preview(target: IO[bytes], path: Path, read: ReadFile) -> None:
    """Write the preview of a file that has been read; also of one that cannot be read at all."""
    book = xlsxwriter.Workbook(target, OPTIONS)
    try:
        formats = Formats(book)
        taken: set[str] = set()
        _write_summary(book.add_worksheet(sheet_name(_SUMMARY, taken)), read, formats)
        try:
            grids = read_workbook(path)
        except UnreadableFile:
            grids = []
        for grid in grids:
            if grid.cells and not grid.hidden:
                _write_grid(book.add_worksheet(sheet_name(grid.name, taken)), grid, read, formats)
    finally:
        book.close()


def _put(sheet: Any, row: int, column: int, text: str, formats: Formats, style: str = "plain") -> None:
    put_text(sheet, row, column, text, formats.cell(colour=_COLOURS[style], entered=when_entered(text)))


def _write_summary(sheet: Any, read: ReadFile, formats: Formats) -> None:
    print_page(sheet, _WIDTHS, 1, 0)
    sheet.set_row(0, 22)
    for column, title in enumerate(_HEAD):
        put_text(sheet, 0, column, title, formats.header)
    for number, (style, texts) in enumerate(_lines(read)[:_MOST_LINES], start=1):
        lines = max(line_count(text, width) for text, width in zip(texts, _WIDTHS, strict=True))
        sheet.set_row(number, row_points(lines))
        for column, text in enumerate(texts):
            _put(sheet, number, column, text, formats, style if column == 0 else "plain")


def _lines(read: ReadFile) -> list[tuple[str, list[str]]]:
    """Errors first, then warnings, then what would change."""
    lines: list[tuple[str, list[str]]] = []
    for word, style, problems in (
        ("错误", "error", read.result.errors),
        ("提醒", "warning", read.warnings),
    ):
        lines += [(style, [word, p.sheet or "整个文件", p.cell, "", "", "", p.message]) for p in problems]
    if read.plan is None:
        return lines
    for row in read.plan.of("changed"):
        name = " / ".join(row.draft.levels)
        lines += [
            ("changed", ["修改", row.draft.sheet, change.cell, name, change.label, change.old, change.new])
            for change in row.changes
        ]
    for row in read.plan.of("new"):
        place = [row.draft.sheet, row.draft.address("levels"), " / ".join(row.draft.levels)]
        lines.append(("new", ["新增", *place, "", "", row.draft.content]))
    for part in read.plan.plans:
        for item in part.missing:
            name = " / ".join(item.draft.levels)
            lines.append(
                ("plain", ["文件中没有", "", "", name, "", item.code, "保留不动，除非在预览页勾选停用"])
            )
    return lines or [("plain", ["没有变化", "", "", "", "", "", "与现有目录逐格相同。"])]


def _write_grid(sheet: Any, grid: Grid, read: ReadFile, formats: Formats) -> None:
    """The file's own table, every cell at its own address."""
    merges = _apart(grid)
    marks, comments = _marks(grid, read, merges)
    widths = _column_widths(grid, merges)
    firsts = [draft.rows[0] for draft in read.result.drafts if draft.sheet == grid.name and draft.rows]
    head = min(firsts, default=2) - 1
    print_page(sheet, widths, head if 0 < head <= _MOST_HEAD else 1, 0)
    sheet.set_header('&C&"宋体,常规"&9&A')
    spans = {(m.top, m.left): m for m in merges}
    covered = _covered(merges)
    rows = sorted(grid.cells.keys() | covered.keys() | {row for row in marks.by_row if row <= MAX_ROWS})
    for row in rows:
        cells = grid.cells.get(row, {})
        sheet.set_row(row - 1, row_points(_row_lines(row, cells, spans, widths)))
        marked = {column for _row, column in marks.by_row.get(row, [])}
        for column in sorted(cells.keys() | marked | covered.get(row, set())):
            cell = cells.get(column)
            style = marks.get((row, column), "plain")
            _put(sheet, row - 1, column - 1, cell.text if cell else "", formats, style)
            # In constant-memory mode nothing can be said of an earlier row.
            if text := comments.get((row, column)):
                # A box shows what fits: 128 pixels at scale 1 wide, 74 high, a line takes 15.
                high = min(8.0, max(1.5, line_count(text, 36) * 15 / 74))
                sheet.write_comment(row - 1, column - 1, text[:_COMMENT], {"x_scale": 2, "y_scale": high})
    # In constant-memory mode merging would lose the covered cells: the ranges are noted directly.
    sheet.merge += [[m.top - 1, m.left - 1, m.bottom - 1, m.right - 1] for m in merges]


def _covered(merges: list[Merge]) -> dict[int, set[int]]:
    """Columns of merged cells by row: each of them draws its part of the border."""
    found: dict[int, set[int]] = {}
    for merge in merges:
        for row in range(merge.top, merge.bottom + 1):
            found.setdefault(row, set()).update(range(merge.left, merge.right + 1))
    return found


def _column_widths(grid: Grid, merges: list[Merge]) -> list[float]:
    """A width for each column by its longest text; what is merged over several columns does not count."""
    across = {(m.top, m.left) for m in merges if m.right > m.left}
    longest: dict[int, int] = {}
    for row in islice(grid.rows(), _JUDGED):
        for column, cell in grid.cells[row].items():
            if (row, column) not in across:
                longest[column] = max(
                    longest.get(column, 0), len(cell.text.encode("utf-8", "replace")) * 2 // 3
                )
    return [
        next(width for least, width in _STEPS if longest.get(column, 0) >= least)
        for column in range(1, grid.last_column + 1)
    ]


def _row_lines(
    row: int, cells: dict[int, Any], spans: dict[tuple[int, int], Merge], widths: list[float]
) -> int:
    lines = 1
    for column, cell in cells.items():
        span = spans.get((row, column))
        right, rows = (span.right, span.bottom - span.top + 1) if span else (column, 1)
        lines = max(lines, -(-line_count(cell.text, sum(widths[column - 1 : right])) // rows))
    return lines


class _Marks(dict[tuple[int, int], str]):
    """Cells to be coloured; the strongest word about a cell stays."""

    def __init__(self, merges: list[Merge]) -> None:
        super().__init__()
        self._first = {
            (row, column): (m.top, m.left)
            for m in merges
            for row in range(m.top, m.bottom + 1)
            for column in range(m.left, m.right + 1)
        }
        self.by_row: dict[int, list[tuple[int, int]]] = {}

    def seen_at(self, row: int, column: int) -> tuple[int, int]:
        """Where Excel shows what is said of a cell: the first one of its merged range."""
        return self._first.get((row, column), (row, column))

    def add(self, row: int, column: int, style: str) -> None:
        address = self.seen_at(row, column)
        if address not in self:
            self[address] = style
            self.by_row.setdefault(address[0], []).append(address)


def _marks(grid: Grid, read: ReadFile, merges: list[Merge]) -> tuple[_Marks, dict[tuple[int, int], str]]:
    marks = _Marks(merges)
    comments: dict[tuple[int, int], str] = {}
    for style, word, problems in (("error", "错误", read.result.errors), ("warning", "提醒", read.warnings)):
        for problem in problems:
            if problem.sheet == grid.name and problem.row:
                address = marks.seen_at(problem.row, column_number(problem.column or "A"))
                marks.add(*address, style)
                earlier = comments.get(address)
                comments[address] = f"{earlier}\n" if earlier else ""
                comments[address] += f"{word}：{problem.message}"
    for row in read.plan.of("changed") if read.plan else []:
        if row.draft.sheet == grid.name:
            for change in row.changes:
                _note_change(marks, comments, change.cell, change.old)
    for row in read.plan.of("new") if read.plan else []:
        if row.draft.sheet == grid.name and row.draft.rows:
            marks.add(row.draft.rows[0], column_number(row.draft.cells.get("levels", "A")), "new")
    return marks, comments


def _note_change(marks: _Marks, comments: dict[tuple[int, int], str], cell: str, old: str) -> None:
    match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
    if match:
        address = marks.seen_at(int(match.group(2)), column_number(match.group(1)))
        marks.add(*address, "changed")
        comments.setdefault(address, f"原来：{old or '（空）'}")


def _apart(grid: Grid) -> list[Merge]:
    """The merged ranges that do not overlap: two that do make a file that Excel repairs."""
    taken: set[tuple[int, int]] = set()
    found: list[Merge] = []
    for merge in grid.merges[:_MOST_MERGES]:
        bottom, right = min(merge.bottom, grid.last_row), min(merge.right, grid.last_column)
        cells = {
            (row, column) for row in range(merge.top, bottom + 1) for column in range(merge.left, right + 1)
        }
        if len(cells) > 1 and not cells & taken:
            taken |= cells
            found.append(Merge(merge.top, merge.left, bottom, right))
    return found
