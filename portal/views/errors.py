"""Pages for what goes wrong: plain words, and what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader

from portal.views.rendering import page

LAST_RESORT = (
    '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>页面暂时打不开</title>'
    "<h1>页面暂时打不开</h1><p>系统出了问题，不是您的操作有误。请过几分钟再试，或者打电话询问。</p></html>"
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return page(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return page(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long."""
    return page(request, "403.html", {"stale_form": True}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return page(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: asks no database, no context processor, and still answers when its own template fails."""
    try:
        html: str = loader.render_to_string("500.html")
    except (TemplateDoesNotExist, ValueError, OSError):
        html = LAST_RESORT
    return HttpResponse(html, status=500)
