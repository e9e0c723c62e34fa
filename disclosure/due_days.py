"""By which day a document is to be public under a limit that an event starts. Pure: no Django, no tables."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from catalog.time_limits import TimeLimit
from workdays.calendar import WorkCalendar, WorkDate

#: 条例 26条: within 20 working days of 形成 or 变更, unless another rule says otherwise.
STATUTORY = TimeLimit("", "workdays", 20, "working", "信息形成或者变更")

_HOURS = 24


def limit_of(limit: TimeLimit, *, bound: bool) -> TimeLimit:
    """The limit that counts: 条例 26条 where the catalog writes none and its agency is `bound` by 条例."""
    return STATUTORY if bound and limit.kind == "none" else limit


def due_of(limit: TimeLimit, formed_on: date, calendar: WorkCalendar) -> WorkDate | None:
    """The last day for a document written on `formed_on`; None where the limit names no amount of days.

    Working days by the calendar; calendar days, months and years end on a working day (民事诉讼法85条).
    """
    if limit.kind not in ("workdays", "days") or limit.n is None:
        return None
    try:
        if limit.unit == "working":
            return calendar.add(formed_on, limit.n)
        if limit.unit == "hour":
            return WorkDate(formed_on + timedelta(days=limit.n // _HOURS))
        if limit.unit in ("month", "year"):
            return calendar.on_or_after(
                _months_later(formed_on, limit.n * (12 if limit.unit == "year" else 1))
            )
        return calendar.on_or_after(formed_on + timedelta(days=limit.n))
    except (ValueError, OverflowError):
        return None  # Beyond the year 9999: a misprint in the catalog, and no day at all.


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
