"""Who may do what to agencies and users: small predicates, tested in a table (DESIGN, permissions)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencies.roles import ADMINISTRATOR, OFFICE, has_role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import Agency, User


def is_active_staff(user: User | AnonymousUser) -> bool:
    """Whether the user may act in the back office at all."""
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def may_manage_users(user: User | AnonymousUser) -> bool:
    """Users and roles belong to 系统管理员 (and superusers) alone."""
    return is_active_staff(user) and (bool(user.is_superuser) or has_role(user, ADMINISTRATOR))


def may_see_role_changes(user: User | AnonymousUser) -> bool:
    """Who gave whom which role is open to 县政府办公室 too: administrators do not oversee themselves."""
    return is_active_staff(user) and (bool(user.is_superuser) or has_role(user, ADMINISTRATOR, OFFICE))


def may_manage_user(user: User | AnonymousUser, target: User) -> bool:
    """A superuser's account is touched by superusers alone: else an administrator could become one."""
    return may_manage_users(user) and (bool(user.is_superuser) or not target.is_superuser)


def may_shape_tree(user: User | AnonymousUser) -> bool:
    """Founding, moving, closing and reopening agencies: 系统管理员 and superusers."""
    return may_manage_users(user)


def may_change_agencies(user: User | AnonymousUser) -> bool:
    """Whether the user may change some agency: 县政府办公室 keeps the disclosure guide (条例 12条)."""
    return is_active_staff(user) and (bool(user.is_superuser) or has_role(user, ADMINISTRATOR, OFFICE))


def may_change_agency(user: User | AnonymousUser, agency: Agency) -> bool:
    """Whether the user may change this agency's data and name. Both roles see the whole county."""
    return may_change_agencies(user)


def may_view_agency(user: User | AnonymousUser, agency: Agency) -> bool:
    """Whether the agency lies in the user's scope: the predicate beside `in_scope_of`."""
    if not is_active_staff(user):
        return False
    if user.is_superuser or has_role(user, ADMINISTRATOR, OFFICE):
        return True
    home: Agency | None = user.agency  # type: ignore[union-attr]
    return home is not None and agency.path.startswith(home.path)
