"""Asking the index: exact numbers and titles first, bounded work, facets that ignore their own filter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from agencies.models import Agency
from catalog.models import Field
from disclosure.states import DocumentKind, Validity
from portal.search import numbers, snippets, words
from portal.search.params import FACETS, SearchParams

KINDS = {
    DocumentKind.DOCUMENT: "文件",
    "interpretation": "政策解读",
    DocumentKind.REGULATION: "法规制度",
    DocumentKind.GUIDE: "公开指南",
    DocumentKind.ANNUAL_REPORT: "年度报告",
    "item": "目录事项",
    "agency": "部门机构",
}
FACET_LABELS = dict(zip(FACETS, ("类型", "公开单位", "主题", "领域", "年份", "有效性"), strict=True))
#: Beyond this many hits the number on screen is 「约」 and says so.
COUNT_CAP = 10_000
#: As many of the newest hits of each tier are ranked; the rest is reached by narrowing down or by date.
POOL = 500
#: With fewer hits for all words together, hits for some of the words follow them.
ENOUGH = 5


@dataclass(frozen=True)
class Result:
    """One hit."""

    kind: str
    id: str
    source_id: str
    title: str
    url: str
    snippet: str
    agency: str
    published_on: date | None
    validity: str
    doc_number: str

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return KINDS.get(self.kind, self.kind)

    @property
    def validity_label(self) -> str:
        """The validity in words, empty where it says nothing."""
        return str(Validity(self.validity).label) if self.validity in Validity.values else ""


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet with its count."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class SearchResult:
    """What a search found. `note` says in words how it was read when that is not plain."""

    params: SearchParams
    count: int
    count_is_exact: bool
    results: list[Result]
    facets: dict[str, list[FacetValue]]
    note: str = ""
    exact: bool = True
    #: How many of the hits can be paged through in this order.
    reachable: int = 0
    labels: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Condition:
    """A piece of SQL with its values."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """How the words of a query are asked for."""

    where: _Condition
    tsquery: str = ""
    groups: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    note: str = ""
    exact: bool = True


def search(params: SearchParams) -> SearchResult:
    """Answer `params`. Costs a bounded number of queries, whatever the query."""
    agencies = {agency.code: agency for agency in Agency.objects.published()}
    filters = _filters(params, agencies)
    reading, count = _read(params, filters)
    order = params.sort if params.sort != "relevance" or reading.tsquery or reading.keys else "newest"
    reachable = min(count, 2 * POOL) if order == "relevance" and count > 2 * POOL else count
    rows = _page(params, reading, list(filters.values()), order)
    names = {agency.pk: agency.label for agency in agencies.values()}
    facets = _facets(reading, filters, agencies)
    return SearchResult(
        params=params,
        count=min(count, COUNT_CAP),
        count_is_exact=count <= COUNT_CAP,
        results=[_result(row, params.q, names) for row in rows],
        facets=facets,
        note=reading.note,
        exact=reading.exact,
        reachable=reachable,
        labels={(name, v.value): v.label for name, values in facets.items() for v in values},
    )


def _filters(params: SearchParams, agencies: dict[str, Agency]) -> dict[str, _Condition]:
    """Return the filters by facet, so that each facet's counts can leave out its own."""
    found: dict[str, _Condition] = {}
    for name in ("kind", "topic", "validity"):
        if chosen := getattr(params, name):
            found[name] = _Condition(f"{name} = ANY(%s)", (list(chosen),))
    if params.year:
        found["year"] = _Condition("year = ANY(%s)", ([int(year) for year in params.year],))
    if params.field:
        found["field"] = _Condition("fields && %s::varchar[]", (list(params.field),))
    if params.agency:
        found["agency"] = _agency_filter([agencies[c] for c in params.agency if c in agencies])
    if params.published_after:
        found["after"] = _Condition("published_on >= %s", (params.published_after,))
    if params.published_before:
        found["before"] = _Condition("published_on <= %s", (params.published_before,))
    for name in ("doc_number", "index_number"):
        if asked := getattr(params, name):
            found[name] = _Condition("numbers && %s::varchar[]", (numbers.keys(asked)[:1] or [asked],))
    return found


def _agency_filter(chosen: list[Agency]) -> _Condition:
    """An agency stands for itself and what lies below it; the county government for itself alone."""
    parts, values = ["false"], []
    for agency in chosen:
        parts.append("agency_id = %s" if agency.parent_id is None else "agency_path LIKE %s")
        values.append(agency.pk if agency.parent_id is None else f"{agency.path}%")
    return _Condition(f"({' OR '.join(parts)})", tuple(values))


