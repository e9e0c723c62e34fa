"""Tables that only call themselves .xls: a web page's table, and the XML workbook of Excel 2003.

Sites offer both under that name, and Excel opens them without a word.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from .archive import parse_xml
from .filling import NOT_A_WORKBOOK, Budget, GridFiller, holdable
from .grid import Cell, Grid
from .ods import OdsContent
from .problems import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS, UnreadableFile

_XML_WORKBOOK = "urn:schemas-microsoft-com:office:spreadsheet"
_FLAT_ODS = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9:]*)")
_SPAN = re.compile(r"\b(rowspan|colspan)\s*=\s*(?:[\"']\s*)?(\d{1,5})", re.IGNORECASE)
# Of a tag no more is looked at than this, and of a character's number so many digits: more is no character.
_LONGEST_TAG = 4096
_LONG_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINE_TAGS = frozenset(["br", "p", "div", "li"])
_SILENT_TAGS = ("script", "style", "title", "head")
_BLOCK = 65_536


def looks_like_markup(text: str) -> bool:
    """Whether a text is HTML or XML."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read_markup(text: str, budget: Budget) -> list[Grid]:
    """The tables of a web page, of an XML workbook or of a flat OpenDocument file. Raises UnreadableFile."""
    text = text.lstrip("\ufeff \t\r\n")
    start = text[:8192]
    if _XML_WORKBOOK in start and "<html" not in start.lower():
        workbook = _XmlWorkbook(budget)
        parse_xml(_xml_blocks(text, budget), workbook, "utf-8")
        grids = workbook.grids
    elif _FLAT_ODS in start:
        content = OdsContent(budget)
        parse_xml(_xml_blocks(text, budget), content, "utf-8")
        grids = content.grids
    else:
        grids = _HtmlTables(budget).read(text)
    if not grids:
        raise UnreadableFile(NOT_A_WORKBOOK)
    return grids


def _xml_blocks(text: str, budget: Budget) -> Iterator[bytes]:
    # The declaration names the encoding of the bytes, which are decoded already.
    text = _DECLARATION.sub("", text, count=1)
    for begin in range(0, len(text), _BLOCK):
        block = text[begin : begin + _BLOCK].encode("utf-8", "replace")
        budget.spend_bytes(len(block))
        yield block


class _XmlWorkbook:
    """SpreadsheetML of Excel 2003: Workbook, Worksheet, Table, Row, Cell, Data."""

    def __init__(self, budget: Budget) -> None:
        self.grids: list[Grid] = []
        self._budget = budget
        self._filler: GridFiller | None = None
        self._row = self._column = 0
        self._across = 0
        self._type = ""
        self._parts: list[str] = []
        self._collect = False
        self._formula = self._has_data = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """An element begins."""
        if name == "Worksheet":
            self.grids.append(Grid(name=holdable(attrs.get("ss:Name", ""))))
            self._filler = GridFiller(self.grids[-1], self._budget)
            self._row = 0
        elif name == "Row":
            self._row = _integer(attrs.get("ss:Index")) or self._row + 1
            self._column = 0
            if self._filler and attrs.get("ss:Hidden") == "1":
                self._filler.hide_row(self._row)
        elif name == "Cell" and self._filler:
            self._column = _integer(attrs.get("ss:Index")) or self._column + 1
            self._across, down = _integer(attrs.get("ss:MergeAcross")), _integer(attrs.get("ss:MergeDown"))
            bottom, right = self._row + down, self._column + self._across
            self._filler.merge(self._row, self._column, bottom, right)
            self._formula, self._has_data = "ss:Formula" in attrs, False
        elif name == "Data":
            self._type, self._parts, self._collect, self._has_data = attrs.get("ss:Type", ""), [], True, True
        elif name == "Visible" and self.grids:
            self._parts, self._collect = [], True

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Data" and self._filler:
            self._collect = False
            self._filler.put(self._row, self._column, _xml_value(self._type, "".join(self._parts)))
        elif name == "Cell" and self._filler:
            if self._formula and not self._has_data:
                self._filler.put(self._row, self._column, Cell("formula", ""))
            self._column += self._across
        elif name == "Visible" and self._collect and self.grids:
            self._collect = False
            self.grids[-1].hidden = "Hidden" in "".join(self._parts)

    def text(self, data: str) -> None:
        """Text of a cell."""
        if self._collect:
            self._parts.append(data)


