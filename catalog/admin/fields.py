"""Fields (领域) in the back office: kept, renamed, merged."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from catalog import rules, services
from catalog.adjustment_forms import MergeForm, RenameForm
from catalog.forms import FieldForm
from catalog.models import Field, Item


@admin.register(Field)
class FieldAdmin(ServiceAdmin):
    """领域 with their aliases. None is deleted: a field ends, or is merged into another."""

    form = FieldForm
    change_form_template = "admin/catalog/field/change_form.html"
    list_display = ("name", "slug", "lead", "alias_line", "item_count", "active_from", "active_to", "merged")
    list_select_related = ("lead_agency", "merged_into")
    search_fields = ("name", "slug", "aliases__name")
    ordering = ("order", "slug")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the list shows."""
        in_force = Count("items", filter=Q(items__retired_on=None), distinct=True)
        return super().get_queryset(request).prefetch_related("aliases").annotate(in_force=in_force)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The slug stands in addresses and codes: it is chosen once. A name changes by 更名."""
        return ("slug", "name") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A merged field stays as it was."""
        return super().has_change_permission(request, obj) and not (obj and obj.merged_into_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A plain model form where the field may only be looked at: ours holds fields of its own."""
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The aliases stand with the name; who may only look sees them on one line."""
        if obj and not self.has_change_permission(request, obj):
            dates = ("active_from", "active_to")
            return [(None, {"fields": ["slug", "name", "lead_agency", *dates, "alias_line", "merged"]})]
        names = ["slug", "name", "alias_names", "lead_agency", "order", "active_from", "active_to"]
        return [(None, {"fields": names})]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Agencies in being."""
        if db_field.name == "lead_agency":
            kwargs["queryset"] = Agency.objects.published()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="牵头单位", ordering="lead_agency__order")
    def lead(self, field: Field) -> str:
        """Who leads it."""
        return field.lead_agency.label if field.lead_agency else ""

    @admin.display(description="别名")
    def alias_line(self, field: Field) -> str:
        """The aliases on one line."""
        return "、".join(alias.name for alias in field.aliases.all())

    @admin.display(description="在用事项")
    def item_count(self, field: Any) -> int:
        """Items in force."""
        return int(field.in_force)

    @admin.display(description="并入")
    def merged(self, field: Field) -> str:
        """Where it went."""
        return field.merged_into.name if field.merged_into else ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_field(field=obj, aliases=form.aliases(), by=staff(request))

    # Acts

    def get_urls(self) -> Any:
        """With the pages of the acts in front."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/rename/", wrap(self.rename), name="catalog_field_rename"),
            path("<int:pk>/merge/", wrap(self.merge), name="catalog_field_merge"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the acts that are open."""
        field = kwargs.get("obj")
        if field is not None and self._may_act(request, field):
            context["acts"] = [
                ("更名", reverse("admin:catalog_field_rename", args=[field.pk])),
                ("并入另一个领域", reverse("admin:catalog_field_merge", args=[field.pk])),
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_act(self, request: HttpRequest, field: Field) -> bool:
        return rules.can_change_field(request.user) and field.merged_into_id is None

    def rename(self, request: HttpRequest, pk: int) -> HttpResponse:
        """更名."""
        field = self.object_for_act(request, str(pk), lambda found: self._may_act(request, found))
        old = field.name

        def act(form: forms.Form) -> str:
            data = form.cleaned_data
            services.rename_field(field=field, name=data["name"], on=data["on"], by=staff(request))
            return f"「{old}」已更名为「{data['name'].strip()}」，原来的名称记为别名。"

        return self.act_page(
            request,
            field,
            title=f"领域更名：{old}",
            explanation=f"原名「{old}」记为别名：写着原名的文件照样能导入，查询照样能找到。网址不变。",
            button="更名",
            make_form=RenameForm,
            act=act,
        )

    def merge(self, request: HttpRequest, pk: int) -> HttpResponse:
        """并入另一个领域."""
        field = self.object_for_act(request, str(pk), lambda found: self._may_act(request, found))
        count = Item.objects.in_force().filter(field=field).count()

        def act(form: forms.Form) -> str:
            data = form.cleaned_data
            moved = services.merge_fields(
                source=field, target=data["target"], on=data["on"], reason=data["reason"], by=staff(request)
            )
            return f"「{field.name}」已并入「{data['target'].name}」，{moved} 个事项归了过去，编码不变。"

        return self.act_page(
            request,
            field,
            title=f"并入另一个领域：{field.name}",
            explanation=f"「{field.name}」现有 {count} 个在用事项，都归到所选的领域，接在那里的事项后面，"
            "编码不变，各成为一个新版本。本领域停用，名称和别名归过去。不能撤销。",
            button=f"并入（{count} 项）",
            make_form=lambda data: MergeForm(data, source=field),
            act=act,
        )
