"""整批签发 on the page of a batch: what the signer compares, and what was typed until it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import QueryDict

from disclosure import services
from disclosure.admin.parts import attachment_url
from disclosure.models import Document, NoticeBatch
from disclosure.notice_rows import Checked
from disclosure.services import NotAllowed
from disclosure.states import BatchState, Publication


class SignBatchForm(forms.Form):
    """整批签发."""

    secrecy_cleared = forms.BooleanField(
        label="已逐条作保密审查：不涉及国家秘密、工作秘密，不含不该公开的个人信息",
        required=False,
    )
    remarks = forms.CharField(label="意见", required=False, max_length=500, help_text="可以不写。")


@dataclass
class Line:
    """A row as it is read: its day and files as they go out, and what was typed against it."""

    row: Checked
    day: Any
    files: list[tuple[str, str]]
    ticked: bool
    reason: str


def lines(rows: Sequence[Checked], posted: Mapping[str, str]) -> list[Line]:
    """The rows of a batch for its readers; `posted`: what a refused signer had typed."""
    documents = [row.document for row in rows if row.document is not None]
    prefetch_related_objects(documents, "attachments")
    ticked = set(posted.getlist("strike")) if isinstance(posted, QueryDict) else set()
    return [
        Line(
            row,
            row.document.written_on if row.document else row.texts["written_on"],
            _files(row),
            row.document is not None and str(row.document.pk) in ticked,
            posted.get(f"reason-{row.document.pk}", "") if row.document else "",
        )
        for row in rows
    ]


def _files(row: Checked) -> list[tuple[str, str]]:
    """Names and addresses of what is attached; a row that is no document yet has names alone."""
    if row.document is None:
        return [(row.texts["attachments"], "")] if row.texts["attachments"] else []
    found = sorted(row.document.attachments.all(), key=lambda one: (one.position, one.pk))
    return [(one.title, attachment_url(one)) for one in found]


def sign(posted: QueryDict, batch: NoticeBatch, *, by: Any) -> str:
    """Order the signing; returns what to tell the signer, nothing while the worker is at it. Raises
    NotAllowed."""
    strike = {}
    for pk in posted.getlist("strike"):
        reason = posted.get(f"reason-{pk}", "").strip()
        if not reason:
            raise NotAllowed("剔除的每一条都要写明原因，让经办人知道要改什么。")
        if pk.isdecimal():
            strike[int(pk)] = reason
    members = Document.objects.filter(notice_row__batch=batch, status=Publication.SUBMITTED)
    going = list(members.exclude(pk__in=strike))
    form = SignBatchForm(posted)
    if not form.is_valid():
        raise NotAllowed("意见最多500个字。")
    if going and not form.cleaned_data["secrecy_cleared"] and services.owes_secrecy(going[0]):
        raise NotAllowed("请逐条作保密审查，再勾选「已逐条作保密审查」（条例第十七条）。")
    pairs = [pair.partition("-") for pair in posted.getlist("read")]
    rounds = {int(pk): int(one) for pk, _, one in pairs if pk.isdecimal() and one.isdecimal()}
    services.order_batch(batch, act="sign", by=by, strike=strike, rounds=rounds or None, **form.cleaned_data)
    state = NoticeBatch.objects.get(pk=batch.pk).state
    struck = f"剔除的{len(strike)}条已退回经办人。" if strike else ""
    if state == BatchState.DONE:
        return (f"已整批签发，{len(going)}条同时公开了。" if going else "") + struck
    return f"已同意{len(going)}条，交下一步办理。{struck}" if state == BatchState.SUBMITTED else ""
