"""The record after publication in the back office: 更正稿, changes of validity, 合并, ends that come near."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules, services
from disclosure.admin.corrections import CorrectionPages
from disclosure.forms import ConfirmForm
from disclosure.models import Document, Merge, ValidityChange, ValiditySetting, warn_days
from disclosure.record_forms import MergeForm, TakeBackForm, ValidityForm
from disclosure.states import Publication, Validity

_NAME = "admin:disclosure_document"


class ValidityFilter(admin.SimpleListFilter):
    """有效性 of today, reckoned from the dates."""

    title = "有效性"
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states, and what ends soon."""
        return [*((str(value), str(label)) for value, label in Validity.choices), ("ending", "快到期")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows of that validity today."""
        today = timezone.localdate()
        if self.value() == "ending":
            return queryset.ending(today, warn_days())
        if self.value() in Validity.values:
            return queryset.with_validity_on(today).filter(validity_then=self.value())
        return queryset


class RecordPages(CorrectionPages):
    """Pages of a document that is public, or was merged away."""

    start_correction = staticmethod(services.start_correction)

    def get_urls(self) -> Any:
        """With the pages of this module."""
        view = self.admin_site.admin_view
        ours = [
            path("<int:object_id>/validity/", view(self.validity_view), name="disclosure_document_validity"),
            path(
                "<int:object_id>/validity/<int:change_id>/revoke/",
                view(self.take_back_change_view),
                name="disclosure_document_revoke_change",
            ),
            path("<int:object_id>/merge/", view(self.merge_view), name="disclosure_document_merge"),
            path("<int:object_id>/unmerge/", view(self.unmerge_view), name="disclosure_document_unmerge"),
        ]
        return ours + super().get_urls()

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """With those of the record."""
        found = super().moves(request, obj)
        user = staff(request)
        acts = []
        if rules.can_correct(user, obj):
            acts.append(("登记修改、失效", "validity"))
        if rules.can_merge(user, obj):
            merged = obj.status == Publication.MERGED
            acts.append(("撤销合并", "unmerge") if merged else ("并入另一份", "merge"))
        return [*found, *((label, reverse(f"{_NAME}_{name}", args=[obj.pk])) for label, name in acts)]

    def validity_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Record 修改, 失效 or 废止."""
        obj = self._for_record(request, object_id, rules.can_correct)

        def act(form: Any) -> str:
            data = form.cleaned_data
            services.record_change(
                obj,
                kind=data["kind"],
                on=data["on"],
                by=staff(request),
                cause=data.get("repealed_by"),
                basis=data.get("reason", ""),
            )
            return f"已登记：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"登记修改、失效、废止：{obj.title}",
            explanation="文件页会写明从哪天起、由哪份文件修改或者废止，两份文件互相连着。"
            "有效期到了不用登记，系统自己按日期显示。登记错了的，可以撤销。",
            button="登记",
            make_form=ValidityForm,
            act=act,
        )

    def take_back_change_view(self, request: HttpRequest, object_id: int, change_id: int) -> HttpResponse:
        """Take a change back that was recorded by mistake."""
        obj = self._for_record(request, object_id, rules.can_correct)
        change = obj.validity_changes.filter(pk=change_id, revoked_at=None).first()
        if change is None:
            return HttpResponseRedirect(reverse(f"{_NAME}_change", args=[obj.pk]))

        def act(form: forms.Form) -> str:
            services.take_back_change(change, by=staff(request), reason=form.cleaned_data["reason"])
            return f"已撤销登记：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"撤销登记：{change}",
            explanation="撤销后，有效性按其余的登记和日期重新显示。",
            button="撤销登记",
            make_form=TakeBackForm,
            act=act,
        )

    def merge_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Let this posting give way to another of the same document."""
        obj = self._for_record(request, object_id, rules.can_merge)

        def act(form: forms.Form) -> str:
            data = form.cleaned_data
            services.merge_documents(obj, into=data["into"], by=staff(request), reason=data["reason"])
            return f"已并入：{data['into'].title}"

        return self.act_page(
            request,
            obj,
            title=f"并入另一份：{obj.title}",
            explanation="同一份文件公开了两次的，并成一份。这一份的地址、索引号以后自动转到保留的那一份，"
            "目录事项、领域、解读一并转过去；什么都不删除，可以撤销。",
            button="并入",
            make_form=MergeForm,
            act=act,
        )

    def unmerge_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take a merge back."""
        obj = self._for_record(request, object_id, rules.can_merge)
        merge = Merge.objects.filter(source=obj, undone_at=None).select_related("target").first()
        if merge is None:
            return HttpResponseRedirect(reverse(f"{_NAME}_change", args=[obj.pk]))

        def act(form: forms.Form) -> str:
            services.undo_merge(merge, by=staff(request))
            return f"已撤销合并：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"撤销合并：{obj.title}",
            explanation=f"这一份重新公开，转到「{merge.target.title}」的事项、领域、解读转回来。",
            button="撤销合并",
            make_form=ConfirmForm,
            act=act,
        )

    @admin.display(description="修改、失效、废止")
    def validity_lines(self, obj: Document) -> SafeString | str:
        """What was recorded, each with the way to take it back."""
        rows = ValidityChange.objects.filter(document=obj, revoked_at=None).select_related("cause")
        lines = [
            (
                str(row),
                f"（{row.cause.title}）" if row.cause else f"（{row.basis}）" if row.basis else "",
                reverse(f"{_NAME}_revoke_change", args=[obj.pk, row.pk]),
            )
            for row in rows
        ]
        if not lines:
            return ""
        shown = format_html_join("", '<li>{}{} <a href="{}">撤销登记</a></li>', lines)
        return format_html('<ul class="linked">{}</ul>', shown)

    @admin.display(description="并入")
    def merged_line(self, obj: Document) -> SafeString | str:
        """The posting that stands for this one."""
        if obj.merged_into is None:
            return ""
        address = reverse(f"{_NAME}_change", args=[obj.merged_into_id])
        return format_html('<a href="{}">{}</a>', address, obj.merged_into.title)


@admin.register(ValiditySetting)
class ValiditySettingAdmin(ServiceAdmin):
    """有效期提醒: one row."""

    list_display = ("__str__",)
    fields = ("warn_days",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: there is one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change it."""
        return rules.may_keep_record_settings(staff(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return rules.may_keep_record_settings(staff(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.set_warn_days(form.cleaned_data["warn_days"], by=staff(request))
