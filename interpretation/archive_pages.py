"""存量导入 in the back office: an Excel archive is uploaded, previewed, and written only when confirmed.

The same code as `import_documents` reads, plans and writes.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from catalog.exchange.problems import UnreadableFile
from disclosure import rules
from disclosure.rich_text import to_text
from disclosure.services import NotAllowed
from interpretation.exchange import Report, import_archive
from interpretation.exchange.archive_sheets import COLUMNS, NoTable, Sheet, read_sheet, write_template
from interpretation.models import ArchiveUpload
from interpretation.services import archives

#: How many rows of a kind the preview spells out; the counts are always whole.
SHOWN = 200
#: Characters of a changed text that are shown, and of those before the first difference.
_AROUND, _BEFORE = 60, 12
_HEADINGS = {one.key: one.heading for one in COLUMNS} | {"relates_to_id": "解读的文件编号", "": "整行"}
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ArchiveForm(forms.Form):
    """上传."""

    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="归属单位", help_text="这批文件以后由哪个单位负责；发文机关照原文保留。"
    )
    publish = forms.BooleanField(
        label="这批内容在原网站已经公开过，导入即公开",
        required=False,
        help_text="不勾的导入为草稿，要逐件送审。",
    )
    file = forms.FileField(
        label="Excel 文件",
        help_text="一行一条，表头见模板；缺的留空，系统不会补。",
        error_messages={
            "required": "请选择要导入的 Excel 文件。",
            "empty": "这个文件是空的，请重新保存后再选。",
        },
    )


class ArchiveUploadAdmin(ServiceAdmin):
    """Upload and preview, in the place of list and form. 县政府办公室 alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """In the menu of whoever may."""
        return rules.may_import_archive(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return rules.may_import_archive(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The list is the form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An upload is confirmed or cancelled."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By 取消."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """One's own uploads."""
        return ArchiveUpload.objects.filter(uploaded_by=staff(request))

    def get_urls(self) -> Any:
        """With the template and the preview."""
        view, name = self.admin_site.admin_view, "interpretation_archiveupload"
        ours = [
            path("template.xlsx", view(self.template_view), name=f"{name}_template"),
            path("<uuid:token>/preview/", view(self.preview_view), name=f"{name}_preview"),
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Choose a file and whose it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ArchiveForm(request.POST or None, request.FILES or None)
        field: Any = form.fields["agency"]
        field.queryset = Agency.objects.in_scope_of(staff(request))
        field.initial = Agency.objects.filter(code="county").first()
        if request.method == "POST" and form.is_valid():
            upload = archives.keep_archive(**form.cleaned_data, by=staff(request))
            return HttpResponseRedirect(self._address(upload))
        return self._page(request, "upload", {"title": "存量导入", "form": form})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """An upload is looked at in its preview."""
        return HttpResponseRedirect(reverse("admin:interpretation_archiveupload_preview", args=[object_id]))

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The table to fill in."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        target = io.BytesIO()
        write_template(target)
        target.seek(0)
        return FileResponse(  # type: ignore[return-value]
            target, as_attachment=True, filename="存量导入模板.xlsx", content_type=_SHEET
        )

    def preview_view(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        """What the file would do; confirm or cancel."""
        try:
            if request.method != "POST":
                return self._preview(request, archives.find_archive(token=token, by=staff(request)))
            with transaction.atomic():
                upload = archives.find_archive(token=token, by=staff(request), lock=True)
                return self._answer(request, upload)
        except NotAllowed as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.WARNING)
        except (UnreadableFile, NoTable) as error:
            self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:interpretation_archiveupload_changelist"))

    def _answer(self, request: HttpRequest, upload: ArchiveUpload) -> HttpResponse:
        here = HttpResponseRedirect(reverse("admin:interpretation_archiveupload_changelist"))
        if "confirm" not in request.POST:
            archives.forget_archive(upload=upload)
            self.message_user(request, "已取消，没有写入任何内容。")
            return here
        sheet, report = self._run(upload, staff(request), dry_run=False)
        if report.errors:
            return self._shown(request, upload, sheet, report)
        archives.forget_archive(upload=upload)
        done = f"新增 {report.created} 条，修改 {report.changed} 条，不变 {report.unchanged} 条。"
        self.message_user(request, f"已导入《{upload.file_name}》：{done}", messages.SUCCESS)
        return here

    def _run(self, upload: ArchiveUpload, by: Any, *, dry_run: bool) -> tuple[Sheet, Report]:
        sheet = read_sheet(Path(upload.file.path))
        report = import_archive(
            sheet.lines, agency=upload.agency, publish=upload.publish, dry_run=dry_run, by=by
        )
        return sheet, report

    def _preview(self, request: HttpRequest, upload: ArchiveUpload) -> HttpResponse:
        return self._shown(request, upload, *self._run(upload, staff(request), dry_run=True))

    def _shown(
        self, request: HttpRequest, upload: ArchiveUpload, sheet: Sheet, report: Report
    ) -> HttpResponse:
        kinds = {
            what: [one for one in report.outcomes if one.what == what] for what in ("created", "changed")
        }
        context = {
            "title": "核对存量导入",
            "upload": upload,
            "sheet": sheet,
            "report": report,
            "errors": _placed(report.errors),
            "warnings": _placed(report.warnings),
            "more_errors": max(0, len(report.errors) - SHOWN),
            "more_warnings": max(0, len(report.warnings) - SHOWN),
            "created": [(one.line, one) for one in kinds["created"][:SHOWN]],
            "changed": [(one.line, one, _differences(one.changes)) for one in kinds["changed"][:SHOWN]],
            "nothing": not (report.errors or kinds["created"] or kinds["changed"]),
        }
        return self._page(request, "preview", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/interpretation/archive/{name}.html", {**frame, **context})

    def _address(self, upload: ArchiveUpload) -> str:
        return reverse("admin:interpretation_archiveupload_preview", args=[upload.token])


admin.site.register(ArchiveUpload, ArchiveUploadAdmin)


def _placed(found: list[Any]) -> list[tuple[int, str, str, str]]:
    """(row, heading, id, message) of each, by row."""
    return [
        (one.line, _HEADINGS.get(one.key, one.key), one.id, one.message)
        for one in sorted(found, key=lambda one: one.line)[:SHOWN]
    ]


def _differences(changes: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """(name, old, new) of each change as people read it: no markup, and of a long text where the two part."""
    found = []
    for name, *both in changes:
        old, new = (" ".join(to_text(text).split()) if "<" in text else text for text in map(str, both))
        same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        same = same or min(len(old), len(new))
        start = max(0, same - _BEFORE) if max(len(old), len(new)) > _AROUND else 0
        found.append((name, _cut(old, start), _cut(new, start)))
    return found


def _cut(text: str, start: int) -> str:
    left = text[start : start + _AROUND]
    return f"{'…' if start and left else ''}{left}{'…' if len(text) > start + _AROUND else ''}"
