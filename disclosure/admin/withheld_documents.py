"""备案 on the pages of documents: the button, the line in the form, the column and the filter of the list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from disclosure import register_rules, rules, services
from disclosure.forms import ConfirmForm
from disclosure.models import Document
from disclosure.register_querysets import not_on_file, unfiled, unregistered
from disclosure.register_states import NOT_PROACTIVE, FilingState
from disclosure.states import Publication

_EXPLANATION = (
    "依申请公开、不予公开的文件，不上网、不送审，由本单位审核人确认后，向县政府办公室备案；以后每年复核一次。"
    "报备案以后内容不能再改，没有备案的可以收回。"
)


class RegisterFilter(admin.SimpleListFilter):
    """What a document lacks in the registers (备案, 报审登记), as the work queue counts it."""

    title = "备案和报审"
    parameter_name = "register"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As the work queue counts them."""
        return [
            ("unfiled", "要报备案的"),
            ("unregistered", "没有报审登记的政策文件"),
            ("loose", "不在备案的"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen one."""
        if self.value() == "unfiled":
            return unfiled(queryset)
        if self.value() == "loose":
            return not_on_file(queryset)
        return unregistered(queryset) if self.value() == "unregistered" else queryset


class WithheldDocuments:
    """Mixin of the admin of `Document`."""

    admin_site: Any
    act_page: Any
    _in_scope: Any

    def get_urls(self) -> Any:
        """With the page for 报备案."""
        view = self.admin_site.admin_view(self.file_view)
        ours = [path("<int:object_id>/file/", view, name="disclosure_document_file")]
        return ours + super().get_urls()  # type: ignore[misc]

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """With 报备案, in the place of 提交审核: what stays in is not reviewed for the public."""
        found: list[tuple[str, str]] = super().moves(request, obj)  # type: ignore[misc]
        if obj.openness not in NOT_PROACTIVE or obj.status != Publication.DRAFT:
            return found
        review = reverse("admin:disclosure_document_move", args=[obj.pk, "submit"])
        found = [(label, address) for label, address in found if address != review]
        if register_rules.can_move_filing("submit", staff(request), obj):
            found.insert(0, ("报备案", reverse("admin:disclosure_document_file", args=[obj.pk])))
        return found

    def file_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Confirm and hand in."""
        obj = self._in_scope(request, object_id)
        if request.method != "POST" and not register_rules.can_move_filing("submit", staff(request), obj):
            raise PermissionDenied

        def act(form: Any) -> str:
            services.submit_filing(obj, by=staff(request))
            return f"已报备案：{obj.title}"

        response: HttpResponse = self.act_page(
            request,
            obj,
            title=f"报备案：{obj.title}",
            explanation=_EXPLANATION,
            button="报备案",
            make_form=ConfirmForm,
            act=act,
        )
        return response

    @admin.display(description="备案")
    def filing_line(self, obj: Document) -> SafeString | str:
        """How far its filing is, with the way there."""
        filing = rules.filing_of(obj)
        if filing is None:
            return "还没有备案" if obj.openness in NOT_PROACTIVE else ""
        if obj.openness not in NOT_PROACTIVE and filing.state != FilingState.LIFTED:
            return ""
        words = str(FilingState(filing.state).label)
        if filing.state == FilingState.RETURNED:
            words += f"：{filing.remarks}"
        if filing.state == FilingState.FILED:
            words += f"，{filing.next_check_on}前复核"
        if filing.state == FilingState.LIFTED and obj.published_at is None:
            provisional = "（暂定）" if filing.publish_due_provisional else ""
            words += f"，请在 {filing.publish_due_on}{provisional} 前公开"
        address = reverse("admin:disclosure_withholding_change", args=[filing.pk])
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.display(description="报审登记")
    def registration_line(self, obj: Document) -> SafeString | str:
        """The registration that it came from."""
        registration = getattr(obj, "registration", None)
        if registration is None:
            return ""
        address = reverse("admin:disclosure_registration_change", args=[registration.pk])
        return format_html('<a href="{}">{}</a>', address, registration.get_state_display())

    @admin.display(description="公开属性", ordering="openness")
    def openness_state(self, obj: Document) -> str:
        """The openness; of what stays in, how far its filing is."""
        if obj.openness not in NOT_PROACTIVE:
            return str(obj.get_openness_display()) if obj.openness else "没有定"
        filing = rules.filing_of(obj)
        words = FilingState(filing.state).label if filing else "还没有备案"
        return f"{obj.get_openness_display()}（{words}）"
