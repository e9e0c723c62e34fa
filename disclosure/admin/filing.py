"""归类 in the back office: up to two hundred documents of the backlog on one page, worked off by keyboard."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import staff
from agencies.models import Agency, User
from catalog.models import Item
from disclosure import backlog, rules, services
from disclosure.admin.filing_rows import Rows, choices_of, path_of
from disclosure.admin.only_shown import OnlyShown
from disclosure.filing_text import expand
from disclosure.models import FilingBatch

#: Items that a search for another one shows.
_FOUND = 12
#: Sentences on what was left out that one message spells out.
_NAMED = 20
_DESK = "admin:disclosure_filingbatch_changelist"


class FilingFilter(forms.Form):
    """Which documents: agency in scope, year, words, what is missing."""

    agency = forms.ChoiceField(label="公开单位", required=False)
    year = forms.IntegerField(
        label="发布年份", required=False, min_value=1949, max_value=2100, widget=forms.NumberInput
    )
    words = forms.CharField(label="标题或文号里的字", required=False, max_length=100)
    missing = forms.ChoiceField(
        label="缺什么",
        required=False,
        choices=[
            ("", "没有归类的"),
            ("item", "没有目录事项的"),
            ("topic", "没有主题分类的"),
            ("stage", "没有五公开环节的"),
            ("genre", "没有体裁的"),
        ],
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        agencies = (
            Agency.objects.in_scope_of(user).order_by("order", "code").only("code", "name", "short_name")
        )
        rows = [(agency.code, agency.label) for agency in agencies]
        self.fields["agency"].choices = [("", "管理范围内全部单位"), *rows]  # type: ignore[attr-defined]

    def conditions(self) -> dict[str, Any]:
        """What is asked for and can be; the rest is as if it had not been asked."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


@admin.register(FilingBatch)
class FilingBatchAdmin(OnlyShown, admin.ModelAdmin):  # type: ignore[type-arg]
    """The page itself, the search for another item, and the way back."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever files."""
        return rules.may_file(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return rules.may_file(request.user)

    def get_urls(self) -> Any:
        """The page, the search, the undoing; nothing else of a usual admin."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.desk_view), name="disclosure_filingbatch_changelist"),
            path("items/", view(self.items_view), name="disclosure_filingbatch_items"),
            path("<int:batch_id>/undo/", view(self.undo_view), name="disclosure_filingbatch_undo"),
        ]

    # --- The page

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        """Show the documents that wait, or file those that were accepted."""
        user = self._allowed(request)
        if request.method == "POST":
            return self._file(request, user)
        form = FilingFilter(request.GET or None, user=user)
        conditions = form.conditions()
        rows = backlog.waiting(user, **conditions)
        documents = backlog.page_of(rows)
        table = Rows(documents, backlog.suggestions(documents, user=user))
        filed, total = backlog.progress(user)
        context = {
            **self.admin_site.each_context(request),
            "title": "归类",
            "opts": self.opts,
            "form": form,
            "filtered": bool(conditions),
            "query": urlencode(conditions),
            "rows": table.rows(),
            "all_topics": table.all_topics(),
            "matching": len(documents) if len(documents) < backlog.PAGE else rows.count(),
            "page_size": backlog.PAGE,
            "filed": filed,
            "total": total,
            "last": FilingBatch.objects.filter(by=user, undone_at=None).first(),
        }
        return TemplateResponse(request, "admin/disclosure/filing/desk.html", context)

    def _file(self, request: HttpRequest, user: User) -> HttpResponse:
        try:
            choices = choices_of(request.POST, user=user)
        except ValueError as error:
            raise BadRequest("归类页面发来的内容不完整。") from error
        try:
            batch = services.file_documents(choices=choices, by=user)
        except services.NotAllowed as refusal:
            self._say(request, refusal.messages)
        else:
            done = f"已归类 {batch.count} 件。需要反悔的话，可以整批撤销。"
            self.message_user(request, done, messages.SUCCESS)
            self._say(request, batch.skipped)
        return self._back(request)

    def undo_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Take one batch back, by a button."""
        user = self._allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = FilingBatch.objects.filter(pk=batch_id).first()
        if batch is None or not (batch.by_id == user.pk or rules.may_undo_filing_of_others(user)):
            raise PermissionDenied
        try:
            batch = services.undo_filing(batch=batch, by=user)
        except services.NotAllowed as refusal:
            self._say(request, refusal.messages)
        else:
            back = batch.count - len(batch.skipped)
            self.message_user(request, f"已撤销这一批归类：{back} 件恢复成原来的样子。", messages.SUCCESS)
            self._say(request, batch.skipped)
        return self._back(request)

    def items_view(self, request: HttpRequest) -> JsonResponse:
        """Other items, by words of their names: those under which the user may publish, in force."""
        user = self._allowed(request)
        words = request.GET.get("q", "").split()[:5]
        rows = Item.objects.linkable_by(user).in_force().select_related("field", "agency")
        for word in words:
            said = Q(code__iexact=word)
            for name in expand(word).split("、"):
                said |= Q(levels__icontains=name) | Q(field__name__icontains=name)
            rows = rows.filter(said)
        found = rows.order_by("field__order", "agency__order", "position", "pk")[:_FOUND] if words else []
        return JsonResponse(
            {
                "items": [
                    {
                        "id": item.pk,
                        "name": item.name,
                        "path": path_of(item),
                    }
                    for item in found
                ]
            }
        )

    # --- Parts

    def _allowed(self, request: HttpRequest) -> User:
        if not self.has_view_permission(request):
            raise PermissionDenied("归类由经办人和县政府办公室办理。")
        return staff(request)

    def _back(self, request: HttpRequest) -> HttpResponse:
        """Back to the same documents: the filters ride along in the form."""
        asked = FilingFilter(request.POST, user=staff(request)).conditions()
        address = reverse(_DESK)
        return HttpResponseRedirect(f"{address}?{urlencode(asked)}" if asked else address)

    def _say(self, request: HttpRequest, sentences: Any) -> None:
        for sentence in list(sentences)[:_NAMED]:
            self.message_user(request, sentence, messages.WARNING)
        if len(sentences) > _NAMED:
            rest = len(sentences) - _NAMED
            self.message_user(request, f"还有 {rest} 件也没有归类，原因相同或相近。", messages.WARNING)
