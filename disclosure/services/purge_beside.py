"""What stands beside a thing that is purged and quotes it: rows that stay for their own sake, the batch that
it came in, reports of readers, the admin's log, sessions, jobs that are over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pgtrigger
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import Q

from disclosure.models import ErrorReport, NoticeBatch, Publishable
from disclosure.services.purge_cells import SAID, TITLE, blank, emptied, files, forget, patterns
from disclosure.services.purge_parts import Parts, event_model

#: So many words are looked for in the log.
_MOST_IN_LOGS = 20


def empty_beside(things: Sequence[Publishable], parts: Parts) -> Counter[str]:
    """Rows that point to the things and stay for their own sake (PROTECT, SET_NULL): their texts go."""
    done: Counter[str] = Counter()
    for model, pks in parts.beside.items():
        for row in model._default_manager.filter(pk__in=pks):
            if values := emptied(row):
                for file in files(row):
                    transaction.on_commit(partial(forget, file.storage, str(file.name)), robust=True)
                model._default_manager.filter(pk=row.pk).update(**values)
                done[model._meta.db_table] += 1
    return done + _empty_batches(things, parts)


def _empty_batches(things: Sequence[Publishable], parts: Parts) -> Counter[str]:
    """A batch (批量发布) is others' too: of it only the cells that quote a title go, with their history."""
    rows = next((pks for model, pks in parts.beside.items() if model.__name__ == "NoticeRow"), set())
    events: Any = event_model(NoticeBatch)
    batches = set(NoticeBatch.objects.filter(rows__in=rows).values_list("pk", flat=True))
    quoted = [title[:40] for one in things if (title := one.title.strip())]
    done: Counter[str] = Counter()
    # An order that the worker has still to carry out stays; it is gone by itself afterwards.
    empty: dict[str, Any] = {"name": SAID, "problem": ""}
    where: list[tuple[Any, str, dict[str, Any]]]
    where = [(NoticeBatch, "pk", empty), (events, "pgh_obj_id", {**empty, "order": {}})]
    for model, column, cells in where if batches and quoted else ():
        found = model._default_manager.filter(**{f"{column}__in": batches})
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            for name, said in cells.items():
                told = Q()
                for title in quoted:
                    # JSON writes Chinese as it stands here; what it would escape is no title's.
                    told |= Q(**{f"{name}__{'icontains' if name == 'order' else 'contains'}": title})
                done[model._meta.db_table] += found.filter(told).update(**{name: said})
    return done


def wipe_logs(things: Sequence[Publishable], parts: Parts, words: Sequence[str]) -> Counter[str]:
    """The admin's own log, sessions that still hold a message, arguments of jobs that are over."""
    done = _wipe_reports(things, words)
    done["django_admin_log"] += _wipe_admin_log(things, parts, words)
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


def _wipe_admin_log(things: Sequence[Publishable], parts: Parts, words: Sequence[str]) -> int:
    known: dict[type[models.Model], set[int]] = {type(things[0]): {one.pk for one in things} | parts.gone}
    for model, rows in parts.rows.items():
        known.setdefault(model, set()).update(row.pk for row in rows)
    for some in (parts.ids, parts.beside):
        for model, pks in some.items():
            known.setdefault(model, set()).update(pks)
    of_it = Q()
    for model, kind in ContentType.objects.get_for_models(*known).items():
        of_it |= Q(content_type=kind, object_id__in=[str(pk) for pk in known[model]])
    for word in words[:_MOST_IN_LOGS]:
        of_it |= Q(object_repr__contains=word[:60]) | Q(change_message__contains=word)
    return LogEntry.objects.filter(of_it).update(object_repr=TITLE, change_message="")


def _wipe_reports(things: Sequence[Publishable], words: Iterable[str]) -> Counter[str]:
    """What readers wrote of the page (网页纠错) quotes it."""
    room = things[0]._meta.model_name
    short = {"document": "d", "interpretation": "j"}.get(str(room), room)
    of_page = Q()
    for one in things:
        of_page |= Q(address__contains=f"/{room}s/{one.pk}/") | Q(address__endswith=f"/{short}/{one.pk}")
        of_page |= Q(address__startswith=f"/{room}s/{one.pk}.")
        if one.index_number:
            of_page |= Q(address__endswith=f"/i/{one.index_number}")
    for word in words:
        of_page |= Q(words__contains=word) | Q(answer__contains=word)
    rows = ErrorReport.objects.filter(of_page)
    pks = list(rows.values_list("pk", flat=True))
    named = ErrorReport.objects.filter(pk__in=pks)
    named.exclude(answer="").update(answer=SAID)
    done = named.update(page_title="", words=SAID, contact="", sender="")
    if events := event_model(ErrorReport):
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            events._default_manager.filter(pgh_obj_id__in=pks).update(**blank(events))
    return Counter({ErrorReport._meta.db_table: done})


def tables_of(parts: Parts) -> set[str]:
    """The tables that held something of it, histories too."""
    kinds: set[type[models.Model]] = {*parts.owners, *parts.beside, NoticeBatch, ErrorReport}
    tables = {"django_admin_log", "django_session", "pghistory_context", "procrastinate_jobs"}
    for kind in kinds:
        events = event_model(kind)
        tables |= {one._meta.db_table for one in (kind, events) if one is not None}
    return tables
