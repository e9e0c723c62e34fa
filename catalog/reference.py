"""Reference data: the 26 fields (领域) and their aliases, put there by `post_migrate`, idempotent."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from catalog.models import Field, FieldAlias

_FIELDS = Path(__file__).parent / "reference" / "fields.csv"


def plant_fields(**kwargs: Any) -> None:
    """Add the fields of 国办发〔2019〕54号 that are not there; leave what people have changed."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return  # The tables are those of an older state, which the models of today do not know.
    present = {field.slug: field for field in Field.objects.all()}
    with _FIELDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for order, row in enumerate(rows, start=1):
        if row["slug"] in present:
            continue
        field = Field.objects.create(slug=row["slug"], name=row["name"], order=order)
        FieldAlias.objects.bulk_create(
            FieldAlias(field=field, name=name) for name in row["aliases"].split(";") if name
        )
