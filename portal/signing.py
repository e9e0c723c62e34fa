"""手机签批: the form of the phone page, and what it shows of the thing to be signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import ErrorList
from django.utils import timezone

import disclosure.services
import interpretation.services
from disclosure import versions
from disclosure.admin.comparison import Page, compare
from disclosure.admin.review import Round, rounds
from disclosure.models import Document, DraftingNote, Publishable, SigningLink
from disclosure.services import review
from disclosure.services.findings import notes_of
from disclosure.services.signing import Decision
from disclosure.states import StepOutcome
from portal import body

_DECISIONS = [(StepOutcome.AGREED.value, "同意"), (StepOutcome.RETURNED.value, "退回")]


def room_of(thing: Any) -> Any:
    """The services that do a step of this thing."""
    return disclosure.services if isinstance(thing, Document) else interpretation.services


class DecisionForm(forms.Form):
    """同意 or 退回, in which words. Large on a phone; the number is asked for afterwards."""

    outcome = forms.ChoiceField(
        label="您的意见",
        choices=_DECISIONS,
        widget=forms.RadioSelect(),
        error_messages={"required": "请选「同意」或者「退回」。"},
    )
    secrecy_cleared = forms.BooleanField(
        label="我已作保密审查：不涉及国家秘密、工作秘密，不含不该公开的个人信息",
        required=False,
    )
    remarks = forms.CharField(
        label="要说的话",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="同意的可以不写；退回的请写明要改什么。",
    )
    publish_at = forms.DateTimeField(
        label="什么时候公开",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="不填就是签发后马上公开。",
    )

    def __init__(self, thing: Any, data: Any = None) -> None:
        super().__init__(data)
        self.error_class = ErrorList
        self.owes_secrecy = review.owes_secrecy(thing)
        if not self.owes_secrecy:
            del self.fields["secrecy_cleared"]
        if not (thing.is_at_last_step and hasattr(room_of(thing), "schedule")):
            del self.fields["publish_at"]

    def clean(self) -> dict[str, Any]:
        """Whoever agrees has made the secrecy check, where it is this step's; whoever returns says why."""
        data: dict[str, Any] = super().clean() or {}
        agreed = data.get("outcome") == StepOutcome.AGREED
        if agreed and self.owes_secrecy and not data.get("secrecy_cleared"):
            self.add_error("secrecy_cleared", "请先作保密审查，再勾选这一项（条例第十七条）。")
        if data.get("outcome") == StepOutcome.RETURNED and not data.get("remarks", "").strip():
            self.add_error("remarks", "退回请写明要改什么，让经办人知道。")
        moment = data.get("publish_at")
        if agreed and moment and moment <= timezone.now():
            self.add_error("publish_at", "这个时间已经过了，请选以后的时间，或者留空马上公开。")
        return data

    @property
    def decision(self) -> Decision:
        """What was decided; after `is_valid`."""
        data = self.cleaned_data
        return Decision(
            StepOutcome(data["outcome"]),
            remarks=data.get("remarks", ""),
            secrecy_cleared=bool(data.get("secrecy_cleared")),
            publish_at=data.get("publish_at") if data["outcome"] == StepOutcome.AGREED else None,
        )


@dataclass(frozen=True)
class Sheet:
    """A file that the signer may open: `number` in its address, counted over the whole package; `words`:
    the text alternative of a picture or a recording, which is signed with it."""

    number: int
    owner: str
    title: str
    file: Any
    size: int
    source_url: str = ""
    words: str = ""


def sheets(thing: Any) -> list[Sheet]:
    """The files of the thing and of what is signed with it; their order is part of what is signed."""
    found: list[Sheet] = []
    for owner in (thing, *review.package_of(thing)):
        for one in sorted(owner.attachments.all(), key=lambda row: (row.position, row.pk)):
            words = "\n".join(filter(None, (getattr(one, "alt", ""), getattr(one, "text", ""))))
            number = len(found) + 1
            found.append(Sheet(number, owner.title, one.title, one.file, one.size, one.source_url, words))
    note = drafting_note(thing)
    if note is not None and note.file:
        title = note.file_title or "起草说明"
        found.append(Sheet(len(found) + 1, "起草说明", title, note.file, note.size))
    return found


def drafting_note(thing: Any) -> Any:
    """起草说明 of a document, or None."""
    return DraftingNote.objects.filter(document=thing).first() if isinstance(thing, Document) else None


def facts(thing: Any) -> list[tuple[str, str]]:
    """Metadata that a leader looks at, (label, words)."""
    named = [
        ("更正说明", getattr(thing, "correction_note", "")),
        ("更正前的版本", "公开更正时停止公开" if getattr(thing, "closes_earlier", False) else ""),
        ("公开单位", thing.agency.name),
        ("发文机关", thing.issuer),
        ("发文字号", thing.doc_number),
        ("成文日期", str(thing.written_on or "")),
        ("公开属性", _shown(thing, "openness")),
        ("体裁", getattr(thing, "genre", "")),
        ("主题分类", str(thing.topic or "")),
        ("施行日期", str(getattr(thing, "effective_on", None) or "")),
        ("有效期至", str(getattr(thing, "expires_on", None) or "")),
        ("政策文件", _yes(thing, "is_policy")),
        ("行政规范性文件", _yes(thing, "is_normative")),
        ("不作解读的理由", getattr(thing, "no_interpretation_reason", "")),
        ("解读机关", getattr(thing, "interpreter", "")),
        ("咨询方式", getattr(thing, "contact", "")),
        ("主题词", " ".join(thing.keywords or [])),
        ("提交人", f"{thing.submitted_by}，{_moment(thing.submitted_at)}"),
    ]
    return [(label, words) for label, words in named if words]


def reading(link: SigningLink, thing: Any) -> Mapping[str, Any]:
    """All that the page shows beside the form."""
    bases = versions.bases(thing, user=link.user)
    changes: Page | None = None
    if bases:
        last = bases.submissions[-1] if bases.submissions else None
        base = versions.submitted_version(thing, last) if last else versions.present_version(bases.origin)
        changes = compare(thing, base)
    opinions: list[Round] = [one for one in rounds(thing) if _said(one)]
    note = drafting_note(thing)
    return {
        "thing": thing,
        "drafting": note,
        "drafting_body": body.prepare(note.body) if note is not None else None,
        "facts": facts(thing),
        "body": body.prepare(thing.body),
        "sheets": sheets(thing),
        "package": [(one, facts(one), body.prepare(one.body)) for one in review.package_of(thing)],
        "changes": changes,
        "notes": list(notes_of(thing).values()),
        "opinions": opinions,
    }


def _said(one: Round) -> bool:
    one.lines = [line for line in one.lines if line.who]
    return bool(one.lines)


def _shown(thing: Publishable, name: str) -> str:
    shown = getattr(thing, f"get_{name}_display", None)
    return str(shown()) if shown else ""


def _yes(thing: Publishable, name: str) -> str:
    return "是" if getattr(thing, name, False) else ""


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
