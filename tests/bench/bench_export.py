"""Export of a large catalog to the official layout: seconds and peak memory above the idle process, against
XlsxWriter's constant-memory writer on the very same cells and against django-import-export's own export.

`run()` writes inside a transaction that it rolls back, so it may be called on any database.
"""

from __future__ import annotations

import json
import pickle
import statistics
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bench_catalog import _measured

ROWS = 100_000
FEW = 10_000
REPEATS = 3
_FIELDS = ("shehui-jiuzhu", "yanglao-fuwu", "jiuye", "yiwu-jiaoyu")
_BASIS = (
    "【行政法规】《中华人民共和国政府信息公开条例》（国务院令第711号）\n"
    "【规范性文件】《社会救助暂行办法》（国务院令第649号）"
)


def run(rows: int = ROWS, few: int = FEW, repeats: int = REPEATS) -> dict[str, Any]:
    """Figures ready for JSON: medians of `repeats`, and the ratios that the issue asks for."""
    from django.db import transaction

    from agencies.models import Agency
    from catalog.models import Item

    figures: dict[str, Any] = {"rows": rows, "few": few}
    with tempfile.TemporaryDirectory(prefix="bench-export-") as folder, transaction.atomic():
        agency = Agency.objects.create(
            code="bench-export",
            path="county/bench-export/",
            kind="department",
            name="测速单位",
            parent=Agency.objects.get(code="county"),
        )
        _make_items(agency, rows)
        items = Item.objects.filter(agency=agency)
        out = Path(folder) / "out.xlsx"
        for name, chosen in (("few", items.filter(position__lt=few)), ("many", items)):
            figures[f"export_{name}"] = _median(lambda chosen=chosen: _export(chosen, out), repeats)
        figures["file_mb"] = round(out.stat().st_size / 1024 / 1024, 1)
        cells = Path(folder) / "cells.pickle"
        _keep_cells(items, cells)
        reading = _median(lambda: sum(1 for _row in _cells(cells)), 1)
        figures["xlsxwriter_same_cells"] = _median(lambda: _by_xlsxwriter(cells, out), repeats)
        figures["xlsxwriter_same_cells"]["seconds"] -= reading["seconds"]
        figures["import_export"] = _median(lambda: _by_import_export(items, out), 1)
        transaction.set_rollback(True)
    seconds = {name: value["seconds"] for name, value in figures.items() if isinstance(value, dict)}
    figures["ratio_to_xlsxwriter"] = round(seconds["export_many"] / seconds["xlsxwriter_same_cells"], 2)
    figures["times_import_export"] = round(seconds["import_export"] / seconds["export_many"], 1)
    # 1.0 is linear.
    figures["growth"] = round(seconds["export_many"] / seconds["export_few"] / (rows / few), 2)
    return figures


def _median(work: Any, repeats: int) -> dict[str, float]:
    found = [_measured(work) for _ in range(repeats)]
    return {
        "seconds": round(statistics.median(one["seconds"] for one in found), 2),
        "peak_mb_above_idle": max(one["peak_mb_above_idle"] for one in found),
    }


def _make_items(agency: Any, rows: int) -> None:
    from django.db import connection

    from catalog.channels import STANDARD_CHANNELS
    from catalog.models import Field, Item

    fields = [Field.objects.get(slug=slug) for slug in _FIELDS]
    channels = [
        {"name": name, "mark": "required" if index % 3 == 0 else "optional"}
        for index, name in enumerate(STANDARD_CHANNELS)
    ]

    def made() -> Iterator[Any]:
        for index in range(rows):
            yield Item(
                code=f"bench-{index}",
                agency=agency,
                field=fields[index % len(fields)],
                position=index,
                levels=[f"一级事项第{index // 32}组", f"二级事项第{index}项"],
                content=f"1.第{index}项的办理条件\n2.申请材料、办理流程和办理时限\n3.咨询电话和办理地点",
                basis=_BASIS,
                time_limit="信息形成或者变更之日起20个工作日内",
                subject="测速单位、各乡镇人民政府",
                channels=channels,
                audience=["全社会"],
                manner=["主动公开"],
                tiers=["县级", "乡级"],
            )

    source = made()
    with connection.cursor() as cursor:
        # History and search hang on triggers: none of what is measured here.
        cursor.execute("SET LOCAL session_replication_role = replica")
        while batch := list(islice(source, 2000)):
            Item.objects.bulk_create(batch)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE catalog_item")


def _export(items: Any, out: Path) -> None:
    from catalog.exchange.exports import export_to

    export_to(items, out)


def _keep_cells(items: Any, path: Path) -> None:
    """The texts of every cell, row by row, a marker between the sheets."""
    from catalog.exchange.layout import captions
    from catalog.exchange.tables import tables_of

    with path.open("wb") as target:
        for table in tables_of(items):
            columns = table.spec.columns()
            pickle.dump(None, target)
            for texts in ([table.spec.caption], [table.spec.legend], *captions(columns)):
                pickle.dump(texts, target)
            for draft in table.drafts():
                pickle.dump([column.text(draft) for column in columns], target)


def _cells(path: Path) -> Iterator[Any]:
    with path.open("rb") as source:
        while True:
            try:
                yield pickle.load(source)  # noqa: S301
            except EOFError:
                return


def _by_xlsxwriter(cells: Path, out: Path) -> None:
    """What anybody would write with XlsxWriter: a bordered text in every cell, nothing else."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(out), {"constant_memory": True})
    style = book.add_format({"border": 1, "text_wrap": True})
    sheet, row = None, 0
    for texts in _cells(cells):
        if texts is None:
            sheet, row = book.add_worksheet(), 0
            continue
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(row, column, text, style)
            else:
                sheet.write_blank(row, column, None, style)
        row += 1
    book.close()


def _by_import_export(items: Any, out: Path) -> None:
    from import_export import resources

    from catalog.models import Item

    class ItemResource(resources.ModelResource):
        class Meta:
            model = Item
            fields = (
                *("serial", "levels", "content", "basis", "time_limit", "subject", "channels", "audience"),
                *("manner", "tiers", "telephone"),
            )

    out.write_bytes(ItemResource().export(items).xlsx)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(run(*(int(argument) for argument in sys.argv[1:])), ensure_ascii=False))
