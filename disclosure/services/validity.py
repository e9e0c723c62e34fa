"""修改, 废止 and 失效: recorded with the day and the document that did it; mistakes are taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone

from agencies.models import User
from catalog.models import Law
from catalog.states import LawState
from disclosure import rules
from disclosure.models import Document, LawText, ValidityChange, ValiditySetting
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.services.laws import end_of, repeal_laws_of
from disclosure.states import Validity

_WORD = dict(ValidityChange.KINDS)


def repeal(
    document: Document, *, by: User, on: date, repealed_by: Document | None = None, reason: str = ""
) -> Document:
    """Record that a public document is repealed from `on` (废止), by another public document if there is one.

    Raises NotAllowed; without `repealed_by` a `reason` is needed.
    """
    return record_change(document, kind=Validity.REPEALED, on=on, cause=repealed_by, basis=reason, by=by)


def record_change(
    document: Document,
    *,
    kind: Validity | str,
    on: date,
    by: User,
    cause: Document | None = None,
    basis: str = "",
    now: datetime | None = None,
) -> Document:
    """Record 修改, 失效 or 废止 of a public document from the day `on`, which may be to come.

    `cause` is the public document that did it; where there is none, `basis` says it in words. A law whose
    text is a repealed document is repealed with it. Raises NotAllowed.
    """
    kind = Validity(kind)
    with publication.act(by=by, action=_ACTION[kind], reason=basis):
        fresh = publication.locked(document)
        _refuse(fresh, kind=kind, on=on, by=by, cause=cause, basis=basis)
        change: Any = ValidityChange(document=fresh, kind=kind, on=on, cause=cause, recorded_by=by)
        change.basis = publication.fits(change, "basis", basis)
        change.recorded_at = now or timezone.now()
        change.save()
        _derive(fresh)
        follow_ended(fresh)
    return fresh


_ACTION = {Validity.AMENDED: "amend", Validity.EXPIRED: "lapse", Validity.REPEALED: "repeal"}


def _refuse(
    fresh: Document, *, kind: Validity, on: date, by: User, cause: Document | None, basis: str
) -> None:
    word = _WORD[kind]
    if not rules.can_correct(by, fresh):
        raise NotAllowed(f"只有已公开的文件能登记{word}，并由本单位经办人或县政府办公室办理。")
    if cause is None and not basis.strip():
        raise NotAllowed(f"请选择{word}它的文件，或写明{word}的依据。")
    if cause is not None and cause.pk == fresh.pk:
        raise NotAllowed(f"文件不能{word}它自己，请另选{word}它的文件。")
    if cause is not None and not Document.objects.published().filter(pk=cause.pk).exists():
        raise NotAllowed(f"{word}它的文件还没有公开，请先公开那份文件。")
    if fresh.written_on and on < fresh.written_on:
        raise NotAllowed(f"{word}日期不能早于成文日期，请核对。")
    known = fresh.validity_changes.filter(revoked_at=None)
    if kind != Validity.AMENDED and known.filter(kind=kind).exists():
        raise NotAllowed(f"这份文件已经登记过{word}；登记错了的，请先撤销那一条。")


def take_back_change(
    change: ValidityChange, *, by: User, reason: str, now: datetime | None = None
) -> Document:
    """Take back a change of validity that was recorded by mistake (撤销登记). Raises NotAllowed."""
    with publication.act(by=by, action="take_back_change", reason=reason):
        fresh = publication.locked(change.document)
        row: Any = ValidityChange.objects.select_for_update().filter(pk=change.pk, revoked_at=None).first()
        if row is None:
            raise NotAllowed("这一条登记已经撤销了，请刷新页面。")
        if not rules.can_correct(by, fresh):
            raise NotAllowed("只有已公开的文件能撤销登记，并由本单位经办人或县政府办公室办理。")
        if not reason.strip():
            raise NotAllowed("请写明撤销登记的理由。")
        row.revoked_by, row.revoked_at = by, now or timezone.now()
        row.revoked_reason = publication.fits(row, "revoked_reason", reason)
        row.save()
        _derive(fresh)
    return fresh


def _derive(fresh: Document) -> None:
    """Set the columns that the validity of a day is reckoned from, by the changes that stand."""
    standing = fresh.validity_changes.filter(revoked_at=None)
    days = dict(standing.order_by().values_list("kind").annotate(first=Min("on")))
    repealed = standing.filter(kind=Validity.REPEALED).first()
    fresh.amended_on, fresh.lapsed_on = days.get(Validity.AMENDED), days.get(Validity.EXPIRED)
    fresh.repealed_on = repealed.on if repealed else None
    fresh.repealed_by = repealed.cause if repealed else None
    if repealed:
        fresh.validity = Validity.REPEALED
    elif fresh.validity == Validity.REPEALED:
        fresh.validity = Validity.IN_FORCE
    fresh.save()


def follow_ended(document: Document) -> None:
    """Laws whose text a document is fall with it, once its day has come. Within the caller's transaction."""
    if document.validity_now in {Validity.REPEALED, Validity.EXPIRED}:
        repeal_laws_of(document)


def follow_all_ended(*, now: datetime | None = None) -> int:
    """Let the laws fall whose document has ended meanwhile (a day that was to come, an expiry); returns how
    many documents that were. Found by query: a missed night does no harm."""
    today = timezone.localdate(now)
    texts = LawText.objects.exclude(law__state=LawState.REPEALED).filter(law__merged_into=None)
    ended = Document.objects.filter(pk__in=texts.values("document")).with_validity_on(today)
    rows = list(ended.filter(validity_then__in=[Validity.REPEALED, Validity.EXPIRED]))
    rows = [document for document in rows if not _spoken_of_since(document)]
    if rows:
        with publication.act(by=None, action="expire"):
            for document in rows:
                repeal_laws_of(document)
    return len(rows)


def _spoken_of_since(document: Document) -> bool:
    """Whether the office has said of the law (现行有效) since its document ended: then that holds."""
    day = end_of(document)
    said = Q(events__pgh_context__metadata__action="mark_law")
    if day is not None:
        said &= Q(events__pgh_created_at__date__gte=day)
    return Law.objects.filter(said, text__document=document).exists()


def set_warn_days(days: int, *, by: User) -> ValiditySetting:
    """How many days before its last one a document is shown to staff as ending. Raises NotAllowed."""
    if not rules.may_keep_record_settings(by):
        raise NotAllowed("有效期提醒由县政府办公室设置。")
    row = ValiditySetting.objects.filter(pk=1).first() or ValiditySetting(pk=1)
    row.warn_days = days
    return publication.stored(row)
