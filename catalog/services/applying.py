"""An approved adjustment written into the catalog: all or nothing, as one entry of the history."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import pghistory
from django.utils import timezone

from catalog.adjusting import from_values
from catalog.models import Adjustment, AdjustmentLine, Field, Item
from catalog.services.errors import NotAllowed
from catalog.services.inheritance import propagate
from catalog.services.items import issue_code, read_anew
from catalog.services.layouts import keep_layouts
from catalog.services.records import VERSION_FIELDS, WRITTEN_FIELDS, draft_of, fill, stamp
from catalog.states import LineAction

_NAMED = 5
_BATCH = 500
_PLACE_AT_THE_END = 10**9


def check_applicable(adjustment: Adjustment, in_force_on: date) -> None:
    """Refuse what could not be written: an item that changed since the proposal, or a day before the present
    version of one. Locks the items. Raises NotAllowed, with the items named and what to do."""
    lines = [line for line in adjustment.lines.all() if line.item_id]
    items = _lock(lines)
    moved = [
        items[line.item_id]
        for line in lines
        if items[line.item_id].version != line.base_version or items[line.item_id].retired_on is not None
    ]
    if moved:
        raise NotAllowed(
            f"提出以后，目录里的这些事项又有变化：{_named(moved)}。"
            "请逐项核对后退回，由提出单位按现在的目录重新提出。"
        )
    later = [item for item in items.values() if item.in_force_from and item.in_force_from > in_force_on]
    if later:
        newest = max(item.in_force_from for item in later if item.in_force_from)
        raise NotAllowed(
            {
                "in_force_on": [
                    f"生效日期不能早于事项现在版本的生效日期：{_named(later)}。"
                    f"请填{newest:%Y-%m-%d}或以后的日期。"
                ]
            }
        )


def _lock(lines: list[AdjustmentLine]) -> dict[int | None, Item]:
    pks = [line.item_id for line in lines]
    rows = Item.objects.select_for_update(of=("self",)).select_related("field").filter(pk__in=pks)
    return {item.pk: item for item in rows.order_by("pk")}


def _named(items: list[Item]) -> str:
    names = "、".join(f"“{item.name}”（{item.code}）" for item in items[:_NAMED])
    return f"{names}等 {len(items)} 项" if len(items) > _NAMED else names


def write_adjustment(adjustment: Adjustment, now: datetime) -> None:
    """Write the lines. The caller holds the adjustment's lock and has called `check_applicable`."""
    lines = list(adjustment.lines.all())
    fields = {
        row.pk: row
        for row in Field.objects.select_for_update()
        .filter(pk__in={line.field_id for line in lines})
        .order_by("pk")
    }
    items = _lock([line for line in lines if line.item_id])
    given: dict[str, Any] = {
        "by": adjustment.proposed_by,
        "reason": adjustment.reason,
        "on": adjustment.in_force_on,
        "today": timezone.localdate(now),
    }
    created: list[tuple[AdjustmentLine, Item]] = []
    changed: list[Item] = []
    retired: list[Item] = []
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            created.append((line, _new(line, fields[line.field_id], given)))
            continue
        item.updated_at = now
        stamp(item, **given)
        if line.action == LineAction.RETIRE:
            item.retired_on = item.in_force_from
            retired.append(item)
        else:
            changed.append(fill(item, from_values(line.values, draft_of(item)), position=item.position))
    context = {"action": "adjust", "adjustment": adjustment.pk, "reason": adjustment.reason}
    with pghistory.context(**context, approved_by=adjustment.decided_by_id):
        new = [item for _line, item in created]
        Item.objects.bulk_update(changed, [*WRITTEN_FIELDS, *VERSION_FIELDS], batch_size=_BATCH)
        Item.objects.bulk_update(retired, ["retired_on", "updated_at", *VERSION_FIELDS], batch_size=_BATCH)
        # After the changes: these were read with their old places.
        _make_room(new)
        Item.objects.bulk_create(new, batch_size=_BATCH)
        Field.objects.bulk_update(fields.values(), ["last_item_number"])
        read_anew([*new, *changed])
        propagate([*new, *changed, *retired], by=adjustment.proposed_by, now=now)
        for line, item in created:
            line.item = item
        AdjustmentLine.objects.bulk_update([line for line, _item in created], ["item"], batch_size=_BATCH)
        keep_layouts(adjustment.layouts)


def _new(line: AdjustmentLine, field: Field, given: dict[str, Any]) -> Item:
    item = Item(code=issue_code(field), agency_id=line.agency_id, field=field)
    fill(item, from_values(line.values), position=line.values.get("position") or _PLACE_AT_THE_END)
    for name, value in line.values.get("particulars", {}).items():
        setattr(item, name, value)
    return stamp(item, new=True, **given)


def _make_room(new: list[Item]) -> None:
    """Give new items the places that their file gave them, or the last ones; the others of the same table
    move on. A move is no version."""
    tables: dict[tuple[int, int], list[Item]] = defaultdict(list)
    for item in new:
        tables[item.agency_id, item.field_id].append(item)
    moved: list[Item] = []
    for (agency_id, field_id), coming in tables.items():
        rows = Item.objects.in_force().filter(agency_id=agency_id, field_id=field_id)
        order = list(rows.only("pk", "position").order_by("position", "pk"))
        if all(item.position == _PLACE_AT_THE_END for item in coming):
            last = order[-1].position if order else 0
            for place, item in enumerate(coming, start=last + 1):
                item.position = place
            continue
        for item in sorted(coming, key=lambda one: one.position):
            order.insert(item.position - 1, item)
        for place, item in enumerate(order, start=1):
            if item.position != place:
                item.position = place
                if item.pk is not None:
                    moved.append(item)
    Item.objects.bulk_update(moved, ["position"], batch_size=_BATCH)
