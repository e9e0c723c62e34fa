"""What version a page had a moment ago, remembered for as long as nothing is written that such a page shows.

A reader who holds that version is answered 304 after one small query. The query adds up the lines that
triggers leave with every write to a table that the pages read (migration `0001_page_changes`): the same sum,
the same rows. Whatever is not the same (a write, a day, a release, a look) is not found here, and the page is
read and stamped as ever (`portal/stamp.py`, ADR 33). Each process remembers for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from disclosure.pdf import is_available
from portal.site import CARE_COOKIE, SIZE_COOKIE
from portal.stamp import release

#: Versions of pages that a process remembers; one takes about half a kilobyte.
MOST = 4_000
_known: OrderedDict[Hashable, Version] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Version:
    """The ETag of a page, and what it tells as Last-Modified (empty: nothing)."""

    etag: str
    modified: str = ""

    def tell(self, response: HttpResponse) -> None:
        """Write it into the headers."""
        response["ETag"] = self.etag
        if self.modified:
            response["Last-Modified"] = self.modified
        # 关怀版 and the size of letters are cookies: a cache must keep the versions apart.
        patch_vary_headers(response, ["Cookie"])


def answer(request: HttpRequest) -> HttpResponse | None:
    """304 where the reader holds the version that is remembered; else None: read the page.

    Call it before the page's own queries: what they find is remembered under the state that stood before.
    """
    # These pages take no parameters: invented ones would only push what is asked for out of memory.
    if "If-None-Match" not in request.headers or request.META.get("QUERY_STRING"):
        return None
    key = _key(request)
    with _lock:
        version = _known.get(key)
        if version is not None:
            _known.move_to_end(key)
    if version is None:
        request.page_state = key  # type: ignore[attr-defined]
        return None
    found = get_conditional_response(request, etag=version.etag)
    if not isinstance(found, HttpResponseNotModified):
        return None
    version.tell(found)
    return found


def remember(request: HttpRequest, version: Version) -> None:
    """Keep the version of a page whose view has asked `answer` first."""
    key: Hashable = getattr(request, "page_state", None)
    if key is None:
        return
    with _lock:
        _known[key] = version
        while len(_known) > MOST:
            _known.popitem(last=False)


def gather() -> None:
    """Put the lines of all writes together into one; the sum stays. Whoever reads meanwhile sees either."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM page_change RETURNING number) "
            "INSERT INTO page_change SELECT sum(number) FROM gone HAVING count(*) > 0"
        )


def _key(request: HttpRequest) -> Hashable:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(number) FROM page_change")
        state = cursor.fetchone()[0]
    looks = tuple(request.COOKIES.get(name, "") for name in (CARE_COOKIE, SIZE_COOKIE))
    address = (request.scheme, request.get_host(), request.get_full_path())
    site = (release(), repr(settings.SITE), is_available())
    return state, timezone.localdate(), *address, *looks, *site
