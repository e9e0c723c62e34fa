"""关怀版: large type and a plain page, kept in a cookie; works without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from portal.site import CARE_COOKIE

YEAR = 365 * 24 * 3600


@require_GET
def care(request: HttpRequest) -> HttpResponse:
    """Switch 关怀版 on (`?on=1`) or off and go back to `next`, if that is a page of this site."""
    target = request.GET.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    response = HttpResponseRedirect(target if safe else "/")
    if request.GET.get("on") == "1":
        response.set_cookie(
            CARE_COOKIE,
            "1",
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(CARE_COOKIE, samesite="Lax")
    response["Cache-Control"] = "no-store"
    return response
