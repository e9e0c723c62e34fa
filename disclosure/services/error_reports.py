"""本页纠错: a reader's report comes in, staff close it, what is personal in it is erased."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from agencies.models import Agency, User
from disclosure import rules
from disclosure.models import ErrorReport
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import ErrorKind, ErrorOutcome
from workdays.models import load_calendar

#: 「我为政府网站找错」 is answered within three working days (DOMAIN §9.1).
WORKING_DAYS = 3
#: From one address (an office, a village, has one for all) and from everywhere, within an hour.
MOST_FROM_ONE, MOST_IN_ALL, WINDOW = 6, 300, timedelta(hours=1)
#: What is personal stays so long after the report is closed, and never longer than so after it came.
KEPT_AFTER_CLOSING, KEPT_AT_MOST = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True)
class Place:
    """The page that a report is about, and the agency that answers for it."""

    address: str
    title: str
    agency: Agency


class TooMany(NotAllowed):
    """So many reports came lately that this one was not taken; the message names the telephone."""


def report_error(
    *,
    place: Place,
    kind: str,
    words: str,
    contact: str = "",
    visitor: str = "",
    now: datetime | None = None,
) -> ErrorReport:
    """Take a reader's report into the queue of the page's agency. `visitor`: the address it comes from, of
    which only a keyed fingerprint is kept. The same words on the same page are one report.

    Raises NotAllowed (nothing written, too long), TooMany.
    """
    moment = now or timezone.now()
    words, contact = words.strip(), " ".join(contact.split())
    if kind not in ErrorKind.values or not words:
        raise NotAllowed("请选择问题类型，并写明哪里有问题。")
    if len(words) > 1000 or len(contact) > 100:
        raise NotAllowed("写得太长了：问题说明不超过1000字，联系方式不超过100字。")
    with publication.act(by=None, action="report_error"):
        sender = fingerprint(visitor)
        lately = ErrorReport.objects.filter(reported_at__gt=moment - WINDOW)
        same: ErrorReport | None = lately.filter(address=place.address, words=words, closed_at=None).first()
        if same is not None:
            return same
        if sender and lately.filter(sender=sender).count() >= MOST_FROM_ONE:
            raise TooMany("一小时内提交的次数太多了，请过一会儿再试，或者打电话告诉我们。")
        if lately.count() >= MOST_IN_ALL:
            raise TooMany("现在提交的人太多，请过一会儿再试，或者打电话告诉我们。")
        return ErrorReport.objects.create(
            agency=place.agency,
            address=place.address[:500],
            page_title=place.title[:400],
            kind=kind,
            words=words,
            contact=contact,
            sender=sender,
            reported_at=moment,
            due_on=load_calendar().add(timezone.localtime(moment).date(), WORKING_DAYS).date,
        )


def fingerprint(visitor: str) -> str:
    """A keyed fingerprint (HMAC-SHA256, hex) of a visitor's address; empty where it is unknown."""
    if not visitor:
        return ""
    return hmac.new(settings.SECRET_KEY.encode(), f"error-report:{visitor}".encode(), sha256).hexdigest()


def close_report(
    report: ErrorReport, *, by: User, outcome: str, answer: str = "", now: datetime | None = None
) -> ErrorReport:
    """Close a report: what came of it, and in words what was done. Raises NotAllowed."""
    with publication.act(by=by, action="close_report"):
        fresh = _open(report, by)
        if outcome not in ErrorOutcome.values:
            raise NotAllowed("请选择处理结果。")
        if outcome != ErrorOutcome.VOID and not answer.strip():
            raise NotAllowed("请写明怎样处理的，例如“第二段日期已更正为3月2日”。")
        fresh.outcome, fresh.answer = outcome, answer.strip()[:500]
        fresh.closed_by, fresh.closed_at = by, now or timezone.now()
        fresh.save(update_fields=["outcome", "answer", "closed_by", "closed_at"])
    return fresh


def hand_over_report(report: ErrorReport, *, by: User, agency: Agency) -> ErrorReport:
    """Give a report to the agency that it concerns; its day stays. Raises NotAllowed."""
    with publication.act(by=by, action="hand_over_report"):
        fresh = _open(report, by)
        if agency.active_to is not None or agency.pk == fresh.agency_id:
            raise NotAllowed("请选择另一个现有的单位。")
        fresh.agency = agency
        fresh.save(update_fields=["agency"])
    return fresh


def erase_contacts(*, now: datetime | None = None) -> int:
    """Erase contact and fingerprint of what was closed long enough ago or came very long ago, and the words
    of what had nothing to do with the site; returns of how many."""
    moment = now or timezone.now()
    due = Q(closed_at__lt=moment - KEPT_AFTER_CLOSING) | Q(reported_at__lt=moment - KEPT_AT_MOST)
    rows = ErrorReport.objects.filter(due, erased_at=None)
    with publication.act(by=None, action="erase_contacts"):
        erased: dict[str, Any] = {"contact": "", "sender": "", "erased_at": moment}
        return rows.filter(outcome=ErrorOutcome.VOID).update(words="", **erased) + rows.update(**erased)


def _open(report: ErrorReport, by: User) -> ErrorReport:
    fresh: ErrorReport = ErrorReport.objects.select_for_update().get(pk=report.pk)
    if not rules.can_answer_report(by, fresh):
        raise NotAllowed("只能办理本单位收到的纠错。")
    if fresh.closed_at is not None:
        raise NotAllowed("这一条已经办结。")
    return fresh
