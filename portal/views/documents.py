"""Documents: list, attachments, and the way in by index number; the page itself is `document_page`."""

from __future__ import annotations

from mimetypes import guess_type
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from disclosure.models import AttachedFile, Attachment, Document
from disclosure.states import Publication
from interpretation.models import Attachment as Explanation
from interpretation.models import Interpretation
from portal.columns import DOCUMENTS
from portal.filters import DocumentFilter
from portal.ranges import file_response
from portal.views.rendering import one_page, page

PAGE_SIZE = 20
#: Shown in the browser; every other type is handed over as a file to be kept.
SHOWN_INLINE = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "video/mp4",
        "text/vtt",
        "text/plain",
    }
)
#: Types that the system's own table may not know.
_TYPES = {".vtt": "text/vtt", ".webp": "image/webp"}
#: Types that a browser might run are sent as plain bytes.
HARMLESS = frozenset(
    {".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".csv"}
)


def document_list(request: HttpRequest) -> HttpResponse:
    """政策文件: all public documents with facets."""
    rows = Document.objects.published()
    chosen = DocumentFilter(request.GET, queryset=rows)
    facets = chosen.facets()
    explained = Prefetch(
        "interpretations", Interpretation.objects.published().only("pk"), to_attr="public_interpretations"
    )
    found = chosen.qs.select_related("agency").defer("body").prefetch_related(explained)
    return page(
        request,
        "pages/document_list.html",
        {
            "page": one_page(request, found, PAGE_SIZE),
            "facets": facets,
            "tags": chosen.chosen(facets),
            "filter_errors": chosen.errors,
        },
        column=DOCUMENTS,
        crumbs=[("政策文件", "")],
    )


def gone_or_404(request: HttpRequest, owners: type[Document | Interpretation], pk: int) -> HttpResponse:
    """301 to the posting that stands for a merged one; the page 该信息已撤下 (410) for a withdrawn thing; 410
    without a word for what was taken offline (紧急下线) or purged; Http404 for whatever else."""
    if owners is Document and (target := merged_into(pk)) is not None:
        return redirect("document", target, permanent=True)
    withdrawn = owners.objects.tombstones().filter(pk=pk)
    thing = withdrawn.only("title", "withdrawn_reason", "withdrawn_at").first()
    if thing is None:
        if owners.objects.offline().filter(pk=pk).exists():
            response = page(request, "410_offline.html", crumbs=[("该页面已下线", "")], status=410)
            response["Cache-Control"] = "no-store"
            return response
        raise Http404
    return page(request, "410.html", {"thing": thing}, crumbs=[("该信息已撤下", "")], status=410)


def merged_into(pk: int) -> int | None:
    """Where the address of a posting that was merged away (合并) leads, through further merges; else None."""
    target = None
    for _ in range(10):
        onward = Document.objects.merged_away().filter(pk=target or pk)
        following = onward.values_list("merged_into", flat=True).first()
        if following is None:
            break
        target = following
    return target


def attachment(request: HttpRequest, pk: int, attachment_pk: int, name: str) -> HttpResponseBase:
    """A file of a public document, after the same check as its page."""
    return hand_over(request, Document, pk, attachment_pk, name)


def hand_over(
    request: HttpRequest, owners: type[Document | Interpretation], pk: int, attachment_pk: int, name: str
) -> HttpResponseBase:
    """An attachment of whatever is published: 410 once it is withdrawn, else Http404."""
    owner = owners.objects.published().only("pk", "status").filter(pk=pk).first()
    if owner is None:
        return gone_or_404(request, owners, pk)
    found: AttachedFile = get_object_or_404(owner.attachments, pk=attachment_pk)
    if not found.file:
        raise Http404
    if name != file_name_of(found):
        return redirect(attachment_url(found))
    return stored(request, found.file, file_name_of(found))


def stored(request: HttpRequest, file: Any, file_name: str) -> HttpResponseBase:
    """A stored file that whoever asks may have, under the name for people."""
    media_type, inline = _media_type(file_name)
    response: HttpResponseBase
    if settings.ACCEL_LOCATION:
        response = HttpResponse(content_type=media_type)
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION.rstrip('/')}/{quote(file.name or '')}"
    else:
        try:
            response = file_response(request, file, media_type)
        except FileNotFoundError as error:
            raise Http404 from error
    response["Content-Disposition"] = disposition(file_name, inline=inline)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def by_index_number(request: HttpRequest, index_number: str) -> HttpResponse:
    """索引号, slashes and all: on to the page that bears it."""
    if not index_number.strip() or not index_number.isprintable():
        raise Http404
    for rows, name in (
        (Document.objects.published() | Document.objects.tombstones(), "document"),
        (Interpretation.objects.published() | Interpretation.objects.tombstones(), "interpretation"),
        (Document.objects.merged_away(), "document"),
        (Document.objects.offline(), "document"),
        (Interpretation.objects.offline(), "interpretation"),
    ):
        pk = rows.filter(index_number=index_number).values_list("pk", flat=True).first()
        if pk is not None and name == "document" and (target := merged_into(pk)) is not None:
            return redirect(name, target, permanent=True)
        if pk is not None:
            return redirect(name, pk)
    raise Http404


def previewable(found: AttachedFile) -> bool:
    """Whether a browser shows the file itself, harmlessly."""
    return bool(found.file) and _media_type(file_name_of(found))[1]


def file_name_of(found: AttachedFile) -> str:
    """The name under which a citizen keeps the file: its title with the file's ending."""
    stored = found.file.name or ""
    ending = "." + stored.rsplit(".", 1)[-1].lower() if "." in stored else ""
    title = found.title.replace("/", "-").replace("\\", "-").strip() or "附件"
    return title if title.lower().endswith(ending) else f"{title}{ending}"


def attachment_url(found: AttachedFile) -> str:
    """Address of an attachment: our own file, else where the archive says that it lies."""
    if found.file:
        if isinstance(found, Attachment):
            owner: Document | Interpretation = found.document
            name = "attachment"
        else:
            owner = cast(Explanation, found).interpretation
            name = "interpretation_attachment"
        if owner.status != Publication.PUBLISHED:  # The preview of a draft: its files are the back office's.
            opts = owner._meta
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_attachment", args=[owner.pk, found.pk])
        return reverse(name, args=[owner.pk, found.pk, file_name_of(found)])
    return found.source_url if found.source_url.startswith(("https://", "http://")) else ""


def _media_type(file_name: str) -> tuple[str, bool]:
    ending = "." + file_name.rsplit(".", 1)[-1].lower()
    guessed = _TYPES.get(ending) or guess_type(file_name)[0] or ""
    if guessed in SHOWN_INLINE:
        return guessed, True
    return (
        guessed or "application/octet-stream"
    ) if ending in HARMLESS else "application/octet-stream", False


def disposition(file_name: str, *, inline: bool) -> str:
    """The header Content-Disposition, in the form that keeps Chinese names."""
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(file_name, safe='')}"
