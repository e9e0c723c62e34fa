"""The preview of an import as a workbook: what would happen, and the file's own table with every error and
warning as a comment at its cell. Texts are written as texts: nothing in a cell can run as a formula."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from .grid import Grid, Merge
from .imports import ReadFile
from .problems import MAX_ROWS, UnreadableFile, column_number
from .workbook import read_workbook

_SUMMARY = "核对结果"
_HEAD = ["结果", "工作表", "单元格", "事项", "列", "原来", "现在 / 说明"]
_WIDTHS = [10, 18, 10, 40, 16, 50, 60]
_COLOURS = {"error": "#F8CBC6", "warning": "#FFE9A8", "changed": "#CFE3F7", "new": "#DDF0DD"}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_COMMENT = 2000
# What a person looks through; the counts on the page are always whole.
_MOST_LINES = 50_000
_MOST_MERGES = 20_000


def write_preview(target: IO[bytes], path: Path, read: ReadFile) -> None:
    """Write the preview of a file that has been read; also of one that cannot be read at all."""
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        formats = {
            name: book.add_format({"bg_color": colour, "text_wrap": True, "valign": "top", "border": 1})
            for name, colour in _COLOURS.items()
        }
        formats["plain"] = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        formats["head"] = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
        _write_summary(book.add_worksheet(_SUMMARY), read, formats)
        try:
            grids = read_workbook(path)
        except UnreadableFile:
            grids = []
        names = {_SUMMARY}
        for grid in grids:
            if grid.cells and not grid.hidden:
                _write_grid(book.add_worksheet(_sheet_name(grid.name, names)), grid, read, formats)
    finally:
        book.close()


def _write_summary(sheet: Any, read: ReadFile, formats: dict[str, Any]) -> None:
    for column, (title, width) in enumerate(zip(_HEAD, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, formats["head"])
    sheet.freeze_panes(1, 0)
    for number, (style, texts) in enumerate(_lines(read)[:_MOST_LINES], start=1):
        for column, text in enumerate(texts):
            sheet.write_string(number, column, text[:32_767], formats[style if column == 0 else "plain"])


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


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none twice."""
    plain = _FORBIDDEN.sub(" ", name).strip()[:28] or "表"
    found, number = plain, 2
    while found.lower() in {one.lower() for one in taken} or found.lower() == "history":
        found, number = f"{plain}{number}", number + 1
    taken.add(found)
    return found


def _write_grid(sheet: Any, grid: Grid, read: ReadFile, formats: dict[str, Any]) -> None:
    marks, comments = _marks(grid, read)
    sheet.set_column(0, max(grid.last_column - 1, 0), 18)
    rows = sorted(grid.cells.keys() | {row for row in marks.by_row if row <= MAX_ROWS})
    for row in rows:
        cells = grid.cells.get(row, {})
        for column in sorted(cells.keys() | {column for _row, column in marks.by_row.get(row, [])}):
            style = formats[marks.get((row, column), "plain")]
            cell = cells.get(column)
            if cell is None or not cell.text:
                sheet.write_blank(row - 1, column - 1, None, style)
            else:
                sheet.write_string(row - 1, column - 1, cell.text, style)
            # In constant-memory mode nothing can be said of an earlier row.
            if text := comments.get((row, column)):
                sheet.write_comment(row - 1, column - 1, text[:_COMMENT], {"x_scale": 2, "y_scale": 1.5})
    # In constant-memory mode merging would lose the covered cells: the ranges are noted directly.
    sheet.merge += [[m.top - 1, m.left - 1, m.bottom - 1, m.right - 1] for m in _apart(grid)]


class _Marks(dict[tuple[int, int], str]):
    """Cells to be coloured; the strongest word about a cell stays."""

    def __init__(self) -> None:
        super().__init__()
        self.by_row: dict[int, list[tuple[int, int]]] = {}

    def add(self, row: int, column: int, style: str) -> None:
        if (row, column) not in self:
            self[row, column] = style
            self.by_row.setdefault(row, []).append((row, column))


def _marks(grid: Grid, read: ReadFile) -> tuple[_Marks, dict[tuple[int, int], str]]:
    marks = _Marks()
    comments: dict[tuple[int, int], str] = {}
    for style, word, problems in (("error", "错误", read.result.errors), ("warning", "提醒", read.warnings)):
        for problem in problems:
            if problem.sheet == grid.name and problem.row:
                address = (problem.row, column_number(problem.column or "A"))
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
        address = (int(match.group(2)), column_number(match.group(1)))
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
