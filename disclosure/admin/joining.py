"""合并 PDF: which of a draft's PDFs, in which order, under which name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, show_refusal, staff
from disclosure import rules, services
from disclosure.models import SignedOriginal
from disclosure.services import NotAllowed
from disclosure.services.pdf_pages import MOST_PARTS, Source, name_of, pdfs_of


class JoinForm(forms.Form):
    """A number for each PDF that goes in; the name of the whole; whether the parts stay."""

    title = forms.CharField(
        label="合并后的名称",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "请给合并后的附件起个名称。"},
    )
    drop_parts = forms.BooleanField(
        label="合并后删掉上面选中的附件，只留合并好的一份",
        required=False,
        help_text="不勾选，原来的附件都留着。删掉以后要再用，须重新上传。签发原件总是留着。",
    )

    def __init__(self, parts: list[Source], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {key_of(part): part for part in parts}
        for number, (key, part) in enumerate(self.parts.items(), start=1):
            self.fields[f"place-{key}"] = forms.IntegerField(
                label=name_of(part),
                required=False,
                min_value=1,
                max_value=999,
                initial=number if isinstance(part, SignedOriginal) is False else None,
                widget=forms.NumberInput(attrs={"class": "join-place", "inputmode": "numeric"}),
            )

    @property
    def rows(self) -> list[tuple[Source, Any, bool]]:
        """Each PDF with its box, and whether it is the signed original."""
        return [
            (part, self[f"place-{key}"], isinstance(part, SignedOriginal)) for key, part in self.parts.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Two PDFs or more, each at a place of its own."""
        data: dict[str, Any] = super().clean() or {}
        places = [data[f"place-{key}"] for key in self.parts if data.get(f"place-{key}")]
        if len(places) != len(set(places)):
            raise forms.ValidationError("有两个附件的顺序一样，请改成不同的数字。")
        if not self.errors and not 2 <= len(places) <= MOST_PARTS:
            raise forms.ValidationError(f"请给2到{MOST_PARTS}个 PDF 填上顺序，不合并的留空。")
        return data

    @property
    def chosen(self) -> list[Source]:
        """The parts in their order."""
        wanted = [(self.cleaned_data[f"place-{key}"], part) for key, part in self.parts.items()]
        return [part for place, part in sorted((one for one in wanted if one[0]), key=lambda one: one[0])]


def key_of(part: Source) -> str:
    """Names a part and the file that the clerk saw: another file meanwhile, and the number is no one's."""
    kind = "original" if isinstance(part, SignedOriginal) else "attachment"
    return f"{kind}-{part.pk}-{part.sha256[:12]}"


class JoiningPages(ServiceAdmin):
    """Adds 合并 PDF to the admin of a publishable thing."""

    def get_urls(self) -> Any:
        """With the page."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_join"
        view = self.admin_site.admin_view(self.join_view)
        return [path("<int:object_id>/attachments/join/", view, name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With its address, while attachments change."""
        obj = kwargs.get("obj")
        if obj is not None and rules.can_edit(staff(request), obj):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_join"
            context["join_url"] = reverse(name, args=[obj.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def join_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Choose, order, name; then back to the draft."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        if not rules.can_edit(staff(request), obj):
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        parts = pdfs_of(obj)
        form = JoinForm(parts, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.join_pdfs(
                    obj,
                    by=staff(request),
                    parts=form.chosen,
                    title=form.cleaned_data["title"],
                    drop_parts=form.cleaned_data["drop_parts"],
                )
            except NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                done = f"已合并成附件「{made.title}」，请打开看一遍。"
                self.log_change(request, obj, done)
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"合并 PDF：{obj.title}",
            "form": form,
            "enough": len(parts) > 1,
            "thing": obj,
            "back_url": back,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/pdf/join.html", context)
