"""Writes to users: accounts, roles, passwords."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from agencies import rules
from agencies.models import Agency, User
from agencies.roles import ADMINISTRATOR, ROLES, Role
from agencies.services.logins import forget_failed_logins
from agencies.services.refusals import NotAllowed, clean, history, require

_USERS_ONLY = "只有系统管理员能管理用户。请联系系统管理员办理。"


@transaction.atomic
def create_user(
    *,
    username: str,
    full_name: str,
    agency: Agency,
    roles: Iterable[Role],
    by: User | None,
    password: str | None = None,
    email: str = "",
) -> User:
    """Open an account for a member of staff; without a password it cannot log in until one is set."""
    require(by is None or rules.may_manage_users(by), _USERS_ONLY)
    user = User(
        username=username.strip(), full_name=full_name.strip(), agency=agency, email=email, is_staff=True
    )
    user.set_unusable_password()
    _require_open_home(agency)
    clean(user)
    if password is not None:
        _set_password(user, password)
    with history(by, "create_user"):
        user.save()
        user.groups.set(_groups(roles))
    return user


@transaction.atomic
def update_user(
    *,
    user: User,
    by: User | None,
    username: str | None = None,
    full_name: str | None = None,
    agency: Agency | None = None,
    email: str | None = None,
    roles: Iterable[Role] | None = None,
) -> User:
    """Change an account's data, and its roles if given; None leaves a field as it is. Raises NotAllowed."""
    row = _locked_user(user, by)
    if agency is not None and agency.pk != row.agency_id:
        _require_open_home(agency)
    wanted = {"username": username, "full_name": full_name, "agency": agency, "email": email}
    changed = {name: value for name, value in wanted.items() if value is not None}
    if any(getattr(row, name) != value for name, value in changed.items()):
        for name, value in changed.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        clean(row)
        with history(by, "update_user"):
            row.save()
    if roles is not None:
        _apply_roles(row, roles, by)
    return row


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[Role], by: User | None) -> User:
    """Give the user exactly these roles. Raises NotAllowed where nobody could manage users afterwards."""
    row = _locked_user(user, by)
    _apply_roles(row, roles, by)
    user.__dict__.pop("role_names", None)
    return row


@transaction.atomic
def deactivate_user(*, user: User, by: User | None) -> User:
    """Stop an account: it cannot log in any more, and open sessions end with their next click."""
    row = _locked_user(user, by)
    require(by is None or by.pk != row.pk, "不能停用自己的账号。请让另一位系统管理员来办。")
    if ADMINISTRATOR.name in row.role_names:
        _require_another_administrator(row)
    with history(by, "deactivate_user"):
        row.is_active = False
        row.save(update_fields=["is_active"])
    return row


@transaction.atomic
def reactivate_user(*, user: User, by: User | None) -> User:
    """Let a stopped account log in again."""
    row = _locked_user(user, by)
    if row.agency:
        _require_open_home(row.agency)
    with history(by, "reactivate_user"):
        row.is_active = True
        row.save(update_fields=["is_active"])
    return row


@transaction.atomic
def reset_password(*, user: User, password: str, by: User | None) -> User:
    """Set a new password for somebody; open sessions of the account end. Raises NotAllowed if it is weak."""
    row = _locked_user(user, by)
    _set_password(row, password)
    with history(by, "reset_password"):
        row.save(update_fields=["password"])
    # The log-in page sends whoever is locked out here for a new password: it must work at once.
    forget_failed_logins(username=row.username)
    return row


def _require_open_home(agency: Agency) -> None:
    require(
        Agency.objects.filter(pk=agency.pk, active_to__isnull=True).exists(),
        f"「{agency}」已撤销，不能再有工作人员。请选择承接它职能的单位。",
        "agency",
    )


def _require_another_administrator(user: User, field: str = "") -> None:
    # The group's row is the lock: two administrators who dismiss each other wait here.
    Group.objects.select_for_update().get(name=ADMINISTRATOR.name)
    others = User.objects.filter(Q(groups__name=ADMINISTRATOR.name) | Q(is_superuser=True), is_active=True)
    require(
        others.exclude(pk=user.pk).exists(),
        f"「{user}」是最后一位系统管理员。请先让另一个人担任系统管理员。",
        field,
    )


def _apply_roles(row: User, roles: Iterable[Role], by: User | None) -> None:
    names = {role.name for role in roles}
    if ADMINISTRATOR.name in row.role_names and ADMINISTRATOR.name not in names:
        require(
            by is None or by.pk != row.pk or by.is_superuser,
            "不能取消自己的系统管理员角色。请让另一位系统管理员来办。",
            "roles",
        )
        _require_another_administrator(row, "roles")
    require(
        by is None or by.pk != row.pk or by.is_superuser or names <= row.role_names,
        "不能给自己增加角色。请让另一位系统管理员来办。",
        "roles",
    )
    gone = [role.name for role in ROLES if role.name not in names]
    with history(by, "set_roles"):
        row.groups.remove(*Group.objects.filter(name__in=gone))
        row.groups.add(*_groups(role for role in ROLES if role.name in names))
    row.__dict__.pop("role_names", None)


def _locked_user(user: User, by: User | None) -> User:
    row: User = User.objects.select_for_update().get(pk=user.pk)
    require(by is None or rules.may_manage_users(by), _USERS_ONLY)
    require(by is None or rules.may_manage_user(by, row), "超级用户的账号只能由超级用户管理。")
    return row


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise NotAllowed({"password": error.messages}) from error
    user.set_password(password)


def _groups(roles: Iterable[Role]) -> list[Group]:
    names = [role.name for role in roles]
    return list(Group.objects.filter(name__in=names))
