"""备案和年度复核 in the back office: the register of what stays in, and the acts on it, each a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export import resources

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import register_rules, services
from disclosure.admin.exports import column
from disclosure.admin.only_shown import ListExport, OnlyShown
from disclosure.admin.parts import person_line
from disclosure.admin.withheld_trend import WithheldTrend
from disclosure.forms import ConfirmForm
from disclosure.models import Withholding
from disclosure.register_states import (
    FILING_MOVES,
    FilingState,
    RecheckResult,
    results_from,
)
from disclosure.states import Openness

_EXPLANATIONS = {
    "recall": "收回后可以继续修改，改好后重新报备案。",
    "confirm": "请核对：确实不能主动公开、依据和理由写得对、内容不涉及国家秘密。确认后报县政府办公室。",
    "accept": "请核对公开属性、依据和理由。备案后内容不能再改，一年后要复核。",
    "send_back": "退回后由经办人修改公开属性、依据或理由，再重新报备案。",
    "recheck": "请看情况有没有变化：依据还成立吗，有没有人申请过。只能维持，或者向公开的方向调整；"
    "转为主动公开的，二十个工作日内要公开。",
}
_DONE: dict[str, Callable[..., Any]] = {
    "recall": services.recall_filing,
    "confirm": services.confirm_filing,
    "accept": services.accept_filing,
    "send_back": services.return_filing,
    "recheck": services.recheck,
}


class ReturnFilingForm(forms.Form):
    """退回意见."""

    remarks = forms.CharField(
        label="退回意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明哪里不对、要改什么，经办人会看到。",
    )


class RecheckForm(forms.Form):
    """年度复核."""

    result = forms.TypedChoiceField(
        label="复核结果",
        coerce=RecheckResult,
        widget=forms.RadioSelect(),
        error_messages={"required": "请选择复核结果。"},
    )
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="维持的，写明依据为什么仍然成立；转为公开的，写明情况有什么变化。",
    )

    def __init__(self, *args: Any, openness: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["result"]
        choice.choices = [
            (one.value, f"维持「{Openness(openness).label}」" if one == RecheckResult.MAINTAIN else one.label)
            for one in results_from(openness)
        ]


class TodoFilter(admin.SimpleListFilter):
    """What waits, as the work queue counts it."""

    title = "要办的"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As far as the user has such a part."""
        user, found = staff(request), [("recheck", "到期要复核"), ("publish", "转为主动公开、还没有公开")]
        if register_rules.may_confirm(user):
            found.insert(0, ("confirm", "等我确认"))
        if register_rules.keeps_the_registers(user):
            found.insert(1, ("accept", "等县政府办公室备案"))
        return found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen queue."""
        user = staff(request)
        if self.value() == "recheck":
            return queryset.to_recheck(timezone.localdate())
        if self.value() == "publish":
            return queryset.to_publish()
        if self.value() == "confirm":
            return queryset.to_confirm(user) if register_rules.may_confirm(user) else queryset.none()
        if self.value() == "accept":
            keeps = register_rules.keeps_the_registers(user)
            return queryset.to_accept(user) if keeps else queryset.none()
        return queryset


class OwnerFilter(admin.SimpleListFilter):
    """单位, of the user's scope alone."""

    title = "单位"
    parameter_name = "agency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Agencies in scope."""
        agencies = Agency.objects.in_scope_of(request.user).only("code", "name", "short_name")
        return [(agency.code, agency.label) for agency in agencies]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those of the agency itself."""
        return queryset.filter(document__agency__code=self.value()) if self.value() else queryset


class WithholdingResource(resources.ModelResource):  # type: ignore[misc]
    """The register as Excel: texts alone."""

    title = column("document__title", "文件")
    doc_number = column("document__doc_number", "发文字号")
    agency = column("document__agency__name", "单位")
    openness = column("get_openness_display", "公开属性")
    ground = column("document__get_openness_ground_display", "依据")
    reason = column("document__openness_reason", "理由")
    state = column("get_state_display", "备案状态")
    filed_at = column("filed_at", "备案时间")
    next_check_on = column("next_check_on", "下次复核")
    publish_due_on = column("publish_due_on", "公开期限")

    class Meta:
        model = Withholding
        fields = (
            "title",
            "doc_number",
            "agency",
            "openness",
            "ground",
            "reason",
            "state",
            "filed_at",
            "next_check_on",
            "publish_due_on",
        )
        export_order = fields


@admin.register(Withholding)
class WithholdingAdmin(WithheldTrend, OnlyShown, ListExport, ServiceAdmin):
    """备案和年度复核: looked at, never edited; the acts are pages of their own."""

    resource_classes = [WithholdingResource]
    change_form_template = "admin/disclosure/withholding/change_form.html"
    import_export_change_list_template = "admin/disclosure/withholding/change_list.html"
    list_display = ("title", "owner", "openness", "ground", "stands", "filed_on", "due")
    list_display_links = ("title",)
    list_filter = (TodoFilter, "state", "openness", OwnerFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("document__title", "document__doc_number")
    search_help_text = "可以写标题中的几个字或发文字号。"
    ordering = ("-id",)
    actions = None
    fields = (
        "document_line",
        "owner",
        "openness",
        "ground",
        "reason",
        "stands",
        "submitted_line",
        "confirmed_line",
        "filed_line",
        "remarks",
        "next_check_on",
        "lifted_line",
        "publish_line",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ["css/admin-coverage.css", "css/admin-registers.css"]}

    # Scope and permission

    def get_queryset(self, request: HttpRequest) -> Any:
        """Of documents in the user's scope."""
        return Withholding.objects.in_scope_of(request.user).with_names().order_by(*self.ordering)

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, with days that the calendar has moved."""
        services.refresh_publish_due()
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> Any:
        """With the pages of the acts and the trend."""
        wrap = self.admin_site.admin_view
        ours = [
            path(
                "<int:object_id>/move/<slug:move>/", wrap(self.move_view), name="disclosure_withholding_move"
            ),
            path("trend/", wrap(self.trend_view), name="disclosure_withholding_trend"),
            path("trend.xlsx", wrap(self.trend_export), name="disclosure_withholding_trend_export"),
        ]
        return ours + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the acts that the user may do now, and the re-checks."""
        obj, user = kwargs.get("obj"), staff(request)
        if obj is not None:
            address = "admin:disclosure_withholding_move"
            context["moves"] = [
                (move.label, reverse(address, args=[obj.pk, move.name]))
                for move in FILING_MOVES.values()
                if move.name in _DONE and register_rules.can_move_filing(move.name, user, obj.document)
            ]
            context["rechecks"] = obj.rechecks.select_related("by")
        return super().render_change_form(request, context, *args, **kwargs)

    def move_view(self, request: HttpRequest, object_id: int, move: str) -> HttpResponse:
        """Confirm and do one act."""
        if move not in _DONE:
            raise Http404
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        user, label = staff(request), FILING_MOVES[move].label
        if request.method != "POST" and not register_rules.can_move_filing(move, user, obj.document):
            raise PermissionDenied

        def act(form: forms.Form) -> str:
            _DONE[move](obj.document, by=user, **form.cleaned_data)
            return f"已{label.split('，')[0]}：{obj.document.title}"

        return self.act_page(
            request,
            obj,
            title=f"{label}：{obj.document.title}",
            explanation=_EXPLANATIONS[move],
            button=label,
            make_form=lambda data: _form(move, obj, data),
            act=act,
        )

    # Columns

    @admin.display(description="文件", ordering="document__title")
    def title(self, row: Withholding) -> str:
        """Its title."""
        return row.document.title

    @admin.display(description="文件")
    def document_line(self, row: Withholding) -> SafeString:
        """Title and way to the document."""
        address = reverse("admin:disclosure_document_change", args=[row.document_id])
        return format_html('<a href="{}">{}</a>', address, row.document.title)

    @admin.display(description="单位", ordering="document__agency__order")
    def owner(self, row: Withholding) -> str:
        """The agency."""
        return row.document.agency.label

    @admin.display(description="依据")
    def ground(self, row: Withholding) -> str:
        """The ground, while it stays in."""
        return row.document.get_openness_ground_display() or "—"

    @admin.display(description="理由")
    def reason(self, row: Withholding) -> str:
        """The reason in words."""
        return row.document.openness_reason

    @admin.display(description="备案状态", ordering="state")
    def stands(self, row: Withholding) -> SafeString:
        """The state as a mark."""
        return format_html('<span class="filing filing-{}">{}</span>', row.state, row.get_state_display())

    @admin.display(description="备案日期", ordering="filed_at")
    def filed_on(self, row: Withholding) -> str:
        """The day it came on file."""
        return f"{timezone.localtime(row.filed_at):%Y-%m-%d}" if row.filed_at else ""

    @admin.display(description="期限", ordering="next_check_on")
    def due(self, row: Withholding) -> SafeString | str:
        """When it is to be looked at again, or to be public."""
        if row.state == FilingState.FILED and row.next_check_on:
            late = row.next_check_on <= timezone.localdate()
            words = f"{row.next_check_on} 复核"
            return format_html('<strong class="late">{}（已到期）</strong>', words) if late else words
        return self.publish_line(row)

    @admin.display(description="公开期限")
    def publish_line(self, row: Withholding) -> SafeString | str:
        """The day by which what became 主动公开 has to be public; empty once it is."""
        if row.state != FilingState.LIFTED or row.document.published_at is not None:
            return ""
        words = f"{row.publish_due_on} 公开" + ("（暂定）" if row.publish_due_provisional else "")
        if row.publish_due_on and row.publish_due_on < timezone.localdate():
            return format_html('<strong class="late">{}（已过期）</strong>', words)
        return words

    @admin.display(description="报备")
    def submitted_line(self, row: Withholding) -> str:
        """Who handed it in."""
        return person_line(row.submitted_by, row.submitted_at)

    @admin.display(description="单位确认")
    def confirmed_line(self, row: Withholding) -> str:
        """Who confirmed for the agency."""
        return person_line(row.confirmed_by, row.confirmed_at)

    @admin.display(description="县政府办公室备案")
    def filed_line(self, row: Withholding) -> str:
        """Who put it on file."""
        return person_line(row.filed_by, row.filed_at)

    @admin.display(description="转为主动公开")
    def lifted_line(self, row: Withholding) -> str:
        """Who opened it."""
        return person_line(row.lifted_by, row.lifted_at)


def _form(move: str, row: Withholding, data: Any) -> forms.Form:
    if move == "recheck":
        return RecheckForm(data, openness=row.openness)
    return ReturnFilingForm(data) if move == "send_back" else ConfirmForm(data)
