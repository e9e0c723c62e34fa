"""Dynamic adjustment (动态调整; 国办发〔2019〕54号): proposed by an agency, passed by the lead agency of the
field where there is another, approved by 县政府办公室, written into the catalog on its day."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.adjusting import as_values
from catalog.drafts import Draft
from catalog.models import Adjustment, AdjustmentLine, Field, Item
from catalog.planning import compare
from catalog.services.applying import check_applicable, check_day, write_adjustment
from catalog.services.errors import CatalogMoved, NotAllowed
from catalog.services.importing import ImportPlan, state_mark
from catalog.services.items import OWN_PARTICULARS, check_draft, require_reason
from catalog.services.layouts import as_stored
from catalog.services.records import draft_of
from catalog.states import ADJUSTMENT_MOVES, AdjustmentState, LineAction

#: The hourly job that calls `apply_due`.
TASK = "catalog.apply_due_adjustments"
_BATCH = 1000
_HANDLED = "这份调整现在不能这样办，可能同事已经处理过了，请刷新页面查看。"
_NOTHING = "没有改动，不需要提出调整。"
#: The telephone of an item that exists is the agency's own business and never waits for an approval.
_OWN_CELLS = frozenset({"telephone"})


@dataclasses.dataclass(frozen=True, slots=True)
class ProposedLine:
    """One item of a proposal. `item` is None for one to be added; `values` as `adjusting.as_values` gives
    them, and beside them what a new item starts with: "particulars", "position"."""

    action: LineAction
    agency: Agency
    field: Field
    item: Item | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def line_adding(
    agency: Agency, catalog_field: Field, draft: Draft, particulars: Mapping[str, Any] | None = None
) -> ProposedLine:
    """A line that adds an item. `particulars`: of OWN_PARTICULARS, texts only. Raises ValidationError."""
    check_draft(draft)
    beside = {name: value for name, value in (particulars or {}).items() if name in OWN_PARTICULARS and value}
    values = {**as_values(draft), "particulars": beside}
    return ProposedLine(LineAction.ADD, agency, catalog_field, values=values)


def line_changing(item: Item, draft: Draft) -> ProposedLine:
    """A line that changes an item to `draft`, its telephone left as it is. Raises ValidationError."""
    check_draft(draft)
    return ProposedLine(
        LineAction.CHANGE, item.agency, item.field, item, as_values(draft, without=_OWN_CELLS)
    )


def line_taking_up(item: Item) -> ProposedLine:
    """A line that brings an item back that was left out against its template: it will say what the template
    says on the day when it is written. Raises NotAllowed where there is nothing to take up."""
    if item.template is None or item.template.retired_on is not None:
        raise NotAllowed("县级模板里已经没有这一事项，不能重新沿用。")
    if item.retired_on is None:
        return line_changing(item, draft_of(item.template))
    values = {**as_values(draft_of(item.template)), "as_template": True}
    return ProposedLine(LineAction.ADD, item.agency, item.field, item, values)


def line_retiring(item: Item) -> ProposedLine:
    """A line that takes an item out of the catalog."""
    return ProposedLine(LineAction.RETIRE, item.agency, item.field, item)


def changes_norm(old: Draft, new: Draft) -> bool:
    """Whether two drafts of an item differ in what needs an adjustment: any cell but the agency's own."""
    return any(change.attribute not in _OWN_CELLS for change in compare(old, new))


def changes_own(old: Draft, new: Draft) -> bool:
    """Whether they differ in what is the agency's own."""
    return any(change.attribute in _OWN_CELLS for change in compare(old, new))


