"""Keeping the index: the outbox worked off, the whole rebuilt beside the live one, both checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils import timezone

import agencies.search
import catalog.search
import disclosure.search
import interpretation.search
from agencies.search import Entry
from portal.search import frequency, numbers, tags, words
from portal.search.frequency import Frequency
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
_FACTS = (
    "key place source_pk kind title title_folded body url public_id source_id doc_number index_number "
    "numbers agency_id agency_path topic fields year written_on published_on validity effective_on "
    "amended_on lapsed_on expires_on repealed_on"
).split()
_COLUMNS = [*_FACTS, "tokens", "head", "hidden", "version"]
_BATCH = 500
#: Things worked off in one transaction: whoever withdraws one of them waits for it.
_CLAIM = 100
_SWAP_TRIES = 30
#: So many entries written at once make other words frequent.
_MANY = 2_000
#: One rebuild at a time (key of an advisory lock).
REBUILD = 5_399_210


class RebuildRunningError(Exception):
    """Another rebuild is running."""


class Drained(NamedTuple):
    """What one pass over the outbox did."""

    written: int
    hidden: int


def columns(entry: Entry) -> dict[str, Any]:
    """Return what the index stores of an entry, by column: all but its words, its state and its version."""
    keys = [key for number in entry.numbers for key in numbers.keys(number)]
    day = entry.published_on or entry.written_on
    return {
        "key": f"{entry.place}:{entry.pk}",
        "place": entry.place,
        "source_pk": entry.pk,
        "kind": entry.kind,
        "title": entry.title,
        "title_folded": words.plain(entry.title),
        "body": entry.body[:BODY_LIMIT],
        "url": entry.url,
        "public_id": entry.public_id,
        "source_id": entry.source_id,
        "doc_number": entry.doc_number,
        "index_number": entry.index_number,
        "numbers": list(dict.fromkeys(keys)),
        "agency_id": entry.agency.pk,
        "agency_path": entry.agency.path,
        "topic": entry.topic,
        "fields": list(entry.fields),
        "year": day.year if day else None,
        "written_on": entry.written_on,
        "published_on": entry.published_on,
        "validity": entry.validity,
        "effective_on": entry.effective_on,
        "amended_on": entry.amended_on,
        "lapsed_on": entry.lapsed_on,
        "expires_on": entry.expires_on,
        "repealed_on": entry.repealed_on,
    }


def cut(entry: Entry, stored: dict[str, Any]) -> words.Indexed:
    """Return the words and tags of an entry, given its columns."""
    agency = entry.agency
    tagged = [
        tags.VISIBLE,
        tags.lot(stored["key"]),
        tags.month(entry.published_on),
        tags.of("kind", entry.kind),
        *tags.of_agency(agency.path),
        *(tags.of("field", field) for field in entry.fields),
    ]
    tagged += [tags.of("topic", entry.topic)] if entry.topic else []
    tagged += [tags.of("year", stored["year"])] if stored["year"] else []
    return words.indexed(
        entry.title,
        [
            ("A", " ".join(entry.numbers)),
            ("B", "\n".join(entry.keywords)),
            ("B", agency.name),
            ("D", stored["body"]),
        ],
        tagged,
    )


def row(
    entry: Entry, version: int, counted: Callable[[str, Collection[str]], None] | None = None
) -> tuple[Any, ...]:
    """Return the entry as a row of the index, in the order of the columns."""
    stored = columns(entry)
    found = cut(entry, stored)
    if counted:
        counted(stored["key"], found.lexemes)
    return (*stored.values(), found.tokens, found.head, False, version)


def _write(table: str, rows: list[tuple[Any, ...]]) -> None:
    """Upsert rows."""
    if not rows:
        return
    places = ", ".join(["%s"] * len(_COLUMNS))
    sets = ", ".join(f"{column} = EXCLUDED.{column}" for column in _COLUMNS[1:])
    with connection.cursor() as cursor, connection.wrap_database_errors:
        # The driver's own cursor: pghistory prefixes INSERTs with its context and cannot do so for many.
        # The table's name is one of two literals of this module.
        cursor.cursor.executemany(
            f"INSERT INTO {table} ({', '.join(_COLUMNS)}) VALUES ({places}) "  # noqa: S608
            f"ON CONFLICT (key) DO UPDATE SET {sets} WHERE {table}.version <= EXCLUDED.version",
            rows,
        )


def drain(limit: int = 100_000, *, seconds: float | None = None) -> Drained:
    """Work off the outbox in batches, each in a transaction of its own; idempotent.

    Begins no batch after `limit` lines, nor `seconds` after its start.
    Rows that another process is working off are passed over (SKIP LOCKED). Raises OperationalError when an
    entry stays locked too long: the batch goes back to the outbox.
    """
    written = hidden = 0
    end = None if seconds is None else time.monotonic() + seconds
    while limit > 0 and (end is None or time.monotonic() < end):
        with transaction.atomic():
            claimed, things = _claim()
            if not claimed:
                break
            limit -= claimed
            version = _lock(things)
            rows = []
            for place, source in SOURCES.items():
                pks = [pk for at, pk in things if at == place]
                if pks:
                    rows += [row(entry, version) for entry in source(pks)]
            _write("search_entry", rows)
            written += len(rows)
            public = {one[0] for one in rows}
            hidden += _hide([key for key in map(_key, things) if key not in public], version)
    if written >= _MANY:
        frequency.recount()
    return Drained(written, hidden)


def is_waiting() -> bool:
    """Tell whether the outbox holds anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM search_outbox)")
        return bool(cursor.fetchone()[0])


def _key(thing: tuple[str, int]) -> str:
    return f"{thing[0]}:{thing[1]}"


