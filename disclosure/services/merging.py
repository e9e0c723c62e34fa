"""合并: the same document posted twice becomes one. The other address leads to it; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Document, LawText, Merge, ValidityChange
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication

#: Rows that point to a document and go over with it: name of the row in `moved`, rows, column.
_POINTING: tuple[tuple[str, Any, str], ...] = (
    ("repeals", Document, "repealed_by"),
    ("caused", ValidityChange, "cause"),
    ("laws", LawText, "document"),
)
_LINKS = ("items", "fields", "interpretations")


def merge_documents(
    source: Document, *, into: Document, by: User, reason: str, now: datetime | None = None
) -> Merge:
    """Let the posting `source` give way to `into`: its address leads there from now on (301), items, fields,
    interpretations and what it did to other documents go over; attachments stay with it, in store.

    Raises NotAllowed: without the role, unless both are public, while a correction of it is under way.
    """
    with publication.act(by=by, action="merge", reason=reason):
        held = publication.all_locked([source, into])
        gone, target = held[source.pk], held[into.pk]
        _refuse(gone, target, by=by, reason=reason)
        row: Any = Merge(source=gone, target=target, by=by, at=now or timezone.now())
        row.reason = publication.fits(row, "reason", reason)
        row.moved = _move(gone, target)
        row.save()
        gone.status, gone.merged_into = Publication.MERGED, target
        gone.save()
    return row  # type: ignore[no-any-return]


def _refuse(gone: Document, target: Document, *, by: User, reason: str) -> None:
    if not (rules.can_merge(by, gone) and rules.can_merge(by, target)):
        raise NotAllowed("重复公开的文件由县政府办公室合并；两份都要是已公开的。")
    if gone.pk == target.pk:
        raise NotAllowed("不能并入它自己，请另选要保留的那一份。")
    if {gone.status, target.status} != {Publication.PUBLISHED}:
        raise NotAllowed("两份都要是已公开的，才能合并。")
    under_way = (Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED)
    if gone.correction_drafts.filter(status__in=under_way).exists():
        raise NotAllowed("要并入的这一份有更正稿在办，请先办完或者删除更正稿。")
    if gone.kind != target.kind:
        raise NotAllowed("两份文件的类型不同，不是同一份，请核对。")
    if not reason.strip():
        raise NotAllowed("请写明理由：为什么是同一份文件。")


def _move(gone: Document, target: Document) -> dict[str, list[int]]:
    """Take over links that the target lacks; returns what moved, by kind."""
    moved: dict[str, list[int]] = {}
    for name in _LINKS:
        have = set(getattr(target, name).values_list("pk", flat=True))
        new = [pk for pk in getattr(gone, name).values_list("pk", flat=True) if pk not in have]
        getattr(target, name).add(*new)
        moved[name] = sorted(new)
    for name, model, column in _POINTING:
        rows: QuerySet[Any] = model._default_manager.filter(**{column: gone.pk})
        # What the target itself would point to stays: nothing repeals itself.
        rows = rows.exclude(pk=target.pk) if model is Document else rows
        rows = rows.exclude(document=target) if model is ValidityChange else rows
        moved[name] = sorted(rows.values_list("pk", flat=True))
        for one in rows:
            setattr(one, column, target)
            one.save(update_fields=[column])
    return moved


def undo_merge(merge: Merge, *, by: User, now: datetime | None = None) -> Document:
    """Take a merge back: the posting is public again under its own address, and what went over with it and
    still stands there comes back. Raises NotAllowed."""
    with publication.act(by=by, action="undo_merge"):
        held = publication.all_locked([merge.source, merge.target])
        gone, target = held[merge.source_id], held[merge.target_id]
        row = Merge.objects.select_for_update().filter(pk=merge.pk, undone_at=None).first()
        if row is None or gone.status != Publication.MERGED:
            raise NotAllowed("这次合并已经撤销了，请刷新页面。")
        if not rules.can_merge(by, gone):
            raise NotAllowed("合并由县政府办公室撤销。")
        _refuse_return(target)
        _move_back(row.moved, gone, target)
        row.undone_by, row.undone_at = by, now or timezone.now()
        row.save()
        gone.status, gone.merged_into = Publication.PUBLISHED, None
        gone.save()
    return gone


def _refuse_return(target: Document | None) -> None:
    """The same words may not come back by a side door while what they were merged into is down."""
    while target is not None and target.status == Publication.MERGED:
        target = target.merged_into
    if target is None or target.status != Publication.PUBLISHED:
        state = target.get_status_display() if target else Publication.PURGED.label
        raise NotAllowed(
            f"并入的那一份现在的状态是「{state}」，撤销合并会使同样的内容重新公开，不能撤销。"
            "确实要公开的，请先恢复那一份，或者另起新稿送审。"
        )


def _move_back(moved: dict[str, Iterable[int]], gone: Document, target: Document) -> None:
    for name in _LINKS:
        getattr(target, name).remove(*moved.get(name, ()))
    for name, model, column in _POINTING:
        rows = model._default_manager.filter(pk__in=list(moved.get(name, ())), **{column: target.pk})
        for one in rows:
            setattr(one, column, gone)
            one.save(update_fields=[column])
