"""Who gave or took which role, read from the history: administrators do not oversee themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agencies.models import StaffRole, User

#: How far back the page looks, and how many changes it shows at most.
DAYS = 30
SHOWN = 200


@dataclass(frozen=True)
class RoleChange:
    """One role given to, or taken from, one person. `by` is None for the command line and set-up."""

    at: datetime
    by: User | None
    user: User | None
    role: str
    given: bool


def recent_role_changes(*, now: datetime) -> list[RoleChange]:
    """Return the changes of the last `DAYS` days, newest first. Two queries, however many there are."""
    events: Any = StaffRole.pgh_event_model.objects
    rows = list(
        events.filter(pgh_created_at__gte=now - timedelta(days=DAYS))
        .order_by("-pgh_id")
        .select_related("group", "pgh_context")[:SHOWN]
    )
    actors = {row.pk: (row.pgh_context.metadata if row.pgh_context else {}).get("user") for row in rows}
    wanted = {row.user_id for row in rows} | {pk for pk in actors.values() if pk}
    people = User.objects.select_related("agency").in_bulk(wanted)
    return [
        RoleChange(
            row.pgh_created_at,
            people.get(actors[row.pk]),
            people.get(row.user_id),
            row.group.name if row.group else "",
            row.pgh_label == "insert",
        )
        for row in rows
    ]
