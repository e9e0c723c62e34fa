"""The living catalog at size: coverage reckoned anew, laws recognised behind bases, two days compared as a
book. Seconds and peak memory above the idle process, and how each grows from few items to many.

`run()` writes inside a transaction that it rolls back, so it may be called on any database.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench_catalog import _measured
from bench_export import _make_items

ROWS = 100_000
FEW = 10_000
_LAWS = 900
_SINCE, _UNTIL = date(2026, 2, 1), date(2026, 4, 1)
_TIMED = ("coverage_first", "coverage_nightly", "link_laws", "difference")


def run(rows: int = ROWS, few: int = FEW) -> dict[str, Any]:
    """Figures of `few` items and of `rows` of them, and their growth; ready for JSON."""
    small, large = _measure(few), _measure(rows)
    # 1.0 is linear.
    growth = {
        name: round(large[name]["seconds"] / max(small[name]["seconds"], 0.01) / (rows / few), 2)
        for name in _TIMED
    }
    return {"few": small, "many": large, "growth": growth}


def _measure(rows: int) -> dict[str, Any]:
    from django.db import transaction

    from agencies.models import Agency
    from catalog.models import Basis, Item
    from catalog.services.laws import link_unlinked_bases
    from disclosure import services

    figures: dict[str, Any] = _Told(rows=rows)
    with tempfile.TemporaryDirectory(prefix="bench-living-") as folder, transaction.atomic():
        agency = Agency.objects.create(
            code="bench-living",
            path="county/bench-living/",
            kind="department",
            name="测速单位",
            parent=Agency.objects.get(code="county"),
        )
        _make_items(agency, rows)
        items = Item.objects.filter(agency=agency)
        keys = list(items.values_list("pk", flat=True))
        figures["coverage_first"] = _counted(lambda: services.refresh_stale(items), rows)
        figures["coverage_nightly"] = _measured(lambda: services.recompute_coverage(keys))
        figures["coverage_nothing_due"] = _counted(lambda: services.refresh_stale(items), 0)
        _make_bases(keys)
        figures["link_laws"] = _counted(link_unlinked_bases, 2 * rows)
        if Basis.objects.filter(item__in=keys[:50], law=None).exists():
            raise AssertionError("a basis without its law")
        _make_history(agency.pk)
        out = Path(folder) / "difference.xlsx"
        counts: dict[str, int] = {}
        figures["difference"] = _measured(lambda: counts.update(_difference(out, agency.pk)))
        figures["difference"] |= counts
        figures["difference"]["file_mb"] = round(out.stat().st_size / 1024 / 1024, 1)
        transaction.set_rollback(True)
    return figures


class _Told(dict[str, Any]):
    """Figures that are said on standard error as they come: a large run takes many minutes."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        print(self["rows"], name, value, file=sys.stderr, flush=True)


def _counted(work: Callable[[], int], expected: int) -> dict[str, float]:
    found: list[int] = []
    figures = _measured(lambda: found.append(work()))
    if found != [expected]:
        raise AssertionError(f"{found} instead of {expected}")
    return figures


def _make_bases(keys: list[int]) -> None:
    """Two bases an item, over some hundred laws: titles as the splitter leaves them, not yet recognised."""
    from catalog.models import Basis

    rows = (
        Basis(
            item_id=key,
            position=position,
            category="规范性文件",
            title=f"第{(index * 7 + position) % _LAWS}项民生保障工作管理办法",
            number=f"青政发〔2020〕{(index * 7 + position) % _LAWS + 1}号",
            text="《办法》",
        )
        for index, key in enumerate(keys)
        for position in range(2)
    )
    while batch := list(islice(rows, 5000)):
        Basis.objects.bulk_create(batch)


def _make_history(agency_id: int) -> None:
    """Versions of two days past the triggers: of ten items one comes, one goes, three change."""
    from django.db import connection

    from catalog.models import Item

    event: Any = Item.pgh_event_model  # type: ignore[attr-defined]
    kept = [f.column for f in event._meta.concrete_fields if not f.column.startswith("pgh_")]
    first, second = _SINCE - timedelta(days=9), _UNTIL - timedelta(days=9)

    def write(label: str, day: date, which: str, changes: dict[str, str]) -> None:
        columns = ", ".join(connection.ops.quote_name(name) for name in kept)
        values = ", ".join(changes.get(name, connection.ops.quote_name(name)) for name in kept)
        cursor.execute(
            f"INSERT INTO {event._meta.db_table} (pgh_created_at, pgh_label, pgh_obj_id, {columns}) "
            f"SELECT %s, %s, id, {values} FROM {Item._meta.db_table} WHERE agency_id = %s AND {which}",
            [f"{day} 02:00+00", label, agency_id],
        )

    with connection.cursor() as cursor:
        began, later = f"DATE '{first}'", f"DATE '{second}'"
        write("insert", first, "position %% 10 <> 0", {"in_force_from": began, "version": "1"})
        write("insert", second, "position %% 10 = 0", {"in_force_from": later, "version": "1"})
        changed = {"in_force_from": later, "version": "2", "content": "content || '（已修改）'"}
        write("update", second, "position %% 10 BETWEEN 1 AND 3", {**changed, "time_limit": "'实时公开'"})
        write("update", second, "position %% 10 = 4", {**changed, "retired_on": later})
        cursor.execute(f"ANALYZE {event._meta.db_table}")


def _difference(out: Path, agency_id: int) -> dict[str, int]:
    from catalog.exchange.differences import write_difference

    with out.open("wb") as target:
        counts = write_difference(
            target, _SINCE, _UNTIL, narrow=lambda rows: rows.filter(agency_id=agency_id)
        )
    if not 0 < counts["added"] == counts["retired"] < counts["changed"]:
        raise AssertionError(counts)
    return counts


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(run(*(int(argument) for argument in sys.argv[1:])), ensure_ascii=False))
