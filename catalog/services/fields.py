"""Fields (领域): kept, renamed and merged by 县政府办公室, without losing what they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import pghistory
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from agencies.models import User
from catalog import field_merges, rules
from catalog.models import (
    AdjustmentLine,
    CatalogInheritance,
    CatalogLayout,
    Field,
    FieldAlias,
    Item,
    Matter,
)
from catalog.services.errors import NotAllowed
from catalog.services.items import keep_waiting_bases, require_reason
from catalog.services.records import VERSION_FIELDS, stamp
from catalog.states import WAITING_ADJUSTMENTS

_BATCH = 500
_KEPT = ("slug", "name", "catalog", "lead_agency", "order", "active_from", "active_to")


def _require_right(by: User) -> None:
    if not rules.can_change_field(by):
        raise NotAllowed("领域由县政府办公室维护。")


@transaction.atomic
def save_field(*, field: Field, aliases: Iterable[str] | None = None, by: User) -> Field:
    """Store a field and, when given, exactly these aliases. A new name is a correction: for a renaming that
    keeps the old one see `rename_field`. Raises NotAllowed, ValidationError."""
    _require_right(by)
    field.full_clean()
    wanted = {name.strip() for name in aliases or () if name.strip()}
    _refuse_taken(field, {field.name, *wanted})
    with pghistory.context(action="save_field"):
        # The counter of codes may have gone on since the row was read.
        field.save(update_fields=_KEPT if field.pk else None)
        if aliases is not None:
            field.aliases.exclude(name__in=wanted).delete()
            _add_aliases(field, wanted)
    return field


@transaction.atomic
def rename_field(
    *, field: Field, name: str, on: date | None = None, by: User, now: datetime | None = None
) -> Field:
    """Give a field a new name from a day on (更名; today for None). The old one stays as an alias, so that
    files and searches that use it are understood, and on exports of days before.

    Raises NotAllowed without permission, for a merged field, the same name, another field's name, or a day
    in the future.
    """
    _require_right(by)
    today = timezone.localdate(now)
    on = on or today
    fresh: Field = Field.objects.select_for_update().get(pk=field.pk)
    name = name.strip()
    if fresh.merged_into_id:
        raise NotAllowed("已并入另一个领域，不能再更名。")
    if not name or name == fresh.name:
        raise NotAllowed({"name": ["请填写新的名称。"]})
    if Field.objects.filter(name=name).exclude(pk=fresh.pk).exists():
        raise NotAllowed({"name": [f"已有领域叫「{name}」。要合并请用「并入另一个领域」。"]})
    _refuse_taken(fresh, {name})
    if on > today:
        raise NotAllowed({"on": [f"更名日期不能晚于今天（{today:%Y-%m-%d}）。"]})
    with pghistory.context(action="rename_field", on=on.isoformat()):
        old, fresh.name = fresh.name, name
        fresh.full_clean()
        fresh.save(update_fields=["name"])
        fresh.aliases.filter(name=name).delete()
        _add_aliases(fresh, {old})
    return fresh


@transaction.atomic
def merge_fields(
    *,
    source: Field,
    target: Field,
    reason: str,
    on: date | None = None,
    by: User,
    now: datetime | None = None,
) -> int:
    """Merge `source` into `target` from a day on (today for None); returns how many items moved.

    Items in force become a new version in the target, after those that stand there; codes stay. The
    target takes over name and aliases (files with the old caption go there), keeps its lead agency unless it
    has none, and gets layouts, inheritances and matters of the source where it has none of its own. The
    source ends; the catalog of a day before still shows it. Proposals that wait go on in the target, and
    so do documents of the source (`field_merges`).

    Raises NotAllowed without permission or reason; for the same field, another kind of catalog, a field
    that is merged already; for a day in the future or before the present version of an item.
    """
    _require_right(by)
    reason = require_reason(reason)
    today = timezone.localdate(now)
    on = on or today
    rows = Field.objects.select_for_update().filter(pk__in=[source.pk, target.pk]).order_by("pk")
    locked = {row.pk: row for row in rows}
    old, new = locked[source.pk], locked[target.pk]
    if old.pk == new.pk:
        raise NotAllowed({"target": ["不能并入自己，请选择另一个领域。"]})
    if old.catalog != new.catalog:
        raise NotAllowed({"target": ["两个领域不在同一种目录里，不能合并。"]})
    if old.merged_into_id or new.merged_into_id:
        raise NotAllowed("有一个领域已经并入别处，请刷新页面查看。")
    if new.active_to and new.active_to <= on:
        raise NotAllowed({"target": [f"「{new.name}」已经停用，请选择在用的领域。"]})
    with pghistory.context(action="merge_fields", source=old.slug, target=new.slug, reason=reason):
        moved = _move_items(old, new, by=by, reason=reason, on=on, today=today)
        _move_companions(old, new)
        field_merges.run_companions(old, new)
        names = {old.name, *old.aliases.values_list("name", flat=True)} - {new.name}
        _add_aliases(new, names)
        old.aliases.all().delete()
        if new.lead_agency_id is None and old.lead_agency_id is not None:
            new.lead_agency = old.lead_agency
            new.save(update_fields=["lead_agency"])
        old.active_to, old.merged_into = on, new
        old.save(update_fields=["active_to", "merged_into"])
    return moved


def _refuse_taken(field: Field, names: Iterable[str]) -> None:
    """A caption must lead to one field: a name or alias that another one bears is refused."""
    others = Field.objects.filter(merged_into=None).exclude(pk=field.pk)
    alias = FieldAlias.objects.filter(name__in=names, field__in=others).select_related("field").first()
    named = others.filter(name__in=names).first()
    if alias or named:
        owner, word = (alias.field, alias.name) if alias else (named, named and named.name)
        raise NotAllowed(
            f"「{word}」已经是「{owner}」的名称或别名，写着它的文件会分不清归哪个领域。"
            f"请换一个名称，或先从「{owner}」里去掉这个别名。"
        )


def _add_aliases(field: Field, names: Iterable[str]) -> None:
    present = set(field.aliases.values_list("name", flat=True))
    missing = sorted(set(names) - present)
    FieldAlias.objects.bulk_create(FieldAlias(field=field, name=name) for name in missing)


def _move_items(old: Field, new: Field, *, by: User, reason: str, on: date, today: date) -> int:
    last: dict[int, int] = defaultdict(int)
    standing = Item.objects.filter(field=new).order_by().values("agency").annotate(last=Max("position"))
    last.update({row["agency"]: row["last"] for row in standing})
    items = list(
        Item.objects.select_for_update(of=("self",))
        .in_force()
        .filter(field=old)
        .order_by("agency_id", "position", "pk")
    )
    versions = {item.pk: item.version for item in items}
    now = timezone.now()
    for item in items:
        stamp(item, by=by, reason=reason, on=on, today=today)
        last[item.agency_id] += 1
        item.field, item.position, item.updated_at = new, last[item.agency_id], now
    columns = ["field", "position", "updated_at", *VERSION_FIELDS]
    Item.objects.bulk_update(items, columns, batch_size=_BATCH)
    keep_waiting_bases(versions)
    return len(items)


def _move_companions(old: Field, new: Field) -> None:
    """Matters, layouts, inheritances and waiting proposals of the source go on in the target."""
    there = {(row.agency_id, row.name): row for row in Matter.objects.filter(field=new)}
    for matter in Matter.objects.filter(field=old):
        same = there.get((matter.agency_id, matter.name))
        if same is None:
            matter.field = new
            matter.save(update_fields=["field"])
            continue
        matter.items.update(matter=same)
        matter.delete()
    # The source keeps its layout: exports of days before the merge are printed with it.
    known = set(CatalogLayout.objects.filter(field=new).values_list("agency_id", flat=True))
    CatalogLayout.objects.bulk_create(
        CatalogLayout(agency_id=row.agency_id, field=new, columns=row.columns, marks=row.marks)
        for row in CatalogLayout.objects.filter(field=old).exclude(agency_id__in=known)
    )
    following = CatalogInheritance.objects.filter(field=new).values_list("agency_id", flat=True)
    CatalogInheritance.objects.filter(field=old, agency_id__in=list(following)).delete()
    CatalogInheritance.objects.filter(field=old).update(field=new)
    AdjustmentLine.objects.filter(field=old, adjustment__state__in=WAITING_ADJUSTMENTS).update(field=new)
