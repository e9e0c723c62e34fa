"""One item of the catalog, and one matter through its five stages (五公开)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from catalog.exchange.columns import EXTRA_CAPTIONS
from catalog.exchange.layout import extra_text
from catalog.models import Item, Matter
from catalog.states import CatalogKind, Stage
from disclosure.models import Document, LawText
from disclosure.models.coverage import public_due_on, public_state
from portal.columns import CATALOG
from portal.views.rendering import page

NEWEST = 5
#: Documents shown under each item of a matter.
NEWEST_OF_MATTER = 3
VERSIONS = 20
#: Keys of `extra` that stand elsewhere on the page, or are no column.
_NOT_SHOWN = frozenset({"more", "category", "tier_words", "five", "office"})
_NO_FURTHER_ROWS: dict[str, list[str]] = {}


def item_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One item, its answers in the order in which they are asked for; 410 once it is retired."""
    related = ("field", "agency", "matter", "coverage", "elsewhere")
    rows = Item.objects.published().select_related(*related)
    item = rows.prefetch_related("bases__law", "agencies").filter(code=code).first()
    if item is None:
        return _retired(request, code)
    content = Document.objects.published().filter(items=item).select_related("agency").defer("body")
    newest = list(content[: NEWEST + 1])
    coverage = getattr(item, "coverage", None)
    return page(
        request,
        "pages/item.html",
        {
            "item": item,
            "newest": newest[:NEWEST],
            "more": len(newest) > NEWEST,
            "state": public_state(coverage)[0],
            "elsewhere": getattr(item, "elsewhere", None),
            "next_on": public_due_on(coverage, timezone.localdate()),
            "further": item.extra.get("more") or _NO_FURTHER_ROWS,
            "responsible": list(item.agencies.all()) or [item.agency],
            "office": item.responsible_office or extra_text(item.extra.get("office")),
            "channels": _channels(item.channels),
            "bases": _bases(item),
            "extras": _extras(item.extra),
            "versions": _versions(item),
            "standard": item.field.catalog == CatalogKind.STANDARD,
        },
        column=CATALOG,
        crumbs=[
            ("公开目录", CATALOG.url),
            (item.field.name, f"/catalog/{item.field.slug}/"),
            (item.name, ""),
        ],
    )


def _retired(request: HttpRequest, code: str) -> HttpResponse:
    """What is left of a retired item: its name, since when, and where its field is."""
    item = Item.objects.tombstones().select_related("field", "agency").filter(code=code).first()
    if item is None:
        raise Http404
    crumbs = [("公开目录", CATALOG.url), (item.field.name, f"/catalog/{item.field.slug}/"), (item.name, "")]
    context = {"item": item, "versions": _versions(item)}
    return page(request, "pages/item_retired.html", context, column=CATALOG, crumbs=crumbs, status=410)


def _bases(item: Item) -> list[Any]:
    """The legal bases; `text_pk` is the public document of the library that holds the text of the law."""
    bases: list[Any] = list(item.bases.all())
    laws = {basis.law_id for basis in bases if basis.law_id}
    texts = LawText.objects.public().filter(law__in=laws)
    found = dict(texts.values_list("law_id", "document_id"))
    for basis in bases:
        basis.text_pk = found.get(basis.law_id)
    return bases


def _channels(stored: list[dict[str, str]]) -> dict[str, list[str]]:
    """Names of the channels by mark; unused ones are not shown."""
    marked: dict[str, list[str]] = {"required": [], "optional": []}
    for channel in stored:
        if channel.get("mark") in marked:
            marked[channel["mark"]].append(channel.get("name", ""))
    return marked


def _extras(extra: dict[str, Any]) -> list[tuple[str, str]]:
    """Further columns under their captions; of a choice what was chosen."""
    shown = []
    for key, value in extra.items():
        text = "、".join(value.get("selected", [])) if isinstance(value, dict) else extra_text(value)
        if text and key not in _NOT_SHOWN:
            shown.append((EXTRA_CAPTIONS.get(key, key), text))
    return shown


@dataclass(frozen=True)
class Version:
    """One version of an item as the public reads it."""

    number: int
    day: Any
    reason: str


def _versions(item: Item) -> list[Version]:
    """The versions, newest first: day in force and reason. Where no day was set, the day of writing."""
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    rows = (
        events.filter(pgh_obj_id=item.pk)
        .exclude(pgh_label="delete")
        .order_by("-version", "pgh_id")
        .distinct("version")
        .values_list("version", "in_force_from", "pgh_created_at", "change_reason")[:VERSIONS]
    )
    return [
        Version(number, day or timezone.localtime(written).date(), reason)
        for number, day, written, reason in rows
    ]


@dataclass(frozen=True)
class MatterStage:
    """One of the five stages of a matter: its items, each with its newest documents."""

    name: str
    items: list[tuple[Item, list[Document]]]


def matter_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One matter (一件事) from decision to result."""
    matter = get_object_or_404(Matter.objects.select_related("field", "agency"), pk=pk)
    items = list(Item.objects.published().filter(matter=matter).select_related("agency").in_table_order())
    if not items:
        raise Http404
    documents = _newest_documents(items)
    stages = [
        MatterStage(f"{label}公开", [(i, documents.get(i.pk, [])) for i in items if i.stage == value])
        for value, label in Stage.choices
    ]
    without = [(item, documents.get(item.pk, [])) for item in items if not item.stage]
    return page(
        request,
        "pages/matter.html",
        {"matter": matter, "stages": stages, "without": without},
        column=CATALOG,
        crumbs=[
            ("公开目录", CATALOG.url),
            (matter.field.name, f"/catalog/{matter.field.slug}/"),
            (matter.name, ""),
        ],
    )


def _newest_documents(items: list[Item]) -> dict[int, list[Document]]:
    """The newest documents of each item, in two queries."""
    links = (
        Document.items.through.objects.filter(
            item__in=items, document__in=Document.objects.published().order_by()
        )
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F("item_id"),
                order_by=[F("document__published_on").desc(nulls_last=True), F("document_id").desc()],
            )
        )
        .filter(place__lte=NEWEST_OF_MATTER)
        .order_by("item_id", "place")
        .values_list("item_id", "document_id")
    )
    pairs = list(links)
    rows = Document.objects.published().filter(pk__in={document for _item, document in pairs})
    found = {row.pk: row for row in rows.select_related("agency").defer("body")}
    grouped: dict[int, list[Document]] = {}
    for item, document in pairs:
        if document in found:
            grouped.setdefault(item, []).append(found[document])
    return grouped
