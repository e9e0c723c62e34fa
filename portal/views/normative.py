"""行政规范性文件库: the page and its Excel, as on any day."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import FileResponse, HttpRequest, HttpResponse

from disclosure.states import Validity
from interpretation.models import Interpretation
from portal import normative
from portal.columns import OPEN_GOVERNMENT
from portal.normative_book import write_book
from portal.views.rendering import one_page, page

PAGE_SIZE = 20
#: More rows than these are no list for people; the county has some hundreds.
MOST_IN_BOOK = 20_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def normative_library(request: HttpRequest) -> HttpResponse:
    """What is in force on a day, with filters, and the figures of a period."""
    days = normative.days_of(request.GET)
    chosen = _chosen(request, days)
    facets = chosen.facets()
    explained = Prefetch(
        "interpretations", Interpretation.objects.published().only("pk"), to_attr="public_interpretations"
    )
    rows = _in_order(chosen.qs).defer("body").prefetch_related(explained)
    lines, total = normative.figures(days)
    return page(
        request,
        "pages/open_government/normative.html",
        {
            "days": days,
            "page": one_page(request, rows, PAGE_SIZE),
            "facets": facets,
            "tags": [tag for tag in chosen.chosen(facets) if tag[0] != "有效性" or tag[1] != normative.ALL],
            "filter_errors": chosen.errors,
            "lines": lines,
            "total": total,
            "shows_all": request.GET.get("validity") == normative.ALL,
            "all_query": chosen.query_without(validity=normative.ALL),
            "standing_query": chosen.query_without("validity"),
            "kept": [(name, request.GET[name]) for name in _KEPT if request.GET.get(name)],
            "query": chosen.query_without(),
        },
        column=OPEN_GOVERNMENT,
        crumbs=[
            ("政府信息公开", OPEN_GOVERNMENT.url),
            ("法定主动公开内容", "/open-government/statutory/"),
            ("规范性文件库", ""),
        ],
    )


#: Filters that the form of days carries along.
_KEPT = ("agency", "topic", "year", "validity")


def _chosen(request: HttpRequest, days: normative.Days) -> Any:
    return normative.NormativeFilter(request.GET, queryset=normative.made_by(days.last))


def _in_order(rows: Any) -> Any:
    return rows.select_related("agency").order_by("-made_on", "-pk")


def normative_export(request: HttpRequest) -> FileResponse:
    """The list as chosen and the figures, as an Excel book."""
    days = normative.days_of(request.GET)
    chosen = _chosen(request, days)
    said = [f"{group}：{words}" for group, words, _query in chosen.chosen(chosen.facets())]
    if not request.GET.get("validity"):
        said.insert(0, f"有效性：{Validity.IN_FORCE.label}、{Validity.AMENDED.label}")
    lines, total = normative.figures(days)
    rows = _in_order(chosen.qs).defer("body")[:MOST_IN_BOOK]
    book = write_book(rows, lines, total, days, "；".join(said).replace(normative.ALL, "全部"))
    name = f"行政规范性文件-{days.last:%Y%m%d}.xlsx"
    return FileResponse(book, as_attachment=True, filename=name, content_type=_XLSX)
