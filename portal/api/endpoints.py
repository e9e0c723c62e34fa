"""The read-only open API (DESIGN, Addresses that stay); starts from `.published()`, as every public page."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Query
from ninja.errors import HttpError

from agencies.models import Agency
from catalog.models import Field, Item
from disclosure import record
from disclosure.models import AttachedFile, Document
from interpretation.models import Interpretation
from portal.api.schemas import (
    Agencies,
    AgencyOut,
    DocumentOut,
    Documents,
    FieldOut,
    Fields,
    InterpretationOut,
    Interpretations,
    ItemOut,
    Items,
    Paging,
    Problem,
    SearchOut,
    SearchQuery,
)
from portal.search import engine
from portal.search.params import SearchParams
from portal.views.documents import attachment_url, merged_into

api = NinjaAPI(
    title="政务公开开放接口",
    version="1",
    description="只读。内容与本站公开页面一致，可自由引用，请注明来源。",
    docs_url=None,
    urls_namespace="api",
)


@api.get("/search", response=SearchOut, summary="搜索", url_name="search")
def search(request: HttpRequest, query: Query[SearchQuery]) -> dict[str, Any]:
    """Search everything public, with the parameters of the search page."""
    found = engine.search(SearchParams.parse(request.GET))
    strangers = [
        f"没有「{name}」这个参数，没有采用。" for name in request.GET if name not in SearchQuery.model_fields
    ]
    return {
        "count": found.count,
        "count_is_exact": found.count_is_exact,
        "exact": found.exact,
        "note": found.note,
        "problems": [*found.params.problems, *strangers],
        "results": found.results,
        "facets": found.facets,
    }


@api.get("/documents", response=Documents, summary="文件列表", url_name="documents")
def documents(
    request: HttpRequest,
    paging: Query[Paging],
    agency: str = "",
    kind: Literal["", "document", "regulation", "guide", "annual_report"] = "",
    published_after: date | None = None,
    published_before: date | None = None,
) -> dict[str, Any]:
    """Public documents, newest first."""
    _refuse_strangers(request, "agency", "kind", "published_after", "published_before")
    rows = Document.objects.published().select_related("agency").defer("body")
    if agency:
        rows = rows.filter(agency__code=agency)
    if kind:
        rows = rows.filter(kind=kind)
    if published_after:
        rows = rows.filter(published_on__gte=published_after)
    if published_before:
        rows = rows.filter(published_on__lte=published_before)
    return _page(rows, paging, _document)


@api.get(
    "/documents/{pk}",
    response={200: DocumentOut, 301: None, 410: Problem},
    summary="一份文件",
    url_name="document",
)
def document(request: HttpRequest, pk: int) -> Any:
    """One public document; 410 with the public reason for a withdrawn one, without for one taken offline;
    301 for one that was merged into another."""
    if (target := merged_into(pk)) is not None:
        return redirect("api:document", target, permanent=True)
    if (gone := _gone(Document, pk)) is not None:
        return 410, {"detail": gone}
    rows = (
        Document.objects.published()
        .select_related("agency", "topic__parent")
        .prefetch_related(
            "fields",
            "attachments",
            Prefetch("interpretations", Interpretation.objects.published().only("pk"), to_attr="public"),
            Prefetch("items", Item.objects.published().only("pk", "code"), to_attr="public_items"),
        )
    )
    found = get_object_or_404(rows, pk=pk)
    relations = record.relations_of(found)
    return _document(found) | {
        "body": found.body,
        "genre": found.genre,
        "topic": str(found.topic) if found.topic else found.topic_text,
        "keywords": found.keywords,
        "fields": [field.slug for field in found.fields.all()],
        "effective_on": found.effective_on,
        "expires_on": found.expires_on,
        "repealed_on": found.repealed_on,
        "amended_on": found.amended_on,
        "changed_by": [_relation(one) for one in relations.by],
        "changes": [_relation(one) for one in relations.of],
        "corrections": [
            {
                "on": timezone.localdate(one.at),
                "note": one.note,
                "of_words": one.of_words,
                "closed": one.closed_at is not None,
            }
            for one in record.corrections_of(found)
        ],
        "attachments": [_attachment(attachment) for attachment in found.attachments.all()],
        "interpretations": [interpretation.pk for interpretation in found.public],
        "items": [item.code for item in found.public_items],
    }


@api.get("/interpretations", response=Interpretations, summary="解读列表", url_name="interpretations")
def interpretations(request: HttpRequest, paging: Query[Paging], agency: str = "") -> dict[str, Any]:
    """Public interpretations, newest first."""
    _refuse_strangers(request, "agency")
    rows = _interpretations().defer("body")
    return _page(rows.filter(agency__code=agency) if agency else rows, paging, _interpretation)


@api.get(
    "/interpretations/{pk}",
    response={200: InterpretationOut, 410: Problem},
    summary="一份解读",
    url_name="interpretation",
)
def interpretation(request: HttpRequest, pk: int) -> Any:
    """One public interpretation; 410 as for a document."""
    if (gone := _gone(Interpretation, pk)) is not None:
        return 410, {"detail": gone}
    found = get_object_or_404(_interpretations().prefetch_related("attachments"), pk=pk)
    return _interpretation(found) | {
        "body": found.body,
        "interpreter": found.interpreter,
        "contact": found.contact,
        "attachments": [
            _attachment(one) | {"alt": one.alt, "text": one.text} for one in found.attachments.all()
        ],
    }


@api.get("/catalog/items", response=Items, summary="标准目录事项列表", url_name="items")
def items(request: HttpRequest, paging: Query[Paging], field: str = "", agency: str = "") -> dict[str, Any]:
    """Items of the standard catalog in the order of the catalog. The other catalogs stay apart: the
    agencies' 主动公开基本目录 is asked for as `field=basic`, 村（居）务公开基本目录 as `field=village`."""
    _refuse_strangers(request, "field", "agency")
    rows = Item.objects.published().select_related("agency", "field")
    rows = rows.filter(field__slug=field) if field else rows.of_standard_catalog()
    if agency:
        rows = rows.filter(agency__code=agency)
    return _page(rows, paging, _item)


