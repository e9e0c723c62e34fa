"""Asking the index: exact numbers and titles first, bounded work, facets that ignore their own filter."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import QueryCanceled

from agencies.models import Agency
from catalog.models import Field
from disclosure.states import Validity
from portal.search import facets, language, ranking, snippets, tags, words
from portal.search.conditions import Condition, filters, where
from portal.search.connecting import Cursor, alias, bounded, leave_alone, still_public
from portal.search.corrections import corrections
from portal.search.demands import demands
from portal.search.facets import FACET_LABELS, KINDS, FacetValue
from portal.search.params import FACETS, SearchParams
from portal.search.reading import Costs, Reading, readings
from portal.search.survey import Survey, by_value, survey
from portal.search.understanding import understand
from portal.search.windows import newest
from portal.search.words import TITLE, QueryWord

#: Beyond this many hits the number on screen is 「约」 and says so; so are the counts of facets.
COUNT_CAP = 10_000
#: So many hits are ranked at sight, the best of them by their text; the rest is reached by narrowing down
#: or by date.
POOL = 1_000
LOOKED_INTO = 120
_ONLY_NEW = "现在查的人多，只列出近两年的一部分，没有统计数目。请加一个条件，或者过一会儿再查。"
_NO_PASSAGE = "没有引号里的原话，下面是按词语查到的。"
_TOO_BUSY = "现在查的人太多，这一次没有查成。请过一会儿再查，或者加一个条件。"
logger = logging.getLogger(__name__)
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
    #: Finds what was asked for in titles and passages, to be marked there.
    telling: re.Pattern[str] | None = None


@dataclass
class _Search:
    """One search on its way: how it is read, what it is filtered by, what it costs."""

    params: SearchParams
    cursor: Cursor
    chosen: dict[str, Condition]
    #: What the query demands besides words: no facet's filter, and never left out.
    demanded: list[Condition]
    costs: Costs
    asked: list[QueryWord]

    def survey(self, reading: Reading, *, filtered: bool = True) -> Survey:
        conditions = [*reading.conditions, *self.demanded, *(self.chosen.values() if filtered else ())]
        return survey(
            self.cursor,
            reading.match,
            conditions,
            cap=COUNT_CAP,
            pool=POOL,
            title=self.of_title(reading),
            most=self.costs.most(reading, conditions),
        )

    def of_title(self, reading: Reading) -> list[tuple[str, float]]:
        """Return the words of a reading with their weights, to put hits in order by their titles."""
        return [(word.tsquery(), self.costs.weight(word)) for word in reading.asked]

    def facet(self, reading: Reading, name: str) -> Mapping[str, int]:
        """Count a facet under all filters but its own."""
        conditions = [
            *reading.conditions,
            *self.demanded,
            *(c for key, c in self.chosen.items() if key != name),
        ]
        most = self.costs.most(reading, conditions)
        return by_value(self.cursor, name, reading.match, conditions, cap=COUNT_CAP, most=most)


def search(params: SearchParams) -> SearchResult:
    """Answer `params`. Costs a bounded number of queries and a bounded work for each, whatever the query.

    How the words are read does not depend on the filters, so choosing a value gives as many hits as its
    facet said. A page beyond the last one is empty. A search that takes too long all the same answers what
    is new among its hits, uncounted; it never raises for that.
    """
    # Closed agencies too: what they published stays public, under their name.
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    fields = dict(Field.objects.values_list("slug", "name"))
    chosen, expression = filters(params, agencies), language.read(params.q)
    demanded = demands(expression, agencies, fields)
    asked = understand(expression.words) or demanded.words
    found = _in_time(params, chosen, demanded.conditions, asked)
    if not found.survey.count and expression.phrases:
        # Quotes are often only typed along.
        loose = _in_time(params, chosen, [], understand(params.q))
        found = loose._replace(note=_NO_PASSAGE) if loose.survey.count else found
    names = {agency.pk: agency.label for agency in agencies.values()}
    telling = snippets.pattern([*found.reading.asked, *demanded.words])
    counted = facets.facets(found.survey.counts, agencies, fields)
    unknown = [*_unknown(params, agencies, fields), *demanded.problems]
    return SearchResult(
        params=replace(params, problems=(*params.problems, *unknown)) if unknown else params,
        count=found.survey.count,
        count_is_exact=found.survey.is_exact,
        results=[_result(row, telling, names) for row in found.rows],
        facets=counted,
        note=found.note,
        exact=found.reading.exact,
        reachable=found.reachable,
        labels=facets.labels(params, counted, agencies),
        telling=telling,
    )


class _Found(NamedTuple):
    """What a search brought up: the hits of its page as rows, and how many there are."""

    reading: Reading
    survey: Survey
    rows: list[tuple[Any, ...]]
    reachable: int
    note: str


def _in_time(
    params: SearchParams, chosen: dict[str, Condition], demanded: list[Condition], asked: list[QueryWord]
) -> _Found:
    tagged = [tag for condition in (*chosen.values(), *demanded) for tag in condition.tags]
    looks = [_whole, _hurried]
    while looks:
        using = alias()
        try:
            with bounded(using) as cursor:
                found = looks[0](_Search(params, cursor, chosen, demanded, Costs(asked, tagged), asked))
            public = still_public([row[ranking.KEY] for row in found.rows], using)
            return found._replace(rows=[row for row in found.rows if row[ranking.KEY] in public])
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):
                logger.warning("a search took too long (%s)", looks.pop(0).__name__)
            elif using == "default":
                raise
            else:
                leave_alone()
    return _Found(Reading(tuple(asked), exact=False), Survey(is_exact=False), [], 0, _TOO_BUSY)


def _whole(now: _Search) -> _Found:
    reading, found = _read(now)
    if found is None:
        found = now.survey(reading)
    order = now.params.sort
    if order == "relevance" and not reading.asked and not reading.keys:
        order = "newest"
    reachable = min(found.count, POOL if order == "relevance" else COUNT_CAP)
    rows = _page(now, reading, found, order) if _offset(now.params) < reachable else []
    for name in FACETS:
        if name in now.chosen:
            found.counts[name] = dict(now.facet(reading, name))
    return _Found(reading, found, rows, reachable, reading.note)


def _hurried(now: _Search) -> _Found:
    """Look among the newest alone and count nothing."""
    reading = Reading(tuple(now.asked), exact=False)
    months = [tags.of("year", timezone.localdate().year - ago) for ago in range(2)]
    conditions = [*now.demanded, *now.chosen.values(), Condition(tags=tuple(months))]
    sql, values = where(reading.match, conditions)
    now.cursor.execute(
        f"SELECT {ranking.shown()} FROM search_entry WHERE {sql} LIMIT %s",  # noqa: S608
        [*values, now.params.page_size],
    )
    rows = now.cursor.fetchall()
    return _Found(reading, Survey(len(rows), is_exact=False), rows, len(rows), _ONLY_NEW)


def _unknown(params: SearchParams, agencies: Mapping[str, Agency], fields: Mapping[str, str]) -> list[str]:
    """Say which chosen values there are not: nothing can be found under them."""
    known: dict[str, Container[str]] = {
        "kind": KINDS,
        "agency": agencies,
        "field": fields,
        "validity": Validity.values,
    }
    return [
        f"{FACET_LABELS[name]}中没有「{value}」，所以按这一条件什么也找不到。"
        for name, value in params.tags
        if name in known and value not in known[name]
    ]


def _offset(params: SearchParams) -> int:
    return (params.page - 1) * params.page_size


def _read(now: _Search) -> tuple[Reading, Survey | None]:
    """Find the reading of the words that has hits: number, all words, any word.

    Without filters its survey comes along: it has been made to see whether there are any.
    """
    q, asked = now.params.q, tuple(now.asked)
    if not q:
        return Reading(), None
    for reading in () if now.demanded else readings(q, asked):
        if (found := now.survey(reading, filtered=False)).count:
            return reading, None if now.chosen else found
    if not asked:
        return Reading(nothing=not now.demanded), None
    whole = Reading(asked)
    found = now.survey(whole, filtered=False)
    if found.count >= ENOUGH or (found.count and len(whole.must) == 1):
        return whole, None if now.chosen else found
    if not found.count and (meant := _meant(now, whole)):
        return meant[0], None if now.chosen else meant[1]
    if len(whole.must) == 1:
        return whole, None if now.chosen else found
    note = (
        f"同时含有「{q}」全部词语的只有 {found.count} 条，排在最前；后面是部分相符的。"
        if found.count
        else f"没有同时含有「{q}」全部词语的内容，下面是最接近的。"
    )
    wider = Reading(asked, any_word=True, note=note, exact=False)
    more = now.survey(wider, filtered=False)
    better, best = (wider, more) if more.count > found.count else (whole, found)
    return better, None if now.chosen else best


def _meant(now: _Search, reading: Reading) -> tuple[Reading, Survey] | None:
    """Return the reading of what may have been meant, if a word was asked for that is nowhere."""
    if all(_is_somewhere(now, word) for word in reading.must):
        return None
    for text in corrections(now.params.q):
        note = f"没有找到「{now.params.q}」，下面是「{text}」的结果。"
        other = Reading(tuple(understand(text)), note=note, exact=False)
        if (found := now.survey(other, filtered=False)).count:
            return other, found
    return None


def _is_somewhere(now: _Search, word: QueryWord) -> bool:
    now.cursor.execute(
        "SELECT EXISTS (SELECT FROM search_entry WHERE tokens @@ %s::tsquery)", [word.tsquery()]
    )
    row = now.cursor.fetchone()
    return bool(row and row[0])


def _page(now: _Search, reading: Reading, found: Survey, order: str) -> list[tuple[Any, ...]]:
    if order != "relevance":
        return _by_day(now, reading, found, order)
    keys = found.keys if found.keys is not None else _pool(now, reading, found)
    asked = reading.asked
    weights = [now.costs.weight(word) for word in asked]
    total = sum(weights) or 1.0
    together = " & ".join(word.tsquery() for word in reading.must or asked)
    # Few of the words may be in the text: what stands near each other is then any two of them.
    near = (" & " if reading.exact else " | ").join(word.nearness() for word in reading.must or asked)
    now.cursor.execute(
        f"""
        WITH seen AS (
            SELECT key, {ranking.at_sight()} AS score, published_on FROM search_entry
            WHERE key = ANY(%(pool)s) AND NOT hidden
        ), best AS (
            SELECT key, score,
                row_number() OVER (ORDER BY score DESC, published_on DESC NULLS LAST, key) AS nth
            FROM seen
        )
        SELECT {ranking.shown()}, CASE WHEN nth <= {LOOKED_INTO} THEN score + 1000 + {ranking.READ}
            ELSE score END AS score
        FROM search_entry JOIN best USING (key)
        ORDER BY score DESC, published_on DESC NULLS LAST, key LIMIT %(size)s OFFSET %(offset)s
        """,  # noqa: S608
        {
            "pool": keys,
            "keys": list(reading.keys[:1]),
            "plain": words.plain(now.params.q),
            "all": together,
            "pieces": [word.tsquery() for word in asked],
            "weights": [weight / total for weight in weights],
            "near": near,
            "size": now.params.page_size,
            "offset": _offset(now.params),
        },
    )
    return now.cursor.fetchall()


def _pool(now: _Search, reading: Reading, found: Survey) -> list[str]:
    """Return the keys to be ranked where there are too many: the newest by title, then the newest at all."""
    conditions = [*reading.conditions, *now.demanded, *now.chosen.values()]
    keys: dict[str, None] = {}
    of_title = now.costs.most(reading, conditions, TITLE)
    tiers = [(reading.entitled, of_title, POOL // 2), (reading.match, found.count, POOL)]
    if reading.all_but_one:
        tiers.insert(0, (reading.all_but_one, found.count, POOL // 2))
    for words_asked, most, share in tiers:
        for row in newest(
            now.cursor,
            "key",
            words_asked,
            conditions,
            most=most,
            all_=now.costs.all,
            want=share,
            params=now.params,
        ):
            keys.setdefault(row[0])
    return list(keys)[:POOL]


def _by_day(now: _Search, reading: Reading, found: Survey, order: str) -> list[tuple[Any, ...]]:
    conditions = [*reading.conditions, *now.demanded, *now.chosen.values()]
    size, offset = now.params.page_size, _offset(now.params)
    rows = newest(
        now.cursor,
        ranking.shown(),
        reading.match,
        conditions,
        most=found.count,
        all_=now.costs.all,
        want=size,
        offset=offset,
        params=now.params,
        oldest_first=order == "oldest",
    )
    return list(rows)


def _result(row: tuple[Any, ...], telling: re.Pattern[str] | None, names: dict[int, str]) -> Result:
    kind, public_id, source_id, title, url, body, agency_id, published_on, validity, doc_number = row[:10]
    return Result(
        kind=kind,
        id=public_id,
        source_id=source_id,
        title=title,
        url=url,
        snippet=snippets.passage(body, telling),
        agency=names.get(agency_id, ""),
        published_on=published_on,
        validity=validity,
        doc_number=doc_number,
    )
