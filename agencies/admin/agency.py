"""The back office of agencies."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.forms import Form, HiddenInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.admin import ImportExportMixin

from agencies import rules, services
from agencies.admin.acts import ServiceAdmin, staff
from agencies.exchange import AgencyResource, TextWorkbook
from agencies.forms import AgencyForm, CloseForm, MoveForm, RenameForm, ReopenForm
from agencies.models import Agency, FormerName

logger = logging.getLogger(__name__)


class ClosedFilter(admin.SimpleListFilter):
    """在用 or 已撤销."""

    title = "是否撤销"
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two."""
        return [("no", "在用"), ("yes", "已撤销")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(active_to__isnull=self.value() == "no")
        return queryset


class ParentFilter(admin.SimpleListFilter):
    """By parent; offers only parents in the user's scope."""

    title = "上级单位"
    parameter_name = "parent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those that have something below them."""
        above = Agency.objects.in_scope_of(request.user).filter(children__isnull=False).distinct()
        return [(row.code, row.label) for row in above]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter."""
        return queryset.filter(parent__code=self.value()) if self.value() else queryset


class TreeList(ChangeList):
    """A list that is a tree until somebody sorts it otherwise."""

    def _get_default_ordering(self) -> list[str]:
        return ["place"]


class FormerNames(admin.TabularInline):  # type: ignore[type-arg]
    """曾用名: written by 更名, read here."""

    model = FormerName
    fields = readonly_fields = ("name", "valid_from", "valid_to", "note")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only by renaming."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like the agency itself."""
        return request.user.has_perm("agencies.view_agency")

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Agency)
class AgencyAdmin(ImportExportMixin, ServiceAdmin):  # type: ignore[misc]
    """Agencies as a tree. Nothing is ever deleted here: an agency is closed (撤销)."""

    form = AgencyForm
    inlines = [FormerNames]
    list_display = ("indented", "kind", "phone", "guide_complete", "state")
    list_display_links = ("indented",)
    list_filter = ("kind", ParentFilter, ClosedFilter)
    search_fields = ("name", "short_name", "code", "aliases", "former_names__name")
    search_help_text = "按全称、简称、曾用名、群众叫法或代码查找"
    autocomplete_fields = ("parent",)
    list_per_page = 100
    actions = None
    fieldsets = (
        (
            "基本信息",
            {"fields": ("name", "short_name", "aliases", "code", "kind", "credit_code", "duties")},
        ),
        (
            "公开指南联系信息（条例第十二条）",
            {
                "fields": (
                    "disclosure_office",
                    "address",
                    "postcode",
                    "office_hours",
                    "phone",
                    "fax",
                    "email",
                    "responsible",
                )
            },
        ),
        ("层级与日期", {"fields": ("parent", "order", "active_from", "active_to")}),
    )
    resource_classes = [AgencyResource]
    skip_export_form = True
    import_template_name = "admin/import_export/import.html"
    change_form_template = "admin/agencies/agency/change_form.html"

    # --- who may -------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        """系统管理员."""
        return rules.may_shape_tree(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Agency | None = None) -> bool:
        """系统管理员 and 县政府办公室."""
        if obj is None:
            return rules.may_change_agencies(request.user)
        return rules.may_change_agency(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: documents, items and staff hang on it."""
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may change agencies; new ones are refused row by row to those who may not found them."""
        return rules.may_change_agencies(request.user)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever sees the list."""
        return self.has_view_permission(request)

    # --- what is shown -------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        """The user's scope, as a tree."""
        return Agency.objects.in_scope_of(request.user).in_tree_order()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list in tree order."""
        return TreeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """In autocomplete: without the closed ones."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = queryset.filter(active_to__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: Agency | None = None) -> tuple[str, ...]:
        """What has a page of its own is only read here, and the code never changes."""
        return ("code", "name", "parent", "active_to") if obj else ("active_to",)

    def get_inlines(self, request: HttpRequest, obj: Agency | None) -> Any:
        """A new agency has no former names."""
        return self.inlines if obj else []

    @admin.display(description="单位", ordering="place")
    def indented(self, row: Any) -> SafeString:
        """The name, shifted by its depth; the shift is spoken as a level."""
        return format_html('<span class="tree-{}">{}</span>', min(row.depth, 6), row.name)

    @admin.display(description="公开指南信息")
    def guide_complete(self, row: Agency) -> str:
        """What of 条例 12条 is missing."""
        wanted = {"工作机构": row.disclosure_office, "地址": row.address, "电话": row.phone}
        missing = [name for name, value in wanted.items() if not value]
        return f"缺{'、'.join(missing)}" if row.answers_requests and missing else "齐全"

    @admin.display(description="状态", ordering="active_to")
    def state(self, row: Agency) -> str:
        """在用 or since when not."""
        return f"{row.active_to} 撤销" if row.active_to else "在用"

    # --- writes --------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Agency, form: Any, change: bool) -> None:
        """Through the service."""
        data = {name: form.cleaned_data[name] for name in services.EDITABLE if name in form.cleaned_data}
        if change:
            services.update_agency(agency=obj, by=staff(request), **data)
            return
        for name in ("code", "name", "parent"):
            data[name] = form.cleaned_data[name]
        obj.pk = services.create_agency(by=staff(request), **data).pk
        obj.refresh_from_db()

    def get_import_formats(self) -> list[Any]:
        """Excel alone: a CSV would turn codes into numbers as soon as somebody opens it."""
        return [TextWorkbook]

    get_export_formats = get_import_formats

    def create_import_form(self, request: HttpRequest) -> Any:
        """With a word on the file in place of the choice of one format."""
        form = super().create_import_form(request)
        form.fields["import_file"].label = "Excel 文件（.xlsx）"
        form.fields["format"].widget = HiddenInput()
        form.initial["format"] = "0"
        return form

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All or nothing, also if somebody changed the data between preview and confirmation."""
        return {"rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say what is wrong with the file."""
        fallback = "读不出这个文件。请用 Excel 另存为 .xlsx 格式后再上传。"
        form.add_error("import_file", str(e) if isinstance(e, ValueError) and str(e) else fallback)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was previewed; a confirmation that points at no such file is told so."""
        try:
            if self.create_confirm_form(request).is_valid():
                done: HttpResponse = super().process_import(request, **kwargs)
                return done
        except (OSError, ValueError, IndexError):
            # Only finding and reading the file raises here: what is wrong with a row stands in the result.
            logger.warning("The file of a confirmed import of agencies was not read", exc_info=True)
        sorry = "找不到刚才核对的文件，这次没有导入任何一行。请重新上传，再核对一遍。"
        self.message_user(request, sorry, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:agencies_agency_import"))

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Tell what was done, or that nothing was."""
        if result.has_errors() or result.has_validation_errors():
            sorry = "核对以后数据有了变化，这次没有导入任何一行。请重新上传，再核对一遍。"
            self.message_user(request, sorry, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:agencies_agency_import"))
        response: HttpResponse = super().process_result(result, request)
        return response

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        """In counts."""
        new, update, skip = (result.totals[name] for name in ("new", "update", "skip"))
        self.message_user(
            request, f"导入完成：新增 {new} 个，修改 {update} 个，没有变化 {skip} 个。", messages.SUCCESS
        )

    def get_export_queryset(self, request: HttpRequest) -> Any:
        """The list as filtered, with the parents' codes."""
        return super().get_export_queryset(request).select_related("parent")

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """Plain ASCII: the header takes nothing else."""
        return "agencies.xlsx"

    def get_urls(self) -> list[URLPattern]:
        """One page an act."""
        acts = {
            "rename": self.rename_view,
            "move": self.move_view,
            "close": self.close_view,
            "reopen": self.reopen_view,
        }
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"agencies_agency_{name}",
            )
            for name, view in acts.items()
        ]
        return own + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the acts that this user may do."""
        context["may_shape"] = rules.may_shape_tree(request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def rename_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """更名."""
        agency = self.object_for_act(
            request, object_id, lambda row: rules.may_change_agency(request.user, row)
        )

        def act(form: Form) -> str:
            data = form.cleaned_data
            if data["misspelt"]:
                services.correct_agency_name(agency=agency, name=data["name"], by=staff(request))
                return f"名称已更正为「{data['name']}」。"
            services.rename_agency(
                agency=agency,
                name=data["name"],
                short_name=data["short_name"],
                on=data["on"],
                note=data["note"],
                by=staff(request),
            )
            return f"「{agency.name}」已更名为「{data['name']}」，原名称记入曾用名。"

        initial = {"name": agency.name, "short_name": agency.short_name}
        return self.act_page(
            request,
            agency,
            title=f"更名：{agency}",
            explanation="原名称会记入曾用名，过去的文件仍能按原名称查到。",
            button="更名",
            make_form=lambda data: RenameForm(data, initial=initial),
            act=act,
        )

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """迁移."""
        agency = self.object_for_act(request, object_id, lambda row: rules.may_shape_tree(request.user))

        def act(form: Form) -> str:
            parent = form.cleaned_data["parent"]
            services.move_agency(agency=agency, parent=parent, by=staff(request))
            return f"「{agency}」已移到「{parent}」下面。"

        return self.act_page(
            request,
            agency,
            title=f"迁移：{agency}",
            explanation=f"现在的上级是「{agency.parent or '无'}」。移动后，新上级的人看得到本单位的内容。",
            button="迁移",
            make_form=lambda data: MoveForm(data, agency=agency, user=staff(request)),
            act=act,
        )

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """撤销."""
        agency = self.object_for_act(request, object_id, lambda row: rules.may_shape_tree(request.user))

        def act(form: Form) -> str:
            services.close_agency(agency=agency, on=form.cleaned_data["on"], by=staff(request))
            return f"已记录「{agency}」撤销。"

        return self.act_page(
            request,
            agency,
            title=f"撤销：{agency}",
            explanation="撤销后，单位页面和它的目录事项不再对外显示，已公开的文件仍然保留。办错了可以恢复。",
            button="撤销",
            make_form=CloseForm,
            act=act,
        )

    def reopen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """恢复."""
        agency = self.object_for_act(
            request, object_id, lambda row: rules.may_shape_tree(request.user) and row.active_to is not None
        )

        def act(form: Form) -> str:
            services.reopen_agency(agency=agency, by=staff(request))
            return f"「{agency}」已恢复。"

        return self.act_page(
            request,
            agency,
            title=f"恢复：{agency}",
            explanation=f"它在 {agency.active_to} 撤销。恢复后，单位页面和目录事项重新对外显示。",
            button="恢复",
            make_form=ReopenForm,
            act=act,
        )