def _xml_value(kind: str, raw: str) -> Cell:
    if kind == "Number":
        return Cell("number", raw.strip())
    if kind == "DateTime":
        return Cell("date", raw.strip()[:10])
    if kind == "Boolean":
        return Cell("bool", raw.strip()[:1])
    if kind == "Error":
        return Cell("error", raw.strip())
    return Cell("text", holdable(raw))


class _HtmlTables:
    """The tables of a web page. A scanner of our own, in one pass: the parser of the standard library
    takes quadratic time for unclosed tags."""

    def __init__(self, budget: Budget) -> None:
        self.grids: list[Grid] = []
        self._budget = budget
        self._filler: GridFiller | None = None
        self._row = self._column = 0
        self._parts: list[str] | None = None
        self._length = 0
        self._taken: dict[int, int] = {}  # column -> last row that a cell from above covers
        self._span = (1, 1)

    def read(self, text: str) -> list[Grid]:
        position = 0
        while (begin := text.find("<", position)) >= 0:
            self._text(text[position:begin])
            if text.startswith("<!--", begin):
                end = text.find("-->", begin)
                position = end + 3
            else:
                end = text.find(">", begin)
                position = end + 1
                if end >= 0:
                    position = self._tag(text, text[begin + 1 : min(end, begin + _LONGEST_TAG)], position)
            if end < 0 or position < 0:
                break
            self._budget.look_at_the_clock()
        self._end_cell()
        return [grid for grid in self.grids if grid.cells]

    def _text(self, text: str) -> None:
        if self._parts is not None and self._length < MAX_CELL_CHARACTERS:
            self._parts.append(text)
            self._length += len(text)

    def _tag(self, text: str, tag: str, position: int) -> int:
        """Take one tag; returns where to go on, -1 for nowhere."""
        match = _TAG.match(tag)
        if not match:
            return position
        closing, name = match.group(1), match.group(2).lower()
        if not closing and name in _SILENT_TAGS:
            found = re.compile(rf"</{name}", re.IGNORECASE).search(text, position)
            return found.start() if found else -1
        if name == "table":
            self._end_cell()
            self._filler = None if closing else self._new_table()
        elif name == "tr" and self._filler and not closing:
            self._end_cell()
            self._row, self._column = self._row + 1, 0
        elif name in ("td", "th") and self._filler:
            self._end_cell()
            if not closing:
                spans = {key.lower(): int(value) for key, value in _SPAN.findall(tag)}
                self._start_cell(spans.get("rowspan", 1) or 1, spans.get("colspan", 1) or 1)
        elif name in _LINE_TAGS and self._parts is not None and (name == "br" or closing):
            self._parts.append("\0")
        return position

    def _new_table(self) -> GridFiller:
        self.grids.append(Grid(name=f"表{len(self.grids) + 1}"))
        self._row, self._column, self._taken = 0, 0, {}
        return GridFiller(self.grids[-1], self._budget)

    def _start_cell(self, rows: int, columns: int) -> None:
        self._row = max(self._row, 1)
        self._column += 1
        while self._taken.get(self._column, 0) >= self._row:
            self._column += 1
        # Empty cells beyond the bounds are no content, and must cost nothing either.
        rows, columns = min(rows, MAX_ROWS), max(1, min(columns, MAX_COLUMNS - self._column + 1))
        self._span = (rows, columns)
        if rows > 1 and self._column <= MAX_COLUMNS:
            for number in range(self._column, self._column + columns):
                self._taken[number] = self._row + rows - 1
        self._parts, self._length = [], 0

    def _end_cell(self) -> None:
        if self._parts is None or self._filler is None:
            self._parts = None
            return
        written = _BLANKS.sub(" ", "".join(self._parts)[: 8 * MAX_CELL_CHARACTERS])
        raw = html.unescape(_LONG_REFERENCE.sub("", written))
        self._parts = None
        rows, columns = self._span
        bottom, right = self._row + rows - 1, self._column + columns - 1
        self._filler.merge(self._row, self._column, bottom, right)
        self._filler.put_text(self._row, self._column, raw.replace("\0", "\n").strip())
        self._column = right


def _integer(text: str | None) -> int:
    """A count as written; 0 where there is none, or none that a sheet could have."""
    return min(int(text), 1_048_577) if text and len(text) < 10 and text.isdecimal() else 0
