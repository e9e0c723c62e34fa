"""The OpenDocument spreadsheet (.ods, also as one flat XML file): repeats bounded, spans as merged ranges."""

from __future__ import annotations

import re

from .filling import Budget, GridFiller, holdable
from .grid import Cell, Grid
from .problems import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS

# What stands in a cell and is none of its text, and what holds tables that are no sheets.
_SKIPPED = frozenset(
    "annotation frame custom-shape shapes rect line ellipse polyline polygon path connector caption g control"
    " tracked-changes dde-links forms scenario".split()
)
_NUMBERS = frozenset(["float", "percentage", "currency"])
_LONGEST_BLANK = 100
_MOST_STYLES = 100_000


class OdsContent:
    """content.xml as a handler of `archive.parse_xml`; `grids` holds the sheets afterwards."""

    def __init__(self, budget: Budget) -> None:
        self.grids: list[Grid] = []
        self._budget = budget
        self._filler: GridFiller | None = None
        self._skipping = 0
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._column = 0
        self._row_repeat = 1
        self._row_cells: list[tuple[int, int, Cell]] = []
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._length = 0
        self._paragraphs = 0
        self._in_paragraph = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        if self._skipping or name in _SKIPPED:
            self._skipping += 1
        elif name == "table-cell":
            self._start_cell(attrs)
        elif name == "table-row":
            self._start_row(attrs)
        elif name == "p" and self._cell is not None:
            if self._paragraphs:
                self._add("\n")
            self._paragraphs += 1
            self._in_paragraph = True
        elif self._in_paragraph:
            self._start_in_text(name, attrs)
        elif name in ("table", "table-column", "covered-table-cell", "style", "table-properties"):
            self._start_frame(name, attrs)

    def end(self, name: str) -> None:
        """An element ends."""
        if self._skipping:
            self._skipping -= 1
        elif name == "table-cell":
            self._end_cell()
        elif name == "p":
            self._in_paragraph = False
        elif name == "table-row":
            self._end_row()

    def text(self, data: str) -> None:
        """Text inside a paragraph of a cell."""
        if self._in_paragraph and not self._skipping:
            # As in HTML a line break in the source is a blank: line-break elements make lines.
            self._add(data.replace("\n", " "))

    def _add(self, text: str) -> None:
        if self._length < MAX_CELL_CHARACTERS:
            self._text.append(text)
            self._length += len(text)

    def _start_frame(self, name: str, attrs: dict[str, str]) -> None:
        if name == "covered-table-cell":
            self._column += _count(attrs, "columns-repeated")
        elif name == "table-column":
            self._start_column(attrs)
        elif name == "table":
            self._start_table(attrs)
        elif name == "style":
            self._style = attrs.get("style:name", "")
        elif attrs.get("table:display") == "false" and len(self._hidden_styles) < _MOST_STYLES:
            self._hidden_styles.add(self._style)

    def _start_in_text(self, name: str, attrs: dict[str, str]) -> None:
        if name == "s":
            self._add(" " * min(_integer(attrs.get("text:c"), 1), _LONGEST_BLANK))
        elif name in ("tab", "line-break"):
            self._add("\t" if name == "tab" else "\n")

    def _start_table(self, attrs: dict[str, str]) -> None:
        hidden = attrs.get("table:style-name", "") in self._hidden_styles
        grid = Grid(name=holdable(attrs.get("table:name", "")), hidden=hidden)
        self._filler = GridFiller(grid, self._budget)
        self.grids.append(grid)
        self._row = self._column = 0

    def _start_column(self, attrs: dict[str, str]) -> None:
        count = _count(attrs, "columns-repeated")
        # 16,384 columns without a word end every table.
        if self._filler and _is_hidden(attrs) and self._column < MAX_COLUMNS and count < MAX_COLUMNS:
            self._filler.hide_columns(self._column + 1, self._column + count)
        self._column += count

    def _start_row(self, attrs: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._row_repeat = _count(attrs, "rows-repeated")
        self._row_cells = []
        if self._filler and _is_hidden(attrs):
            for row in range(self._row, min(self._row + self._row_repeat, MAX_ROWS + 1)):
                self._filler.hide_row(row)

    def _start_cell(self, attrs: dict[str, str]) -> None:
        self._column += 1
        self._cell = attrs
        self._text = []
        self._length = self._paragraphs = 0

    def _end_cell(self) -> None:
        attrs = self._cell or {}
        self._cell = None
        repeat = _count(attrs, "columns-repeated")
        if self._filler:
            rows, columns = _count(attrs, "rows-spanned"), _count(attrs, "columns-spanned")
            if rows > 1 or columns > 1:
                bottom, right = self._row + rows - 1, self._column + columns - 1
                self._filler.merge(self._row, self._column, bottom, right)
            cell = _value(attrs, holdable("".join(self._text)))
            if cell.kind != "text" or cell.text.strip():
                # Not only when the row ends: it may hold millions of cells before it does.
                self._filler.check_column(self._column)
                self._row_cells.append((self._column, repeat, cell))
        self._column += repeat - 1

    def _end_row(self) -> None:
        if self._filler and self._row_cells:
            for row in range(self._row, self._row + self._row_repeat):
                for column, repeat, cell in self._row_cells:
                    for number in range(column, column + repeat):
                        self._filler.put(row, number, cell)
        self._row_cells = []
        self._row += self._row_repeat - 1


class OdsManifest:
    """META-INF/manifest.xml: whether the file is encrypted."""

    def __init__(self) -> None:
        self.encrypted = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        self.encrypted |= name == "encryption-data"

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """A manifest carries no text."""


def _value(attrs: dict[str, str], shown: str) -> Cell:
    kind = attrs.get("office:value-type", "")
    formula = "table:formula" in attrs
    if attrs.get("calcext:value-type") == "error" or (formula and shown.startswith(("#", "Err:"))):
        return Cell("error", shown)
    if kind in _NUMBERS:
        # Format 0000 shows 505 as 0505: the width is read off what is shown.
        zeros = len(shown) if re.fullmatch(r"0\d+", shown) else 0
        return Cell("number", attrs.get("office:value", ""), zeros)
    if kind == "date":
        return Cell("date", shown if "月" in shown else attrs.get("office:date-value", "")[:10])
    if kind == "boolean":
        return Cell("bool", "1" if attrs.get("office:boolean-value") == "true" else "0")
    text = shown or holdable(attrs.get("office:string-value", ""))
    return Cell("formula", "") if formula and not kind and not text else Cell("text", text)


def _is_hidden(attrs: dict[str, str]) -> bool:
    return attrs.get("table:visibility", "visible") in ("collapse", "filter")


def _count(attrs: dict[str, str], name: str) -> int:
    return _integer(attrs.get(f"table:number-{name}"), 1)


def _integer(text: str | None, default: int) -> int:
    """A count of 1 to 1,048,576 (no sheet has more); another is the default."""
    if text and len(text) < 10 and text.isdecimal():
        return min(max(int(text), 1), 1_048_576)
    return default
