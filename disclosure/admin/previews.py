"""预览: the page as it will stand, on a phone and on a desktop, with what is not saved yet if wanted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import services


class PreviewPages(ServiceAdmin):
    """Two frames of the public page itself, which the portal draws for staff (`preview_frame`)."""

    def get_urls(self) -> Any:
        """With the page; 0 stands for a draft that was never saved."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        return [path("<int:object_id>/preview/", view, name=name), *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The thing as it will read, for staff who have it in scope; `?kept=1`: with the words kept by
        themselves (自动保存) of whoever asks."""
        obj = None
        if object_id:
            obj = self.object_for_act(
                request, str(object_id), lambda one: self.has_view_permission(request, one)
            )
        kept = services.find_autosave(by=staff(request), model=self.model, pk=object_id)
        if obj is None and kept is None:
            raise PermissionDenied("还没有自动保存的内容可以预览，请先写标题和正文。")
        shows_kept = kept is not None and ("kept" in request.GET or obj is None)
        address = reverse("preview_frame", args=[self.opts.model_name, object_id])
        context = {
            **self.admin_site.each_context(request),
            "title": f"预览：{obj.title}" if obj else "预览：还没有保存的草稿",
            "thing": obj,
            "kept": kept,
            "shows_kept": shows_kept,
            "frame": f"{address}?kept=1" if shows_kept else address,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/preview.html", context)
