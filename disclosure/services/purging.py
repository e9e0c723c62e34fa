"""封存清除: by two persons, on an order, for good. What remains is a chain of hashes (ADR 35)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from agencies.models import User
from disclosure import purge_hooks, rules
from disclosure.models import BackupSet, Document, Publishable, Purge, PurgeBackup
from disclosure.services import publication, purge_content, purge_parts
from disclosure.services.errors import NotAllowed
from disclosure.services.findings import number_mark
from disclosure.states import Publication, PurgeState

#: One purge at a time (key of an advisory lock): each seals the one before.
_CHAIN = 5_399_213
_SEALED = (
    "number",
    "previous_hash",
    "content_hash",
    "place",
    "object_id",
    "with_ids",
    "index_number",
    "order_number",
    "authority",
    "reason",
    "proposed_by_id",
    "confirmed_by_id",
    "number_marks",
)


def propose_purge(
    thing: Publishable,
    *,
    by: User,
    order_number: str,
    authority: str,
    reason: str,
    now: datetime | None = None,
) -> Purge:
    """Propose to remove something that is offline, on an order. Nothing is removed yet. Raises NotAllowed."""
    with publication.act(by=by, action="propose_purge"):
        fresh = publication.locked(thing)
        if not rules.may_purge(by):
            raise NotAllowed("封存清除由县政府办公室或系统管理员提出。")
        if fresh.status != Publication.OFFLINE:
            raise NotAllowed("只有已经紧急下线的内容才能封存清除，请先紧急下线。")
        given = [text.strip() for text in (order_number, authority, reason)]
        if not all(given):
            raise NotAllowed("请写明决定的文号、作出决定的机关和理由。")
        if any(fresh.title in text for text in given):
            raise NotAllowed("这几栏会一直保留，请不要写被清除内容的标题和文字。")
        place = fresh._meta.model_name or ""
        known = Purge.objects.filter(place=place, object_id=fresh.pk)
        if known.filter(state=PurgeState.PROPOSED).exists():
            raise NotAllowed("已经有人提出清除这一份，请由另一位同事确认或者取消。")
        purge: Any = Purge(place=place, object_id=fresh.pk, index_number=fresh.index_number, proposed_by=by)
        for name, text in zip(("order_number", "authority", "reason"), given, strict=True):
            setattr(purge, name, publication.fits(purge, name, text))
        purge.proposed_at = now or timezone.now()
        purge.with_ids = sorted(one.pk for one in _going_along(fresh))
        purge.save()
    return purge  # type: ignore[no-any-return]


def cancel_purge(purge: Purge, *, by: User, now: datetime | None = None) -> Purge:
    """Take a proposal back; the thing stays offline. Raises NotAllowed."""
    with publication.act(by=by, action="cancel_purge"):
        fresh = _proposed(purge, by)
        fresh.state, fresh.cancelled_by, fresh.cancelled_at = PurgeState.CANCELLED, by, now or timezone.now()
        fresh.save()
    return fresh


def confirm_purge(purge: Purge, *, by: User, now: datetime | None = None) -> Purge:
    """Remove it for good: another person than proposed it. Raises NotAllowed.

    In one transaction: rows emptied, parts and files deleted, history, logs, index and jobs wiped, the hash
    sealed. What of it still stands elsewhere in the database is listed in `remnants`, for people to judge.
    """
    with publication.act(by=by, action="confirm_purge"):
        fresh = _proposed(purge, by)
        if by.pk == fresh.proposed_by_id:
            raise NotAllowed("由您提出的，须由另一位同事确认。")
        thing, *along = _locked_with_all_along(_thing_of(fresh))
        if thing.status != Publication.OFFLINE:
            raise NotAllowed("这一份现在没有紧急下线，不能清除。请取消这次提出。")
        things = [thing, *along]
        parts = purge_parts.parts_of(things)
        words = purge_content.words_of(things, parts)
        _seal(fresh, things, purge_content.fingerprint(things, parts), by=by, at=now or timezone.now())
        removed = purge_content.remove(things, parts, words)
        removed.update(purge_hooks.run(fresh.place, [one.pk for one in things], words))
        fresh.removed = {table: count for table, count in sorted(removed.items()) if count}
        fresh.remnants = purge_content.remnants(words)
        fresh.save(update_fields=["removed", "remnants"])
        PurgeBackup.objects.bulk_create(
            PurgeBackup(purge=fresh, backup=one) for one in BackupSet.objects.filter(is_active=True)
        )
    return fresh


def _proposed(purge: Purge, by: User) -> Purge:
    if not rules.may_purge(by):
        raise NotAllowed("封存清除由县政府办公室或系统管理员办理。")
    found = Purge.objects.select_for_update().filter(pk=purge.pk, state=PurgeState.PROPOSED).first()
    if found is None:
        raise NotAllowed("这一条已经办过了，请刷新页面。")
    return found


def _thing_of(purge: Purge) -> Publishable:
    kinds = {kind._meta.model_name: kind for kind in Publishable.__subclasses__()}
    thing: Publishable = kinds[purge.place]._default_manager.get(pk=purge.object_id)
    return thing


def _going_along(thing: Publishable) -> list[Publishable]:
    """Correction drafts of it, and postings of a document that were merged into it: the same words."""
    found: dict[int, Publishable] = {}
    rows: Any = type(thing)._default_manager
    waiting = [thing.pk]
    while waiting:
        same = rows.filter(corrects__in=waiting)
        if isinstance(thing, Document):
            same |= rows.filter(merged_into__in=waiting, status=Publication.MERGED)
        new = [one for one in same if one.pk not in found and one.pk != thing.pk]
        found |= {one.pk: one for one in new}
        waiting = [one.pk for one in new]
    return [found[pk] for pk in sorted(found) if found[pk].status != Publication.PURGED]


def _locked_with_all_along(thing: Publishable) -> list[Publishable]:
    """The thing, then what goes along with it, locked in the one order of ids (`publication.locked`)."""
    held = publication.all_locked([thing, *_going_along(thing)])
    along = _going_along(thing)
    if {one.pk for one in along} | {thing.pk} != held.keys():  # begun or merged while this one waited
        raise NotAllowed("刚才有人起草了更正稿或者办了合并，请刷新页面核对后再确认。")
    return [held[one.pk] for one in (thing, *along)]


def _seal(purge: Purge, things: Sequence[Publishable], content: str, *, by: User, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN])
    last = Purge.objects.filter(state=PurgeState.DONE).order_by("-number").first()
    purge.number = (last.number or 0) + 1 if last else 1
    purge.previous_hash = last.chain_hash if last else ""
    purge.content_hash = content
    purge.with_ids = [one.pk for one in things[1:]]
    purge.number_marks = sorted({number_mark(one.doc_number) for one in things if one.doc_number})
    purge.state, purge.confirmed_by, purge.confirmed_at = PurgeState.DONE, by, at
    purge.chain_hash = seal_of(purge)
    purge.save()


def seal_of(purge: Purge) -> str:
    """The hash that seals a purge: over its content's hash, the seal before, who, what and on which order."""
    moment = purge.confirmed_at.astimezone(timezone.get_default_timezone()) if purge.confirmed_at else None
    told = [getattr(purge, name) for name in _SEALED] + [moment.isoformat() if moment else ""]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def verify_chain() -> list[str]:
    """Reckon the chain anew: a sentence for each purge whose seal does not fit; empty while all is well."""
    found, before, number = [], "", 0
    for purge in Purge.objects.filter(state=PurgeState.DONE).order_by("number"):
        number += 1
        if purge.number != number:
            found.append(f"第{number}次清除的记录不见了。")
            number = purge.number or number
        if purge.previous_hash != before:
            found.append(f"第{purge.number}次清除没有接着上一次封存。")
        if purge.chain_hash != seal_of(purge):
            found.append(f"第{purge.number}次清除的记录被改动过。")
        before = purge.chain_hash
    return found


def note_cleaned(
    line: PurgeBackup, *, by: User, on: date, note: str = "", now: datetime | None = None
) -> PurgeBackup:
    """Say that a backup was cleaned of what was purged. Raises NotAllowed."""
    with publication.act(by=by, action="note_cleaned"):
        if not rules.may_purge(by):
            raise NotAllowed("备份清理由县政府办公室或系统管理员登记。")
        fresh: Any = PurgeBackup.objects.select_for_update().get(pk=line.pk)
        if fresh.cleaned_on is not None:
            raise NotAllowed("这一份备份已经登记过清理。")
        if on > timezone.localdate(now):
            raise NotAllowed("清理日期不能在今天之后。")
        fresh.cleaned_on, fresh.cleaned_by = on, by
        fresh.note = publication.fits(fresh, "note", note)
        fresh.save()
    return fresh  # type: ignore[no-any-return]


def keep_backup_set(row: BackupSet, *, by: User) -> BackupSet:
    """Write one of the backups that a purge has to be cleaned out of. Raises NotAllowed."""
    with publication.act(by=by, action="keep_backup_set"):
        if not rules.may_purge(by):
            raise NotAllowed("备份清单由县政府办公室或系统管理员维护。")
        return publication.stored(row)
