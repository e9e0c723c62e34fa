"""What the filing page (归类) reads: the documents that wait, the catalog they may go into, the suggestions.

The number of queries is the same for one document and for two hundred: catalog, memory and names are loaded
once, everything else is reckoned in memory (`disclosure.filing`).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from agencies.kinds import AgencyKind
from agencies.models import Agency, User
from catalog.models import Item
from catalog.models.fields import FieldAlias
from catalog.states import CatalogKind
from disclosure import rich_text
from disclosure.filing import CatalogItem, FiledPaper, Filer, Paper, Suggestions
from disclosure.filing_text import OPENING
from disclosure.models import Document, FilingLine, Topic

#: Documents on one page.
PAGE = 200
#: The newest filed documents that are remembered; older editions of a paper repeat what newer ones say.
MEMORY = 3000
#: What may be missing (`missing=` of the page) as conditions on documents.
MISSING: dict[str, Q] = {
    "item": Q(items__isnull=True),
    "topic": Q(topic__isnull=True),
    "stage": Q(stage="") & Q(~Exists(Item.objects.filter(documents=OuterRef("pk")).exclude(stage=""))),
    "genre": Q(genre=""),
}
#: Catalogs of these stand below the county's: only their own documents go into them.
_LOCAL = (AgencyKind.TOWNSHIP, AgencyKind.VILLAGE)


def waiting(
    user: User, *, agency: str = "", year: int | None = None, words: str = "", missing: str = ""
) -> QuerySet[Any]:
    """Return the public documents in `user`'s scope that wait to be filed, newest first.

    `agency` is a code (with all below it), `words` stand in title or number. Without `missing` the backlog;
    with it every public document that lacks this (`MISSING`), filed or not.
    """
    rows = Document.objects.in_scope_of(user)
    rows = rows.published().filter(MISSING[missing]) if missing in MISSING else rows.unfiled()
    if agency:
        rows = rows.filter(Q(agency__path__contains=f"/{agency}/") | Q(agency__code=agency))
    if year is not None:
        rows = rows.filter(published_on__year=year)
    for word in words.split()[:5]:
        rows = rows.filter(Q(title__icontains=word) | Q(doc_number__icontains=word))
    return rows.order_by(F("published_on").desc(nulls_last=True), "-id")


def progress(user: User) -> tuple[int, int]:
    """Return (filed, all) over the public documents in `user`'s scope."""
    every = Document.objects.in_scope_of(user).published()
    total = every.count()
    return total - Document.objects.in_scope_of(user).unfiled().count(), total


def page_of(rows: QuerySet[Any], skip: int = 0) -> list[Any]:
    """Return up to `PAGE` documents with what a row shows and a suggestion reads; of bodies the head."""
    # First which, then what: else the items of all that wait would be gathered before most are dropped.
    pks = list(rows.values_list("pk", flat=True)[skip : skip + PAGE])
    # Tags take about half of a body's head.
    head = Left("body", OPENING * 3)
    found = Document.objects.filter(pk__in=pks).select_related("agency", "topic__parent")
    known = {document.pk: document for document in _with_states(found.annotate(head=head).defer("body"))}
    return [known[pk] for pk in pks if pk in known]


