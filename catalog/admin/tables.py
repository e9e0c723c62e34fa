"""Fields, mappings of 公开主体 and the log of imports in the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from agencies.models import Agency
from catalog import rules, services
from catalog.forms import FieldForm, SubjectMappingForm
from catalog.models import CatalogImport, Field, SubjectMapping


@admin.register(Field)
class FieldAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """领域 with their aliases. None is deleted: a field that ends gets a 停用日期."""

    form = FieldForm
    list_display = ("name", "slug", "alias_line", "item_count", "active_from", "active_to")
    search_fields = ("name", "slug", "aliases__name")
    ordering = ("order", "slug")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the list shows."""
        in_force = Count("items", filter=Q(items__retired_on=None), distinct=True)
        return super().get_queryset(request).prefetch_related("aliases").annotate(in_force=in_force)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The slug stands in addresses and codes: it is chosen once."""
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    @admin.display(description="别名")
    def alias_line(self, field: Field) -> str:
        """The aliases on one line."""
        return "、".join(alias.name for alias in field.aliases.all())

    @admin.display(description="在用事项")
    def item_count(self, field: Any) -> int:
        """Items in force."""
        return int(field.in_force)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        user: Any = request.user
        try:
            services.save_field(field=obj, aliases=form.aliases(), by=user)
        except services.NotAllowed as error:
            raise PermissionDenied(str(error)) from error


@admin.register(SubjectMapping)
class SubjectMappingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What a literal 公开主体 means. Texts that named nobody come here by themselves with each import."""

    form = SubjectMappingForm
    list_display = ("text", "agency_line")
    search_fields = ("text",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """Texts that still mean nobody come first."""
        rows = super().get_queryset(request).prefetch_related("agencies")
        return rows.annotate(meant=Count("agencies")).order_by("meant", "text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Like changing."""
        return rules.can_map_subjects(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like changing."""
        return rules.can_map_subjects(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The text is the key."""
        return ("text",) if obj else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Agencies in being, as boxes to tick."""
        kwargs["queryset"] = Agency.objects.published()
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="对应单位")
    def agency_line(self, mapping: SubjectMapping) -> str:
        """The agencies on one line."""
        return "、".join(agency.label for agency in mapping.agencies.all()) or "还没有指定"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, the agencies included."""
        user: Any = request.user
        text = obj.text if change else form.cleaned_data["text"]
        try:
            saved = services.map_subject(text=text, agencies=form.cleaned_data["agencies"], by=user)
        except services.NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        obj.pk = saved.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the service did."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        user: Any = request.user
        services.forget_subject(mapping=obj, by=user)


@admin.register(CatalogImport)
class CatalogImportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who imported what and when: read-only."""

    list_display = ("file_name", "agency", "imported_by", "time", "result")
    list_select_related = ("agency", "imported_by")
    ordering = ("-imported_at",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """Imports into catalogs in the user's scope."""
        visible = Agency.objects.in_scope_of(request.user)
        return super().get_queryset(request).filter(agency__in=visible)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may import may see the log."""
        return request.user.has_perm("catalog.import_catalog")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: it writes itself."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    @admin.display(description="时间", ordering="imported_at")
    def time(self, row: CatalogImport) -> str:
        """When."""
        return f"{timezone.localtime(row.imported_at):%Y-%m-%d %H:%M}"

    @admin.display(description="结果")
    def result(self, row: CatalogImport) -> str:
        """The counts in words."""
        words = {"created": "新增", "changed": "修改", "unchanged": "不变", "missing": "文件中没有"}
        return "，".join(f"{word} {row.counts.get(key, 0)}" for key, word in words.items())
