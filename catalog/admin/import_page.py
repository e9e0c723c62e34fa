"""The import page: upload, preview before anything is written, then confirm or cancel.

The same code as `import_catalog`. Permission and scope are checked at every step; the file is kept
privately for the one person who uploaded it, and read anew for each preview and for the confirmation.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from agencies.models import User
from catalog import services
from catalog.exchange.imports import ReadFile, apply, read_and_plan
from catalog.forms import ChoiceForm, UploadForm
from catalog.models import Item, PendingImport
from catalog.services import uploads

#: How many rows of a kind the preview spells out; the counts are always whole.
SHOWN = 200


class ImportPage:
    """Two addresses: the upload, and one preview for each upload."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Choose a file and an agency."""
        user = _importer(request)
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "POST"])
        form = UploadForm(request.POST or None, request.FILES or None, user=user)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                upload = uploads.keep_upload(**data, by=user)
            except services.NotAllowed as error:
                raise PermissionDenied(str(error)) from error
            return HttpResponseRedirect(_preview_url(upload))
        return self._page(request, "import_upload", {"title": "导入标准目录", "form": form})

    def preview(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        """Show what the file would do; confirm, cancel, or answer what the file did not say."""
        user = _importer(request)
        try:
            upload = uploads.find_upload(token=token, by=user)
        except services.NotAllowed as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))
        if request.method != "POST":
            return self._preview_page(request, upload, user)
        if "cancel" in request.POST:
            uploads.forget_upload(upload=upload)
            messages.info(request, "已取消，没有写入任何内容。")
            return HttpResponseRedirect(reverse("admin:catalog_item_changelist"))
        if "confirm" in request.POST:
            return self._confirm(request, upload, user)
        form = ChoiceForm(request.POST)
        if form.is_valid():
            uploads.choose(upload=upload, **form.cleaned_data)
        return HttpResponseRedirect(_preview_url(upload))

    def _confirm(self, request: HttpRequest, upload: PendingImport, user: User) -> HttpResponse:
        try:
            read = _read(upload, user)
            if not read.ok:
                return self._preview_page(request, upload, user, read)
            plan = apply(
                read,
                agency=upload.agency,
                by_caption=upload.by_caption,
                file_name=upload.file_name,
                by=user,
                seen=request.POST.get("seen", ""),
            )
        except services.CatalogMoved as error:
            messages.warning(request, str(error))
            return self._preview_page(request, upload, user)
        except services.NotAllowed as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))
        uploads.forget_upload(upload=upload)
        counts = plan.counts
        messages.success(
            request,
            f"已导入《{upload.file_name}》：新增 {counts['created']} 项，修改 {counts['changed']} 项，"
            f"不变 {counts['unchanged']} 项；文件中没有的 {counts['missing']} 项保留未动。",
        )
        return HttpResponseRedirect(reverse("admin:catalog_item_changelist"))

    def _preview_page(
        self, request: HttpRequest, upload: PendingImport, user: User, read: ReadFile | None = None
    ) -> HttpResponse:
        try:
            read = read or _read(upload, user)
        except services.NotAllowed as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))
        chosen = {"field": upload.field_id, "marks": upload.marks}
        context: dict[str, Any] = {
            "title": "核对导入内容",
            "upload": upload,
            "read": read,
            "counts": read.counts,
            "errors": read.result.errors[:SHOWN],
            "warnings": read.warnings[:SHOWN],
            "more_errors": max(0, len(read.result.errors) - SHOWN),
            "more_warnings": max(0, len(read.warnings) - SHOWN),
            "fields": list(read.result.fields.values()),
            "choice_form": ChoiceForm(initial=chosen),
            "ask_marks": not read.result.marks_known and not upload.marks,
        }
        if read.plan:
            missing = [item for plan in read.plan.plans for item in plan.missing]
            for name, rows in (("new", read.plan.of("new")), ("changed", read.plan.of("changed"))):
                context[name] = rows[:SHOWN]
                context[f"more_{name}"] = max(0, len(rows) - SHOWN)
            context |= {"missing": missing[:SHOWN], "more_missing": max(0, len(missing) - SHOWN)}
            context["nothing_to_do"] = not (read.counts["created"] or read.counts["changed"])
        return self._page(request, "import_preview", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self._site.each_context(request), "opts": Item._meta}
        return TemplateResponse(request, f"admin/catalog/item/{name}.html", {**frame, **context})


def _importer(request: HttpRequest) -> User:
    if not request.user.has_perm("catalog.import_catalog"):
        raise PermissionDenied("您没有导入标准目录的权限。")
    return cast("User", request.user)


def _preview_url(upload: PendingImport) -> str:
    return reverse("admin:catalog_item_import_preview", args=[upload.token])


def _read(upload: PendingImport, user: User) -> ReadFile:
    slug = upload.field.slug if upload.field else None
    marks: Any = upload.marks or None
    return read_and_plan(
        Path(upload.file.path),
        agency=upload.agency,
        by_caption=upload.by_caption,
        field_slug=slug,
        marks=marks,
        by=user,
    )
