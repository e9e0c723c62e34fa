"""行政规范性文件库 (DOMAIN §2.2, §4.6): what is in force on any day, and the figures of the annual report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, ExtractYear
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from disclosure.models import Document
from disclosure.states import Validity
from disclosure.validity import STANDING, validity_expression
from portal.facets import FacetedFilterSet, Spec
from portal.filters import agency_names, topic_names

ALL = "all"
_FIRST_YEAR = 1949


@dataclass(frozen=True)
class Days:
    """The days that an address asks for: figures run from `first` to `last`, the list stands as on `last`.
    `problem` says what was not understood."""

    first: date
    last: date
    problem: str = ""

    @property
    def is_today(self) -> bool:
        """Whether the list is that of today."""
        return self.last == timezone.localdate()


def days_of(given: QueryDict) -> Days:
    """Read `on` (today) and `from` (1 January of that year)."""
    today = timezone.localdate()
    last, first = _day(given.get("on", "")), _day(given.get("from", ""))
    problem = ""
    if given.get("on") and last is None:
        problem = f"「{given['on'][:20]}」不是日期，已按今天显示。"
    last = last or today
    if (given.get("from") and first is None) or (first and first > last):
        problem = problem or "起始日期没有看懂，或者在截止日期之后，已从当年1月1日起算。"
        first = None
    return Days(first or date(last.year, 1, 1), last, problem)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text.strip())
    except ValueError:
        return None
    return found if found and _FIRST_YEAR <= found.year <= timezone.localdate().year + 5 else None


def made_by(day: date) -> QuerySet[Document]:
    """Public normative papers that were made on or before `day`, each with its validity on that day. One that
    names no day at all counts as made."""
    rows: Any = Document.objects.published().filter(is_normative=True)
    rows = rows.annotate(made_on=Coalesce("written_on", "published_on")).with_validity_on(day)
    found: QuerySet[Document] = rows.filter(Q(made_on=None) | Q(made_on__lte=day))
    return found


class NormativeFilter(FacetedFilterSet):
    """Choices of the library. Without a word it shows what is in force on the day."""

    validity = django_filters.CharFilter(method="of_validity", label="有效性")
    agency = django_filters.CharFilter(field_name="agency__code", label="单位")
    topic = django_filters.CharFilter(method="of_topic", label="主题")
    year = django_filters.NumberFilter(
        field_name="made_on__year", label="成文年份", min_value=1900, max_value=9999
    )

    specs = (
        Spec("validity", "有效性", F("validity_then"), lambda: dict(Validity.choices), "labels"),
        Spec("agency", "制发单位", F("agency__code"), agency_names),
        Spec("topic", "主题", Coalesce("topic__parent__code", "topic__code"), topic_names),
        Spec("year", "成文年份", Cast(ExtractYear("made_on"), CharField()), None, "newest"),
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What was chosen; no validity chosen means what is in force."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        return rows if self.data.get("validity") else rows.filter(validity_then__in=STANDING)

    def of_validity(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Papers of this validity on the day; `all`: of every one."""
        return rows if value == ALL else rows.filter(validity_then=value)

    def of_topic(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Papers of a topic or of one below it."""
        return rows.filter(Q(topic__code=value) | Q(topic__parent__code=value))

    def _counts(self, spec: Spec, rows: QuerySet[Any]) -> Iterable[tuple[Any, int]]:
        if spec.name == "validity":
            wider = QueryDict(self.query_without("validity", validity=ALL).removeprefix("?"))
            rows = type(self)(wider, queryset=self.queryset.order_by()).qs
        return super()._counts(spec, rows)


@dataclass(frozen=True)
class Figures:
    """One line: of an agency, or of all. `to_come`: made, and not yet in force (尚未施行). `unknown`:
    papers of which nobody said whether they are in force."""

    name: str
    code: str
    made: int
    repealed: int
    expired: int
    standing: int
    to_come: int
    unknown: int


def figures(days: Days) -> tuple[list[Figures], Figures]:
    """制发, 废止, 失效 from the first to the last day, 现行有效 on the last: by agency and in all; one query.

    What waits for its day (尚未施行) is 制发 when it was made, 现行有效 from its own day (ADR 37).
    What ended on no known day counts in no period. 失效 is no column of the official table, but without it
    the years do not join (DOMAIN §2.2).
    """
    rows = made_by(days.last).annotate(then=validity_expression(days.first - timedelta(days=1)))
    in_period = Q(made_on__gte=days.first)
    new_or_standing = in_period | Q(then__in=[*STANDING, Validity.NOT_YET])
    counted: Any = (
        rows.order_by()
        .values("agency__code", "agency__name", "agency__short_name", "agency__order")
        .annotate(
            made=Count("pk", filter=in_period),
            repealed=Count("pk", filter=Q(validity_then=Validity.REPEALED, repealed_on__gte=days.first)),
            expired=Count("pk", filter=Q(validity_then=Validity.EXPIRED) & new_or_standing),
            standing=Count("pk", filter=Q(validity_then__in=STANDING)),
            to_come=Count("pk", filter=Q(validity_then=Validity.NOT_YET)),
            unknown=Count("pk", filter=Q(validity_then__in=["", Validity.NOT_APPLICABLE])),
        )
        .order_by("agency__order", "agency__code")
    )
    names = ("made", "repealed", "expired", "standing", "to_come", "unknown")
    lines = [
        Figures(
            one["agency__short_name"] or one["agency__name"],
            one["agency__code"],
            *(one[name] for name in names),
        )
        for one in counted
    ]
    return lines, Figures("全县", "", *(sum(getattr(line, name) for line in lines) for name in names))
