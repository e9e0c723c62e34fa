"""The XML parts of an .xlsx as expat handlers: shared strings, number formats, one sheet's cells."""

from __future__ import annotations

import re

from .filling import TOO_MUCH_TEXT, Budget, GridFiller, holdable
from .grid import Cell
from .number_formats import NumberStyles
from .problems import MAX_CELL_CHARACTERS, MAX_CELLS, UnreadableFile, column_number

#: Digits of a number, and names of errors, are short.
_LONGEST_NUMBER = 400
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
# A cell's text as the file spells it: each character may be escaped into seven.
_LONGEST = 7 * MAX_CELL_CHARACTERS
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescape(text: str) -> str:
    # ECMA-376 22.9.2.19: characters that XML cannot hold are written as _x000D_.
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return holdable(plain)


class SharedStrings:
    """xl/sharedStrings.xml: the texts by position; phonetic hints (rPh) are not part of a text."""

    def __init__(self, budget: Budget) -> None:
        self.texts: list[str] = []
        self._budget = budget
        self._parts: list[str] = []
        self._length = 0
        self._in_text = False
        self._phonetic = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "si":
            self._parts, self._length = [], 0
        elif name == "t":
            self._in_text = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            if len(self.texts) >= MAX_CELLS:
                raise UnreadableFile(TOO_MUCH_TEXT)
            self.texts.append(_unescape("".join(self._parts)[:_LONGEST])[:MAX_CELL_CHARACTERS])
            self._budget.spend_text(self.texts[-1])

    def text(self, data: str) -> None:
        if self._in_text and self._length < _LONGEST:
            self._parts.append(data)
            self._length += len(data)


class Styles(NumberStyles):
    """xl/styles.xml: for each cell style, whether it shows a date and to how many digits it pads."""

    def __init__(self) -> None:
        super().__init__()
        self._in_cell_styles = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "numFmt":
            self.add_format(_integer(attrs.get("numFmtId")), attrs.get("formatCode", ""))
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            self.add_style(_integer(attrs.get("numFmtId")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False

    def text(self, data: str) -> None:
        """Styles carry no text."""


class SheetReader:
    """One worksheet, cell by cell, into a grid."""

    def __init__(self, filler: GridFiller, strings: list[str], styles: NumberStyles) -> None:
        self._filler = filler
        self._strings = strings
        self._styles = styles
        self._row = 0
        self._column = 0
        self._type = "n"
        self._style = 0
        self._value: list[str] = []
        self._length = 0
        self._collect = False
        self._has_value = False
        self._has_formula = False
        self._phonetic = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attrs)
        elif name == "v":
            self._collect = self._has_value = True
        elif name == "t":
            self._collect = not self._phonetic
            self._has_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._row = _integer(attrs.get("r")) or self._row + 1
            self._column = 0
            if attrs.get("hidden", "0") in ("1", "true"):
                self._filler.hide_row(self._row)
        elif name == "rPh":
            self._phonetic = True
        elif name == "col" and attrs.get("hidden", "0") in ("1", "true"):
            self._filler.hide_columns(_integer(attrs.get("min")), _integer(attrs.get("max")))
        elif name == "mergeCell":
            self._merge(attrs.get("ref", ""))

    def _start_cell(self, attrs: dict[str, str]) -> None:
        match = _REFERENCE.match(attrs.get("r", ""))
        if match:
            self._column, self._row = column_number(match.group(1)), int(match.group(2))
        else:
            self._column += 1
        self._type = attrs.get("t", "n")
        self._style = _integer(attrs.get("s"))
        self._value, self._length = [], 0
        self._collect = self._has_value = self._has_formula = False

    def text(self, data: str) -> None:
        if self._collect and self._length < _LONGEST:
            self._value.append(data)
            self._length += len(data)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._collect = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        raw = "".join(self._value)[:_LONGEST]
        if self._has_formula and (not self._has_value or (not raw and self._type != "str")):
            self._store(Cell("formula", ""))
        elif self._has_value and (raw or self._type == "inlineStr"):
            self._store(self._cell(raw))

    def _cell(self, raw: str) -> Cell:
        if self._type == "s":
            index = _integer(raw)
            return Cell("text", self._strings[index] if 0 <= index < len(self._strings) else "")
        if self._type in ("str", "inlineStr"):
            text = _unescape(raw)[:MAX_CELL_CHARACTERS]
            self._filler.budget.spend_text(text)
            return Cell("text", text)
        if self._type == "b":
            return Cell("bool", raw[:_LONGEST_NUMBER].strip())
        if self._type == "e":
            return Cell("error", raw[:_LONGEST_NUMBER].strip())
        if self._type == "d":
            return Cell("date", raw[:10])
        return self._styles.number(self._style, raw[:_LONGEST_NUMBER].strip())

    def _store(self, cell: Cell) -> None:
        self._filler.put(self._row, self._column, cell)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.match(first), _REFERENCE.match(last or first)
        if begin and end:
            self._filler.merge(
                top=int(begin.group(2)),
                left=column_number(begin.group(1)),
                bottom=int(end.group(2)),
                right=column_number(end.group(1)),
            )


def _integer(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0
