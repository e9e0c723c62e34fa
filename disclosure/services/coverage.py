"""Coverage reckoned anew, and what staff say about items: 本年未产生, 在其他平台公开.

Documents leave marks at their items (triggers of migration 0004), items differ from the version that was
read, days pass: `refresh_stale` finds all three by query and reckons them in batches of bounded size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from itertools import groupby
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agencies.kinds import OUTSIDE_THE_REGULATION, AgencyKind
from agencies.models import User
from catalog.models import Item
from catalog.states import CatalogKind
from catalog.time_limits import TimeLimit, parse_time_limit
from disclosure import rules
from disclosure.coverage import (
    Assessment,
    Declared,
    Paper,
    Standing,
    assess,
    is_on_request,
    period_to_declare,
)
from disclosure.due_days import limit_of
from disclosure.link_check import BadAddressError, well_formed
from disclosure.models import Coverage, Declaration, Document, ElsewhereAddress
from disclosure.querysets import stale_items
from disclosure.services.errors import NotAllowed
from disclosure.services.limits import limit_changes
from disclosure.states import AddressState, CoverageState, Openness, Publication
from workdays.calendar import WorkCalendar
from workdays.models import load_calendar

#: Items reckoned in one transaction.
BATCH = 1000
#: Documents in the making count unless it was decided that they stay in (依申请公开, 不予公开).
_PUBLIC = Q(document__status=Publication.PUBLISHED, document__openness=Openness.PROACTIVE)
_COMING = Q(
    document__status__in=[Publication.DRAFT, Publication.SUBMITTED],
    document__openness__in=["", Openness.PROACTIVE],
)
_NAMES = {"count": "document_count", "late": "late_count"}
_DERIVED = (
    "state",
    "public_state",
    "reason",
    "next_due_on",
    "public_due_on",
    "last_published_on",
    "document_count",
    "late_count",
    "provisional",
    "ask_again",
    "review_on",
    "item_updated_at",
)


# Reckoning


def recompute_coverage(items: Iterable[int], *, now: datetime | None = None) -> int:
    """Reckon the coverage of the items with these keys; returns how many rows changed.

    A retired item loses its row. Each batch is a transaction of its own and holds its rows locked.
    """
    moment = now or timezone.now()
    calendar = load_calendar()
    keys, changed = sorted(set(items)), 0
    for start in range(0, len(keys), BATCH):
        changed += _recompute(keys[start : start + BATCH], moment, calendar)
    return changed


def refresh_stale(
    items: QuerySet[Any] | None = None, *, limit: int | None = None, now: datetime | None = None
) -> int:
    """Reckon what is missing, marked, changed or due to change by the day among `items` (default: all in
    force), at most `limit` of them; returns how many were looked at."""
    moment = now or timezone.now()
    rows = stale_items(Item.objects.in_force() if items is None else items, timezone.localtime(moment).date())
    return sum(_in_batches(rows, moment, limit))


def refresh_all(*, now: datetime | None = None) -> int:
    """Reckon every item in force, and forget the retired: each night, so that nothing stays wrong for long
    whichever way it was written (a new notice of holidays included). Returns how many were looked at."""
    Coverage.objects.exclude(item__retired_on=None).delete()
    return sum(_in_batches(Item.objects.in_force(), now or timezone.now(), None))


def refresh_marked() -> None:
    """After an act with a document: reckon the items at which it left a mark."""
    marked = Coverage.objects.filter(item_updated_at=None).values_list("pk", flat=True)
    recompute_coverage(list(marked.order_by("pk")[:BATCH]))


def _in_batches(rows: QuerySet[Any], moment: datetime, limit: int | None) -> Iterator[int]:
    calendar, last, left = load_calendar(), 0, limit
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        keys = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size])
        if not keys:
            return
        _recompute(keys, moment, calendar)
        last = keys[-1]
        left = None if left is None else left - len(keys)
        yield len(keys)


@transaction.atomic
def _recompute(keys: Sequence[int], moment: datetime, calendar: WorkCalendar) -> int:
    new = Item.objects.in_force().filter(pk__in=keys, coverage=None).values_list("pk", flat=True)
    Coverage.objects.bulk_create([Coverage(item_id=pk) for pk in new], ignore_conflicts=True)
    # Locked before anything is read: whoever writes later marks the row again and waits until we are through.
    rows = Coverage.objects.filter(pk__in=keys).order_by("pk").select_for_update()
    known: dict[int, Coverage] = {row.pk: row for row in rows}
    today = timezone.localtime(moment).date()
    changed = []
    for key, updated_at, standing in _standings(list(known)):
        row = known.pop(key)
        if _fill(row, assess(standing, today=today, calendar=calendar), updated_at):
            row.computed_at = moment
            changed.append(row)
    if known:
        Coverage.objects.filter(pk__in=list(known)).delete()
    Coverage.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["item"], update_fields=[*_DERIVED, "computed_at"]
    )
    return len(changed)


def _fill(row: Coverage, found: Assessment, updated_at: datetime) -> bool:
    """Put the assessment into the row; tell whether anything changed."""
    before = [getattr(row, name) for name in _DERIVED]
    for name, value in asdict(found).items():
        setattr(row, _NAMES.get(name, name), value)
    row.item_updated_at = updated_at
    return before != [getattr(row, name) for name in _DERIVED]


def _standings(keys: Sequence[int]) -> Iterator[tuple[int, datetime, Standing]]:
    """What is known of each item in force, one after the other: four queries, papers streamed."""
    declared: dict[int, list[Declared]] = defaultdict(list)
    said = Declaration.objects.standing().filter(item__in=keys).order_by()
    for key, start, end in said.values_list("item_id", "covers_from", "covers_until"):
        declared[key].append(Declared(start, end))
    names = "pk", "time_limit", "manner", "created_at", "in_force_from", "updated_at"
    owner = "agency__kind", "field__catalog"
    watch = "elsewhere__platform", "elsewhere__status"
    items = Item.objects.in_force().filter(pk__in=keys).order_by("pk").values_list(*names, *owner, *watch)
    papers, changes = _Papers(keys), limit_changes(keys)
    for key, text, manner, created_at, in_force_from, updated_at, kind, field, platform, status in items:
        created_on = timezone.localtime(created_at).date()
        # A template for villages binds only those that follow it: no day runs for whoever keeps it.
        template = field == CatalogKind.VILLAGE and kind != AgencyKind.VILLAGE
        limit, bound = parse_time_limit("" if template else text), kind not in OUTSIDE_THE_REGULATION
        changed, before = changes.get(key, (None, None))
        yield (
            key,
            updated_at,
            Standing(
                limit=limit_of(limit, bound=bound and not template),
                since=min(created_on, in_force_from or created_on),
                papers=papers.of(key),
                declared=declared.get(key, []),
                elsewhere=platform or "",
                dead=status == AddressState.DEAD,
                limit_since=changed,
                limit_before=limit_of(before, bound=bound) if before else None,
                on_request=is_on_request(manner),
            ),
        )


class _Papers:
    """The documents of many items in the order of their keys: only those of one item are held at a time."""

    def __init__(self, keys: Sequence[int]) -> None:
        links = Document.items.through.objects.filter(_PUBLIC | _COMING, item_id__in=keys).order_by("item_id")
        names = "status", "written_on", "published_on", "withholding__lifted_at"
        rows = links.values_list("item_id", *(f"document__{name}" for name in names))
        self._groups = groupby(rows.iterator(chunk_size=BATCH), key=lambda row: row[0])
        self._next = next(self._groups, None)

    def of(self, key: int) -> list[Paper]:
        """The papers of one item; must be asked in ascending order."""
        while self._next is not None and self._next[0] < key:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != key:
            return []
        papers = [
            Paper(status == Publication.PUBLISHED, formed, out, timezone.localdate(at) if at else None)
            for _, status, formed, out, at in self._next[1]
        ]
        self._next = next(self._groups, None)
        return papers


# What staff say


@contextmanager
def _act(action: str, by: User) -> Iterator[None]:
    with pghistory.context(user=by.pk, action=action), transaction.atomic():
        yield


def declare_none_arose(
    items: Sequence[Item], *, by: User, note: str = "", now: datetime | None = None
) -> tuple[list[Declaration], list[tuple[Item, str]]]:
    """Declare for each item that nothing arose in its present period (本年未产生).

    Returns the declarations and the items for which it cannot be said, with the reason. Raises NotAllowed
    when an item is out of `by`'s hands or the note is too long; then nothing is written.
    """
    moment = now or timezone.now()
    today, calendar = timezone.localtime(moment).date(), load_calendar()
    if len(note.strip()) > 200:
        raise NotAllowed("说明最多200个字，请写短些。")
    with _act("declare_none_arose", by):
        keys = [item.pk for item in items]
        fresh = list(Item.objects.filter(pk__in=keys).select_related("agency").order_by("pk"))
        for item in fresh:
            _refuse_foreign(item, by)
        recompute_coverage(keys, now=moment)
        covered = Coverage.objects.in_bulk(keys)
        wanted, refused = [], []
        for item in fresh:
            row = covered[item.pk]
            limit = parse_time_limit(item.time_limit)
            period = period_to_declare(limit, missed=_missed(row, limit), today=today, calendar=calendar)
            wanted.append((item, row, period))
        against = _against([(item.pk, period) for item, _, period in wanted])
        new = []
        for item, row, period in wanted:
            why = _why_not(row) or against.get(item.pk, "")
            if why:
                refused.append((item, why))
                continue
            new.append(
                Declaration(
                    item=item,
                    covers_from=period.covers_from,
                    covers_until=period.covers_until,
                    note=note.strip(),
                    declared_by=by,
                    declared_at=moment,
                )
            )
        Declaration.objects.bulk_create(new)
        recompute_coverage([one.item_id for one in new], now=moment)
    return new, refused


def _missed(row: Coverage, limit: TimeLimit) -> date | None:
    return row.next_due_on if row.state == CoverageState.OVERDUE and limit.period else None


def _why_not(row: Coverage) -> str:
    if row.state == CoverageState.HELD_ELSEWHERE:
        return "已登记在其他平台公开，不用声明。"
    if row.state == CoverageState.ON_REQUEST:
        return "这一项依申请公开，不用声明。"
    return ""


def _against(periods: Sequence[tuple[int, Declared]]) -> dict[int, str]:
    """Items whose documents or earlier declarations speak against declaring, with the sentence."""
    found: dict[int, str] = {}
    period_of = dict(periods)
    said = Declaration.objects.standing().filter(item__in=period_of)
    for one in said:
        if period_of[one.item_id] == Declared(one.covers_from, one.covers_until):
            found[one.item_id] = f"已经声明过了（到 {one.covers_until} 为止）。"
    links = Document.items.through.objects.filter(_PUBLIC | _COMING, item_id__in=period_of)
    earliest = min((one.covers_from for one in period_of.values()), default=None)
    if earliest is None:
        return found
    recent = Q(document__published_on__gte=earliest) | (_COMING & Q(document__written_on__gte=earliest))
    rows = links.filter(recent).values_list(
        "item_id", "document__status", "document__written_on", "document__published_on"
    )
    for key, status, written_on, published_on in rows.iterator(chunk_size=BATCH):
        period = period_of[key]
        if status == Publication.PUBLISHED and _within(published_on, period):
            found[key] = f"这一期已经公开过（{published_on}），不能声明未产生。"
        elif status != Publication.PUBLISHED and _within(written_on, period):
            found[key] = f"有一份 {written_on} 成文的文件还没有公开，请先公开它，或者改它的公开属性。"
    return found


def _within(day: date | None, period: Declared) -> bool:
    return day is not None and period.covers_from <= day <= period.covers_until


def revoke_declaration(declaration: Declaration, *, by: User, now: datetime | None = None) -> None:
    """Take a declaration back (收回声明). Raises NotAllowed when it is out of `by`'s hands or taken back."""
    with _act("revoke_declaration", by):
        rows = Declaration.objects.select_for_update(of=("self",)).select_related("item__agency")
        fresh = rows.get(pk=declaration.pk)
        _refuse_foreign(fresh.item, by)
        if fresh.revoked_at is not None:
            raise NotAllowed("这条声明已经收回了，请刷新页面。")
        fresh.revoked_by, fresh.revoked_at = by, now or timezone.now()
        fresh.save(update_fields=["revoked_by", "revoked_at"])
        recompute_coverage([fresh.item_id], now=now)


