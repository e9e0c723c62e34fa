"""An import undone as one: what it changed goes back, what it retired returns, what it made is taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pghistory
from django.db import models, transaction
from django.utils import timezone

from agencies.models import User
from catalog import rules
from catalog.models import AdjustmentLine, Basis, CatalogImport, CatalogLayout, Field, Item
from catalog.services.errors import NotAllowed
from catalog.services.inheritance import propagate
from catalog.services.records import VERSION_FIELDS, stamp, write_bases
from catalog.services.subjects import link_agencies, subject_index
from catalog.states import WAITING_ADJUSTMENTS

# What an undo does not bring back: it is a version of its own.
_OWN = frozenset(
    ["id", "version", "in_force_from", "change_reason", "changed_by_id", "created_at", "updated_at"]
)
# Where an item stands in its table says nothing about the item.
_PLACE = frozenset(["position", "serial"])
_NAMED = 5
_BATCH = 200


@dataclass(slots=True)
class _Touched:
    """An item that the import wrote: the row now, its last state before, its state right after."""

    now: Item | None
    before: dict[str, Any] | None
    after: dict[str, Any]

    @property
    def only_moved(self) -> bool:
        """Whether the import gave it another place and nothing else."""
        return self.before is not None and self.before["version"] == self.after["version"]


@dataclass(slots=True)
class Undone:
    """How many items went back, returned into force, were taken out again."""

    restored: int = 0
    returned: int = 0
    removed: int = 0
    names: list[str] = field(default_factory=list)


@transaction.atomic
def undo_import(*, catalog_import: CatalogImport, by: User, now: datetime | None = None) -> Undone:
    """Undo an import: one transaction, one entry of the history, a new version of what goes back.

    Codes that it issued are not issued again. Raises NotAllowed outside `by`'s permission or scope; when it
    is undone already, or was written before imports could be undone; when an item has been changed since,
    or something refers to an item that would go: the text names the first few.
    """
    now = now or timezone.now()
    record: CatalogImport = (
        CatalogImport.objects.select_for_update(of=("self",))
        .select_related("agency")
        .get(pk=catalog_import.pk)
    )
    _check_record(record, by)
    _lock_fields(record)
    touched = _touched(record)
    _check_scope(touched, by)
    _check_unchanged_since(touched)
    gone = _with_late_followers([one.now for one in touched if one.before is None and one.now is not None])
    kept = _check_nobody_refers(gone)
    result = Undone(removed=len(gone))
    with pghistory.context(action="undo_import", import_id=record.pk, file=record.file_name):
        back = [one for one in touched if one.before is not None and one.now is not None]
        _put_back(back, f"撤销导入《{record.file_name}》", by, now, result)
        _retire([item for item in gone if item.pk in kept], f"撤销导入《{record.file_name}》", by, now)
        new = Item.objects.filter(pk__in=[item.pk for item in gone if item.pk not in kept])
        # What followers took over goes before the template's own items, to which it points.
        new.filter(template__in=gone).delete()
        new.delete()
        _put_layouts_back(record)
        record.undone_by, record.undone_at = by, now
        record.save(update_fields=["undone_by", "undone_at"])
    return result


def _check_record(record: CatalogImport, by: User) -> None:
    if not (rules.can_import(by, record.agency) and rules.can_change_directly(by)):
        raise NotAllowed("只有县政府办公室可以撤销导入。请联系县政府办公室。")
    if record.undone_at is not None:
        raise NotAllowed("这次导入已经撤销过了。")
    if record.history_context is None:
        raise NotAllowed("这次导入没有留下可以撤销的记录，请逐项修改，或导入原来的文件。")
    if CatalogImport.objects.filter(history_context=record.history_context).count() > 1:
        raise NotAllowed("这次导入与另一次导入一并写入，不能单独撤销。请导入原来的文件。")


def _events(model: Any) -> Any:
    return model.pgh_event_model.objects


def _lock_fields(record: CatalogImport) -> None:
    """Fields before items, as imports and approvals lock them."""
    written = _events(Item).filter(pgh_context_id=record.history_context)
    fields = Field.objects.select_for_update().filter(pk__in=written.values("field_id"))
    list(fields.order_by("pk").values_list("pk", flat=True))


def _columns() -> list[str]:
    return [column.attname for column in Item._meta.concrete_fields]


def _touched(record: CatalogImport) -> list[_Touched]:
    columns = _columns()
    first: dict[int, int] = {}
    last: dict[int, dict[str, Any]] = {}
    written = _events(Item).filter(pgh_context_id=record.history_context).order_by("pgh_id")
    for event in written.values("pgh_id", "pgh_obj_id", *columns):
        first.setdefault(event["pgh_obj_id"], event["pgh_id"])
        last[event["pgh_obj_id"]] = event
    before: dict[int, dict[str, Any]] = {}
    earlier = _events(Item).filter(pgh_obj_id__in=first).order_by("pgh_id")
    for event in earlier.values("pgh_id", "pgh_obj_id", *columns):
        if event["pgh_id"] < first[event["pgh_obj_id"]]:
            before[event["pgh_obj_id"]] = event
    rows = {
        item.pk: item
        for item in Item.objects.select_for_update(of=("self",)).filter(pk__in=first).order_by("pk")
    }
    return [_Touched(rows.get(pk), before.get(pk), last[pk]) for pk in first]


def _differs(item: Item, state: dict[str, Any], without: frozenset[str]) -> bool:
    return any(getattr(item, name) != state[name] for name in _columns() if name not in without)


def _check_scope(touched: Iterable[_Touched], by: User) -> None:
    agencies = {one.now.agency_id for one in touched if one.now}
    items = Item.objects.filter(agency_id__in=agencies).select_related("agency").order_by("agency_id")
    for item in items.distinct("agency_id"):
        if not rules.covers(by, item.agency):
            raise NotAllowed(f"「{item.agency.name}」不在您的管理范围内，不能撤销这次导入。")


def _check_unchanged_since(touched: Iterable[_Touched]) -> None:
    later = [
        one
        for one in touched
        if not one.only_moved
        and (
            one.now is None
            or one.now.version != one.after["version"]
            or _differs(one.now, one.after, _OWN | _PLACE)
        )
    ]
    if later:
        names = _listed([f"{one.after['levels'][-1]}（{one.after['code']}）" for one in later])
        raise NotAllowed(f"导入以后又有事项改过，不能整体撤销：{names}。请先看这些事项的历史，再逐项修改。")


def _with_late_followers(gone: list[Item]) -> list[Item]:
    """With the items that catalogs took over from these after the import and never touched."""
    pks = [item.pk for item in gone]
    late = Item.objects.select_for_update(of=("self",)).filter(template__in=pks, version=1)
    return [*gone, *late.exclude(pk__in=pks).order_by("pk")]


def _check_nobody_refers(items: Sequence[Item]) -> set[int]:
    """Refuse where something refers to an item that the import made: a document, an adjustment that waits.
    Returns the ids of items that a refused or recalled adjustment names: these leave the catalog, but their
    rows stay."""
    pks = {item.pk for item in items}
    lines = AdjustmentLine.objects.filter(item__in=pks)
    waiting = lines.filter(adjustment__state__in=WAITING_ADJUSTMENTS).select_related("adjustment")
    if titles := sorted({f"「{line.adjustment}」" for line in waiting}):
        raise NotAllowed(
            f"这次导入新增的事项有没办完的调整：{_listed(titles)}。请先收回或退回这些调整，再撤销导入。"
        )
    _refuse_referred(pks)
    kept = set(lines.values_list("item", flat=True))
    return kept | {item.template_id for item in items if item.pk in kept and item.template_id}


def _refuse_referred(pks: set[int]) -> None:
    lines: list[str] = []
    for relation in Item._meta.related_objects:
        model: Any = relation.related_model
        if model is Basis or model is Item.pgh_event_model or hasattr(model, "pgh_obj"):  # type: ignore[attr-defined]
            continue
        name = relation.field.name
        if (
            model is AdjustmentLine
            or not pks
            or model._meta.auto_created
            or getattr(model, "is_derived", False)
        ):
            continue
        referring = model._base_manager.filter(**{f"{name}__in": pks}).distinct()
        if model is Item:
            referring = referring.exclude(pk__in=pks)
        lines += [f"{model._meta.verbose_name}「{one}」" for one in referring[: _NAMED + 1]]
    if lines:
        raise NotAllowed(
            f"已有内容挂在这次导入新增的事项下，不能撤销：{_listed(lines)}。请先改挂到别的事项。"
        )


def _listed(names: list[str]) -> str:
    more = "等" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more


def _put_back(touched: list[_Touched], reason: str, by: User, now: datetime, result: Undone) -> None:
    columns = [name for name in _columns() if name not in _OWN]
    versions: list[Item] = []
    places: list[Item] = []
    for one in touched:
        item, before = one.now, one.before
        if item is None or before is None:
            continue
        if one.only_moved and any(getattr(item, name) != one.after[name] for name in (*_PLACE, "field_id")):
            continue  # somebody has moved it since
        whole = not one.only_moved and _differs(item, before, _OWN | _PLACE)
        if whole and item.retired_on is not None and before["retired_on"] is None:
            result.returned += 1
        elif whole:
            result.restored += 1
        for name in columns if whole else _PLACE:
            setattr(item, name, before[name])
        if whole:
            stamp(item, by=by, reason=reason, today=timezone.localdate(now))
            item.updated_at = now
        (versions if whole else places).append(item)
    names = [c.name for c in Item._meta.concrete_fields if c.attname not in ("id", "created_at", "code")]
    Item.objects.bulk_update(versions, names, batch_size=_BATCH)
    Item.objects.bulk_update(places, sorted(_PLACE), batch_size=_BATCH)
    write_bases(versions)
    link_agencies(versions, subject_index())
    # Who followed at the time has gone back already; who began since follows now.
    propagate(versions, by=by, now=now)


def _retire(items: Sequence[Item], reason: str, by: User, now: datetime) -> None:
    for item in items:
        stamp(item, by=by, reason=reason, today=timezone.localdate(now))
        item.retired_on, item.updated_at = timezone.localdate(now), now
    Item.objects.bulk_update(items, ["retired_on", "updated_at", *VERSION_FIELDS], batch_size=_BATCH)


def _put_layouts_back(record: CatalogImport) -> None:
    """The columns of the catalogs as they were known before, or not at all."""
    events = _events(CatalogLayout)
    first: dict[int, int] = {}
    for row in events.filter(pgh_context_id=record.history_context).order_by("pgh_id"):
        first.setdefault(row.pgh_obj_id, row.pgh_id)
    for layout in CatalogLayout.objects.filter(pk__in=first):
        before: models.Model | None = (
            events.filter(pgh_obj_id=layout.pk, pgh_id__lt=first[layout.pk]).order_by("pgh_id").last()
        )
        if before is None:
            layout.delete()
        else:
            layout.columns, layout.marks = before.columns, before.marks  # type: ignore[attr-defined]
            layout.save()
