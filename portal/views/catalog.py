"""The standard catalog: what must be disclosed, by field, agency, township, audience and stage."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency
from catalog.exchange.exports import FORMATS, export_items
from catalog.models import Field, Item
from disclosure.models import Document
from portal.columns import CATALOG
from portal.facets import Facet
from portal.filters import ItemFilter
from portal.views.rendering import one_page, page

PAGE_SIZE = 60
#: Rows of the official table are tall.
TABLE_PAGE_SIZE = 30
NEWEST = 5
#: The switch: what the index is made of → (its words, the facet that it shows).
SWITCH = {
    "field": ("按领域", "field"),
    "agency": ("按部门", "agency"),
    "township": ("按乡镇", "agency"),
    "audience": ("按对象", "audience"),
    "stage": ("按五公开", "stage"),
}


def with_content(items: QuerySet[Any]) -> QuerySet[Any]:
    """Items with the number of public documents (`content_count`) and the newest day (`content_on`)."""
    content = Document.objects.published().filter(items=OuterRef("pk")).order_by()
    # Subqueries, not joins: they run for the rows of one page, and leave the catalog's order alone.
    counted: QuerySet[Any] = items.annotate(
        content_count=Coalesce(Subquery(content.values("items").annotate(n=Count("pk")).values("n")), 0),
        content_on=Subquery(content.values("items").annotate(day=Max("published_on")).values("day")),
    )
    return counted


def catalog(request: HttpRequest, slug: str = "") -> HttpResponse:
    """公开目录, all of it or one field."""
    field = get_object_or_404(Field.objects.prefetch_related("aliases"), slug=slug) if slug else None
    rows = Item.objects.published()
    if field:
        rows = rows.filter(field=field)
    chosen = ItemFilter(request.GET, queryset=rows)
    by = request.GET.get("by", "")
    by = by if by in SWITCH else "field"
    as_table = request.GET.get("view") == "table"
    facets = [facet for facet in chosen.facets() if not (field and facet.name == "field")]
    tags = chosen.chosen(facets)
    index = None if field or tags else _index(facets, by)
    found = with_content(chosen.qs).select_related("field", "agency").prefetch_related("agencies")
    listed = one_page(request, found, TABLE_PAGE_SIZE if as_table else PAGE_SIZE)
    _label_responsible(list(listed))
    crumbs = [("公开目录", CATALOG.url), (field.name, "")] if field else [("公开目录", "")]
    return page(
        request,
        "pages/catalog.html",
        {
            "field": field,
            "page": listed,
            "groups": _grouped(list(listed)),
            "facets": [facet for facet in facets if index is None or facet.name != index.name],
            "index": index,
            "tags": tags,
            "switch": [
                (key, words, chosen.query_without("by", by=key)) for key, (words, _) in SWITCH.items()
            ],
            "by": by,
            "kept": [(k, v) for k, v in request.GET.items() if v and k not in {"q", "page"}],
            "as_table": as_table,
            "table_query": chosen.query_without("view", by=request.GET.get("by", ""), view="table"),
            "list_query": chosen.query_without("view", by=request.GET.get("by", "")),
            "export_query": chosen.query_without("by", "view", **({"field": slug} if slug else {})),
            "today": timezone.localdate(),
        },
        column=CATALOG,
        crumbs=crumbs,
    )


def catalog_export(request: HttpRequest) -> HttpResponseBase:
    """导出Excel: the items of the current filter in the official layout."""
    chosen = ItemFilter(request.GET, queryset=Item.objects.published())
    rows = Item.objects.published().filter(pk__in=chosen.qs.order_by().values("pk"))
    if not rows.exists():
        raise Http404
    field = Field.objects.filter(slug=chosen.form.cleaned_data.get("field", "")).first()
    name = f"{field.name if field else ''}基层政务公开标准目录-{timezone.localdate():%Y%m%d}.xlsx"
    return FileResponse(export_items(rows), as_attachment=True, filename=name, content_type=FORMATS["xlsx"])


def _index(facets: list[Facet], by: str) -> Facet | None:
    """The facet that the switch has put on top; 按部门 and 按乡镇 share the agencies between them."""
    facet = next((facet for facet in facets if facet.name == SWITCH[by][1]), None)
    if facet is None or facet.name != "agency":
        return facet
    lower = [AgencyKind.TOWNSHIP, AgencyKind.VILLAGE]
    local = set(Agency.objects.published().filter(kind__in=lower).values_list("code", flat=True))
    options = [option for option in facet.options if (option.value in local) == (by == "township")]
    return Facet(facet.name, SWITCH[by][0], options, facet.all_query, facet.chosen)


def _label_responsible(items: list[Any]) -> None:
    """Give each item `responsible_label`: short names where 公开主体 was resolved, else its literal text."""
    for item in items:
        names = [agency.label for agency in item.agencies.all()]
        more = f"等 {len(names)} 个单位" if len(names) > 3 else ""
        item.responsible_label = "、".join(names[:3]) + more if names else item.subject or item.agency.label


def _grouped(items: list[Item]) -> list[tuple[Field, list[tuple[str, list[Item]]]]]:
    """Items under their field and their 一级事项, in the catalog's order."""

    def first(item: Item) -> str:
        return str(item.levels[0]) if len(item.levels) > 1 else ""

    return [
        (field, [(name, list(members)) for name, members in groupby(of_field, first)])
        for field, of_field in groupby(items, lambda item: item.field)
    ]


def item_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One item, its answers in the order in which they are asked for."""
    rows = Item.objects.published().select_related("field", "agency").prefetch_related("bases", "agencies")
    item = rows.filter(code=code).first()
    if item is None:
        raise Http404
    content = Document.objects.published().filter(items=item).select_related("agency").defer("body")
    newest = list(content[: NEWEST + 1])
    return page(
        request,
        "pages/item.html",
        {
            "item": item,
            "newest": newest[:NEWEST],
            "more": len(newest) > NEWEST,
            "responsible": list(item.agencies.all()) or [item.agency],
            "channels": _channels(item.channels),
        },
        column=CATALOG,
        crumbs=[
            ("公开目录", CATALOG.url),
            (item.field.name, f"/catalog/{item.field.slug}/"),
            (item.name, ""),
        ],
    )


def _channels(stored: list[dict[str, str]]) -> dict[str, list[str]]:
    """Names of the channels by mark; unused ones are not shown."""
    marked: dict[str, list[str]] = {"required": [], "optional": []}
    for channel in stored:
        if channel.get("mark") in marked:
            marked[channel["mark"]].append(channel.get("name", ""))
    return marked
