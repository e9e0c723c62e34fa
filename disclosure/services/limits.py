"""Since when the time limit of an item reads as it does, out of the history of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag
from django.utils import timezone

from catalog.models import Item
from catalog.time_limits import TimeLimit, parse_time_limit


def limit_changes(keys: Sequence[int]) -> dict[int, tuple[date, TimeLimit | None]]:
    """The day on which the present limit of an item came into force and the limit before it, for those items
    whose limit was another one once; one query, whatever their number.

    Another wording of the same limit is no change, nor is a limit that was taken back on the day on which it
    was set (撤销导入). An item that was retired and came back counts from the day of its return, with no
    limit before it.
    """
    found: dict[int, list[tuple[date, TimeLimit | None]]] = {}
    for key, text, retired_on, in_force_from, created_at in _turns(keys):
        day = in_force_from or timezone.localtime(created_at).date()
        days = found.setdefault(key, [])
        while days and days[-1][0] >= day:
            days.pop()
        days.append((day, None if retired_on else parse_time_limit(text)))
    changes = {key: _last_change(days) for key, days in found.items() if len(days) > 1}
    return {key: change for key, change in changes.items() if change}


def _turns(keys: Sequence[int]) -> Any:
    """The rows of the history at which the text of the limit changed or the item left or came back, and the
    first of each item; of items alone that have another version than their first."""
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    rows = events.filter(pgh_obj_id__in=keys, pgh_obj__version__gt=1).annotate(
        text_before=_before("time_limit"), retired_before=_before("retired_on")
    )
    turned = ~Q(time_limit=F("text_before")) | Q(text_before=None)
    left = Q(retired_on=None, retired_before__isnull=False) | Q(retired_on__isnull=False, retired_before=None)
    return (
        rows.filter(turned | left)
        .order_by("pgh_id")
        .values_list("pgh_obj_id", "time_limit", "retired_on", "in_force_from", "created_at")
    )


def _before(column: str) -> Window:
    return Window(Lag(column), partition_by=F("pgh_obj_id"), order_by=F("pgh_id").asc())


def _last_change(days: list[tuple[date, TimeLimit | None]]) -> tuple[date, TimeLimit | None] | None:
    now = _meaning(days[-1][1])
    since = days[-1][0]
    for day, limit in reversed(days[:-1]):
        if _meaning(limit) != now:
            return since, limit
        since = day
    return None


def _meaning(limit: TimeLimit | None) -> Any:
    """What of a limit tells by when. From which event it runs is no matter: the 成文日期 stands for all."""
    return limit and (limit.kind, limit.n, limit.unit, limit.period)
