"""Which tables a set of items makes, and its rows: read from the database in a bounded number of queries.

What a table needs to know of all its items before its first row is printed (how many levels, which ticks
and further columns occur) is asked of the database; the items themselves pass once, in one stream.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, cast

from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    JSONField,
    Max,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from agencies.models import Agency
from catalog.drafts import ChannelUse, Draft
from catalog.history import agency_names_on, fields_on
from catalog.layouts import from_json
from catalog.models import CatalogLayout, Field
from catalog.states import CatalogKind

from .layout import TEXTS, TableSpec

_BATCH = 2000
_TOLD_EVERY = 1000
_TABLE = ("field_id", "agency_id")
_ORDER = ("field__order", "field__slug", "agency__order", "agency__code", "position", "pk")
_COLUMNS = (
    *("serial", "levels", "content", "basis", "time_limit", "subject", "audience", "manner", "tiers"),
    "telephone",
)


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of the book. `drafts` gives the items, streamed, never held. Tables come from one stream:
    the items of one are taken before the next table is asked for."""

    spec: TableSpec
    drafts: Callable[[], Iterable[Draft]]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of an export: what is known of each beforehand, and the one stream."""

    specs: list[TableSpec]
    stream: Callable[[], Iterator[Table]]

    def __iter__(self) -> Iterator[Table]:
        """The tables with their items, in order; once."""
        return self.stream()


@dataclass(frozen=True, slots=True)
class _Known:
    slug: str
    spec: TableSpec


class Moved(Exception):  # noqa: N818
    """The catalog changed while it was read."""


def tables_of(
    items: QuerySet[Any], as_of: date | None = None, tell: Callable[[int], None] | None = None
) -> Tables:
    """One table for every field and catalog among the items, in the order of the official list. Joins,
    annotations and order of the queryset do not matter: each item is printed once, in its place.

    `tell` is told after every thousand rows how many were read. The stream raises Moved where a table
    appears that was not there before.
    """
    items = items.model._base_manager.filter(pk__in=items.order_by().values("pk"))
    known = _known(items, as_of)

    def stream() -> Iterator[Table]:
        for key, members in groupby(_told(_rows(items), tell), key=lambda row: row[:2]):
            table = known.get(key)
            if table is None:
                raise Moved
            yield Table(table.spec, partial(_drafts, members, table.slug))

    return Tables([table.spec for table in known.values()], stream)


def _told(rows: Iterator[tuple[Any, ...]], tell: Callable[[int], None] | None) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if tell is not None and number % _TOLD_EVERY == 0:
            tell(number)
        yield row


def _drafts(rows: Iterable[tuple[Any, ...]], slug: str) -> Iterator[Draft]:
    return (_draft(row, slug) for row in rows)


def _known(items: QuerySet[Any], as_of: date | None) -> dict[tuple[int, int], _Known]:
    """The tables in the order of the official list, with what their items fill; a fixed number of queries."""
    grouped = items.order_by().values(*_TABLE)
    filled = {f"has_{name}": _any(~Q(**{name: ""})) for name in (*TEXTS, "telephone")}
    facts = grouped.annotate(
        items=Count("pk"),
        deepest=Max(_size("levels")),
        most_audience=Max(_size("audience")),
        has_tiers=_any(Q(tiers__isnull=False)),
        has_channels=_any(~Q(channels=[])),
        **filled,
    ).order_by("field__order", "field__slug", "agency__order", "agency__code")
    agencies = {pk: (code, name) for pk, code, name in Agency.objects.values_list("pk", "code", "name")}
    fields = {field.pk: field for field in Field.objects.all()}
    if as_of is not None:
        fields, names = fields_on(as_of), agency_names_on(as_of)
        agencies = {pk: (code, names[pk]) for pk, (code, _today) in agencies.items()}
    layouts = {
        (row.field_id, row.agency_id): from_json(row.columns)
        for row in CatalogLayout.objects.filter(field__in=grouped.values("field_id"))
    }
    known: dict[tuple[int, int], _Known] = {}
    for row in facts:
        field, (code, name) = fields[row["field_id"]], agencies[row["agency_id"]]
        plain = field.catalog == CatalogKind.STANDARD and code == "county"
        spec = TableSpec(
            field.name,
            field.order,
            owner="" if plain else name,
            catalog=field.catalog,
            own=layouts.get((field.pk, row["agency_id"]), ()),
            as_of=as_of,
            items=row["items"],
            levels=row["deepest"] or 1,
            most_audience=row["most_audience"] or 0,
            has_tiers=row["has_tiers"],
            channels=row["has_channels"],
            telephone=row["has_telephone"],
            texts={text for text in TEXTS if row[f"has_{text}"]},
        )
        known[field.pk, row["agency_id"]] = _Known(field.slug, spec)
    _note_labels(grouped, known)
    return known


def _note_labels(grouped: QuerySet[Any], known: dict[tuple[int, int], _Known]) -> None:
    """Ticks and further columns of each table, in the order in which they first occur."""
    for name in ("audience", "manner", "tiers"):
        for key, label in _first_seen(grouped, Func(F(name), function="unnest", output_field=TextField())):
            getattr(known[key].spec, name).append(label)
    keys = Func(F("extra"), function="jsonb_object_keys", output_field=TextField())
    for key, label in _first_seen(grouped, keys):
        known[key].spec.note_extras([label])
    more = Func(
        Func(F("extra"), Value("more"), function="jsonb_extract_path", output_field=JSONField()),
        function="jsonb_object_keys",
        output_field=TextField(),
    )
    for key, label in _first_seen(grouped.filter(extra__has_key="more"), more):
        known[key].spec.texts.add(label)


def _first_seen(grouped: QuerySet[Any], label: Any) -> list[tuple[tuple[int, int], str]]:
    rows = (
        grouped.annotate(label=label)
        .values(*_TABLE, "label")
        .annotate(first=Min("position"))
        .order_by("first", "label")
    )
    return [((row["field_id"], row["agency_id"]), row["label"]) for row in rows]


def _any(condition: Q) -> Any:
    return Max(Case(When(condition, then=1), default=0, output_field=IntegerField()))


def _size(name: str) -> Func:
    return Func(F(name), function="cardinality", output_field=IntegerField())


def _rows(items: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    """The columns that are printed, as plain tuples: a model instance for each row costs twice as much."""
    # JSON comes as text, since the same checklists stand in thousands of rows: each is read once.
    as_text = {f"{name}_text": Cast(F(name), TextField()) for name in ("channels", "extra")}
    rows = items.annotate(**as_text).order_by(*_ORDER).values_list(*_TABLE, *_COLUMNS, *as_text)
    return cast("Iterator[tuple[Any, ...]]", rows.iterator(chunk_size=_BATCH))


def _draft(row: tuple[Any, ...], slug: str) -> Draft:
    """What `services.draft_of` makes of an item; a test holds the two together."""
    serial, levels, content, basis, limit, subject, audience, manner, tiers, telephone, channels, extra = row[
        2:
    ]
    further = json.loads(extra) if extra != "{}" else {}
    words = further.pop("tier_words", None) or {}
    return Draft(
        levels=levels,
        content=content,
        basis=basis,
        time_limit=limit,
        subject=subject,
        serial=serial or None,
        channels=_channels(channels),
        audience=audience,
        manner=manner,
        tiers=tiers,
        tier_words=words,
        telephone=telephone,
        extra=further,
        field_slug=slug,
    )


@lru_cache(maxsize=1024)
def _channels(text: str) -> list[ChannelUse]:
    return [ChannelUse(use["name"], use["mark"]) for use in json.loads(text)]
