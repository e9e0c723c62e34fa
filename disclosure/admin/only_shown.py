"""Lists of the back office that are looked at and taken along as Excel; every change is a page of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from import_export.admin import ExportMixin

from disclosure.admin.exports import ListWorkbook


class OnlyShown:
    """Mixin: rows come of other acts, and no form writes them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class ListExport(ExportMixin):  # type: ignore[misc]
    """Mixin: the list as Excel, for whoever may see it. A subclass names its `resource_classes`."""

    show_change_form_export = False
    skip_export_form = True

    def get_export_formats(self) -> list[Any]:
        """Excel, text cells only."""
        return [ListWorkbook]

    def has_export_permission(self: Any, request: HttpRequest) -> bool:
        """Whoever may see the list."""
        return bool(self.has_view_permission(request))
