"""网页纠错 in the back office: the queue of an agency, closing and handing over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import rules, services
from disclosure.admin.only_shown import OnlyShown
from disclosure.admin.parts import AgencyFilter
from disclosure.models import ErrorReport
from disclosure.states import ErrorOutcome


class CloseForm(forms.Form):
    """What came of it."""

    outcome = forms.ChoiceField(
        label="处理结果",
        choices=ErrorOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择处理结果。"},
    )
    answer = forms.CharField(
        label="怎样处理的",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="例如：第二段日期已更正为3月2日。留了联系方式的，请照此回复本人。",
    )


class HandOverForm(forms.Form):
    """To whom."""

    agency = forms.ModelChoiceField(
        Agency.objects.published(),
        label="转给哪个单位",
        empty_label="请选择",
        error_messages={"required": "请选择转给哪个单位。"},
    )


class TodoFilter(admin.SimpleListFilter):
    """What waits, and what is late."""

    title = "办理情况"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("waiting", "待办"), ("late", "超过期限"), ("closed", "已办结")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of the choice."""
        if self.value() == "waiting":
            return queryset.waiting()
        if self.value() == "late":
            return queryset.overdue(timezone.localdate())
        return queryset.exclude(closed_at=None) if self.value() == "closed" else queryset


@admin.register(ErrorReport)
class ErrorReportAdmin(OnlyShown, ServiceAdmin):
    """网页纠错: read, closed, handed over; never written by staff."""

    list_display = ("title_line", "kind", "agency", "reported_on", "due_line", "outcome_line")
    list_filter = (TodoFilter, "kind", AgencyFilter)
    list_select_related = ("agency", "closed_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("page_title", "address", "words")
    search_help_text = "可以写网页标题、网址或者问题说明里的几个字。"
    actions = None
    fields = (
        "page_line",
        "kind",
        "words",
        "contact_line",
        "agency",
        "reported_on",
        "due_line",
        "outcome_line",
        "answer",
        "closed_by",
    )
    change_form_template = "admin/disclosure/error_report.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of the agencies in scope; open ones first, the nearest day first."""
        rows = ErrorReport.objects.in_scope_of(request.user).select_related("agency", "closed_by")
        return rows.order_by(models.F("closed_at").asc(nulls_first=True), "due_on", "-pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything."""
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has it in scope and answers reports."""
        user = staff(request)
        return rules.may_answer_reports(user) and (obj is None or rules.can_answer_report(user, obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    @admin.display(description="网页", ordering="page_title")
    def title_line(self, report: ErrorReport) -> str:
        """The page's title, else its address."""
        return report.page_title or report.address

    @admin.display(description="网页")
    def page_line(self, report: ErrorReport) -> SafeString:
        """The way to the page."""
        return format_html('<a href="{}">{}</a>', report.address, report.page_title or report.address)

    @admin.display(description="联系方式")
    def contact_line(self, report: ErrorReport) -> str:
        """As given, until it is erased."""
        if report.erased_at:
            return "已按规定删除"
        return report.contact or "没有留"

    @admin.display(description="收到时间", ordering="reported_at")
    def reported_on(self, report: ErrorReport) -> str:
        """When."""
        return f"{timezone.localtime(report.reported_at):%Y-%m-%d %H:%M}"

    @admin.display(description="期限", ordering="due_on")
    def due_line(self, report: ErrorReport) -> str:
        """The day, and whether it has passed."""
        late = report.closed_at is None and report.due_on < timezone.localdate()
        return f"{report.due_on}{'（已超过）' if late else ''}"

    @admin.display(description="处理结果", ordering="closed_at")
    def outcome_line(self, report: ErrorReport) -> str:
        """What came of it."""
        return report.get_outcome_display() or "待办"

    def get_urls(self) -> Any:
        """With the two acts."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/close/", view(self.close_view), name="disclosure_errorreport_close"),
            path("<int:pk>/hand-over/", view(self.hand_over_view), name="disclosure_errorreport_hand_over"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The report with its acts."""
        report = self.get_object(request, object_id)
        open_to = report is not None and report.closed_at is None
        return super().change_view(request, object_id, form_url, {"acts": open_to, **(extra_context or {})})

    def _report(self, request: HttpRequest, pk: int) -> ErrorReport:
        return self.object_for_act(request, str(pk), lambda one: self.has_view_permission(request, one))  # type: ignore[no-any-return]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """办结."""
        report = self._report(request, pk)

        def act(form: forms.Form) -> str:
            services.close_report(report, by=staff(request), **form.cleaned_data)
            return "已办结。"

        return self.act_page(
            request,
            report,
            title=f"办结：{report}",
            explanation=f"读者说：{report.words}",
            button="办结",
            make_form=CloseForm,
            act=act,
        )

    def hand_over_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """转给别的单位."""
        report = self._report(request, pk)
        if report.closed_at is not None:
            raise PermissionDenied
        back = reverse("admin:disclosure_errorreport_changelist")
        form = HandOverForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            agency = form.cleaned_data["agency"]
            try:
                services.hand_over_report(report, by=staff(request), agency=agency)
            except services.NotAllowed as refusal:
                self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            else:
                self.message_user(request, f"已转给{agency}。")
            # It may lie outside the user's scope now.
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"转给别的单位：{report}",
            "explanation": f"办理期限不变：{report.due_on}。读者说：{report.words}",
            "button": "转给它",
            "form": form,
            "media": self.media,
            "original": report,
            "opts": self.opts,
            "back_url": reverse("admin:disclosure_errorreport_change", args=[report.pk]),
        }
        return TemplateResponse(request, "admin/agencies/act.html", context)
