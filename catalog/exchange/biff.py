"""The binary workbook of Excel 97–2003 and of WPS: .xls and .et ([MS-XLS], BIFF8), record by record."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .filling import DAMAGED, ENCRYPTED, TOO_MANY_SHEETS, Budget, GridFiller, holdable
from .grid import Cell, Grid
from .number_formats import NumberStyles
from .problems import MAX_CELLS, MAX_SHEETS, UnreadableFile
from .xlsb import ERROR_VALUES, number_raw, rk_number

# Record types of [MS-XLS] 2.3.
_BOF, _EOF, _CONTINUE, _FILEPASS = 0x809, 0x0A, 0x3C, 0x2F
_DATEMODE, _FORMAT, _STYLE, _SHEET, _SHARED_STRINGS = 0x22, 0x41E, 0xE0, 0x85, 0xFC
_SHARED, _LABEL, _RICH, _NUMBER, _RK, _MANY_RK = 0xFD, 0x204, 0xD6, 0x203, 0x27E, 0xBD
_FORMULA, _STRING, _BOOL, _MERGES, _ROW, _COLUMNS = 0x06, 0x207, 0x205, 0xE5, 0x208, 0x7D
_BIFF8 = 0x600
OLD_BIFF = (
    "这是 Excel 95 或更早版本的表格，系统读不了。请在 Excel 或 WPS 中打开，"
    "另存为「Excel 工作簿（*.xlsx）」后再导入。"
)


def read_biff(data: bytes, budget: Budget) -> list[Grid]:
    """All worksheets of a Workbook stream. Raises UnreadableFile (encrypted, older than BIFF8, damaged);
    struct.error and IndexError where a record is cut short."""
    if len(data) < 8 or struct.unpack_from("<H", data)[0] != _BOF:
        raise UnreadableFile(DAMAGED)
    if struct.unpack_from("<H", data, 4)[0] != _BIFF8:
        raise UnreadableFile(OLD_BIFF)
    budget.spend_bytes(len(data))
    book = _Globals(data, budget)
    if not book.sheets:
        raise UnreadableFile(DAMAGED)
    grids = []
    for name, hidden, begin in book.sheets:
        grid = Grid(name=name, hidden=hidden)
        _Sheet(GridFiller(grid, budget), book).read(data, begin)
        grids.append(grid)
    return grids


def _records(data: bytes, position: int, budget: Budget) -> Iterator[tuple[int, list[bytes]]]:
    """Records from a position on: type, and the payload with that of the records that continue it."""
    end = len(data)
    while position + 4 <= end:
        kind, size = struct.unpack_from("<HH", data, position)
        position += 4
        chunks = [data[position : position + size]]
        position += size
        while position + 4 <= end and data[position : position + 2] == b"\x3c\x00":
            (size,) = struct.unpack_from("<H", data, position + 2)
            chunks.append(data[position + 4 : position + 4 + size])
            position += 4 + size
        yield kind, chunks
        budget.spend_records(len(chunks))


class _Texts:
    """Strings that may run on into CONTINUE records, where a fresh byte says how wide characters are."""

    def __init__(self, chunks: list[bytes], position: int = 0) -> None:
        self._chunks = chunks
        self._chunk = 0
        self._position = position

    def number(self, form: str) -> int:
        """An integer; it may begin the next chunk."""
        size = struct.calcsize(form)
        if self._left() <= 0:
            self._next()
        (value,) = struct.unpack_from(form, self._chunks[self._chunk], self._position)
        self._position += size
        return int(value)

    def text(self, count: int | None = None) -> str:
        """An XLUnicodeRichExtendedString ([MS-XLS] 2.5.293); without a count it begins with one."""
        count = self.number("<H") if count is None else count
        flags = self.number("<B")
        runs = self.number("<H") if flags & 0x08 else 0
        extra = self.number("<i") if flags & 0x04 else 0
        text = self._characters(count, wide=bool(flags & 1))
        self._skip(runs * 4 + max(0, extra))
        return text

    def _left(self) -> int:
        return len(self._chunks[self._chunk]) - self._position

    def _next(self) -> None:
        self._chunk += 1
        self._position = 0
        if self._chunk >= len(self._chunks):
            raise struct.error("text beyond its records")

    def _characters(self, count: int, *, wide: bool) -> str:
        parts: list[str] = []
        while count > 0:
            if self._left() <= 0:
                self._next()
                wide = bool(self.number("<B") & 1)
            size = 2 if wide else 1
            taken = min(count, self._left() // size)
            if taken <= 0:
                self._position = len(self._chunks[self._chunk])
                continue
            raw = self._chunks[self._chunk][self._position : self._position + taken * size]
            parts.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            self._position += taken * size
            count -= taken
        return "".join(parts)

    def _skip(self, count: int) -> None:
        while count > 0:
            if self._left() <= 0:
                self._next()
            taken = min(count, self._left())
            self._position += taken
            count -= taken


class _Globals:
    """What stands before the sheets: their list, the shared strings, formats and styles."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self.sheets: list[tuple[str, bool, int]] = []
        self.strings: list[str] = []
        self.styles = NumberStyles()
        self.budget = budget
        for kind, chunks in _records(data, 0, budget):
            payload = chunks[0]
            if kind == _EOF:
                break
            if kind == _FILEPASS:
                raise UnreadableFile(ENCRYPTED)
            if kind == _SHEET:
                self._add_sheet(payload)
            elif kind == _SHARED_STRINGS:
                self._read_strings(chunks)
            elif kind == _FORMAT:
                number = struct.unpack_from("<H", payload)[0]
                self.styles.add_format(number, _Texts(chunks, 2).text())
            elif kind == _STYLE:
                self.styles.add_style(struct.unpack_from("<H", payload, 2)[0])
            elif kind == _DATEMODE and payload[:1] == b"\x01":
                self.styles.use_1904()

    def _add_sheet(self, payload: bytes) -> None:
        begin, state, sort, length = struct.unpack_from("<IBBB", payload)
        if sort == 0:  # charts, macros and modules hold no table
            name = holdable(_Texts([payload], 7).text(length))
            self.sheets.append((name, state & 3 != 0, begin))
        if len(self.sheets) > MAX_SHEETS:
            raise UnreadableFile(TOO_MANY_SHEETS)

    def _read_strings(self, chunks: list[bytes]) -> None:
        (count,) = struct.unpack_from("<I", chunks[0], 4)
        if count > MAX_CELLS:
            raise UnreadableFile(DAMAGED)
        texts = _Texts(chunks, 8)
        for _ in range(count):
            self.strings.append(holdable(texts.text()))
            self.budget.spend_text(self.strings[-1])


