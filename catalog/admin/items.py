"""Items in the back office: list, form, export in the official layout, import."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency, User
from catalog import history, rules, services
from catalog.adjustment_forms import RetireForm
from catalog.admin.exporting import OfficialExport
from catalog.admin.import_page import ImportPage
from catalog.admin.item_parts import AgencyFilter, InForceFilter, basis_line, read_limit
from catalog.drafts import display
from catalog.forms import ItemForm
from catalog.models import Adjustment, Item
from catalog.states import WAITING_ADJUSTMENTS, AdjustmentState

#: How many items one request retires: each goes on to its followers.
MOST_RETIRED = 500
_OWN_BUSINESS = "这几项由本单位自己维护，保存即生效，不用批准。"


@admin.register(Item)
class ItemAdmin(OfficialExport, ServiceAdmin):
    """目录事项. Scoped to the user's agencies; nothing is deleted, items are retired. 县政府办公室 changes
    the catalog directly; what others change in the official table becomes a proposal (动态调整)."""

    form = ItemForm
    change_form_template = "admin/catalog/item/change_form.html"
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
    readonly_fields = (
        *("code", "version_line", "agencies_line", "time_limit_read", "bases_lines", "extra_lines"),
        "retired_on",
    )

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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who adds directly, and who may propose."""
        return super().has_add_permission(request) and (
            rules.can_change_directly(request.user) or request.user.has_perm("catalog.add_adjustment")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an item is retired, so that its code and history stay."""
        return False

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
            what = ["code", "version_line", *what]
            basis.append("bases_lines")
            limit.append("time_limit_read")
            subject.append("agencies_line")
        if obj and not self.has_change_permission(request, obj):
            what = ["code", "agency", "field", "path", "content"]
            shown = [*what, *basis, *limit, *subject, "channels_line", "audience", "manner", "tiers"]
            rest = ["telephone", "responsible_office", "responsible_post", "stage", "matter", "extra_lines"]
            return [(None, {"fields": [*shown, *rest, "retired_on", "version_line"]})]
        channels = ["required_channels", "optional_channels", "other_channels"]
        own = ["telephone", "responsible_office", "responsible_post", "stage"]
        direct = rules.can_change_directly(request.user)
        return [
            ("公开什么", {"fields": what}),
            ("依据、时限、主体", {"fields": [*basis, *limit, *subject]}),
            ("公开渠道和载体", {"fields": channels}),
            ("对象、方式、层级", {"fields": ["whole_society", "groups", "manner_choice", "tier_choice"]}),
            *([("文件中的其他列", {"fields": ["extra_lines"]})] if obj else []),
            (
                "找谁、属于哪一步",
                {
                    "fields": [*own, "matter"] if obj else own,
                    "description": ""
                    if direct or not obj
                    else "这几项由本单位自己维护，保存即生效，不用批准。",
                },
            ),
            (
                "调整",
                {
                    "fields": [
                        "reason",
                        *(["in_force_on"] if direct else []),
                        *(["base_version"] if obj else []),
                    ],
                    "description": "保存后成为事项的一个新版本，记入历史。"
                    if direct
                    else "上面的目录内容改了以后要报批：领域另有牵头单位的先由它审核，再由县政府办公室批准。",
                },
            ),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A plain model form where the item may only be looked at: ours holds fields of its own."""
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        for name in {"agency", "field", "matter"} & form.base_fields.keys():
            # Chosen here, kept on pages of their own.
            widget = form.base_fields[name].widget
            widget.can_add_related = widget.can_change_related = widget.can_view_related = False
        return form

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
        return "；".join(basis_line(basis) for basis in item.bases.all()) or "无"

    @admin.display(description="版本")
    def version_line(self, item: Item) -> str:
        """Which version it is, since when, and why."""
        since = f"，{item.in_force_from:%Y-%m-%d} 起生效" if item.in_force_from else ""
        return f"第 {item.version} 版{since}" + (f"：{item.change_reason}" if item.change_reason else "")

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
        """Through the services: at once, or as a proposal."""
        user, data = staff(request), form.cleaned_data
        beside = form.particulars()
        if rules.can_change_directly(user):
            given = {"draft": form.draft(), "by": user, "reason": data["reason"], "on": data["in_force_on"]}
            if change:
                seen = data.get("base_version")
                services.change_item(item=obj, particulars=beside, seen=seen, **given)
                return
            saved = services.create_item(
                agency=data["agency"], field=data["field"], particulars=beside, **given
            )
            obj.pk, obj.code, obj.levels = saved.pk, saved.code, saved.levels
            return
        if change:
            beside["telephone"] = data["telephone"]
            fresh = services.set_own_particulars(
                item=obj, values=beside, by=user, seen=data.get("base_version")
            )
            if not form.changes_norm():
                return
            line = services.line_changing(fresh, form.draft())
        else:
            line = services.line_adding(data["agency"], data["field"], form.draft(), beside)
        name = form.draft().levels[-1]
        request.proposed = services.propose(  # type: ignore[attr-defined]
            agency=user.agency or line.agency,
            title=f"{'修改' if change else '新增'}：{name}",
            reason=data["reason"],
            lines=[line],
            by=user,
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the services did."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A proposal is what was added, not an item."""
        return super().log_addition(request, getattr(request, "proposed", obj), message)

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:  # type: ignore[override]
        """Keys that are no numbers never reach the database."""
        if all(re.fullmatch("[0-9]{1,18}", key) for key in request.POST.getlist("_selected_action")):
            return super().response_action(request, queryset)
        self.message_user(request, "没有认出所选的事项，请刷新页面后重新勾选。", messages.WARNING)
        return None

    @admin.action(description="停用所选事项", permissions=["retire"])
    def retire_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask why, then take the chosen items out of the catalog, or propose it."""
        user = staff(request)
        items = list(queryset.select_related("agency", "field"))
        if not items:
            self.message_user(request, "所选事项不在您的管理范围内，没有停用。", messages.WARNING)
            return None
        if len(items) > MOST_RETIRED:
            said = f"一次最多停用 {MOST_RETIRED} 项，您选了 {len(items)} 项。请按领域筛选后分几次停用。"
            self.message_user(request, said, messages.WARNING)
            return None
        proposes = not rules.can_change_directly(user)
        form = RetireForm(request.POST if "confirm" in request.POST else None, proposes=proposes)
        if form.is_valid():
            try:
                self._retire(request, items, form.cleaned_data)
                return None
            except services.NotAllowed as refusal:
                form.add_error(None, str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "title": "提出停用目录事项" if proposes else "停用目录事项",
            "opts": self.opts,
            "items": items,
            "form": form,
            "proposes": proposes,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/catalog/item/retire.html", context)

    def _retire(self, request: HttpRequest, items: list[Item], data: dict[str, Any]) -> None:
        user = staff(request)
        if rules.can_change_directly(user):
            with transaction.atomic():
                for item in items:
                    services.retire_item(item=item, by=user, reason=data["reason"], on=data["in_force_on"])
            self.message_user(
                request, f"已停用 {len(items)} 项。编码和历史保留，公开页面不再列出。", messages.SUCCESS
            )
            return
        found = services.propose_split(
            agency=user.agency or items[0].agency,
            title=f"停用：{items[0].name}" + (f"等 {len(items)} 项" if len(items) > 1 else ""),
            reason=data["reason"],
            lines=[services.line_retiring(item) for item in items],
            by=user,
        )
        for adjustment in found:
            self.message_user(request, what_comes_next(adjustment), messages.SUCCESS)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        """Whether the action is offered at all; each item is checked by the service."""
        user = request.user
        return user.has_perm("catalog.delete_item") or user.has_perm("catalog.add_adjustment")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what waits for this item, and whether saving proposes."""
        item = kwargs.get("obj")
        context["proposes"] = not rules.can_change_directly(request.user)
        if item is not None:
            waiting = Adjustment.objects.in_scope_of(request.user).filter(
                lines__item=item, state__in=WAITING_ADJUSTMENTS
            )
            context["waiting"] = list(waiting.distinct())
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The versions of an item, cell by cell; for whoever may see the item."""
        item = self.get_object(request, object_id)
        if item is None or not self.has_view_permission(request, item):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"{item.name}：各个版本",
            "opts": self.opts,
            "item": item,
            "versions": history.versions_of(item),
            "most": history.MOST_VERSIONS,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/catalog/item/history.html", context)

    # Import

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
        """Back to the list or on, as Django does, or to the proposal; the stored row is what is spoken of."""
        if adjustment := getattr(request, "proposed", None):
            return self._to_proposal(request, adjustment)
        return super().response_add(request, Item.objects.get(pk=obj.pk), post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """As Django does, or to the proposal."""
        if adjustment := getattr(request, "proposed", None):
            return self._to_proposal(request, adjustment)
        return super().response_change(request, obj)

    def _to_proposal(self, request: HttpRequest, adjustment: Adjustment) -> HttpResponse:
        self.message_user(request, what_comes_next(adjustment), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:catalog_adjustment_change", args=[adjustment.pk]))


def what_comes_next(adjustment: Adjustment) -> str:
    """What a proposer is told."""
    if adjustment.state == AdjustmentState.PROPOSED and adjustment.lead_agency:
        return (
            f"已提出调整「{adjustment}」。目录还没有变：先由牵头单位{adjustment.lead_agency.label}审核，"
            "再由县政府办公室批准。"
        )
    return f"已提出调整「{adjustment}」。目录还没有变：县政府办公室批准后写入。"
