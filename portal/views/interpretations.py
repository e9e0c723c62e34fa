"""Interpretations (解读): list and page, linked to the documents they explain."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from disclosure import record
from disclosure.models import Document
from disclosure.states import Publication
from interpretation import media
from interpretation.models import Interpretation
from portal import body, structured, unchanged
from portal.citation import cite
from portal.columns import INTERPRETATIONS, Article
from portal.filters import InterpretationFilter
from portal.views.documents import gone_or_404, hand_over
from portal.views.rendering import one_page, page

PAGE_SIZE = 20


def _explained() -> Any:
    return Prefetch(
        "documents",
        Document.objects.published().select_related("agency").defer("body"),
        to_attr="public_documents",
    )


def interpretation_list(request: HttpRequest) -> HttpResponse:
    """政策解读: all public interpretations, each with the title of its document."""
    chosen = InterpretationFilter(request.GET, queryset=Interpretation.objects.published())
    facets = chosen.facets()
    found = chosen.qs.select_related("agency").defer("body").prefetch_related(_explained())
    return page(
        request,
        "pages/interpretation_list.html",
        {
            "page": one_page(request, found, PAGE_SIZE),
            "facets": facets,
            "tags": chosen.chosen(facets),
            "filter_errors": chosen.errors,
        },
        column=INTERPRETATIONS,
        crumbs=[("政策解读", "")],
    )


def interpretation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One interpretation with the way back to the document (原文)."""
    if (same := unchanged.answer(request)) is not None:
        return same
    rows = Interpretation.objects.published().select_related("agency", "topic__parent")
    found = rows.filter(pk=pk).first()
    return gone_or_404(request, Interpretation, pk) if found is None else interpretation_page(request, found)


def interpretation_page(request: HttpRequest, found: Any) -> HttpResponse:
    """The page of an interpretation that whoever asks may see: a public one, or a draft in its preview."""
    prefetch_related_objects([found], _explained(), "attachments")
    address = request.build_absolute_uri(reverse("interpretation", args=[found.pk]))
    maker, is_public = found.interpreter or found.agency.name, found.status == Publication.PUBLISHED
    context = {
        "interpretation": found,
        "body": SimpleLazyObject(lambda: body.prepare(found.body)),
        "citation": cite(found, issuer=maker, address=address, today=timezone.localdate()),
        "media": media.sort(found.attachments.all()),
        **_around(found),
        "corrections": record.corrections_of(found),
        "address": address,
        "short_address": request.build_absolute_uri(reverse("interpretation_short", args=[found.pk])),
        "structured": SimpleLazyObject(
            lambda: structured.of_interpretation(found, found.public_documents, address)
        ),
    }
    return page(
        request,
        "pages/interpretation.html",
        context,
        column=INTERPRETATIONS,
        article=Article(
            found.title,
            maker,
            found.published_at or found.published_on,
            found.keywords,
            found.summary,
        ),
        crumbs=[("政策解读", INTERPRETATIONS.url), ("正文", "")],
        stamped=is_public,
        modified=found.updated_at if is_public else None,
    )


def _around(interpretation: Any) -> dict[str, Any]:
    """Earlier and later versions of the paper, and what else explains it; all public."""
    papers = [document.pk for document in interpretation.public_documents]
    if not papers:
        return {}
    public = Document.objects.published().exclude(pk__in=papers).select_related("agency").defer("body")
    stands = {"validity_caused__revoked_at": None, "validity_caused__document__in": papers}
    acted = {"validity_changes__revoked_at": None, "validity_changes__cause__in": papers}
    others = Interpretation.objects.published().filter(documents__in=papers).exclude(pk=interpretation.pk)
    return {
        "later": public.filter(Q(repeals__in=papers) | Q(**stands)).distinct(),
        "earlier": public.filter(Q(repealed_by__in=papers) | Q(**acted)).distinct(),
        "others": others.select_related("agency").defer("body").distinct(),
    }


def attachment(request: HttpRequest, pk: int, attachment_pk: int, name: str) -> HttpResponseBase:
    """A file of a public interpretation, after the same check as its page."""
    return hand_over(request, Interpretation, pk, attachment_pk, name)