def keep_elsewhere(
    item: Item, *, by: User, platform: str, url: str, now: datetime | None = None
) -> ElsewhereAddress:
    """Record that the item is published on another platform (在其他平台公开), or change its address.

    The address counts as unchecked until the watch has looked. Raises NotAllowed.
    """
    moment = now or timezone.now()
    name = " ".join(platform.split())
    if not name or len(name) > 60:
        raise NotAllowed("请写平台的名称，最多60个字，例如：信用中国。")
    try:
        address = well_formed(url)
    except BadAddressError as problem:
        raise NotAllowed(str(problem)) from problem
    with _act("keep_elsewhere", by):
        fresh = Item.objects.select_for_update(of=("self",)).select_related("agency").get(pk=item.pk)
        _refuse_foreign(fresh, by)
        kept: ElsewhereAddress
        kept, _ = ElsewhereAddress.objects.update_or_create(
            item=fresh,
            defaults={
                "platform": name,
                "url": address,
                "kept_by": by,
                "kept_at": moment,
                "checked_at": None,
                "status": AddressState.UNCHECKED,
                "failures": 0,
                "failed_on": None,
                "problem": "",
            },
        )
        recompute_coverage([fresh.pk], now=moment)
    return kept


def forget_elsewhere(item: Item, *, by: User, now: datetime | None = None) -> None:
    """The item is no longer published elsewhere: its own time limit counts again. Raises NotAllowed."""
    with _act("forget_elsewhere", by):
        fresh = Item.objects.select_for_update(of=("self",)).select_related("agency").get(pk=item.pk)
        _refuse_foreign(fresh, by)
        ElsewhereAddress.objects.filter(item=fresh).delete()
        recompute_coverage([fresh.pk], now=now)


def _refuse_foreign(item: Item, by: User) -> None:
    if not rules.can_speak_for(by, item):
        raise NotAllowed(
            f"「{item.name}」要由它所在目录的单位的经办人或县政府办公室办理；停用的事项不用办理。"
        )
