"""A long export, written by the worker: into a temporary file, then kept whole or not at all."""

from __future__ import annotations

import logging
import tempfile
from datetime import date
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.base import File
from django.db.models import QuerySet

from catalog.history import Narrow, items_on
from catalog.models import ExportJob, Item
from catalog.services import exports

from .differences import write_difference
from .exports import Format, write_items

_log = logging.getLogger(__name__)
_NOTHING = (
    "所选事项现在都看不到了（已停用，或者您的管理范围、角色有变动），所以没有生成文件。请重新选择后再导出。"
)
_PROBLEM = "写文件时出了问题，请重新导出一次。还是不行，请告诉网站管理员。"


def differing_rows(since: date, until: date, narrow: Narrow) -> QuerySet[Any]:
    """The versions that are in the catalog of one of two days and not in that of the other: what
    `catalog.history.stream_comparison` reads. `narrow` as there."""
    before, after = (
        set(narrow(items_on(day)).order_by().values_list("pgh_id", flat=True)) for day in (since, until)
    )
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    return exports.within(events.all(), sorted(before ^ after))


def is_long_difference(rows: QuerySet[Any]) -> bool:
    """Whether a difference of so many versions is left to the worker."""
    return rows.count() > settings.CATALOG_EXPORT_AT_ONCE


class _Cancelled(Exception):  # noqa: N818
    pass


def run(job_id: int) -> None:
    """Write the file of a job. A job that was cancelled, or is finished, is left alone."""
    job = exports.begin_export(job_id=job_id)
    if job is None:
        return
    try:
        with tempfile.TemporaryFile(prefix="catalog-") as target:
            written = _write(job, cast("IO[bytes]", target))
            target.seek(0)
            exports.finish_export(job=job, file=File(target), written=written)
    except _Cancelled:
        return
    except exports.NoItems:
        exports.fail_export(job=job, problem=_NOTHING)
    except Exception:
        _log.exception("export %s", job.pk)
        exports.fail_export(job=job, problem=_PROBLEM)


def _write(job: ExportJob, target: IO[bytes]) -> int:
    def tell(done: int) -> None:
        if not exports.note_progress(job=job, done=done):
            raise _Cancelled

    day = date.fromisoformat(job.query["on"]) if job.query.get("on") else None
    rows = exports.rows_of_job(job)
    if job.query.get("since") and day:
        since = date.fromisoformat(job.query["since"])
        return sum(write_difference(target, since, day, narrow=_among(job), tell=tell).values())
    if not rows.exists():
        raise exports.NoItems
    return write_items(rows, target, cast("Format", job.kind), day, tell)


def _among(job: ExportJob) -> Narrow:
    pks = exports.from_ranges(job.query.get("pks", []))
    return lambda rows: exports.within(rows, pks)
