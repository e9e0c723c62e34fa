"""Removing content for good, wherever this system keeps it: rows, parts, files, history, logs, jobs.

Called by `purging` inside its transaction, on locked rows; `purge_parts` says what belongs to a thing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pgtrigger
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q

from disclosure.models import Publishable
from disclosure.rich_text import to_text
from disclosure.services import purge_beside
from disclosure.services.purge_cells import KEPT, TITLE, blank, emptied, files, forget, patterns
from disclosure.services.purge_parts import Parts, event_model, hanging_on

logger = logging.getLogger(__name__)
_CONTEXT = ("user", "action", "address", "request")


# --- What is remembered of it: a hash, and words to look for afterwards


def fingerprint(things: Sequence[Publishable], parts: Parts) -> str:
    """SHA-256 over all rows and files that go, in a fixed order."""
    told = []
    rows = [*things, *(row for model in sorted(parts.rows, key=_label) for row in parts.rows[model])]
    for row in rows:
        values = {one.attname: str(getattr(row, one.attname)) for one in row._meta.concrete_fields}
        told.append([row._meta.label, values, [_sha256(file) for file in files(row)]])
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _label(model: type[models.Model]) -> str:
    return model._meta.label


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    try:
        with file.storage.open(file.name, "rb") as opened:
            for chunk in opened.chunks():
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def words_of(things: Sequence[Publishable], parts: Parts) -> list[str]:
    """Words by which the content would be known again: titles, numbers, names of files, long lines."""
    found: list[str] = []
    for one in [*things, *(row for rows in parts.rows.values() for row in rows), *parts.rows_beside()]:
        found += [str(getattr(one, name, "") or "") for name in _TELLING]
        lines = to_text(str(getattr(one, "body", "") or "")).split("\n")
        found += [line for line in lines if len(line.strip()) >= _SHORTEST_LINE]
    known = [word.strip()[:120] for word in found]
    distinct = [word for word in dict.fromkeys(known) if len(word) >= _SHORTEST]
    return distinct[:_MOST_WORDS]


_TELLING = ("title", "doc_number", "summary", "excerpt", "file_name", "file_title")
#: Shorter ones are every paper's: 特此通知, 各乡镇人民政府.
_SHORTEST, _SHORTEST_LINE, _MOST_WORDS = 6, 16, 60


# --- Removing


def remove(things: Sequence[Publishable], parts: Parts, words: Sequence[str]) -> Counter[str]:
    """Remove the parts, empty the things, wipe history, logs and jobs; returns rows and files by table."""
    done: Counter[str] = Counter()
    stored = {(file.storage, str(file.name)) for one in things for file in files(one)}
    stored |= _files_in_history(parts)
    for model in reversed(list(parts.rows)):
        stored |= {(file.storage, str(file.name)) for row in parts.rows[model] for file in files(row)}
        done[model._meta.db_table] += len(parts.rows[model])
        _remove_rows(model, parts.rows[model])
    for storage, name in stored:
        transaction.on_commit(partial(forget, storage, name), robust=True)
    done["files"] += len(stored)
    done += purge_beside.empty_beside(things, parts)
    _empty(things)
    done += _wipe_history(things, parts)
    done += purge_beside.wipe_logs(things, parts, words)
    _forget_statistics(things, parts)
    return done


def _remove_rows(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Delete the rows; what its own guard keeps as a record is emptied."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    except IntegrityError:
        for row in rows:
            if values := emptied(row):
                model._default_manager.filter(pk=row.pk).update(**values)


def _files_in_history(parts: Parts) -> set[tuple[Any, str]]:
    """Files that were replaced or taken off since: history alone knows their names."""
    found: set[tuple[Any, str]] = set()
    for part, owners in parts.owners.items():
        events = event_model(part)
        for column in part._meta.concrete_fields if events else ():
            if isinstance(column, models.FileField):
                for which in owners:
                    names = events._default_manager.filter(which).values_list(column.attname, flat=True)
                    found |= {(column.storage, name) for name in names if name}
    return found


def _empty(things: Sequence[Publishable]) -> None:
    """The shells: state, ids and the times of the record stay, every text goes."""
    for one in things:
        values = emptied(one, keep=KEPT) | {"title": TITLE, "status": "purged", "topic": None}
        values |= {
            column.attname: None
            for column in one._meta.concrete_fields
            if isinstance(column, models.DateField)
            and not isinstance(column, models.DateTimeField)
            and column.null
            and column.name != "published_on"
        }
        type(one)._default_manager.filter(pk=one.pk).update(**values)
        for links in one._meta.many_to_many:
            getattr(one, links.name).clear()


def _wipe_history(things: Sequence[Publishable], parts: Parts) -> Counter[str]:
    """Empty the texts in every event of the things and of all that hung on them; who and when stay."""
    done: Counter[str] = Counter()
    wiped: list[tuple[Any, Q]] = []
    if events := event_model(type(things[0])):
        wiped.append((events, Q(pgh_obj_id__in={one.pk for one in things} | parts.gone)))
    for part, owners in parts.owners.items():
        if events := event_model(part):
            wiped += [(events, which) for which in owners]
            # What hung on something else before, or on nothing yet.
            wiped.append((events, Q(pgh_obj_id__in=parts.ids[part])))
    for part, known in parts.beside.items():
        if events := event_model(part):
            wiped.append((events, Q(pgh_obj_id__in=known)))
    pks = {one.pk for one in things} | parts.gone
    for part, column in hanging_on(type(things[0]), models.PROTECT, models.SET_NULL):
        if events := event_model(part):
            wiped.append((events, Q(**{f"{column}__in": pks})))
    contexts: set[Any] = set()
    for events, which in wiped:
        rows = events._default_manager.filter(which)
        contexts |= set(rows.values_list("pgh_context_id", flat=True))
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            done[events._meta.db_table] += rows.update(**blank(events))
    _wipe_contexts(contexts - {None})
    return done


def _wipe_contexts(pks: set[Any]) -> None:
    """The words of the acts (reasons) beside the history: who, what and from where stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pghistory_context SET metadata = (SELECT coalesce(jsonb_object_agg(key, value), '{}') "
            "FROM jsonb_each(metadata) WHERE key = ANY(%s)) WHERE id = ANY(%s)",
            [list(_CONTEXT), list(pks)],
        )


