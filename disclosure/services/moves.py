"""The moves from draft to public record (`states.MOVES`), shared by documents and interpretations.

Called inside `publication.act(...)`: each locks the row, asks state table and rule, writes, and returns it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.utils import timezone

from agencies.models import User
from disclosure.models import Publishable
from disclosure.services import publication, review
from disclosure.services.errors import NotAllowed
from disclosure.services.index_numbers import issue_index_number
from disclosure.states import Publication

T = TypeVar("T", bound=Publishable)


def submit(
    thing: T,
    *,
    by: User,
    now: datetime | None,
    problems: Callable[[T], list[str]],
    alone: Callable[[T], bool] = lambda thing: True,
) -> T:
    """Move a draft to review (提交审核). What does not go `alone` is read with what it belongs to and has no
    steps of its own. Raises NotAllowed with all that is missing."""
    fresh = publication.begin("submit", thing, by=by)
    if missing := problems(fresh):
        raise NotAllowed(*missing)
    fresh.status = Publication.SUBMITTED
    fresh.submitted_by, fresh.submitted_at = by, now or timezone.now()
    if alone(fresh):
        review.open_round(fresh, at=fresh.submitted_at)
    fresh.save()
    return fresh


def recall(thing: T, *, by: User) -> T:
    """Take one's own submission back to draft (收回). Raises NotAllowed."""
    fresh = publication.begin("recall", thing, by=by)
    review.end_round(fresh)
    return _as_draft(fresh)


def send_back(thing: T, *, by: User, remarks: str, to: int | None = None, now: datetime | None = None) -> T:
    """Return with remarks: to the clerk, a draft again (退回修改); or `to` an earlier step of the round, by
    its position. Raises NotAllowed."""
    fresh = publication.begin("send_back", thing, by=by)
    if not remarks.strip():
        raise NotAllowed("请写明退回意见，让经办人知道要改什么。")
    fresh.remarks = publication.fits(fresh, "remarks", remarks)
    if to is not None:
        review.send_back_to(fresh, position=to, by=by, at=now or timezone.now(), remarks=fresh.remarks)
        fresh.save()
        return fresh
    review.end_round(fresh, by=by, at=now or timezone.now(), remarks=fresh.remarks)
    return _as_draft(fresh)


def hold(thing: T, *, by: User, remarks: str) -> T:
    """Stop what is to go out at a set minute (暂缓公开): a draft again. Raises NotAllowed."""
    fresh = publication.begin("hold", thing, by=by)
    if not remarks.strip():
        raise NotAllowed("请写明暂缓公开的原因，让经办人知道要做什么。")
    fresh.remarks = publication.fits(fresh, "remarks", remarks)
    review.end_round(fresh)
    return _as_draft(fresh)


def _as_draft(fresh: T) -> T:
    fresh.status = Publication.DRAFT
    fresh.submitted_by = fresh.submitted_at = None
    fresh.publish_at = fresh.approved_by = fresh.approved_at = None
    fresh.save()
    return fresh


def agree(thing: T, *, by: User, now: datetime | None, secrecy_cleared: bool, remarks: str) -> T:
    """Agree to a step of the review that is not the last one: the next one waits. Raises NotAllowed."""
    fresh = publication.begin("agree", thing, by=by)
    review.sign(fresh, by=by, at=now or timezone.now(), secrecy_cleared=secrecy_cleared, remarks=remarks)
    fresh.save()
    return fresh


def publish(
    thing: T,
    *,
    by: User,
    now: datetime | None,
    problems: Callable[[T], list[str]],
    secrecy_cleared: bool = False,
    remarks: str = "",
) -> T:
    """Sign the last step and make public (签发并公开): index number and time of first publication, once and
    for ever. Raises NotAllowed with all that stands against it."""
    fresh, moment = publication.begin("approve", thing, by=by), now or timezone.now()
    _sign_last(fresh, by=by, at=moment, problems=problems, secrecy_cleared=secrecy_cleared, remarks=remarks)
    return publish_locked(fresh, by=by, now=moment)


def schedule(
    thing: T,
    *,
    publish_at: datetime,
    by: User,
    now: datetime | None,
    problems: Callable[[T], list[str]],
    secrecy_cleared: bool = False,
    remarks: str = "",
) -> T:
    """Sign the last step; it goes out at the minute `publish_at` (`release`). Raises NotAllowed."""
    fresh, moment = publication.begin("schedule", thing, by=by), now or timezone.now()
    if publish_at <= moment:
        raise NotAllowed("定时公开的时间已经过了，请选以后的时间，或者直接签发公开。")
    _sign_last(fresh, by=by, at=moment, problems=problems, secrecy_cleared=secrecy_cleared, remarks=remarks)
    fresh.status, fresh.publish_at = Publication.SCHEDULED, publish_at
    fresh.approved_by, fresh.approved_at, fresh.remarks = by, moment, ""
    fresh.save()
    return fresh


