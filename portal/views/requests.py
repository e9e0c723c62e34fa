"""依申请公开: how to ask. There is no form here that saves nothing; the request inbox comes later."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from agencies.kinds import ANSWERS_REQUESTS
from agencies.models import Agency
from portal.columns import REQUESTS
from portal.views.rendering import page


def _inboxes() -> Any:
    """Agencies that take requests in their own name (条例 27条)."""
    return Agency.objects.published().filter(kind__in=ANSWERS_REQUESTS)


def _chosen(request: HttpRequest) -> Agency | None:
    """The agency named in the address (`?agency=`), if it takes requests."""
    code = request.GET.get("agency", "")
    return _inboxes().filter(code=code).first() if code.isprintable() else None


def request_guide(request: HttpRequest) -> HttpResponse:
    """怎样申请: what to write, whom to give it to, how long it takes, what it costs."""
    return page(
        request,
        "pages/request_guide.html",
        {"inboxes": _inboxes(), "chosen": _chosen(request)},
        column=REQUESTS,
        crumbs=[("申请公开", "")],
    )


def request_form(request: HttpRequest) -> HttpResponse:
    """申请表 to print and fill in by hand, with exactly what 条例 29条 asks for."""
    return page(
        request,
        "pages/request_form.html",
        {"agency": _chosen(request)},
        column=REQUESTS,
        crumbs=[("申请公开", REQUESTS.url), ("申请表", "")],
    )


def request_track(request: HttpRequest) -> HttpResponse:
    """查询办理进度: for now by telephone, and the page says so."""
    return page(
        request,
        "pages/request_track.html",
        {"inboxes": _inboxes()},
        column=REQUESTS,
        crumbs=[("申请公开", REQUESTS.url), ("查询进度", "")],
    )
