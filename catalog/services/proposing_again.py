"""A refused or recalled adjustment proposed again (重新提出), as far as its lines still fit the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import User
from catalog import rules
from catalog.models import Adjustment, AdjustmentLine, Field, Item
from catalog.services.adjustments import ProposedLine, propose_split
from catalog.services.applying import line_name, stale_lines
from catalog.services.errors import NotAllowed
from catalog.states import WAITING_ADJUSTMENTS, LineAction


@dataclass(frozen=True, slots=True)
class ProposedAgain:
    """The new adjustments (one for each lead agency), and the items that were left out because the catalog
    has changed there since."""

    adjustments: list[Adjustment]
    left_out: list[str]


@transaction.atomic
def propose_again(
    *, adjustment: Adjustment, reason: str, by: User, now: datetime | None = None
) -> ProposedAgain:
    """Propose the lines of a refused or recalled adjustment once more, as a new one: the old one stays as it
    was decided. A line whose item has another version by now, or that has left the catalog, is left out and
    named: it would overwrite what the proposer never saw.

    Raises NotAllowed to who may not propose for its agency, for an adjustment in another state or proposed
    again already, and where no line fits any more.
    """
    old: Adjustment = (
        Adjustment.objects.select_for_update(of=("self",)).select_related("agency").get(pk=adjustment.pk)
    )
    if not rules.can_propose_again(by, old):
        raise NotAllowed("只有提出单位的同事可以重新提出未同意或已收回的调整。")
    if other := proposed_again_already(old):
        raise NotAllowed(f"这份调整已经重新提出，请看「{other}」（{other.get_state_display()}）。")
    lines = list(old.lines.select_related("agency", "adjustment").order_by("position", "pk"))
    successors = _successors({line.field_id for line in lines})
    for line in lines:
        line.field = successors[line.field_id]
    items = _items(lines)
    stale = set(stale_lines(lines, items, old.proposed_at))
    fitting = [line for line in lines if line not in stale and _open(line)]
    if not fitting:
        raise NotAllowed("这份调整里的事项都已有变化，不能照原样重新提出。请在事项页面按现在的内容提出。")
    proposed = propose_split(
        agency=old.agency,
        title=old.title,
        reason=reason,
        lines=[_as_proposed(line, items) for line in fitting],
        in_force_on=old.in_force_on if _is_ahead(old, now) else None,
        by=by,
        file_name=old.file_name,
        layouts=[{**entry, "field": successors[entry["field"]].pk} for entry in old.layouts],
        now=now,
    )
    return ProposedAgain(proposed, [line_name(line) for line in lines if line not in fitting])


def proposed_again_already(adjustment: Adjustment) -> Adjustment | None:
    """A later adjustment of the same agency and title that still waits: a second click, or a colleague."""
    later = Adjustment.objects.filter(
        agency=adjustment.agency_id,
        title=adjustment.title,
        pk__gt=adjustment.pk,
        state__in=WAITING_ADJUSTMENTS,
    )
    found: Adjustment | None = later.order_by("pk").first()
    return found


def _successors(pks: set[int]) -> dict[int, Field]:
    """Each field, or the one into which it was merged in the end."""
    fields = {row.pk: row for row in Field.objects.select_related("merged_into")}
    found = {}
    for pk in pks:
        row = fields[pk]
        while row.merged_into_id is not None:
            row = fields[row.merged_into_id]
        found[pk] = row
    return found


def _items(lines: Sequence[AdjustmentLine]) -> dict[int | None, Item]:
    rows = Item.objects.select_related("agency", "field", "template")
    items = {item.pk: item for item in rows.filter(pk__in=[line.item_id for line in lines])}
    for line in lines:
        line.item = items.get(line.item_id or 0)
    return {**items}


def _open(line: AdjustmentLine) -> bool:
    return line.agency.active_to is None or line.action == LineAction.RETIRE


def _as_proposed(line: AdjustmentLine, items: dict[int | None, Item]) -> ProposedLine:
    values: dict[str, Any] = line.values
    return ProposedLine(LineAction(line.action), line.agency, line.field, items.get(line.item_id), values)


def _is_ahead(adjustment: Adjustment, now: datetime | None) -> bool:
    return adjustment.in_force_on is not None and adjustment.in_force_on > timezone.localdate(now)
