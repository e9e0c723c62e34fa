"""How every public page is rendered: frame data, pages of lists, and the headers that caches need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from portal import unchanged
from portal.columns import Article, Column
from portal.site import CARE_COOKIE, SIZE_COOKIE, site_of
from portal.stamp import stamp
from portal.unchanged import Version

Crumbs = Sequence[tuple[str, str]]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    column: Column | None = None,
    article: Article | None = None,
    crumbs: Crumbs = (),
    status: int = 200,
    stamped: bool = False,
    modified: datetime | None = None,
) -> HttpResponse:
    """Render `template` in the frame. `crumbs` are (words, address) from below 首页 to the page itself.

    `stamped`: with an ETag over all that the page shows, reckoned before it is drawn; whoever holds the same
    version is answered 304. `modified` is told (Last-Modified) and decides nothing: what is linked may vanish
    without a later date (ADR 33).
    """
    frame = {"column": column, "article": article, "crumbs": crumbs}
    context = {**frame, **(context or {})}
    etag = _etag(request, template, context) if stamped else ""
    response: HttpResponse | None = None
    if etag:
        found = get_conditional_response(request, etag=etag)
        response = found if isinstance(found, HttpResponseNotModified) else None
    if response is None:
        response = render(request, template, context, status=status)
    if etag:
        version = Version(etag, http_date(modified.timestamp()) if modified else "")
        version.tell(response)
        unchanged.remember(request, version)
    # 关怀版 and the size of letters are cookies: a cache must keep the versions apart.
    patch_vary_headers(response, ["Cookie"])
    return response


def _etag(request: HttpRequest, template: str, context: Mapping[str, Any]) -> str:
    marks = [template, *(request.COOKIES.get(name, "") for name in (CARE_COOKIE, SIZE_COOKIE))]
    return stamp(request, context, site_of(request).host, *marks)


def one_page(request: HttpRequest, rows: QuerySet[Any], size: int) -> Page[Any]:
    """The page of `rows` that the request asks for; a page that is not there gives the nearest."""
    found = Paginator(rows, size).get_page(request.GET.get("page"))
    found.numbers = list(found.paginator.get_elided_page_range(found.number, on_each_side=2, on_ends=1))  # type: ignore[attr-defined]
    return found
