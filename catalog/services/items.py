"""Single items: created, changed, retired by 县政府办公室; what is an agency's own, by the agency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.drafts import Draft
from catalog.models import AdjustmentLine, Field, Item
from catalog.services.errors import NotAllowed
from catalog.services.inheritance import propagate
from catalog.services.records import VERSION_FIELDS, WRITTEN_FIELDS, fill, stamp, write_bases
from catalog.services.subjects import link_agencies, remember_unresolved, subject_index
from catalog.states import WAITING_ADJUSTMENTS

_LONGEST_CELL = 32_767  # what one Excel cell holds: a longer text could not be exported
#: What an agency writes itself, without an adjustment: whom to call and who answers for the item.
OWN_PARTICULARS = ("telephone", "stage", "responsible_office", "responsible_post", "matter")
_BESIDE_THE_TABLE = OWN_PARTICULARS[1:]
_PROPOSE = "目录内容由县政府办公室批准后才能改。请在事项页面填写调整理由，点「提出调整」。"


@transaction.atomic
def create_item(
    *,
    agency: Agency,
    field: Field,
    draft: Draft,
    by: User,
    reason: str = "新增事项",
    on: date | None = None,
    stage: str = "",
    particulars: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Item:
    """Add an item to an agency's catalog and give it its code (issued once, never reused).

    `on`: the day from which it holds, today for None; `particulars`: of OWN_PARTICULARS but the telephone,
    which the draft holds. Raises NotAllowed outside `by`'s scope or permission (others propose it),
    ValidationError for an item that cannot be.
    """
    if not rules.can_add_item(by, agency):
        raise NotAllowed("您只能为本单位（含下属单位）增加目录事项。")
    if not rules.can_change_directly(by):
        raise NotAllowed(_PROPOSE)
    check_draft(draft)
    today = timezone.localdate(now)
    locked = Field.objects.select_for_update().get(pk=field.pk)
    if locked.merged_into_id:
        raise NotAllowed(f"「{locked.name}」已并入「{locked.merged_into}」，请选择「{locked.merged_into}」。")
    last = (
        Item.objects.filter(agency=agency, field=locked).aggregate(last=models.Max("position"))["last"] or 0
    )
    item = Item(code=issue_code(locked), agency=agency, field=locked, stage=stage)
    locked.save(update_fields=["last_item_number"])
    with pghistory.context(action="create_item", reason=reason):
        fill(item, draft, position=last + 1)
        _set_particulars(item, particulars or {}, _BESIDE_THE_TABLE)
        stamp(item, by=by, reason=require_reason(reason), on=on, new=True, today=today)
        item.save(force_insert=True)
        read_anew([item])
        propagate([item], by=by, now=now)
    return item


def issue_code(field: Field) -> str:
    """The next code of a field whose row is locked; the caller stores `last_item_number`."""
    field.last_item_number += 1
    return f"{field.slug}-{field.last_item_number:05d}"


@transaction.atomic
def change_item(
    *,
    item: Item,
    draft: Draft,
    by: User,
    reason: str,
    on: date | None = None,
    particulars: Mapping[str, Any] | None = None,
    seen: int | None = None,
    now: datetime | None = None,
) -> Item:
    """Change an item as a new version; code, agency and field never change. Nothing is written where nothing
    differs. `seen`: the version that the writer had before the eyes.

    Raises NotAllowed outside `by`'s scope or permission (others propose it), for a retired item, for another
    version than `seen`, without a reason, or for a day that cannot be; ValidationError.
    """
    lock_field_of(item)
    fresh = _locked(item)
    if not rules.can_change_item(by, fresh):
        raise NotAllowed("您只能修改本单位（含下属单位）在用的目录事项。")
    if not rules.can_change_directly(by):
        raise NotAllowed(_PROPOSE)
    _check_seen(fresh, seen)
    check_draft(draft)
    before = _state(fresh)
    fill(fresh, draft, position=fresh.position)
    _set_particulars(fresh, particulars or {}, _BESIDE_THE_TABLE)
    if _state(fresh) == before:
        return fresh
    stamp(fresh, by=by, reason=require_reason(reason), on=on, today=timezone.localdate(now))
    fresh.updated_at = now or timezone.now()
    with pghistory.context(action="change_item", reason=reason):
        fresh.save(update_fields=[*WRITTEN_FIELDS, *VERSION_FIELDS, *_BESIDE_THE_TABLE])
        read_anew([fresh])
        propagate([fresh], by=by, now=now)
    return fresh


@transaction.atomic
def set_own_particulars(
    *,
    item: Item,
    by: User,
    values: Mapping[str, Any],
    reason: str = "",
    seen: int | None = None,
    now: datetime | None = None,
) -> Item:
    """Change what is the agency's own business (OWN_PARTICULARS): a new version, without an adjustment.

    Adjustments that wait keep their base: they do not speak of these columns. Nothing is written where
    nothing differs. Raises NotAllowed outside `by`'s scope or permission, for a retired item, for another
    version than `seen`, or for a matter of another catalog.
    """
    fresh = _locked(item)
    if not rules.can_change_item(by, fresh):
        raise NotAllowed("您只能修改本单位（含下属单位）在用的目录事项。")
    _check_seen(fresh, seen)
    before = _state(fresh)
    _set_particulars(fresh, values, OWN_PARTICULARS)
    if _state(fresh) == before:
        return fresh
    reason = reason.strip() or "更新电话、科室等联系信息"
    stamp(fresh, by=by, reason=reason, today=timezone.localdate(now))
    with pghistory.context(action="set_own_particulars", reason=reason):
        fresh.save(update_fields=[*OWN_PARTICULARS, *VERSION_FIELDS, "updated_at"])
        keep_waiting_bases({fresh.pk: fresh.version - 1})
    return fresh


@transaction.atomic
def retire_item(
    *, item: Item, by: User, reason: str, on: date | None = None, now: datetime | None = None
) -> Item:
    """Take an item out of the catalog. The row and its code stay: what was public remains traceable.

    Raises NotAllowed outside `by`'s scope or permission (others propose it), when it is retired already,
    without a reason, or for a day that cannot be.
    """
    lock_field_of(item)
    fresh = _locked(item)
    if not rules.can_retire_item(by, fresh):
        raise NotAllowed("您没有停用这一事项的权限，或它已经停用。")
    if not rules.can_change_directly(by):
        raise NotAllowed(_PROPOSE)
    stamp(fresh, by=by, reason=require_reason(reason), on=on, today=timezone.localdate(now))
    fresh.retired_on = fresh.in_force_from
    with pghistory.context(action="retire_item", reason=reason):
        fresh.save(update_fields=["retired_on", "updated_at", *VERSION_FIELDS])
        propagate([fresh], by=by, now=now)
    return fresh


def require_reason(reason: str) -> str:
    """The reason, trimmed. Raises NotAllowed for an empty one."""
    if not reason.strip():
        raise NotAllowed({"reason": ["请填写调整理由，例如依据哪份文件、哪项职能变化。"]})
    return reason.strip()


def keep_waiting_bases(old_versions: Mapping[int, int]) -> None:
    """Lines of adjustments that still wait and were written against these versions (item -> version) hold
    against the next one too: what was just written is no business of theirs."""
    lines = AdjustmentLine.objects.filter(
        item_id__in=old_versions, adjustment__state__in=WAITING_ADJUSTMENTS
    ).select_for_update(of=("self",))
    moved = [line for line in lines if line.base_version == old_versions[line.item_id or 0]]
    for line in moved:
        line.base_version = old_versions[line.item_id or 0] + 1
    AdjustmentLine.objects.bulk_update(moved, ["base_version"], batch_size=500)


def lock_field_of(item: Item) -> None:
    """Lock the field before the item, as imports and approvals do, so that no two writers wait for each
    other: what is written may go on to followers, whose codes are given out under the lock of the field."""
    Field.objects.select_for_update().filter(pk=item.field_id).first()


def _check_seen(item: Item, seen: int | None) -> None:
    if seen is not None and item.version != seen:
        who = f"，{item.changed_by}" if item.changed_by else ""
        raise NotAllowed(
            f"您打开这一页以后，这一事项有了新的版本（第 {item.version} 版{who}：{item.change_reason}）。"
            "没有写入。请另开一页查看现在的内容，把您要改的再填一次。"
        )


def _locked(item: Item) -> Item:
    fresh: Item = (
        Item.objects.select_for_update(of=("self",)).select_related("agency", "field").get(pk=item.pk)
    )
    return fresh


def _state(item: Item) -> dict[str, Any]:
    names = [*WRITTEN_FIELDS, "responsible_office", "responsible_post", "matter_id"]
    return {name: getattr(item, name) for name in names if name != "updated_at"}


def _set_particulars(item: Item, values: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for name, value in values.items():
        if name not in allowed:
            raise ValueError(name)
        setattr(item, name, value)
    matter = item.matter
    if matter is not None and (matter.agency_id, matter.field_id) != (item.agency_id, item.field_id):
        raise NotAllowed({"matter": ["「一件事」要选同一个目录、同一个领域里的。"]})


def read_anew(items: list[Item]) -> None:
    """What is understood of texts that were just written: bases and responsible agencies."""
    write_bases(items)
    index = subject_index()
    link_agencies(items, index)
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