class _Sheet:
    """The records of one worksheet."""

    def __init__(self, filler: GridFiller, book: _Globals) -> None:
        self._filler = filler
        self._book = book
        self._awaited: tuple[int, int] | None = None  # the formula whose text comes in the next record

    def read(self, data: bytes, begin: int) -> None:
        depth = 0
        for kind, chunks in _records(data, begin, self._book.budget):
            if kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    return
            elif depth == 0:
                raise UnreadableFile(DAMAGED)  # the place of the sheet is none
            elif depth == 1:  # deeper ones are charts inside the sheet
                self._record(kind, chunks)

    def _record(self, kind: int, chunks: list[bytes]) -> None:
        payload = chunks[0]
        if kind in (_SHARED, _LABEL, _RICH, _NUMBER, _RK, _FORMULA, _BOOL):
            row, column, style = struct.unpack_from("<3H", payload)
            self._cell(kind, row + 1, column + 1, style, chunks)
        elif kind == _MANY_RK:
            row, first = struct.unpack_from("<2H", payload)
            for index in range((len(payload) - 6) // 6):
                style, raw = struct.unpack_from("<HI", payload, 4 + 6 * index)
                self._number(row + 1, first + 1 + index, style, rk_number(raw))
        elif kind == _STRING and self._awaited:
            self._filler.put_text(*self._awaited, _Texts(chunks).text())
            self._awaited = None
        elif kind == _MERGES:
            for index in range(struct.unpack_from("<H", payload)[0]):
                top, bottom, left, right = struct.unpack_from("<4H", payload, 2 + 8 * index)
                self._filler.merge(top + 1, left + 1, bottom + 1, right + 1)
        elif kind == _ROW and payload[12] & 0x20:
            self._filler.hide_row(struct.unpack_from("<H", payload)[0] + 1)
        elif kind == _COLUMNS and payload[8] & 1:
            first, last = struct.unpack_from("<2H", payload)
            self._filler.hide_columns(first + 1, last + 1)

    def _cell(self, kind: int, row: int, column: int, style: int, chunks: list[bytes]) -> None:
        payload = chunks[0]
        if kind == _SHARED:
            (index,) = struct.unpack_from("<I", payload, 6)
            strings = self._book.strings
            self._filler.put(row, column, Cell("text", strings[index] if index < len(strings) else ""))
        elif kind in (_LABEL, _RICH):
            self._filler.put_text(row, column, _Texts(chunks, 6).text())
        elif kind == _NUMBER:
            self._number(row, column, style, struct.unpack_from("<d", payload, 6)[0])
        elif kind == _RK:
            self._number(row, column, style, rk_number(struct.unpack_from("<I", payload, 6)[0]))
        elif kind == _BOOL:
            self._bool_or_error(row, column, payload[6], error=bool(payload[7]))
        else:
            self._formula(row, column, style, payload)

    def _number(self, row: int, column: int, style: int, value: float) -> None:
        if value != value or value in (float("inf"), float("-inf")):
            self._filler.put(row, column, Cell("error", "#NUM!"))
        else:
            self._filler.put(row, column, self._book.styles.number(style, number_raw(value)))

    def _bool_or_error(self, row: int, column: int, value: int, *, error: bool) -> None:
        cell = Cell("error", ERROR_VALUES.get(value, "#N/A")) if error else Cell("bool", str(min(value, 1)))
        self._filler.put(row, column, cell)

    def _formula(self, row: int, column: int, style: int, payload: bytes) -> None:
        self._awaited = None
        # Programs that do not calculate store 0 or an empty text; those that do leave a trace in `chn`,
        # or ask for calculation on loading (fAlwaysCalc) where they did not.
        uncalculated = bool(payload[14] & 1) or payload[16:20] == bytes(4)
        if payload[12:14] == b"\xff\xff":  # FormulaValue ([MS-XLS] 2.5.133): no number
            if payload[6] == 0:
                self._awaited = (row, column)
            elif payload[6] in (1, 2):
                self._bool_or_error(row, column, payload[8], error=payload[6] == 2)
            elif uncalculated:
                self._filler.put(row, column, Cell("formula", ""))
            return
        (value,) = struct.unpack_from("<d", payload, 6)
        if value == 0 and payload[14] & 1:
            self._filler.put(row, column, Cell("formula", ""))
        else:
            self._number(row, column, style, value)
