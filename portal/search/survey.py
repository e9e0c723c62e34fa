"""Counting what a search finds: all of it where that is little, else a sample drawn by lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Any

from portal.search import tags
from portal.search.conditions import Condition, validity, where
from portal.search.connecting import Cursor

#: Columns whose values are counted, in the order of the bits of GROUPING.
_COUNTED = ("kind", "agency", "topic", "year", "validity")
_ALL = (1 << len(_COUNTED)) - 1
_FIELDS, _KEYS = 100, 200
#: So many hits of a sample are enough to reckon from; with fewer the whole is counted.
_SAMPLE, _ENOUGH = 4_000, 100


@dataclass
class Survey:
    """How many hits there are, in all and by value of each facet, and the keys of those to be ranked."""

    count: int = 0
    is_exact: bool = True
    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in (*_COUNTED, "field")}
    )
    #: The keys to be ranked; None where only a sample was looked at.
    keys: list[str] | None = None


def survey(
    cursor: Cursor,
    words: str,
    conditions: Sequence[Condition],
    *,
    cap: int,
    pool: int,
    title: Sequence[tuple[str, float]] = (),
    most: int,
) -> Survey:
    """Count the hits of `words` under `conditions`, of which there are at most about `most`.

    Up to `cap` hits are counted one by one, and the keys of `pool` of them given: those that have the words
    in their title first, then the newest. Of more hits a sample is counted and reckoned up.
    """
    if most > cap:
        lots = max(1, ceil(tags.LOTS * _SAMPLE / most))
        found = _look(cursor, words, conditions, limit=cap, within=tags.lots(min(lots, tags.LOTS)))
        if found.count >= _ENOUGH:
            return _reckoned(found, tags.LOTS / min(lots, tags.LOTS))
    found = _look(cursor, words, conditions, limit=cap, pool=pool, title=title)
    if not found.is_exact:
        # More than was known of: those that were looked at first are not the newest.
        found.keys = None
    return found


def _reckoned(found: Survey, times: float) -> Survey:
    def up(count: int) -> int:
        return _two_figures(count * times)

    counts = {name: {value: up(count) for value, count in of.items()} for name, of in found.counts.items()}
    return Survey(up(found.count), False, counts)


def _two_figures(count: float) -> int:
    """Round to two figures: a reckoned number must not look like a counted one."""
    step = 10 ** max(0, floor(log10(count)) - 1)
    return int(round(count / step) * step)


def _look(
    cursor: Cursor,
    words: str,
    conditions: Sequence[Condition],
    *,
    limit: int,
    within: Sequence[str] = (),
    pool: int = 0,
    title: Sequence[tuple[str, float]] = (),
) -> Survey:
    sql, values = where(words, conditions, within)
    at_sight = " + ".join(["0", *("%s * (head @@ %s::tsquery)::int" for _ in title)])
    # Every piece of SQL is a literal of this package; values travel apart.
    asked = f"""
        WITH hit AS MATERIALIZED (
            SELECT key, kind, agency_id AS agency, topic, year, {validity()} AS validity, fields, published_on
            {f", {at_sight} AS sight" if pool else ""}
            FROM search_entry WHERE {sql} LIMIT {int(limit) + 1}
        )
        SELECT GROUPING({", ".join(_COUNTED)}), concat({", ".join(_COUNTED)}), count(*)
            FROM hit GROUP BY GROUPING SETS ((kind), (agency), (topic), (year), (validity), ())
        UNION ALL SELECT {_FIELDS}, one, count(*) FROM hit, unnest(fields) AS one GROUP BY one
        """  # noqa: S608
    if pool:
        asked += f"""UNION ALL (SELECT {_KEYS}, key, 0 FROM hit
            ORDER BY sight DESC, published_on DESC NULLS LAST LIMIT {int(pool)})"""  # noqa: S608
    cursor.execute(asked, [*(value for word, weight in title for value in (weight, word) if pool), *values])
    return _read(cursor.fetchall(), limit, within, pool)


def _read(rows: Sequence[tuple[Any, ...]], limit: int, within: Sequence[str], pool: int) -> Survey:
    found = Survey(keys=[] if pool else None)
    for mask, value, count in rows:
        if mask == _KEYS and found.keys is not None:
            found.keys.append(value)
        elif mask == _FIELDS:
            found.counts["field"][value] = count
        elif mask == _ALL:
            found.count, found.is_exact = min(count, limit), count <= limit and not within
        else:
            # GROUPING has a zero bit for the column that the row counts.
            name = next(n for bit, n in enumerate(reversed(_COUNTED)) if not mask >> bit & 1)
            if value:
                found.counts[name][value] = count
    return found


def by_value(
    cursor: Cursor, name: str, words: str, conditions: Sequence[Condition], *, cap: int, most: int
) -> Mapping[str, int]:
    """Count the values of one facet, under conditions without its own."""
    found = survey(cursor, words, conditions, cap=cap, pool=0, most=most)
    return found.counts[name]
