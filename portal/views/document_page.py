"""One document: its page, what is related to it, as Word and as PDF, and its short address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from catalog.models import Item
from disclosure import record, related
from disclosure.models import Document
from disclosure.pdf import CannotError, is_available
from disclosure.states import Publication
from disclosure.word import document_to_docx
from interpretation.models import Interpretation
from portal import body, paper, structured, unchanged
from portal.citation import cite
from portal.columns import DOCUMENTS, Article
from portal.views.documents import disposition, gone_or_404
from portal.views.drafting import public_note
from portal.views.rendering import one_page, page

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE_SIZE = 30
#: Interpretations and items on the page itself; what is more stands on a page of its own.
SHOWN = 10
#: Parts of the page 相关内容: address → heading.
PARTS = {
    "interpretations": "解读",
    "items": "属于这些目录事项",
    "older": "被本文件废止的文件",
    "basis": "本文件的依据",
    "resting": "以本文件为依据",
}


def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One document; a withdrawn one answers 410 with title and public reason."""
    if (same := unchanged.answer(request)) is not None:
        return same
    rows = Document.objects.published().select_related(
        "agency", "topic__parent", "repealed_by", "drafting_note"
    )
    document = rows.prefetch_related("attachments", "fields").filter(pk=pk).first()
    return gone_or_404(request, Document, pk) if document is None else document_page(request, document)


def document_page(request: HttpRequest, document: Document) -> HttpResponse:
    """The page of a document that whoever asks may see: a public one, or a draft in its preview."""
    pk = document.pk
    is_public = document.status == Publication.PUBLISHED
    issuer = document.issuer or document.agency.name
    address = request.build_absolute_uri(reverse("document", args=[pk]))
    lists = {part: related.some(rows_of(document, part), SHOWN) for part in PARTS}
    short = request.build_absolute_uri(reverse("document_short", args=[pk]))
    successor = document.repealed_by
    if successor is not None and not Document.objects.published().filter(pk=successor.pk).exists():
        successor = None
    context = {
        "document": document,
        "body": SimpleLazyObject(lambda: body.prepare(document.body)),
        "successor": successor,
        "relations": record.relations_of(document),
        "corrections": record.corrections_of(document),
        "related": lists,
        "drafting": public_note(document),
        "same_topic": related.some(related.of_topic(document)),
        "citation": cite(document, issuer=issuer, address=address, today=timezone.localdate()),
        "address": address,
        "short_address": short,
        "structured": SimpleLazyObject(
            lambda: structured.of_document(document, lists["interpretations"].rows, address)
        ),
        "pdf": is_available(),
    }
    return page(
        request,
        "pages/document.html",
        context,
        column=DOCUMENTS,
        article=Article(
            document.title,
            issuer,
            document.published_at or document.published_on,
            document.keywords,
            document.summary,
        ),
        crumbs=[("政策文件", DOCUMENTS.url), ("正文", "")],
        stamped=is_public,
        modified=_modified(document, lists["interpretations"].rows) if is_public else None,
    )


def _modified(document: Document, interpretations: Iterable[Interpretation]) -> datetime:
    return max([document.updated_at, *(one.updated_at for one in interpretations)])


def rows_of(document: Document, part: str) -> Any:
    """The public things of one part of 相关内容, in the order in which they are shown."""
    public = Document.objects.published().select_related("agency").defer("body")
    if part == "interpretations":
        rows = Interpretation.objects.published().filter(documents=document)
        return rows.select_related("agency").defer("body")
    if part == "items":
        return Item.objects.published().filter(documents=document).select_related("field")
    if part == "older":
        return public.filter(repealed_by=document)
    return related.rests_on(document) if part == "basis" else related.rests_on_it(document)


def document_related(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """All of one kind of related things, by the page."""
    if part not in PARTS:
        raise Http404
    document = Document.objects.published().defer("body").filter(pk=pk).first()
    if document is None:
        return gone_or_404(request, Document, pk)
    if part == "basis":
        document.refresh_from_db(fields=["body"])
    return page(
        request,
        "pages/document_related.html",
        {
            "document": document,
            "part": part,
            "heading": PARTS[part],
            "page": one_page(request, rows_of(document, part), PAGE_SIZE),
        },
        column=DOCUMENTS,
        crumbs=[
            ("政策文件", DOCUMENTS.url),
            ("正文", reverse("document", args=[pk])),
            (PARTS[part], ""),
        ],
    )


def short_address(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """`/d/<id>`, `/j/<id>`: short enough for a text message; what is gone is gone there too."""
    return redirect(name, pk)


def _whole(pk: int) -> Document | None:
    rows = Document.objects.published().select_related("agency")
    found: Document | None = rows.prefetch_related("attachments").filter(pk=pk).first()
    return found


def document_word(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as Word, laid out as an official paper."""
    document = _whole(pk)
    if document is None:
        return gone_or_404(request, Document, pk)
    response = HttpResponse(document_to_docx(document), content_type=WORD)
    response["Content-Disposition"] = disposition(f"{document.title[:80]}.docx", inline=False)
    return response


def document_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as PDF. Where none can be made now, back to the page, which the browser prints."""
    document = _whole(pk)
    if document is None:
        paper.forget(pk)
        return gone_or_404(request, Document, pk)
    address = request.build_absolute_uri(reverse("document", args=[pk]))
    try:
        made = paper.pdf_of(document, address=address)
    except paper.BusyError:
        response = page(request, "pages/paper_later.html", {"document": document}, status=503)
        response["Retry-After"], response["Cache-Control"] = "10", "no-store"
        return response
    except CannotError:
        return HttpResponseRedirect(f"{reverse('document', args=[pk])}?print=1#paper")
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = disposition(f"{document.title[:80]}.pdf", inline=True)
    return response
