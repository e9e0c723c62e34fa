"""What crawlers read: sitemap.xml and robots.txt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from agencies.models import Agency
from catalog.models import Field, Item
from disclosure.models import Document
from interpretation.models import Interpretation

ROOMS = (
    "home",
    "open_government",
    "open_government_guide",
    "open_government_rules",
    "open_government_statutory",
    "normative",
    "open_government_catalog",
    "open_government_annual_reports",
    "documents",
    "interpretations",
    "catalog",
    "agencies",
    "request_new",
    "request_track",
    "site_map",
)


class Rooms(Sitemap):  # type: ignore[type-arg]
    """The fixed pages."""

    def items(self) -> list[str]:
        return list(ROOMS)

    def location(self, item: str) -> str:
        return reverse(item)


class Rows(Sitemap):  # type: ignore[type-arg]
    """Public rows of one kind; `key` is what their address is made of."""

    limit = 5000

    def __init__(self, rows: Any, name: str, key: str = "pk", day: str = "") -> None:
        self.rows, self.name, self.key, self.day = rows, name, key, day

    def items(self) -> Iterable[Any]:
        names = [self.key, self.day] if self.day else [self.key]
        return self.rows().order_by("pk").values(*names)  # type: ignore[no-any-return]

    def location(self, item: dict[str, Any]) -> str:
        return reverse(self.name, args=[item[self.key]])

    def lastmod(self, item: dict[str, Any]) -> date | None:
        return item[self.day] if self.day else None


SITEMAPS = {
    "rooms": Rooms,
    "documents": Rows(Document.objects.published, "document", day="published_on"),
    "interpretations": Rows(Interpretation.objects.published, "interpretation", day="published_on"),
    "items": Rows(Item.objects.published, "item", "code"),
    "fields": Rows(Field.objects.of_standard_catalog, "field", "slug"),
    "agencies": Rows(Agency.objects.published, "agency", "code"),
}


def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: everything public may be read; the back office and endless filters need not be."""
    address = request.build_absolute_uri(reverse("sitemap"))
    return render(request, "robots.txt", {"sitemap": address}, content_type="text/plain; charset=utf-8")