def _claim() -> tuple[int, list[tuple[str, int]]]:
    """Take the next rows out of the outbox: how many they were, and the things that they name."""
    with connection.cursor() as cursor:
        # An array: the planner may run `IN (SELECT … LIMIT)` once a row and so take more than the limit.
        cursor.execute(
            "DELETE FROM search_outbox WHERE id = ANY(ARRAY(SELECT id FROM search_outbox ORDER BY id "
            "LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING place, source_pk",
            [_CLAIM],
        )
        found = cursor.fetchall()
    return len(found), sorted({(place, pk) for place, pk in found if place in SOURCES}, key=_key)


def _lock(things: list[tuple[str, int]]) -> int:
    """Lock the entries of `things`, hidden stubs where none stand, and return a version for what is written.

    Locked *before* the things are read, so a withdrawal on its way is waited for and then seen, one that
    comes later waits for this transaction and then hides, and of two workers the later one reads later.
    """
    keys = [_key(thing) for thing in things]
    with connection.cursor() as cursor:
        # Gives way before the server breaks a deadlock (after 1 s) and fails the person who withdraws.
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        cursor.execute(
            "INSERT INTO search_entry (key, place, source_pk, kind, title, title_folded, body, url, "
            "public_id, source_id, doc_number, index_number, numbers, agency_path, topic, fields, validity, "
            "hidden, version) SELECT key, place, pk, '', '', '', '', '', '', '', '', '', '{}', '', '', '{}', "
            "'', true, 0 FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS thing (key, place, pk) "
            "ON CONFLICT (key) DO NOTHING",
            [keys, [place for place, _ in things], [pk for _, pk in things]],
        )
        cursor.execute("SELECT key FROM search_entry WHERE key = ANY(%s) ORDER BY key FOR UPDATE", [keys])
        cursor.execute("SELECT nextval('search_version')")
        return int(cursor.fetchone()[0])


def _hide(keys: list[str], version: int) -> int:
    """Hide the entries of things that are not public (a draft's link was touched, say)."""
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE search_entry SET hidden = true, version = %s, title = '', title_folded = '', body = '', "
            "tokens = NULL, head = NULL, numbers = '{}', doc_number = '', index_number = '' "
            "WHERE key = ANY(%s) AND NOT hidden",
            [version, keys],
        )
        return int(cursor.rowcount)


def rebuild(progress: Callable[[int], None] = lambda done: None) -> int:
    """Build the index anew beside the live one and swap; return the number of entries.

    What changes meanwhile is written to the live table by triggers and outbox; its rows of a later version
    than the start are carried over before the swap. Raises RebuildRunningError when another one runs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [REBUILD])
        if not cursor.fetchone()[0]:
            raise RebuildRunningError("另一个重建正在进行,请等它结束。")
    try:
        return _rebuild(progress)
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [REBUILD])


def _rebuild(progress: Callable[[int], None]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        # A version is drawn only under a writer's lock on this table. Waiting for those on their way here
        # leaves none below `start` whose change the reading below could miss.
        cursor.execute("LOCK TABLE search_entry IN SHARE MODE")
        cursor.execute("SELECT nextval('search_version')")
        start = cursor.fetchone()[0]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS search_entry_new")
        cursor.execute("CREATE TABLE search_entry_new (LIKE search_entry INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE search_entry_new ADD PRIMARY KEY (key)")
    done, counted = 0, Frequency()
    for source in SOURCES.values():
        found = source(None)
        while batch := [row(entry, start, counted.count) for entry in islice(found, _BATCH)]:
            _write("search_entry_new", batch)
            done += len(batch)
            progress(done)
    _index_like_the_live_one()
    for attempt in range(1, _SWAP_TRIES + 1):
        try:
            _swap(start)
            break
        except OperationalError:
            # A long transaction holds the live table. Searches queue up behind our own waiting lock, so
            # let them pass and come back.
            if attempt == _SWAP_TRIES or connection.in_atomic_block:
                raise
            time.sleep(1)
    counted.keep()
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
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("LOCK TABLE search_entry IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM search_entry_new WHERE key IN (SELECT key FROM search_entry WHERE version > %s)",
            [start],
        )
        cursor.execute(
            f"INSERT INTO search_entry_new ({columns}) SELECT {columns} FROM search_entry WHERE version > %s",  # noqa: S608
            [start],
        )
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = 'search_entry_new'"
        )
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
    """Compare the index with what is public now (all but its words): a sentence for each difference."""
    found: list[str] = []
    if not is_current():
        found.append("索引是用另一版词典切分的,请运行 manage.py reindex。")
    seen: set[str] = set()
    for source in SOURCES.values():
        entries = source(None)
        while batch := [columns(entry) for entry in islice(entries, _BATCH)]:
            seen.update(facts["key"] for facts in batch)
            found += _differences(batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, title FROM search_entry WHERE NOT hidden ORDER BY key")
        found += [f"多出 {key}《{title}》(已不公开)" for key, title in cursor.fetchall() if key not in seen]
    return found


def _differences(batch: list[dict[str, Any]]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(_FACTS)}, tokens IS NULL FROM search_entry "  # noqa: S608
            "WHERE key = ANY(%s) AND NOT hidden",
            [[facts["key"] for facts in batch]],
        )
        stored = {one[0]: one for one in cursor.fetchall()}
    found = []
    for facts in batch:
        there = stored.get(facts["key"])
        if there is None:
            found.append(f"缺少 {facts['key']}《{facts['title']}》")
            continue
        found += [
            f"{facts['key']} 的 {name} 已变:索引为「{_brief(have)}」,实为「{_brief(facts[name])}」"
            for name, have in zip(_FACTS, there, strict=False)
            if have != facts[name]
        ]
        if there[-1]:
            found.append(f"{facts['key']} 没有切分出的词")
    return found


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
