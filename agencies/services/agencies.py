"""Writes to agencies: founding, changing, renaming, moving, closing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Length, Substr
from django.utils import timezone

from agencies import rules
from agencies.kinds import AgencyKind
from agencies.models import Agency, FormerName, User
from agencies.services.refusals import clean, history, require

ROOT = "county"
#: What `update_agency` may change. Code and path never change; name, place and end have their own services.
EDITABLE = (
    "kind",
    "short_name",
    "aliases",
    "credit_code",
    "duties",
    "disclosure_office",
    "address",
    "postcode",
    "office_hours",
    "phone",
    "fax",
    "email",
    "responsible",
    "order",
    "active_from",
)
_PATH_LENGTH = 400


@transaction.atomic
def create_agency(
    *, code: str, name: str, kind: str, parent: Agency, by: User | None, **details: Any
) -> Agency:
    """Found an agency under `parent`; `details` are fields of EDITABLE. Raises NotAllowed."""
    require(by is None or rules.may_shape_tree(by), "只有系统管理员能新增单位。请联系系统管理员办理。")
    _only_editable(details)
    _lock_tree()
    parent = Agency.objects.get(pk=parent.pk)
    _require_open_parent(parent)
    agency = Agency(code=code, name=name.strip(), kind=kind, parent=parent, **details)
    agency.path = f"{parent.path}{code}/"
    _save_agency(agency, by, "create_agency")
    return agency


@transaction.atomic
def update_agency(*, agency: Agency, by: User | None, **changes: Any) -> Agency:
    """Change fields of EDITABLE; what stays the same is not written. Raises NotAllowed."""
    row = _locked(agency)
    _require_may_change(by, row)
    _only_editable(changes)
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        _save_agency(row, by, "update_agency")
    return row


@transaction.atomic
def rename_agency(
    *,
    agency: Agency,
    name: str,
    on: date,
    by: User | None,
    note: str = "",
    short_name: str | None = None,
    now: datetime | None = None,
) -> Agency:
    """Give the agency a new name from `on` (更名); the old one is kept as a former name until that day.

    Raises NotAllowed for a day in the future, or not after the last renaming: the new name shows at once.
    """
    row = _locked(agency)
    _require_may_change(by, row)
    name = name.strip()
    require(name != row.name, "新名称和现在的名称一样，请填写新的名称。", "name")
    require(on <= _today(now), "更名日期不能晚于今天，请在更名生效当天或之后办理。", "on")
    last = row.former_names.order_by("-valid_to").first()
    begins = last.valid_to if last else row.active_from
    require(
        begins is None or on > begins,
        f"现名称从 {begins} 起使用，更名日期应在这一天之后。请核对日期。",
        "on",
    )
    with history(by, "rename_agency"):
        FormerName.objects.create(
            agency=row, name=row.name, valid_from=begins, valid_to=on, note=note.strip()
        )
    row.name = name
    row.short_name = row.short_name if short_name is None else short_name.strip()
    _save_agency(row, by, "rename_agency")
    return row


@transaction.atomic
def correct_agency_name(*, agency: Agency, name: str, by: User | None) -> Agency:
    """Put a misspelt name right: no renaming, so no former name is kept. Raises NotAllowed."""
    row = _locked(agency)
    _require_may_change(by, row)
    row.name = name.strip()
    _save_agency(row, by, "correct_agency_name")
    return row


@transaction.atomic
def move_agency(*, agency: Agency, parent: Agency, by: User | None) -> Agency:
    """Put the agency, with everything below it, under another parent. Raises NotAllowed for a circle."""
    require(by is None or rules.may_shape_tree(by), "只有系统管理员能调整单位的上级。请联系系统管理员办理。")
    _lock_tree()
    row, parent = _locked(agency), Agency.objects.get(pk=parent.pk)
    require(row.code != ROOT, "县政府是最上一级，不能移到别的单位下面。", "parent")
    require(
        not parent.path.startswith(row.path),
        f"「{parent}」就是本单位或在本单位之下，不能作为它的上级。请另选一个上级单位。",
        "parent",
    )
    _require_open_parent(parent)
    old, new = row.path, f"{parent.path}{row.code}/"
    subtree = Agency.objects.filter(path__startswith=old)
    longest = max(subtree.annotate(length=Length("path")).values_list("length", flat=True))
    require(longest - len(old) + len(new) <= _PATH_LENGTH, "层级太深，请移到更上一级的单位下面。", "parent")
    with history(by, "move_agency"):
        subtree.update(path=Concat(Value(new), Substr("path", len(old) + 1)))
        Agency.objects.filter(pk=row.pk).update(parent=parent)
    row.refresh_from_db()
    return row


@transaction.atomic
def close_agency(*, agency: Agency, on: date, by: User | None, now: datetime | None = None) -> Agency:
    """Note that the agency was abolished (撤销) on `on`; it leaves the public site at once, its record stays.

    Raises NotAllowed while open agencies stand below it or active staff belong to it.
    """
    require(by is None or rules.may_shape_tree(by), "只有系统管理员能办理单位撤销。请联系系统管理员办理。")
    _lock_tree()
    row = _locked(agency)
    require(row.code != ROOT, "县政府不能撤销。")
    require(row.active_to is None, f"「{row}」已在 {row.active_to} 撤销，不用再办。")
    require(on <= _today(now), "撤销日期不能晚于今天，请在撤销生效当天或之后办理。", "on")
    below = list(row.children.filter(active_to__isnull=True)[:3])
    require(not below, f"下面还有单位没有撤销或迁走（{'、'.join(map(str, below))} 等）。请先处理它们。")
    staff = User.objects.filter(agency=row, is_active=True).count()
    require(not staff, f"还有 {staff} 名在用人员属于本单位。请先把他们调到承接单位，或者停用他们的账号。")
    row.active_to = on
    _save_agency(row, by, "close_agency")
    return row


@transaction.atomic
def reopen_agency(*, agency: Agency, by: User | None) -> Agency:
    """Take an abolition back. Raises NotAllowed while the parent is closed."""
    require(by is None or rules.may_shape_tree(by), "只有系统管理员能恢复单位。请联系系统管理员办理。")
    _lock_tree()
    row = _locked(agency)
    if row.parent:
        _require_open_parent(row.parent)
    row.active_to = None
    _save_agency(row, by, "reopen_agency")
    return row


def _require_may_change(by: User | None, agency: Agency) -> None:
    require(
        by is None or rules.may_change_agency(by, agency),
        "单位资料由县政府办公室和系统管理员维护。需要修改时请联系他们。",
    )


def _require_open_parent(parent: Agency) -> None:
    require(
        parent.active_to is None, f"上级单位「{parent}」已撤销。请先恢复它，或另选一个上级单位。", "parent"
    )


def _only_editable(details: dict[str, Any]) -> None:
    unknown = sorted(details.keys() - set(EDITABLE))
    if unknown:
        raise TypeError(f"not editable by this service: {', '.join(unknown)}")


def _lock_tree() -> None:
    """Changes of the tree's shape go one after the other, so that no two of them close a circle."""
    Agency.objects.select_for_update().get(code=ROOT)


def _locked(agency: Agency) -> Agency:
    row: Agency = Agency.objects.select_for_update().get(pk=agency.pk)
    return row


def _save_agency(agency: Agency, by: User | None, service: str) -> None:
    agency.short_name = agency.short_name.strip()
    agency.aliases = list(dict.fromkeys(alias.strip() for alias in agency.aliases if alias.strip()))
    is_root = agency.code == ROOT
    require(
        (agency.kind == AgencyKind.COUNTY_GOVERNMENT) == is_root,
        "县政府是县里最上一级的那一个单位，别的单位请选择其他性质。",
        "kind",
    )
    clean(agency)
    others = Agency.objects.exclude(pk=agency.pk).filter(active_to__isnull=True)
    if agency.active_to is None:
        require(
            not others.filter(name=agency.name).exists(), f"已有单位叫「{agency.name}」，请核对名称。", "name"
        )
        require(
            not agency.credit_code or not others.filter(credit_code=agency.credit_code).exists(),
            "这个统一社会信用代码已属于另一个单位，请对照证书核对。",
            "credit_code",
        )
    with history(by, service):
        agency.save()


def _today(now: datetime | None) -> date:
    return timezone.localdate(now or timezone.now())
