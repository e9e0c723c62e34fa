"""复制为新草稿: begin from an earlier one, found by searching, or by its own page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules
from disclosure.forms import ConfirmForm
from disclosure.states import Publication

#: How many are offered to choose from.
SHOWN = 30


class CopyPages(ServiceAdmin):
    """The page that copies one, and the list to pick one from."""

    services: Any

    def get_urls(self) -> Any:
        """With both pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        ours = [
            path("<int:object_id>/copy/", view(self.copy_view), name=f"{name}_copy"),
            path("copy-from/", view(self.copy_from_view), name=f"{name}_copy_from"),
        ]
        return [*ours, *super().get_urls()]

    def copy_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Confirm and copy to a new draft."""
        seen: Callable[[Any], bool] = lambda one: self.has_view_permission(request, one)  # noqa: E731
        obj = self.object_for_act(request, str(object_id), seen)
        if not rules.can_copy(staff(request), obj):
            raise PermissionDenied
        made = []

        def act(form: forms.Form) -> str:
            made.append(self.services.copy_to_draft(obj, by=staff(request)))
            return f"已复制为新草稿：{obj.title}"

        response = self.act_page(
            request,
            obj,
            title=f"复制为新草稿：{obj.title}",
            explanation="以这一份的内容新建草稿；附件、编号和日期不会带过去。",
            button="复制为新草稿",
            make_form=ConfirmForm,
            act=act,
        )
        if not made:
            return response
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[made[0].pk])
        return HttpResponseRedirect(address)

    def copy_from_view(self, request: HttpRequest) -> HttpResponse:
        """Pick the one to begin from: the newest in scope, or those that match the words (`q`)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        words = request.GET.get("q", "").strip()[:100]
        rows = self.get_queryset(request).exclude(status=Publication.OFFLINE).prefetch_related(None)
        if words:
            rows, distinct = self.get_search_results(request, rows, words)
            rows = rows.distinct() if distinct else rows
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_copy"
        found = list(rows.defer("body").select_related("agency").order_by("-pk")[: SHOWN + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": f"复制一份旧的{self.opts.verbose_name}",
            "words": words,
            "rows": [(one, reverse(name, args=[one.pk])) for one in found[:SHOWN]],
            "more": len(found) > SHOWN,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/copy_from.html", context)