def _forget_statistics(things: Sequence[Publishable], parts: Parts) -> None:
    """The planner keeps samples of the columns (pg_statistic): drawn anew, without what is gone."""
    tables = purge_beside.tables_of(parts) | {type(things[0])._meta.db_table}
    if events := event_model(type(things[0])):
        tables.add(events._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '60s'")  # autovacuum gives way within seconds
        for table in sorted(tables):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


# --- Looking for what is left


def remnants(words: Sequence[str]) -> list[dict[str, Any]]:
    """Where these words still stand in any text of the database: table, column, number of rows. For people to
    judge: another public paper may quote a title."""
    if not words:
        return []
    columns: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = current_schema() "
            "AND table_type = 'BASE TABLE' AND data_type IN ('text', 'character varying', 'jsonb', 'json', "
            "'ARRAY', 'tsvector') ORDER BY table_name, ordinal_position"
        )
        for table, column in cursor.fetchall():
            columns.setdefault(table, []).append(column)
        found = []
        for table, names in columns.items():
            counts = ", ".join(
                f"count(*) FILTER (WHERE {connection.ops.quote_name(name)}::text LIKE ANY(%s))"
                for name in names
            )
            wanted = patterns(words)
            cursor.execute(
                f"SELECT {counts} FROM {connection.ops.quote_name(table)}",  # noqa: S608 - names of our tables
                [wanted] * len(names),
            )
            found += [
                {"table": table, "column": name, "rows": count}
                for name, count in zip(names, cursor.fetchone(), strict=True)
                if count
            ]
    return found
