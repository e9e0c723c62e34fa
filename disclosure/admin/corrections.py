"""更正稿 in the back office: the same door for documents and interpretations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from disclosure import rules
from disclosure.admin.earlier import EarlierPages
from disclosure.forms import ConfirmForm
from disclosure.models import Publishable
from disclosure.services.corrections import ABOUT, WORDS
from disclosure.states import Publication


class CorrectionPages(EarlierPages):
    """Begin a correction draft of something public; what such a draft shows."""

    #: The service of the room.
    start_correction: Callable[..., Any]

    def get_urls(self) -> Any:
        """With the page that begins a draft."""
        view = self.admin_site.admin_view(self.correct_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_correct"
        return [path("<int:object_id>/correct/", view, name=name), *super().get_urls()]

    @property
    def editable_names(self) -> frozenset[str]:
        """With what the public is told of the change."""
        names: frozenset[str] = super().editable_names  # type: ignore[misc]
        return names | ABOUT

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """With the correction of what is public."""
        found: list[tuple[str, str]] = super().moves(request, obj)
        if rules.can_start_correction(staff(request), obj):
            found = [*found, ("起草更正稿", self._page_of("correct", obj.pk))]
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a correction draft all but the words."""
        shown = list(super().get_readonly_fields(request, obj))
        if obj is not None and obj.corrects_id:
            names = [name for _, group in self.groups for name in group]  # type: ignore[attr-defined]
            shown += [name for name in names if name not in WORDS and name not in shown]
            shown += [*ABOUT, "closes_earlier_shown"] if self._locked(request, obj) else []  # type: ignore[attr-defined]
        return shown

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A correction draft says first what it corrects and what the public is told."""
        found = list(super().get_fieldsets(request, obj))
        if obj is not None and obj.corrects_id:
            names = ["correction_note", "closes_earlier"]
            shown = ["corrects_line", *self.worth_showing(request, obj, names)]  # type: ignore[attr-defined]
            return [("更正什么", {"fields": shown}), *found]
        return found

    def correct_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Begin a correction draft, and go there; where one is under way, go to that."""
        obj = self._for_record(request, object_id, rules.can_start_correction)
        under_way = obj.correction_drafts.filter(
            status__in=[Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED]
        ).first()
        if under_way is not None:
            return HttpResponseRedirect(self._page_of("change", under_way.pk))
        made: list[Publishable] = []

        def act(form: forms.Form) -> str:
            made.append(type(self).start_correction(obj, by=staff(request)))
            return f"已起草更正稿：{obj.title}"

        response = self.act_page(
            request,
            obj,
            title=f"起草更正稿：{obj.title}",
            explanation="更正稿带有现在公开的标题、正文和附件。改好后写更正说明、提交审核；签发以前网页不变。"
            "签发后网页换成新的内容，写明哪天更正了什么，更正前的版本仍能查到，首次公开时间和编号不变。",
            button="起草更正稿",
            make_form=ConfirmForm,
            act=act,
        )
        return HttpResponseRedirect(self._page_of("change", made[0].pk)) if made else response

    @admin.display(description="更正哪一份")
    def corrects_line(self, obj: Any) -> SafeString | str:
        """What a correction draft corrects."""
        if obj.corrects is None:
            return ""
        return format_html(
            '<a href="{}">{}</a>', self._page_of("change", obj.corrects_id), obj.corrects.title
        )
