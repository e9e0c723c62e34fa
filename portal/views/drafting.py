"""起草说明 of a document, where it is public itself."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

from disclosure.models import Document, DraftingNote
from portal import body
from portal.views.documents import gone_or_404, stored


def public_note(document: Document) -> dict[str, Any] | None:
    """The note and its text made ready for the page; None while it stays inside. Asked for of a document
    that may be seen: the public one, or a draft in its preview."""
    note: DraftingNote | None = getattr(document, "drafting_note", None)
    if note is None or not (note.is_public and note.stands):
        return None
    return {"note": note, "html": body.prepare(note.body).html if note.body else ""}


def drafting_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of 起草说明 of a public document. Http404 where it is not public itself; 410 where the paper
    was taken down."""
    document = Document.objects.published().select_related("drafting_note").filter(pk=pk).first()
    if document is None:
        return gone_or_404(request, Document, pk)
    note: DraftingNote | None = getattr(document, "drafting_note", None)
    if note is None or not (note.is_public and note.file):
        raise Http404
    return stored(request, note.file, note.file_title)
