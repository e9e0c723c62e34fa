"""推荐结果: what the editors put first for a query, while it is public and its days last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import QueryCanceled

from portal.search import asked
from portal.search.connecting import Cursor, bounded
from portal.search.facets import KINDS

#: Above the results stand at most so many.
MOST = 3


@dataclass(frozen=True)
class Bet:
    """A recommended result as the page shows it."""

    key: str
    kind: str
    title: str
    url: str
    line: str
    agency: str
    published_on: date | None

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return KINDS.get(self.kind, self.kind)


def for_query(q: str, *, today: date | None = None) -> list[Bet]:
    """Return what is recommended for `q` today, the newest setting first: one query, none without words.

    Joined with the entries that are visible, so what was withdrawn a moment ago is not among them. What
    takes too long is left out: a page without a recommendation is better than none.
    """
    words = asked.folded(q)
    if not words:
        return []
    try:
        with bounded() as cursor:
            rows = _rows(cursor, words, today or timezone.localdate())
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        rows = []
    return [Bet(*row[:-1]) for row in sorted(rows, key=lambda row: -row[-1])[:MOST]]


def _rows(cursor: Cursor, words: str, day: date) -> list[tuple[Any, ...]]:
    cursor.execute(
        "SELECT DISTINCT ON (entry.key) entry.key, entry.kind, entry.title, entry.url, bet.line, "
        "COALESCE(NULLIF(agency.short_name, ''), agency.name, ''), entry.published_on, bet.id "
        "FROM search_bestbet AS bet JOIN search_entry AS entry ON entry.key = bet.target "
        "LEFT JOIN agencies_agency AS agency ON agency.id = entry.agency_id "
        "WHERE bet.keys @> ARRAY[%s]::varchar[] AND bet.is_active AND NOT entry.hidden "
        "AND COALESCE(bet.first_day <= %s, true) AND COALESCE(bet.last_day >= %s, true) "
        "ORDER BY entry.key, bet.id DESC",
        [words, day, day],
    )
    return cursor.fetchall()
