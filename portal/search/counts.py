"""大家在找什么: counts of queries and of what was chosen, without a person in them (ADR 39).

A row is a county's day and a folded query. No address, user, session or hour is taken, so none can be asked
for. What was asked fewer than `LEAST` times is told to nobody, and deleted after `RARE_DAYS`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

#: Asked less often than this in the period: it may be a name, and is shown to nobody.
LEAST = 3
#: Days after which what was asked fewer than `LEAST` times in all is deleted; and all else.
RARE_DAYS, DAYS = 30, 731
#: Different queries that a day takes at most, and how many of them stay once it is over.
MOST_A_DAY, KEPT_A_DAY = 5_000, 1_000
#: The person waits for nobody: neither for the disk nor, longer than this, for another person's row.
_QUICK = (
    "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true), "
    "set_config('lock_timeout', '50ms', true))"
)
_RECORD = """
INSERT INTO search_asked (day, words, times, nothing, last_count, chosen)
SELECT %(day)s, %(words)s, 1, %(nothing)s, %(count)s, 0 FROM quick
WHERE EXISTS (SELECT FROM search_asked WHERE day = %(day)s AND words = %(words)s)
   OR (SELECT count(*) FROM (SELECT FROM search_asked WHERE day = %(day)s LIMIT %(most)s) AS few) < %(most)s
ON CONFLICT (day, words) DO UPDATE SET times = search_asked.times + 1,
    nothing = search_asked.nothing + EXCLUDED.nothing, last_count = EXCLUDED.last_count
"""
_CHOOSE = """, mine AS (
    UPDATE search_asked SET chosen = chosen + 1 FROM quick
    WHERE id = (SELECT id FROM search_asked WHERE words = %(words)s AND day >= %(since)s
                ORDER BY day DESC LIMIT 1)
      AND chosen < times AND EXISTS (SELECT FROM search_entry WHERE key = %(key)s AND NOT hidden)
    RETURNING id)
INSERT INTO search_choice (asked_id, key, times, places)
SELECT id, %(key)s, 1, %(place)s FROM mine
ON CONFLICT (asked_id, key) DO UPDATE SET times = search_choice.times + 1,
    places = search_choice.places + EXCLUDED.places
"""


def record(words: str, *, count: int, nothing: bool, day: date) -> bool:
    """Count a folded query that found `count` hits; one statement. Never raises: what cannot be counted at
    once is not counted. Returns whether it was."""
    values = {"day": day, "words": words, "nothing": int(nothing), "count": count, "most": MOST_A_DAY}
    return _quietly(_RECORD, values)


def choose(words: str, *, key: str, place: int, day: date) -> bool:
    """Count that a result (its key, its place from 1; 0: a best bet) was opened from a folded query.

    Only for a query of today or yesterday, no oftener than it was asked, and only for what is public. Never
    raises. Returns whether it was counted.
    """
    values = {"words": words, "key": key, "place": place, "since": day - timedelta(days=1)}
    return _quietly(_CHOOSE, values)


def _quietly(sql: str, values: dict[str, Any]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_QUICK + sql, values)
            return bool(cursor.rowcount)
    except DatabaseError:
        logger.info("A query was not counted", exc_info=True)
        return False


@dataclass(frozen=True)
class Chosen:
    """A result that was opened from a query; title and address are empty where it is public no more."""

    key: str
    title: str
    url: str
    times: int
    place: float


@dataclass
class Row:
    """A query over a period."""

    words: str
    times: int
    nothing: int
    last_count: int
    chosen: int
    results: list[Chosen] = field(default_factory=list)


#: Which queries a view tells of, and in which order.
VIEWS = {
    "sought": ("true", "sum(times)"),
    "nothing": ("sum(nothing) > 0", "sum(nothing)"),
    "ignored": ("sum(chosen) = 0 AND sum(times) > sum(nothing)", "sum(times) - sum(nothing)"),
}


def rows(view: str, first: date, last: date, limit: int = 100) -> list[Row]:
    """The queries of a view of `VIEWS` between two days, the most frequent first: two queries."""
    having, order = VIEWS[view]
    with connection.cursor() as cursor:
        # `having` and `order` are literals of this module.
        cursor.execute(
            "SELECT words, sum(times), sum(nothing), (array_agg(last_count ORDER BY day DESC))[1], "  # noqa: S608
            "sum(chosen) FROM search_asked WHERE day BETWEEN %s AND %s GROUP BY words "
            f"HAVING sum(times) >= %s AND {having} ORDER BY {order} DESC, words LIMIT %s",
            [first, last, LEAST, limit],
        )
        found = [Row(*one) for one in cursor.fetchall()]
    chosen = _chosen([row.words for row in found], first, last) if found else {}
    for row in found:
        row.results = chosen.get(row.words, [])
    return found


#: As many results of a query are named.
_NAMED = 3


def _chosen(words: Sequence[str], first: date, last: date) -> dict[str, list[Chosen]]:
    found: dict[str, list[Chosen]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT words, key, COALESCE(entry.title, ''), COALESCE(entry.url, ''), times, spot FROM ("
            "  SELECT asked.words, choice.key, sum(choice.times) AS times, "
            "    sum(choice.places)::float / sum(choice.times) AS spot, "
            "    row_number() OVER (PARTITION BY asked.words ORDER BY sum(choice.times) DESC, key) AS n "
            "  FROM search_choice AS choice JOIN search_asked AS asked ON asked.id = choice.asked_id "
            "  WHERE asked.words = ANY(%s) AND asked.day BETWEEN %s AND %s GROUP BY 1, 2) AS top "
            "LEFT JOIN search_entry AS entry USING (key) WHERE n <= %s "
            "AND NOT COALESCE(entry.hidden, true) ORDER BY words, n",
            [list(words), first, last, _NAMED],
        )
        for one, key, title, url, times, place in cursor.fetchall():
            found.setdefault(one, []).append(Chosen(key, title, url, times, place))
    return found


def totals(first: date, last: date) -> tuple[int, int]:
    """How many searches were counted between two days, and how many of them found nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(times), 0), COALESCE(sum(nothing), 0) FROM search_asked "
            "WHERE day BETWEEN %s AND %s",
            [first, last],
        )
        asked, nothing = cursor.fetchone()
    return int(asked), int(nothing)


