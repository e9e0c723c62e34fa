"""Headers and history context of every request."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pghistory.middleware
from django.http import HttpRequest, HttpResponse


class PermissionsPolicyMiddleware:
    """Switches off the device powers that no page of ours uses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Lets the acting user, the address and a request id ride along with every history row."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        return context | {"address": request.META.get("REMOTE_ADDR", ""), "request": uuid4().hex}
