"""Single items and fields: created, changed and retired by people in the back office."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.drafts import Draft
from catalog.models import Field, FieldAlias, Item
from catalog.services.errors import NotAllowed
from catalog.services.records import WRITTEN_FIELDS, fill, write_bases
from catalog.services.subjects import link_agencies, remember_unresolved, subject_index

_LONGEST_CELL = 32_767  # what one Excel cell holds: a longer text could not be exported


@transaction.atomic
def create_item(
    *, agency: Agency, field: Field, draft: Draft, by: User, stage: str = "", now: datetime | None = None
) -> Item:
    """Add an item to an agency's catalog and give it its code (issued once, never reused).

    Raises NotAllowed outside `by`'s scope or permission, ValidationError for an item that cannot be.
    """
    if not rules.can_add_item(by, agency):
        raise NotAllowed("您只能为本单位（含下属单位）增加目录事项。")
    check_draft(draft)
    locked = Field.objects.select_for_update().get(pk=field.pk)
    last = (
        Item.objects.filter(agency=agency, field=locked).aggregate(last=models.Max("position"))["last"] or 0
    )
    locked.last_item_number += 1
    locked.save(update_fields=["last_item_number"])
    item = Item(code=f"{locked.slug}-{locked.last_item_number:05d}", agency=agency, field=locked, stage=stage)
    with pghistory.context(action="create_item"):
        fill(item, draft, position=last + 1).save(force_insert=True)
        _read_anew(item)
    return item


@transaction.atomic
def change_item(
    *, item: Item, draft: Draft, by: User, stage: str | None = None, now: datetime | None = None
) -> Item:
    """Change an item; code, agency and field never change.

    Raises NotAllowed outside `by`'s scope or permission or for a retired item, ValidationError.
    """
    fresh: Item = (
        Item.objects.select_for_update(of=("self",)).select_related("agency", "field").get(pk=item.pk)
    )
    if not rules.can_change_item(by, fresh):
        raise NotAllowed("您只能修改本单位（含下属单位）在用的目录事项。")
    check_draft(draft)
    fill(fresh, draft, position=fresh.position)
    if stage is not None:
        fresh.stage = stage
    fresh.updated_at = now or timezone.now()
    with pghistory.context(action="change_item"):
        fresh.save(update_fields=WRITTEN_FIELDS)
        _read_anew(fresh)
    return fresh


@transaction.atomic
def retire_item(*, item: Item, by: User, on: date | None = None) -> Item:
    """Take an item out of the catalog. The row and its code stay: what was public remains traceable.

    Raises NotAllowed outside `by`'s scope or permission, or when it is retired already.
    """
    fresh: Item = Item.objects.select_for_update(of=("self",)).select_related("agency").get(pk=item.pk)
    if not rules.can_retire_item(by, fresh):
        raise NotAllowed("您没有停用这一事项的权限，或它已经停用。")
    fresh.retired_on = on or timezone.localdate()
    with pghistory.context(action="retire_item"):
        fresh.save(update_fields=["retired_on", "updated_at"])
    return fresh


def _read_anew(item: Item) -> None:
    write_bases([item])
    index = subject_index()
    link_agencies([item], index)
    remember_unresolved(index)


def check_draft(draft: Draft) -> None:
    """Refuse an item that could not stand in the official table. Raises ValidationError by field."""
    problems: dict[str, str] = {}
    if not draft.levels or not all(level.strip() for level in draft.levels):
        problems["levels"] = "请填写公开事项名称，一级一行。"
    elif len(draft.levels) > 4:
        problems["levels"] = "公开事项最多四级。"
    elif any(len(level) > 500 for level in draft.levels):
        problems["levels"] = "每一级名称最多 500 字。"
    for name in ("content", "basis", "time_limit", "subject"):
        if len(getattr(draft, name)) > _LONGEST_CELL:
            problems[name] = f"最多 {_LONGEST_CELL} 字，再长就放不进 Excel 的一个单元格。"
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def save_field(*, field: Field, aliases: Iterable[str] | None = None, by: User) -> Field:
    """Store a field and, when given, exactly these aliases. Raises NotAllowed, ValidationError."""
    if not rules.can_change_field(by):
        raise NotAllowed("领域由县政府办公室维护。")
    field.full_clean()
    with pghistory.context(action="save_field"):
        field.save()
        if aliases is not None:
            wanted = {name.strip() for name in aliases if name.strip()}
            field.aliases.exclude(name__in=wanted).delete()
            present = set(field.aliases.values_list("name", flat=True))
            FieldAlias.objects.bulk_create(FieldAlias(field=field, name=n) for n in sorted(wanted - present))
    return field
