"""Attachments (附件) of documents and interpretations: checked by content, kept under safe names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import models, transaction

from agencies.models import User
from disclosure import rules
from disclosure.file_dangers import without_endings
from disclosure.file_types import FileType, RefusedFile, identify
from disclosure.models import AttachedFile, Publishable
from disclosure.services import publication, texts
from disclosure.services.errors import NotAllowed


def add_attachment(
    owner: Publishable, *, by: User, file: File[bytes], title: str = "", action: str = "add_attachment"
) -> AttachedFile:
    """Attach `file` to a draft; `title` is the name for people (default: the file's own, without ending);
    `action` is what the history calls it.

    On disk it bears the hash of its content and the ending of its real type. Raises NotAllowed for a file
    that may not be published (`disclosure.file_types`) and for anything that is no draft in `by`'s hands.
    """
    name = safe_name(file.name or "")
    kind = identified(file, name)
    digest = sha256_of(file)
    texts.read_upload(file, sha256=digest, extension=kind.extension)
    with publication.act(by=by, action=action):
        fresh: Any = editable(owner, by)
        if fresh.attachments.filter(sha256=digest).exists():
            raise NotAllowed(f"「{name}」已经上传过了，内容完全一样。")
        last = fresh.attachments.aggregate(last=models.Max("position"))["last"] or 0
        attachment: AttachedFile = fresh.attachments.model(
            position=last + 1,
            title=safe_name(title) if title.strip() else without_endings(name),
            size=file.size,
            media_type=kind.media_type,
            sha256=digest,
            **{fresh.attachments.field.name: fresh},
        )
        store_file(attachment, file, kind, digest)
    return attachment


def replace_attachment(
    attachment: AttachedFile,
    *,
    by: User,
    file: File[bytes],
    seen: str = "",
    action: str = "replace_attachment",
) -> AttachedFile:
    """Put a new file in the place of an old one (换文件), name and order kept, while the owner is a draft.

    The old file stays on disk, never public; the history leads to it (`old_files`). `seen`: the fingerprint
    of the file that the new one was made from. Raises NotAllowed as `add_attachment` does, for the very same
    content, and where another file than the one seen stands by now.
    """
    name = safe_name(file.name or "")
    kind = identified(file, name)
    digest = sha256_of(file)
    texts.read_upload(file, sha256=digest, extension=kind.extension)
    with publication.act(by=by, action=action):
        owner: Any = editable(owner_of(attachment), by)
        fresh = _standing(owner, attachment)
        old = fresh.sha256
        if seen and seen != old:
            raise NotAllowed(f"「{fresh.title}」刚才换过文件了，请重新打开这一页，对照现在的文件再办。")
        if owner.attachments.filter(sha256=digest).exists():
            raise NotAllowed(f"「{name}」已经上传过了，内容完全一样。")
        fresh.size, fresh.media_type, fresh.sha256 = file.size, kind.media_type, digest
        fresh.source_url = ""
        store_file(fresh, file, kind, digest)
        texts.forget_unused([old])
    return fresh


def put_back_file(attachment: AttachedFile, *, by: User, event_id: int) -> AttachedFile:
    """Let an old file (`old_files`) stand again, while the owner is a draft: a replacement or a redaction
    (遮盖) undone. What stood until now is an old file then. Raises NotAllowed."""
    with publication.act(by=by, action="put_back_file"):
        owner: Any = editable(owner_of(attachment), by)
        fresh = _standing(owner, attachment)
        event = next((one for one in old_files(fresh) if one.pgh_id == event_id), None)
        if event is None or not fresh.file.storage.exists(str(event.file)):
            raise NotAllowed("这个旧文件已经不在了，请刷新页面。")
        if owner.attachments.filter(sha256=event.sha256).exists():
            raise NotAllowed(f"「{event.title}」和另一个附件的内容完全一样，不用换回。")
        left = fresh.sha256
        for name in ("file", "size", "media_type", "sha256"):
            setattr(fresh, name, getattr(event, name))
        fresh.save(update_fields=["file", "size", "media_type", "sha256"])
        texts.forget_unused([left])
    return fresh


def _standing(owner: Any, attachment: AttachedFile) -> AttachedFile:
    fresh: AttachedFile | None = owner.attachments.select_for_update().filter(pk=attachment.pk).first()
    if fresh is None:
        raise NotAllowed("这个附件已经被删除了，请刷新页面。")
    return fresh


def old_files(attachment: Any) -> list[Any]:
    """The events of the history whose file is not the one that stands now, newest first, each file once."""
    events = attachment.events.exclude(file="").exclude(sha256=attachment.sha256).order_by("-pgh_id")
    return list({event.sha256: event for event in reversed(events)}.values())[::-1]


def identified(file: File[bytes], name: str) -> FileType:
    """What the file is. Raises NotAllowed for one that may not be taken."""
    try:
        limit = settings.ATTACHMENT_MAX_BYTES
        return identify(file.file, name=name, size=file.size, limit=limit)  # type: ignore[arg-type]
    except RefusedFile as error:
        raise NotAllowed(str(error)) from error


def store_file(attachment: AttachedFile, file: File[bytes], kind: FileType, digest: str) -> None:
    """Save file and row; a row that cannot be written leaves no file behind."""
    file.seek(0)
    attachment.file.save(f"{digest[:24]}.{kind.extension}", file, save=False)
    try:
        attachment.save()
    except BaseException:
        attachment.file.delete(save=False)
        raise


def rename_attachment(attachment: AttachedFile, *, by: User, title: str, position: int) -> None:
    """Change the name for people and the place in the list, while the owner is a draft. Raises NotAllowed."""
    with publication.act(by=by, action="rename_attachment"):
        editable(owner_of(attachment), by)
        if not title.strip():
            raise NotAllowed("请填写附件名称。")
        attachment.title, attachment.position = safe_name(title), position
        attachment.save(update_fields=["title", "position"])


def remove_attachment(attachment: AttachedFile, *, by: User) -> None:
    """Take an attachment off a draft; its file goes once the transaction stands. Raises NotAllowed."""
    with publication.act(by=by, action="remove_attachment"):
        editable(owner_of(attachment), by)
        forget_files([attachment])
        attachment.delete()
        texts.forget_unused([attachment.sha256])


def forget_files(attachments: Iterable[AttachedFile]) -> None:
    """Delete the files of rows that go, replaced ones too, after commit: a rollback must find them there. A
    file that another row still bears (a correction and what it corrects) stays."""
    for attachment in attachments:
        old = attachment.events.exclude(file="").values_list("file", flat=True)  # type: ignore[attr-defined]
        for name in {str(attachment.file.name or ""), *old} - {""}:
            transaction.on_commit(partial(_forget, attachment.file.storage, name))


def _forget(storage: Storage, name: str) -> None:
    if not is_in_use(name):
        storage.delete(name)


def is_in_use(name: str) -> bool:
    """Whether any row still bears the stored file."""
    return any(kind._default_manager.filter(file=name).exists() for kind in AttachedFile.__subclasses__())


def owner_of(attachment: AttachedFile) -> Publishable:
    """Return the document or interpretation that an attachment belongs to."""
    field = next(f for f in attachment._meta.fields if isinstance(f, models.ForeignKey))
    owner: Publishable = getattr(attachment, field.name)
    return owner


#: What Windows refuses in a name, as its full-width twin: people still read the same.
_TWINS = str.maketrans({"<": "＜", ">": "＞", ":": "：", '"': "\uff02", "|": "\uff5c", "?": "？", "*": "＊"})
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)


def safe_name(name: str) -> str:
    """Return a file's name for people: no folders, no invisible or direction-turning characters, nothing that
    a disk takes for a device or a hidden file, ≤ 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
    tidy = " ".join(visible.translate(_TWINS).split()).strip(". ")[:200].strip(". ")
    return f"附件-{tidy}" if _RESERVED.match(tidy) else tidy or "附件"


def editable(owner: Publishable, by: User) -> Publishable:
    """Lock the draft and note who has a hand in it now: an attachment is content like any word."""
    fresh = publication.locked(owner)
    if not rules.can_edit(by, fresh):
        raise NotAllowed("附件只能在草稿里增减，由本单位经办人办理；已公开的文件请起草更正稿。")
    publication.add_editor(fresh, by=by)
    fresh.save(update_fields=["editor_ids", "updated_at"])
    return fresh


def sha256_of(file: File[bytes]) -> str:
    """The fingerprint of a file's content."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()
