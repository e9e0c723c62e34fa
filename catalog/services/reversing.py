"""An adjustment that was written by mistake, proposed the other way round as one: what it added leaves, what
it changed goes back, what it retired returns. Approved like any other; the versions in between stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from agencies.models import User
from catalog import rules
from catalog.adjusting import as_values, from_values
from catalog.drafts import Draft
from catalog.models import Adjustment, AdjustmentLine, Item
from catalog.services.adjustments import (
    ProposedLine,
    changes_norm,
    line_changing,
    line_retiring,
    propose_split,
)
from catalog.services.applying import line_name
from catalog.services.errors import NotAllowed
from catalog.services.proposing_again import ProposedAgain
from catalog.services.records import draft_of
from catalog.states import WAITING_ADJUSTMENTS, LineAction


@transaction.atomic
def propose_reverse(
    *, adjustment: Adjustment, reason: str, by: User, now: datetime | None = None
) -> ProposedAgain:
    """Propose the reverse of an adjustment that stands in the catalog. Items that no longer say what it made
    them say are left out and named. Raises NotAllowed to who may not propose for its agency, for one that was
    not written, that is being reversed already, or of which nothing stands any more."""
    old: Adjustment = (
        Adjustment.objects.select_for_update(of=("self",)).select_related("agency").get(pk=adjustment.pk)
    )
    if not rules.can_propose_reverse(by, old):
        raise NotAllowed("只有提出单位的同事可以按相反的内容提出已写入目录的调整。")
    title = f"撤回：{old.title}"[:200]
    waiting = Adjustment.objects.filter(agency=old.agency_id, title=title, state__in=WAITING_ADJUSTMENTS)
    if other := waiting.filter(pk__gt=old.pk).first():
        raise NotAllowed(f"已有一份相反的调整「{other}」（{other.get_state_display()}），请等它办完。")
    rows = old.lines.select_related("item__agency", "item__field", "adjustment").order_by("position", "pk")
    lines = list(rows)
    before = _before(lines)
    reversed_lines = [(line, _reversed(line, before.get(line.pk))) for line in lines]
    fitting = [new for _line, new in reversed_lines if new is not None]
    if not fitting:
        raise NotAllowed("这份调整写入的内容后来都又变过，没有可以撤回的。请在事项页面按现在的内容提出。")
    proposed = propose_split(agency=old.agency, title=title, reason=reason, lines=fitting, by=by, now=now)
    return ProposedAgain(proposed, [line_name(line) for line, new in reversed_lines if new is None])


def _reversed(line: AdjustmentLine, before: Draft | None) -> ProposedLine | None:
    """The opposite of a line; None where the item has gone on since."""
    item = line.item
    if item is None:
        return None
    if line.action == LineAction.RETIRE:
        if item.retired_on is None or item.version != (line.base_version or 0) + 1:
            return None
        return ProposedLine(LineAction.ADD, item.agency, item.field, item, as_values(draft_of(item)))
    now = draft_of(item)
    if item.retired_on is not None or (not line.as_template and _has_gone_on(line, now)):
        return None
    if line.action == LineAction.ADD:
        return line_retiring(item)
    return line_changing(item, before) if before is not None else None


def _has_gone_on(line: AdjustmentLine, now: Draft) -> bool:
    return changes_norm(from_values(line.values, now), now)


def _before(lines: Sequence[AdjustmentLine]) -> dict[int, Draft]:
    """What the changed items said before, by line."""
    wanted = {(line.item_id, line.base_version): line for line in lines if line.action == LineAction.CHANGE}
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    rows = events.filter(
        pgh_obj_id__in={pk for pk, _version in wanted}, version__in={version for _pk, version in wanted}
    ).select_related("field")
    found: dict[int, Draft] = {}
    for event in rows.order_by("pgh_id"):
        if line := wanted.get((event.pgh_obj_id, event.version)):
            found[line.pk] = draft_of(event)
    return found
