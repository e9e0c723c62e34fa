"""Who may do what with the tables of the search: small predicates (DESIGN, permissions)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencies.roles import CLERK, OFFICE, REVIEWER, has_role
from agencies.rules import is_active_staff, may_view_agency

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import User
    from portal.search.models import Want


def may_tune(user: User | AnonymousUser) -> bool:
    """Keep synonyms and best bets and see what people look for: 县政府办公室, for the whole county."""
    return is_active_staff(user) and (bool(user.is_superuser) or has_role(user, OFFICE))


def may_see_wants(user: User | AnonymousUser) -> bool:
    """See what was passed on to the own agency: whoever writes or signs there."""
    return is_active_staff(user) and (bool(user.is_superuser) or has_role(user, CLERK, REVIEWER, OFFICE))


def can_answer(user: User | AnonymousUser, want: Want) -> bool:
    """Say what was done about it: staff of the agency to which it was passed on, or above it."""
    return may_see_wants(user) and want.agency is not None and may_view_agency(user, want.agency)
