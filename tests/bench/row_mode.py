"""django-import-export's own import, row by row, of the same items: what ours is measured against."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

_COLUMNS = ["code", "agency", "field", "position", "serial", "levels", "content", "basis", "time_limit",
            "subject", "channels", "audience", "manner", "tiers"]  # fmt: skip


def rows_per_second(folder: Path, agency: Any, items: Any, rows: int) -> float:
    """Write `rows` of the items to a flat workbook, import it into another catalog by import-export's row
    mode (tablib, one save a row), and say how many rows a second that took."""
    import tablib
    from import_export import fields, resources, widgets

    from catalog.models import Item

    class Listed(widgets.JSONWidget):  # type: ignore[misc]
        """Lists as JSON in one cell."""

    class ItemResource(resources.ModelResource):  # type: ignore[misc]
        """A flat row an item."""

        levels = fields.Field("levels", "levels", widget=Listed())
        channels = fields.Field("channels", "channels", widget=Listed())
        audience = fields.Field("audience", "audience", widget=Listed())
        manner = fields.Field("manner", "manner", widget=Listed())
        tiers = fields.Field("tiers", "tiers", widget=Listed())

        class Meta:
            model = Item
            fields = _COLUMNS
            import_id_fields = ["code"]
            skip_diff = True

    table = tablib.Dataset(headers=_COLUMNS)
    for item in items.order_by("pk")[:rows]:
        names = ("levels", "channels", "audience", "manner", "tiers")
        lists = [json.dumps(getattr(item, name)) for name in names]
        texts = [item.content, item.basis, item.time_limit, item.subject]
        head = [f"row-mode-{item.pk}", agency.pk, item.field_id, item.position, item.serial]
        table.append([*head, lists[0], *texts, *lists[1:]])
    path = folder / "flat.xlsx"
    path.write_bytes(table.export("xlsx"))
    start = time.perf_counter()
    with path.open("rb") as file:
        result = ItemResource().import_data(tablib.Dataset().load(file, "xlsx"), raise_errors=True)
    seconds = time.perf_counter() - start
    if result.totals["new"] != rows:
        raise AssertionError(result.totals)
    return round(rows / seconds, 1)
