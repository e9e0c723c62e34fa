"""The one door through which the calendar changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.utils import timezone

from workdays.calendar import SpecialDay
from workdays.changes import compare, fingerprint
from workdays.models import CalendarDay, CalendarYear, DayOverride

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

PERMISSION = "workdays.change_calendaryear"
_REVIEWED = Path(__file__).parent / "reference" / "notices.json"


class CalendarMovedError(Exception):
    """The stored days are no longer those that the person was shown; look again, then confirm."""


@transaction.atomic
def save_calendar_year(
    *,
    year: int,
    days: Iterable[SpecialDay],
    title: str,
    number: str = "",
    issued_on: date | None = None,
    url: str = "",
    note: str | None = None,
    seen: str | None = None,
    by: AbstractBaseUser,
    now: datetime | None = None,
) -> CalendarYear:
    """Store a year's notice: its days become exactly `days`; only what differs is written.

    A date that an earlier notice holds goes over to this one. `seen` is the `stored_mark` of the preview;
    `note=None` leaves the note as it is.

    Raises PermissionDenied without `workdays.change_calendaryear`; ValidationError for days that cannot be
    of this year, no days, or bad fields; CalendarMovedError if `seen` no longer holds.
    """
    _require_permission(by)
    wanted = _checked_days(year, days)
    fields = {
        "title": title,
        "number": number,
        "issued_on": issued_on,
        "url": url,
        "confirmed_by": str(by)[:40] or str(by.pk),
        "confirmed_at": now or timezone.now(),
    } | ({} if note is None else {"note": note})
    CalendarYear(year=year, **fields).full_clean(validate_unique=False)
    with pghistory.context(user=by.pk, service="workdays.save_calendar_year"):
        row: CalendarYear
        row, is_new = CalendarYear.objects.select_for_update().get_or_create(year=year, defaults=fields)
        if seen is not None and seen != stored_mark(year=year, days=wanted.values()):
            raise CalendarMovedError
        if not is_new:
            for name, value in fields.items():
                setattr(row, name, value)
            row.save(update_fields=list(fields))
        _write_days(row, wanted)
    return row


def stored_days(*, year: int, days: Iterable[SpecialDay]) -> tuple[SpecialDay, ...]:
    """The stored days that saving `days` for the year would replace: its own, and others on those dates."""
    rows = CalendarDay.objects.touched_by(year, (day.date for day in days))
    return tuple(row.as_special_day() for row in rows)


def stored_mark(*, year: int, days: Iterable[SpecialDay]) -> str:
    """Mark of what is stored now, for `save_calendar_year(seen=…)`."""
    return fingerprint(stored_days(year=year, days=tuple(days)))


@transaction.atomic
def save_day_override(
    *,
    date: date,
    is_work: bool,
    name: str,
    basis: str,
    override: DayOverride | None = None,
    by: AbstractBaseUser,
) -> DayOverride:
    """Fix a single day otherwise than the notice does, on the ground of a document (`basis`).

    Raises PermissionDenied, or ValidationError for an empty basis or a date that is fixed already.
    """
    _require_permission(by)
    with pghistory.context(user=by.pk, service="workdays.save_day_override"):
        if override is not None:
            override = DayOverride.objects.select_for_update().get(pk=override.pk)
        row = override or DayOverride()
        row.date, row.is_work, row.name, row.basis = date, is_work, name.strip(), basis.strip()
        row.full_clean()
        row.save()
    return row


@transaction.atomic
def remove_day_override(*, override: DayOverride, by: AbstractBaseUser) -> None:
    """Take a single-day adjustment back: the notice holds again. Raises PermissionDenied."""
    _require_permission(by)
    with pghistory.context(user=by.pk, service="workdays.remove_day_override"):
        DayOverride.objects.filter(pk=override.pk).delete()


def reviewed_years() -> list[dict[str, Any]]:
    """The notices that come with the system, read and checked by people: `reference/notices.json`."""
    notices: list[dict[str, Any]] = json.loads(_REVIEWED.read_text(encoding="utf-8"))["notices"]
    return notices


def reviewed_days(notice: Mapping[str, Any]) -> tuple[SpecialDay, ...]:
    """The days of one reviewed notice; `off` holds first and last day, both included, `work` single days."""
    days: list[SpecialDay] = []
    for holiday in notice["holidays"]:
        first, last = (date.fromisoformat(text) for text in holiday["off"])
        span = range((last - first).days + 1)
        days += (SpecialDay(first + timedelta(days=n), False, holiday["name"]) for n in span)
        days += (SpecialDay(date.fromisoformat(text), True, holiday["name"]) for text in holiday["work"])
    return tuple(sorted(days))


def put_reviewed_years(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """After migrate or flush: add the reviewed years that are missing. A year that stands is never touched.

    Silent where the tables are gone (migrating back to zero) and for another database than the default.
    """
    if using != DEFAULT_DB_ALIAS or CalendarYear._meta.db_table not in connection.introspection.table_names():
        return
    with transaction.atomic():
        known = set(CalendarYear.objects.values_list("year", flat=True))
        for notice in reviewed_years():
            if notice["year"] in known:
                continue
            fields = {name: notice[name] for name in ("title", "number", "issued_on", "url", "note")}
            row = CalendarYear.objects.create(year=notice["year"], **fields)
            _write_days(row, _checked_days(row.year, reviewed_days(notice)))


def _require_permission(by: AbstractBaseUser) -> None:
    if not by.has_perm(PERMISSION):  # type: ignore[attr-defined]
        raise PermissionDenied("您没有维护工作日历的权限，请联系县政府办公室。")


def _checked_days(year: int, days: Iterable[SpecialDay]) -> dict[date, SpecialDay]:
    wanted: dict[date, SpecialDay] = {}
    for day in days:
        if not date(year - 1, 12, 1) <= day.date <= date(year + 1, 1, 31):
            raise ValidationError(f"{day.date.isoformat()} 不在 {year} 年前后，请核对年份。")
        if day.date in wanted and wanted[day.date] != day:
            raise ValidationError(f"{day.date.isoformat()} 写了两次，内容不同，请核对。")
        wanted[day.date] = day
    if not wanted:
        raise ValidationError(f"没有 {year} 年的放假安排，不能保存。")
    return wanted


def _write_days(row: CalendarYear, wanted: Mapping[date, SpecialDay]) -> None:
    """Make the stored days of the notice equal to `wanted`, touching only rows that differ."""
    stored = {day.date: day for day in CalendarDay.objects.select_for_update().touched_by(row.year, wanted)}
    gone = [day.pk for day in stored.values() if day.date not in wanted]
    CalendarDay.objects.filter(pk__in=gone).delete()
    foreign = {day.date for day in stored.values() if day.calendar_year_id != row.pk}
    differing = {
        change.date for change in compare((d.as_special_day() for d in stored.values()), wanted.values())
    }
    new, changed = [], []
    for day in wanted.values():
        if day.date not in stored:
            new.append(CalendarDay(calendar_year=row, date=day.date, is_work=day.is_work, name=day.name))
        elif day.date in foreign | differing:
            known = stored[day.date]
            known.calendar_year, known.is_work, known.name = row, day.is_work, day.name
            changed.append(known)
    CalendarDay.objects.bulk_create(new)
    CalendarDay.objects.bulk_update(changed, ["calendar_year", "is_work", "name"])
