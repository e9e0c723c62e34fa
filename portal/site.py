"""What every page shows of the site itself: name, marks of the footer, elder version (关怀版)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

CARE_COOKIE = "care"


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page."""
    return {"site": settings.SITE, "care": request.COOKIES.get(CARE_COOKIE) == "1"}
