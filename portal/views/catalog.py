"""The standard catalog: what must be disclosed, by field, agency, township, audience and stage."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency
from catalog.models import Field, Item
from catalog.states import CatalogKind
from disclosure.models import Document
from disclosure.querysets import with_public_coverage
from portal.catalog_choice import Choice, choice_of, public_items
from portal.columns import CATALOG
from portal.facets import Facet
from portal.views.rendering import one_page, page

PAGE_SIZE = 60
#: Rows of the official table are tall.
TABLE_PAGE_SIZE = 30
#: The switch: what the index is made of → (its words, the facet that it shows).
SWITCH = {
    "field": ("按领域", "field"),
    "agency": ("按部门", "agency"),
    "township": ("按乡镇", "agency"),
    "audience": ("按对象", "audience"),
    "stage": ("按五公开", "stage"),
}
#: What a catalog is divided by at first: the ones without fields by whose they are.
FIRST_SWITCH = {CatalogKind.STANDARD: "field", CatalogKind.BASIC: "agency", CatalogKind.VILLAGE: "township"}
KINDS = {
    CatalogKind.STANDARD: "标准目录",
    CatalogKind.BASIC: "基本目录",
    CatalogKind.VILLAGE: "村居目录",
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


def catalog(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """公开目录: one of the catalogs, or one field of it; of today, or of a day of the past."""
    field = get_object_or_404(Field.objects.prefetch_related("aliases"), slug=slug) if slug else None
    if field and field.merged_into_id:
        # The field lives on under another name: its address leads there for good.
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(reverse("field", args=[_successor(field).slug]) + query, permanent=True)
    chosen = choice_of(request, field)
    filters = chosen.filter
    by = request.GET.get("by", "")
    by = by if by in SWITCH else FIRST_SWITCH[chosen.kind]
    as_table = request.GET.get("view") == "table"
    one_field = _one_field(chosen, field)
    facets = [facet for facet in filters.facets() if not (one_field and facet.name == "field")]
    tags = filters.chosen(facets)
    index = None if field or tags else _index(facets, by)
    listed = one_page(request, _listed(chosen), TABLE_PAGE_SIZE if as_table else PAGE_SIZE)
    _label(list(listed), past=chosen.day is not None)
    context = {
        "field": field,
        "kind": chosen.kind,
        "kinds": [] if field else _kinds(chosen),
        "day": chosen.day,
        "problem": chosen.problem,
        "page": listed,
        "groups": _grouped(list(listed)),
        "facets": [facet for facet in facets if index is None or facet.name != index.name],
        "index": index,
        "tags": tags,
        "switch": [
            (key, words, filters.query_without("by", by=key))
            for key, (words, facet) in SWITCH.items()
            if not (one_field and facet == "field")
        ],
        "by": by,
        "as_table": as_table,
        **_addresses(request, filters, slug),
    }
    crumbs = [("公开目录", CATALOG.url), (field.name, "")] if field else [("公开目录", "")]
    return page(request, "pages/catalog.html", context, column=CATALOG, crumbs=crumbs)


def _addresses(request: HttpRequest, filters: Any, slug: str) -> dict[str, Any]:
    """Where the page's links lead, and what its forms carry on."""
    given = [(name, value) for name, values in request.GET.lists() for value in values if value]
    by = request.GET.get("by", "")
    return {
        "kept": [pair for pair in given if pair[0] not in {"q", "page"}],
        "kept_but_day": [pair for pair in given if pair[0] not in {"on", "page"}],
        "table_query": filters.query_without("view", by=by, view="table"),
        "list_query": filters.query_without("view", by=by),
        "today_query": filters.query_without("on"),
        "export_query": filters.query_without("by", "view", **({"field": slug} if slug else {})),
        "today": timezone.localdate(),
    }


def _listed(chosen: Choice) -> QuerySet[Any]:
    rows = chosen.rows.select_related("field", "agency")
    # What is published under an item is known of today alone.
    if chosen.day:
        return rows
    rows = rows.select_related("field", "agency", "elsewhere")
    return with_public_coverage(with_content(rows)).prefetch_related("agencies")


def _one_field(chosen: Choice, field: Field | None) -> bool:
    """Whether a choice of fields would be none: one field is shown, or a catalog that has no fields."""
    return field is not None or chosen.kind != CatalogKind.STANDARD


def _kinds(chosen: Choice) -> list[tuple[str, str, str]]:
    """The catalogs that have items, where there is more than the standard one: (kind, words, address)."""
    found = set(public_items(chosen.day).order_by().values_list("field__catalog", flat=True).distinct())
    found |= {chosen.kind, CatalogKind.STANDARD}
    if len(found) == 1:
        return []
    day = f"&on={chosen.day:%Y-%m-%d}" if chosen.day else ""
    return [
        (kind, words, (f"?catalog={kind}" if kind != CatalogKind.STANDARD else "?") + day)
        for kind, words in KINDS.items()
        if kind in found
    ]


def _successor(field: Field) -> Field:
    """The field into which this one was merged, through further merges."""
    seen = set()
    while field.merged_into and field.pk not in seen:
        seen.add(field.pk)
        field = field.merged_into
    return field


def _index(facets: list[Facet], by: str) -> Facet | None:
    """The facet that the switch has put on top; 按部门 and 按乡镇 share the agencies between them."""
    facet = next((facet for facet in facets if facet.name == SWITCH[by][1]), None)
    if facet is None or facet.name != "agency":
        return facet
    lower = [AgencyKind.TOWNSHIP, AgencyKind.VILLAGE]
    local = set(Agency.objects.published().filter(kind__in=lower).values_list("code", flat=True))
    options = [option for option in facet.options if (option.value in local) == (by == "township")]
    return Facet(facet.name, SWITCH[by][0], options, facet.all_query, facet.chosen)


def _label(rows: list[Any], *, past: bool) -> None:
    """Give each row `row_name`, its own name, and `responsible_label`: short names where 公开主体 was
    resolved, else its literal text."""
    links = _links([row.pgh_obj_id for row in rows]) if past else {}
    for row in rows:
        agencies = links.get(row.pgh_obj_id, []) if past else row.agencies.all()
        names = [agency.label for agency in agencies]
        more = f"等 {len(names)} 个单位" if len(names) > 3 else ""
        row.row_name = str(row.levels[-1]) if row.levels else ""
        row.responsible_label = "、".join(names[:3]) + more if names else row.subject or row.agency.label


def _links(pks: list[int]) -> dict[int, list[Agency]]:
    found: dict[int, list[Agency]] = {}
    links = Item.agencies.through.objects.filter(item_id__in=pks).select_related("agency")
    for link in links.order_by("agency__order", "agency__code"):
        found.setdefault(link.item_id, []).append(link.agency)
    return found


def _grouped(items: list[Item]) -> list[tuple[Field, list[tuple[str, list[tuple[str, list[Item]]]]]]]:
    """Items under their field, whose catalog they are in, and their 一级事项, in the catalog's order. The
    agency is named where a field's rows are of several: villages bear the same names of items."""

    def first(item: Item) -> str:
        return str(item.levels[0]) if len(item.levels) > 1 else ""

    groups = []
    for field, of_field in groupby(items, lambda item: item.field):
        owners = [(owner, list(rows)) for owner, rows in groupby(of_field, lambda item: item.agency)]
        several = len(owners) > 1
        parts = [
            (owner.label if several else "", [(name, list(rows)) for name, rows in groupby(of_owner, first)])
            for owner, of_owner in owners
        ]
        groups.append((field, parts))
    return groups
