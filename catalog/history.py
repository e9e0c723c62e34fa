"""The catalog through time, read from the history tables: as it stood on a day, two days side by side, the
versions of one item. Everything here counts by the day in force, not by the moment of writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import Case, DateField, F, Min, Q, QuerySet, When, Window
from django.db.models.functions import TruncDate

from agencies.models import Agency, FormerName, User
from catalog.comparing import Comparison, ItemChange, Standing, difference, pair
from catalog.drafts import Draft
from catalog.models import Field, Item, Matter
from catalog.planning import CellChange
from catalog.services import draft_of
from catalog.states import Stage

Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
_BATCH = 2000
_ORDER = ("field__order", "field__slug", "agency__order", "agency__code", "position", "pgh_obj_id")
#: A page of versions; an item with more has them all in the database.
MOST_VERSIONS = 200


def _events() -> Any:
    return Item.pgh_event_model.objects  # type: ignore[attr-defined]


def items_on(day: date) -> QuerySet[Any]:
    """The catalog as it stood at the end of `day`: of each item the last version in force by then. Rows are
    history events, which bear every column of an item; `pgh_obj_id` is the item's id.

    A version counts from its `in_force_from`. What is no version (a move in the table, a row taken out by
    an undone import) and what was written before versions were counted counts from the day of writing.
    """
    written = TruncDate("pgh_created_at")
    first = Window(Min("pgh_id"), partition_by=["pgh_obj_id", "version"])
    effective = Case(
        When(Q(pgh_label="delete") | Q(in_force_from=None), then=written),
        When(pgh_id=F("first"), then=F("in_force_from")),
        default=written,
        output_field=DateField(),
    )
    known = _events().annotate(first=first).annotate(effective=effective).filter(effective__lte=day)
    # Versions only go forward (`services.records.stamp`), so the last one written is the one in force.
    last = (
        _events()
        .filter(pgh_id__in=known.values("pgh_id"))
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
    )
    standing: QuerySet[Any] = (
        _events()
        .filter(pgh_id__in=last.values("pgh_id"))
        .exclude(pgh_label="delete")
        .filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))
    )
    return standing


def fields_on(day: date) -> dict[int, Field]:
    """All fields by id, called and ordered as on `day`; before the first record as that one says. Two
    queries. The objects are for reading only. A renaming counts from the day that it names."""
    fields = {row.pk: row for row in Field.objects.all()}
    events: Any = Field.pgh_event_model.objects.select_related("pgh_context")  # type: ignore[attr-defined]
    for event in events.annotate(written=TruncDate("pgh_created_at")).order_by("-pgh_id"):
        row: Any = fields.get(event.pgh_obj_id)
        if row is None or getattr(row, "settled", False):
            continue
        row.name, row.order = event.name, event.order
        metadata = event.pgh_context.metadata if event.pgh_context else {}
        on = date.fromisoformat(metadata["on"]) if metadata.get("on") else event.written
        row.settled = on <= day
    return fields


def agency_names_on(day: date) -> dict[int, str]:
    """The names of all agencies by id as on `day` (曾用名 with their dates). Two queries."""
    names: dict[int, str] = dict(Agency.objects.values_list("pk", "name"))
    # Newest first, so that the earliest that still holds on the day is written last.
    for former in FormerName.objects.filter(valid_to__gt=day).order_by("-valid_to"):
        if former.valid_from is None or former.valid_from <= day:
            names[former.agency_id] = former.name
    return names


class _Reader:
    """Turns events into standings with the names of one day."""

    def __init__(self, day: date) -> None:
        self._fields, self._agencies = fields_on(day), agency_names_on(day)
        self._matters: dict[int, str] = dict(Matter.objects.values_list("pk", "name"))

    def __call__(self, event: Any) -> Standing:
        field_row = self._fields[event.field_id]
        event.field = field_row
        particulars = {
            "领域": field_row.name,
            "五公开": str(Stage(event.stage).label) if event.stage in Stage.values else event.stage,
            "责任科室": event.responsible_office,
            "责任岗位": event.responsible_post,
            "一件事": self._matters.get(event.matter_id, ""),
        }
        return Standing(
            pk=event.pgh_obj_id,
            code=event.code,
            version=event.version,
            agency_id=event.agency_id,
            agency_name=self._agencies[event.agency_id],
            field_id=event.field_id,
            field_name=field_row.name,
            draft=draft_of(event),
            particulars=particulars,
        )


def stream_comparison(
    since: date, until: date, *, narrow: Narrow | None = None
) -> Iterator[tuple[str, Standing | ItemChange]]:
    """What differs between two days, as a stream: ("added", Standing) …, ("changed", ItemChange) …,
    ("retired", Standing) …, each group in the order of the table. Items whose row is the same on both days
    are never read; beside one batch only two numbers an item are held. Arguments as for `compare_days`."""
    narrow = narrow or (lambda rows: rows)
    before, after = _places(narrow(items_on(since))), _places(narrow(items_on(until)))
    old, new = _Reader(since), _Reader(until)
    for event in _fetch(pk for item, pk in after.items() if item not in before):
        yield "added", new(event)
    # Item by item the row of the later day, where another one stood before.
    moved = {pk: before[item] for item, pk in after.items() if before.get(item, pk) != pk}
    waiting = iter(moved)
    while batch := list(islice(waiting, _BATCH)):
        olds = {event.pgh_obj_id: old(event) for event in _fetch(moved[pk] for pk in batch)}
        for change in pair(olds, map(new, _fetch(batch))):
            yield "changed", change
    for event in _fetch(pk for item, pk in before.items() if item not in after):
        yield "retired", old(event)


def _places(rows: QuerySet[Any]) -> dict[int, int]:
    """Item id -> id of its row, in the order of the table: a pair of numbers an item is all that is held."""
    return dict(rows.order_by(*_ORDER).values_list("pgh_obj_id", "pgh_id").iterator(chunk_size=_BATCH))


def _fetch(pks: Iterable[int]) -> Iterator[Any]:
    """The rows in the order given, a batch at a time."""
    waiting = iter(pks)
    while batch := list(islice(waiting, _BATCH)):
        rows = _events().in_bulk(batch)
        yield from (rows[pk] for pk in batch)


def compare_days(since: date, until: date, *, narrow: Narrow | None = None) -> Comparison:
    """The catalog on two days side by side: added, changed (old and new by cell), retired; matched by item.

    `narrow` filters the rows of each day, e.g. `lambda rows: rows.filter(field__slug="jiuye")`: rows are
    those of `items_on`, with the columns and foreign keys of an item. An item that moved between fields
    has left the one and come to the other when only one of them is looked at. For exports of everything
    use `stream_comparison`, which holds nothing. Raises ValueError where `since` lies after `until`.
    """
    if since > until:
        raise ValueError("since lies after until")
    result = Comparison(since, until)
    groups: dict[str, list[Any]] = {
        "added": result.added,
        "changed": result.changed,
        "retired": result.retired,
    }
    for kind, one in stream_comparison(since, until, narrow=narrow):
        groups[kind].append(one)
    return result


def drafts_at(versions: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Draft]:
    """What items said in these versions (item id, number). One query."""
    wanted = set(versions)
    fields = {row.pk: row for row in Field.objects.all()}
    found: dict[tuple[int, int], Draft] = {}
    rows = _events().filter(
        pgh_obj_id__in={pk for pk, _number in wanted}, version__in={number for _pk, number in wanted}
    )
    for event in rows.exclude(pgh_label="delete").order_by("pgh_id"):
        if (event.pgh_obj_id, event.version) in wanted:
            event.field = fields[event.field_id]
            found[event.pgh_obj_id, event.version] = draft_of(event)
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an item: when in force, who, why, and what it changed against the one before."""

    number: int
    in_force_from: date
    written_at: datetime
    author: str
    reason: str
    approver: str
    standing: Standing
    is_retired: bool
    changes: list[CellChange] = field(default_factory=list)


