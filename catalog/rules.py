"""Who may do what with the catalog: small predicates over roles and agency scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencies.roles import sees_whole_county

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import Agency, User
    from catalog.models import Item

    Person = User | AnonymousUser


def covers(user: Person, agency: Agency) -> bool:
    """Whether `agency` lies in the user's scope: the rule of `ScopedQuerySet.in_scope_of`, for one row."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    if sees_whole_county(user):
        return True
    return user.agency is not None and agency.path.startswith(user.agency.path)


def can_import(user: Person, agency: Agency) -> bool:
    """Whether the user may import a file as this agency's catalog."""
    return user.has_perm("catalog.import_catalog") and covers(user, agency)


def can_import_directly(user: Person) -> bool:
    """Whether an import is written at once; others propose it, and 县政府办公室 approves (动态调整)."""
    return user.has_perm("catalog.approve_adjustment")


def can_add_item(user: Person, agency: Agency) -> bool:
    """Whether the user may add an item to this agency's catalog."""
    return user.has_perm("catalog.add_item") and covers(user, agency)


def can_change_item(user: Person, item: Item) -> bool:
    """Whether the user may change this item; a retired one stays as it was."""
    return user.has_perm("catalog.change_item") and covers(user, item.agency) and item.retired_on is None


def can_retire_item(user: Person, item: Item) -> bool:
    """Whether the user may take this item out of the catalog."""
    return user.has_perm("catalog.delete_item") and covers(user, item.agency) and item.retired_on is None


def can_map_subjects(user: Person) -> bool:
    """Whether the user may say which agencies a literal 公开主体 means: it holds for the whole county."""
    return user.has_perm("catalog.change_subjectmapping")


def can_change_field(user: Person) -> bool:
    """Whether the user may add or rename fields and their aliases: they hold for the whole county."""
    return user.has_perm("catalog.change_field")
