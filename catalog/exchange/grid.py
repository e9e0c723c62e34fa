"""One sheet as a grid of cells with its merged ranges, whatever kind of file it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

CellKind = Literal["text", "number", "date", "bool", "error", "formula"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's stored value. `text` is what stands in the file: a number keeps the digits that were
    stored. `kind` "formula" is a formula without a stored value. `zeros`: width to which the number
    format pads with zeros (format 0000 shows 505 as 0505), 0 for none."""

    kind: CellKind
    text: str
    zeros: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, 1-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """A sheet. `cells` holds only cells that carry something, by row, then column, both 1-based."""

    name: str
    hidden: bool = False
    cells: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    _covered: dict[tuple[int, int], Merge] | None = None

    @property
    def last_row(self) -> int:
        """The last row that carries something; 0 for an empty sheet."""
        return max(self.cells, default=0)

    @property
    def last_column(self) -> int:
        """The last column that carries something; 0 for an empty sheet."""
        return max((max(row, default=0) for row in self.cells.values()), default=0)

    def rows(self) -> Iterator[int]:
        """The numbers of rows that carry something, in order."""
        yield from sorted(self.cells)

    def get(self, row: int, column: int) -> Cell | None:
        """The cell that is stored at this address itself; a merge is not looked through."""
        found = self.cells.get(row)
        return found.get(column) if found else None

    def merge_at(self, row: int, column: int) -> Merge | None:
        """The merged range that covers this address, its top left cell included."""
        if self._covered is None:
            self._covered = self._cover()
        return self._covered.get((row, column))

    def forget_below(self, row: int) -> None:
        """Let go of what stands below a row, once it is read: a large sheet is held no longer than needed."""
        self.cells = {number: cells for number, cells in self.cells.items() if number <= row}
        self.merges = [merge for merge in self.merges if merge.top <= row]
        self._covered = None

    def _cover(self) -> dict[tuple[int, int], Merge]:
        # Clipped to what is used: a merge over a whole column says nothing about empty rows.
        last_row, last_column = self.last_row, self.last_column
        covered: dict[tuple[int, int], Merge] = {}
        for merge in self.merges:
            for row in range(merge.top, min(merge.bottom, last_row) + 1):
                for column in range(merge.left, min(merge.right, last_column) + 1):
                    covered[row, column] = merge
        return covered

    def fresh(self, row: int, column: int) -> Cell | None:
        """The cell's own value: None where it is blank or covered by a merge that begins elsewhere."""
        merge = self.merge_at(row, column)
        if merge and (merge.top, merge.left) != (row, column):
            return None
        return self.get(row, column)

    def anchored_above(self, row: int, column: int) -> tuple[int, int] | None:
        """Top left address of a merge that covers this cell and began in an earlier row, else None."""
        merge = self.merge_at(row, column)
        if merge and merge.top < row:
            return merge.top, merge.left
        return None
