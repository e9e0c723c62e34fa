"""依据原文 in the back office: which document of the library holds the text of a law; proposed, confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

import catalog.rules
from agencies.admin.acts import ServiceAdmin, staff
from catalog.models import Law
from disclosure import services
from disclosure.models import Document, LawText

LAWS_LOOKED_AT = 500


@admin.register(LawText)
class LawTextAdmin(ServiceAdmin):
    """依据原文. A link is proposed by exact number or title, or chosen; 县政府办公室 confirms it."""

    change_list_template = "admin/disclosure/lawtext/change_list.html"
    list_display = ("law", "document_line", "validity_line", "linked_by", "linked_on", "unlink_line")
    list_display_links = None
    list_select_related = ("law", "document", "linked_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("law__title", "law__number", "document__title", "document__doc_number")
    search_help_text = "可以写依据或文件的名称、文号中的几个字。"
    fields = ("law", "document")
    autocomplete_fields = ("law", "document")
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees laws."""
        return bool(request.user.has_perm("catalog.view_law"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who looks after laws."""
        return catalog.rules.can_change_law(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a wrong link is taken back and set anew."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: 取消关联 stands in the list."""
        return False

    @admin.display(description="文件库里的原文", ordering="document__title")
    def document_line(self, text: LawText) -> str:
        """The document, with the way to it."""
        url = reverse("admin:disclosure_document_change", args=[text.document_id])
        return format_html('<a href="{}">{}</a>', url, text.document)

    @admin.display(description="文件有效性")
    def validity_line(self, text: LawText) -> str:
        """As the document says."""
        return text.document.get_validity_display() or "没有写明"

    @admin.display(description="关联时间", ordering="linked_at")
    def linked_on(self, text: LawText) -> str:
        """When."""
        return f"{timezone.localtime(text.linked_at):%Y-%m-%d %H:%M}"

    @admin.display(description="办理")
    def unlink_line(self, text: LawText) -> str:
        """Take it back."""
        url = reverse("admin:disclosure_lawtext_unlink", args=[text.pk])
        return format_html(
            '<a href="{}">取消关联<span class="visually-hidden">：{}</span></a>', url, text.law
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        obj.pk = services.link_law(law=obj.law, document=obj.document, by=staff(request)).pk

    def get_urls(self) -> Any:
        """With the proposals and the end of a link."""
        wrap = self.admin_site.admin_view
        return [
            path("proposed/", wrap(self.proposed_view), name="disclosure_lawtext_proposed"),
            path("<int:pk>/unlink/", wrap(self.unlink_view), name="disclosure_lawtext_unlink"),
            *super().get_urls(),
        ]

    def proposed_view(self, request: HttpRequest) -> HttpResponse:
        """Laws without a text for which the library holds exactly the number or exactly the title."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._confirm(request)
            return HttpResponseRedirect(request.get_full_path())
        rows = Law.objects.standing().filter(text=None).order_by("title", "pk")
        page = Paginator(rows, LAWS_LOOKED_AT).get_page(request.GET.get("p"))
        laws = list(page)
        proposed = services.proposed_documents(laws)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": "文件库里可能有的依据原文",
            "found": [(law, proposed[law.pk]) for law in laws if law.pk in proposed],
            "page": page,
        }
        return TemplateResponse(request, "admin/disclosure/lawtext/proposed.html", context)

    def _confirm(self, request: HttpRequest) -> None:
        law_pk, _, document_pk = request.POST.get("link", "").partition("-")
        law = get_object_or_404(Law, pk=law_pk if law_pk.isascii() and law_pk.isdigit() else 0)
        document = get_object_or_404(
            Document, pk=document_pk if document_pk.isascii() and document_pk.isdigit() else 0
        )
        try:
            services.link_law(law=law, document=document, by=staff(request))
        except services.NotAllowed as refusal:
            self.message_user(request, "；".join(refusal.messages), messages.ERROR)
        else:
            self.message_user(request, f"{law}已关联到「{document}」。", messages.SUCCESS)

    def unlink_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """取消关联."""
        text = get_object_or_404(LawText.objects.select_related("law", "document"), pk=pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            services.unlink_law(text=text, by=staff(request))
            self.message_user(request, f"{text.law}已取消关联。", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:disclosure_lawtext_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"取消关联：{text.law}",
            "text": text,
        }
        return TemplateResponse(request, "admin/disclosure/lawtext/unlink.html", context)
