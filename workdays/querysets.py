"""Reads of the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import BooleanField, Count, F, PositiveSmallIntegerField, Q, Value


class CalendarYearQuerySet(models.QuerySet[Any]):
    """Years whose notice is loaded."""

    def with_day_counts(self) -> Self:
        """Add `off_count` and `work_count`: days off and make-up days of the notice."""
        return self.annotate(
            off_count=Count("days", filter=Q(days__is_work=False)),
            work_count=Count("days", filter=Q(days__is_work=True)),
        )


class CalendarDayQuerySet(models.QuerySet[Any]):
    """Days of the notices."""

    def touched_by(self, year: int, dates: Iterable[date]) -> Self:
        """Days of one year's notice, and those of other notices that fall on one of the dates."""
        return self.filter(Q(calendar_year__year=year) | Q(date__in=list(dates)))


def calendar_rows(years: Any, overrides: Any) -> Any:
    """Everything a `WorkCalendar` is made of, in one query: (is an override, year, date, is work, name).

    A year without days still gives a row (its date is None), an override a row without a year.
    """
    no_year = Value(None, output_field=PositiveSmallIntegerField())
    return (
        years.order_by()
        .values_list(
            Value(False, output_field=BooleanField()),
            F("year"),
            F("days__date"),
            F("days__is_work"),
            F("days__name"),
        )
        .union(
            overrides.order_by().values_list(
                Value(True, output_field=BooleanField()), no_year, F("date"), F("is_work"), F("name")
            ),
            all=True,
        )
    )
