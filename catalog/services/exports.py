"""Long exports: asked for, written by a worker, fetched by their token, gone after a day.

A request names its rows once, as they stand: whatever filter found them, on the public site or in the back
office, the job holds the same thing, and two requests for the same rows of an unchanged catalog are one job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, QuerySet, Value
from django.utils import timezone
from procrastinate.contrib.django import app

from agencies.models import User
from catalog.models import ExportJob, Item
from catalog.states import ExportState

KEPT_FOR = timedelta(days=1)
#: A worker that was killed leaves its job half-way; after this time the job is given up.
GIVEN_UP_AFTER = timedelta(hours=1)
#: Exports of visitors without log-in that may wait at the same time.
PUBLIC_QUEUE = 3
TASK = "catalog.export"
_LOCK = 7_310_021  # any number: the advisory lock under which requests are counted and compared
_OPEN = (ExportState.WAITING, ExportState.RUNNING)


class Busy(Exception):  # noqa: N818
    """Too many long exports wait already. Its text says what to do."""


class NoItems(Exception):  # noqa: N818
    """There is nothing to export."""


def state_mark() -> int:
    """A number that grows with every change of an item: equal marks, equal catalog."""
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    newest = events.order_by("-pgh_id").values_list("pgh_id", flat=True).first()
    return int(newest or 0)


@transaction.atomic
def request_export(
    *,
    rows: QuerySet[Any],
    kind: str,
    name: str,
    on: date | None = None,
    since: date | None = None,
    by: User | None = None,
    asked: str = "",
    now: datetime | None = None,
) -> ExportJob:
    """A job that writes these rows (items, or their versions of a past day), or the one that does already.

    With `since` it writes what changed between that day and `on`, the rows being the versions that differ.
    `by` is None on the public site; `asked` is the token that this visitor was given before: whoever comes
    with another one shares the job. Raises Busy while too many public exports wait, NoItems.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    pks = sorted(rows.order_by().values_list("pk", flat=True).distinct())
    if not pks:
        raise NoItems("所选范围内没有目录事项。")
    query = {
        "on": on.isoformat() if on else None,
        "past": rows.model is not Item,
        "pks": as_ranges(pks),
        "mark": state_mark(),
    }
    if since is not None:
        query["since"] = since.isoformat()
    query["key"] = hashlib.sha256(json.dumps([query, kind, name]).encode()).hexdigest()
    open_jobs = ExportJob.objects.filter(requested_by=by, requested_at__gt=now - KEPT_FOR)
    same = open_jobs.filter(query__key=query["key"]).exclude(state=ExportState.FAILED).first()
    if same is not None and not _stuck(same, now):
        if by is None and str(same.token) != asked and not same.query.get("shared"):
            same.query["shared"] = True
            same.save(update_fields=["query"])
        return same
    waiting = ExportJob.objects.filter(
        requested_by=None, state__in=_OPEN, requested_at__gt=now - GIVEN_UP_AFTER
    )
    if by is None and waiting.count() >= PUBLIC_QUEUE:
        raise Busy("现在排队导出的人较多，请过几分钟再试；也可以先选一个领域或单位，少导出一些。")
    job = ExportJob.objects.create(
        name=name, kind=kind, query=query, total=_items_of(rows), requested_by=by, requested_at=now
    )
    # Seen by the worker only once this transaction stands: the queue lives in the same database.
    app.configure_task(TASK).defer(job_id=job.pk)
    return job


def _items_of(rows: QuerySet[Any]) -> int:
    """How many items the rows are: of one that changed both versions are among them."""
    key = "pk" if rows.model is Item else "pgh_obj_id"
    return rows.order_by().values(key).distinct().count()


def _stuck(job: ExportJob, now: datetime) -> bool:
    return job.state in _OPEN and job.requested_at < now - GIVEN_UP_AFTER


def rows_of_job(job: ExportJob) -> QuerySet[Any]:
    """The rows that a job writes; what the asker may no longer see by now is left out."""
    pks = from_ranges(job.query.get("pks", []))
    if job.query.get("past"):
        events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
        return within(events.all(), pks)
    if job.requested_by is None:
        return within(Item.objects.published(), pks)
    if not job.requested_by.has_perm("catalog.view_item"):
        return Item.objects.none()
    return within(Item.objects.in_scope_of(job.requested_by), pks)


