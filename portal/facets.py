"""Facets of a list page: choices with counts, each ignoring its own filter, as plain links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db import connections
from django.db.models import Count, F, QuerySet
from django.http import QueryDict

#: More choices than this are cut, the rarest first.
SHOWN = 40


@dataclass(frozen=True)
class Option:
    """One choice: its value and words, how many rows it would leave, the address that chooses it (where
    several may be chosen: that adds it, or takes it away again)."""

    value: str
    label: str
    count: int
    query: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One group of choices; `all_query` is the address without it."""

    name: str
    label: str
    options: list[Option]
    all_query: str
    chosen: bool
    several: bool = False


@dataclass(frozen=True)
class Spec:
    """How a facet is counted: `lookup` gives the value of a row, `labels` the words for values. `joins`: the
    look-up may find a row more than once.

    Where a row's values are reckoned from one column, `column` and `values_sql` (an array, of the column
    `%s`) take the place of the look-up: the rows are grouped by the column first, so that it is reckoned
    once for each of the few texts that it holds, not for each row.
    """

    name: str
    label: str
    lookup: Any = None
    labels: Callable[[], Mapping[Any, str]] | None = None
    order: str = "count"
    several: bool = False
    joins: bool = True
    column: str = ""
    values_sql: str = ""


class FacetedFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """A FilterSet whose `facets` are counted and whose state has one clean address."""

    specs: tuple[Spec, ...] = ()

    def query_without(self, *names: str, **changes: str) -> str:
        """The query string of this state without `names` (and always without the page), with `changes`."""
        gone = {*names, "page", *changes}
        kept = [
            (name, value) for name, values in self._given() if name not in gone for value in values if value
        ]
        return "?" + urlencode(kept + [(k, v) for k, v in changes.items() if v])

    def query_with_toggled(self, name: str, value: str) -> str:
        """The query string with one value of a filter added, or taken away where it was chosen."""
        given = dict(self._given()).get(name, [])
        values = [v for v in given if v != value] if value in given else [*given, value]
        pairs = [(name, v) for v in values if v]
        before = self.query_without(name).removeprefix("?")
        return "?" + "&".join(part for part in (before, urlencode(pairs)) if part)

    def _given(self) -> list[tuple[str, list[str]]]:
        """The parameters with all their values; several only where a filter takes several."""
        several = {spec.name for spec in self.specs if spec.several}
        if not isinstance(self.data, QueryDict):
            return [(name, [str(value)]) for name, value in self.data.items()]
        return [
            (name, list(dict.fromkeys(values)) if name in several else values[-1:])
            for name, values in self.data.lists()
        ]

    def lookup_of(self, spec: Spec) -> Any:
        """How the values of a facet are found."""
        return spec.lookup

    def facets(self) -> list[Facet]:
        """The facets that have something to choose."""
        found = [self._facet(spec) for spec in self.specs]
        return [facet for facet in found if facet.options]

    def chosen(self, facets: list[Facet]) -> list[tuple[str, str, str]]:
        """What is chosen now: (group, words, address without it), for the removable tags."""
        tags = [
            (facet.label, option.label, option.query if facet.several else facet.all_query)
            for facet in facets
            for option in facet.options
            if option.chosen
        ]
        shown = {spec.name for spec in self.specs}
        for name, filter_ in self.filters.items():
            value = self.data.get(name)
            if value and name not in shown:
                tags.append((str(filter_.label), str(value), self.query_without(name)))
        return tags

    def _query_of(self, spec: Spec, value: str) -> str:
        if spec.several:
            return self.query_with_toggled(spec.name, value)
        return self.query_without(**{spec.name: value})

    def _counts(self, spec: Spec, rows: QuerySet[Any]) -> Iterable[tuple[Any, int]]:
        """How many of the rows have each value."""
        if spec.column:
            return _counts_by_column(spec, rows)
        counts: QuerySet[Any] = (
            rows.annotate(facet_value=self.lookup_of(spec))
            .values_list("facet_value")
            .annotate(rows=Count("pk", distinct=spec.joins))
            .order_by()
        )
        return counts

    def _facet(self, spec: Spec) -> Facet:
        others = QueryDict(mutable=True)
        for name, values in self._given():
            if name != spec.name:
                others.setlist(name, values)
        counts = self._counts(spec, type(self)(others, queryset=self.queryset.order_by()).qs)
        labels = spec.labels() if spec.labels else None
        now = dict(self._given()).get(spec.name, [])
        options = [
            Option(
                str(value),
                str(labels.get(value, value)) if labels is not None else str(value),
                count,
                self._query_of(spec, str(value)),
                str(value) in now,
            )
            for value, count in counts
            if value not in (None, "", False)
        ]
        # What was chosen and leaves nothing stays in sight, so that it can be taken away.
        counted = {option.value for option in options}
        options += [
            Option(value, str((labels or {}).get(value, value)), 0, self._query_of(spec, value), True)
            for value in now
            if value and value not in counted
        ]
        if spec.order == "labels" and labels is not None:
            rank = {str(value): place for place, value in enumerate(labels)}
            options.sort(key=lambda option: rank.get(option.value, len(rank)))
        elif spec.order == "newest":
            options.sort(key=lambda option: option.value, reverse=True)
        else:
            options.sort(key=lambda option: -option.count)
        chosen = any(option.chosen for option in options)
        shown = [option for place, option in enumerate(options) if place < SHOWN or option.chosen]
        return Facet(spec.name, spec.label, shown, self.query_without(spec.name), chosen, spec.several)


def _counts_by_column(spec: Spec, rows: QuerySet[Any]) -> list[tuple[Any, int]]:
    grouped = rows.values(held=F(spec.column)).annotate(rows=Count("pk")).order_by()
    inner, params = grouped.query.sql_with_params()
    values = spec.values_sql.replace("%s", "held")
    sql = (
        f"SELECT value, sum(rows)::int FROM (SELECT unnest({values}) AS value, rows"  # noqa: S608 - our words
        f" FROM ({inner}) AS grouped) AS spread GROUP BY value"
    )
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
