"""Search: the page, suggestions while typing, and an Atom feed of any search."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString

from portal.columns import SEARCH
from portal.search import engine, snippets
from portal.search.engine import FACET_LABELS, FacetValue, Result, SearchResult
from portal.search.params import FACETS, PAGE_SIZES, SORTS, SearchParams
from portal.views.rendering import page

#: More values than this stand behind 更多.
FACET_SHOWN = 8
FEED_LENGTH = 30


@dataclass(frozen=True)
class FacetLink:
    """A facet value as a link that chooses it or takes it away."""

    value: FacetValue
    chosen: bool
    query: str


@dataclass(frozen=True)
class FacetGroup:
    """A facet as it stands beside the results."""

    name: str
    label: str
    first: list[FacetLink]
    more: list[FacetLink]
    chosen: bool


@dataclass(frozen=True)
class Tag:
    """A chosen filter with the address that takes it away."""

    label: str
    value: str
    query: str


def search(request: HttpRequest) -> HttpResponse:
    """搜索: results with facets; every state has a clean address."""
    params = SearchParams.parse(request.GET)
    found = engine.search(params)
    return page(
        request,
        "pages/search.html",
        {
            "params": params,
            "found": found,
            "results": [_shown(result, params.q) for result in found.results],
            "groups": _groups(found),
            "tags": _tags(found),
            "sorts": [(key, label, params.query_string(sort=key)) for key, label in SORTS.items()],
            "sizes": [(size, params.query_string(page_size=size)) for size in PAGE_SIZES],
            "pages": _pages(found),
            "feed": f"{reverse('search_feed')}?{params.query_string()}",
        },
        column=SEARCH,
        crumbs=[("搜索", "")],
    )


def suggest(request: HttpRequest) -> JsonResponse:
    """Suggestions while typing, as JSON: titles of public things, at most eight."""
    found = engine.suggest(request.GET.get("q", "").replace("\x00", "").strip())
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


class SearchFeed(Feed):
    """Atom of any search, newest first."""

    feed_type = Atom1Feed

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
        return f"{reverse('search')}?{found.params.query_string()}"

    def items(self, found: SearchResult) -> list[Result]:
        """The hits."""
        return found.results

    def item_title(self, item: Result) -> str:
        """The title of a hit."""
        return item.title

    def item_description(self, item: Result) -> str:
        """The passage of a hit."""
        return item.snippet

    def item_link(self, item: Result) -> str:
        """The address of a hit."""
        return item.url


def _shown(result: Result, q: str) -> tuple[Result, SafeString, SafeString]:
    """A hit with the words of the query marked in title and passage."""
    return result, snippets.marked(result.title, q), snippets.marked(result.snippet, q)


def _groups(found: SearchResult) -> list[FacetGroup]:
    groups = []
    for name in FACETS:
        chosen = getattr(found.params, name)
        links = [
            FacetLink(value, value.value in chosen, found.params.toggled(name, value.value))
            for value in found.facets[name]
        ]
        if links:
            groups.append(
                FacetGroup(
                    name,
                    FACET_LABELS[name],
                    links[:FACET_SHOWN],
                    links[FACET_SHOWN:],
                    any(k.chosen for k in links),
                )
            )
    return groups


def _tags(found: SearchResult) -> list[Tag]:
    params = found.params
    tags = [
        Tag(FACET_LABELS[name], found.labels.get((name, value), value), params.toggled(name, value))
        for name, value in params.tags
    ]
    for name, label in (("doc_number", "文号"), ("index_number", "索引号")):
        if value := getattr(params, name):
            tags.append(Tag(label, value, params.query_string(**{name: ""})))
    for name, label in (("published_after", "不早于"), ("published_before", "不晚于")):
        if day := getattr(params, name):
            tags.append(Tag(label, day.isoformat(), params.query_string(**{name: None})))
    return tags


def _pages(found: SearchResult) -> list[tuple[int | None, str]]:
    """Page numbers around the current one with their addresses; None stands for a gap."""
    now, last = min(found.params.page, found.last_page), found.last_page
    shown = sorted({1, last, *range(max(1, now - 2), min(last, now + 2) + 1)})
    pages: list[tuple[int | None, str]] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before > 1:
            pages.append((None, ""))
        pages.append((number, found.params.query_string(page=number)))
    return pages
