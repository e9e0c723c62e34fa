"""Files between preview and confirmation: private, bound to who uploaded them, gone after two hours."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.models import Field, PendingImport
from catalog.services.errors import NotAllowed

KEPT_FOR = timedelta(hours=2)
_GONE = "这次上传已经过期或已经处理。请重新上传文件。"


@transaction.atomic
def keep_upload(
    *,
    agency: Agency,
    field: Field | None,
    marks: str,
    by_caption: bool,
    file: File[bytes],
    by: User,
    now: datetime | None = None,
) -> PendingImport:
    """Keep a file for its preview. The name on disk is random: what the user called it is only shown.

    Raises NotAllowed outside `by`'s permission or scope.
    """
    now = now or timezone.now()
    if not rules.can_import(by, agency):
        raise NotAllowed("您只能导入本单位（含下属单位）的目录。")
    _forget(PendingImport.objects.filter(uploaded_at__lt=now - KEPT_FOR))
    name = (file.name or "目录").rsplit("/", 1)[-1][-255:]
    upload = PendingImport(
        agency=agency,
        field=field,
        marks=marks,
        by_caption=by_caption,
        file_name=name,
        uploaded_by=by,
        uploaded_at=now,
    )
    upload.file.save(f"{upload.token.hex}.upload", file, save=False)
    upload.save()
    return upload


def claim_upload(*, token: uuid.UUID, by: User, now: datetime | None = None) -> PendingImport:
    """The upload, locked until the end of the caller's transaction: a second click waits, and finds nothing.
    Raises NotAllowed as `find_upload`."""
    rows = PendingImport.objects.select_for_update(of=("self",))
    return _found(rows, token, by, now)


def find_upload(*, token: uuid.UUID, by: User, now: datetime | None = None) -> PendingImport:
    """The upload, for the person who made it and while it is kept; permission and scope are checked anew.

    Raises NotAllowed.
    """
    return _found(PendingImport.objects.all(), token, by, now)


def _found(rows: QuerySet[PendingImport], token: uuid.UUID, by: User, now: datetime | None) -> PendingImport:
    now = now or timezone.now()
    upload: PendingImport | None = (
        rows.select_related("agency", "field")
        .filter(token=token, uploaded_by=by, uploaded_at__gte=now - KEPT_FOR)
        .first()
    )
    if upload is None:
        raise NotAllowed(_GONE)
    if not rules.can_import(by, upload.agency):
        raise NotAllowed("您只能导入本单位（含下属单位）的目录。")
    return upload


@transaction.atomic
def choose(*, upload: PendingImport, field: Field | None, marks: str) -> None:
    """Remember what the user said about field and marks on the preview."""
    upload.field, upload.marks = field, marks
    upload.save(update_fields=["field", "marks"])


@transaction.atomic
def forget_upload(*, upload: PendingImport) -> None:
    """Remove the upload and, once the transaction stands, its file."""
    _forget(PendingImport.objects.filter(pk=upload.pk))


def _forget(uploads: QuerySet[PendingImport]) -> None:
    for upload in list(uploads):
        remove = partial(upload.file.storage.delete, str(upload.file.name))
        upload.delete()
        transaction.on_commit(remove)
