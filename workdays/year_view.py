"""A year for the eye to check: its holidays in a table, its days in twelve months. Pure Python."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from workdays.calendar import SpecialDay, WorkCalendar

WEEKDAY_HEADS = ("一", "二", "三", "四", "五", "六", "日")


@dataclass(frozen=True)
class DayCell:
    """One cell: the day, its mark (休 off by notice, 班 make-up work, '' ordinary), work or rest, holiday."""

    date: date
    mark: str
    is_work: bool
    name: str


@dataclass(frozen=True)
class Month:
    """A month in rows of seven cells, Monday first; None where the week belongs to another month."""

    number: int
    weeks: tuple[tuple[DayCell | None, ...], ...]
    workdays: int


@dataclass(frozen=True)
class HolidayRow:
    """A holiday: the unbroken runs of its days off (first and last day), their number, its make-up days."""

    name: str
    off: tuple[tuple[date, date], ...]
    off_count: int
    work: tuple[date, ...]


def holiday_rows(days: Iterable[SpecialDay]) -> tuple[HolidayRow, ...]:
    """The days grouped by holiday, in order of the first day off."""
    off: dict[str, list[date]] = {}
    work: dict[str, list[date]] = {}
    for day in sorted(days):
        (work if day.is_work else off).setdefault(day.name, []).append(day.date)
    return tuple(
        HolidayRow(name, _runs(off.get(name, [])), len(off.get(name, [])), tuple(work.get(name, [])))
        for name in {**off, **work}
    )


def _runs(days: Iterable[date]) -> tuple[tuple[date, date], ...]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return tuple(runs)


def year_months(year: int, days: WorkCalendar) -> tuple[Month, ...]:
    """The twelve months of the year."""
    marked = {
        day.date: "班" if day.is_work else "休"
        for day in days.special_days(date(year - 1, 12, 31), date(year, 12, 31))
    }
    months = []
    for number in range(1, 13):
        weeks = tuple(
            tuple(_cell(date(year, number, n), days, marked) if n else None for n in week)
            for week in calendar.monthcalendar(year, number)
        )
        count = sum(cell.is_work for week in weeks for cell in week if cell)
        months.append(Month(number, weeks, count))
    return tuple(months)


def _cell(day: date, days: WorkCalendar, marked: dict[date, str]) -> DayCell:
    status = days.status(day)
    return DayCell(day, marked.get(day, ""), status.is_work, status.name)
