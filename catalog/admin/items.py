"""Items in the back office: list, form, export in the official layout, import."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import Format

from agencies.models import Agency, User
from catalog import rules, services
from catalog.admin.import_page import ImportPage
from catalog.drafts import display
from catalog.exchange.exports import FORMATS, export_items
from catalog.forms import ItemForm
from catalog.models import Basis, Item


class OfficialWorkbook(Format):  # type: ignore[misc]
    """The official layout as a format of django-import-export; written by `catalog.exchange`, streamed."""

    def get_title(self) -> str:
        """Name of the format."""
        return "xlsx（国家规定版式）"

    def get_extension(self) -> str:
        """Ending of the file."""
        return "xlsx"

    def get_content_type(self) -> str:
        """Media type."""
        return FORMATS["xlsx"]

    def can_export(self) -> bool:
        """Yes; import is a page of our own."""
        return True


class AgencyFilter(admin.SimpleListFilter):
    """Agencies whose catalogs the user may see, as far as they have items."""

    title = "目录所属单位"
    parameter_name = "agency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only agencies in scope: a filter must not tell of others (STACK, trap 3)."""
        agencies = Agency.objects.in_scope_of(request.user).filter(items__isnull=False).distinct()
        return [(agency.code, agency.label) for agency in agencies]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The items of the chosen agency."""
        return queryset.filter(agency__code=self.value()) if self.value() else queryset


class InForceFilter(admin.SimpleListFilter):
    """In force (the default) or retired."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two states that are not the default."""
        return [("retired", "已停用"), ("every", "全部")]

    def choices(self, changelist: Any) -> Any:
        """With 在用 as the word for the default."""
        found = list(super().choices(changelist))
        found[0]["display"] = "在用"
        return found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Items of the state."""
        if self.value() == "every":
            return queryset
        return queryset.filter(retired_on__isnull=self.value() != "retired")


@admin.register(Item)
class ItemAdmin(ExportActionMixin, admin.ModelAdmin):  # type: ignore[misc, type-arg]
    """目录事项. Scoped to the user's agencies; nothing is deleted, items are retired."""

    form = ItemForm
    import_export_change_list_template = "admin/catalog/item/change_list.html"
    change_form_template = None
    show_change_form_export = False
    skip_export_form = skip_export_form_from_action = True
    export_formats = [OfficialWorkbook]
    list_display = ("title", "path", "field", "owner", "subject_line", "time_limit_line", "code")
    list_display_links = ("title",)
    list_filter = (InForceFilter, ("field", admin.RelatedOnlyFieldListFilter), AgencyFilter, "stage")
    list_select_related = ("field", "agency")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("code", "levels", "content", "subject")
    search_help_text = "可以写事项名称、公开内容、公开主体或编码中的几个字。"
    ordering = ("field__order", "agency__order", "position", "pk")
    actions = ("retire_selected",)
    readonly_fields = ("code", "agencies_line", "time_limit_read", "bases_lines", "extra_lines", "retired_on")

    class Media:
        css = {"all": ["css/admin-catalog.css"]}

    # Scope and permission

    def get_queryset(self, request: HttpRequest) -> Any:
        """Items in the user's scope."""
        return Item.objects.in_scope_of(request.user).order_by(*self.ordering)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """For the box 目录事项 in the form of a document: what the user may publish under."""
        asked = (request.GET.get("app_label"), request.GET.get("model_name"), request.GET.get("field_name"))
        at = request.resolver_match
        if at and at.url_name == "autocomplete" and asked == ("disclosure", "document", "items"):
            queryset = Item.objects.linkable_by(cast(User, request.user)).order_by(*self.ordering)
        return super().get_search_results(request, queryset, search_term)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By rule for one item, by permission for the list."""
        if obj is None:
            return super().has_change_permission(request)
        return rules.can_change_item(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an item is retired, so that its code and history stay."""
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see the list."""
        return bool(self.has_view_permission(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only agencies in scope may be chosen."""
        if db_field.name == "agency":
            kwargs["queryset"] = Agency.objects.in_scope_of(request.user).published()
            kwargs.setdefault("initial", getattr(request.user, "agency_id", None))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Agency and field of an item never change: its code names the field."""
        return ("agency", "field", *self.readonly_fields) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """In the order of the official table; what the system understood beside the texts."""
        what = ["agency", "field", "level_names", "content"]
        basis, limit, subject = ["basis"], ["time_limit"], ["subject"]
        if obj:
            what.insert(0, "code")
            basis.append("bases_lines")
            limit.append("time_limit_read")
            subject.append("agencies_line")
        if obj and not self.has_change_permission(request, obj):
            what = ["code", "agency", "field", "path", "content"]
            shown = [*what, *basis, *limit, *subject, "channels_line", "audience", "manner", "tiers"]
            return [(None, {"fields": [*shown, "telephone", "stage", "extra_lines", "retired_on"]})]
        channels = ["required_channels", "optional_channels", "other_channels"]
        rest = ["telephone", "stage", "extra_lines"] if obj else ["telephone", "stage"]
        return [
            ("公开什么", {"fields": what}),
            ("依据、时限、主体", {"fields": [*basis, *limit, *subject]}),
            ("公开渠道和载体", {"fields": channels}),
            ("对象、方式、层级", {"fields": ["whole_society", "groups", "manner_choice", "tier_choice"]}),
            ("其他", {"fields": rest}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A plain model form where the item may only be looked at: ours holds fields of its own."""
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    # Columns

    @admin.display(description="事项", ordering="levels")
    def title(self, item: Item) -> str:
        """The item's own name."""
        return item.name

    @admin.display(description="所属事项")
    def path(self, item: Item) -> str:
        """The names above it."""
        return " / ".join(item.levels[:-1])

    @admin.display(description="目录", ordering="agency__order")
    def owner(self, item: Item) -> str:
        """The agency whose catalog it is."""
        return item.agency.label

    @admin.display(description="公开主体")
    def subject_line(self, item: Item) -> str:
        """公开主体 on one line."""
        return " ".join(item.subject.split())

    @admin.display(description="公开时限")
    def time_limit_line(self, item: Item) -> str:
        """公开时限 on one line."""
        return " ".join(item.time_limit.split())

    @admin.display(description="系统对应的单位")
    def agencies_line(self, item: Item) -> str:
        """The agencies that 公开主体 was resolved to."""
        return "、".join(agency.label for agency in item.agencies.all()) or "没有对应上，已按原文保留"

    @admin.display(description="系统读出的时限")
    def time_limit_read(self, item: Item) -> str:
        """What the system understood of the limit."""
        return read_limit(item.time_limit_parsed or {})

    @admin.display(description="系统拆分的依据")
    def bases_lines(self, item: Item) -> str:
        """The bases one by one."""
        return "；".join(_basis_line(basis) for basis in item.bases.all()) or "无"

    @admin.display(description="公开渠道和载体")
    def channels_line(self, item: Item) -> str:
        """The channels with their marks."""
        marks = {"required": "■", "optional": "□"}
        return " ".join(marks[use["mark"]] + use["name"] for use in item.channels if use["mark"] in marks)

    @admin.display(description="文件中的其他列")
    def extra_lines(self, item: Item) -> str:
        """Further columns as found."""
        return display(services.draft_of(item), "extra") or "无"

    # Writing

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the services."""
        user: Any = request.user
        try:
            if change:
                services.change_item(item=obj, draft=form.draft(), stage=form.cleaned_data["stage"], by=user)
                return
            saved = services.create_item(
                agency=form.cleaned_data["agency"],
                field=form.cleaned_data["field"],
                draft=form.draft(),
                stage=form.cleaned_data["stage"],
                by=user,
            )
        except services.NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        obj.pk, obj.code, obj.levels = saved.pk, saved.code, saved.levels

    @admin.action(description="停用所选事项", permissions=["retire"])
    def retire_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask, then take the chosen items out of the catalog."""
        items = list(queryset.select_related("agency", "field"))
        if "confirm" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "停用目录事项",
                "opts": self.opts,
                "items": items,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/catalog/item/retire.html", context)
        user: Any = request.user
        done = 0
        for item in items:
            try:
                services.retire_item(item=item, by=user)
                done += 1
            except services.NotAllowed as error:
                self.message_user(request, f"{item.name}：{error}", messages.WARNING)
        self.message_user(request, f"已停用 {done} 项。编码和历史保留，公开页面不再列出。", messages.SUCCESS)
        return None

    def has_retire_permission(self, request: HttpRequest) -> bool:
        """Whether the action is offered at all; each item is checked by the service."""
        return request.user.has_perm("catalog.delete_item")

    # Export and import

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: Any, export_form: Any = None
    ) -> HttpResponseBase:
        """The official layout of the list as filtered, or of the rows chosen: streamed from a file."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        name = f"政务公开标准目录-{timezone.localdate():%Y%m%d}.xlsx"
        scoped = Item.objects.in_scope_of(request.user).filter(pk__in=queryset.order_by().values("pk"))
        return FileResponse(
            export_items(scoped),
            as_attachment=True,
            filename=name,
            content_type=file_format.get_content_type(),
        )

    def get_urls(self) -> Any:
        """With the import page in front."""
        page = ImportPage(self.admin_site)
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(page.upload), name="catalog_item_import"),
            path("import/<uuid:token>/", wrap(page.preview), name="catalog_item_import_preview"),
            path("import/<uuid:token>/preview.xlsx", wrap(page.download), name="catalog_item_import_book"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list; the import button for whoever may import."""
        may_import = request.user.has_perm("catalog.import_catalog")
        context = {"title": "目录事项", "may_import": may_import, **(extra_context or {})}
        return super().changelist_view(request, context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        """Back to the list or on, as Django does; the stored row is what is spoken of."""
        return super().response_add(request, Item.objects.get(pk=obj.pk), post_url_continue)


def _basis_line(basis: Basis) -> str:
    category = f"{basis.category}：" if basis.category else ""
    return category + basis.title + (f"（{basis.number}）" if basis.number else "")


def read_limit(parsed: dict[str, Any]) -> str:
    """A parsed limit in words for staff."""
    kind, n = parsed.get("kind", "none"), parsed.get("n")
    unit = {"working": "个工作日", "calendar": "日", "month": "个月", "year": "年", "hour": "小时"}.get(
        parsed.get("unit") or "", ""
    )
    start = f"自“{parsed['start_event']}”起" if parsed.get("start_event") else ""
    words = {
        "workdays": f"{start}{n}{unit}内",
        "days": f"{start}{n}{unit}内",
        "immediate": "实时公开",
        "prompt": "及时公开",
        "progress": "按进展公开",
        "periodic": "定期公开",
        "before_event": f"事前{n}{unit}公开" if n else "事前公开",
        "posting": f"公示期不少于{n}{unit}",
        "none": "没有写明",
    }.get(kind, "按原文（系统没有读出期限）")
    return words + ("。天数少见，请核对是不是笔误" if parsed.get("suspicious") else "")
