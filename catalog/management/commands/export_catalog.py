"""`manage.py export_catalog OUT.xlsx·.csv·.json`: the catalog out, in the official layout (DESIGN)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agencies.models import Agency
from catalog.exchange.exports import FORMATS, export_to
from catalog.history import items_on
from catalog.models import Field, Item


class Command(BaseCommand):
    """Export the catalog; prints `{"file", "items"}`."""

    help = "导出政务公开标准目录：.xlsx 为国家规定版式，另有 .csv 和 .json。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments of DESIGN's command table."""
        parser.add_argument("out", type=Path, help="输出文件，以 .xlsx、.csv 或 .json 结尾")
        parser.add_argument("--field", default=None, help="只导出一个领域（地址名）")
        parser.add_argument("--agency", default=None, help="只导出一个单位的目录（代码）；默认全部")
        parser.add_argument(
            "--on", type=date.fromisoformat, default=None, help="按这一天有效的目录导出（YYYY-MM-DD）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file whole, or say why not."""
        out: Path = options["out"]
        if out.suffix.lower().removeprefix(".") not in FORMATS:
            raise CommandError("输出文件应以 .xlsx、.csv 或 .json 结尾。")
        if not out.parent.is_dir():
            raise CommandError(f"文件夹 {out.parent} 不存在。")
        items = Item.objects.published()
        if options["on"]:
            items = self._on(options["on"])
        if options["field"]:
            if not Field.objects.filter(slug=options["field"]).exists():
                raise CommandError(f"没有地址名为“{options['field']}”的领域。")
            items = items.filter(field__slug=options["field"])
        if options["agency"]:
            if not Agency.objects.filter(code=options["agency"]).exists():
                raise CommandError(f"没有代码为“{options['agency']}”的单位。")
            items = items.filter(agency__code=options["agency"])
        count = export_to(items, out)
        self.stdout.write(json.dumps({"file": str(out), "items": count}, ensure_ascii=False))

    def _on(self, day: date) -> Any:
        if day > timezone.localdate():
            raise CommandError("--on 不能晚于今天。")
        return items_on(day)
