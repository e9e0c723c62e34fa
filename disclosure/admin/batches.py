"""批量发布 in the back office: bring files, correct the table, submit as one, sign as one."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import rules, services
from disclosure.admin.batch_signing import SignBatchForm, lines, sign
from disclosure.admin.parts import AgencyFilter
from disclosure.exchange.notices import TABLES, read_list, write_template
from disclosure.file_dangers import without_endings
from disclosure.models import NoticeBatch, Topic
from disclosure.notice_rows import BY_KEY, COLUMNS
from disclosure.services import NotAllowed
from disclosure.states import BatchState, Publication

_CELL = re.compile(r"^row-(\d{1,12})-([a-z_]+)$")
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NewBatchForm(forms.Form):
    """新的批次."""

    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="单位", help_text="下属单位的内容可以放在同一批，在清单里写明单位。"
    )
    name = forms.CharField(
        label="批次名称",
        max_length=120,
        help_text="给自己和审核人看的，例如：3月第1周公示。",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


@admin.register(NoticeBatch)
class NoticeBatchAdmin(ServiceAdmin):
    """批量发布. One page a batch: it is a desk for the clerk, a list to sign for the reviewer."""

    list_display = ("name", "agency", "state", "size", "created_by", "created_at")
    list_filter = ("state", AgencyFilter)
    list_select_related = ("agency", "created_by")
    search_fields = ("name",)
    ordering = ("-pk",)
    actions = None
    change_list_template = "admin/disclosure/batches/change_list.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Batches in the user's scope."""
        return NoticeBatch.objects.in_scope_of(request.user).annotate(rows_in_all=Count("rows"))

    @admin.display(description="条数", ordering="rows_in_all")
    def size(self, obj: Any) -> str:
        """How many rows."""
        return f"{obj.rows_in_all} 条"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By the button on the batch's own page, while nothing of it was submitted."""
        return False

    def get_urls(self) -> Any:
        """The template, and the acts of a batch."""
        view, name = self.admin_site.admin_view, "disclosure_noticebatch"
        ours = [
            path("template.xlsx", view(self.template_view), name=f"{name}_template"),
            path("<int:pk>/files/", view(require_POST(self.files_view)), name=f"{name}_files"),
            path("<int:pk>/state/", view(self.state_view), name=f"{name}_state"),
            path("<int:pk>/file/<int:file_pk>/", view(self.file_view), name=f"{name}_file"),
        ]
        return [*ours, *super().get_urls()]

    # --- Pages

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Name the batch and bring the first files."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user = staff(request)
        form = NewBatchForm(request.POST or None, initial={"agency": user.agency_id})
        field: Any = form.fields["agency"]
        field.queryset = Agency.objects.in_scope_of(user).published()
        if request.method == "POST" and form.is_valid():
            try:
                batch = services.create_batch(**form.cleaned_data, by=user)
            except NotAllowed as refusal:
                form.add_error(None, list(refusal.messages))
            else:
                self._take(request, batch, request.FILES.getlist("files"))
                return HttpResponseRedirect(self._address(batch))
        context = {
            **self.admin_site.each_context(request),
            "title": "新的批次",
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/batches/new.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The table: to correct and submit, or to sign."""
        batch = self._seen(request, object_id)
        if request.method == "POST":
            act = next((name for name in _ACTS if name in request.POST), "save")
            try:
                done = getattr(self, f"_{act}")(request, batch)
            except NotAllowed as refusal:
                for text in refusal.messages:
                    self.message_user(request, text, messages.ERROR)
                done = None
                if act == "sign":
                    # What was typed against single ones is not lost.
                    return self._desk(request, batch)
            return done or HttpResponseRedirect(self._address(batch))
        return self._desk(request, batch)

    def _desk(self, request: HttpRequest, batch: NoticeBatch) -> HttpResponse:
        return TemplateResponse(request, "admin/disclosure/batches/desk.html", self._context(request, batch))

    def _context(self, request: HttpRequest, batch: NoticeBatch) -> dict[str, Any]:
        user = staff(request)
        rows = services.check_batch(batch, by=user)
        collecting = batch.state == BatchState.COLLECTING
        waiting = [one for one in rows if one.document and one.document.status == Publication.SUBMITTED]
        # Members are of one agency and those below it: the right to sign one in each agency is asked once.
        asked = {one.document.agency_id: one.document for one in waiting}
        may_sign = bool(waiting) and all(rules.can_sign(user, one) for one in asked.values())
        return {
            **self.admin_site.each_context(request),
            "title": batch.name,
            "batch": batch,
            "rows": rows,
            "only": "only" in request.GET,
            "shown": [one for one in rows if not one.is_ready] if "only" in request.GET else rows,
            "columns": COLUMNS,
            "main_keys": MAIN,
            "rest_keys": REST,
            "topics": Topic.objects.select_related("parent").order_by("code") if collecting else [],
            "files": list(batch.files.order_by("name")),
            "unused": _unused(batch, rows),
            "wrong": sum(bool(one.errors) for one in rows),
            "found": sum(bool(one.findings) and not one.texts["note"].strip() for one in rows),
            "ready": sum(one.is_ready for one in rows),
            "may_edit": collecting and rules.can_create(user, batch.agency),
            "may_sign": batch.state == BatchState.SUBMITTED and may_sign,
            "may_recall": batch.state == BatchState.SUBMITTED and batch.submitted_by_id == user.pk,
            "working": batch.state == BatchState.WORKING,
            "lines": lines(rows, request.POST),
            "sign_form": SignBatchForm(request.POST if "sign" in request.POST else None),
            "owes_secrecy": bool(waiting) and services.owes_secrecy(waiting[0].document),
            "last_step": all(one.document.is_at_last_step for one in waiting),
            "opts": self.opts,
        }

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whether the worker is still at it (JSON)."""
        return JsonResponse({"working": self._seen(request, pk).state == BatchState.WORKING})

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The Excel list to fill in."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        target = io.BytesIO()
        write_template(target, agency=staff(request).agency)
        target.seek(0)
        return FileResponse(  # type: ignore[return-value]
            target, as_attachment=True, filename="批量发布清单模板.xlsx", content_type=_SHEET
        )

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
        """A file of the batch, for staff who have it in scope."""
        kept = self._seen(request, pk).files.filter(pk=file_pk).first()
        if kept is None:
            raise Http404
        return FileResponse(  # type: ignore[return-value]
            kept.file.open("rb"),
            as_attachment=True,
            filename=kept.name,
            content_type="application/octet-stream",
        )

    def files_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one file that the page sends by itself; answers what became of it (JSON)."""
        batch, file = self._seen(request, pk), request.FILES.get("file")
        if file is None:
            return JsonResponse({"error": "没有收到文件，请重新选择。"}, status=400)
        kept, refused = self._bring(request, batch, [file])
        if refused:
            return JsonResponse({"error": " ".join(refused)}, status=409)
        return JsonResponse({"title": "、".join(kept[:3])})

    # --- Acts

    def _save(self, request: HttpRequest, batch: NoticeBatch) -> None:
        changes: dict[int, dict[str, str]] = defaultdict(dict)
        for name, text in request.POST.items():
            match = _CELL.match(name)
            if match and match[2] in BY_KEY:
                changes[int(match[1])][match[2]] = str(text)
        gone = [int(pk) for pk in request.POST.getlist("drop") if pk.isdecimal()]
        dropped = services.drop_rows(batch, pks=gone, by=staff(request)) if gone else 0
        changed = services.change_rows(batch, changes=changes, by=staff(request)) if changes else 0
        said = [f"改了 {changed} 条" if changed else "", f"删去 {dropped} 条" if dropped else ""]
        words = "，".join(filter(None, said)) or "没有改动"
        self.message_user(request, f"已保存：{words}。", messages.SUCCESS)

    def _upload(self, request: HttpRequest, batch: NoticeBatch) -> None:
        self._take(request, batch, request.FILES.getlist("files"))

    def _from_files(self, request: HttpRequest, batch: NoticeBatch) -> None:
        used = {
            text for row in batch.rows.all() for text in str(row.values.get("attachments", "")).split("；")
        }
        rows = [dict(row.values) for row in batch.rows.all()]
        new = [one.name for one in batch.files.order_by("name") if one.name not in used]
        rows += [{"title": without_endings(name), "attachments": name} for name in new]
        services.put_rows(batch, rows=rows, by=staff(request))
        self.message_user(request, f"已按文件名加了 {len(new)} 条，请补上日期和分类。", messages.SUCCESS)

    def _drop_file(self, request: HttpRequest, batch: NoticeBatch) -> None:
        wanted = request.POST.get("drop_file", "")
        if wanted.isdecimal():
            services.drop_file(batch, pk=int(wanted), by=staff(request))

    def _submit(self, request: HttpRequest, batch: NoticeBatch) -> None:
        self._save(request, batch)
        done = services.order_batch(batch, act="submit", by=staff(request))
        if done.state == BatchState.SUBMITTED:
            self.message_user(request, "已整批提交，等审核人签发。", messages.SUCCESS)

    def _sign(self, request: HttpRequest, batch: NoticeBatch) -> None:
        if said := sign(request.POST, batch, by=staff(request)):
            self.message_user(request, said, messages.SUCCESS)

    def _recall(self, request: HttpRequest, batch: NoticeBatch) -> None:
        services.recall_batch(batch, by=staff(request))
        self.message_user(request, "已整批收回，可以继续修改。", messages.SUCCESS)

    def _discard(self, request: HttpRequest, batch: NoticeBatch) -> HttpResponse:
        services.drop_batch(batch, by=staff(request))
        self.message_user(request, f"已删除批次「{batch.name}」。", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:disclosure_noticebatch_changelist"))

    def _take(self, request: HttpRequest, batch: NoticeBatch, files: list[Any]) -> None:
        kept, refused = self._bring(request, batch, files)
        for text in refused:
            self.message_user(request, text, messages.WARNING)
        if kept:
            self.message_user(request, f"已收下：{'、'.join(kept[:10])}{'等' if len(kept) > 10 else ''}。")

    def _bring(
        self, request: HttpRequest, batch: NoticeBatch, files: list[Any]
    ) -> tuple[list[str], list[str]]:
        """Lists become rows, everything else files; what is refused is named and the rest is kept."""
        kept: list[str] = []
        refused: list[str] = []
        for file in files:
            try:
                rows = read_list(file) if str(file.name).lower().endswith(TABLES) else None
                if rows is not None:
                    number = services.put_rows(batch, rows=rows, by=staff(request))
                    kept.append(f"清单「{file.name}」{number} 条")
                    continue
                names, why_not = services.add_files(batch, file=file, by=staff(request))
                kept += names
                refused += why_not
            except NotAllowed as refusal:
                refused += refusal.messages
        if kept and not batch.rows.exists():
            kept += self._list_among(request, batch)
        return kept, refused

    @staticmethod
    def _list_among(request: HttpRequest, batch: NoticeBatch) -> list[str]:
        """The list may lie in the zip, beside the files that it names: it becomes the rows."""
        for one in batch.files.all():
            if not one.name.lower().endswith(TABLES):
                continue
            with one.file.open("rb") as content:
                rows = read_list(File(content, name=one.name))
            if rows:
                services.put_rows(batch, rows=rows, by=staff(request))
                services.drop_file(batch, pk=one.pk, by=staff(request))
                return [f"清单「{one.name}」{len(rows)} 条"]
        return []

    def _seen(self, request: HttpRequest, pk: int | str) -> NoticeBatch:
        batch: NoticeBatch = self.object_for_act(
            request, str(pk), lambda one: self.has_view_permission(request, one)
        )
        return batch

    def _address(self, batch: NoticeBatch) -> str:
        return reverse("admin:disclosure_noticebatch_change", args=[batch.pk])


#: Columns that stand in the table itself; the others open below the findings.
MAIN = ("title", "written_on", "topic", "attachments")
REST = tuple(one.key for one in COLUMNS if one.key not in (*MAIN, "note"))
_ACTS = ("upload", "from_files", "drop_file", "submit", "sign", "recall", "discard")


def _unused(batch: NoticeBatch, rows: list[Any]) -> list[Any]:
    used = {one.pk for row in rows for one in row.files}
    return [one for one in batch.files.order_by("name") if one.pk not in used]
