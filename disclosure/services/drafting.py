"""起草说明 of a document: written, replaced and dropped while the document is a draft."""

from __future__ import annotations

import hashlib
from functools import partial

from django.core.files.base import File
from django.db import transaction

from agencies.models import User
from disclosure import rich_text, rules
from disclosure.file_types import RefusedFile, identify
from disclosure.models import Document, DraftingNote
from disclosure.package import Part
from disclosure.services import publication
from disclosure.services.attachments import safe_name
from disclosure.services.errors import NotAllowed


def keep_drafting_note(
    document: Document,
    *,
    by: User,
    body: str = "",
    file: File[bytes] | None = None,
    drop_file: bool = False,
    is_public: bool = False,
    absence_reason: str = "",
) -> DraftingNote | None:
    """Write the 起草说明 of a draft: text, file, or the reason for having none. All of them empty: it goes.

    A stored file stays until another comes or `drop_file`. Whoever writes it has a hand in the document.
    Raises NotAllowed for what is no draft in `by`'s hands, and for a file that may not be taken.
    """
    with publication.act(by=by, action="keep_drafting_note"):
        fresh = publication.locked(document)
        if not rules.can_edit(by, fresh):
            raise NotAllowed("起草说明只能在草稿里改，由本单位经办人办理：正在审核的请先收回或退回。")
        note = DraftingNote.objects.filter(document=fresh).first() or DraftingNote(document=fresh)
        note.body = rich_text.clean(rich_text.storable(body)).html if rich_text.to_text(body).strip() else ""
        note.absence_reason = rich_text.storable(absence_reason).strip()
        note.is_public = is_public
        old_file = str(note.file.name or "")
        if file is not None or drop_file:
            _forget(old_file, note)
        if file is not None:
            _take(note, file)
        if note.stands and note.absence_reason:
            raise NotAllowed("有了起草说明，就不用写「不附的理由」，请清空其中一个。")
        publication.add_editor(fresh, by=by)
        fresh.save(update_fields=["editor_ids", "updated_at"])
        if not (note.stands or note.absence_reason):
            if note.pk:
                note.delete()
            return None
        return publication.stored(note)


def _forget(name: str, note: DraftingNote) -> None:
    if name:
        transaction.on_commit(partial(note.file.storage.delete, name))
    note.file, note.file_title, note.media_type, note.sha256, note.size = "", "", "", "", 0


def _take(note: DraftingNote, file: File[bytes]) -> None:
    name = safe_name(file.name or "")
    try:
        kind = identify(file.file, name=name, size=file.size)  # type: ignore[arg-type]
    except RefusedFile as error:
        raise NotAllowed(str(error)) from error
    digest = hashlib.sha256(b"".join(file.chunks())).hexdigest()
    note.file_title, note.size = name, file.size
    note.media_type, note.sha256 = kind.media_type, digest
    file.seek(0)
    note.file.save(f"{digest[:24]}.{kind.extension}", file, save=False)


def copy_drafting_note(original: Document, copy: Document) -> None:
    """Text and reason go along with a copy of the document; a file stays behind, as attachments do."""
    note = DraftingNote.objects.filter(document=original).first()
    if note is not None and (note.body or note.absence_reason):
        DraftingNote.objects.create(
            document=copy, body=note.body, is_public=note.is_public, absence_reason=note.absence_reason
        )


def forget_drafting_file(document: Document) -> None:
    """The file of a draft that is deleted goes after commit."""
    note = note_of(document)
    if note is not None and note.file:
        transaction.on_commit(partial(note.file.storage.delete, str(note.file.name)))


def note_of(document: Document) -> DraftingNote | None:
    """The 起草说明, None where nobody has said anything of it."""
    return DraftingNote.objects.filter(document=document).first()


def missing_drafting_note(document: Document) -> list[str]:
    """A policy document goes with its 起草说明, or with the reason why not (三同步; DOMAIN §5)."""
    if not document.is_package or note_of(document) is not None:
        return []
    return ["政策文件须附起草说明：请在「公文包」里写起草说明或上传文件，确实不附的写明理由。"]


def drafting_part(document: Document) -> Part:
    """The 起草说明 as a part of the package."""
    note = note_of(document)
    part = Part("起草说明", "起草说明", lacks=missing_drafting_note(document), thing=note)
    if note is None:
        part.state = "没有" if document.is_package else "不要求"
        return part
    if note.stands:
        part.state = "随文件公开" if note.is_public else "只供审核，不公开"
        part.body = note.body
        part.attachments = [note] if note.file else []
    else:
        part.state, part.texts = "不附", [("不附起草说明的理由", note.absence_reason)]
    return part
