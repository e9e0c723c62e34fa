"""Addresses of the open API: HEAD answered as GET, and whatever is not there as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, re_path

from portal.api.endpoints import api

View = Callable[..., HttpResponse]


def _with_head(view: View) -> View:
    """Answer HEAD as GET, which ninja refuses (the server leaves the body out), and nothing else."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.method == "GET":
            return view(request, *args, **kwargs)
        request.method = "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = "HEAD"

    return answer


def not_found(request: HttpRequest) -> JsonResponse:
    """404 in the form of the API."""
    detail = "没有这个接口地址。可用的地址见 /api/v1/openapi.json。"
    return JsonResponse({"detail": detail}, status=404, json_dumps_params={"ensure_ascii": False})


def _patterns() -> list[URLPattern]:
    patterns: list[URLPattern] = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = _with_head(pattern.callback)
    return [re_path("^$", not_found), *patterns, re_path("", not_found)]


urls = (_patterns(), "ninja", api.urls_namespace)
