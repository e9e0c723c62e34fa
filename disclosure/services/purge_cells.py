"""The single cells of a purge: what of a row or an event is text, and what takes its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from disclosure.services.attachments import is_in_use

SAID = "已清除"
TITLE = "（已封存清除）"
#: Columns of the shell that stay: what makes sure that neither number nor address is used a second time, and
#: that an archive does not bring the content back under its old number.
KEPT = frozenset(["index_number", "source_id"])


def emptied(row: Any, keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The texts of a row, emptied: what may not be empty says 已清除."""
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if column.name in keep or column.primary_key or column.unique or not value:
            continue
        if isinstance(column, models.FileField):
            values[column.attname] = ""
        elif isinstance(column, models.CharField | models.TextField) and not column.choices:
            # Who and when travel with a reason, by constraint.
            values[column.attname] = SAID if column.name.endswith("reason") else ""
        elif isinstance(column, ArrayField) and isinstance(column.base_field, models.CharField):
            values[column.attname] = value if column.base_field.choices else []
        elif isinstance(column, models.JSONField):
            values[column.attname] = type(value)() if isinstance(value, dict | list) else None
    return values


def blank(events: Any) -> dict[str, Any]:
    """The texts of any event of a history table, emptied; who, when and choices stay."""
    values: dict[str, Any] = {}
    for column in events._meta.concrete_fields:
        if column.name.startswith("pgh_") or column.name in KEPT:
            continue
        if isinstance(column, models.CharField | models.TextField) and not column.choices:
            values[column.attname] = "" if not column.null else None
        elif isinstance(column, models.FileField):
            values[column.attname] = ""
        elif isinstance(column, ArrayField) and isinstance(column.base_field, models.CharField):
            values[column.attname] = []
        elif isinstance(column, models.JSONField):
            values[column.attname] = {}
    return values


def files(row: Any) -> list[Any]:
    """The stored files of a row."""
    columns = [one for one in row._meta.concrete_fields if isinstance(one, models.FileField)]
    return [file for one in columns if (file := getattr(row, one.attname))]


def forget(storage: Any, name: str) -> None:
    """Delete a file that no row bears any more; several rows may have borne it."""
    if not is_in_use(name):
        storage.delete(name)


def patterns(words: Iterable[str]) -> list[str]:
    """Patterns of LIKE that find these words anywhere."""
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return [f"%{word}%" for word in escaped]