def _sign_last(
    fresh: T,
    *,
    by: User,
    at: datetime,
    problems: Callable[[T], list[str]],
    secrecy_cleared: bool,
    remarks: str,
) -> None:
    if missing := problems(fresh):
        raise NotAllowed(*missing)
    review.sign(fresh, by=by, at=at, secrecy_cleared=secrecy_cleared, remarks=remarks)
    review.refuse_other_words(fresh)


def release(fresh: T, *, now: datetime, problems: Callable[[T], list[str]]) -> T:
    """Make a locked thing public whose minute has come; whoever signed it is its approver. Raises NotAllowed
    where something speaks against it by now."""
    if missing := problems(fresh):
        raise NotAllowed(*missing)
    review.refuse_other_words(fresh)
    assert fresh.approved_by is not None  # noqa: S101 - a check in the database
    signed_at = fresh.approved_at
    publish_locked(fresh, by=fresh.approved_by, now=now)
    fresh.approved_at = signed_at
    fresh.save(update_fields=["approved_at"])
    return fresh


def publish_locked(fresh: T, *, by: User, now: datetime | None) -> T:
    """Write the publication of a locked thing; `publish` and the companions of a publication use it."""
    moment = now or timezone.now()
    if not fresh.index_number:
        fresh.index_number = issue_index_number(agency=fresh.agency, at=moment)
    if fresh.published_at is None:
        fresh.published_at = moment
        fresh.published_on = timezone.localtime(moment).date()
    fresh.status, fresh.publish_at = Publication.PUBLISHED, None
    fresh.approved_by, fresh.approved_at = by, moment
    fresh.remarks = ""
    fresh.save()
    return fresh


def withdraw(thing: T, *, by: User, reason: str, now: datetime | None) -> T:
    """Take something public down (撤下); `reason` is shown to the public. Raises NotAllowed."""
    fresh = publication.begin("withdraw", thing, by=by)
    return take_down(fresh, by=by, reason=reason, now=now)


def take_down(fresh: T, *, by: User, reason: str, now: datetime | None) -> T:
    """Write the withdrawal of a locked thing; `withdraw` and the companions of a withdrawal use it."""
    if not reason.strip():
        raise NotAllowed("请写明撤下原因：它会对外显示，请不要写内部信息。")
    fresh.status = Publication.WITHDRAWN
    fresh.withdrawn_by, fresh.withdrawn_at = by, now or timezone.now()
    fresh.withdrawn_reason = publication.fits(fresh, "withdrawn_reason", reason)
    fresh.save()
    return fresh


def take_offline(thing: T, *, by: User, reason: str, now: datetime | None) -> T:
    """Take off every public output at once (紧急下线); `reason` stays inside. Raises NotAllowed."""
    fresh = publication.begin("take_offline", thing, by=by)
    return put_offline(fresh, by=by, reason=reason, now=now)


def put_offline(fresh: T, *, by: User, reason: str, now: datetime | None) -> T:
    """Write it of a locked thing; `take_offline` and its companions use it."""
    if not reason.strip():
        raise NotAllowed("请写明紧急下线的原因：只留在系统内部，不对外显示。")
    fresh.status = Publication.OFFLINE
    fresh.offline_by, fresh.offline_at = by, now or timezone.now()
    fresh.offline_reason = publication.fits(fresh, "offline_reason", reason)
    fresh.restored_by, fresh.restored_at, fresh.restored_reason = None, None, ""
    fresh.save()
    return fresh


def restore(
    thing: T,
    *,
    by: User,
    reason: str,
    now: datetime | None,
    problems: Callable[[T], list[str]] = lambda thing: [],
) -> T:
    """Put back what was taken offline (恢复公开), another person than did it; the time of first publication
    stays. Raises NotAllowed."""
    fresh = publication.begin("restore", thing, by=by)
    if missing := problems(fresh):
        raise NotAllowed(*missing)
    return put_back(fresh, by=by, reason=reason, now=now)


def put_back(fresh: T, *, by: User, reason: str, now: datetime | None) -> T:
    """Write it of a locked thing: public again, or the page 该信息已撤下 where that was what went offline."""
    if not reason.strip():
        raise NotAllowed("请写明恢复的理由：核对了什么、为什么可以公开。")
    fresh.status = Publication.WITHDRAWN if fresh.withdrawn_at else Publication.PUBLISHED
    fresh.restored_by, fresh.restored_at = by, now or timezone.now()
    fresh.restored_reason = publication.fits(fresh, "restored_reason", reason)
    fresh.save()
    return fresh