@transaction.atomic
def propose(
    *,
    agency: Agency,
    title: str,
    reason: str,
    lines: Sequence[ProposedLine],
    in_force_on: date | None = None,
    by: User,
    file_name: str = "",
    layouts: Sequence[Mapping[str, Any]] = (),
    now: datetime | None = None,
) -> Adjustment:
    """Propose an adjustment of catalogs of `agency` and below; `in_force_on` is the day that it wishes,
    `layouts` the columns of the file that it comes from (`layouts.as_stored`).

    It waits for the lead agency of the fields; where there is none, or the proposing agency is that, for
    县政府办公室 at once. Raises NotAllowed outside `by`'s scope or permission, without a reason or a line,
    for a retired item, and for fields of several lead agencies: these are proposed one by one, so that no
    agency waits for another's consent.
    """
    reason = require_reason(reason)
    for owner in {line.agency.pk: line.agency for line in lines}.values():
        if not rules.can_propose(by, owner):
            raise NotAllowed(f"您只能对本单位（含下属单位）的目录提出调整，「{owner.name}」不在其中。")
    leads = _leads(lines) - {agency.pk}
    if len(leads) > 1:
        raise NotAllowed("这些事项属于不同牵头单位的领域，请按领域分开提出。")
    items = _lock_items([line for line in lines if line.item])
    if not lines:
        raise NotAllowed(_NOTHING)
    if ended := next((line.field for line in lines if line.field.merged_into_id), None):
        raise NotAllowed(f"「{ended.name}」已并入「{ended.merged_into}」，请在那里提出。")
    with pghistory.context(action="propose_adjustment", reason=reason):
        adjustment: Adjustment = Adjustment.objects.create(
            agency=agency,
            title=title[:200],
            reason=reason[:300],
            in_force_on=in_force_on,
            state=AdjustmentState.PROPOSED if leads else AdjustmentState.PASSED,
            file_name=file_name[:255],
            layouts=[entry for entry in layouts if entry["field"] in {line.field.pk for line in lines}],
            proposed_by=by,
            proposed_at=now or timezone.now(),
        )
        _write_lines(adjustment, lines, items)
    return adjustment


def _write_lines(adjustment: Adjustment, lines: Sequence[ProposedLine], items: Mapping[int, Item]) -> None:
    rows = [
        AdjustmentLine(
            adjustment=adjustment,
            position=position,
            action=line.action,
            item=items[line.item.pk] if line.item else None,
            agency=line.agency,
            field=line.field,
            values=dict(line.values),
            base_version=items[line.item.pk].version if line.item else None,
        )
        for position, line in enumerate(lines, start=1)
    ]
    AdjustmentLine.objects.bulk_create(rows, batch_size=_BATCH)


def _leads(lines: Iterable[ProposedLine]) -> set[int]:
    """The lead agencies that have to pass. One that was closed holds nobody up."""
    named = {line.field.lead_agency_id for line in lines if line.field.lead_agency_id}
    return set(Agency.objects.published().filter(pk__in=named).values_list("pk", flat=True))


def _lock_items(lines: Sequence[ProposedLine]) -> dict[int, Item]:
    rows = Item.objects.select_for_update(of=("self",)).filter(
        pk__in={line.item.pk for line in lines if line.item}
    )
    items = {item.pk: item for item in rows.order_by("pk")}
    if len(items) < len(lines):
        raise NotAllowed("同一事项在一份调整里出现了两次，或已经不在目录里。请刷新后重新选择。")
    for line in lines:
        assert line.item is not None  # noqa: S101 - the caller's choice
        item = items[line.item.pk]
        if (item.retired_on is None) == (line.action == LineAction.ADD):
            state = "又在用了，不用再恢复" if item.retired_on is None else "已经停用，不能再调整"
            raise NotAllowed(f"「{item.name}」（{item.code}）{state}。")
        if item.version != line.item.version:
            raise NotAllowed(
                f"「{item.name}」（{item.code}）刚刚有了新的版本。请刷新页面，按现在的内容再提出。"
            )
    return items


