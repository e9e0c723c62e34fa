"""Filling a grid within bounds: what every reader of a file format shares.

A file may be hostile. Bounds are kept while reading, never after: bytes unpacked, rows, columns, cells,
characters in a cell, seconds (`problems`).
"""

from __future__ import annotations

import re
import time

from .grid import Cell, Grid, Merge
from .problems import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_COVERED,
    MAX_ROWS,
    MAX_SECONDS,
    MAX_SHEETS,
    MAX_UNPACKED_BYTES,
    UnreadableFile,
)

NOT_A_WORKBOOK = (
    "这不是 Excel 工作簿。请在 Excel 或 WPS 中打开原表，另存为「Excel 工作簿（*.xlsx）」后再导入。"
)
ENCRYPTED = "文件设有打开密码，系统无法读取。请先在 Excel 或 WPS 中取消密码，另存后再导入。"
DAMAGED = "文件已损坏或不是完整的 Excel 工作簿。请在 Excel 或 WPS 中打开原表，另存为 .xlsx 后再导入。"
TOO_BIG = "文件解开后过大，不像是一份目录。请只保留目录表，另存后再导入。"
TOO_MUCH_TEXT = "文字过多，不像是一份目录。请只保留目录表，另存后再导入。"
TOO_MANY_SHEETS = f"工作表超过 {MAX_SHEETS:,} 张，不像是一份目录。请只保留目录表，另存后再导入。"
_TOO_LONG = "读取超过两分钟，已停止。请把目录拆成几个文件后再导入。"
_CELLS_BETWEEN_LOOKS = 8192
_RECORDS_BETWEEN_LOOKS = 65_536
_TEXTS_REMEMBERED = 10_000
# Neither XML nor PostgreSQL's text can hold these, though an escape or a binary file can spell them.
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def holdable(text: str) -> str:
    """A text as the catalog can keep it: line ends folded, characters that no database holds left out."""
    plain = _UNHOLDABLE.sub("", text[:MAX_CELL_CHARACTERS])
    return plain.replace("\r\n", "\n") if "\r" in plain else plain


class Budget:
    """What one file may cost, over all its parts and sheets."""

    def __init__(self) -> None:
        self._cells = 0
        self._covered = 0
        self._sheets = 0
        self._records = 0
        self._characters = 0
        self._bytes_left = MAX_UNPACKED_BYTES
        self._deadline = time.monotonic() + MAX_SECONDS

    def spend_bytes(self, count: int) -> None:
        """Take note of unpacked bytes. Raises UnreadableFile past the bounds, of time too."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise UnreadableFile(TOO_BIG)
        self.look_at_the_clock()

    def look_at_the_clock(self) -> None:
        """Raises UnreadableFile when the time is over."""
        if time.monotonic() > self._deadline:
            raise UnreadableFile(_TOO_LONG)

    def spend_cell(self) -> None:
        """One more cell that carries something."""
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise UnreadableFile("单元格过多，不像是一份目录。请把目录拆成几个文件后再导入。")
        if self._cells % _CELLS_BETWEEN_LOOKS == 0:
            self.look_at_the_clock()

    def spend_text(self, text: str) -> None:
        """One more text that is held until the end."""
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            raise UnreadableFile(TOO_MUCH_TEXT)

    def spend_records(self, count: int) -> None:
        """So many more records of a binary stream, over all sheets: one place may be read many times."""
        self._records += count
        if self._records >= _RECORDS_BETWEEN_LOOKS:
            self._records = 0
            self.look_at_the_clock()

    def spend_sheet(self) -> None:
        """One more sheet, or table of a web page."""
        self._sheets += 1
        if self._sheets > MAX_SHEETS:
            raise UnreadableFile(TOO_MANY_SHEETS)

    def spend_merge(self, cells: int) -> None:
        """One more merged range over so many cells."""
        self._covered += cells
        if self._covered > MAX_COVERED:
            raise UnreadableFile("合并单元格过大，不像是一份目录。请取消多余的合并，另存后再导入。")


class GridFiller:
    """Puts cells and merged ranges of one sheet into its grid; rows and columns count from 1."""

    def __init__(self, grid: Grid, budget: Budget) -> None:
        self.grid = grid
        self.budget = budget
        self._texts: dict[str, Cell] = {}
        budget.spend_sheet()

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Store a cell; one of blanks alone is none. Raises UnreadableFile past the bounds."""
        if cell.kind == "text":
            if not cell.text.strip():
                return
            cell = self._held_once(cell)
        if row > MAX_ROWS:
            raise UnreadableFile(
                f"工作表「{self.grid.name}」用到了第 {row} 行，超过 {MAX_ROWS:,} 行的上限。"
                "请删去表格以外的内容，或把目录拆成几个文件后再导入。"
            )
        self.check_column(column)
        self.budget.spend_cell()
        self.grid.cells.setdefault(row, {})[column] = cell

    def _held_once(self, cell: Cell) -> Cell:
        # Most texts of a catalog stand in many rows.
        if (known := self._texts.get(cell.text)) is not None:
            return known
        if len(self._texts) < _TEXTS_REMEMBERED:
            self._texts[cell.text] = cell
        return cell

    def check_column(self, column: int) -> None:
        """Raises UnreadableFile for a column past the bounds."""
        if column > MAX_COLUMNS:
            raise UnreadableFile(
                f"工作表「{self.grid.name}」用到了第 {column} 列，超过 {MAX_COLUMNS} 列的上限。"
                "请删去表格以外的内容，另存后再导入。"
            )

    def put_text(self, row: int, column: int, text: str) -> None:
        """Store a text that no XML parser has looked at."""
        self.put(row, column, Cell("text", holdable(text)))

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Take note of a merged range. Raises UnreadableFile past the bounds."""
        if top < 1 or left < 1 or bottom < top or right < left or (top == bottom and left == right):
            return
        rows = max(0, min(bottom, MAX_ROWS) - top + 1)
        self.budget.spend_merge(rows * max(0, min(right, MAX_COLUMNS) - left + 1) + 1)
        self.grid.merges.append(Merge(top, left, bottom, right))

    def hide_row(self, row: int) -> None:
        """Take note of a hidden row."""
        if row <= MAX_ROWS:
            self.grid.hidden_rows.add(row)

    def hide_columns(self, first: int, last: int) -> None:
        """Take note of hidden columns."""
        self.grid.hidden_columns.update(range(max(1, first), min(last, MAX_COLUMNS) + 1))
