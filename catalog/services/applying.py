"""An approved adjustment written into the catalog: all or nothing, as one entry of the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
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


def check_applicable(adjustment: Adjustment) -> None:
    """Refuse what could not be written: an item that changed since the proposal, an equal one that has come
    meanwhile, an agency that was closed. Locks the fields, then the items, as imports do. Raises NotAllowed,
    with the items named and what to do."""
    _lock_fields(adjustment.lines.all())
    lines = list(adjustment.lines.select_related("agency"))
    items = _lock(lines)
    stale = stale_lines(lines, items, adjustment.proposed_at)
    if stale:
        raise NotAllowed(
            f"提出以后，目录里的这些事项又有变化：{_listed([line_name(line) for line in stale])}。"
            "请逐项核对后退回，由提出单位按现在的目录重新提出。"
        )
    staying = (line.agency for line in lines if line.action != LineAction.RETIRE)
    if closed := next((agency for agency in staying if agency.active_to), None):
        raise NotAllowed(f"「{closed.name}」已经撤销，不能再调整它的目录。请退回这份调整。")


def stale_lines(
    lines: Sequence[AdjustmentLine], items: Mapping[int | None, Item], since: datetime
) -> list[AdjustmentLine]:
    """The lines that do not fit the catalog any more: their item has another version, has left the catalog
    (or come back by itself), or an equal item has come after `since`."""
    adding = [line for line in lines if line.item_id is None]
    come: set[tuple[Any, ...]] = set()
    if adding:
        rows = Item.objects.in_force().filter(
            agency__in={line.agency_id for line in adding},
            field__in={line.field_id for line in adding},
            created_at__gte=since,
        )
        come = {
            (item.agency_id, item.field_id, draft_of(item).key)
            for item in rows.select_related("field").iterator(_BATCH)
        }
    return [
        line
        for line in lines
        if (_is_stale(line, items[line.item_id]) if line.item_id else _place(line) in come)
    ]


def _place(line: AdjustmentLine) -> tuple[Any, ...]:
    return line.agency_id, line.field_id, from_values(line.values).key


def _is_stale(line: AdjustmentLine, item: Item) -> bool:
    if item.version != line.base_version:
        return True
    if line.as_template and (item.template is None or item.template.retired_on is not None):
        return True
    return (item.retired_on is None) == line.takes_up


def line_name(line: AdjustmentLine) -> str:
    """An item of a proposal as a sentence names it."""
    if line.item is not None:
        return f"「{line.item.name}」（{line.item.code}）"
    return f"「{'/'.join(from_values(line.values).levels)}」"


def check_day(adjustment: Adjustment, in_force_on: date) -> None:
    """Refuse a day before the present version of an item. The caller has locked them (`check_applicable`)."""
    items = Item.objects.filter(adjustment_lines__adjustment=adjustment)
    later = [item for item in items if item.in_force_from and item.in_force_from > in_force_on]
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
    rows = Item.objects.select_for_update(of=("self",)).select_related("field", "template__field")
    items = {item.pk: item for item in rows.filter(pk__in=pks).order_by("pk")}
    for line in lines:
        line.item = items.get(line.item_id or 0)
    return {**items}


def _lock_fields(lines: Any) -> dict[int, Field]:
    pks = set(lines.values_list("field", flat=True))
    rows = Field.objects.select_for_update().filter(pk__in=pks)
    return {row.pk: row for row in rows.order_by("pk")}


def _named(items: list[Item]) -> str:
    return _listed([f"「{item.name}」（{item.code}）" for item in items])


def _listed(names: list[str]) -> str:
    listed = "、".join(names[:_NAMED])
    return f"{listed}等 {len(names)} 项" if len(names) > _NAMED else listed


def write_adjustment(adjustment: Adjustment, now: datetime) -> None:
    """Write the lines. The caller holds the adjustment's lock and has called `check_applicable`."""
    fields = _lock_fields(adjustment.lines.all())
    lines = list(adjustment.lines.all())
    items = _lock(lines)
    given: dict[str, Any] = {
        "by": adjustment.proposed_by,
        "reason": adjustment.reason,
        "today": timezone.localdate(now),
    }
    day = adjustment.in_force_on
    created: list[tuple[AdjustmentLine, Item]] = []
    changed: list[Item] = []
    retired: list[Item] = []
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            created.append((line, _new(line, fields[line.field_id], {**given, "on": day})))
            continue
        item.updated_at = now
        # A telephone that the agency changed after the day, before a late job: the base is the same still.
        stamp(item, on=max((one for one in (day, item.in_force_from) if one), default=None), **given)
        if line.takes_up:
            item.retired_on = None
        if line.as_template and item.template:
            template = replace(draft_of(item.template), telephone=item.telephone or item.template.telephone)
            changed.append(fill(item, template, position=item.template.position))
        elif line.action == LineAction.RETIRE:
            item.retired_on = item.in_force_from
            retired.append(item)
        else:
            changed.append(fill(item, from_values(line.values, draft_of(item)), position=item.position))
    context = {"action": "adjust", "adjustment": adjustment.pk, "reason": adjustment.reason}
    with pghistory.context(**context, approved_by=adjustment.decided_by_id):
        new = [item for _line, item in created]
        Item.objects.bulk_update(changed, [*WRITTEN_FIELDS, *VERSION_FIELDS, "retired_on"], batch_size=_BATCH)
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
