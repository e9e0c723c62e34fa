"""Facets of a list page: choices with counts, each ignoring its own filter, as plain links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import Count, QuerySet
from django.http import QueryDict

#: More choices than this are cut, the rarest first.
SHOWN = 40


@dataclass(frozen=True)
class Option:
    """One choice: its value and words, how many rows it would leave, the address that chooses it."""

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


@dataclass(frozen=True)
class Spec:
    """How a facet is counted: `lookup` gives the value of a row, `labels` the words for values."""

    name: str
    label: str
    lookup: Any
    labels: Callable[[], Mapping[Any, str]] | None = None
    order: str = "count"


class FacetedFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """A FilterSet whose `facets` are counted and whose state has one clean address."""

    specs: tuple[Spec, ...] = ()

    def query_without(self, *names: str, **changes: str) -> str:
        """The query string of this state without `names` (and always without the page), with `changes`."""
        kept = {
            name: value
            for name, value in self.data.items()
            if value and name not in names and name not in {"page", *changes}
        }
        return "?" + urlencode(kept | {k: v for k, v in changes.items() if v})

    def facets(self) -> list[Facet]:
        """The facets that have something to choose."""
        found = [self._facet(spec) for spec in self.specs]
        return [facet for facet in found if facet.options]

    def chosen(self, facets: list[Facet]) -> list[tuple[str, str, str]]:
        """What is chosen now: (group, words, address without it), for the removable tags."""
        tags = [
            (facet.label, option.label, facet.all_query)
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

    def _facet(self, spec: Spec) -> Facet:
        others = QueryDict(mutable=True)
        others.update({k: v for k, v in self.data.items() if k != spec.name})
        rows: QuerySet[Any] = type(self)(others, queryset=self.queryset.order_by()).qs
        counts = (
            rows.annotate(facet_value=spec.lookup)
            .values_list("facet_value")
            .annotate(rows=Count("pk", distinct=True))
            .order_by()
        )
        labels = spec.labels() if spec.labels else None
        now = self.data.get(spec.name, "")
        options = [
            Option(
                str(value),
                str(labels.get(value, value)) if labels is not None else str(value),
                count,
                self.query_without(**{spec.name: str(value)}),
                str(value) == now,
            )
            for value, count in counts
            if value not in (None, "", False)
        ]
        if spec.order == "labels" and labels is not None:
            rank = {str(value): place for place, value in enumerate(labels)}
            options.sort(key=lambda option: rank.get(option.value, len(rank)))
        elif spec.order == "newest":
            options.sort(key=lambda option: option.value, reverse=True)
        else:
            options.sort(key=lambda option: -option.count)
        return Facet(spec.name, spec.label, options[:SHOWN], self.query_without(spec.name), bool(now))
