"""Counting working days (工作日): pure arithmetic over the State Council's calendar. No Django here.

Rule and source. The Regulation on Open Government Information (《政府信息公开条例》, for instance 26, 30 and
33条) counts in 工作日 without defining them, so the general law on periods is followed: the day on which a
period starts is not counted, and one whose last day is a rest day (法定休假日) ends on the first day after it
(《民事诉讼法》85条; by analogy 《最高人民法院关于适用〈行政诉讼法〉的解释》48条). Which weekdays are off, and
which weekend days are worked (调休上班), is said each year by 《国务院办公厅关于XXXX年部分节假日安排的通知》.

A year whose notice is not loaded is reckoned as Monday to Friday and the answer is *provisional* (暂定):
it names the missing years, must be shown as such, and is to be reckoned again once the notice is there.
Known limit: a notice may still change the last days of December before its year (as that for 2019 made
2018-12-31 a day off); a date there is not marked as provisional while its own year is loaded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from types import MappingProxyType

_DAY = timedelta(days=1)
# 0001-01-01, ordinal 1, is a Monday: ordinals 1 to 7 make up one whole week.
_WEEK = 7
_WEEKDAYS = 5


@dataclass(frozen=True, order=True)
class SpecialDay:
    """A day on which the calendar differs from the week, or confirms it: off (休) or make-up work (班)."""

    date: date
    is_work: bool
    name: str = ""


@dataclass(frozen=True)
class WorkDate:
    """A computed date. `missing_years` are the years that were needed and are not loaded, in order."""

    date: date
    missing_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether the date is 暂定: it may move once the missing notices are loaded."""
        return bool(self.missing_years)

    def __str__(self) -> str:
        return f"{self.date.isoformat()}（暂定）" if self.provisional else self.date.isoformat()


