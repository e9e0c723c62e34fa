"""Forms of steps that are done elsewhere: for whom a link is made, what stands on a signed paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorList
from django.utils import timezone

from agencies.models import SigningPin, User
from disclosure.models import Step
from disclosure.services.papers import MOST_FILES, Signature
from disclosure.services.signing import Decision
from disclosure.signers import signers_of
from disclosure.states import ReviewLevel, StepOutcome

_OUTCOMES = [("", "还没有签"), (StepOutcome.AGREED.value, "同意"), (StepOutcome.RETURNED.value, "退回")]


class SignerForm(forms.Form):
    """请谁在手机上审签."""

    user = forms.TypedChoiceField(
        label="请谁签",
        coerce=int,
        widget=forms.RadioSelect(),
        error_messages={"required": "请选一位。"},
    )

    def __init__(self, people: Sequence[User], data: Any = None) -> None:
        super().__init__(data)
        self.error_class = ErrorList
        self.people = {one.pk: one for one in people}
        ready = set(
            SigningPin.objects.filter(user__in=self.people, locked_at=None).values_list("user", flat=True)
        )
        choice: Any = self.fields["user"]
        choice.choices = [
            (one.pk, f"{one}（{one.agency.label if one.agency else '全县'}）" + _without(one.pk in ready))
            for one in people
        ]
        if len(people) == 1 and people[0].pk in ready:
            choice.initial = people[0].pk

    @property
    def chosen(self) -> User:
        """Who was chosen; after `is_valid`."""
        return self.people[self.cleaned_data["user"]]


def _without(has_pin: bool) -> str:
    return "" if has_pin else "：还没有签批密码，手机上签不了"


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files at once; the list of them."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each of them."""
        one = super().clean
        return [one(file, initial) for file in (data or [])] if data else [one(None, initial)]


class PaperForm(forms.Form):
    """登记签字件: the hash on the paper, the scan, and a line for each step that waits."""

    printed = forms.CharField(
        label="审批表上的内容指纹",
        max_length=80,
        help_text="照表底部抄写，四组字符，例如 3F2A 91BC 04DE 77A1；用二维码打开本页的已经填好，请核对。",
        error_messages={"required": "请照审批表底部抄写内容指纹。"},
    )
    scans = _FilesField(
        label="签好字的扫描件或照片",
        help_text=f"PDF、JPG、PNG，可以一次选多个，最多{MOST_FILES}个。",
        widget=_ManyFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={"required": "请上传签好字的扫描件或照片。"},
    )

    def __init__(self, thing: Any, steps: Sequence[Step], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.error_class = ErrorList
        self.steps = list(steps)
        today = timezone.localdate()
        secrecy = any(step.level == ReviewLevel.SECRECY for step in _of_round(thing))
        for step in self.steps:
            people = signers_of(thing, on=today, level=step.level)
            last = step is self.steps[-1]
            owes = step.level == ReviewLevel.SECRECY or (last and not secrecy)
            self._add(step.position, people, today, owes=owes)
        if hasattr(thing, "interpretations"):
            self.fields["publish_at"] = forms.DateTimeField(
                label="最后一步签了的，什么时候公开",
                required=False,
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
                help_text="不填就是登记后马上公开。",
            )

    def _add(self, at: int, people: list[User], today: Any, *, owes: bool) -> None:
        names = [("", "—"), *((one.pk, str(one)) for one in people)]
        self.fields[f"outcome_{at}"] = forms.ChoiceField(label="结果", choices=_OUTCOMES, required=False)
        self.fields[f"user_{at}"] = forms.TypedChoiceField(
            label="签字人", choices=names, coerce=int, required=False, empty_value=None
        )
        self.fields[f"signed_on_{at}"] = forms.DateField(
            label="签字日期",
            required=False,
            widget=forms.DateInput(attrs={"type": "date", "max": today.isoformat()}),
        )
        if owes:
            self.fields[f"secrecy_{at}"] = forms.BooleanField(
                label="表上写明已作保密审查、可以公开", required=False
            )
        self.fields[f"remarks_{at}"] = forms.CharField(
            label="纸上写的意见", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
        )

    def groups(self) -> list[tuple[str, list[Any]]]:
        """(name of the step, its fields), in order."""
        return [
            (str(ReviewLevel(step.level).label), [self[name] for name in self._names(step.position)])
            for step in self.steps
        ]

    def rest(self) -> list[Any]:
        """Fields that belong to no step."""
        return [self[name] for name in ("publish_at",) if name in self.fields]

    def _names(self, at: int) -> list[str]:
        return [name for name in self.fields if name.endswith(f"_{at}")]

    def clean(self) -> dict[str, Any]:
        """Who and when belong to every step that was signed."""
        data: dict[str, Any] = super().clean() or {}
        signed = [step.position for step in self.steps if data.get(f"outcome_{step.position}")]
        if not signed:
            self.add_error(None, "请在签了字的步骤里选「同意」或「退回」。")
        for at in signed:
            if not data.get(f"user_{at}"):
                self.add_error(f"user_{at}", "请选是谁签的字。")
            if not data.get(f"signed_on_{at}"):
                self.add_error(f"signed_on_{at}", "请填纸上写的日期。")
            if data[f"outcome_{at}"] == StepOutcome.RETURNED and not data.get(f"remarks_{at}", "").strip():
                self.add_error(f"remarks_{at}", "退回的请照抄纸上的意见。")
        return data

    @property
    def signatures(self) -> list[Signature]:
        """The lines of the paper; after `is_valid`."""
        data = self.cleaned_data
        people = User.objects.in_bulk([data[f"user_{step.position}"] for step in self._signed()])
        return [
            Signature(
                step.position,
                people[data[f"user_{step.position}"]],
                data[f"signed_on_{step.position}"],
                Decision(
                    StepOutcome(data[f"outcome_{step.position}"]),
                    remarks=data.get(f"remarks_{step.position}", ""),
                    secrecy_cleared=bool(data.get(f"secrecy_{step.position}")),
                    publish_at=data.get("publish_at") if step is self.steps[-1] else None,
                ),
            )
            for step in self._signed()
        ]

    def _signed(self) -> list[Step]:
        return [step for step in self.steps if self.cleaned_data.get(f"outcome_{step.position}")]


def _of_round(thing: Any) -> list[Step]:
    rows = thing.steps.filter(round=thing.review_round).exclude(outcome=StepOutcome.VOID)
    return list(rows.order_by("position"))
