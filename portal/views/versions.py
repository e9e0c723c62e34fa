"""Earlier versions (更正) of a public document or interpretation: as it read before, with what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from disclosure import record, versions
from disclosure.models import Document
from disclosure.text_changes import Comparison, Row
from interpretation.models import Interpretation
from portal.columns import DOCUMENTS, INTERPRETATIONS
from portal.views.documents import file_name_of, gone_or_404, stored
from portal.views.rendering import page

#: By kind: the model, its column of the site, and the name that leads the crumbs.
_KINDS: dict[str, tuple[Any, Any, str]] = {
    "document": (Document, DOCUMENTS, "政策文件"),
    "interpretation": (Interpretation, INTERPRETATIONS, "政策解读"),
}
#: The names of the addresses of a version's files.
_FILES = {"document": "version_attachment", "interpretation": "interpretation_version_attachment"}


@dataclass(frozen=True)
class Change:
    """One paragraph of the earlier text beside what took its place; `what`: same, changed, added, removed."""

    what: str
    was: list[Any]
    now: list[Any]


def earlier_version(request: HttpRequest, pk: int, number: int, kind: str = "document") -> HttpResponse:
    """How a document or an interpretation (`kind`) read before a correction, and what was changed; gone with
    the thing itself."""
    model, column, room = _KINDS[kind]
    thing = model.objects.published().select_related("agency").filter(pk=pk).first()
    if thing is None:
        return gone_or_404(request, model, pk)
    version = record.earlier_version(thing, number)
    if version is None:
        return _closed_or_404(request, thing, number, kind)
    engine = Comparison()
    title, address = version.correction.title, reverse(kind, args=[pk])
    response = page(
        request,
        "pages/document_version.html",
        {
            "thing": thing,
            "thing_address": address,
            "version": version,
            "titles": engine.texts(title, version.next_title) if title != version.next_title else None,
            "rows": [_change(row) for row in engine.bodies(version.correction.body, version.next_body)],
            "files": versions.compare_files(version.files, version.next_files),
            "addresses": [
                (row, reverse(_FILES[kind], args=[pk, number, row.pk, file_name_of(row)]))
                if row.file
                else (row, row.source_url if row.source_url.startswith(("https://", "http://")) else "")
                for row in version.attachments
            ],
        },
        column=column,
        crumbs=[(room, column.url), (thing.title, address), ("更正前的版本", "")],
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _closed_or_404(request: HttpRequest, thing: Any, number: int, kind: str) -> HttpResponse:
    """410 with number, days and 更正说明 of a version that was closed (原版本不再公开); else Http404."""
    closed = record.closed_version(thing, number)
    if closed is None:
        raise Http404
    address = reverse(kind, args=[thing.pk])
    _, column, room = _KINDS[kind]
    response = page(
        request,
        "410_version.html",
        {"closed": closed, "thing_address": address},
        crumbs=[(room, column.url), ("现在的版本", address), ("原版本不再公开", "")],
        status=410,
    )
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store", "noindex"
    return response


def _change(row: Row) -> Change:
    # A mere change of layout reads the same.
    return Change("same" if row.what == "shape" else row.what, row.was, row.now)


def version_attachment(
    request: HttpRequest, pk: int, number: int, attachment_pk: int, name: str, kind: str = "document"
) -> HttpResponseBase:
    """A file of an earlier version, after the same check as the page of the thing."""
    model = _KINDS[kind][0]
    thing = model.objects.published().only("pk", "published_at", "published_on").filter(pk=pk).first()
    if thing is None:
        return gone_or_404(request, model, pk)
    found = record.file_of_version(thing, number, attachment_pk, public=True)
    if found is None or not found.file:
        return _closed_or_404(request, thing, number, kind)
    return stored(request, found.file, file_name_of(found))
