"""Import and export of a large catalog: seconds, and peak memory above the idle process, against
django-import-export's row mode, and how both grow from few rows to many.

`run()` writes inside a transaction that it rolls back, so it may be called on any database.
"""

from __future__ import annotations

import ctypes
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 100_000
FEW = 10_000
# import-export saves row by row: its rate does not depend on how many there are.
_ROW_MODE = 2_000
_FIELDS = ("shehui-jiuzhu", "yanglao-fuwu", "jiuye", "yiwu-jiaoyu")
_BASIS = (
    "【行政法规】《中华人民共和国政府信息公开条例》（国务院令第711号）\n"
    "【规范性文件】《社会救助暂行办法》（国务院令第649号）"
)


def run(rows: int = ROWS, few: int = FEW) -> dict[str, Any]:
    """Figures of `few` rows and of `rows` of them, and the ratios; ready for JSON."""
    small, large = _measure(few), _measure(rows)
    growth = {
        # 1.0 is linear.
        name: round(large[name]["seconds"] / small[name]["seconds"] / (rows / few), 2)
        for name in ("import_new", "import_unchanged", "export")
    }
    return {
        "few": small,
        "many": large,
        "growth": growth,
        "times_row_mode": round(large["import_rows_per_second"] / large["row_mode_rows_per_second"], 1),
    }


def _measure(rows: int) -> dict[str, Any]:
    """Time writing, reading, planning and applying `rows` items."""
    from django.db import transaction
    from row_mode import rows_per_second

    from agencies.models import Agency
    from catalog.exchange.exports import export_to
    from catalog.exchange.imports import apply, read_and_plan
    from catalog.models import Item

    figures: dict[str, Any] = {"rows": rows}
    with tempfile.TemporaryDirectory(prefix="bench-catalog-") as folder, transaction.atomic():
        source, out = Path(folder) / "source.xlsx", Path(folder) / "out.xlsx"
        figures["write_workbook"] = _measured(lambda: _write_source(source, rows))
        agency = Agency.objects.create(
            code="bench-catalog",
            path="county/bench-catalog/",
            kind="department",
            name="测速单位",
            parent=Agency.objects.get(code="county"),
        )

        def load() -> None:
            read = read_and_plan(source, agency=agency)
            if read.result.errors:
                raise AssertionError(read.result.errors[:3])
            apply(read, agency=agency, file_name=source.name, by=None)

        figures["import_new"] = _measured(load)
        figures["import_rows_per_second"] = round(rows / figures["import_new"]["seconds"], 1)
        items = Item.objects.filter(agency=agency)
        if items.count() != rows:
            raise AssertionError(f"{items.count()} items instead of {rows}")
        compared = min(rows, _ROW_MODE)
        figures["row_mode_rows_per_second"] = rows_per_second(Path(folder), agency, items, compared)
        Item.objects.filter(code__startswith="row-mode-").delete()
        figures["export"] = _measured(lambda: export_to(items, out))
        figures["import_unchanged"] = _measured(lambda: _unchanged(out, agency, rows))
        figures["file_bytes"] = out.stat().st_size
        transaction.set_rollback(True)
    return figures


def _unchanged(path: Path, agency: Any, rows: int) -> None:
    from catalog.exchange.imports import read_and_plan

    counts = read_and_plan(path, agency=agency).counts
    if counts["unchanged"] != rows:
        raise AssertionError(counts)


def _write_source(path: Path, rows: int) -> None:
    from catalog.channels import STANDARD_CHANNELS
    from catalog.drafts import ChannelUse, Draft
    from catalog.exchange.imports import known_fields
    from catalog.exchange.layout import TableSpec
    from catalog.exchange.writer import Table, write_xlsx

    names = known_fields().by_slug
    tables = []
    for number, slug in enumerate(_FIELDS, start=1):
        spec = TableSpec(names[slug].name, number, levels=2, has_tiers=True)
        drafts = [
            Draft(
                levels=[f"一级事项第{index // 8}组", f"二级事项第{index}项"],
                content=f"1.第{index}项的办理条件\n2.申请材料、办理流程和办理时限\n3.咨询电话和办理地点",
                basis=_BASIS,
                time_limit="信息形成或者变更之日起20个工作日内",
                subject="测速单位、各乡镇人民政府",
                channels=[
                    ChannelUse(name, "required" if i % 3 == 0 else "optional")
                    for i, name in enumerate(STANDARD_CHANNELS)
                ],
                audience=["全社会"],
                manner=["主动公开"],
                tiers=["县级", "乡级"],
            )
            for index in range(number - 1, rows, len(_FIELDS))
        ]
        tables.append(Table(spec, lambda drafts=drafts: drafts))
    with path.open("wb") as target:
        write_xlsx(target, tables)


def _measured(work: Callable[[], Any]) -> dict[str, float]:
    before = _reset_peak()
    start = time.perf_counter()
    work()
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb_above_idle": round(max(0.0, _peak_mb() - before), 1),
    }


def _reset_peak() -> float:
    """Set the kernel's mark of peak memory back (Linux); returns the memory in use, in MB."""
    gc.collect()
    try:
        # What earlier work freed goes back first, or later work would hide in it and read 0.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak_mb()
    return _status_mb("VmRSS")


def _peak_mb() -> float:
    try:
        return _status_mb("VmHWM")
    except OSError:
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _status_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(run(*(int(argument) for argument in sys.argv[1:])), ensure_ascii=False))
