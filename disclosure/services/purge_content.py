"""Removing content for good, wherever this system keeps it: rows, parts, files, history, logs, jobs.

Called by `purging` inside its transaction, on locked rows; `purge_parts` says what belongs to a thing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pgtrigger
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q

from disclosure.models import ErrorReport, Publishable
from disclosure.rich_text import to_text
from disclosure.services.attachments import is_in_use
from disclosure.services.purge_parts import Parts, deleted_copies, event_model, hanging_on

logger = logging.getLogger(__name__)
SAID = "已清除"
TITLE = "（已封存清除）"
#: Columns of the shell that stay: what makes sure that neither number nor address is used a second time, and
#: that an archive does not bring the content back under its old number.
_KEPT = frozenset(["index_number", "source_id"])
_CONTEXT = ("user", "action", "address", "request")


# --- What is remembered of it: a hash, and words to look for afterwards


def fingerprint(things: Sequence[Publishable], parts: Parts) -> str:
    """SHA-256 over all rows and files that go, in a fixed order."""
    told = []
    rows = [*things, *(row for model in sorted(parts.rows, key=_label) for row in parts.rows[model])]
    for row in rows:
        values = {one.attname: str(getattr(row, one.attname)) for one in row._meta.concrete_fields}
        told.append([row._meta.label, values, [_sha256(file) for file in _files(row)]])
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _label(model: type[models.Model]) -> str:
    return model._meta.label


def _files(row: Any) -> list[Any]:
    columns = [one for one in row._meta.concrete_fields if isinstance(one, models.FileField)]
    return [file for one in columns if (file := getattr(row, one.attname))]


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
    for one in [*things, *(row for rows in parts.rows.values() for row in rows)]:
        found += [str(getattr(one, name, "") or "") for name in ("title", "doc_number", "summary", "excerpt")]
        lines = to_text(str(getattr(one, "body", "") or "")).split("\n")
        found += [line for line in lines if len(line.strip()) >= _SHORTEST_LINE]
    known = [word.strip()[:120] for word in found]
    distinct = [word for word in dict.fromkeys(known) if len(word) >= _SHORTEST]
    return distinct[:_MOST_WORDS]


#: Shorter ones are every paper's: 特此通知, 各乡镇人民政府.
_SHORTEST, _SHORTEST_LINE, _MOST_WORDS = 6, 16, 60


# --- Removing


def remove(things: Sequence[Publishable], parts: Parts, words: Sequence[str]) -> Counter[str]:
    """Remove the parts, empty the things, wipe history, logs and jobs; returns rows and files by table."""
    done: Counter[str] = Counter()
    files = {(file.storage, str(file.name)) for one in things for file in _files(one)}
    files |= _files_in_history(parts)
    for model in reversed(list(parts.rows)):
        files |= {(file.storage, str(file.name)) for row in parts.rows[model] for file in _files(row)}
        done[model._meta.db_table] += len(parts.rows[model])
        _remove_rows(model, parts.rows[model])
    for storage, name in files:
        transaction.on_commit(partial(_forget, storage, name), robust=True)
    done["files"] += len(files)
    done += _empty_beside(things)
    _empty(things)
    done += _wipe_history(things, parts)
    done += _wipe_logs(things, parts, words)
    _forget_statistics(things, parts)
    return done


def _remove_rows(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Delete the rows; what its own guard keeps as a record is emptied."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    except IntegrityError:
        for row in rows:
            if values := _emptied(row):
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


def _forget(storage: Any, name: str) -> None:
    """Delete a file that no row bears any more; several rows may have borne it."""
    if not is_in_use(name):
        storage.delete(name)


def _empty(things: Sequence[Publishable]) -> None:
    """The shells: state, ids and the times of the record stay, every text goes."""
    for one in things:
        values = _emptied(one, keep=_KEPT) | {"title": TITLE, "status": "purged", "topic": None}
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


def _emptied(row: Any, keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The texts of a row, emptied: what may not be empty says 已清除."""
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if column.name in keep or column.primary_key or column.unique or not value:
            continue
        if isinstance(column, models.FileField):
            values[column.attname] = ""
        elif isinstance(column, models.CharField | models.TextField) and not column.choices:
            # Who and when travel with a reason, by constraint.
            values[column.attname] = SAID if column.name.endswith("reason") else ""
        elif isinstance(column, ArrayField) and isinstance(column.base_field, models.CharField):
            values[column.attname] = value if column.base_field.choices else []
        elif isinstance(column, models.JSONField):
            values[column.attname] = type(value)() if isinstance(value, dict | list) else None
    return values


