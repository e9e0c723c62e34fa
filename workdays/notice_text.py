"""The text of a pasted notice as one run of characters, each knowing its line; and its dates. Pure Python."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DATE = r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:\([^()]*\))?"
_TO = r"起?(?:至|到|[-~—–―]+)"
_RANGE = rf"(?:自|从|于)?{_DATE}(?:{_TO}{_DATE})?(?:止)?"
# 「1月26日(周日)、2月8日(周六)」
DATE_LIST = rf"{_RANGE}(?:(?:、|和|及|以及|,){_RANGE})*"
ANY_DATE = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}日\(")
_RANGE_PARTS = re.compile(rf"(?P<first>{_DATE})(?:{_TO}(?P<last>{_DATE}))?")
_DATE_PARTS = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<bracket>[^()]*)\))?"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_LONGEST_REST = 15
_DECEMBER = 12


class UnreadableDateError(ValueError):
    """A date in the notice cannot be right; the message says which, and why, in Chinese."""


@dataclass(frozen=True)
class Span:
    """One date or one range of the prose, both ends included, and where it stands in the text."""

    first: date
    last: date
    offset: int

    def days(self) -> Iterator[date]:
        """Every day of the span."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=n)


class PastedText:
    """What was pasted, without blanks and line breaks, in plain width (NFKC: Kangxi radicals of PDFs too).

    Chinese prose needs no blanks, so a sentence reads the same wherever its lines were broken.
    """

    def __init__(self, raw: str) -> None:
        self.source = [line.strip() for line in raw.splitlines()]
        parts: list[str] = []
        self._starts: list[int] = []
        self._numbers: list[int] = []
        length = 0
        for number, line in enumerate(self.source, 1):
            kept = "".join(c for c in unicodedata.normalize("NFKC", line) if not _is_blank(c))
            if kept:
                self._starts.append(length)
                self._numbers.append(number)
                parts.append(kept)
                length += len(kept)
        self.text = "".join(parts)

    def line(self, offset: int) -> int:
        """Number of the pasted line (from 1) on which the character at the offset stands."""
        return self._numbers[max(bisect_right(self._starts, offset) - 1, 0)] if self._numbers else 1

    def starts_line(self, offset: int) -> bool:
        """Whether the character at the offset is the first of its line."""
        return offset in self._starts

    def lines_between(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The pasted lines, with number, that lie wholly in [start, end)."""
        stops = [*self._starts, len(self.text)][1:]
        for begin, stop, number in zip(self._starts, stops, self._numbers, strict=True):
            if start <= begin and stop <= end:
                yield number, self.source[number - 1]


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc"}


def read_spans(
    dates: str, offset: int, *, year: int, new_year: bool
) -> tuple[list[Span], list[UnreadableDateError]]:
    """Read a list of dates and ranges, as matched by `DATE_LIST`, that stands at `offset` in the text.

    `year` is the year of the notice; in the item of 元旦 (`new_year`) a December is that of the year before
    (notice for 2019: 「2018年12月30日至2019年1月1日放假调休」). A month left out is the one named before.
    """
    spans: list[Span] = []
    errors: list[UnreadableDateError] = []
    month: int | None = None
    for match in _RANGE_PARTS.finditer(dates):
        try:
            first = _read_date(match["first"], month=month, year=year, new_year=new_year)
            last = _read_end(match["last"], first) if match["last"] else first
        except UnreadableDateError as error:
            errors.append(error)
            continue
        month = last.month
        spans.append(Span(first, last, offset + match.start()))
    return spans, errors


def _read_date(text: str, *, month: int | None, year: int, new_year: bool) -> date:
    match = _parts(text)
    month = int(match["month"]) if match["month"] else month
    if month is None:
        raise UnreadableDateError(f"「{text}」没有写月份，无法确定是哪一天。")
    if match["year"]:
        year = int(match["year"])
    elif new_year and month == _DECEMBER:
        year -= 1
    return _checked(text, year, month, match)


def _read_end(text: str, first: date) -> date:
    match = _parts(text)
    month = int(match["month"]) if match["month"] else first.month
    # 「12月30日至1月1日」runs into the next year; any other backward range is a slip of the pen.
    turns = first.month == _DECEMBER and month == 1
    year = int(match["year"]) if match["year"] else first.year + turns
    last = _checked(text, year, month, match)
    if last < first:
        raise UnreadableDateError(f"「至{text}」早于开始日期 {first.isoformat()}。")
    if (last - first).days >= _LONGEST_REST:
        raise UnreadableDateError(
            f"从 {first.isoformat()} 到 {last.isoformat()} 超过 {_LONGEST_REST} 天，不像一次放假。"
        )
    return last


def _parts(text: str) -> re.Match[str]:
    match = _DATE_PARTS.fullmatch(text)
    if match is None:
        raise UnreadableDateError(f"「{text}」没有读懂。")
    return match


def _checked(text: str, year: int, month: int, match: re.Match[str]) -> date:
    try:
        day = date(year, month, int(match["day"]))
    except ValueError:
        raise UnreadableDateError(f"「{text}」在 {year} 年不存在。") from None
    written = _WEEKDAY.search(match["bracket"] or "")
    if written:
        name = "周" + written[1].replace("天", "日")
        real = WEEKDAY_NAMES[day.weekday()]
        if name != real:
            raise UnreadableDateError(f"「{text}」写的是{name}，但 {day.isoformat()} 是{real}。")
    return day
