"""How many entries have a word: counted while the index is rebuilt, asked before a query is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from django.db import connection, transaction

from portal.search import tags

#: Up to so many entries every word is counted; beyond, those of some lots stand for all.
_ALL_UP_TO = 50_000
_SAMPLE = 4
#: A word that stands in fewer entries is as good as unknown: nothing about it can be slow.
_WORTH_KNOWING = 20
#: Stands in every entry.
ALL = tags.VISIBLE


class Frequency:
    """Counts the lexemes of a rebuild in bounded memory."""

    def __init__(self, *, only_sample: bool = False) -> None:
        # Of those that were looked at some may have been left out already.
        self.entries = _ALL_UP_TO if only_sample else 0
        self._lots = frozenset(tags.lots(_SAMPLE))
        self._all: Counter[str] = Counter()
        self._sample: Counter[str] = Counter()

    def count(self, key: str, lexemes: Collection[str]) -> None:
        """Count the lexemes of one entry."""
        self.entries += 1
        if self.entries <= _ALL_UP_TO:
            self._all.update(lexemes)
        elif self._all:
            self._all.clear()
        if tags.lot(key) in self._lots:
            self._sample.update(lexemes)

    def keep(self) -> None:
        """Write what was counted in place of what was known."""
        counted, times = (self._all, 1) if self._all else (self._sample, tags.LOTS // _SAMPLE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_lexeme")
            with cursor.copy("COPY search_lexeme (lexeme, entries) FROM STDIN") as copy:
                for lexeme, seen in counted.items():
                    if seen * times >= _WORTH_KNOWING and len(lexeme) <= 100:
                        copy.write_row((lexeme, seen * times))


def recount() -> int:
    """Count the lexemes of the live index anew, as a rebuild does; return the number of entries.

    For an index that grew by itself: what nothing is known of is taken for rare, whatever it has become.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM search_entry WHERE NOT hidden")
            [entries] = cursor.fetchone()
        found = Frequency(only_sample=entries > _ALL_UP_TO)
        sample = tags.any_of(tags.lots(_SAMPLE) if entries > _ALL_UP_TO else [ALL])
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                "SELECT key, tsvector_to_array(tokens) FROM search_entry WHERE tokens @@ %s::tsquery",
                [sample],
            )
            for key, lexemes in cursor:
                found.count(key, lexemes)
        found.keep()
    return int(entries)


def of(lexemes: Iterable[str]) -> dict[str, int]:
    """Return in about how many entries each of `lexemes` stands; what is rare or new is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme, entries FROM search_lexeme WHERE lexeme = ANY(%s)", [list(set(lexemes))]
        )
        return dict(cursor.fetchall())
