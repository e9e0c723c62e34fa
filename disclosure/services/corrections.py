"""更正 after publication: new words walk the same review as a draft of their own, then stand in the document
itself; what stood before is kept and stays readable. Corrected metadata leave a note (ADR 34)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Max
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import CorrectionOf, Document, Publishable
from disclosure.services import closing, moves, publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication

T = TypeVar("T", bound=Publishable)

#: What a correction draft may change: words. Metadata are corrected on the thing itself.
WORDS = frozenset(["title", "summary", "body", "elements", "correction_note", "closes_earlier"])
#: What is said of the correction itself, and is no part of the thing.
ABOUT = frozenset(["correction_note", "closes_earlier"])
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
_UNDER_WAY = (Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED)


def start_correction(document: Document, *, by: User, now: datetime | None = None) -> Document:
    """Begin a correction draft (更正稿) of a document. Raises NotAllowed."""
    return start(document, by=by, names=(publication.FIELDS - {"topic_text"}) | set(_COPIED), now=now)


def start(thing: T, *, by: User, names: Iterable[str], now: datetime | None = None) -> T:
    """Begin a correction draft with the words (`names`) and attachments that stand in public now; both rooms.

    Raises NotAllowed: for what is not public, out of scope, or while another one is under way.
    """
    with publication.act(by=by, action="create", origin=str(thing.pk)):
        original: Any = publication.locked(thing)
        kind = original._meta.verbose_name
        if not rules.can_start_correction(by, original):
            raise NotAllowed(f"只有已公开的{kind}能更正，并由本单位经办人或县政府办公室起草更正稿。")
        if original.correction_drafts.filter(status__in=_UNDER_WAY).exists():
            raise NotAllowed(f"这份{kind}已经有一份更正稿在办，请先办完那一份。")
        values = {name: getattr(original, name) for name in names}
        draft: Any = publication.create(type(original), by=by, values=values, check=lambda one: None, now=now)
        draft.corrects, draft.correction_base = original, original.corrections.count()
        draft.save(update_fields=["corrects", "correction_base"])
        draft.attachments.model.objects.bulk_create(_copies(original, draft.attachments))
    return draft  # type: ignore[no-any-return]


def _file_columns(rows: Any) -> list[str]:
    """The columns of an attachment beside its owner and the file; `rows`: a manager of attachments."""
    own = {rows.field.name, "id", "file"}
    return [column.name for column in rows.model._meta.concrete_fields if column.name not in own]


def _copies(owner: Any, into: Any) -> list[Any]:
    """The attachments of `owner` as rows of the manager `into`: the same files."""
    names = _file_columns(into)
    return [
        into.model(
            **{into.field.name: into.instance},
            file=row.file.name,
            **{name: getattr(row, name) for name in names},
        )
        for row in owner.attachments.order_by("position", "pk")
    ]


def words_of(thing: Publishable) -> list[str]:
    """The columns that a correction puts in the place of the old ones."""
    own = {column.name for column in thing._meta.concrete_fields}
    return sorted((WORDS - ABOUT) & own)


def refuse_metadata(draft: Publishable, names: Iterable[str]) -> None:
    """Raise NotAllowed where a correction draft would change more than words."""
    labels = [
        publication.label_of(draft, name)
        for name in sorted(set(names) - WORDS)
        if draft._meta.get_field(name).editable
    ]
    if labels:
        kind = draft._meta.verbose_name
        raise NotAllowed(
            f"更正稿只改标题、一句话看懂、正文和附件；{'、'.join(labels)}请在原{kind}上直接更正，写明原因。"
        )


def problems(draft: Any) -> list[str]:
    """What keeps a correction draft from going on; an empty list for any other draft."""
    if draft.corrects is None:
        return []
    original = type(draft)._default_manager.get(pk=draft.corrects.pk)
    kind = original._meta.verbose_name
    found = []
    if not draft.correction_note.strip():
        found.append("请写更正说明：更正了什么、为什么。它会显示在网页上。")
    if original.status != Publication.PUBLISHED:
        found.append(f"原{kind}现在的状态是「{original.get_status_display()}」，不能更正。")
    elif original.corrections.count() != draft.correction_base:
        found.append(f"起草以后原{kind}又更正过，请删除这份更正稿，按现在的原文重新起草。")
    elif not _differs(draft, original):
        found.append("更正稿与现在公开的内容完全一样，没有可更正的。")
    return found


def _differs(draft: Any, original: Any) -> bool:
    if any(getattr(draft, name) != getattr(original, name) for name in words_of(draft)):
        return True
    return _files(draft) != _files(original)


def _files(thing: Any) -> list[Any]:
    names = set(_file_columns(thing.attachments)) - {"position", "size", "media_type"}
    return list(thing.attachments.order_by("position", "pk").values_list(*sorted(names)))


def finish_of(draft: Any) -> Callable[..., Any]:
    """What the last signature does: it publishes; of a correction draft it puts the words in their place."""
    return apply_correction if draft.corrects_id else moves.publish_locked


def apply_correction(draft: Any, *, by: User, now: datetime | None) -> Any:
    """Put the signed words of a locked correction draft into what it corrects, and keep what stood there.

    Takes the place of a publication: number, address and time of first publication stay. Raises NotAllowed.
    """
    moment = now or timezone.now()
    original: Any = publication.locked(draft.corrects)
    if found := problems(draft):
        raise NotAllowed(*found)
    _keep(original, draft, by=by, at=moment)
    names = words_of(draft)
    for name in names:
        setattr(original, name, getattr(draft, name))
    original.save(update_fields=[*names, "updated_at"])
    _take_over_files(original, draft)
    if draft.closes_earlier:
        closing.close_all(original, by=by, reason=f"随更正停止公开：{draft.correction_note}", at=moment)
    draft.status, draft.publish_at, draft.remarks = Publication.APPLIED, None, ""
    draft.approved_by, draft.approved_at = by, moment
    draft.save()
    return draft


def _keep(original: Any, draft: Any, *, by: User, at: datetime) -> None:
    kept = original.corrections.create(
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
    kept.attachments.model.objects.bulk_create(_copies(original, kept.attachments))


def _take_over_files(original: Any, draft: Any) -> None:
    """The draft's attachments become those of the thing. What stays keeps its row and so its address."""
    standing = {(row.sha256, row.source_url): row for row in original.attachments.all()}
    told = [
        name for name in _file_columns(original.attachments) if name in ("title", "position", "alt", "text")
    ]
    for row in draft.attachments.order_by("position", "pk"):
        known = standing.pop((row.sha256, row.source_url), None)
        if known is None:
            names = _file_columns(original.attachments)
            original.attachments.create(file=row.file.name, **{name: getattr(row, name) for name in names})
        elif any(getattr(known, name) != getattr(row, name) for name in told):
            for name in told:
                setattr(known, name, getattr(row, name))
            known.save(update_fields=told)
    for gone in standing.values():
        gone.delete()  # the file stays with the version that bore it


def _next_number(thing: Any) -> int:
    return (thing.corrections.aggregate(last=Max("number"))["last"] or 0) + 1


# --- Metadata


Held = tuple[Any, dict[str, set[int]]]


def before(thing: Publishable, links: Iterable[str]) -> Held | None:
    """Lock a public thing and remember what stands, for `note_metadata`; None for what is not public."""
    was = publication.locked(thing)
    if was.status != Publication.PUBLISHED:
        return None
    return was, {name: _linked(was, name) for name in links}


def _linked(thing: Any, name: str) -> set[int]:
    return set(getattr(thing, name).values_list("pk", flat=True))


def note_metadata(
    held: Held | None, fresh: Any, *, by: User, reason: str, now: datetime | None = None
) -> CorrectionOf | None:
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
        [str(fresh._meta.get_field(name).verbose_name), "", ""]
        for name, pks in links.items()
        if pks != _linked(fresh, name)
    ]
    if not changes:
        return None
    noted: CorrectionOf = fresh.corrections.create(
        number=_next_number(fresh),
        at=now or timezone.now(),
        by=by,
        note=reason.strip()[:300],
        changes=changes,
    )
    return noted


def _words(thing: Publishable, field: Any) -> str:
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
