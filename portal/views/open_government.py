"""政府信息公开专栏: five parts and the entry of 依申请公开 (DOMAIN §8). No news stands here."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from agencies.kinds import ANSWERS_REQUESTS
from agencies.models import Agency
from catalog.models import Item
from catalog.states import CatalogKind
from disclosure.models import Document
from disclosure.states import DocumentKind
from portal import body, heads
from portal.columns import OPEN_GOVERNMENT
from portal.views.home import fields_with_counts
from portal.views.rendering import one_page, page

PAGE_SIZE = 20


def _part(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], *crumbs: tuple[str, str]
) -> HttpResponse:
    return page(
        request,
        f"pages/open_government/{template}.html",
        {"part": part, **context},
        column=OPEN_GOVERNMENT,
        crumbs=[("政府信息公开", OPEN_GOVERNMENT.url), *crumbs] if crumbs else [("政府信息公开", "")],
    )


def front(request: HttpRequest) -> HttpResponse:
    """The column's first page: the block 法定主动公开内容 stands open."""
    newest = Document.objects.published().select_related("agency").defer("body")
    return _part(request, "front", "statutory", {"heads": heads.counted(), "newest": newest[:8]})


def guide(request: HttpRequest) -> HttpResponse:
    """政府信息公开指南 (条例 12条): the newest guide, and the contact of every agency from its own record."""
    # Guides to single services are of the same kind: the disclosure guide is known by its name.
    guides = Document.objects.published().filter(kind=DocumentKind.GUIDE, title__contains="信息公开指南")
    document = guides.select_related("agency").first()
    return _part(
        request,
        "guide",
        "guide",
        {
            "document": document,
            "body": body.prepare(document.body) if document else None,
            "agencies": Agency.objects.published().filter(kind__in=ANSWERS_REQUESTS),
        },
        ("公开指南", ""),
    )


def rules(request: HttpRequest) -> HttpResponse:
    """政府信息公开制度."""
    rows = Document.objects.published().filter(kind=DocumentKind.REGULATION)
    found = rows.select_related("agency").defer("body")
    return _part(request, "rules", "rules", {"page": one_page(request, found, PAGE_SIZE)}, ("公开制度", ""))


def statutory(request: HttpRequest) -> HttpResponse:
    """法定主动公开内容: the heads of the law, or the documents under one of them (`?head=`)."""
    head = heads.BY_KEY.get(request.GET.get("head", ""))
    rows = Document.objects.published().filter(head.rows).distinct() if head else Document.objects.none()
    crumbs = [("法定主动公开内容", "/open-government/statutory/" if head else "")]
    return _part(
        request,
        "statutory",
        "statutory",
        {
            "heads": heads.counted(),
            "head": head,
            "page": one_page(request, rows.select_related("agency").defer("body"), PAGE_SIZE),
        },
        *crumbs,
        *([(head.name, "")] if head else []),
    )


def basic_catalog(request: HttpRequest) -> HttpResponse:
    """主动公开基本目录 (条例 12条): the agencies' own, by agency; the fields' 标准目录 apart from it, and the
    villages' catalogs: three catalogs that papers confuse."""
    return _part(
        request,
        "catalog",
        "catalog",
        {
            "basic": _catalogs_by_agency(CatalogKind.BASIC),
            "villages": _catalogs_by_agency(CatalogKind.VILLAGE),
            "fields": [f for f in fields_with_counts() if f.item_count],
        },
        ("主动公开基本目录", ""),
    )


def _catalogs_by_agency(kind: CatalogKind) -> list[dict[str, Any]]:
    """Agencies that have a public catalog of the kind, in the county's order, with the number of items."""
    rows = Item.objects.published().of_catalog(kind).order_by()
    counted = rows.values("field__slug", "agency__code", "agency__name", "agency__order")
    return list(counted.annotate(item_count=Count("pk")).order_by("agency__order", "agency__code"))


def annual_reports(request: HttpRequest) -> HttpResponse:
    """政府信息公开工作年度报告: all years, county, departments and townships on one page."""
    rows = Document.objects.published().filter(kind=DocumentKind.ANNUAL_REPORT).select_related("agency")
    listed = one_page(request, rows.defer("body"), 100)
    years = [
        (year, list(members))
        for year, members in groupby(listed, lambda report: report.published_on and report.published_on.year)
    ]
    return _part(
        request, "annual_reports", "annual_reports", {"page": listed, "years": years}, ("年度报告", "")
    )
