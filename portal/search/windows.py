"""The newest hits, or the oldest, of words that stand everywhere: month by month, until there are enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.search import tags
from portal.search.conditions import Condition, where
from portal.search.connecting import Cursor
from portal.search.params import SearchParams

#: With fewer hits than this they are all looked at and put in order.
_FEW = 10_000
#: How many times as many hits are looked for as are wanted: months differ.
_MORE = 2
_LARGER = 6


def newest(
    cursor: Cursor,
    columns: str,
    words: str,
    conditions: Sequence[Condition],
    *,
    most: int,
    all_: int,
    want: int,
    params: SearchParams,
    offset: int = 0,
    oldest_first: bool = False,
) -> list[tuple[Any, ...]]:
    """Return `want` rows of hits by day of publication, after the first `offset`.

    `most` is about how many hits there are among `all_` entries. Where they are many, the newest months are
    looked at first, and more of them as long as hits are missing.
    """
    end = want + offset
    if most <= max(_FEW, end * _MORE) or not all_:
        return _rows(cursor, columns, words, conditions, (), want, offset, oldest_first)
    months = _months(cursor, params, oldest_first)
    entries = all_ * end * _MORE // most
    while True:
        within = _up_to(months, entries)
        if len(within) == len(months):
            within = []
        rows = _rows(cursor, columns, words, conditions, within, want, offset, oldest_first)
        if len(rows) == want or not within:
            return rows
        entries *= _LARGER


def _months(cursor: Cursor, params: SearchParams, oldest_first: bool) -> list[tuple[str, int]]:
    """Return the months that the dates of the search allow, with the number of their entries."""
    cursor.execute(
        "SELECT lexeme, entries FROM search_lexeme WHERE lexeme LIKE %s ORDER BY lexeme DESC",
        [tags.MONTHS_LIKE],
    )
    known = cursor.fetchall()
    # Months that began after the last rebuild were never counted.
    found = [(month, 0) for month in tags.months_since(known[0][0])] + known if known else []
    first = tags.month(params.published_after) if params.published_after else ""
    last = tags.month(params.published_before) if params.published_before else tags.month(date.max)
    found = [(month, count) for month, count in found if first <= month <= last]
    return found[::-1] if oldest_first else found


def _up_to(months: Sequence[tuple[str, int]], entries: int) -> list[str]:
    """Return the first months that have so many entries together."""
    chosen: list[str] = []
    for month, count in months:
        if entries <= 0:
            break
        chosen.append(month)
        entries -= count
    return chosen


def _rows(
    cursor: Cursor,
    columns: str,
    words: str,
    conditions: Sequence[Condition],
    within: Sequence[str],
    want: int,
    offset: int,
    oldest_first: bool,
) -> list[tuple[Any, ...]]:
    sql, values = where(words, conditions, within)
    direction = "ASC" if oldest_first else "DESC"
    # Every piece of SQL is a literal of this package; values travel apart.
    cursor.execute(
        f"SELECT {columns} FROM search_entry WHERE {sql} "  # noqa: S608
        f"ORDER BY published_on {direction} NULLS LAST, key LIMIT %s OFFSET %s",
        [*values, want, offset],
    )
    return cursor.fetchall()
