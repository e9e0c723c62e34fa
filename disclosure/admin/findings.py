"""审前检查 in the back office: the page of findings, what the clerk says to them, the wrong words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules, scanning, services
from disclosure.admin.parts import redact_url
from disclosure.models import Note, WrongWord
from disclosure.services import NotAllowed
from disclosure.services.findings import key_of, notes_of
from disclosure.states import FindingKind

#: So many of one kind at one place are shown; the rest is counted.
_SHOWN = 50
#: What 遮盖 covers.
_REDACTED = {
    FindingKind.MOBILE,
    FindingKind.ID_NUMBER,
    FindingKind.BANK_CARD,
    FindingKind.ADDRESS,
}
_SEVERITY = {scanning.HIGH: "重要", scanning.MEDIUM: "一般", scanning.LOW: "提示"}


@dataclass
class Row:
    """One finding on the page; `note` where it is justified."""

    key: str
    finding: scanning.Finding
    note: Note | None


@dataclass
class Section:
    """Findings of one kind at one place."""

    label: str
    area: str
    advice: str
    severity: str
    rows: list[Row]
    still_open: list[str]
    redact_url: str = ""

    @property
    def shown(self) -> list[Row]:
        """As many as a person reads; open ones first."""
        return sorted(self.rows, key=lambda row: row.note is not None)[:_SHOWN]

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return max(0, len(self.rows) - _SHOWN)

    @property
    def digest(self) -> str:
        """Names exactly these findings: another one among them, and a tick for all of them holds no more."""
        return sha256("".join(sorted(self.still_open)).encode()).hexdigest()


def sections(thing: Any, *, may_redact: bool = False) -> list[Section]:
    """The findings of a thing, by kind and place; with the way to 遮盖 where they stand in a PDF."""
    notes = notes_of(thing)
    redactable = _redactable(thing) if may_redact else {}
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for finding in services.scan(thing):
        key = key_of(finding)
        grouped[finding.kind, finding.area].append(Row(key, finding, notes.get(key)))
    return [
        Section(
            str(FindingKind(kind).label),
            area,
            rows[0].finding.advice if len({row.finding.advice for row in rows}) == 1 else "",
            _SEVERITY[rows[0].finding.severity],
            rows,
            [row.key for row in rows if row.note is None],
            redactable.get(area, "") if kind in _REDACTED else "",
        )
        for (kind, area), rows in grouped.items()
    ]


def _redactable(thing: Any) -> dict[str, str]:
    """Where PDFs of a thing are redacted, by what findings call them; of two of one name neither."""
    pages: dict[str, list[str]] = defaultdict(list)
    for row in thing.attachments.all():
        pages[scanning.File(row.title, "", "").area].append(redact_url(row))
    return {area: found[0] for area, found in pages.items() if len(found) == 1}


class ReasonForm(forms.Form):
    """说明理由."""

    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "aria-describedby": "reason-help"}),
        error_messages={"required": "请写明理由：为什么这一处可以保留。"},
    )


class FindingPages:
    """Adds the page of 审前检查 to the admin of a publishable thing, and the notes to its own page."""

    def get_urls(self: Any) -> Any:
        """With the page of findings."""
        view = self.admin_site.admin_view(self.scan_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_scan"
        return [path("<int:object_id>/scan/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def render_change_form(
        self: Any, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what the clerk justified, and the way to the page of findings."""
        obj = kwargs.get("obj")
        if obj is not None:
            context["finding_notes"] = list(notes_of(obj).values())
            context["scan_url"] = self._address_of("scan", obj)
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        return response

    def act_page(self: Any, request: HttpRequest, obj: Any, **words: Any) -> HttpResponse:
        """Whoever signs a step sees what the clerk justified."""
        response: HttpResponse = super().act_page(request, obj, **words)  # type: ignore[misc]
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            response.template_name = "admin/disclosure/move.html"
            response.context_data["finding_notes"] = list(notes_of(obj).values())
            response.context_data["scan_url"] = self._address_of("scan", obj)
        return response

    def _address_of(self: Any, page: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[obj.pk])

    def scan_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """What the scanner finds now; the clerk of a draft justifies what may stay."""
        obj = self._in_scope(request, object_id)
        found = sections(obj, may_redact=rules.can_edit(staff(request), obj))
        form = ReasonForm(request.POST if request.method == "POST" else None)
        chosen = _chosen(request, found)
        if request.method == "POST" and form.is_valid():
            try:
                count = services.justify(
                    obj, keys=chosen, reason=form.cleaned_data["reason"], by=staff(request)
                )
            except NotAllowed as refusal:
                form.add_error(None, list(refusal.messages))
            else:
                self.message_user(request, f"已说明{count}处。", messages.SUCCESS)
                return HttpResponseRedirect(self._address_of("scan", obj))
        context = {
            **self.admin_site.each_context(request),
            "title": f"审前检查：{obj.title}",
            "sections": found,
            "form": form,
            "chosen": set(chosen),
            "open_count": sum(len(section.still_open) for section in found),
            "may_justify": rules.can_edit(staff(request), obj),
            "thing": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/findings.html", context)


def _chosen(request: HttpRequest, found: list[Section]) -> list[str]:
    whole = set(request.POST.getlist("whole"))
    keys = request.POST.getlist("key")
    return [*keys, *(key for section in found if section.digest in whole for key in section.still_open)]


class WrongWordForm(forms.ModelForm):  # type: ignore[type-arg]
    """An expression, and the words in which it is right."""

    unless = SimpleArrayField(
        forms.CharField(max_length=40),
        label="在这些词里不算错",
        required=False,
        help_text="用英文逗号隔开，例如「防犯」写「防犯罪」。",
    )

    class Meta:
        model = WrongWord
        fields = ("wrong", "right", "unless", "is_active")
        help_texts = {"is_active": "不想再检查的，取消勾选；不用删除。"}


@admin.register(WrongWord)
class WrongWordAdmin(ServiceAdmin):
    """常见错误表述: kept by 县政府办公室."""

    form = WrongWordForm
    list_display = ("wrong", "right", "is_active")
    list_filter = ("is_active",)
    search_fields = ("wrong", "right")
    list_per_page = 100
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return rules.may_keep_wrong_words(staff(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """县政府办公室."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """县政府办公室."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: switched off, lest the reference data bring it back."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.keep_wrong_word(obj, by=staff(request))