def _read(params: SearchParams, filters: dict[str, _Condition]) -> tuple[_Reading, int]:
    """Find the reading of the words that has hits: number, all words, any word."""
    conditions = list(filters.values())
    if not params.q:
        reading = _Reading(_Condition("NOT hidden"))
        return reading, _count(reading, conditions)
    keys = numbers.in_query(params.q)
    groups = words.tsqueries(params.q)
    together = " & ".join(groups)
    for reading in _number_readings(params.q, keys, together):
        if count := _count(reading, conditions):
            return reading, count
    if not groups:
        return _Reading(_Condition("false")), 0
    match = "NOT hidden AND tokens @@ %s::tsquery"
    whole = _Reading(_Condition(match, (together,)), together, tuple(groups))
    count = _count(whole, conditions)
    if count >= ENOUGH or len(groups) == 1:
        return whole, count
    loose = " | ".join(groups)
    note = (
        f"同时含有「{params.q}」全部词语的只有 {count} 条,排在最前;后面是部分相符的。"
        if count
        else f"没有同时含有「{params.q}」全部词语的内容,下面是最接近的。"
    )
    wider = _Reading(_Condition(match, (loose,)), loose, tuple(groups), note=note, exact=False)
    more = _count(wider, conditions)
    return (wider, more) if more > count else (whole, count)


def _number_readings(q: str, keys: list[str], together: str) -> list[_Reading]:
    """Return the readings of a number: the number itself, then the same year and serial."""
    found: list[_Reading] = []
    if keys:
        found.append(
            _Reading(
                _Condition("NOT hidden AND numbers && %s::varchar[]", (keys[:1],)), together, keys=tuple(keys)
            )
        )
        if len(keys) > 1:
            found.append(
                _Reading(
                    _Condition("NOT hidden AND numbers && %s::varchar[]", (keys,)),
                    together,
                    keys=tuple(keys),
                    note=f"没有文号正好是「{q}」的文件,下面是年份和序号相同的。",
                    exact=False,
                )
            )
    return found


def _where(conditions: list[_Condition]) -> tuple[str, list[Any]]:
    return " AND ".join(c.sql for c in conditions), [v for c in conditions for v in c.values]


def _count(reading: _Reading, filters: list[_Condition]) -> int:
    where, values = _where([reading.where, *filters])
    with connection.cursor() as cursor:
        # Every piece of `where` is a literal of this module; values travel apart.
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM search_entry WHERE {where} LIMIT {COUNT_CAP + 1}) AS hit",  # noqa: S608
            values,
        )
        return int(cursor.fetchone()[0])


_SHOWN = "kind, public_id, source_id, title, url, body, agency_id, published_on, validity, doc_number"
#: Title, exactness, nearness of words, then in force before repealed, document before what is said of it,
#: newer before older. Weights judged on `relevance.jsonl` (tests/portal/test_search_relevance.py).
_SCORE = """
    CASE WHEN numbers && %s::varchar[] THEN 200 ELSE 0 END
    + CASE WHEN title_folded = %s THEN 100 WHEN strpos(title_folded, %s) > 0 THEN 14 ELSE 0 END
    + CASE WHEN ts_filter(tokens, '{a}') @@ %s::tsquery THEN 10 ELSE 0 END
    + CASE WHEN tokens @@ %s::tsquery THEN 10 ELSE 0 END
    + 10 * (SELECT avg(CASE WHEN ts_filter(tokens, '{a,b}') @@ piece THEN 1 WHEN tokens @@ piece THEN 0.7
                            ELSE 0 END) FROM unnest(%s::tsquery[]) AS piece)
    + 12 * ts_rank_cd('{0.08, 0.1, 0.4, 1.0}', tokens, %s::tsquery, 1)
    - CASE WHEN validity IN ('repealed', 'expired') THEN 30 ELSE 0 END
    + CASE kind WHEN 'document' THEN 0.8 WHEN 'guide' THEN 0.8 WHEN 'interpretation' THEN 0.6
                WHEN 'agency' THEN 0.4 ELSE 0 END
    + 1.5 / (1 + GREATEST(0, date_part('year', now()) - COALESCE(year, 2000)) / 3)
"""


