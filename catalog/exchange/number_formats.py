"""How a number format shows a number: as a date, padded with zeros, or plainly. For .xlsx, .xlsb and .xls."""

from __future__ import annotations

import re
from datetime import date, timedelta

from .grid import Cell

_ZEROS = re.compile(r"^0{2,}$")
# Built-in number formats that show a date (ECMA-376 part 1, 18.8.30), East Asian ones included.
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)])
_DATE_LETTERS = re.compile(r"[yd年月日]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
# Those of them that a Chinese Excel shows in words.
_IN_WORDS = {
    27: "yyyy年m月", 31: "yyyy年m月d日", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 36: "yyyy年m月",
    50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日", 57: "yyyy年m月",
    58: "m月d日",
}  # fmt: skip
# Excel holds 255 characters of a format, and 65,490 styles; a longer format is none, and costs the
# patterns above quadratic time.
_LONGEST_FORMAT = 255
_MOST_FORMATS = 10_000
_MOST_STYLES = 100_000
_MARKUP = re.compile(r"\[[^\]]*\]|;.*$|[\"\\@]")
_WORDED = re.compile(r"(?:y{2,4}年)?m{1,2}月(?:d{1,2}日)?", re.IGNORECASE)


class NumberStyles:
    """The cell styles of a workbook, as far as they change what a number says."""

    def __init__(self) -> None:
        # A serial date bears no time zone: it is the day that stands in the cell.
        self.epoch = date(1899, 12, 30)
        self._codes: dict[int, str] = {}
        self._dates: list[bool] = []
        self._zeros: list[int] = []
        self._formats: list[str] = []

    def use_1904(self) -> None:
        """Dates count from 1904, as old Macintosh files do."""
        self.epoch = date(1904, 1, 1)

    def add_format(self, number: int, code: str) -> None:
        """A number format of the workbook's own."""
        if len(code) <= _LONGEST_FORMAT and len(self._codes) < _MOST_FORMATS:
            self._codes[number] = code

    def add_style(self, number: int) -> None:
        """The next cell style uses this number format."""
        if len(self._dates) >= _MOST_STYLES:
            return
        code = self._codes.get(number, "")
        plain = _QUOTED.sub("", code)
        # [$-804]m"月"d"日" shows its words in quotes.
        date_like = number in _DATE_FORMATS or bool(code and _DATE_LETTERS.search(plain))
        self._dates.append(date_like)
        self._zeros.append(len(code) if _ZEROS.match(code) else 0)
        self._formats.append(_MARKUP.sub("", code) if code else _IN_WORDS.get(number, ""))

    def number(self, style: int, raw: str) -> Cell:
        """A number under a cell style: its digits as stored, or the day that it shows."""
        if 0 <= style < len(self._dates):
            if self._dates[style]:
                return self._date(raw, self._formats[style])
            return Cell("number", raw, self._zeros[style])
        return Cell("number", raw)

    def _date(self, raw: str, code: str) -> Cell:
        try:
            day = self.epoch + timedelta(days=int(float(raw)))
        except (ValueError, OverflowError):
            return Cell("number", raw)
        return Cell("date", in_words(day, code) if _WORDED.fullmatch(code) else day.isoformat())


def in_words(day: date, code: str) -> str:
    """A day as a Chinese format shows it: m月d日 -> 1月31日."""
    text = re.sub(r"y+", str(day.year), code, flags=re.IGNORECASE)
    text = re.sub(r"m+", str(day.month), text, flags=re.IGNORECASE)
    return re.sub(r"d+", str(day.day), text, flags=re.IGNORECASE)
