"""The XML parts of an .xlsx as expat handlers: shared strings, number formats, one sheet's cells."""

from __future__ import annotations

import re
from datetime import date, timedelta

from .grid import Cell, CellKind, Grid, Merge
from .problems import MAX_CELL_CHARACTERS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, UnreadableFile, column_number

_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Neither XML nor PostgreSQL's text can hold these, though an escape can spell them.
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ZEROS = re.compile(r"^0{2,}$")
# Built-in number formats that show a date (ECMA-376 part 1, 18.8.30), East Asian ones included.
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 37), *range(50, 59)])
_DATE_LETTERS = re.compile(r"[yd年月日]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def local_name(name: str) -> str:
    """The element's name without its prefix: some writers put one before every element."""
    return name.rsplit(":", 1)[-1]


def _unescape(text: str) -> str:
    # ECMA-376 22.9.2.19: characters that XML cannot hold are written as _x000D_.
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return _UNHOLDABLE.sub("", plain).replace("\r\n", "\n")


class SharedStrings:
    """xl/sharedStrings.xml: the texts by position; phonetic hints (rPh) are not part of a text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = False
        self._phonetic = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
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
                raise UnreadableFile("文字过多，不像是一份目录。请只保留目录表，另存后再导入。")
            self.texts.append(_unescape("".join(self._parts))[:MAX_CELL_CHARACTERS])

    def text(self, data: str) -> None:
        if self._in_text:
            self._parts.append(data)


class Styles:
    """xl/styles.xml: for each cell style, whether it shows a date and to how many digits it pads."""

    def __init__(self) -> None:
        self.dates: list[bool] = []
        self.zeros: list[int] = []
        self._formats: dict[int, str] = {}
        self._in_cell_styles = False

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[_integer(attrs.get("numFmtId"))] = attrs.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            number = _integer(attrs.get("numFmtId"))
            code = self._formats.get(number, "")
            plain = _QUOTED.sub("", code)
            self.dates.append(number in _DATE_FORMATS or bool(code and _DATE_LETTERS.search(plain)))
            self.zeros.append(len(code) if _ZEROS.match(code) else 0)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False

    def text(self, data: str) -> None:
        """Styles carry no text."""


class SheetReader:
    """One worksheet into a Grid. `budget` counts cells over all sheets of the book."""

    def __init__(
        self, grid: Grid, strings: list[str], styles: Styles, date1904: bool, budget: list[int]
    ) -> None:
        self.grid = grid
        self._strings = strings
        self._styles = styles
        # A serial date bears no time zone: it is the day that stands in the cell.
        self._epoch = date(1904, 1, 1) if date1904 else date(1899, 12, 30)
        self._budget = budget
        self._row = 0
        self._column = 0
        self._type = "n"
        self._style = 0
        self._value: list[str] = []
        self._collect = False
        self._has_value = False
        self._has_formula = False
        self._phonetic = False
        self._in_data = False

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
        elif name == "rPh":
            self._phonetic = True
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
        self._value = []
        self._collect = self._has_value = self._has_formula = False

    def text(self, data: str) -> None:
        if self._collect:
            self._value.append(data)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._collect = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        raw = "".join(self._value)
        if self._has_formula and (not self._has_value or (not raw and self._type != "str")):
            self._store(Cell("formula", ""))
        elif self._has_value and (raw or self._type == "inlineStr"):
            cell = self._cell(raw)
            if cell.kind != "text" or cell.text.strip():
                self._store(cell)

    def _cell(self, raw: str) -> Cell:
        kind: CellKind
        if self._type == "s":
            index = _integer(raw)
            return Cell("text", self._strings[index] if 0 <= index < len(self._strings) else "")
        if self._type in ("str", "inlineStr"):
            return Cell("text", _unescape(raw)[:MAX_CELL_CHARACTERS])
        if self._type == "b":
            kind = "bool"
        elif self._type == "e":
            kind = "error"
        elif self._type == "d":
            return Cell("date", raw[:10])
        else:
            kind = "number"
            styles = self._styles
            if self._style < len(styles.dates):
                if styles.dates[self._style]:
                    return self._date(raw)
                return Cell(kind, raw.strip(), styles.zeros[self._style])
        return Cell(kind, raw.strip())

    def _date(self, raw: str) -> Cell:
        try:
            day = self._epoch + timedelta(days=int(float(raw)))
        except (ValueError, OverflowError):
            return Cell("number", raw.strip())
        return Cell("date", day.isoformat())

    def _store(self, cell: Cell) -> None:
        if self._row > MAX_ROWS:
            raise UnreadableFile(
                f"工作表“{self.grid.name}”用到了第 {self._row} 行，超过 {MAX_ROWS:,} 行的上限。"
                "请删去表格以外的内容，或把目录拆成几个文件后再导入。"
            )
        if self._column > MAX_COLUMNS:
            raise UnreadableFile(
                f"工作表“{self.grid.name}”用到了第 {self._column} 列，超过 {MAX_COLUMNS} 列的上限。"
                "请删去表格以外的内容，另存后再导入。"
            )
        self._budget[0] += 1
        if self._budget[0] > MAX_CELLS:
            raise UnreadableFile("单元格过多，不像是一份目录。请把目录拆成几个文件后再导入。")
        self.grid.cells.setdefault(self._row, {})[self._column] = cell

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.match(first), _REFERENCE.match(last or first)
        if not begin or not end:
            return
        merge = Merge(
            top=int(begin.group(2)),
            left=column_number(begin.group(1)),
            bottom=int(end.group(2)),
            right=column_number(end.group(1)),
        )
        rows = min(merge.bottom, MAX_ROWS) - merge.top + 1
        self._budget[0] += max(0, rows) * max(0, min(merge.right, MAX_COLUMNS) - merge.left + 1)
        if self._budget[0] > MAX_CELLS * 2:
            raise UnreadableFile("合并单元格过大，不像是一份目录。请取消多余的合并，另存后再导入。")
        self.grid.merges.append(merge)


def _integer(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0
