"""公文包 in the back office: the parts of a policy document's package on one page, read and signed as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.safestring import SafeString, mark_safe
from js_asset import Media

from agencies.admin.acts import staff
from disclosure import rich_text, rules, services
from disclosure.admin.parts import attachment_url
from disclosure.models import Document, DraftingNote
from disclosure.package import Part
from disclosure.package_forms import DraftingNoteForm
from disclosure.services.drafting import note_of

#: Moves by which the package is read and signed: their pages show it.
_READING = frozenset({"agree", "approve", "schedule"})


@dataclass(frozen=True)
class Shown:
    """A part with what only the back office knows: its addresses, its text cleaned for the page."""

    part: Part
    url: str
    html: SafeString
    files: list[tuple[str, str]]


def shown_parts(document: Document, request: HttpRequest) -> list[Shown]:
    """The parts of the package for a page."""
    return [_shown(document, part) for part in services.parts_of(document, user=staff(request))]


def _shown(document: Document, part: Part) -> Shown:
    html = mark_safe(rich_text.clean(part.body).html)  # noqa: S308 - cleaned in this line
    return Shown(part, _address(document, part), html, [_file(document, one) for one in part.attachments])


def _address(document: Document, part: Part) -> str:
    if part.label == "起草说明":
        return reverse("admin:disclosure_document_drafting", args=[document.pk])
    if part.thing is None:
        return ""
    opts = part.thing._meta
    try:
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[part.thing.pk])
    except NoReverseMatch:
        return ""


def _file(document: Document, one: Any) -> tuple[str, str]:
    if isinstance(one, DraftingNote):
        return one.file_title, reverse("admin:disclosure_document_drafting_file", args=[document.pk])
    return one.title, attachment_url(one)


class PackagePages:
    """Adds the package to the admin of documents: panel, page, 起草说明, the parts above the signature."""

    def get_urls(self: Any) -> Any:
        """With the pages of the package."""
        view = self.admin_site.admin_view
        ours = [
            path("<int:object_id>/package/", view(self.package_view), name="disclosure_document_package"),
            path(
                "<int:object_id>/drafting-note/",
                view(self.drafting_view),
                name="disclosure_document_drafting",
            ),
            path(
                "<int:object_id>/drafting-note/file/",
                view(self.drafting_file_view),
                name="disclosure_document_drafting_file",
            ),
        ]
        return ours + super().get_urls()  # type: ignore[misc]

    def render_change_form(self: Any, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the panel, for a document that goes as a package."""
        obj = kwargs.get("obj")
        if obj is not None and obj.is_package:
            context["package"] = shown_parts(obj, request)
            context["package_url"] = reverse("admin:disclosure_document_package", args=[obj.pk])
            context["may_write"] = rules.can_edit(staff(request), obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def act_page(self: Any, request: HttpRequest, obj: Any, **words: Any) -> HttpResponse:
        """Whoever signs has all the parts before his or her eyes."""
        response: HttpResponse = super().act_page(request, obj, **words)  # type: ignore[misc]
        match = request.resolver_match
        move = match.kwargs.get("move") if match else None
        data = response.context_data if isinstance(response, TemplateResponse) else None
        if data is not None and obj.is_package and move in _READING:
            data["package"] = shown_parts(obj, request)
        return response

    def package_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """All parts on one page, each with what it lacks, and the moves of the whole."""
        obj = self._in_scope(request, object_id)
        parts = shown_parts(obj, request)
        lacks = sum(len(one.part.lacks) for one in parts)
        context = {
            **self.admin_site.each_context(request),
            "title": f"公文包：{obj.title}",
            "package": parts,
            "lacks": lacks,
            "moves": self.moves(request, obj),
            "may_write": rules.can_edit(staff(request), obj),
            "publish_at": obj.publish_at,
            "thing": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/package.html", context)

    def drafting_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """Write 起草说明: a text, a file, or why there is none."""
        obj = self._in_scope(request, object_id)
        if not rules.can_edit(staff(request), obj):
            raise PermissionDenied("起草说明只能在草稿里改，由本单位经办人办理。")
        note = note_of(obj)

        def make(data: Any) -> forms.Form:
            return DraftingNoteForm(data, request.FILES or None, note=note)

        def act(form: forms.Form) -> str:
            services.keep_drafting_note(obj, by=staff(request), **form.cleaned_data)
            return f"已保存起草说明：{obj.title}"

        response: HttpResponse = self.act_page(
            request,
            obj,
            title=f"起草说明：{obj.title}",
            explanation="写清为什么起草、依据什么、主要内容、征求意见和采纳情况。可以写文字，也可以上传文件。",
            button="保存起草说明",
            make_form=make,
            act=act,
            back="package",
        )
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            # The editor's inline import map needs the nonce of this page (STACK, trap 2).
            nonce = str(getattr(request, "csp_nonce", ""))
            response.context_data["media"] = Media.from_media(response.context_data["media"], nonce=nonce)
        return response

    def drafting_file_view(self: Any, request: HttpRequest, object_id: int) -> FileResponse:
        """The stored file, for staff who have the document in scope."""
        note = note_of(self._in_scope(request, object_id))
        if note is None or not note.file:
            raise Http404
        response = FileResponse(note.file.open("rb"), as_attachment=True, filename=note.file_title)
        response["Content-Type"] = note.media_type
        return response
