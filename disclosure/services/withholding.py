"""备案 and 年度复核 of what is not disclosed on one's own motion (条例 14–16、18条; DOMAIN §4.7)."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from agencies.models import User
from disclosure import register_rules, rules
from disclosure.models import Document, Recheck, Withholding
from disclosure.register_states import (
    DAYS_TO_PUBLISH,
    FILING_MOVES,
    NOT_PROACTIVE,
    FilingState,
    RecheckResult,
    results_from,
    year_after,
)
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Openness, Publication
from workdays.calendar import WorkDate
from workdays.models import load_calendar


def submit_filing(document: Document, *, by: User, now: datetime | None = None) -> Withholding:
    """Hand a document that stays in to be filed (报备案); its words stand still from now on.

    Raises NotAllowed: for what is 主动公开 or no draft, without ground and reason, twice.
    """
    with publication.act(by=by, action="submit_filing"):
        fresh = _begin("submit", document, by=by)
        if not (fresh.openness_ground and fresh.openness_reason):
            raise NotAllowed("依申请公开或不予公开，须选择法定依据并写明理由（条例第十四至十六条）。")
        row = rules.filing_of(fresh) or Withholding(document=fresh)
        row.state, row.openness, row.remarks = FilingState.SUBMITTED, fresh.openness, ""
        row.submitted_by, row.submitted_at = by, now or timezone.now()
        row.save()
    return row


def recall_filing(document: Document, *, by: User) -> Withholding:
    """Take one's own back, to change it (收回备案). Raises NotAllowed."""
    with publication.act(by=by, action="recall_filing"):
        row = _row(_begin("recall", document, by=by))
        return _given_back(row, FilingState.RECALLED)


def confirm_filing(document: Document, *, by: User, now: datetime | None = None) -> Withholding:
    """Confirm for the agency that it stays in (单位确认), without a hand in it. Raises NotAllowed."""
    with publication.act(by=by, action="confirm_filing"):
        row = _row(_begin("confirm", document, by=by))
        row.state = FilingState.CONFIRMED
        row.confirmed_by, row.confirmed_at = by, now or timezone.now()
        row.save()
    return row


def accept_filing(document: Document, *, by: User, now: datetime | None = None) -> Withholding:
    """Put it on file (备案), 县政府办公室; the first re-check falls due a year later. Raises NotAllowed."""
    with publication.act(by=by, action="accept_filing"):
        row, moment = _row(_begin("accept", document, by=by)), now or timezone.now()
        row.state, row.filed_openness = FilingState.FILED, row.openness
        row.filed_by, row.filed_at = by, moment
        row.next_check_on = year_after(timezone.localdate(moment))
        row.save()
    return row


def return_filing(document: Document, *, by: User, remarks: str) -> Withholding:
    """Give it back to the clerk, with remarks (退回). Raises NotAllowed."""
    with publication.act(by=by, action="return_filing", reason=remarks):
        row = _row(_begin("send_back", document, by=by))
        if not remarks.strip():
            raise NotAllowed("请写明退回意见，让经办人知道要改什么。")
        row.remarks = remarks.strip()[:500]
        return _given_back(row, FilingState.RETURNED)


def recheck(
    document: Document, *, by: User, result: RecheckResult, reason: str, now: datetime | None = None
) -> Recheck:
    """Look again at what stays in (年度复核; 条例 18条): it stays as it is, or moves towards openness.

    What becomes 主动公开 is an ordinary draft again, to be public within 20 working days. Raises NotAllowed.
    """
    moment = now or timezone.now()
    with publication.act(by=by, action="recheck", reason=reason):
        fresh = _begin("recheck", document, by=by)
        row = _row(fresh)
        if not reason.strip():
            raise NotAllowed("请写明复核的理由。")
        if result not in results_from(row.openness):
            raise NotAllowed("复核只能维持，或者向公开的方向调整，不能改为更不公开。")
        assert row.next_check_on is not None  # noqa: S101 - a check in the database
        written = Recheck(
            withholding=row,
            due_on=row.next_check_on,
            result=result,
            before=row.openness,
            after=_after(row.openness, result),
            reason=reason.strip()[:300],
            by=by,
            at=moment,
        )
        written.save()
        _apply(row, fresh, written, by=by, at=moment)
    return written


