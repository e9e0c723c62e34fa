"""Reference data: the 26 fields (领域), and the catalogs that are one field each.

Put there by `post_migrate`, idempotent: what is there already stays as people have changed it.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from catalog.models import Field, FieldAlias
from catalog.states import CatalogKind

_REFERENCE = Path(__file__).parent / "reference"
_FIELDS = _REFERENCE / "fields.csv"
#: 主动公开基本目录 (条例 12条) and 村（居）务公开基本目录: each a catalog of its own, kept as one field.
_CATALOGS = _REFERENCE / "catalogs.csv"
#: Behind the 26 and behind those that a county adds.
_FIRST_ORDER_OF_CATALOGS = 9001


def plant_fields(**kwargs: Any) -> None:
    """Add the fields of 国办发〔2019〕54号 and the other catalogs that are not there."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return  # The tables are those of an older state, which the models of today do not know.
    _plant(_FIELDS, first_order=1)
    _plant(_CATALOGS, first_order=_FIRST_ORDER_OF_CATALOGS)


def _plant(path: Path, *, first_order: int) -> None:
    present = set(Field.objects.values_list("slug", flat=True))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for order, row in enumerate(rows, start=first_order):
        if row["slug"] in present:
            continue
        catalog = row.get("catalog", CatalogKind.STANDARD)
        field = Field.objects.create(slug=row["slug"], name=row["name"], catalog=catalog, order=order)
        FieldAlias.objects.bulk_create(
            FieldAlias(field=field, name=name) for name in row["aliases"].split(";") if name
        )
