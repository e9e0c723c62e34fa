"""The catalog out of the database: official .xlsx, .csv or .json of any queryset of items, streamed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO, Any, Literal, cast

from django.conf import settings
from django.db.models import QuerySet

from catalog.history import items_on as items_on
from catalog.services.exports import state_mark

from .tables import Moved, tables_of
from .writer import encoded_text, write_csv, write_json, write_xlsx

Format = Literal["xlsx", "csv", "json"]
FORMATS: dict[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
Progress = Callable[[int], None]
_ATTEMPTS = 3


def is_long(items: QuerySet[Any]) -> bool:
    """Whether an export of these items is left to the worker (`CATALOG_EXPORT_AT_ONCE`: items)."""
    return bool(items.order_by()[settings.CATALOG_EXPORT_AT_ONCE :].exists())


def write_items(
    items: QuerySet[Any],
    target: IO[bytes],
    kind: Format,
    as_of: date | None = None,
    tell: Progress | None = None,
) -> int:
    """Write the items to a binary target that can be rewound; returns how many. The target stays open.

    What a table's columns must hold is asked before its rows are read: where somebody changed the catalog
    in between, everything is written anew. `tell` is told now and then how many items are written.
    """
    start = target.tell()
    for attempt in range(1, _ATTEMPTS + 1):
        mark = state_mark()
        target.seek(start)
        target.truncate()
        try:
            written = _write(items, target, kind, as_of, tell)
        except Moved:
            if attempt == _ATTEMPTS:
                raise
            continue
        if state_mark() == mark or attempt == _ATTEMPTS:
            break
    return written


def _write(
    items: QuerySet[Any], target: IO[bytes], kind: Format, as_of: date | None, tell: Progress | None
) -> int:
    tables = tables_of(items, as_of, tell)
    if kind == "xlsx":
        return write_xlsx(target, tables)
    # Excel takes a CSV for UTF-8 only where it begins with a BOM.
    text = encoded_text(target, "utf-8-sig" if kind == "csv" else "utf-8")
    written = (write_csv if kind == "csv" else write_json)(text, tables)
    text.flush()
    text.detach()
    return written


def export_items(items: QuerySet[Any], kind: Format = "xlsx", as_of: date | None = None) -> IO[bytes]:
    """The items in the official layout as a temporary file, at its beginning: hand it to FileResponse,
    which streams and closes it. It lies on disk, so that a large export costs no memory."""
    target = cast("IO[bytes]", tempfile.TemporaryFile(prefix="catalog-"))  # noqa: SIM115
    try:
        write_items(items, target, kind, as_of)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def export_to(items: QuerySet[Any], path: Path, as_of: date | None = None) -> int:
    """Write a file whose ending says its kind; whole or not at all. Raises ValueError for another ending."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(kind)
    return whole_file(path, lambda target: write_items(items, target, cast("Format", kind), as_of))


def whole_file(path: Path, write: Callable[[IO[bytes]], int]) -> int:
    """Write beside the path, then put in its place: a failure leaves what stood there."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".export-", suffix=path.suffix, delete=False
    ) as target:
        temporary = Path(target.name)
        try:
            written = write(cast("IO[bytes]", target))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o644)
    temporary.replace(path)
    return written
