"""合并 PDF and 遮盖 (脱敏) of a draft's attachments: what is made stands beside or in the place of
what it was made from. A child process (`disclosure.pdf_pages`) opens the files, before any row is locked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from agencies.models import User
from disclosure import pdf_pages, rules
from disclosure.models import AttachedFile, Document, Publishable, SignedOriginal
from disclosure.pdf_pages import Box, Look, RefusedPages
from disclosure.services import publication, texts
from disclosure.services.attachments import (
    add_attachment,
    editable,
    forget_files,
    owner_of,
    replace_attachment,
    safe_name,
)
from disclosure.services.errors import NotAllowed

#: What a page of these doors works on.
Source = AttachedFile | SignedOriginal
#: Files joined at once: as many as a person puts in order.
MOST_PARTS = 30


def is_pdf(source: Source) -> bool:
    """Whether a stored PDF stands behind it: judged by content when it came, as its ending says."""
    return bool(source.file) and texts.extension_of(source) == "pdf"


def name_of(source: Source) -> str:
    """What people call it."""
    return source.file_name if isinstance(source, SignedOriginal) else source.title


def pdfs_of(owner: Publishable) -> list[Source]:
    """The PDFs of a thing: attachments in their order, then the signed original where it is no attachment."""
    holder: Any = owner
    rows: list[Source] = [row for row in holder.attachments.order_by("position", "pk") if is_pdf(row)]
    known = {row.sha256 for row in rows}
    original = original_of(owner)
    if original is not None and is_pdf(original) and original.sha256 not in known:
        rows.append(original)
    return rows


def original_of(owner: Publishable) -> SignedOriginal | None:
    """The signed original (签发原件) of a document, if it came as one."""
    if not isinstance(owner, Document):
        return None
    return SignedOriginal.objects.filter(document=owner).first()


def join_pdfs(
    owner: Publishable, *, by: User, parts: Sequence[Source], title: str, drop_parts: bool = False
) -> AttachedFile:
    """合并 PDF: one attachment of two or more PDFs of a draft, in the order given, bookmarks by their names.

    `drop_parts` takes the attachments among them off the draft, as `remove_attachment` does; the signed
    original always stays. Raises NotAllowed, naming the file that cannot be joined and what to do.
    """
    _refuse_others(owner, by)
    title = _joinable(parts, title)
    try:
        named = [(Path(one.file.path), name_of(one)) for one in parts]
        content, _ = pdf_pages.join(named, title=title)
    except RefusedPages as refusal:
        raise NotAllowed(f"「{name_of(parts[refusal.part])}」{refusal}") from refusal
    file = ContentFile(content, name=f"{title}.pdf")
    with publication.act(by=by, action="join_pdfs"):
        fresh: Any = editable(owner, by)
        _refuse_changed(fresh, parts)
        made = add_attachment(fresh, by=by, file=file, title=title, action="join_pdfs")
        if drop_parts:
            gone = [one for one in parts if not isinstance(one, SignedOriginal)]
            rows = list(fresh.attachments.filter(pk__in=[one.pk for one in gone]))
            forget_files(rows)
            for row in rows:
                row.delete()
            texts.forget_unused([row.sha256 for row in rows])
    return made


def _joinable(parts: Sequence[Source], title: str) -> str:
    if not 2 <= len(parts) <= MOST_PARTS or len({(type(one), one.pk) for one in parts}) < len(parts):
        raise NotAllowed(f"请选2到{MOST_PARTS}个不同的 PDF 来合并。")
    if not title.strip():
        raise NotAllowed("请给合并后的附件起个名称。")
    for one in parts:
        if not is_pdf(one):
            raise NotAllowed(f"「{name_of(one)}」不是 PDF，不能合并：请先另存为 PDF，再换文件。")
    limit, largest = settings.ATTACHMENT_MAX_BYTES, max(parts, key=lambda one: one.size)
    if sum(one.size for one in parts) > limit:
        raise NotAllowed(
            f"合起来超过{limit // 1024 // 1024} MB，其中「{name_of(largest)}」最大："
            "请压缩它的图片后换文件，或少合并几个。"
        )
    return safe_name(title)


def _refuse_changed(fresh: Any, parts: Sequence[Source]) -> None:
    """Nothing is joined from what somebody changed or took off meanwhile."""
    standing = dict(fresh.attachments.values_list("pk", "sha256"))
    original = original_of(fresh)
    for one in parts:
        if isinstance(one, SignedOriginal):
            unchanged = original is not None and original.pk == one.pk
        else:
            unchanged = standing.get(one.pk) == one.sha256
        if not unchanged:
            raise NotAllowed(f"「{name_of(one)}」刚才被别人换过或删除了，请刷新页面再合并。")


def look_at(source: Source) -> Look:
    """The pages of a PDF, and what is personal on them. Raises NotAllowed, naming file and cure."""
    refuse_no_pdf(source)
    try:
        return pdf_pages.look(Path(source.file.path), today=timezone.localdate())
    except RefusedPages as refusal:
        raise NotAllowed(f"「{name_of(source)}」{refusal}") from refusal


def refuse_no_pdf(source: Source) -> None:
    """Raise NotAllowed for what cannot be redacted here."""
    if not is_pdf(source):
        raise NotAllowed(
            f"「{name_of(source)}」不是 PDF，不能在这里遮盖：请在原来的软件里改好，另存为 PDF 再换文件。"
        )


def draw_page(source: Source, page: int, *, width: int, boxes: Sequence[Box] = ()) -> bytes:
    """A page as it stands, or as it will with its boxes (JPEG). Raises NotAllowed."""
    refuse_no_pdf(source)
    try:
        return pdf_pages.draw(Path(source.file.path), page, width=width, boxes=boxes)
    except RefusedPages as refusal:
        raise NotAllowed(f"「{name_of(source)}」{refusal}") from refusal


def redact_attachment(attachment: AttachedFile, *, by: User, boxes: Sequence[Box], seen: str) -> AttachedFile:
    """遮盖: a file of pictures, the boxes black, in the place of a draft's PDF; no text, metadata or earlier
    state of it is in there. `seen`: fingerprint of the file on which the boxes were drawn.

    What stood until now is an old file (`old_files`): staff's alone, put back by `put_back_file` while it is
    a draft. Raises NotAllowed.
    """
    _refuse_others(owner_of(attachment), by)
    file = _redacted(attachment, boxes)
    return replace_attachment(attachment, by=by, file=file, seen=seen, action="redact_attachment")


def redact_original(original: SignedOriginal, *, by: User, boxes: Sequence[Box]) -> AttachedFile:
    """遮盖后随文公开: the signed original with boxes, as an attachment of its draft; in the place of the
    original itself where that is one already. The original is the record and stays as it is. Raises
    NotAllowed."""
    _refuse_others(original.document, by)
    attached = original.document.attachments.filter(sha256=original.sha256).first()
    if attached is not None:
        return redact_attachment(attached, by=by, boxes=boxes, seen=original.sha256)
    file = _redacted(original, boxes)
    title = f"{original.document.title[:180]}（原件，已遮盖）"
    return add_attachment(original.document, by=by, file=file, title=title, action="redact_original")


def _redacted(source: Source, boxes: Sequence[Box]) -> ContentFile[bytes]:
    refuse_no_pdf(source)
    if not boxes:
        raise NotAllowed("还没有要遮盖的地方：请勾选找到的个人信息，或者画框。")
    try:
        content, _ = pdf_pages.redact(Path(source.file.path), boxes)
    except RefusedPages as refusal:
        raise NotAllowed(f"「{name_of(source)}」{refusal}") from refusal
    return ContentFile(content, name=f"{safe_name(name_of(source))}.pdf")


def _refuse_others(owner: Publishable, by: User) -> None:
    """Before a file is opened; the lock asks again."""
    if not rules.can_edit(by, owner):
        raise NotAllowed("附件只能在草稿里增减，由本单位经办人办理；已公开的文件请起草更正稿。")