@dataclass(frozen=True)
class WorkCount:
    """A computed number of working days; `missing_years` as in `WorkDate`."""

    days: int
    missing_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether the number is 暂定: it may change once the missing notices are loaded."""
        return bool(self.missing_years)


@dataclass(frozen=True)
class DayStatus:
    """What one day is: worked or not, the holiday that makes it so ('' on an ordinary day), 暂定 or not."""

    date: date
    is_work: bool
    name: str
    provisional: bool


class WorkCalendar:
    """An immutable calendar: the loaded years, their special days, and local overrides that win over them.

    `overrides` are days that another rule fixed: the holidays of an autonomous county (《全国年节及纪念日放假
    办法》4条) or a later notice for single days. They do not make a year loaded.

    Raises ValueError if one date is given twice with different meaning within `days` or within `overrides`.
    """

    __slots__ = ("_changes", "_days", "_sums", "_years")

    def __init__(
        self, years: Iterable[int] = (), days: Iterable[SpecialDay] = (), overrides: Iterable[SpecialDay] = ()
    ) -> None:
        self._years = frozenset(years)
        table = _table(days)
        table.update(_table(overrides))
        self._days = MappingProxyType(dict(sorted(table.items())))
        # Dates on which the calendar departs from Monday-Friday, with the running sum of the departures:
        # between() counts whole weeks by arithmetic and corrects by these.
        departures = [d for d in self._days.values() if d.is_work != _is_weekday(d.date)]
        self._changes = tuple(d.date for d in departures)
        self._sums = (0, *accumulate(1 if d.is_work else -1 for d in departures))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkCalendar):
            return NotImplemented
        return self._years == other._years and self._days == other._days

    def __hash__(self) -> int:
        return hash((self._years, tuple(self._days.values())))

    def __repr__(self) -> str:
        return f"<WorkCalendar {sorted(self._years)}, {len(self._days)} special days>"

    @property
    def years(self) -> tuple[int, ...]:
        """The loaded years, in order."""
        return tuple(sorted(self._years))

    def covers(self, year: int) -> bool:
        """Whether the State Council's notice for the year is loaded."""
        return year in self._years

    def is_workday(self, day: date) -> bool:
        """Whether the day is a 工作日. In an unloaded year: Monday to Friday (`status` says so)."""
        special = self._days.get(_plain(day))
        return _is_weekday(day) if special is None else special.is_work

    def status(self, day: date) -> DayStatus:
        """Like `is_workday`, with the holiday's name and whether the answer is 暂定."""
        special = self._days.get(_plain(day))
        name = "" if special is None else special.name
        return DayStatus(day, self.is_workday(day), name, day.year not in self._years)

    def special_days(self, after: date, until: date) -> tuple[SpecialDay, ...]:
        """The special days in (after, until], in order: what explains a computed date to a reader."""
        return tuple(d for d in self._days.values() if after < d.date <= until)

    def add(self, start: date | WorkDate, n: int) -> WorkDate:
        """The n-th working day strictly after `start`; with n = 0, `start` itself, even if it is a rest day.

        The starting day is not counted (民事诉讼法85条2款). A `WorkDate` as start hands on its missing years,
        so that a chain of steps stays 暂定 once one step was.

        Raises ValueError for a negative n (periods run forwards; nothing in the law counts back), and for a
        result beyond the year 9999.
        """
        if n < 0:
            raise ValueError(f"工作日数不能为负数（收到 {n}）。期限只向后计算。")
        day, known = _unpack(start)
        if n == 0:
            return WorkDate(day, known)
        try:
            first = day + _DAY
            while n:
                day += _DAY
                n -= self.is_workday(day)
        except OverflowError:
            raise ValueError("工作日数过大：结果超出公历 9999 年。") from None
        return WorkDate(day, self._missing(first, day, known))

    def on_or_after(self, day: date | WorkDate) -> WorkDate:
        """The day itself if it is worked, else the next working day.

        For periods in calendar days, whose last day may be a rest day (民事诉讼法85条3款).
        """
        last, known = _unpack(day)
        found = last if self.is_workday(last) else self.add(last, 1).date
        return WorkDate(found, self._missing(last, found, known))

    def between(self, after: date | WorkDate, until: date | WorkDate) -> WorkCount:
        """Number of working days in (after, until]: the first day is not counted, the last one is.

        Raises ValueError if `until` lies before `after`.
        """
        start, known_start = _unpack(after)
        end, known_end = _unpack(until)
        if end < start:
            raise ValueError(f"止日 {end.isoformat()} 早于起日 {start.isoformat()}，请核对两个日期。")
        known = (*known_start, *known_end)
        if start == end:
            return WorkCount(0, tuple(sorted(set(known))))
        return WorkCount(self._count(start + _DAY, end), self._missing(start + _DAY, end, known))

    def workdays_in(self, year: int) -> WorkCount:
        """Number of working days of a whole year."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        return WorkCount(self._count(first, last), self._missing(first, last, ()))

    def _count(self, first: date, last: date) -> int:
        """Working days from first to last, both included: whole weeks, corrected by the departures."""
        departures = (
            self._sums[bisect_right(self._changes, last)] - self._sums[bisect_left(self._changes, first)]
        )
        return _weekdays_until(last.toordinal()) - _weekdays_until(first.toordinal() - 1) + departures

    def _missing(self, first: date, last: date, known: tuple[int, ...]) -> tuple[int, ...]:
        """Years from first to last that are not loaded, together with those known to be missing before."""
        needed = range(first.year, last.year + 1)
        return tuple(sorted({*known, *(year for year in needed if year not in self._years)}))


def _is_weekday(day: date) -> bool:
    return day.weekday() < _WEEKDAYS


def _weekdays_until(ordinal: int) -> int:
    """Mondays to Fridays from ordinal 1 to the given one."""
    weeks, rest = divmod(ordinal, _WEEK)
    return weeks * _WEEKDAYS + min(rest, _WEEKDAYS)


def _unpack(value: date | WorkDate) -> tuple[date, tuple[int, ...]]:
    if isinstance(value, WorkDate):
        return value.date, value.missing_years
    return _plain(value), ()


def _plain(day: date) -> date:
    """Refuse a datetime: it is a date to Python, but equals none, so every holiday would be overlooked."""
    if isinstance(day, datetime):
        raise TypeError("Pass the local date, not a datetime.")
    return day


def _table(days: Iterable[SpecialDay]) -> dict[date, SpecialDay]:
    table: dict[date, SpecialDay] = {}
    for day in days:
        known = table.setdefault(day.date, day)
        if known.is_work != day.is_work:
            raise ValueError(f"{day.date.isoformat()} 既写作放假又写作上班。")
    return table
