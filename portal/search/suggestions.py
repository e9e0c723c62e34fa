"""What a search box suggests while somebody types: queries that others ask, then titles of public things."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import QueryCanceled

from portal.search import counts, frequency, words
from portal.search.connecting import Cursor, alias, bounded, still_public
from portal.search.corrections import sounds
from portal.search.facets import KINDS
from portal.search.params import SearchParams
from portal.search.windows import newest
from portal.search.words import TITLE

MOST, MOST_QUERIES, MOST_MEANT = 8, 3, 4
_LONGEST = 60
_LATIN = re.compile(r"[a-z][a-z' ]*")
#: Titles that begin with what was typed are looked at up to so many, words that go on from it likewise.
_LOOKED_AT, _ENDINGS = 60, 12
_COLUMNS = "title, url, kind, key"
#: Seconds for which the frequent queries are kept.
_KEPT = 600
_frequent: tuple[float, list[str]] = (float("-inf"), [])


@dataclass(frozen=True)
class Suggestion:
    """A line of the list under the box."""

    title: str
    url: str
    kind: str

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return "大家在搜" if self.kind == "query" else KINDS.get(self.kind, self.kind)


def suggest(typed: str, *, with_queries: bool = True) -> list[Suggestion]:
    """Return at most eight suggestions for what was typed so far: words, the beginning of one, or pinyin."""
    folded = words.fold(typed[:_LONGEST]).strip()
    meant = _of_sound(folded) if _LATIN.fullmatch(folded) else []
    found: dict[str, Suggestion] = {}
    if with_queries:
        for query in _queries([folded, *meant]):
            address = f"{reverse('search')}?{urlencode({'q': query})}"
            found[address] = Suggestion(query, address, "query")
    try:
        using = alias()
        with bounded(using) as cursor:
            rows = [row for text in [folded, *meant] for row in _titles(cursor, text, MOST)]
        public = still_public([key for *_, key in rows], using)
        for title, url, kind, key in rows:
            if key in public:
                found.setdefault(url, Suggestion(title, url, kind))
    except OperationalError as error:
        # No suggestion is better than one that comes when everything has been typed.
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    return list(found.values())[:MOST]


def _of_sound(typed: str) -> list[str]:
    """Return known words that begin with the sounds typed, or have these initials."""
    return sounds().beginning_with(re.sub(r"[' ]", "", typed), MOST_MEANT)


def _queries(beginnings: Sequence[str]) -> list[str]:
    global _frequent
    now = time.monotonic()
    if now - _frequent[0] > _KEPT:
        _frequent = (now, [asked for asked, _ in counts.frequent(today=timezone.localdate())])
    plain = tuple(beginning for beginning in map(words.plain, beginnings) if beginning)
    return [query for query in _frequent[1] if plain and query.startswith(plain)][:MOST_QUERIES]


def _titles(cursor: Cursor, typed: str, want: int) -> list[tuple[Any, ...]]:
    plain = words.plain(typed)
    cut = [word for run in words.runs(typed) for word in run]
    if not plain or not cut or want <= 0:
        return []
    cursor.execute(
        f"SELECT {_COLUMNS} FROM (SELECT {_COLUMNS}, published_on FROM search_entry "  # noqa: S608
        "WHERE title_folded LIKE %s AND NOT hidden LIMIT %s) AS begun "
        "ORDER BY published_on DESC NULLS LAST, key LIMIT %s",
        [plain.replace("\\", "").replace("%", "").replace("_", "") + "%", _LOOKED_AT, want],
    )
    begun = cursor.fetchall()
    if len(begun) >= want:
        return begun
    return [*begun, *_by_words(cursor, cut, want)]


def _by_words(cursor: Cursor, cut: list[str], want: int) -> list[tuple[Any, ...]]:
    """Return titles with all words typed, the last of which may go on."""
    *whole, last = [TITLE + word for word in cut]
    cursor.execute(
        "SELECT lexeme FROM search_lexeme WHERE lexeme LIKE %s ORDER BY entries DESC LIMIT %s",
        [last + "%", _ENDINGS],
    )
    endings = [lexeme for (lexeme,) in cursor.fetchall()]
    # A beginning that no frequent word has is asked of the index itself: there is little of it.
    last_word = "(" + " | ".join(map(words.quoted, endings)) + ")" if endings else f"{words.quoted(last)}:*"
    asked = " & ".join([*map(words.quoted, whole), last_word])
    known = frequency.of([*whole, *endings, frequency.ALL])
    parts = [known.get(lexeme, 0) for lexeme in whole]
    parts += [sum(known.get(lexeme, 0) for lexeme in endings)] if endings else []
    return newest(
        cursor,
        _COLUMNS,
        asked,
        [],
        most=min(parts, default=0),
        all_=known.get(frequency.ALL, 0),
        want=want,
        params=SearchParams(),
    )
