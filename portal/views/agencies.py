"""Agencies: who discloses, where they sit and how to reach them (条例 12、20条)."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse

from agencies.kinds import AgencyKind
from agencies.models import Agency
from catalog.models import Field, Item
from catalog.states import CatalogKind
from disclosure.models import Document
from portal.columns import AGENCIES
from portal.views.rendering import page

NEWEST = 8
GROUPS = (
    ("县政府", {AgencyKind.COUNTY_GOVERNMENT}),
    ("县政府部门", {AgencyKind.DEPARTMENT, AgencyKind.DISPATCHED}),
    ("垂直管理单位", {AgencyKind.VERTICAL}),
    ("乡镇街道", {AgencyKind.TOWNSHIP}),
    ("党委机构", {AgencyKind.PARTY}),
    ("公共企事业单位", {AgencyKind.PUBLIC_ENTERPRISE}),
)


def agency_list(request: HttpRequest) -> HttpResponse:
    """All agencies by kind, villages under their township."""
    agencies = list(Agency.objects.published())
    villages: dict[int, list[Agency]] = {}
    for agency in agencies:
        if agency.kind == AgencyKind.VILLAGE:
            villages.setdefault(agency.parent_id, []).append(agency)
    groups = []
    for label, kinds in GROUPS:
        members = [(agency, villages.get(agency.pk, [])) for agency in agencies if agency.kind in kinds]
        if members:
            groups.append((label, members))
    return page(request, "pages/agency_list.html", {"groups": groups}, column=AGENCIES, crumbs=[("机构", "")])


def agency_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One agency: contact, newest documents, its part of the catalog, former names."""
    agency = (
        Agency.objects.published()
        .select_related("parent")
        .prefetch_related("former_names")
        .filter(code=slug)
        .first()
    )
    if agency is None:
        raise Http404
    responsible = Q(agencies=agency) | Q(agencies=None, agency=agency)
    fields = (
        Field.objects.filter(items__in=Item.objects.published().filter(responsible))
        .annotate(item_count=Count("items", distinct=True))
        .order_by("order")
    )
    own = Item.objects.published().filter(agency=agency).order_by().values_list("field__catalog")
    catalogs = [
        (kind.value, kind.label, count)
        for kind, count in ((CatalogKind(kind), n) for kind, n in own.annotate(n=Count("pk")))
    ]
    documents = Document.objects.published().filter(agency=agency).defer("body")
    return page(
        request,
        "pages/agency.html",
        {
            "agency": agency,
            "documents": list(documents.select_related("agency")[:NEWEST]),
            "fields": fields,
            "catalogs": sorted(catalogs),
            "children": Agency.objects.published().filter(parent=agency) if agency.parent_id else [],
        },
        column=AGENCIES,
        crumbs=[("机构", AGENCIES.url), (agency.name, "")],
    )