@transaction.atomic
def propose_import(
    *,
    plan: ImportPlan,
    retire: Sequence[int],
    agency: Agency,
    by: User,
    file_name: str,
    reason: str,
    now: datetime | None = None,
) -> list[Adjustment]:
    """Propose what an import would do. What touches fields of several lead agencies becomes one adjustment
    for each of these. Another order of the rows alone is no proposal: a place in the table is nothing that an
    item says, and the preview tells. NotAllowed as for `propose`; CatalogMoved where a catalog has changed
    since it was compared."""
    fields = {row.slug: row for row in Field.objects.filter(slug__in=[p.field_slug for p in plan.plans])}
    owners = Agency.objects.in_bulk([part.agency_id for part in plan.plans])
    changed = [planned.known.pk for planned in plan.of("changed") if planned.known]
    items = Item.objects.select_related("agency", "field").in_bulk([*changed, *retire])
    lines: list[ProposedLine] = []
    for part in plan.plans:
        owner, catalog_field = owners[part.agency_id], fields[part.field_slug]
        for planned in part.items:
            values = {**as_values(planned.draft), "position": planned.position}
            if planned.status == "new":
                lines.append(ProposedLine(LineAction.ADD, owner, catalog_field, values=values))
            elif planned.status == "changed" and planned.known:
                item = items[planned.known.pk]
                if not changes_own(planned.known.draft, planned.draft):
                    # It may change on its own way while the proposal waits.
                    values.pop("telephone")
                lines.append(ProposedLine(LineAction.CHANGE, owner, catalog_field, item, values))
    lines += [line_retiring(items[pk]) for pk in retire]
    if not lines:
        raise NotAllowed("文件与现有目录逐格相同，不需要提出调整。")
    title = f"按《{file_name}》调整目录"
    proposed = propose_split(
        agency=agency,
        title=title,
        reason=reason,
        lines=lines,
        by=by,
        file_name=file_name,
        layouts=as_stored(plan.layouts, fields),
        now=now,
    )
    # The items are locked by now.
    if plan.seen != state_mark({(part.agency_id, part.field_slug) for part in plan.plans}):
        raise CatalogMoved("预览以后目录有了变化，请核对新的预览，再提交。")
    return proposed


@transaction.atomic
def propose_split(
    *, agency: Agency, lines: Sequence[ProposedLine], by: User, **rest: Any
) -> list[Adjustment]:
    """Propose what may touch fields of several lead agencies: one adjustment for each of these, those that
    wait for no lead agency first. Arguments and NotAllowed as for `propose`."""
    groups: dict[int, list[ProposedLine]] = defaultdict(list)
    leads = _leads(lines)
    for line in lines:
        lead = line.field.lead_agency_id if line.field.lead_agency_id in leads else 0
        groups[0 if lead == agency.pk else lead].append(line)
    return [propose(agency=agency, lines=groups[lead], by=by, **rest) for lead in sorted(groups)]


@transaction.atomic
def pass_on(*, adjustment: Adjustment, by: User, now: datetime | None = None) -> Adjustment:
    """The lead agency of the field agrees (牵头单位同意). Raises NotAllowed."""
    fresh = _locked_for(adjustment, "pass")
    if not rules.can_pass(by, fresh):
        raise NotAllowed("由领域的牵头单位审核，提出人不能审核自己的调整。")
    fresh.passed_by, fresh.passed_at = by, now or timezone.now()
    return _moved(fresh, "pass", "passed_by", "passed_at")


@transaction.atomic
def approve(
    *, adjustment: Adjustment, in_force_on: date, by: User, now: datetime | None = None
) -> Adjustment:
    """县政府办公室 approves; written into the catalog at once where the day has come, else on that day.

    Raises NotAllowed: to others and to the proposer; when an item has changed since the proposal (named,
    with what to do); for a day before the present version of an item.
    """
    fresh = _locked_for(adjustment, "approve")
    if by.pk == fresh.proposed_by_id:
        raise NotAllowed("这份调整是您提出的，不能由您自己批准，请另一位同事批准。")
    if not rules.can_approve(by, fresh):
        raise NotAllowed("目录调整由县政府办公室批准。")
    now = now or timezone.now()
    check_applicable(fresh)
    check_day(fresh, in_force_on)
    fresh.decided_by, fresh.decided_at, fresh.in_force_on, fresh.remarks = by, now, in_force_on, ""
    _moved(fresh, "approve", "decided_by", "decided_at", "in_force_on", "remarks")
    if in_force_on <= timezone.localdate(now):
        _apply(fresh, now)
    return fresh


