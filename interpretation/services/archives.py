"""An Excel archive (存量导入) between preview and confirmation: private, for two hours, for one person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from disclosure import rules
from disclosure.services.errors import NotAllowed
from interpretation.models import ArchiveUpload

KEPT_FOR = timedelta(hours=2)


@transaction.atomic
def keep_archive(
    *, agency: Agency, publish: bool, file: File[bytes], by: User, now: datetime | None = None
) -> ArchiveUpload:
    """Keep a file for its preview, under a name that nobody can guess. Raises NotAllowed without the role."""
    _require(by)
    moment = now or timezone.now()
    _forget(ArchiveUpload.objects.filter(uploaded_at__lt=moment - KEPT_FOR))
    upload = ArchiveUpload(
        agency=agency,
        publish=publish,
        file_name=(file.name or "存量.xlsx").rsplit("/", 1)[-1][-255:],
        uploaded_by=by,
        uploaded_at=moment,
    )
    upload.file.save(f"{upload.token.hex}.upload", file, save=False)
    upload.save()
    return upload


def find_archive(
    *, token: uuid.UUID, by: User, now: datetime | None = None, lock: bool = False
) -> ArchiveUpload:
    """The upload, for whoever made it and while it is kept; with `lock` a second click waits and finds
    nothing. Raises NotAllowed."""
    _require(by)
    rows = ArchiveUpload.objects.select_related("agency")
    if lock:
        rows = rows.select_for_update(of=("self",))
    since = (now or timezone.now()) - KEPT_FOR
    found = rows.filter(token=token, uploaded_by=by, uploaded_at__gte=since).first()
    if found is None:
        raise NotAllowed("这次上传已经过期或已经处理。请重新上传文件。")
    return found


@transaction.atomic
def forget_archive(*, upload: ArchiveUpload) -> None:
    """Remove the upload and, once the transaction stands, its file."""
    _forget(ArchiveUpload.objects.filter(pk=upload.pk))


def _require(by: User) -> None:
    if not rules.may_import_archive(by):
        raise NotAllowed("历年的文件由县政府办公室导入。")


def _forget(rows: Any) -> None:
    for upload in list(rows):
        remove = partial(upload.file.storage.delete, str(upload.file.name))
        upload.delete()
        transaction.on_commit(remove)


def forget_purged(place: str, pks: Sequence[int], words: Sequence[str]) -> dict[str, int]:
    """With a sealed purge (封存清除): an upload that waits may hold the same words; all of them go, whoever
    still needs one uploads it again."""
    waiting = ArchiveUpload.objects.all()
    found = {ArchiveUpload._meta.db_table: waiting.count()}
    _forget(waiting)
    return found
