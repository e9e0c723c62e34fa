"""How a sheet of ours lies on paper: size and scale of the page, the head over the table, heights of rows,
names of sheets.

Excel fits no row with merged cells by itself, and a printed page shows only what fits: so every height is
reckoned here, for 宋体 9 in columns counted in the characters of Excel's standard font.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from math import ceil

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MAX_ROW_POINTS = 409.0  # Excel knows no higher row
_LINE_POINTS = 13.5  # 宋体 9 takes 11.25; the fonts that other systems put in its place take up to 13.1
_MAX_CELL = 32_767  # UTF-16 units: Excel calls a file with a longer text damaged
_CUT = "……（单元格放不下，全文见 CSV 或 JSON 导出）"
_A4, _A3 = 9, 8
_A4_POINTS = 784.0  # printable width of A4 landscape within our margins
# Below this scale 9 point would be printed at less than 6.3: such a table goes on A3.
_SMALLEST_SCALE = 0.7
_BAD_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]")
_MAX_SHEET_NAME = 31  # UTF-16 units
#: Excel keeps this name for itself.
_RESERVED = "history"
# What Excel and WPS would make of a text once somebody opens its cell and presses Enter: a formula, a
# number, a date. Full-width signs count too.
_BEGINS_A_FORMULA = frozenset("=+-@＝＋－\uff20'")
_MAX_NUMBER = 60
_READ_ANEW = re.compile(
    r"[\dA-Za-z\s.,:;/\\%+\-()（）：，。／－￥¥$年月日号时分秒点上下午星期]+|TRUE|FALSE", re.IGNORECASE
)
# Excel 2007 shows a longer text in a cell of the format 文本 as ####.
_MAX_TEXT_FORMAT = 255


class Formats:
    """The styles of a book. Those of cells with text are made when first asked for."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._cells: dict[tuple[str, bool, str, str], Format] = {}
        self.caption: Format = book.add_format(
            {
                "bold": True,
                "align": "center",
                "valign": "vcenter",
                "font_name": "黑体",
                "font_size": 16,
                "text_wrap": True,
            }
        )
        self.legend: Format = book.add_format(
            {"align": "left", "valign": "vcenter", "font_name": "宋体", "font_size": 9, "text_wrap": True}
        )
        self.header: Format = self._bordered(bold=True, align="center", valign="vcenter", bg_color="#F2F2F2")
        self.link: Format = self._bordered(align="left", valign="vcenter", underline=1, font_color="#1F3B5C")
        self.text = self.cell()
        self.centred = self.cell(align="center")

    def cell(self, *, align: str = "left", top: bool = False, entered: str = "", colour: str = "") -> Format:
        """The style of a cell in the table. `entered`: what `when_entered` says of its text."""
        key = (align, top, entered, colour)
        if key not in self._cells:
            more: dict[str, str | bool] = {"bg_color": colour} if colour else {}
            if entered:
                more["quote_prefix"] = True
            if entered == "text":
                more["num_format"] = "@"
            self._cells[key] = self._bordered(align=align, valign="top" if top else "vcenter", **more)
        return self._cells[key]

    def _bordered(self, **properties: object) -> Format:
        common = {"border": 1, "text_wrap": True, "font_name": "宋体", "font_size": 9}
        return self._book.add_format({**common, **properties})


def when_entered(text: str) -> str:
    """How the style must keep a text as text when somebody opens its cell and presses Enter: "text" (the
    format 文本 and the mark of a text), "mark" (the mark alone, for a long one), "" where nothing could
    happen. The text itself is never altered."""
    bare = text.strip()
    if bare[:1] in _BEGINS_A_FORMULA and bare:
        return "text" if len(text) <= _MAX_TEXT_FORMAT else "mark"
    return "text" if len(bare) <= _MAX_NUMBER and _READ_ANEW.fullmatch(bare) else ""


def fitting(text: str) -> str:
    """The text as a cell can hold it; one that is cut says where the whole stands."""
    if len(text) <= _MAX_CELL // 2 or len(text.encode("utf-16-le", "surrogatepass")) <= _MAX_CELL * 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: (_MAX_CELL - len(_CUT)) * 2]
    return units.decode("utf-16-le", "ignore") + _CUT


def put_text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """A cell of text through XlsxWriter."""
    if not text:
        sheet.write_blank(row, column, None, style)
        return
    text = fitting(text)
    # XlsxWriter takes a text that begins with <r> and ends with </r> for ready-made markup.
    if text.startswith("<r>") and text.endswith("</r>"):
        text = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    sheet.write_string(row, column, text, style)


def print_page(sheet: Worksheet, widths: Sequence[float], top: int, frozen: int) -> None:
    """Landscape, one page wide, the rows above `top` repeated on every page, page numbers. A table too wide
    to be read on A4 gets A3."""
    sheet.set_landscape()
    sheet.set_paper(_A4 if _points(widths) * _SMALLEST_SCALE <= _A4_POINTS else _A3)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.repeat_rows(0, top - 1)
    sheet.set_footer('&C&"宋体,常规"&9第 &P 页 共 &N 页')
    sheet.freeze_panes(top, frozen)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)


def _points(widths: Sequence[float]) -> float:
    return sum((width * 7 + 5) * 0.75 for width in widths)


def put_head(sheet: Worksheet, formats: Formats, caption: str, legend: str, widths: Sequence[float]) -> None:
    """Caption and legend over the whole width, high enough for a narrow table too."""
    last, whole = len(widths) - 1, sum(widths)
    # The caption is 16 point where the table is 9.
    sheet.set_row(0, 6 + 24 * line_count(caption, whole * 9 / 16))
    put_text(sheet, 0, 0, caption, formats.caption)
    sheet.set_row(1, max(16.0, row_points(line_count(legend, whole))))
    put_text(sheet, 1, 0, legend, formats.legend)
    if last:
        sheet.merge += [[0, 0, 0, last], [1, 0, 1, last]]


def row_points(lines: int) -> float:
    """Height of a row with so many lines, in points."""
    return min(MAX_ROW_POINTS, needed_points(lines))


def needed_points(lines: int) -> float:
    """What so many lines need, be it more than a row can be high."""
    return 4 + lines * _LINE_POINTS


@lru_cache(maxsize=4096)
def line_count(text: str, width: float) -> int:
    """How many lines a text takes in a column: so many whole Chinese characters a line (12 pixels each, where
    a unit of width is 7), two narrow ones for each. Three bytes of UTF-8 are one such character: near
    enough, and fast."""
    per_line = 2 * max(1, int(width * 7 / 12))
    lines = 0
    for line in text.split("\n"):
        characters = len(line)
        wide = characters + (len(line.encode("utf-8", "replace")) - characters) / 2
        lines += max(1, ceil(wide / per_line))
    return lines


def sheet_name(text: str, taken: set[str]) -> str:
    """A name that Excel allows and that is not taken: 31 characters, told apart without regard to case."""
    base = _cut_name(_BAD_SHEET_NAME.sub("", text), _MAX_SHEET_NAME)
    name, number = base, 2
    while name.lower() in taken or name.lower() == _RESERVED:
        name, number = f"{_cut_name(base, _MAX_SHEET_NAME - len(str(number)))}{number}", number + 1
    taken.add(name.lower())
    return name


def _cut_name(text: str, units: int) -> str:
    cut = text.encode("utf-16-le", "ignore")[: units * 2].decode("utf-16-le", "ignore")
    return cut.strip("' ") or "目录"
