"""Headers and history context of every request."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import pghistory.middleware
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError

from agencies.addresses import client_address
from portal.quiet_logs import without_tokens
from portal.views.errors import bad_request


class PermissionsPolicyMiddleware:
    """Switches off the device powers that no page of ours uses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response


class FreshnessMiddleware:
    """Lets no cache hand out a page without asking: what was taken offline (紧急下线) is gone at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-cache"
        return response


class NulMiddleware:
    """Answers 400 to addresses, cookies and forms with NUL (U+0000), which PostgreSQL cannot hold.

    Nobody types it. What is inside an uploaded file is for whoever reads the file.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        cookies = (text for pair in request.COOKIES.items() for text in pair)
        if "%00" not in query and not _holds_nul([request.path, query, *cookies]):
            return self.get_response(request)
        return self._refusal(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        """Look through the form, which the check against forgery reads next in any case."""
        if request.method != "POST":
            return None
        try:
            uploads: Any = request.FILES
            files = [file for _, found in uploads.lists() for file in found]
            names = [*uploads, *(part for file in files for part in (file.name, file.content_type))]
            texts = [text for name, found in request.POST.lists() for text in (name, *found)]
        except UnreadablePostError:  # Whoever sent it has gone.
            return None
        return self._refusal(request) if _holds_nul([*names, *texts]) else None

    @staticmethod
    def _refusal(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            detail = "请求里有空字符（%00），系统无法处理。请去掉后再试。"
            return JsonResponse({"detail": detail}, status=400, json_dumps_params={"ensure_ascii": False})
        return bad_request(request)


def _holds_nul(texts: Iterable[str | None]) -> bool:
    return any(text and "\0" in text for text in texts)


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Lets the acting user, the address and a request id ride along with every history row.

    Of a visitor without an account no address is kept: history is for ever, and it is personal data.
    """

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        # The address of a 手机签批 is its key: it may not lie readable in the history.
        context["url"] = without_tokens(context["url"])
        user = getattr(request, "user", None)
        known = user is not None and user.is_authenticated
        return context | {"address": client_address(request) if known else "", "request": uuid4().hex}
