"""The synonyms as a query needs them: kept in memory, read anew when the table has another version.

The version is one row that a trigger writes with every change, in whatever process; it is asked for at most
once a request (outside one, at every call).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from portal.search import words
from portal.search.models import Synonym, Way

#: Groups and words that are taken from the table at most, and other words for one.
MOST_GROUPS, MOST_WORDS, MOST_EXPANSIONS = 20_000, 30, 12
VERSION = "synonyms"


@dataclass(frozen=True)
class Table:
    """The synonyms in one state. All words are folded and bare, as `words.plain` leaves them."""

    version: int = -1
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: The longest word, in characters: as far as a look for terms inside a query has to reach.
    longest: int = 0

    def expansions(self, word: str) -> tuple[str, ...]:
        """Return what else may stand for `word`, the term of the office first; empty if nothing may."""
        return self.others.get(words.plain(word), ())

    @property
    def terms(self) -> tuple[str, ...]:
        """All words that something else may stand for."""
        return tuple(self.others)


_cached = Table()
_thread = threading.local()


def current() -> Table:
    """Return the table as it stands: no query if this request has looked already, else one."""
    global _cached
    looked: Table | None = getattr(_thread, "table", None)
    if looked is not None:
        return looked
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM search_tableversion WHERE name = %s", [VERSION])
        found = cursor.fetchone()
    version = int(found[0]) if found else 0
    table = _cached
    if table.version != version:
        rows = Synonym.objects.filter(is_active=True).order_by("id").values_list("words", "way")[:MOST_GROUPS]
        table = _cached = table_of(rows, version)
    if getattr(_thread, "in_request", False):
        _thread.table = table
    return table


def table_of(groups: Iterable[tuple[list[str], str]], version: int = 0) -> Table:
    """Read groups of (words, way), the term of the office first in each."""
    others: dict[str, dict[str, None]] = {}
    for raw, way in groups:
        group = [word for word in dict.fromkeys(words.plain(word) for word in raw[:MOST_WORDS]) if word]
        for word in group:
            meant = group if way == Way.BOTH else group[:1]
            others.setdefault(word, {}).update(dict.fromkeys(one for one in meant if one != word))
    found = {word: tuple(meant)[:MOST_EXPANSIONS] for word, meant in others.items() if meant}
    return Table(version, found, max(map(len, found), default=0))


def expansions(word: str) -> tuple[str, ...]:
    """`Table.expansions` of the table as it stands."""
    return current().expansions(word)


def all_terms() -> tuple[str, ...]:
    """`Table.terms` of the table as it stands."""
    return current().terms


def request_begins(**kwargs: Any) -> None:
    """One look is enough for this request (receiver of `request_started`)."""
    _thread.in_request, _thread.table = True, None


def request_ends(**kwargs: Any) -> None:
    """The next one looks again (receiver of `request_finished`)."""
    _thread.in_request, _thread.table = False, None


def groups_with(word: str) -> list[Synonym]:
    """The active groups in which a word stands, for a warning: few, and only when somebody edits."""
    plain = words.plain(word)
    return [
        group
        for group in Synonym.objects.filter(is_active=True)[:MOST_GROUPS]
        if plain in {words.plain(one) for one in group.words}
    ]
