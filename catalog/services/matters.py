"""Matters (一件事): several items of one catalog that people live through as one, from decision to result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.drafts import bare
from catalog.models import Field, Item, Matter
from catalog.services.errors import NotAllowed
from catalog.services.items import keep_waiting_bases
from catalog.services.records import VERSION_FIELDS, stamp

_OWN_ONLY = "您只能整理本单位（含下属单位）目录里的一件事。"
_LEAST_ITEMS = 2
_BATCH = 500


@transaction.atomic
def save_matter(*, matter: Matter, by: User) -> Matter:
    """Store a matter; agency and field of one that has items stay. Raises NotAllowed, ValidationError."""
    _refuse(by, matter.agency)
    if matter.pk is not None:
        stored = Matter.objects.select_for_update().get(pk=matter.pk)
        moved = (stored.agency_id, stored.field_id) != (matter.agency_id, matter.field_id)
        if moved and stored.items.exists():
            raise NotAllowed("这件事已经选了事项，不能改到别的目录。请先去掉事项，或另建一件事。")
    matter.full_clean()
    with pghistory.context(action="save_matter"):
        matter.save()
    return matter


@transaction.atomic
def set_matter_items(
    *, matter: Matter, stages: Mapping[int, str], by: User, now: datetime | None = None
) -> int:
    """Say which items make the matter, each with its stage of the 五公开 ("" where it has none): exactly
    these. Each item that changes gets a version. Returns how many did. Raises NotAllowed for an item that
    does not stand in the matter's catalog, or stands in another matter."""
    locked = Matter.objects.select_for_update(of=("self",)).select_related("agency").get(pk=matter.pk)
    _refuse(by, locked.agency)
    items = {item.pk: item for item in _catalog_of(locked).filter(pk__in=stages)}
    if len(items) != len(stages):
        raise NotAllowed("所选事项里有的不在这份目录，或已经停用。请刷新后重新选择。")
    taken = [item for item in items.values() if item.matter_id not in (None, locked.pk)]
    if taken:
        names = "、".join(item.name for item in taken[:5])
        raise NotAllowed(f"这些事项已经属于另一件事：{names}。请先从那一件事里去掉。")
    leaving = list(_catalog_of(locked).filter(matter=locked).exclude(pk__in=items))
    changed = [item for item in leaving if _put(item, None, item.stage)]
    changed += [items[pk] for pk, stage in stages.items() if _put(items[pk], locked, stage)]
    for item in changed:
        verb = "列入" if item.matter_id else "不再列入"
        stamp(item, by=by, reason=f"{verb}「{locked.name}」", today=timezone.localdate(now))
        item.updated_at = now or timezone.now()
    with pghistory.context(action="set_matter_items", matter=locked.pk):
        written = ["matter", "stage", "updated_at", *VERSION_FIELDS]
        Item.objects.bulk_update(changed, written, batch_size=_BATCH)
        keep_waiting_bases({item.pk: item.version - 1 for item in changed})
    return len(changed)


@transaction.atomic
def delete_matter(*, matter: Matter, by: User) -> None:
    """Take a matter apart: its items stay, each by itself. Raises NotAllowed."""
    set_matter_items(matter=matter, stages={}, by=by)
    with pghistory.context(action="delete_matter"):
        Matter.objects.filter(pk=matter.pk).delete()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Items of one catalog under one 一级事项, of which none stands in a matter yet."""

    agency: Agency
    field: Field
    name: str
    count: int


def suggested_matters(items: Any, limit: int = 100) -> list[Suggestion]:
    """Groups of two and more items (of the queryset given) that share their 一级事项 and belong to no matter,
    largest first. What people call it is theirs to say."""
    groups: dict[tuple[int, int, str], list[str]] = {}
    rows = items.in_force().filter(matter=None, levels__len__gte=2)
    for agency, catalog_field, levels in rows.order_by().values_list("agency", "field", "levels").iterator():
        groups.setdefault((agency, catalog_field, bare(levels[0])), []).append(levels[0])
    large = sorted(
        (pair for pair in groups.items() if len(pair[1]) >= _LEAST_ITEMS),
        key=lambda pair: (-len(pair[1]), pair[0]),
    )[:limit]
    agencies = Agency.objects.in_bulk({key[0] for key, _names in large})
    fields = Field.objects.in_bulk({key[1] for key, _names in large})
    return [
        Suggestion(agencies[agency], fields[catalog_field], names[0], len(names))
        for (agency, catalog_field, _key), names in large
    ]


def belongs_by_name(matter: Matter, item: Item) -> bool:
    """Whether an item's 一级事项 is the matter's name: suggested, never set by itself."""
    return len(item.levels) > 1 and bare(item.levels[0]) == bare(matter.name)


def _catalog_of(matter: Matter) -> Any:
    rows = Item.objects.select_for_update(of=("self",)).in_force()
    return rows.filter(agency=matter.agency_id, field=matter.field_id).order_by("pk")


def _put(item: Item, matter: Matter | None, stage: str) -> bool:
    """Put an item into a matter or out of it; whether anything differs."""
    if (item.matter_id, item.stage) == (matter.pk if matter else None, stage):
        return False
    item.matter, item.stage = matter, stage
    return True


def _refuse(by: User, agency: Agency) -> None:
    if not rules.can_keep_matter(by, agency):
        raise NotAllowed(_OWN_ONLY)
