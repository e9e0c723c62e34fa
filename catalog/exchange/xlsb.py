"""The binary workbook .xlsb: the same package as .xlsx, its parts written as records ([MS-XLSB])."""

from __future__ import annotations

import struct

from .archive import MAX_LIST_BYTES, MAX_STYLE_BYTES, Archive
from .filling import TOO_MUCH_TEXT, Budget, GridFiller, holdable
from .grid import Cell, Grid
from .number_formats import NumberStyles
from .problems import MAX_CELLS, UnreadableFile
from .xlsx import SheetPart, relations_of, worksheets

# Record types of [MS-XLSB] 2.3.1 and 2.3.2.
_ROW, _BLANK, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = 0, 1, 2, 3, 4, 5, 6, 7
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR = 8, 9, 10, 11
_SHARED_ITEM, _FORMAT, _STYLE, _COLUMN, _RICH_TEXT = 19, 44, 47, 60, 62
_WORKBOOK_PROPERTIES, _SHEET, _MERGE, _STYLES_BEGIN, _STYLES_END = 153, 156, 176, 617, 618

ERROR_VALUES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip


def read_xlsb(archive: Archive, workbook: str, budget: Budget) -> list[Grid]:
    """All worksheets of an .xlsb. Raises struct.error where a record is cut short."""
    relations = relations_of(archive, workbook)
    styles = NumberStyles()
    sheets = []
    for kind, data in archive.records(workbook, MAX_LIST_BYTES):
        if kind == _SHEET:
            state = struct.unpack_from("<I", data)[0]
            relation, after = _wide(data, 8)
            name, _ = _wide(data, after)
            sheets.append(SheetPart(name, state != 0, relations.by_id.get(relation, "")))
        elif kind == _WORKBOOK_PROPERTIES and struct.unpack_from("<I", data)[0] & 1:
            styles.use_1904()
    strings = _shared_strings(archive, relations.by_kind.get("sharedStrings", ""), budget)
    _read_styles(archive, relations.by_kind.get("styles", ""), styles)
    grids = []
    for sheet in worksheets(archive, sheets):
        grid = Grid(name=holdable(sheet.name), hidden=sheet.hidden)
        _SheetRecords(GridFiller(grid, budget), strings, styles).read(archive, sheet.part)
        grids.append(grid)
    return grids


def _wide(data: bytes, position: int) -> tuple[str, int]:
    """An XLWideString ([MS-XLSB] 2.5.168) and where it ends; a missing one (0xFFFFFFFF) is empty."""
    (count,) = struct.unpack_from("<I", data, position)
    if count == 0xFFFFFFFF:
        return "", position + 4
    end = position + 4 + 2 * count
    if end > len(data):
        raise struct.error("text beyond its record")
    return data[position + 4 : end].decode("utf-16-le", "replace"), end


def _shared_strings(archive: Archive, part: str, budget: Budget) -> list[str]:
    texts: list[str] = []
    if part in archive:
        for kind, data in archive.records(part):
            if kind == _SHARED_ITEM:
                if len(texts) >= MAX_CELLS:
                    raise UnreadableFile(TOO_MUCH_TEXT)
                texts.append(holdable(_wide(data, 1)[0]))
                budget.spend_text(texts[-1])
    return texts


def _read_styles(archive: Archive, part: str, styles: NumberStyles) -> None:
    if part not in archive:
        return
    inside = False
    for kind, data in archive.records(part, MAX_STYLE_BYTES):
        if kind == _FORMAT:
            styles.add_format(struct.unpack_from("<H", data)[0], _wide(data, 2)[0])
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            inside = kind == _STYLES_BEGIN
        elif kind == _STYLE and inside:
            styles.add_style(struct.unpack_from("<H", data, 2)[0])


def rk_number(raw: int) -> float:
    """An RK number ([MS-XLS] 2.5.217): 30 bits of an integer or of a double, perhaps hundredths."""
    if raw & 2:
        value: float = (raw >> 2) - (1 << 30 if raw & 0x80000000 else 0)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0]
    return value / 100 if raw & 1 else value


def number_raw(value: float) -> str:
    """A double as .xlsx would store it: whole numbers without a point."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)


class _SheetRecords:
    def __init__(self, filler: GridFiller, strings: list[str], styles: NumberStyles) -> None:
        self._filler = filler
        self._strings = strings
        self._styles = styles
        self._row = 0

    def read(self, archive: Archive, part: str) -> None:
        for kind, data in archive.records(part):
            if kind == _ROW:
                self._row = struct.unpack_from("<I", data)[0] + 1
                # miyRw and five bits of outline stand before fDyZero ([MS-XLSB] 2.4.747).
                if len(data) > 11 and data[11] & 0x10:
                    self._filler.hide_row(self._row)
            elif _RK <= kind <= _FORMULA_ERROR or kind == _RICH_TEXT:
                self._cell(kind, data)
            elif kind == _MERGE:
                top, bottom, left, right = struct.unpack_from("<4I", data)
                self._filler.merge(top + 1, left + 1, bottom + 1, right + 1)
            elif kind == _COLUMN:
                first, last, _width, _style, flags = struct.unpack_from("<IIIIH", data)
                if flags & 1:
                    self._filler.hide_columns(first + 1, last + 1)

    def _cell(self, kind: int, data: bytes) -> None:
        column, style = struct.unpack_from("<II", data)
        self._filler.put(self._row, column + 1, self._value(kind, style & 0xFFFFFF, data))

    def _value(self, kind: int, style: int, data: bytes) -> Cell:
        if kind == _SHARED:
            (index,) = struct.unpack_from("<I", data, 8)
            return Cell("text", self._strings[index] if index < len(self._strings) else "")
        if kind in (_TEXT, _FORMULA_TEXT):
            return Cell("text", holdable(_wide(data, 8)[0]))
        if kind == _RICH_TEXT:
            return Cell("text", holdable(_wide(data, 9)[0]))
        if kind in (_BOOL, _FORMULA_BOOL):
            return Cell("bool", "1" if data[8] else "0")
        if kind in (_ERROR, _FORMULA_ERROR):
            return Cell("error", ERROR_VALUES.get(data[8], "#N/A"))
        if kind == _RK:
            value = rk_number(struct.unpack_from("<I", data, 8)[0])
        else:
            (value,) = struct.unpack_from("<d", data, 8)
        if value != value or value in (float("inf"), float("-inf")):
            return Cell("error", "#NUM!")
        return self._styles.number(style, number_raw(value))