@api.get("/catalog/items/{code}", response=ItemOut, summary="一个目录事项", url_name="item")
def item(request: HttpRequest, code: str) -> dict[str, Any]:
    """One item of the standard catalog."""
    return _item(get_object_or_404(Item.objects.published().select_related("agency", "field"), code=code))


@api.get("/fields", response=Fields, summary="领域", url_name="fields")
def fields(request: HttpRequest) -> dict[str, Any]:
    """All fields of the standard catalog that are in use."""
    in_use = Field.objects.of_standard_catalog().in_use(timezone.localdate()).prefetch_related("aliases")
    rows = [_field(field) for field in in_use]
    return {"count": len(rows), "results": rows}


@api.get("/fields/{slug}", response=FieldOut, summary="一个领域", url_name="field")
def field(request: HttpRequest, slug: str) -> dict[str, Any]:
    """One field of the standard catalog."""
    return _field(get_object_or_404(Field.objects.prefetch_related("aliases"), slug=slug))


@api.get("/agencies", response=Agencies, summary="单位列表", url_name="agencies")
def agencies(request: HttpRequest, paging: Query[Paging], kind: str = "") -> dict[str, Any]:
    """Agencies with their contact block."""
    _refuse_strangers(request, "kind")
    rows = Agency.objects.published().select_related("parent")
    return _page(rows.filter(kind=kind) if kind else rows, paging, _agency)


@api.get("/agencies/{code}", response=AgencyOut, summary="一个单位", url_name="agency")
def agency(request: HttpRequest, code: str) -> dict[str, Any]:
    """One agency with its contact block."""
    return _agency(get_object_or_404(Agency.objects.published().select_related("parent"), code=code))


def _gone(owners: type[Document | Interpretation], pk: int) -> str | None:
    """What to say of a withdrawn thing, or of one taken offline (紧急下线): of that one nothing."""
    reason = owners.objects.tombstones().filter(pk=pk).values_list("withdrawn_reason", flat=True).first()
    if reason is not None:
        return f"该信息已撤下。{reason}"
    return "该页面已下线。" if owners.objects.offline().filter(pk=pk).exists() else None


def _refuse_strangers(request: HttpRequest, *known: str) -> None:
    """Answer 422 to a parameter that there is not: a misspelt filter must not pass for no filter."""
    if strangers := sorted(set(request.GET) - {*Paging.model_fields, *known}):
        raise HttpError(422, f"没有这样的参数：{'、'.join(strangers)}。可用的参数见 openapi.json。")


def _page(rows: QuerySet[Any], paging: Paging, shape: Any) -> dict[str, Any]:
    start = (paging.page - 1) * paging.page_size
    return {"count": rows.count(), "results": [shape(row) for row in rows[start : start + paging.page_size]]}


def _ref(agency: Agency) -> dict[str, str]:
    return {"id": agency.code, "name": agency.name}


def _interpretations() -> QuerySet[Interpretation]:
    public = Prefetch("documents", Document.objects.published().only("pk"), to_attr="public")
    rows: QuerySet[Interpretation] = (
        Interpretation.objects.published().select_related("agency").prefetch_related(public)
    )
    return rows


def _document(found: Document) -> dict[str, Any]:
    plain = "source_id kind title doc_number index_number issuer summary written_on published_on published_at"
    return {
        "id": found.pk,
        "validity": found.validity_now,
        "url": reverse("document", args=[found.pk]),
        "agency": _ref(found.agency),
        **{name: getattr(found, name) for name in plain.split()},
    }


def _relation(one: record.Relation) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "on": one.on,
        "document": one.document.pk if one.document else None,
        "basis": one.basis,
    }


def _attachment(found: AttachedFile) -> dict[str, Any]:
    return {
        "title": found.title,
        "url": attachment_url(found),
        "size": found.size,
        "media_type": found.media_type,
    }


def _interpretation(found: Any) -> dict[str, Any]:
    plain = "source_id title summary forms published_on published_at"
    return {
        "id": found.pk,
        "url": reverse("interpretation", args=[found.pk]),
        "agency": _ref(found.agency),
        "documents": [document.pk for document in found.public],
        **{name: getattr(found, name) for name in plain.split()},
    }


def _item(found: Item) -> dict[str, Any]:
    plain = "serial levels content basis time_limit subject channels audience manner tiers telephone stage"
    return {
        "id": found.code,
        "url": reverse("item", args=[found.code]),
        "field": found.field.slug,
        "agency": _ref(found.agency),
        **{name: getattr(found, name) for name in plain.split()},
    }


def _field(found: Field) -> dict[str, Any]:
    return {
        "id": found.slug,
        "name": found.name,
        "aliases": [alias.name for alias in found.aliases.all()],
        "url": reverse("field", args=[found.slug]),
    }


def _agency(found: Agency) -> dict[str, Any]:
    plain = (
        "name short_name kind credit_code duties disclosure_office address postcode office_hours phone fax "
        "email answers_requests"
    )
    return {
        "id": found.code,
        "parent": found.parent.code if found.parent else None,
        "url": reverse("agency", args=[found.code]),
        **{name: getattr(found, name) for name in plain.split()},
    }
