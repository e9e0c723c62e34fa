"""Keeping the index: the outbox worked off, the whole rebuilt beside the live one, both checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

import agencies.search
import catalog.search
import disclosure.search
import interpretation.search
from agencies.search import Entry
from portal.search import numbers, words
from portal.search.models import IndexState

Source = Callable[[Iterable[int] | None], Iterator[Entry]]
SOURCES: dict[str, Source] = {
    "document": disclosure.search.entries,
    "interpretation": interpretation.search.entries,
    "item": catalog.search.entries,
    "agency": agencies.search.entries,
}
#: Body text beyond this many characters is not indexed: a tsvector holds one megabyte (STACK, trap 18).
BODY_LIMIT = 60_000
_COLUMNS = (
    "key place source_pk kind title title_folded body url public_id source_id doc_number index_number "
    "numbers agency_id agency_path topic fields year written_on published_on validity tokens hidden version"
).split()
_BATCH = 500


class Drained(NamedTuple):
    """What one pass over the outbox did."""

    written: int
    hidden: int


def row(entry: Entry, version: int) -> tuple[Any, ...]:
    """Return the entry as a row of the index, in the order of the columns."""
    keys = [key for number in entry.numbers for key in numbers.keys(number)]
    body = entry.body[:BODY_LIMIT]
    day = entry.published_on or entry.written_on
    tokens = words.vector(
        [
            ("A", entry.title),
            ("A", " ".join(entry.numbers)),
            ("B", "\n".join(entry.keywords)),
            ("B", entry.agency.name),
            ("D", body),
        ]
    )
    return (
        f"{entry.place}:{entry.pk}",
        entry.place,
        entry.pk,
        entry.kind,
        entry.title,
        words.plain(entry.title),
        body,
        entry.url,
        entry.public_id,
        entry.source_id,
        entry.doc_number,
        entry.index_number,
        list(dict.fromkeys(keys)),
        entry.agency.pk,
        entry.agency.path,
        entry.topic,
        list(entry.fields),
        day.year if day else None,
        entry.written_on,
        entry.published_on,
        entry.validity,
        tokens,
        False,
        version,
    )


def _write(table: str, rows: list[tuple[Any, ...]]) -> None:
    """Upsert rows; a row of lower version than the stored one gives way."""
    if not rows:
        return
    places = ", ".join(["%s"] * len(_COLUMNS))
    sets = ", ".join(f"{column} = EXCLUDED.{column}" for column in _COLUMNS[1:])
    with connection.cursor() as cursor:
        # The table's name is one of two literals of this module.
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(_COLUMNS)}) VALUES ({places}) "  # noqa: S608
            f"ON CONFLICT (key) DO UPDATE SET {sets} "
            f"WHERE {table}.version <= EXCLUDED.version",
            rows,
        )


def drain(limit: int = 100_000) -> Drained:
    """Work off the outbox in batches, each in a transaction of its own; idempotent.

    Rows that another process is working off are passed over (SKIP LOCKED).
    """
    written = hidden = 0
    while limit > 0:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM search_outbox WHERE id IN (SELECT id FROM search_outbox ORDER BY id "
                    "LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING place, source_pk, version",
                    [_BATCH],
                )
                claimed = cursor.fetchall()
            if not claimed:
                break
            limit -= len(claimed)
            versions: dict[tuple[str, int], int] = {}
            for place, pk, version in claimed:
                versions[place, pk] = max(version, versions.get((place, pk), 0))
            rows = []
            for place, source in SOURCES.items():
                pks = [pk for at, pk in versions if at == place]
                if pks:
                    rows += [row(entry, versions.pop((place, entry.pk))) for entry in source(pks)]
            _write("search_entry", rows)
            written += len(rows)
            hidden += _hide_all(versions)
    return Drained(written, hidden)


def _hide_all(versions: dict[tuple[str, int], int]) -> int:
    """Hide the entries of things that are no longer public (a draft's link was touched, say)."""
    if not versions:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE search_entry SET hidden = true, version = %s "
            "WHERE key = %s AND version <= %s AND NOT hidden",
            [(version, f"{place}:{pk}", version) for (place, pk), version in versions.items()],
        )
        return int(cursor.rowcount)


def rebuild(progress: Callable[[int], None] = lambda done: None) -> int:
    """Build the index anew beside the live one and swap; return the number of entries.

    What changes meanwhile is written to the live table by triggers and outbox; its rows of a later version
    than the start are carried over before the swap.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('search_version')")
        start = cursor.fetchone()[0]
        cursor.execute("DROP TABLE IF EXISTS search_entry_new")
        cursor.execute("CREATE TABLE search_entry_new (LIKE search_entry INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE search_entry_new ADD PRIMARY KEY (key)")
    done = 0
    for source in SOURCES.values():
        found = source(None)
        while batch := [row(entry, start) for entry in islice(found, _BATCH)]:
            _write("search_entry_new", batch)
            done += len(batch)
            progress(done)
    _index_like_the_live_one()
    _swap(start)
    IndexState.objects.update_or_create(
        pk=1, defaults={"words_version": words.version(), "rebuilt_at": timezone.now()}
    )
    drain()
    return done


def _index_like_the_live_one() -> None:
    """Give the new table the live one's indexes under names of their own for the time being."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = 'search_entry' AND indexname <> 'search_entry_pkey'"
        )
        for name, definition in cursor.fetchall():
            cursor.execute(
                definition.replace(f"INDEX {name} ", f"INDEX {name}_new ", 1).replace(
                    ".search_entry USING", ".search_entry_new USING", 1
                )
            )
        cursor.execute("ANALYZE search_entry_new")


def _swap(start: int) -> None:
    """Carry over what changed since `start`, then let the new table take the live one's name."""
    columns = ", ".join(_COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE search_entry IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM search_entry_new WHERE key IN (SELECT key FROM search_entry WHERE version > %s)",
            [start],
        )
        cursor.execute(
            f"INSERT INTO search_entry_new ({columns}) SELECT {columns} FROM search_entry WHERE version > %s",  # noqa: S608
            [start],
        )
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'search_entry_new'")
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("DROP TABLE search_entry")
        cursor.execute("ALTER TABLE search_entry_new RENAME TO search_entry")
        for name in names:
            live = "search_entry_pkey" if name.endswith("_pkey") else name.removesuffix("_new")
            cursor.execute(f'ALTER INDEX "{name}" RENAME TO "{live}"')


def is_current() -> bool:
    """Tell whether the live index was cut by the dictionary in use."""
    state = IndexState.objects.filter(pk=1).first()
    return bool(state and state.words_version == words.version())


def verify() -> list[str]:
    """Compare the index with what is public now; return one sentence for each difference."""
    found: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, title FROM search_entry WHERE NOT hidden")
        live = dict(cursor.fetchall())
    for source in SOURCES.values():
        for entry in source(None):
            key = f"{entry.place}:{entry.pk}"
            title = live.pop(key, None)
            if title is None:
                found.append(f"缺少 {key}《{entry.title}》")
            elif title != entry.title:
                found.append(f"{key} 的标题已变:索引为《{title}》,实为《{entry.title}》")
    found += [f"多出 {key}《{title}》(已不公开)" for key, title in live.items()]
    return found
