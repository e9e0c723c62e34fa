"""Runs of the calendar (年, 半年, 季度, 月, 周) and their last days. Pure: no Django.

A fixed date stays where the text puts it, also on a rest day; a last day that is counted in working days
follows the State Council's calendar and is provisional (暂定) while that is missing.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.time_limits import Period
from workdays.calendar import WorkCalendar, WorkDate

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a period: its first and last day, and the day by which something must be public."""

    start: date
    end: date
    deadline: WorkDate


def run_of(period: Period, day: date, calendar: WorkCalendar) -> Run:
    """The run in which `day` lies."""
    if period.weeks:
        start = day - timedelta(days=day.weekday())
        end = start + timedelta(days=7 * period.weeks - 1)
        return Run(start, end, WorkDate(end))
    first = (day.month - 1) // period.months * period.months + 1
    start = date(day.year, first, 1)
    end = _last_of(day.year, first + period.months - 1)
    return Run(start, end, _deadline(period, start, end, calendar))


def next_run(period: Period, run: Run, calendar: WorkCalendar) -> Run:
    """The run after this one."""
    return run_of(period, run.end + _DAY, calendar)


def previous_run(period: Period, run: Run, calendar: WorkCalendar) -> Run:
    """The run before this one."""
    return run_of(period, run.start - _DAY, calendar)


def _deadline(period: Period, start: date, end: date, calendar: WorkCalendar) -> WorkDate:
    if period.workdays:
        found = calendar.add(start - _DAY, period.workdays)
        return found if found.date <= end else WorkDate(end)
    if period.month and period.day:
        last = _last_of(start.year, start.month + period.month - 1)
        return WorkDate(last.replace(day=min(period.day, last.day)))
    return WorkDate(end)


def _last_of(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
