"""Pieces of SQL with their values: what a search asks of the index besides its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from agencies.models import Agency
from disclosure.validity import validity_sql
from portal.search import numbers
from portal.search.params import SearchParams


@dataclass(frozen=True)
class Condition:
    """A piece of SQL with its values."""

    sql: str
    values: tuple[Any, ...] = ()


def filters(params: SearchParams, agencies: Mapping[str, Agency]) -> dict[str, Condition]:
    """Return the filters by facet, so that each facet's counts can leave out its own."""
    found: dict[str, Condition] = {}
    for name in ("kind", "topic", "validity"):
        if chosen := getattr(params, name):
            column = validity() if name == "validity" else name
            found[name] = Condition(f"{column} = ANY(%s)", (list(chosen),))
    if params.year:
        found["year"] = Condition("year = ANY(%s)", ([int(year) for year in params.year],))
    if params.field:
        found["field"] = Condition("fields && %s::varchar[]", (list(params.field),))
    if params.agency:
        found["agency"] = _agency_filter([agencies[c] for c in params.agency if c in agencies])
    if params.published_after:
        found["after"] = Condition("published_on >= %s", (params.published_after,))
    if params.published_before:
        found["before"] = Condition("published_on <= %s", (params.published_before,))
    for name in ("doc_number", "index_number"):
        if asked := getattr(params, name):
            found[name] = Condition("numbers && %s::varchar[]", (numbers.keys(asked)[:1] or [asked],))
    return found


def validity() -> str:
    """The validity of today, by the county's calendar: an expiry acts without anybody touching the index."""
    return validity_sql(timezone.localdate())


def _agency_filter(chosen: list[Agency]) -> Condition:
    """An agency stands for itself and what lies below it; the county government for itself alone."""
    parts, values = ["false"], []
    for agency in chosen:
        parts.append("agency_id = %s" if agency.parent_id is None else "agency_path LIKE %s")
        values.append(agency.pk if agency.parent_id is None else f"{agency.path}%")
    return Condition(f"({' OR '.join(parts)})", tuple(values))


def where(conditions: Iterable[Condition]) -> tuple[str, list[Any]]:
    """Join conditions: the text of WHERE, and its values in order."""
    found = list(conditions)
    return " AND ".join(c.sql for c in found), [v for c in found for v in c.values]