def frequent(*, today: date, days: int = 90, least: int = 10, limit: int = 1_000) -> list[tuple[str, int]]:
    """Folded queries that are asked often, find something and are opened, with their number: what may be
    suggested to others. One query over `days`; keep what it returns for some minutes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT words, sum(times) FROM search_asked WHERE day > %s GROUP BY words "
            "HAVING sum(times) >= %s AND sum(nothing) * 2 < sum(times) AND sum(chosen) >= %s "
            "AND count(*) > 1 ORDER BY 2 DESC, 1 LIMIT %s",
            [today - timedelta(days=days), max(least, LEAST), LEAST, limit],
        )
        return [(words, int(times)) for words, times in cursor.fetchall()]


def prune(*, today: date) -> int:
    """Delete what is rare and more than `RARE_DAYS` old, what is over two years old, and of each past day
    all but the most frequent. Returns how many rows went. Idempotent."""
    with transaction.atomic():
        gone = _delete("day < %s", [today - timedelta(days=DAYS)])
        gone += _delete(
            "day < %s AND words IN (SELECT words FROM search_asked GROUP BY words HAVING sum(times) < %s)",
            [today - timedelta(days=RARE_DAYS), LEAST],
        )
        gone += _delete(
            "id IN (SELECT id FROM (SELECT id, "
            "row_number() OVER (PARTITION BY day ORDER BY times DESC, words) AS place "
            "FROM search_asked WHERE day BETWEEN %s AND %s) AS placed WHERE place > %s)",
            [today - timedelta(days=8), today - timedelta(days=1), KEPT_A_DAY],
        )
    return gone


def _delete(where: str, values: Sequence[Any]) -> int:
    """Delete counts and, before them, what was chosen from them."""
    with connection.cursor() as cursor:
        # `where` is a literal of this module; values travel apart.
        cursor.execute(
            f"WITH gone AS (SELECT id AS asked_id FROM search_asked WHERE {where}) "  # noqa: S608
            "DELETE FROM search_choice USING gone WHERE search_choice.asked_id = gone.asked_id",
            values,
        )
        cursor.execute(f"DELETE FROM search_asked WHERE {where}", values)  # noqa: S608
        return int(cursor.rowcount)