def _page(
    params: SearchParams, reading: _Reading, filters: list[_Condition], order: str
) -> list[tuple[Any, ...]]:
    where, values = _where([reading.where, *filters])
    offset = (params.page - 1) * params.page_size
    limits = [params.page_size, offset]
    with connection.cursor() as cursor:
        if order != "relevance":
            direction = "DESC" if order == "newest" else "ASC"
            cursor.execute(
                f"SELECT {_SHOWN} FROM search_entry WHERE {where} "  # noqa: S608
                f"ORDER BY published_on {direction} NULLS LAST, key LIMIT %s OFFSET %s",
                [*values, *limits],
            )
            return list(cursor.fetchall())
        plain = words.plain(params.q)
        together = " & ".join(reading.groups) or reading.tsquery
        cursor.execute(
            f"""
            WITH pool AS (
                (SELECT key FROM search_entry WHERE {where}
                    ORDER BY published_on DESC NULLS LAST LIMIT {POOL})
                UNION
                (SELECT key FROM search_entry WHERE {where} AND strpos(title_folded, %s) > 0
                    ORDER BY published_on DESC NULLS LAST LIMIT {POOL})
            )
            SELECT {_SHOWN}, {_SCORE} AS score FROM search_entry JOIN pool USING (key)
            ORDER BY score DESC, published_on DESC NULLS LAST, key LIMIT %s OFFSET %s
            """,  # noqa: S608
            [
                *values,
                *values,
                plain,
                list(reading.keys[:1]),
                plain,
                plain,
                together,
                together,
                list(reading.groups) or [together],
                reading.tsquery,
                *limits,
            ],
        )
        return list(cursor.fetchall())


def _result(row: tuple[Any, ...], q: str, names: dict[int, str]) -> Result:
    kind, public_id, source_id, title, url, body, agency_id, published_on, validity, doc_number = row[:10]
    return Result(
        kind=kind,
        id=public_id,
        source_id=source_id,
        title=title,
        url=url,
        snippet=snippets.passage(body, q),
        agency=names.get(agency_id, ""),
        published_on=published_on,
        validity=validity,
        doc_number=doc_number,
    )


_COLUMN = {"kind": "kind", "agency": "agency_id", "topic": "topic", "year": "year", "validity": "validity"}


def _facets(
    reading: _Reading, filters: dict[str, _Condition], agencies: dict[str, Agency]
) -> dict[str, list[FacetValue]]:
    """Count each facet under all filters but its own; those without a filter share one pass."""
    counts: dict[str, dict[Any, int]] = {name: {} for name in FACETS}
    free = [name for name in _COLUMN if name not in filters]
    if free:
        where, values = _where([reading.where, *filters.values()])
        columns = ", ".join(_COLUMN[name] for name in free)
        sets = ", ".join(f"({_COLUMN[name]})" for name in free)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns}, GROUPING({columns}), count(*) FROM search_entry WHERE {where} "  # noqa: S608
                f"GROUP BY GROUPING SETS ({sets})",
                values,
            )
            for *values_found, mask, count in cursor.fetchall():
                # GROUPING has a zero bit for the column that the row counts.
                index = next(i for i in range(len(free)) if not mask >> (len(free) - 1 - i) & 1)
                counts[free[index]][values_found[index]] = count
    for name in FACETS:
        if name not in free:
            column = _COLUMN.get(name, "unnest(fields)")
            where, values = _where([reading.where, *(f for key, f in filters.items() if key != name)])
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {column} AS value, count(*) FROM search_entry WHERE {where} GROUP BY value",  # noqa: S608
                    values,
                )
                counts[name] = dict(cursor.fetchall())
    return {
        "kind": _labelled(counts["kind"], KINDS),
        "agency": _agency_values(counts["agency"], agencies),
        "topic": _by_count(counts["topic"]),
        "field": _labelled(counts["field"], dict(Field.objects.values_list("slug", "name"))),
        "year": [
            FacetValue(str(year), f"{year}年", counts["year"][year])
            for year in sorted((y for y in counts["year"] if y), reverse=True)
        ],
        "validity": _labelled(counts["validity"], {v.value: str(v.label) for v in Validity}),
    }


def _labelled(counts: dict[Any, int], labels: dict[Any, str]) -> list[FacetValue]:
    return [FacetValue(str(v), label, counts[v]) for v, label in labels.items() if counts.get(v)]


def _by_count(counts: dict[Any, int]) -> list[FacetValue]:
    ordered = sorted(((v, n) for v, n in counts.items() if v), key=lambda pair: (-pair[1], pair[0]))
    return [FacetValue(value, value, count) for value, count in ordered]


def _agency_values(counts: dict[Any, int], agencies: dict[str, Agency]) -> list[FacetValue]:
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


def suggest(q: str, limit: int = 8) -> list[Result]:
    """Return titles that begin with, or have words beginning with, what was typed."""
    plain = words.plain(q[:60])
    groups = words.groups(q[:60])
    if not plain or not groups:
        return []
    asked = " & ".join(f"'{word}':*A" for group in groups for word in group)
    like = plain.replace("\\", "").replace("%", "").replace("_", "") + "%"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SHOWN} FROM search_entry WHERE NOT hidden "  # noqa: S608
            "AND (title_folded LIKE %s OR tokens @@ %s::tsquery) "
            "ORDER BY (title_folded LIKE %s) DESC, published_on DESC NULLS LAST, key LIMIT %s",
            [like, asked, like, limit],
        )
        return [_result(row, q, {}) for row in cursor.fetchall()]
