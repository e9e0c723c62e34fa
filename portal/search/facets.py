"""Facets of a search: counted over the whole result, each under all filters but its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agencies.models import Agency
from disclosure.states import DocumentKind, Validity
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


def facets(
    counts: Mapping[str, Mapping[str, int]], agencies: Mapping[str, Agency], fields: Mapping[str, str]
) -> dict[str, list[FacetValue]]:
    """Give the values that were counted their labels and their order."""
    years = sorted(counts["year"], reverse=True)
    return {
        "kind": _labelled(counts["kind"], KINDS),
        "agency": _agency_values(counts["agency"], agencies),
        "topic": _by_count(counts["topic"]),
        "field": _labelled(counts["field"], fields),
        "year": [FacetValue(year, f"{year}年", counts["year"][year]) for year in years],
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


def _labelled(counts: Mapping[str, int], labels: Mapping[Any, str]) -> list[FacetValue]:
    return [FacetValue(str(v), label, counts[v]) for v, label in labels.items() if counts.get(v)]


def _by_count(counts: Mapping[str, int]) -> list[FacetValue]:
    ordered = sorted(((v, n) for v, n in counts.items() if v), key=lambda pair: (-pair[1], pair[0]))
    return [FacetValue(value, value, count) for value, count in ordered]


def _agency_values(counts: Mapping[str, int], agencies: Mapping[str, Agency]) -> list[FacetValue]:
    """Add villages up into their township; the county government counts itself alone."""
    by_pk = {str(agency.pk): agency for agency in agencies.values()}
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
