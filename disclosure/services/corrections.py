"""更正 after publication: new words walk the same review as a draft of their own, then stand in the document
itself; what stood before is kept and stays readable. Corrected metadata leave a note (ADR 34)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Attachment, Correction, Document, EarlierAttachment
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication

#: What a correction draft may change: words. Metadata are corrected on the document itself.
WORDS = frozenset(["title", "summary", "body", "correction_note"])
_FILE = ("position", "title", "size", "media_type", "sha256", "source_url")
_COPIED = (
    "kind",
    "genre",
    "effective_on",
    "expires_on",
    "openness",
    "is_notice",
    "is_policy",
    "is_normative",
    "no_interpretation_reason",
)


def start_correction(document: Document, *, by: User, now: datetime | None = None) -> Document:
    """Begin a correction draft (更正稿) with the words and attachments that stand in public now.

    Raises NotAllowed: for what is not public, out of scope, or while another one is under way.
    """
    with publication.act(by=by, action="create", origin=str(document.pk)):
        original = publication.locked(document)
        if not rules.can_start_correction(by, original):
            raise NotAllowed("只有已公开的文件能更正，并由本单位经办人或县政府办公室起草更正稿。")
        if original.correction_drafts.filter(status__in=_UNDER_WAY).exists():
            raise NotAllowed("这份文件已经有一份更正稿在办，请先办完那一份。")
        names = (publication.FIELDS - {"topic_text"}) | set(_COPIED)
        values = {name: getattr(original, name) for name in names}
        draft = publication.create(Document, by=by, values=values, check=lambda thing: None, now=now)
        draft.corrects, draft.correction_base = original, original.corrections.count()
        draft.save(update_fields=["corrects", "correction_base"])
        Attachment.objects.bulk_create(
            Attachment(document=draft, file=row.file.name, **{name: getattr(row, name) for name in _FILE})
            for row in original.attachments.order_by("position", "pk")
        )
    return draft


_UNDER_WAY = (Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED)


def refuse_metadata(draft: Document, names: Iterable[str]) -> None:
    """Raise NotAllowed where a correction draft would change more than words."""
    labels = [
        publication.label_of(draft, name)
        for name in sorted(set(names) - WORDS)
        if draft._meta.get_field(name).editable
    ]
    if labels:
        raise NotAllowed(
            f"更正稿只改标题、一句话看懂、正文和附件；{'、'.join(labels)}请在原文件上直接更正，写明原因。"
        )


def problems(draft: Document) -> list[str]:
    """What keeps a correction draft from going on; an empty list for any other draft."""
    if draft.corrects is None:
        return []
    original = Document.objects.get(pk=draft.corrects.pk)
    found = []
    if not draft.correction_note.strip():
        found.append("请写更正说明：更正了什么、为什么。它会显示在网页上。")
    if original.status != Publication.PUBLISHED:
        found.append(f"原文件现在的状态是「{original.get_status_display()}」，不能更正。")
    elif original.corrections.count() != draft.correction_base:
        found.append("起草以后原文件又更正过，请删除这份更正稿，按现在的原文重新起草。")
    elif not _differs(draft, original):
        found.append("更正稿与现在公开的内容完全一样，没有可更正的。")
    return found


def _differs(draft: Document, original: Document) -> bool:
    if any(getattr(draft, name) != getattr(original, name) for name in ("title", "summary", "body")):
        return True
    return _files(draft) != _files(original)


def _files(document: Document) -> list[tuple[str, str, str]]:
    rows = document.attachments.order_by("position", "pk")
    return list(rows.values_list("title", "sha256", "source_url"))


def apply_correction(draft: Document, *, by: User, now: datetime | None) -> Document:
    """Put the signed words of a locked correction draft into its document, and keep what stood there.

    Takes the place of a publication: number, address and time of first publication stay. Raises NotAllowed.
    """
    assert draft.corrects is not None  # noqa: S101 - asked by the caller
    moment = now or timezone.now()
    original = publication.locked(draft.corrects)
    if found := problems(draft):
        raise NotAllowed(*found)
    _keep(original, draft, by=by, at=moment)
    original.title, original.summary, original.body = draft.title, draft.summary, draft.body
    original.save(update_fields=["title", "summary", "body", "updated_at"])
    _take_over_files(original, draft)
    draft.status, draft.publish_at, draft.remarks = Publication.APPLIED, None, ""
    draft.approved_by, draft.approved_at = by, moment
    draft.save()
    return draft


def _keep(original: Document, draft: Document, *, by: User, at: datetime) -> None:
    kept = Correction.objects.create(
        document=original,
        number=_next_number(original),
        at=at,
        by=by,
        note=draft.correction_note.strip(),
        of_words=True,
        draft=draft,
        title=original.title,
        summary=original.summary,
        body=original.body,
    )
    EarlierAttachment.objects.bulk_create(
        EarlierAttachment(correction=kept, file=row.file.name, **{name: getattr(row, name) for name in _FILE})
        for row in original.attachments.order_by("position", "pk")
    )


def _take_over_files(original: Document, draft: Document) -> None:
    """The draft's attachments become those of the document. What stays keeps its row and so its address."""
    standing = {(row.sha256, row.source_url): row for row in original.attachments.all()}
    for row in draft.attachments.order_by("position", "pk"):
        known = standing.pop((row.sha256, row.source_url), None)
        if known is None:
            Attachment.objects.create(
                document=original, file=row.file.name, **{name: getattr(row, name) for name in _FILE}
            )
        elif (known.title, known.position) != (row.title, row.position):
            known.title, known.position = row.title, row.position
            known.save(update_fields=["title", "position"])
    for gone in standing.values():
        gone.delete()  # the file stays with the version that bore it


def _next_number(document: Document) -> int:
    return (document.corrections.aggregate(last=Max("number"))["last"] or 0) + 1


# --- Metadata


def before(document: Document, links: Iterable[str]) -> tuple[Document, dict[str, set[int]]] | None:
    """Lock a public document and remember what stands, for `note_metadata`; None for what is not public."""
    was = publication.locked(document)
    if was.status != Publication.PUBLISHED:
        return None
    return was, {name: set(getattr(was, name).values_list("pk", flat=True)) for name in links}


def note_metadata(
    held: tuple[Document, dict[str, set[int]]] | None,
    fresh: Document,
    *,
    by: User,
    reason: str,
    now: datetime | None = None,
) -> Correction | None:
    """Leave a visible note (更正说明) of metadata that changed since `before`."""
    if held is None:
        return None
    was, links = held
    changes = [
        [str(field.verbose_name), _words(was, field), _words(fresh, field)]
        for field in fresh._meta.concrete_fields
        if field.editable and getattr(was, field.attname) != getattr(fresh, field.attname)
    ]
    changes += [
        [str(fresh._meta.get_field(name).verbose_name), "", ""]  # type: ignore[union-attr]
        for name, pks in links.items()
        if pks != set(getattr(fresh, name).values_list("pk", flat=True))
    ]
    if not changes:
        return None
    return Correction.objects.create(
        document=fresh,
        number=_next_number(fresh),
        at=now or timezone.now(),
        by=by,
        note=reason.strip()[:300],
        changes=changes,
    )


def _words(thing: Document, field: Any) -> str:
    value = getattr(thing, field.attname)
    if value in (None, "", []):
        return ""
    if field.is_relation:
        return str(getattr(thing, field.name))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    return str(dict(field.flatchoices).get(value, value))
