"""Headers and history context of every request."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pghistory.middleware
from django.http import HttpRequest, HttpResponse, JsonResponse

from agencies.addresses import client_address
from portal.views.errors import bad_request


class PermissionsPolicyMiddleware:
    """Switches off the device powers that no page of ours uses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response


class NulMiddleware:
    """Answers 400 to addresses with NUL (U+0000): PostgreSQL cannot hold it, no address of ours has it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" not in request.path and "\0" not in query and "%00" not in query:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            detail = "地址里有空字符（%00），系统无法处理。请去掉后再试。"
            return JsonResponse({"detail": detail}, status=400, json_dumps_params={"ensure_ascii": False})
        return bad_request(request)


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Lets the acting user, the address and a request id ride along with every history row."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        return context | {"address": client_address(request), "request": uuid4().hex}
