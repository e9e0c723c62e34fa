"""Asking the index: exact numbers and titles first, bounded work, facets that ignore their own filter."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection

from agencies.models import Agency
from catalog.models import Field
from disclosure.states import Validity
from portal.search import facets, numbers, snippets, words
from portal.search.conditions import Condition, filters, validity, where
from portal.search.facets import FACET_LABELS, KINDS, FacetValue
from portal.search.params import SearchParams

#: Beyond this many hits the number on screen is 「约」 and says so.
COUNT_CAP = 10_000
_VISIBLE = Condition("NOT hidden")
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
class _Reading:
    """How the words of a query are asked for."""

    where: Condition
    tsquery: str = ""
    groups: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    note: str = ""
    exact: bool = True


def search(params: SearchParams) -> SearchResult:
    """Answer `params`. Costs a bounded number of queries, whatever the query.

    How the words are read does not depend on the filters, so choosing a value gives as many hits as its
    facet said. A page beyond the last one is empty.
    """
    # Closed agencies too: what they published stays public, under their name.
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    fields = dict(Field.objects.values_list("slug", "name"))
    chosen = filters(params, agencies)
    reading, found = _read(params.q)
    count = _count(reading, list(chosen.values())) if chosen or found is None else found
    order = params.sort if params.sort != "relevance" or reading.tsquery or reading.keys else "newest"
    reachable = min(count, POOL if order == "relevance" else COUNT_CAP)
    rows = _page(params, reading, list(chosen.values()), order) if _offset(params) < reachable else []
    names = {agency.pk: agency.label for agency in agencies.values()}
    counted = facets.facets(reading.where, chosen, agencies, fields)
    unknown = _unknown(params, agencies, fields)
    return SearchResult(
        params=replace(params, problems=(*params.problems, *unknown)) if unknown else params,
        count=min(count, COUNT_CAP),
        count_is_exact=count <= COUNT_CAP,
        results=[_result(row, params.q, names) for row in rows],
        facets=counted,
        note=reading.note,
        exact=reading.exact,
        reachable=reachable,
        labels=facets.labels(params, counted, agencies),
    )


def _unknown(params: SearchParams, agencies: Mapping[str, Agency], fields: Mapping[str, str]) -> list[str]:
    """Say which chosen values there are not: nothing can be found under them."""
    known: dict[str, Container[str]] = {
        "kind": KINDS,
        "agency": agencies,
        "field": fields,
        "validity": Validity.values,
    }
    return [
        f"{FACET_LABELS[name]}中没有「{value}」,所以按这一条件什么也找不到。"
        for name, value in params.tags
        if name in known and value not in known[name]
    ]


def _offset(params: SearchParams) -> int:
    return (params.page - 1) * params.page_size


def _read(q: str) -> tuple[_Reading, int | None]:
    """Find the reading of the words that has hits: number, all words, any word; and how many it has."""
    if not q:
        return _Reading(_VISIBLE), None
    keys = numbers.in_query(q)
    groups = words.tsqueries(q)
    together = " & ".join(groups)
    for reading in _number_readings(q, keys, together):
        if count := _count(reading, []):
            return reading, count
    if not groups:
        return _Reading(Condition("false")), 0
    match = "NOT hidden AND tokens @@ %s::tsquery"
    whole = _Reading(Condition(match, (together,)), together, tuple(groups))
    count = _count(whole, [])
    if count >= ENOUGH or len(groups) == 1:
        return whole, count
    loose = " | ".join(groups)
    note = (
        f"同时含有「{q}」全部词语的只有 {count} 条,排在最前;后面是部分相符的。"
        if count
        else f"没有同时含有「{q}」全部词语的内容,下面是最接近的。"
    )
    wider = _Reading(Condition(match, (loose,)), loose, tuple(groups), note=note, exact=False)
    more = _count(wider, [])
    return (wider, more) if more > count else (whole, count)


def _number_readings(q: str, keys: list[str], together: str) -> list[_Reading]:
    """Return the readings of a number: the number itself, then the same year and serial."""
    found: list[_Reading] = []
    if keys:
        found.append(
            _Reading(
                Condition("NOT hidden AND numbers && %s::varchar[]", (keys[:1],)), together, keys=tuple(keys)
            )
        )
        if len(keys) > 1:
            found.append(
                _Reading(
                    Condition("NOT hidden AND numbers && %s::varchar[]", (keys,)),
                    together,
                    keys=tuple(keys),
                    note=f"没有文号正好是「{q}」的文件,下面是年份和序号相同的。",
                    exact=False,
                )
            )
    return found


def _count(reading: _Reading, chosen: list[Condition]) -> int:
    sql, values = where([reading.where, *chosen])
    with connection.cursor() as cursor:
        # Every piece of `sql` is a literal of this package; values travel apart.
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM search_entry WHERE {sql} LIMIT {COUNT_CAP + 1}) AS hit",  # noqa: S608
            values,
        )
        return int(cursor.fetchone()[0])


_SHOWN = "kind, public_id, source_id, title, url, body, agency_id, published_on, {validity}, doc_number"
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
    - CASE WHEN {validity} IN ('repealed', 'expired') THEN 30 ELSE 0 END
    + CASE kind WHEN 'document' THEN 0.8 WHEN 'guide' THEN 0.8 WHEN 'interpretation' THEN 0.6
                WHEN 'agency' THEN 0.4 ELSE 0 END
    + 1.5 / (1 + GREATEST(0, date_part('year', now()) - COALESCE(year, 2000)) / 3)
"""


def _with_validity(sql: str) -> str:
    return sql.replace("{validity}", validity())


def _shown() -> str:
    return _with_validity(_SHOWN)


def _page(
    params: SearchParams, reading: _Reading, chosen: list[Condition], order: str
) -> list[tuple[Any, ...]]:
    sql, values = where([reading.where, *chosen])
    limits = [params.page_size, _offset(params)]
    with connection.cursor() as cursor:
        if order != "relevance":
            direction = "DESC" if order == "newest" else "ASC"
            cursor.execute(
                f"SELECT {_shown()} FROM search_entry WHERE {sql} "  # noqa: S608
                f"ORDER BY published_on {direction} NULLS LAST, key LIMIT %s OFFSET %s",
                [*values, *limits],
            )
            return list(cursor.fetchall())
        plain = words.plain(params.q)
        together = " & ".join(reading.groups) or reading.tsquery
        cursor.execute(
            f"""
            WITH pool AS (
                (SELECT key FROM search_entry WHERE {sql}
                    ORDER BY published_on DESC NULLS LAST LIMIT {POOL})
                UNION
                (SELECT key FROM search_entry WHERE {sql} AND strpos(title_folded, %s) > 0
                    ORDER BY published_on DESC NULLS LAST LIMIT {POOL})
            )
            SELECT {_shown()}, {_with_validity(_SCORE)} AS score FROM search_entry JOIN pool USING (key)
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
            f"SELECT {_shown()} FROM search_entry WHERE NOT hidden "  # noqa: S608
            "AND (title_folded LIKE %s OR tokens @@ %s::tsquery) "
            "ORDER BY (title_folded LIKE %s) DESC, published_on DESC NULLS LAST, key LIMIT %s",
            [like, asked, like, limit],
        )
        return [_result(row, q, {}) for row in cursor.fetchall()]
