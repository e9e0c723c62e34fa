"""The files of a batch (批量发布): single ones, or a zip of a folder, each judged by its content."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.file_dangers import RefusedFile, member_name, refuse_archive
from disclosure.models import BatchFile, NoticeBatch
from disclosure.services import publication
from disclosure.services.attachments import identified, safe_name, sha256_of
from disclosure.services.errors import NotAllowed
from disclosure.services.findings import seen_in_file
from disclosure.states import BatchState

#: Files of one batch.
MOST_FILES = 1_000
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError, EOFError)
#: How long they stay once the batch is signed.
KEPT_FOR = timedelta(days=30)


def add_files(batch: NoticeBatch, *, file: File[bytes], by: User) -> tuple[list[str], list[str]]:
    """Keep a file, or what a zip holds, under the name that rows use; returns (kept names, refusals). One of
    the same name takes the place of the old one. Raises NotAllowed for a batch that takes none."""
    kept: list[str] = []
    refused: list[str] = []
    with publication.act(by=by, action="add_attachment"):
        fresh = collecting_batch(batch, by)
        for name, content in _single_files(file, refused):
            if fresh.files.count() >= MOST_FILES:
                refused.append(f"「{name}」没有收下：一批最多{MOST_FILES}个文件，请分几批。")
                break
            try:
                _keep(fresh, name, content)
            except NotAllowed as refusal:
                refused += refusal.messages
            else:
                kept.append(name)
    return kept, refused


def drop_file(batch: NoticeBatch, *, pk: int, by: User) -> None:
    """Take a file out of a batch. Raises NotAllowed."""
    with publication.act(by=by, action="remove_attachment"):
        for kept in collecting_batch(batch, by).files.filter(pk=pk):
            forget_kept(kept)


@transaction.atomic
def clear_batch_files(*, now: datetime | None = None) -> int:
    """Remove the files of batches that were signed a while ago: each notice has its own copy by then. Returns
    how many went."""
    since = (now or timezone.now()) - KEPT_FOR
    old = list(BatchFile.objects.filter(batch__state=BatchState.DONE, batch__signed_at__lt=since))
    for kept in old:
        forget_kept(kept)
    return len(old)


def locked_batch(batch: NoticeBatch) -> NoticeBatch:
    """The batch, its row locked. Raises NotAllowed when it is gone."""
    rows = NoticeBatch.objects.select_for_update(of=("self",)).select_related("agency").filter(pk=batch.pk)
    found: NoticeBatch | None = rows.first()
    if found is None:
        raise NotAllowed("这一批已经被删除了，请返回列表刷新。")
    return found


def collecting_batch(batch: NoticeBatch, by: User, also: str = "") -> NoticeBatch:
    """Lock a batch in `by`'s hands that is still being put together. Raises NotAllowed."""
    fresh = locked_batch(batch)
    if fresh.state not in {BatchState.COLLECTING, also}:
        raise NotAllowed(f"这一批现在的状态是「{BatchState(fresh.state).label}」，不能修改。")
    if not rules.can_create(by, fresh.agency):
        raise NotAllowed("这一批不是您能修改的，请由本单位经办人办理。")
    return fresh


def forget_kept(kept: BatchFile) -> None:
    """The row goes, and its file once the transaction stands."""
    name, storage = str(kept.file.name), kept.file.storage
    kept.delete()

    def remove() -> None:
        with suppress(OSError):
            storage.delete(name)

    transaction.on_commit(remove)


def _single_files(file: File[bytes], refused: list[str]) -> Iterator[tuple[str, File[bytes]]]:
    """The file itself; of a zip that is no Office file what it holds, folders left out, one in memory at a
    time."""
    name = safe_name(file.name or "")
    if not name.lower().endswith(".zip"):
        yield name, file
        return
    found: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
            refuse_archive(archive.infolist(), name)
            for member in archive.infolist():
                inside = safe_name(member_name(member))
                if member.is_dir() or inside.startswith("~$") or "__MACOSX" in member.filename:
                    continue
                if member.file_size > settings.ATTACHMENT_MAX_BYTES or len(found) >= MOST_FILES:
                    refused.append(f"压缩包里的「{inside}」太大或文件太多，没有收下。")
                    continue
                if inside.casefold() in found:
                    refused.append(f"压缩包里有两个文件都叫「{inside}」，只收了第一个：请改名后补传另一个。")
                    continue
                found.add(inside.casefold())
                yield inside, ContentFile(archive.read(member), name=inside)
    except RefusedFile as refusal:
        refused.append(str(refusal))
    except _BROKEN:
        refused.append(f"「{name}」打不开，请重新打包成 zip 再上传。")


def _keep(batch: NoticeBatch, name: str, file: File[bytes]) -> None:
    kind = identified(file, name)
    digest = sha256_of(file)
    old = batch.files.filter(name=name).first()
    if old is not None and old.sha256 == digest:
        return
    if old is not None:
        forget_kept(old)
    kept = BatchFile(batch=batch, name=name, size=file.size, sha256=digest)
    file.seek(0)
    kept.file.save(f"{digest[:24]}.{kind.extension}", file, save=False)
    kept.findings = seen_in_file(kept, title=name)
    kept.save()
