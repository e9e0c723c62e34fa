"""Items out of the back office, as filtered or as chosen: official layout, CSV, JSON."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import Format as BaseFormat

from catalog.exchange.exports import FORMATS, Format, export_items, is_long
from catalog.models import Item
from catalog.services import exports


class OfficialWorkbook(BaseFormat):  # type: ignore[misc]
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


class OfficialExport(ExportActionMixin):  # type: ignore[misc]
    """Export of a list of items. Filters and scope of the list hold for it."""

    import_export_change_list_template = "admin/catalog/item/change_list.html"
    show_change_form_export = False
    skip_export_form = skip_export_form_from_action = True
    export_formats = [OfficialWorkbook]

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see the list."""
        return bool(self.has_view_permission(request))

    def get_urls(self) -> Any:
        """With an address for each further format: /export/csv/, /export/json/."""
        wrap = self.admin_site.admin_view
        further = [
            path(
                f"export/{kind}/",
                wrap(partial(self.export_as, kind=kind)),
                name=f"catalog_item_export_{kind}",
            )
            for kind in FORMATS
            if kind != "xlsx"
        ]
        return [*further, *super().get_urls()]

    def export_as(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as filtered, in another format."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        return self._file(request, self.get_export_queryset(request), kind)

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: Any, export_form: Any = None
    ) -> HttpResponseBase:
        """The official layout of the list as filtered, or of the rows chosen."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        return self._file(request, queryset, "xlsx")

    def _file(self, request: HttpRequest, queryset: Any, kind: str) -> HttpResponseBase:
        name = f"政务公开标准目录-{timezone.localdate():%Y%m%d}.{kind}"
        user: Any = request.user
        rows = Item.objects.in_scope_of(user).filter(pk__in=queryset.order_by().values("pk"))
        if not is_long(rows):
            return FileResponse(
                export_items(rows, cast("Format", kind)),
                as_attachment=True,
                filename=name,
                content_type=FORMATS[kind],
            )
        job = exports.request_export(rows=rows, kind=kind, name=name, by=user)
        messages.info(request, "事项较多，正在后台导出，写好后可在这里下载。")
        return redirect("catalog_export_job", job.token)