@transaction.atomic
def reject(*, adjustment: Adjustment, remarks: str, by: User, now: datetime | None = None) -> Adjustment:
    """Decline, with remarks for the proposer (不同意). Raises NotAllowed."""
    fresh = _locked_for(adjustment, "reject")
    if not rules.can_reject(by, fresh):
        raise NotAllowed("您不能退回这份调整。自己提出的，请用「收回」。")
    if not remarks.strip():
        raise NotAllowed({"remarks": ["请写明不同意的理由，提出单位才知道怎么改。"]})
    fresh.decided_by, fresh.decided_at = by, now or timezone.now()
    fresh.remarks = remarks.strip()[:500]
    return _moved(fresh, "reject", "decided_by", "decided_at", "remarks")


@transaction.atomic
def recall(*, adjustment: Adjustment, by: User) -> Adjustment:
    """The proposer takes it back (收回). Raises NotAllowed."""
    fresh = _locked_for(adjustment, "recall")
    if not rules.can_recall(by, fresh):
        raise NotAllowed("只有提出人可以收回。")
    return _moved(fresh, "recall")


def apply_due(*, now: datetime | None = None) -> int:
    """Write every approved adjustment whose day has come; returns how many. Found by query, each in its own
    transaction, so a second run or a missed hour does no harm. What cannot be written stays approved with
    the reason in its remarks and stands in the work queue of 县政府办公室. Raises ExceptionGroup, when all
    have had their turn, for what failed unforeseen."""
    now = now or timezone.now()
    due = Adjustment.objects.due(timezone.localdate(now)).order_by("in_force_on", "pk")
    written, broken = 0, []
    for pk in due.values_list("pk", flat=True):
        try:
            written += _apply_one(pk, now)
        except Exception as error:
            # One that fails unforeseen must not hold up those behind it; the job still ends as failed.
            broken.append(error)
    if broken:
        raise ExceptionGroup(f"{len(broken)} adjustments could not be written, {written} were", broken)
    return written


def _apply_one(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = Adjustment.objects.select_for_update(of=("self",), skip_locked=True)
        fresh = rows.due(timezone.localdate(now)).filter(pk=pk).select_related("agency").first()
        if fresh is None:
            return False
        try:
            with transaction.atomic():
                _apply(fresh, now)
        except NotAllowed as refusal:
            remarks = f"到期没有写入：{refusal}"[:500]
            if fresh.remarks != remarks:
                Adjustment.objects.filter(pk=pk).update(remarks=remarks)
            return False
    return True


def _apply(adjustment: Adjustment, now: datetime) -> None:
    assert adjustment.in_force_on is not None  # noqa: S101 - set by `approve`
    check_applicable(adjustment)
    write_adjustment(adjustment, now)
    adjustment.applied_at, adjustment.remarks = now, ""
    _moved(adjustment, "apply", "applied_at", "remarks")


def _locked_for(adjustment: Adjustment, name: str) -> Adjustment:
    fresh: Adjustment = (
        Adjustment.objects.select_for_update(of=("self",)).select_related("agency").get(pk=adjustment.pk)
    )
    if fresh.state not in ADJUSTMENT_MOVES[name].sources:
        raise NotAllowed(_HANDLED)
    return fresh


def _moved(adjustment: Adjustment, name: str, *columns: str) -> Adjustment:
    adjustment.state = ADJUSTMENT_MOVES[name].target
    with pghistory.context(action=f"{name}_adjustment", adjustment=adjustment.pk):
        adjustment.save(update_fields=["state", *columns])
    return adjustment