def publish_due(at: datetime) -> WorkDate:
    """The last day for what became 主动公开 at this moment; 暂定 where a year of the calendar is missing."""
    return load_calendar().add(timezone.localdate(at), DAYS_TO_PUBLISH)


def refresh_publish_due() -> int:
    """Reckon the days for what is still to be published anew: a calendar may have come, a day have changed.
    Returns how many moved. Few rows: each was an act of a person and leaves when it is public."""
    rows, moved = list(Withholding.objects.to_publish()), 0
    if not rows:
        return 0
    calendar = load_calendar()
    for row in rows:
        due = calendar.add(timezone.localdate(row.lifted_at), DAYS_TO_PUBLISH)
        if (row.publish_due_on, row.publish_due_provisional) != (due.date, due.provisional):
            moved += Withholding.objects.filter(pk=row.pk).update(
                publish_due_on=due.date, publish_due_provisional=due.provisional
            )
    return moved


def refuse_less_open(document: Document) -> None:
    """What once became 主动公开 by a re-check does not go back. Raises NotAllowed."""
    if document.pk is None or document.openness not in NOT_PROACTIVE:
        return
    if Withholding.objects.filter(document=document.pk, state=FilingState.LIFTED).exists():
        raise NotAllowed("这份文件经复核已转为主动公开，公开属性只能向公开的方向调整，不能再改回去。")


def _after(openness: str, result: RecheckResult) -> str:
    return {
        RecheckResult.MAINTAIN: openness,
        RecheckResult.ON_REQUEST: Openness.ON_REQUEST.value,
        RecheckResult.PROACTIVE: Openness.PROACTIVE.value,
    }[result]


def _apply(row: Withholding, document: Document, written: Recheck, *, by: User, at: datetime) -> None:
    """Write what the re-check decided: the register first, the guard on documents looks there."""
    row.openness = written.after
    if written.after == Openness.PROACTIVE:
        due = publish_due(at)
        row.state, row.next_check_on = FilingState.LIFTED, None
        row.lifted_by, row.lifted_at = by, at
        row.publish_due_on, row.publish_due_provisional = due.date, due.provisional
    else:
        row.next_check_on = year_after(timezone.localdate(at))
    row.save()
    if written.after == written.before:
        return
    document.openness = written.after
    if written.after == Openness.PROACTIVE:
        document.openness_ground = document.openness_reason = ""
    publication.add_editor(document, by=by)
    document.save()


def _given_back(row: Withholding, state: FilingState) -> Withholding:
    row.state = state
    row.confirmed_by = row.confirmed_at = None
    row.save()
    return row


def _row(document: Document) -> Withholding:
    row = rules.filing_of(document)
    assert row is not None  # noqa: S101 - `_begin` has looked
    return row


def _begin(move: str, document: Document, *, by: User) -> Document:
    """Lock the document (every move of its filing does) and read its filing; refuse what may not be done."""
    fresh: Document = publication.locked(document)
    label, state = FILING_MOVES[move].label, register_rules.filing_state(fresh)
    if register_rules.can_move_filing(move, by, fresh):
        return fresh
    if not rules.covers(by, fresh.agency):
        raise NotAllowed(f"这份文件属于「{fresh.agency.name}」，不在您的管理范围内，请联系该单位办理。")
    if fresh.status != Publication.DRAFT:
        raise NotAllowed(f"这份文件现在的状态是「{Publication(fresh.status).label}」，不能{label}。")
    if fresh.openness not in NOT_PROACTIVE:
        raise NotAllowed("只有依申请公开、不予公开的文件要备案，请先确定公开属性。")
    if state not in FILING_MOVES[move].sources:
        words = FilingState(state).label if state else "还没有报备案"
        raise NotAllowed(f"备案现在是「{words}」，不能{label}。可能同事已经处理过了，请刷新页面查看。")
    if move == "recall" and register_rules.had_a_part(move, by, fresh):
        raise NotAllowed("只有报备人能收回；审核人或县政府办公室可以退回。")
    if register_rules.had_a_part(move, by, fresh):
        raise NotAllowed("起草、报备、确认、备案须由不同的人办理，请另一位同事办理。")
    names = "或".join(role.name for role in register_rules.FILING_ROLES[move])
    raise NotAllowed(f"您的角色不能{label}，请由{names}办理。")
