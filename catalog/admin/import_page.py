"""The import page: upload, preview before anything is written, then confirm or cancel.

The same code as `import_catalog`. Permission and scope are checked at every step; the file is kept
privately for the one person who uploaded it, and read anew for each preview and for the confirmation.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import IO, Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.models import User
from catalog import rules, services
from catalog.exchange.exports import FORMATS
from catalog.exchange.imports import ReadFile, apply, propose, read_and_plan
from catalog.exchange.preview_book import write_preview
from catalog.forms import MARKS, ChoiceForm, ConfirmForm, UploadForm
from catalog.models import Adjustment, Item, PendingImport
from catalog.planning import KnownItem
from catalog.services import uploads

#: How many rows of a kind the preview spells out; the counts are always whole.
SHOWN = 200
#: Each missing item is decided one by one, so these are not cut where a person could still go through them.
SHOWN_MISSING = 5000


class ImportPage:
    """Three addresses: the upload, one preview for each upload, and that preview as a workbook."""

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
            if request.method != "POST":
                return self._preview_page(request, uploads.find_upload(token=token, by=user), user)
            with transaction.atomic():
                return self._answer(request, uploads.claim_upload(token=token, by=user), user)
        except services.NotAllowed as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))

    def _answer(self, request: HttpRequest, upload: PendingImport, user: User) -> HttpResponse:
        """What the person on the preview has decided."""
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

    def download(self, request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
        """The preview as a workbook, errors and warnings as comments at their cells."""
        user = _importer(request)
        try:
            upload = uploads.find_upload(token=token, by=user)
            read = _read(upload, user)
        except services.NotAllowed as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))
        target = cast("IO[bytes]", tempfile.TemporaryFile(prefix="preview-"))  # noqa: SIM115
        write_preview(target, Path(upload.file.path), read)
        target.seek(0)
        name = f"核对结果-{Path(upload.file_name).stem}.xlsx"
        return FileResponse(target, as_attachment=True, filename=name, content_type=FORMATS["xlsx"])

    def _confirm(self, request: HttpRequest, upload: PendingImport, user: User) -> HttpResponse:
        try:
            read = _read(upload, user)
            form = ConfirmForm(request.POST, missing=[item.pk for item in _missing(read)])
            if read.plan is None:
                return self._preview_page(request, upload, user, read)
            if not form.is_valid():
                raise services.CatalogMoved("勾选停用的事项有了变化，请核对新的预览，再确认。")
            marks = form.cleaned_data["marks"]
            if marks and marks != read.result.marks:
                uploads.choose(upload=upload, field=upload.field, marks=marks)
                messages.warning(request, "已按您选的■和□的含义重新读入，请核对新的预览，再确认。")
                return HttpResponseRedirect(_preview_url(upload))
            done = self._write(request, upload, user, read, form.cleaned_data)
        except services.CatalogMoved as error:
            messages.warning(request, str(error))
            return self._preview_page(request, upload, user)
        except services.NotAllowed as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_item_import"))
        uploads.forget_upload(upload=upload)
        return done

    def _write(
        self, request: HttpRequest, upload: PendingImport, user: User, read: ReadFile, data: dict[str, Any]
    ) -> HttpResponse:
        """Import, or hand in as an adjustment where the user may only propose."""
        given: dict[str, Any] = {"agency": upload.agency, "file_name": upload.file_name, "by": user}
        given |= {"seen": data["seen"], "retire": data["retire"]}
        if not rules.can_change_directly(user):
            reason = data["reason"].strip() or f"导入《{upload.file_name}》"
            messages.success(request, _proposed(propose(read, reason=reason, **given)))
            return HttpResponseRedirect(reverse("admin:catalog_item_changelist"))
        plan = apply(read, by_caption=upload.by_caption, **given)
        counts, retired = plan.counts, len(data["retire"])
        kept = counts["missing"] - retired
        link = ""
        if plan.written:
            link = format_html(
                '<a href="{}">撤销这次导入</a>',
                reverse("admin:catalog_catalogimport_undo", args=[plan.written.pk]),
            )
        messages.success(
            request,
            format_html(
                "已导入《{}》：新增 {} 项，修改 {} 项，不变 {} 项，停用 {} 项；"
                "文件中没有的 {} 项保留未动。{}",
                upload.file_name,
                counts["created"],
                counts["changed"],
                counts["unchanged"],
                retired,
                kept,
                link,
            ),
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
            "ask_marks": not read.result.marks_known and read.result.marks_matter,
            "marks_choices": MARKS[1:],
            "proposes": not rules.can_change_directly(user),
            "book_url": reverse("admin:catalog_item_import_book", args=[upload.token]),
            "ticked": set(request.POST.getlist("retire")),
        }
        if read.plan:
            missing = _missing(read)
            for name, rows in (("new", read.plan.of("new")), ("changed", read.plan.of("changed"))):
                context[name] = rows[:SHOWN]
                context[f"more_{name}"] = max(0, len(rows) - SHOWN)
            context["missing"] = missing[:SHOWN_MISSING]
            context["more_missing"] = max(0, len(missing) - SHOWN_MISSING)
            context["moved"] = read.plan.moved
            nothing = not (read.counts["created"] or read.counts["changed"])
            context["nothing_to_do"] = nothing and not (read.plan.moved and not context["proposes"])
        return self._page(request, "import_preview", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self._site.each_context(request), "opts": Item._meta}
        return TemplateResponse(request, f"admin/catalog/item/{name}.html", {**frame, **context})


def _missing(read: ReadFile) -> list[KnownItem]:
    return [item for plan in read.plan.plans for item in plan.missing] if read.plan else []


def _proposed(adjustments: list[Adjustment]) -> SafeString:
    """What was handed in, each with a link; several where the fields have several lead agencies."""
    links = format_html_join(
        "，",
        '<a href="{}">{}</a>（{}）',
        (
            (
                reverse("admin:catalog_adjustment_change", args=[one.pk]),
                one,
                f"先由{one.lead_agency.label}审核" if one.lead_agency else "直接由县政府办公室批准",
            )
            for one in adjustments
        ),
    )
    what = "调整申请" if len(adjustments) == 1 else f" {len(adjustments)} 份调整申请，按牵头单位分开"
    return format_html("已提交{}：{}。批准后写入目录。", what, links)


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
