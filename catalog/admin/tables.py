"""Mappings of 公开主体 and the log of imports in the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from agencies.models import Agency
from catalog import rules, services
from catalog.forms import SubjectMappingForm
from catalog.models import CatalogImport, SubjectMapping


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
    """Who imported what and when: read-only, but that an import can be undone as one."""

    list_display = ("file_name", "agency", "imported_by", "time", "result", "undo_link")
    list_display_links = None
    list_select_related = ("agency", "imported_by", "undone_by")
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
        words = {
            "created": "新增",
            "changed": "修改",
            "unchanged": "不变",
            "missing": "文件中没有",
            "retired": "停用",
        }
        return "，".join(f"{word} {row.counts.get(key, 0)}" for key, word in words.items())

    def get_list_display(self, request: HttpRequest) -> Any:
        """The door to the undo for whoever may go through it."""
        shown = super().get_list_display(request)
        return shown if rules.can_change_directly(request.user) else shown[:-1]

    @admin.display(description="撤销")
    def undo_link(self, row: CatalogImport) -> str:
        """The door to the undo, or that it is done."""
        if row.undone_at:
            who = row.undone_by.get_full_name() or row.undone_by.username if row.undone_by else ""
            return f"{who} {timezone.localtime(row.undone_at):%Y-%m-%d %H:%M} 已撤销"
        if row.history_context is None:
            return "—"
        url = reverse("admin:catalog_catalogimport_undo", args=[row.pk])
        return format_html('<a href="{}">撤销《{}》的导入</a>', url, row.file_name)

    def get_urls(self) -> Any:
        """With the undo in front."""
        undo = path(
            "<int:pk>/undo/", self.admin_site.admin_view(self.undo), name="catalog_catalogimport_undo"
        )
        return [undo, *super().get_urls()]

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then take an import back as a whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "POST"])
        if request.method == "POST":
            user: Any = request.user
            try:
                done = services.undo_import(catalog_import=record, by=user)
            except services.NotAllowed as error:
                messages.error(request, str(error))
            else:
                messages.success(
                    request,
                    f"已撤销《{record.file_name}》的导入：改回 {done.restored} 项，恢复 {done.returned} 项，"
                    f"移除 {done.removed} 项。",
                )
            return HttpResponseRedirect(reverse("admin:catalog_catalogimport_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "撤销导入",
            "opts": self.opts,
            "record": record,
            "counts": record.counts,
        }
        return TemplateResponse(request, "admin/catalog/item/import_undo.html", context)
