"""Search: the page, suggestions while typing, and an Atom feed of any search."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from math import ceil
from typing import Any

from django.contrib.syndication.views import Feed
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from portal.columns import SEARCH
from portal.facets import Facet, Option
from portal.search import best_bets, engine, snippets, suggestions
from portal.search.engine import Result, SearchResult
from portal.search.facets import FACET_LABELS
from portal.search.params import FACETS, SORTS, SearchParams
from portal.site import Site
from portal.views.rendering import page
from portal.views.search_learning import note_search

FEED_LENGTH = 30
_LONG_AGO = date(1970, 1, 1)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """搜索: results with facets; every state has a clean address. Beyond the last page: the last page."""
    params = SearchParams.parse(request.GET)
    found = engine.search(params)
    is_counted = note_search(request, found)
    last = max(1, ceil(found.reachable / params.page_size))
    if params.page > last:
        params = replace(params, page=last)
        found = engine.search(params)
    bets = _best_bets(found)
    recommended = {bet.url for bet in bets}
    return page(
        request,
        "pages/search.html",
        {
            "params": found.params,
            "found": found,
            "is_counted": is_counted,
            "bets": bets,
            # What stands above as 编辑推荐 stands there once.
            "results": [_shown(one, found.telling) for one in found.results if one.url not in recommended],
            "facets": _facets(found),
            "tags": _tags(found),
            "several": True,
            "sorts": [(key, label, f"?{params.query_string(sort=key)}") for key, label in SORTS.items()],
            "page": _page_of(found),
            "feed": f"{reverse('search_feed')}?{params.query_string()}",
        },
        column=SEARCH,
        crumbs=[("搜索", "")],
    )


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Suggestions while typing, as JSON: queries and titles; `only=pages` leaves queries out."""
    typed = request.GET.get("q", "").replace("\x00", "").strip()
    found = suggestions.suggest(typed, with_queries=request.GET.get("only") != "pages")
    return JsonResponse(
        {
            "suggestions": [
                {
                    "title": result.title,
                    "url": result.url,
                    "kind": result.kind,
                    "kind_label": result.kind_label,
                }
                for result in found
            ]
        }
    )


class SearchFeed(Feed):  # type: ignore[type-arg]
    """Atom of any search, newest first."""

    feed_type = Atom1Feed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer GET and HEAD alone."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().__call__(request, *args, **kwargs)

    def get_object(self, request: HttpRequest) -> SearchResult:
        """Search with the parameters of the page, newest first."""
        values = request.GET.copy()
        values.setlist("sort", ["newest"])
        values.setlist("page_size", [str(FEED_LENGTH)])
        values.setlist("page", ["1"])
        return engine.search(SearchParams.parse(values))

    def title(self, found: SearchResult) -> str:
        """The feed's title."""
        return f"政务公开 搜索:{found.params.q}" if found.params.q else "政务公开 最新公开"

    def link(self, found: SearchResult) -> str:
        """The page of this search."""
        return f"{reverse('search')}?{found.params.query_string(page_size=10)}"

    def feed_url(self, found: SearchResult) -> str:
        """The feed's own address, with its parameters."""
        return f"{reverse('search_feed')}?{found.params.query_string(sort='relevance', page_size=10)}"

    def author_name(self, found: SearchResult) -> str:
        """Who publishes: the county government."""
        return Site().name

    def items(self, found: SearchResult) -> list[Result]:
        """The hits."""
        return found.results

    def item_title(self, item: Result) -> str:
        """The title of a hit."""
        return _for_xml(item.title)

    def item_description(self, item: Result) -> str:
        """The passage of a hit."""
        return _for_xml(item.snippet)

    def item_updateddate(self, item: Result) -> datetime:
        """The day of publication. Atom wants a time; what bears no date is never shown as new."""
        return timezone.make_aware(datetime.combine(item.published_on or _LONG_AGO, time()))

    def item_link(self, item: Result) -> str:
        """The address of a hit."""
        return item.url


def _for_xml(text: str) -> str:
    """Leave out what XML cannot hold: an archive may have brought it along."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")


def _shown(result: Result, telling: re.Pattern[str] | None) -> tuple[Result, SafeString, SafeString]:
    """A hit with the words of the query marked in title and passage."""
    return result, snippets.marked(result.title, telling), snippets.marked(result.snippet, telling)


def _best_bets(found: SearchResult) -> list[best_bets.Bet]:
    """编辑推荐, on the first page of a search that nobody has narrowed down."""
    params = found.params
    narrowed = params.tags or params.has_dates or params.doc_number or params.index_number
    if params.page != 1 or params.sort != "relevance" or narrowed:
        return []
    return best_bets.for_query(params.q)


def _facets(found: SearchResult) -> list[Facet]:
    """The facets as links that choose a value or take it away."""
    params = found.params
    facets = []
    for name in FACETS:
        options = [
            Option(
                value.value,
                value.label,
                value.count,
                f"?{params.toggled(name, value.value)}",
                value.value in getattr(params, name),
            )
            for value in found.facets[name]
        ]
        if options:
            without = f"?{params.query_string(**{name: ()})}"
            facets.append(Facet(name, FACET_LABELS[name], options, without, bool(getattr(params, name))))
    return facets


def _tags(found: SearchResult) -> list[tuple[str, str, str]]:
    """What is chosen now: (group, words, address without it)."""
    params = found.params
    tags = [
        (FACET_LABELS[name], found.labels.get((name, value), value), f"?{params.toggled(name, value)}")
        for name, value in params.tags
    ]
    for name, label in (("doc_number", "文号"), ("index_number", "索引号")):
        if value := getattr(params, name):
            tags.append((label, value, f"?{params.query_string(**{name: ''})}"))
    for name, label in (("published_after", "不早于"), ("published_before", "不晚于")):
        if day := getattr(params, name):
            tags.append((label, day.isoformat(), f"?{params.query_string(**{name: None})}"))
    return tags


def _page_of(found: SearchResult) -> Page[int]:
    """The place in the results, for the page numbers beneath them."""
    rows = Paginator(range(found.reachable), found.params.page_size)
    here = rows.get_page(found.params.page)
    here.numbers = list(rows.get_elided_page_range(here.number, on_each_side=2, on_ends=1))  # type: ignore[attr-defined]
    return here