def may_fetch(job: ExportJob) -> bool:
    """Whether whoever asked may still see all that the finished file holds: roles and agencies change."""
    if job.requested_by is None or job.query.get("past"):
        return True
    return rows_of_job(job).count() >= job.total


def find_export(*, token: Any, by: Any, now: datetime | None = None) -> ExportJob | None:
    """The job of this token, for whoever asked for it: anybody, where nobody was logged in."""
    now = now or timezone.now()
    jobs = ExportJob.objects.filter(token=token, requested_at__gt=now - KEPT_FOR)
    mine = Q(requested_by=None) | (Q(requested_by=by) if getattr(by, "pk", None) else Q(pk__in=[]))
    found: ExportJob | None = jobs.filter(mine).first()
    return found


def begin_export(*, job_id: int) -> ExportJob | None:
    """Mark a job as running; None where it was cancelled or is finished (a task may run twice)."""
    moved = ExportJob.objects.filter(pk=job_id, state__in=_OPEN).update(state=ExportState.RUNNING, done=0)
    return ExportJob.objects.select_related("requested_by").get(pk=job_id) if moved else None


def note_progress(*, job: ExportJob, done: int) -> bool:
    """Say how far it is; False once the job was cancelled."""
    return bool(ExportJob.objects.filter(pk=job.pk).update(done=min(done, job.total)))


@transaction.atomic
def finish_export(
    *, job: ExportJob, file: File[bytes], written: int | None = None, now: datetime | None = None
) -> None:
    """Keep the file, of so many items, under a name that nobody can guess."""
    found = ExportJob.objects.select_for_update().filter(pk=job.pk).first()
    if found is None:
        return
    found.file.save(f"{found.token.hex}.{found.kind}", file, save=False)
    found.total = found.total if written is None else written
    found.state, found.done = ExportState.DONE, found.total
    found.finished_at = now or timezone.now()
    found.save()


def fail_export(*, job: ExportJob, problem: str, now: datetime | None = None) -> None:
    """Say why there is no file, and what to do."""
    ExportJob.objects.filter(pk=job.pk).update(
        state=ExportState.FAILED, problem=problem[:300], finished_at=now or timezone.now()
    )


@transaction.atomic
def cancel_export(*, job: ExportJob) -> bool:
    """Forget a job and its file; a worker that is writing it stops at its next step. False, and nothing
    happens, where other visitors have asked for the same: one of them does not speak for all."""
    found = ExportJob.objects.select_for_update().filter(pk=job.pk).first()
    if found is not None and found.query.get("shared"):
        return False
    _forget(ExportJob.objects.filter(pk=job.pk))
    return True


@transaction.atomic
def remove_old_exports(*, now: datetime | None = None) -> int:
    """Remove what was asked for more than a day ago, and give up what a killed worker left; how many went."""
    now = now or timezone.now()
    ExportJob.objects.filter(state__in=_OPEN, requested_at__lt=now - GIVEN_UP_AFTER).update(
        state=ExportState.FAILED, problem="导出中断了，请重新导出一次。", finished_at=now
    )
    return _forget(ExportJob.objects.filter(requested_at__lt=now - KEPT_FOR))


def _forget(jobs: QuerySet[ExportJob]) -> int:
    found = list(jobs.select_for_update())
    for job in found:
        if job.file:
            transaction.on_commit(partial(job.file.storage.delete, str(job.file.name)))
        job.delete()
    return len(found)


def within(rows: QuerySet[Any], pks: Sequence[int]) -> QuerySet[Any]:
    """Those of the rows whose keys are among many: one array instead of a hundred thousand parameters."""
    keys = Value(list(pks), output_field=ArrayField(BigIntegerField()))
    among = Func(
        F("pk"), keys, template="(%(expressions)s))", arg_joiner=" = ANY (", output_field=BooleanField()
    )
    return rows.filter(among)


def as_ranges(pks: Iterable[int]) -> list[list[int]]:
    """Sorted keys as [first, last] pairs: items of one import stand side by side."""
    ranges: list[list[int]] = []
    for pk in pks:
        if ranges and pk == ranges[-1][1] + 1:
            ranges[-1][1] = pk
        else:
            ranges.append([pk, pk])
    return ranges


def from_ranges(ranges: Iterable[Sequence[int]]) -> list[int]:
    """Back to keys."""
    return [pk for first, last in ranges for pk in range(first, last + 1)]
