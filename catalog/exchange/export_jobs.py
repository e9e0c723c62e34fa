"""A long export, written by the worker: into a temporary file, then kept whole or not at all."""

from __future__ import annotations

import logging
import tempfile
from datetime import date
from typing import IO, cast

from django.core.files.base import File

from catalog.models import ExportJob
from catalog.services import exports

from .exports import Format, write_items

_log = logging.getLogger(__name__)
_PROBLEM = "写文件时出了问题，请重新导出一次。还是不行，请告诉网站管理员。"


class _Cancelled(Exception):  # noqa: N818
    pass


def run(job_id: int) -> None:
    """Write the file of a job. A job that was cancelled, or is finished, is left alone."""
    job = exports.begin_export(job_id=job_id)
    if job is None:
        return
    try:
        with tempfile.TemporaryFile(prefix="catalog-") as target:
            _write(job, cast("IO[bytes]", target))
            target.seek(0)
            exports.finish_export(job=job, file=File(target))
    except _Cancelled:
        return
    except Exception:
        _log.exception("export %s", job.pk)
        exports.fail_export(job=job, problem=_PROBLEM)


def _write(job: ExportJob, target: IO[bytes]) -> None:
    def tell(done: int) -> None:
        if not exports.note_progress(job=job, done=done):
            raise _Cancelled

    day = date.fromisoformat(job.query["on"]) if job.query.get("on") else None
    write_items(exports.rows_of_job(job), target, cast("Format", job.kind), day, tell)
