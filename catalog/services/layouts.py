"""The columns of an agency's own file: remembered when what it says is written into the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.layouts import FileLayout, to_json
from catalog.models import CatalogLayout, Field


def as_stored(layouts: Iterable[tuple[int, FileLayout]], fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """The layouts of a plan as plain data: `agency` and `field` (ids), `columns`, `marks`. Those of fields
    that are not among `fields` are left out."""
    return [
        {
            "agency": agency_id,
            "field": fields[layout.field_slug].pk,
            "columns": to_json(layout.columns),
            "marks": layout.marks,
        }
        for agency_id, layout in layouts
        if layout.field_slug in fields
    ]


def keep_layouts(stored: Sequence[Mapping[str, Any]]) -> None:
    """Remember columns, one row for each catalog; the same ones again are no change."""
    rows = CatalogLayout.objects.filter(agency__in={entry["agency"] for entry in stored})
    kept = {(row.agency_id, row.field_id): row for row in rows}
    for entry in stored:
        key = entry["agency"], entry["field"]
        row = kept.get(key) or CatalogLayout(agency_id=key[0], field_id=key[1])
        if row.pk is None or (row.columns, row.marks) != (entry["columns"], entry["marks"]):
            row.columns, row.marks = entry["columns"], entry["marks"]
            row.save()
            kept[key] = row
