"""更正前的版本 in the back office: read them, whether the public may or not, and close them to the public."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import mark_safe

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import record, rich_text, rules, services
from disclosure.record_forms import CloseVersionForm
from disclosure.states import Publication


class EarlierPages(ServiceAdmin):
    """The earlier versions of a thing, for whoever has it in scope."""

    def get_urls(self) -> Any:
        """With the list, the files and the page that closes."""
        name, view = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        one = "<int:object_id>/versions/"
        ours = [
            path(one, view(self.versions_view), name=f"{name}_versions"),
            path(f"{one}<int:number>/close/", view(self.close_view), name=f"{name}_close_version"),
            path(
                f"{one}<int:number>/attachments/<int:attachment_id>/",
                view(self.version_file_view),
                name=f"{name}_version_file",
            ),
        ]
        return [*ours, *super().get_urls()]

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """With the way to the earlier versions, where there are any."""
        found: list[tuple[str, str]] = super().moves(request, obj)  # type: ignore[misc]
        if obj.status != Publication.DRAFT and obj.corrections.exists():
            found = [*found, ("更正前的版本", self._page_of("versions", obj.pk))]
        return found

    def _page_of(self, name: str, *args: int) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def _for_record(self, request: HttpRequest, object_id: int, rule: Any) -> Any:
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        if request.method != "POST" and not rule(staff(request), obj):
            raise PermissionDenied
        return obj

    def versions_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """All of them with their words and files, closed ones too."""
        obj = self._for_record(request, object_id, rules.can_view)
        may = rules.can_close_version(staff(request), obj)
        rows = obj.corrections.select_related("closed_by").prefetch_related("attachments").order_by("-number")
        context = {
            **self.admin_site.each_context(request),
            "title": f"更正前的版本：{obj.title}",
            "thing": obj,
            "opts": self.opts,
            "back_url": self._page_of("change", obj.pk),
            "versions": [
                {
                    "row": row,
                    # Cleaned once more on its way out (STACK, trap 1).
                    "body": mark_safe(rich_text.clean(row.body).html),  # noqa: S308 - cleaned in this line
                    "files": [
                        (one, self._page_of("version_file", obj.pk, row.number, one.pk) if one.file else "")
                        for one in row.attachments.all()
                    ],
                    "close": self._page_of("close_version", obj.pk, row.number)
                    if may and row.closed_at is None
                    else "",
                }
                for row in rows
            ],
        }
        return TemplateResponse(request, "admin/disclosure/versions.html", context)

    def close_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        """Close one to the public, with those before it where so said."""
        obj = self._for_record(request, object_id, rules.can_close_version)
        row = obj.corrections.filter(number=number).first()
        if row is None:
            raise Http404
        if row.closed_at is not None:
            self.message_user(request, "这个版本已经不再公开。")
            return HttpResponseRedirect(self._page_of("versions", obj.pk))
        older = obj.corrections.filter(number__lt=number, of_words=True, closed_at=None).exists()

        def act(form: forms.Form) -> str:
            data = form.cleaned_data
            closed = services.close_version(
                obj,
                number,
                by=staff(request),
                reason=data["reason"],
                with_earlier=data.get("with_earlier", False),
            )
            return f"第{number}次更正以前的内容不再公开（共{closed}个版本）：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"原版本不再公开：第{number}次更正以前",
            explanation="确定后立即生效：网页上只剩更正说明和日期，当时的标题、正文和附件都不再显示，也不能下载。"
            "单位内部仍能查到。停止公开以后不能再恢复。现在公开的内容不变：它本身还有问题的，请紧急下线。",
            button="原版本不再公开",
            make_form=lambda data: CloseVersionForm(data, older=older),
            act=act,
            back="versions",
        )

    def version_file_view(
        self, request: HttpRequest, object_id: int, number: int, attachment_id: int
    ) -> FileResponse:
        """A file of an earlier version, for staff."""
        obj = self._for_record(request, object_id, rules.can_view)
        row = record.file_of_version(obj, number, attachment_id)
        if row is None or not row.file:
            raise Http404
        name = f"{row.title}.{str(row.file.name).rsplit('.', 1)[-1]}"
        response = FileResponse(row.file.open("rb"), as_attachment=True, filename=name)
        response["Content-Type"] = row.media_type
        return response