def _empty_beside(things: Sequence[Publishable]) -> Counter[str]:
    """Rows that point to the things and stay for their own sake (PROTECT): their texts go."""
    done: Counter[str] = Counter()
    pks = {one.pk for one in things}
    for model, column in hanging_on(type(things[0]), models.PROTECT, models.SET_NULL):
        for row in model._default_manager.filter(**{f"{column}__in": pks}):
            if values := _emptied(row):
                for file in _files(row):
                    transaction.on_commit(partial(_forget, file.storage, str(file.name)), robust=True)
                model._default_manager.filter(pk=row.pk).update(**values)
                done[model._meta.db_table] += 1
    return done


def _wipe_history(things: Sequence[Publishable], parts: Parts) -> Counter[str]:
    """Empty the texts in every event of the things and of all that hung on them; who and when stay."""
    done: Counter[str] = Counter()
    model, pks = type(things[0]), {one.pk for one in things}
    wiped: list[tuple[Any, Q]] = []
    if events := event_model(model):
        wiped.append((events, Q(pgh_obj_id__in=pks | deleted_copies(events, pks))))
    for part, owners in parts.owners.items():
        if events := event_model(part):
            wiped += [(events, which) for which in owners]
    for part, column in hanging_on(model, models.PROTECT, models.SET_NULL):
        if events := event_model(part):
            wiped.append((events, Q(**{f"{column}__in": pks})))
    contexts: set[Any] = set()
    for events, which in wiped:
        rows = events._default_manager.filter(which)
        contexts |= set(rows.values_list("pgh_context_id", flat=True))
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            done[events._meta.db_table] += rows.update(**_blank(events))
    _wipe_contexts(contexts - {None})
    return done


def _blank(events: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in events._meta.concrete_fields:
        if column.name.startswith("pgh_") or column.name in _KEPT:
            continue
        if isinstance(column, models.CharField | models.TextField) and not column.choices:
            values[column.attname] = "" if not column.null else None
        elif isinstance(column, models.FileField):
            values[column.attname] = ""
        elif isinstance(column, ArrayField) and isinstance(column.base_field, models.CharField):
            values[column.attname] = []
        elif isinstance(column, models.JSONField):
            values[column.attname] = {}
    return values


def _wipe_contexts(pks: set[Any]) -> None:
    """The words of the acts (reasons) beside the history: who, what and from where stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pghistory_context SET metadata = (SELECT coalesce(jsonb_object_agg(key, value), '{}') "
            "FROM jsonb_each(metadata) WHERE key = ANY(%s)) WHERE id = ANY(%s)",
            [list(_CONTEXT), list(pks)],
        )


def _wipe_logs(things: Sequence[Publishable], parts: Parts, words: Sequence[str]) -> Counter[str]:
    """The admin's own log, sessions that still hold a message, arguments of jobs that are over."""
    done: Counter[str] = Counter()
    of_it = Q()
    found = {type(things[0]): list(things), **parts.rows}
    for model, kind in ContentType.objects.get_for_models(*found).items():
        of_it |= Q(content_type=kind, object_id__in=[str(row.pk) for row in found[model]])
    for word in words[:_MOST_IN_LOGS]:
        of_it |= Q(object_repr__contains=word[:60]) | Q(change_message__contains=word)
    done += _wipe_reports(things)
    done["django_admin_log"] += LogEntry.objects.filter(of_it).update(object_repr=TITLE, change_message="")
    for session in Session.objects.iterator():
        held = json.dumps(session.get_decoded(), ensure_ascii=False, default=str)
        if any(word in held for word in words):
            session.delete()
            done["django_session"] += 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET args = '{}' WHERE status NOT IN ('todo', 'doing') "
            "AND args::text LIKE ANY(%s)",
            [patterns(words)],
        )
        done["procrastinate_jobs"] += cursor.rowcount
    return done


_MOST_IN_LOGS = 20


def _wipe_reports(things: Sequence[Publishable]) -> Counter[str]:
    """What readers wrote of the page (网页纠错) quotes it."""
    room = things[0]._meta.model_name
    of_page = Q()
    for one in things:
        of_page |= Q(address__contains=f"/{room}s/{one.pk}/")
    rows = ErrorReport.objects.filter(of_page)
    pks = list(rows.values_list("pk", flat=True))
    rows.exclude(answer="").update(answer=SAID)
    done = rows.update(page_title="", words=SAID)
    if events := event_model(ErrorReport):
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            events._default_manager.filter(pgh_obj_id__in=pks).update(**_blank(events))
    return Counter({ErrorReport._meta.db_table: done})


def patterns(words: Iterable[str]) -> list[str]:
    """Patterns of LIKE that find these words anywhere."""
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return [f"%{word}%" for word in escaped]


def _forget_statistics(things: Sequence[Publishable], parts: Parts) -> None:
    """The planner keeps samples of the columns (pg_statistic): drawn anew, without what is gone."""
    tables = {type(things[0])._meta.db_table, "django_admin_log", "pghistory_context"}
    tables |= {part._meta.db_table for part in parts.owners}
    for model in [type(things[0]), *parts.owners]:
        if events := event_model(model):
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
