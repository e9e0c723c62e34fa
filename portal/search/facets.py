"""Facets of a search: counted over the whole result, each under all filters but its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from agencies.models import Agency
from disclosure.states import DocumentKind, Validity
from portal.search.conditions import Condition, validity, where
from portal.search.params import FACETS, SearchParams

KINDS: dict[str, str] = {
    DocumentKind.DOCUMENT: "文件",
    "interpretation": "政策解读",
    DocumentKind.REGULATION: "法规制度",
    DocumentKind.GUIDE: "公开指南",
    DocumentKind.ANNUAL_REPORT: "年度报告",
    "item": "目录事项",
    "agency": "部门机构",
}
FACET_LABELS = dict(zip(FACETS, ("类型", "公开单位", "主题", "领域", "年份", "有效性"), strict=True))


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet with its count."""

    value: str
    label: str
    count: int


_VALIDITY = {value.value: str(value.label) for value in Validity}
_COLUMN = {"kind": "kind", "agency": "agency_id", "topic": "topic", "year": "year"}


def facets(
    hits: Condition,
    filters: Mapping[str, Condition],
    agencies: Mapping[str, Agency],
    fields: Mapping[str, str],
) -> dict[str, list[FacetValue]]:
    """Count each facet under all filters but its own; those without a filter share one pass."""
    counts = _counts(hits, filters)
    return {
        "kind": _labelled(counts["kind"], KINDS),
        "agency": _agency_values(counts["agency"], agencies),
        "topic": _by_count(counts["topic"]),
        "field": _labelled(counts["field"], fields),
        "year": [
            FacetValue(str(year), f"{year}年", counts["year"][year])
            for year in sorted((y for y in counts["year"] if y), reverse=True)
        ],
        "validity": _labelled(counts["validity"], _VALIDITY),
    }


def labels(
    params: SearchParams, counted: Mapping[str, list[FacetValue]], agencies: Mapping[str, Agency]
) -> dict[tuple[str, str], str]:
    """Return the words for every value counted or chosen, also where nothing is left of it."""
    found = {("kind", value): label for value, label in KINDS.items()}
    found |= {("validity", value): label for value, label in _VALIDITY.items()}
    found |= {("agency", code): agencies[code].label for code in params.agency if code in agencies}
    found |= {("year", year): f"{year}年" for year in params.year}
    return found | {(name, v.value): v.label for name, values in counted.items() for v in values}


def _counts(hits: Condition, filters: Mapping[str, Condition]) -> dict[str, dict[Any, int]]:
    counts: dict[str, dict[Any, int]] = {name: {} for name in FACETS}
    known = {**_COLUMN, "validity": validity()}
    free = [name for name in known if name not in filters]
    if free:
        sql, values = where([hits, *filters.values()])
        columns = ", ".join(known[name] for name in free)
        sets = ", ".join(f"({known[name]})" for name in free)
        with connection.cursor() as cursor:
            # Every piece of SQL is a literal of this package; values travel apart.
            cursor.execute(
                f"SELECT {columns}, GROUPING({columns}), count(*) FROM search_entry WHERE {sql} "  # noqa: S608
                f"GROUP BY GROUPING SETS ({sets})",
                values,
            )
            for *values_found, mask, count in cursor.fetchall():
                # GROUPING has a zero bit for the column that the row counts.
                index = next(i for i in range(len(free)) if not mask >> (len(free) - 1 - i) & 1)
                counts[free[index]][values_found[index]] = count
    for name in FACETS:
        if name not in free:
            column = known.get(name, "unnest(fields)")
            sql, values = where([hits, *(f for key, f in filters.items() if key != name)])
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {column} AS value, count(*) FROM search_entry WHERE {sql} GROUP BY value",  # noqa: S608
                    values,
                )
                counts[name] = dict(cursor.fetchall())
    return counts


def _labelled(counts: dict[Any, int], labels: Mapping[Any, str]) -> list[FacetValue]:
    return [FacetValue(str(v), label, counts[v]) for v, label in labels.items() if counts.get(v)]


def _by_count(counts: dict[Any, int]) -> list[FacetValue]:
    ordered = sorted(((v, n) for v, n in counts.items() if v), key=lambda pair: (-pair[1], pair[0]))
    return [FacetValue(value, value, count) for value, count in ordered]


def _agency_values(counts: dict[Any, int], agencies: Mapping[str, Agency]) -> list[FacetValue]:
    """Add villages up into their township; the county government counts itself alone."""
    by_pk = {agency.pk: agency for agency in agencies.values()}
    sums: dict[str, int] = {}
    for pk, count in counts.items():
        if agency := by_pk.get(pk):
            chain = agency.path.rstrip("/").split("/")
            for code in chain[1:] or chain:
                sums[code] = sums.get(code, 0) + count
    return [
        FacetValue(code, agency.label, sums[code])
        for code, agency in agencies.items()
        if code in sums and len(agency.path.rstrip("/").split("/")) <= 2
    ]
