"""关怀版 (large type, a plain page) and 字号 of body text, each kept in a cookie; work without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from portal.site import CARE_COOKIE, SIZE_COOKIE, SIZES

YEAR = 365 * 24 * 3600


@require_GET
def care(request: HttpRequest) -> HttpResponse:
    """Switch 关怀版 on (`?on=1`) or off and go back to `next`, if that is a page of this site."""
    return _kept(request, CARE_COOKIE, "1" if request.GET.get("on") == "1" else "")


@require_GET
def text_size(request: HttpRequest) -> HttpResponse:
    """Keep the size of body text (字号; `?to=` a key of `SIZES`) and go back to `next`."""
    size = request.GET.get("to", "")
    return _kept(request, SIZE_COOKIE, size if size in SIZES else "")


def _kept(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    target = request.GET.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    response = HttpResponseRedirect(target if safe else "/")
    if value:
        response.set_cookie(
            cookie,
            value,
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(cookie, samesite="Lax")
    response["Cache-Control"] = "no-store"
    return response