def _with_states(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate what `state_of` and `stamp` read, in the same query."""
    in_force = Q(filing_lines__undone=False)
    annotated: QuerySet[Any] = rows.annotate(
        item_pks=ArrayAgg("items", filter=Q(items__isnull=False), distinct=True, default=[]),
        last_line=Max("filing_lines", filter=in_force),
    )
    return annotated


def states_of(pks: Iterable[int]) -> dict[int, tuple[list[int], int | None]]:
    """Return, of each document, the ids of its items and its last line in force."""
    rows = _with_states(Document.objects.filter(pk__in=list(pks)).order_by())
    return {pk: (items, line) for pk, items, line in rows.values_list("pk", "item_pks", "last_line")}


def state_of(document: Any, items: Sequence[int]) -> dict[str, Any]:
    """Return what filing sets, as it stands: kept before and after in `FilingLine`."""
    return {
        "items": sorted(items),
        "topic": document.topic_id,
        "stage": document.stage,
        "kind": document.kind,
        "genre": document.genre,
    }


def stamp(state: Mapping[str, Any], last_line: int | None) -> str:
    """Return a short mark of what somebody saw: another one later means that it was changed meanwhile."""
    text = json.dumps([dict(state), last_line], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def suggestions(documents: Sequence[Any], *, user: User) -> dict[int, Suggestions]:
    """Return the suggestions for each of `documents` (as `page_of` loads them), by id."""
    if not documents:
        return {}
    topic_names = dict(Topic.objects.values_list("code", "name"))
    filer = Filer(
        catalog_for(user, {document.agency_id for document in documents}),
        _memory(user),
        _names(),
        topic_names,
    )
    return {document.pk: filer.suggest(_paper(document)) for document in documents}


def catalog_for(user: User, owners: Iterable[int]) -> list[CatalogItem]:
    """Return the items in force under which `user` may file documents of the agencies `owners`.

    Those of the county's catalogs, and of catalogs of townships and villages only their own.
    """
    mine = list(owners)
    named = Item.objects.filter(agencies__in=mine)
    wanted = Q(agency__in=mine) | ~Q(agency__kind__in=_LOCAL) | Q(pk__in=named.values("pk"))
    rows = (
        Item.objects.linkable_by(user)
        .in_force()
        .filter(wanted)
        .select_related("field")
        .annotate(named=ArrayAgg("agencies", filter=Q(agencies__isnull=False), distinct=True, default=[]))
        .order_by("pk")
    )
    aliases: dict[int, list[str]] = defaultdict(list)
    for field, name in FieldAlias.objects.values_list("field_id", "name"):
        aliases[field].append(name)
    return [
        CatalogItem(
            pk=item.pk,
            levels=tuple(item.levels),
            content=item.content[:OPENING],
            # 主动公开基本目录 is no field: its name says nothing of the matter.
            field=item.field.name if item.field.catalog == CatalogKind.STANDARD else "",
            field_slug=item.field.slug,
            field_aliases=tuple(aliases[item.field_id]) if item.field.catalog == CatalogKind.STANDARD else (),
            agency=item.agency_id,
            agencies=frozenset(item.named),
            stage=item.stage,
            own=item.field.catalog == CatalogKind.BASIC,
        )
        for item in rows
    ]


def _memory(user: User) -> list[FiledPaper]:
    in_force = FilingLine.objects.filter(document=OuterRef("pk"), undone=False)
    rows = (
        Document.objects.in_scope_of(user)
        .filter(Q(items__isnull=False) | Exists(in_force))
        .annotate(item_pks=ArrayAgg("items", filter=Q(items__isnull=False), distinct=True, default=[]))
        .order_by(F("published_on").desc(nulls_last=True), "-id")
        .values_list(
            "pk", "title", "doc_number", "agency_id", "published_on", "item_pks", "topic__code", "stage"
        )
    )
    return [
        FiledPaper(pk, title, number, agency, day, tuple(items), topic or "", stage)
        for pk, title, number, agency, day, items, topic, stage in rows[:MEMORY]
    ]


def _names() -> list[str]:
    rows = Agency.objects.values_list("name", "short_name")
    return [name for row in rows for name in row if name and len(name) > 2]


def _paper(document: Any) -> Paper:
    return Paper(
        pk=document.pk,
        title=document.title,
        number=document.doc_number,
        issuer=document.issuer,
        agency=document.agency_id,
        agency_name=document.agency.name,
        keywords=tuple(document.keywords),
        opening=f"{document.summary}\n{rich_text.to_text(document.head)}",
        topic_text="" if document.topic_id else document.topic_text,
        kind=document.kind,
        genre=document.genre,
        day=document.published_on,
    )
