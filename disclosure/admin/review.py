"""三审 in the back office: words and forms of the steps, and the table of who did which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agencies.admin.acts import staff
from disclosure import rules
from disclosure.forms import (
    ConfirmForm,
    HoldForm,
    InternalReasonForm,
    ReturnForm,
    ScheduleForm,
    SignForm,
    WithdrawForm,
)
from disclosure.models import Publishable, Reminder
from disclosure.services import review
from disclosure.states import MOVES, OwnerWord, Publication, ReviewLevel, StepChannel, StepOutcome

_SIGN = frozenset({"agree", "approve", "schedule"})


def label_of(move: str, thing: Publishable) -> str:
    """The word on the button: a step of the review bears the name of its level."""
    if move == "agree" and thing.waiting_level:
        return f"{ReviewLevel(thing.waiting_level).label}同意"
    if move == "withdraw" and thing.status == Publication.OFFLINE:
        return "转为撤下"
    return MOVES[move].label


def address_of(move: str, thing: Publishable) -> str:
    """The page of a move; that of a step says which words stand on the page it is opened from."""
    name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_move"
    address = reverse(name, args=[thing.pk, move])
    return f"{address}?read={review.mark_of(thing)}" if move in _SIGN else address


def form_for(move: str, thing: Any, data: Any) -> forms.Form:
    """The form of a move."""
    if move in _SIGN:
        kind = ScheduleForm if move == "schedule" else SignForm
        return kind(data, with_secrecy=review.owes_secrecy(thing))
    if move == "send_back":
        return ReturnForm(data, earlier=earlier_steps(thing))
    return {
        "withdraw": WithdrawForm,
        "hold": HoldForm,
        "take_offline": InternalReasonForm,
        "restore": InternalReasonForm,
    }.get(move, ConfirmForm)(data)


def earlier_steps(thing: Any) -> list[tuple[int, str]]:
    """Places of this round to which the thing may be returned, with who stands there."""
    signed = thing.steps.filter(round=thing.review_round, outcome=StepOutcome.AGREED)
    return [
        (step.position, f"{ReviewLevel(step.level).label}（{step.by}）")
        for step in signed.select_related("by").order_by("position")
    ]


class WaitingFilter(admin.SimpleListFilter):
    """What waits for the user: the same querysets as in 今天要办."""

    title = "等谁办"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As far as the user has such a part."""
        found = [("late", "审核超过期限"), ("stuck", "到时没有公开")]
        mine = [("me", "等我审核"), ("me_late", "等我审核、到期限的"), ("me_asked", "等我审核、有人催的")]
        return [*mine, *found] if rules.may_review(staff(request)) else found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen queue."""
        today = timezone.localdate()
        if self.value() == "me":
            return (
                queryset.waiting_for(staff(request), today)
                if rules.may_review(staff(request))
                else queryset.none()
            )
        if self.value() in {"me_late", "me_asked"} and rules.may_review(staff(request)):
            mine = queryset.waiting_for(staff(request), today)
            return mine.due_in_review(today) if self.value() == "me_late" else mine.asked_for()
        if self.value() == "late":
            return queryset.overdue_in_review(today)
        if self.value() == "stuck":
            return queryset.filter(status=Publication.SCHEDULED, remarks__gt="")
        return queryset


@dataclass
class Line:
    """One step as the page shows it."""

    level: str
    outcome: str
    state: str
    who: str
    when: str
    remarks: str
    #: How and through whose hand, where it was not in the back office; who asked for it (催办).
    how: str = ""
    scans: list[tuple[str, str]] = field(default_factory=list)
    owner_word: str = ""


@dataclass
class Round:
    """One submission and its steps."""

    number: int
    lines: list[Line] = field(default_factory=list)


def rounds(thing: Any) -> list[Round]:
    """The rounds of review, newest first; three queries at most."""
    steps = thing.steps.select_related("by", "for_user", "handed_by", "paper").prefetch_related(
        "paper__pages"
    )
    asked: dict[tuple[int, int], list[Reminder]] = {}
    for one in Reminder.objects.of(thing).select_related("by"):
        asked.setdefault((one.round, one.position), []).append(one)
    return [
        Round(number, [line_of(step, asked.get((number, step.position), [])) for step in members])
        for number, members in groupby(steps.order_by("-round", "position", "pk"), lambda step: step.round)
    ]


def line_of(step: Any, asked: Sequence[Reminder] = ()) -> Line:
    """A step in words; `asked`: the reminders for it, oldest first."""
    who = str(step.by) if step.by else ""
    if step.for_user:
        who += f"（代{step.for_user}）"
    when = f"{timezone.localtime(step.at):%Y-%m-%d %H:%M}" if step.at else ""
    if step.outcome == StepOutcome.WAITING and step.due_on:
        when = f"请在 {step.due_on} 前办理"
    outcome = str(StepOutcome(step.outcome).label)
    if step.outcome == StepOutcome.VOID and step.by:
        outcome = "同意（后来退回，须重新办理）"
    if step.secrecy_cleared and step.outcome == StepOutcome.AGREED:
        outcome += "，已作保密审查"
    return Line(
        ReviewLevel(step.level).label,
        outcome,
        step.outcome,
        who,
        when,
        step.remarks,
        _how(step, asked),
        _scans(step),
        str(OwnerWord(step.owner_word).label) if step.owner_word else "",
    )


def _how(step: Any, asked: Sequence[Reminder]) -> str:
    if step.outcome == StepOutcome.WAITING:
        return f"催办{len(asked)}次，最近{asked[-1].on}（{asked[-1].by}）" if asked else ""
    if step.channel == StepChannel.PHONE:
        return f"手机（链接由{step.handed_by}发出）"
    if step.channel == StepChannel.PAPER:
        return f"纸质，{step.signed_on}签（由{step.handed_by}登记）"
    return "系统内" if step.by_id else ""


def _scans(step: Any) -> list[tuple[str, str]]:
    """(name, address) of the signed paper's files, for staff."""
    if step.paper is None:
        return []
    owner = next(f for f in step._meta.fields if f.name in {"document", "interpretation"})
    target = owner.related_model._meta
    name = f"admin:{target.app_label}_{target.model_name}_scan_file"
    key = getattr(step, owner.attname)
    return [(page.name, reverse(name, args=[key, page.pk])) for page in step.paper.pages.all()]
