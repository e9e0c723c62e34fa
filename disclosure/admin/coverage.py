"""公开情况: how the items of an agency stand, and what its clerk says about them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from import_export import resources

from agencies.models import Agency
from catalog.models import Field, Item
from disclosure import rules, services
from disclosure.admin.coverage_acts import AT_ONCE, CoverageActs
from disclosure.admin.coverage_overview import CoverageOverview
from disclosure.admin.exports import column
from disclosure.admin.only_shown import ListExport, OnlyShown
from disclosure.models import Coverage
from disclosure.querysets import COVERAGE_TASKS
from disclosure.states import CoverageState

#: Items reckoned while a page waits; what is more, the worker does within minutes.
WHILE_WAITING = 500
_TASKS = {
    "overdue": "已过期限",
    "due": "即将到期",
    "never": "从未公开",
    "ask": "声明到期要再确认",
    "dead": "外部链接打不开",
}


class TaskFilter(admin.SimpleListFilter):
    """What waits for the clerk, as the work queue counts it."""

    title = "要办的"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tasks of the queue."""
        return list(_TASKS.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows of the task."""
        return queryset.waiting_for(self.value()) if self.value() in COVERAGE_TASKS else queryset


class StateFilter(admin.SimpleListFilter):
    """公开情况, in the order in which it matters."""

    title = "公开情况"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All states."""
        return [(state.value, str(state.label)) for state in CoverageState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows in the state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class OwnerFilter(admin.SimpleListFilter):
    """目录所属单位, of the user's scope alone."""

    title = "目录所属单位"
    parameter_name = "agency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Agencies in scope that have items."""
        agencies = Agency.objects.in_scope_of(request.user).filter(items__isnull=False).distinct()
        return [(agency.code, agency.label) for agency in agencies]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Items of the chosen agency's catalog."""
        return queryset.filter(item__agency__code=self.value()) if self.value() else queryset


class FieldFilter(admin.SimpleListFilter):
    """领域 in which the user's agencies have items."""

    title = "领域"
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Fields of items in scope."""
        used = Item.objects.in_scope_of(request.user).in_force().order_by().values("field")
        return list(Field.objects.filter(pk__in=used).order_by("order").values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Items of the field."""
        return queryset.filter(item__field__slug=self.value()) if self.value() else queryset


class CoverageResource(resources.ModelResource):  # type: ignore[misc]
    """The list as Excel: texts alone."""

    code = column("item__code", "编码")
    agency = column("item__agency__name", "目录所属单位")
    field = column("item__field__name", "领域")
    name = column("item__name", "事项")
    time_limit = column("item__time_limit", "公开时限")
    office = column("item__responsible_office", "责任科室")
    post = column("item__responsible_post", "责任岗位")
    state = column("get_state_display", "公开情况")
    last = column("last_published_on", "最近公开")
    due = column("next_due_on", "下次期限")
    count = column("document_count", "已公开文件")
    late = column("late_count", "其中超过期限公开的")
    reason = column("reason", "说明")

    class Meta:
        model = Coverage
        fields = (
            "code",
            "agency",
            "field",
            "name",
            "time_limit",
            "office",
            "post",
            "state",
            "last",
            "due",
            "count",
            "late",
            "reason",
        )
        export_order = fields


@admin.register(Coverage)
class CoverageAdmin(CoverageActs, CoverageOverview, OnlyShown, ListExport, admin.ModelAdmin):  # type: ignore[type-arg]
    """公开情况: reckoned, never edited; the acts are pages of their own."""

    resource_classes = [CoverageResource]
    import_export_change_list_template = "admin/disclosure/coverage/change_list.html"
    change_form_template = "admin/disclosure/coverage/change_form.html"
    list_display = ("title", "catalog", "situation", "why", "acts")
    list_display_links = ("title",)
    list_filter = (TaskFilter, StateFilter, OwnerFilter, FieldFilter, "item__stage")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("item__code", "item__levels", "item__content")
    search_help_text = "可以写事项名称、公开内容或编码中的几个字。"
    ordering = ("item__field__order", "item__agency__order", "item__position", "item_id")
    actions = ("declare_selected",)
    fields = (
        "names",
        "owner",
        "time_limit",
        "answerable",
        "stands",
        "reason",
        "last_published_on",
        "document_count",
        "late_count",
        "due",
        "elsewhere_line",
        "declarations",
        "acts",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ["css/admin-coverage.css"]}

    # Scope and permission

    def get_queryset(self, request: HttpRequest) -> Any:
        """Items in force in the user's scope."""
        return Coverage.objects.in_scope_of(request.user).in_force().with_names().order_by(*self.ordering)

    def get_list_display(self, request: HttpRequest) -> Any:
        """The column of acts for whoever may act."""
        return self.list_display if rules.may_speak(request.user) else self.list_display[:-1]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Likewise."""
        return self.fields if rules.may_speak(request.user) else self.fields[:-1]

    def has_declare_permission(self, request: HttpRequest) -> bool:
        """Whether the action is offered; each item is checked by the service."""
        return rules.may_speak(request.user)

    def get_urls(self) -> Any:
        """With the pages of the acts and the overview."""
        wrap = self.admin_site.admin_view
        ours = [
            path("declare/", wrap(self.declare_view), name="disclosure_coverage_declare"),
            path("overview/", wrap(self.overview_view), name="disclosure_coverage_overview"),
            path("overview.xlsx", wrap(self.overview_export), name="disclosure_coverage_overview_export"),
            path("<int:item_id>/elsewhere/", wrap(self.elsewhere_view), name="disclosure_coverage_elsewhere"),
            path(
                "declarations/<int:declaration_id>/revoke/",
                wrap(self.revoke_view),
                name="disclosure_declaration_revoke",
            ),
        ]
        return ours + super().get_urls()

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, up to date as far as a page can wait for it."""
        services.refresh_stale(Item.objects.in_scope_of(request.user).in_force(), limit=WHILE_WAITING)
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One item."""
        known = Item.objects.in_scope_of(request.user).in_force().filter(pk=_key(object_id))
        services.refresh_stale(known)
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.action(description="声明本年未产生", permissions=["declare"])
    def declare_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Go on to the page that asks."""
        chosen = list(queryset.order_by().values_list("pk", flat=True)[: AT_ONCE + 1])
        if len(chosen) > AT_ONCE:
            self.message_user(request, f"一次最多选 {AT_ONCE} 项，请分几次办。", messages.WARNING)
            return None
        keys = ",".join(map(str, sorted(chosen)))
        return HttpResponseRedirect(f"{reverse('admin:disclosure_coverage_declare')}?items={keys}")

    # Columns

    @admin.display(description="事项", ordering="item__levels")
    def title(self, row: Coverage) -> str:
        """The item's own name."""
        return row.item.name

    @admin.display(description="公开事项")
    def names(self, row: Coverage) -> SafeString:
        """All its names, leading to the item."""
        address = reverse("admin:catalog_item_change", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, " / ".join(row.item.levels))

    @admin.display(description="目录", ordering="item__agency__order")
    def owner(self, row: Coverage) -> str:
        """The agency whose catalog it is."""
        return row.item.agency.label

    @admin.display(description="目录", ordering="item__agency__order")
    def catalog(self, row: Coverage) -> SafeString:
        """Agency and 领域, one under the other: the acts must stay in view."""
        return format_html('{}<br><span class="quiet">{}</span>', row.item.agency.label, row.item.field.name)

    @admin.display(description="公开情况和期限", ordering="next_due_on")
    def situation(self, row: Coverage) -> SafeString:
        """The state, its day, and when something was last published."""
        lines = [f"期限 {self.due(row)}"] if row.next_due_on else []
        lines += [f"最近公开 {row.last_published_on}"] if row.last_published_on else []
        small = format_html_join("", '<br><span class="quiet">{}</span>', ((line,) for line in lines))
        return format_html('<div class="situation">{}{}</div>', self.stands(row), small)

    @admin.display(description="公开时限")
    def time_limit(self, row: Coverage) -> str:
        """As the catalog writes it."""
        return " ".join(row.item.time_limit.split()) or "目录没有写明"

    @admin.display(description="谁负责")
    def answerable(self, row: Coverage) -> str:
        """责任科室 and 责任岗位."""
        return " ".join(filter(None, (row.item.responsible_office, row.item.responsible_post))) or "没有填写"

    @admin.display(description="公开情况", ordering="state")
    def stands(self, row: Coverage) -> SafeString:
        """The state, told apart by word and by edge."""
        return format_html('<span class="stand stand-{}">{}</span>', row.state, row.get_state_display())

    @admin.display(description="期限", ordering="next_due_on")
    def due(self, row: Coverage) -> str | None:
        """The next day, or the one that was missed."""
        if row.next_due_on is None:
            return None
        return f"{row.next_due_on}（暂定）" if row.provisional else str(row.next_due_on)

    @admin.display(description="说明")
    def why(self, row: Coverage) -> str:
        """Why it is so."""
        return row.reason

    @admin.display(description="在其他平台")
    def elsewhere_line(self, row: Coverage) -> SafeString | str:
        """Platform, address and what the watch found."""
        kept = getattr(row.item, "elsewhere", None)
        if kept is None:
            return "没有登记"
        found = f"{kept.get_status_display()}{'：' + kept.problem if kept.problem else ''}"
        link = format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', kept.url)
        return format_html("{} {}（{}）", kept.platform, link, found)

    @admin.display(description="本年未产生声明")
    def declarations(self, row: Coverage) -> SafeString | str:
        """All declarations, the newest first; those that stand can be taken back."""
        lines = []
        for one in row.item.declarations.select_related("declared_by")[:20]:
            address = reverse("admin:disclosure_declaration_revoke", args=[one.pk])
            revoke = (
                format_html(' <a href="{}">收回</a>', address) if one.revoked_at is None else "（已收回）"
            )
            note = f"，{one.note}" if one.note else ""
            lines.append((one, one.declared_by, note, revoke))
        shown = format_html_join("", "<li>{}（{}声明{}）{}</li>", lines)
        return format_html('<ul class="linked">{}</ul>', shown) if lines else "没有"

    @admin.display(description="去办")
    def acts(self, row: Coverage) -> SafeString:
        """What a clerk may do about it."""
        item = row.item
        draft = urlencode({"items": row.pk, "agency": item.agency_id, "fields": item.field_id})
        links = [
            (f"{reverse('admin:disclosure_document_add')}?{draft}", "去起草"),
            (f"{reverse('admin:disclosure_coverage_declare')}?items={row.pk}", "本年未产生"),
            (reverse("admin:disclosure_coverage_elsewhere", args=[row.pk]), "在其他平台公开"),
        ]
        if row.state == CoverageState.ON_REQUEST:
            del links[1]
        # Many rows hold the same words: each link says of which item it speaks.
        shown = ((address, word, f"{word}：{item.name}") for address, word in links)
        return format_html(
            '<ul class="row-acts">{}</ul>',
            format_html_join("", '<li><a href="{0}" aria-label="{2}">{1}</a></li>', shown),
        )


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
