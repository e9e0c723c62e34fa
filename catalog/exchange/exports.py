"""The catalog out of the database: official .xlsx, .csv or .json of any queryset of items, streamed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Literal, cast

from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.drafts import Draft
from catalog.models import Field, Item
from catalog.services import draft_of

from .layout import TableSpec
from .writer import Table, encoded_text, write_csv, write_json, write_xlsx

Format = Literal["xlsx", "csv", "json"]
FORMATS: dict[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_BATCH = 2000


def items_on(day: date) -> QuerySet[Any]:
    """The catalog as it stood at the end of `day`: of each item the last version in its history. Rows are
    history events, which bear every column of an item."""
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    last = events.filter(pgh_created_at__lt=midnight).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    standing: QuerySet[Any] = (
        events.filter(pk__in=last.values("pgh_id"))
        .exclude(pgh_label="delete")
        .filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))
    )
    return standing


def tables_of(items: QuerySet[Any]) -> Iterator[Table]:
    """One table for every field and catalog among the items, in the order of the official list. Joins,
    annotations and order of the queryset do not matter: each item is printed once, in its place."""
    items = items.model._base_manager.filter(pk__in=items.order_by().values("pk"))
    keys = (
        items.order_by("field__order", "field__slug", "agency__order", "agency__code")
        .values_list("field_id", "agency_id", "agency__code", "agency__name")
        .distinct()
    )
    fields = {field.pk: field for field in Field.objects.all()}
    for field_id, agency_id, code, name in keys:
        field = fields[field_id]
        spec = TableSpec(field.name, field.order, owner="" if code == "county" else name)
        rows = items.filter(field_id=field_id, agency_id=agency_id).order_by("position", "pk")
        for draft in _drafts(rows, field):
            spec.note(draft)
        yield Table(spec, _Rows(rows, field))


class _Rows:
    """The items of a table, read anew for each pass: never all in memory."""

    def __init__(self, rows: QuerySet[Any], field: Field) -> None:
        self._rows, self._field = rows, field

    def __call__(self) -> Iterable[Draft]:
        return _drafts(self._rows, self._field)


def _drafts(rows: QuerySet[Any], field: Field) -> Iterator[Draft]:
    item: Item
    for item in rows.select_related(None).prefetch_related(None).iterator(chunk_size=_BATCH):
        item.field = field
        yield draft_of(item)


def write_items(items: QuerySet[Any], target: IO[bytes], kind: Format) -> int:
    """Write the items to a binary target; returns how many. The target stays open."""
    if kind == "xlsx":
        return write_xlsx(target, tables_of(items))
    # Excel takes a CSV for UTF-8 only where it begins with a BOM.
    text = encoded_text(target, "utf-8-sig" if kind == "csv" else "utf-8")
    written = (write_csv if kind == "csv" else write_json)(text, tables_of(items))
    text.flush()
    text.detach()
    return written


def export_items(items: QuerySet[Any], kind: Format = "xlsx") -> IO[bytes]:
    """The items in the official layout as a temporary file, at its beginning: hand it to FileResponse,
    which streams and closes it. It lies on disk, so that a large export costs no memory."""
    target = cast("IO[bytes]", tempfile.TemporaryFile(prefix="catalog-"))  # noqa: SIM115
    try:
        write_items(items, target, kind)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def export_to(items: QuerySet[Any], path: Path) -> int:
    """Write a file whose ending says its kind; whole or not at all. Raises ValueError for another ending."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(kind)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".export-", suffix=path.suffix, delete=False
    ) as target:
        temporary = Path(target.name)
        try:
            written = write_items(items, cast("IO[bytes]", target), cast("Format", kind))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o644)
    temporary.replace(path)
    return written
