"""The home page and the map of the site."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency
from catalog.models import Field, Item
from disclosure.models import Document
from interpretation.models import Interpretation
from portal.figures import figures
from portal.life import by_life
from portal.views.rendering import page

POLICIES = 5
NOTICES = 7
EXAMPLES = 5


def home(request: HttpRequest) -> HttpResponse:
    """首页: one box, the doors, the newest, the index and four figures."""
    public = Document.objects.published().select_related("agency")
    explained = Prefetch(
        "interpretations",
        Interpretation.objects.published().only("pk", "title", "published_on"),
        to_attr="public_interpretations",
    )
    policies = list(public.filter(is_policy=True).defer("body").prefetch_related(explained)[:POLICIES])
    examples = dict.fromkeys(document.keywords[0] for document in policies if document.keywords)
    agencies = list(Agency.objects.published().exclude(kind=AgencyKind.VILLAGE))
    return page(
        request,
        "pages/home.html",
        {
            "examples": list(examples)[:EXAMPLES],
            "policies": policies,
            "notices": public.filter(is_policy=False).defer("body")[:NOTICES],
            "groups": by_life(fields_with_counts()),
            "townships": [a for a in agencies if a.kind == AgencyKind.TOWNSHIP],
            "departments": [
                a for a in agencies if a.kind not in {AgencyKind.TOWNSHIP, AgencyKind.COUNTY_GOVERNMENT}
            ],
            "figures": figures(timezone.localdate()),
        },
    )


def fields_with_counts() -> list[Any]:
    """Fields of the standard catalog in force with the number of their items (`item_count`) and of
    their documents (`document_count`)."""
    items = _number_by(Item.objects.published(), "field")
    documents = _number_by(Document.objects.published(), "fields")
    fields = Field.objects.of_standard_catalog().in_use(timezone.localdate()).order_by("order", "slug")
    found: list[Any] = list(fields)
    for field in found:
        field.item_count, field.document_count = items.get(field.pk, 0), documents.get(field.pk, 0)
    return found


def _number_by(rows: QuerySet[Any], link: str) -> dict[int, int]:
    """How many of `rows` each linked row has, in one pass: a subquery a field would read all items anew."""
    return dict(rows.order_by().values_list(link).annotate(rows=Count("pk")))


def site_map(request: HttpRequest) -> HttpResponse:
    """网站地图: every room on one page."""
    return page(
        request,
        "pages/site_map.html",
        {
            "fields": [field for field in fields_with_counts() if field.item_count],
            "agencies": Agency.objects.published().exclude(kind=AgencyKind.VILLAGE),
        },
        crumbs=[("网站地图", "")],
    )
