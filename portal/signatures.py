"""以我的名义签过的: what was done in one's name on the phone or on paper, through somebody else's hand.

Whoever hands a link or a paper on could misuse it; here the signer sees it, and says so (ADR 26).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from disclosure import rules
from disclosure.admin.review import Line, line_of
from disclosure.services import NotAllowed, say_of_signature
from disclosure.states import OwnerWord, StepChannel

if TYPE_CHECKING:
    from agencies.models import User

#: The newest; older ones stand in the history of each thing.
SHOWN = 200


@dataclass(frozen=True)
class Signed:
    """A step done in somebody's name."""

    key: str
    step: Any
    thing: Any
    line: Line
    address: str

    @property
    def at(self) -> datetime:
        """When."""
        moment: datetime = self.step.at
        return moment


def _models() -> dict[str, Any]:
    # Read late: the back office is loaded before the models are.
    from disclosure.models import ReviewStep as OfDocument
    from interpretation.models import ReviewStep as OfInterpretation

    return {"document": OfDocument, "interpretation": OfInterpretation}


def to_be_confirmed(user: User) -> QuerySet[Any, Any]:
    """Steps in the user's name that he or she has not looked at yet."""
    mine = {"by": user, "owner_word": "", "at__isnull": False}
    return _of_both(
        model.objects.filter(**mine).exclude(channel=StepChannel.SYSTEM) for model in _models().values()
    )


def disowned(user: User) -> QuerySet[Any, Any]:
    """Steps in the user's scope of which their signers say that they were not their own."""
    return _of_both(
        model.objects.filter(
            **{
                f"{name}__in": model._meta.get_field(name)
                .related_model.objects.in_scope_of(user)
                .values("pk")
            },
            owner_word=OwnerWord.NOT_MINE,
        )
        for name, model in _models().items()
    )


def _of_both(lists: Iterable[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """Steps of documents and of interpretations as one list of keys."""
    first, *others = (rows.values("pk") for rows in lists)
    return first.union(*others, all=True)


def _rows(user: User, *, others: bool) -> list[Signed]:
    lists = []
    for name, model in _models().items():
        rows = model.objects.exclude(channel=StepChannel.SYSTEM).filter(at__isnull=False)
        if others:
            things = model._meta.get_field(name).related_model.objects.in_scope_of(user)
            rows = rows.filter(**{f"{name}__in": things.values("pk")}, owner_word=OwnerWord.NOT_MINE)
        else:
            rows = rows.filter(by=user)
        rows = rows.select_related("by", "for_user", "handed_by", "paper", name)
        rows = rows.prefetch_related("paper__pages").order_by("-at")[:SHOWN]
        lists.append([_signed(name, step) for step in rows])
    return list(merge(*lists, key=lambda one: one.at, reverse=True))[:SHOWN]


def _signed(name: str, step: Any) -> Signed:
    thing = getattr(step, name)
    address = reverse(f"admin:{thing._meta.app_label}_{name}_change", args=[thing.pk])
    return Signed(f"{name}:{step.pk}", step, thing, line_of(step), address)


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The list, and what the signer says. `?of=others`, for 县政府办公室: what was disowned."""
    user: Any = request.user
    others = request.GET.get("of") == "others"
    if others and not rules.may_decide_offline(user):
        raise PermissionDenied
    rows = _rows(user, others=others)
    if request.method == "POST" and not others:
        return _said(request, user, rows)
    title = "本人说不是自己签的" if others else "以我的名义签过的"
    shown = {**context, "title": title, "rows": rows, "others": others}
    shown["open"] = [row for row in rows if not row.step.owner_word]
    return TemplateResponse(request, "admin/signed_for_me.html", shown)


def _said(request: HttpRequest, user: User, rows: list[Signed]) -> HttpResponse:
    """One row is disowned, or every open one of the page confirmed."""
    denied = request.POST.get("not_mine", "")
    seen = set(request.POST.getlist("seen"))
    word = OwnerWord.NOT_MINE if denied else OwnerWord.MINE
    chosen = [
        row
        for row in rows
        if row.key == denied or (not denied and row.key in seen and not row.step.owner_word)
    ]
    try:
        for row in chosen:
            say_of_signature(row.step, word=word, by=user)
    except NotAllowed as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        said = "已记下，县政府办公室会看到。请马上打电话告诉他们。" if denied else f"已确认{len(chosen)}件。"
        messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:signed_for_me"))