def versions_of(item: Item) -> list[Version]:
    """The newest `MOST_VERSIONS` versions of an item, newest first. A fixed number of queries."""
    rows = (
        _events()
        .filter(pgh_obj_id=item.pk)
        .exclude(pgh_label="delete")
        .annotate(written=TruncDate("pgh_created_at"))
        .select_related("changed_by", "pgh_context")
        .order_by("-pgh_id")
    )
    # Of each version its first row says when and why, its last one how it stood: moves come between.
    grouped: dict[int, list[Any]] = defaultdict(list)
    for event in rows.iterator(chunk_size=_BATCH):
        if event.version not in grouped and len(grouped) > MOST_VERSIONS:
            break
        grouped[event.version].append(event)
    read = _Reader(date.max)
    people = _approvers(events[-1] for events in grouped.values())
    found: list[Version] = []
    numbers = sorted(grouped, reverse=True)
    for number, earlier in zip(numbers, [*numbers[1:], None], strict=True):
        last, first = grouped[number][0], grouped[number][-1]
        standing = read(last)
        changes = difference(read(grouped[earlier][0]), standing) if earlier is not None else []
        found.append(
            Version(
                number=number,
                in_force_from=first.in_force_from or first.written,
                written_at=first.pgh_created_at,
                author=str(first.changed_by) if first.changed_by else "",
                reason=first.change_reason,
                approver=people.get(_approver_of(first), ""),
                standing=standing,
                is_retired=last.retired_on is not None,
                changes=changes,
            )
        )
    return found[:MOST_VERSIONS]


def _approver_of(event: Any) -> int:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return int(metadata.get("approved_by") or 0)


def _approvers(events: Iterable[Any]) -> dict[int, str]:
    pks = {pk for event in events if (pk := _approver_of(event))}
    return dict(User.objects.filter(pk__in=pks).values_list("pk", "full_name")) if pks else {}
