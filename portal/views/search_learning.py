"""What the search page counts of people, and the address that hears which result was opened (ADR 39)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.search import addresses, asked, counts
from portal.search.engine import SearchResult

#: Programs that say so. Others are people, or do not matter among the many.
_PROGRAM = re.compile(
    r"bot\b|bot[/;_-]|spider|crawl|slurp|fetch|monitor|preview|scan|archiv|validator|"
    r"curl|wget|python|java/|okhttp|go-http|libwww|httpclient|node|scrapy|feed|rss",
    re.IGNORECASE,
)
#: The last place of a page of a hundred.
_LAST_PLACE = 10_000


def note_search(request: HttpRequest, found: SearchResult) -> bool:
    """Count a search if a person asked it just now, and nothing in it is personal; tells whether it may be
    told which result was chosen. Never raises, never waits."""
    params, today = found.params, timezone.localdate()
    narrowed = params.tags or params.has_dates or params.doc_number or params.index_number
    fresh = params.page == 1 and params.sort == "relevance" and not narrowed
    if not (fresh and params.q and _is_person(request) and asked.may_be_kept(params.q, today=today)):
        return False
    return counts.record(asked.folded(params.q), count=found.count, nothing=_found_nothing(found), day=today)


def _found_nothing(found: SearchResult) -> bool:
    """Nothing, or only what came nearest: the note then says that there is nothing of the kind."""
    return found.count == 0 or (not found.exact and found.note.startswith("没有"))


def _is_person(request: HttpRequest) -> bool:
    """A page that somebody opens: no HEAD, no fetching ahead, no program, no reloading of the same page."""
    headers = request.headers
    ahead = f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')} {headers.get('X-Moz', '')}"
    return (
        request.method == "GET"
        and "prefetch" not in ahead
        and headers.get("Sec-Fetch-Dest", "document") == "document"
        and headers.get("Cache-Control", "") not in {"max-age=0", "no-cache"}
        and not _PROGRAM.search(headers.get("User-Agent", ""))
    )


@csrf_exempt  # It changes nothing of a person's, and a cached page could bear no token: `_is_ours` instead.
@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """Hear that a result was opened: `q`, `url`, `place`. Always 204, whether it was counted or not.

    Only what our own page sends, for a query that was really asked, and a result that is public.
    """
    response = HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    q, url, place = (request.POST.get(name, "") for name in ("q", "url", "place"))
    today = timezone.localdate()
    if not (_is_ours(request) and _is_place(place) and len(url) <= 500):
        return response
    if not asked.may_be_kept(q, today=today) or _PROGRAM.search(request.headers.get("User-Agent", "")):
        return response
    if key := addresses.key_of(url):
        counts.choose(asked.folded(q), key=key, place=int(place), day=today)
    return response


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= _LAST_PLACE


def _is_ours(request: HttpRequest) -> bool:
    """From a page of this site: the browser says so (Sec-Fetch-Site), an older one by its Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
