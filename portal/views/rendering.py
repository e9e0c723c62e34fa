"""How every public page is rendered: frame data, pages of lists, and the header that caches need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from portal.columns import Article, Column

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
) -> HttpResponse:
    """Render `template` in the frame. `crumbs` are (words, address) from below 首页 to the page itself."""
    frame = {"column": column, "article": article, "crumbs": crumbs}
    response = render(request, template, {**frame, **(context or {})}, status=status)
    # 关怀版 is a cookie: a cache must keep both versions apart.
    patch_vary_headers(response, ["Cookie"])
    return response


def one_page(request: HttpRequest, rows: QuerySet[Any], size: int) -> Page[Any]:
    """The page of `rows` that the request asks for; a page that is not there gives the nearest."""
    found = Paginator(rows, size).get_page(request.GET.get("page"))
    found.numbers = list(found.paginator.get_elided_page_range(found.number, on_each_side=2, on_ends=1))  # type: ignore[attr-defined]
    return found
