"""Who may do what with the catalog: small predicates over roles and agency scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencies.roles import sees_whole_county
from catalog.states import WAITING_ADJUSTMENTS, AdjustmentState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import Agency, User
    from catalog.models import Adjustment, Item

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


def can_change_directly(user: Person) -> bool:
    """Whether the user writes into the catalog without a proposal: 县政府办公室, who approves adjustments."""
    return user.has_perm("catalog.approve_adjustment")


def can_propose(user: Person, agency: Agency) -> bool:
    """Whether the user may propose an adjustment of this agency's catalog (动态调整)."""
    return user.has_perm("catalog.add_adjustment") and covers(user, agency)


def can_pass(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may agree for the lead agency of the field: somebody of it, or above it; never the
    proposer. Where the field has lost its lead agency meanwhile: 县政府办公室."""
    if adjustment.state != AdjustmentState.PROPOSED or user.pk == adjustment.proposed_by_id:
        return False
    if (lead := adjustment.lead_agency) is None:
        return user.has_perm("catalog.approve_adjustment") and covers(user, adjustment.agency)
    return user.has_perm("catalog.pass_adjustment") and covers(user, lead)


def can_approve(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may approve for the county: 县政府办公室, never the proposer."""
    return (
        user.has_perm("catalog.approve_adjustment")
        and adjustment.state == AdjustmentState.PASSED
        and user.pk != adjustment.proposed_by_id
        and covers(user, adjustment.agency)
    )


def can_reject(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may decline: who could pass it now, and 县政府办公室 until it is written into the
    catalog. The proposer recalls instead."""
    if can_pass(user, adjustment):
        return True
    return (
        user.has_perm("catalog.approve_adjustment")
        and adjustment.state in WAITING_ADJUSTMENTS
        and user.pk != adjustment.proposed_by_id
        and covers(user, adjustment.agency)
    )


def can_recall(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may take it back: the proposer, until it is written into the catalog."""
    return (
        user.is_active
        and user.pk == adjustment.proposed_by_id
        and adjustment.state in WAITING_ADJUSTMENTS
        and user.has_perm("catalog.add_adjustment")
    )


def can_propose_again(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may propose once more what was refused or recalled: the proposer, and who may propose
    for the same agency."""
    return adjustment.state in {AdjustmentState.REJECTED, AdjustmentState.RECALLED} and can_propose(
        user, adjustment.agency
    )


def can_propose_reverse(user: Person, adjustment: Adjustment) -> bool:
    """Whether the user may propose the reverse of what was written into the catalog."""
    return adjustment.state == AdjustmentState.APPLIED and can_propose(user, adjustment.agency)


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


def can_change_law(user: Person) -> bool:
    """Whether the user may say of a law that it stands or was repealed, and merge laws."""
    return user.has_perm("catalog.change_law")


def can_keep_matter(user: Person, agency: Agency) -> bool:
    """Whether the user may say which items of this agency's catalog make one matter (一件事)."""
    return user.has_perm("catalog.change_matter") and covers(user, agency)


def can_set_inheritance(user: Person) -> bool:
    """Whether the user may let a catalog follow a template of the county."""
    return user.has_perm("catalog.add_cataloginheritance")


def can_stop_inheritance(user: Person) -> bool:
    """Whether the user may let a catalog follow its template no longer."""
    return user.has_perm("catalog.delete_cataloginheritance")


def can_take_up_again(user: Person, item: Item) -> bool:
    """Whether the user may set an item back to what its template says; others propose an adjustment."""
    return user.has_perm("catalog.delete_item") and covers(user, item.agency)


def can_change_field(user: Person) -> bool:
    """Whether the user may add or rename fields and their aliases: they hold for the whole county."""
    return user.has_perm("catalog.change_field")
