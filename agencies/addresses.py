"""From where a request comes."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest | None) -> str:
    """Return the visitor's address.

    In production a proxy of ours stands in front (settings require HTTPS from it), so the last entry of
    X-Forwarded-For, which that proxy wrote itself, is the visitor; entries before it can be forged. Elsewhere
    the header counts for nothing.
    """
    if request is None:
        return ""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return direct
    return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-1].strip() or direct
