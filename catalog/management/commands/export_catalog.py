"""`manage.py export_catalog OUT.xlsx·.csv·.json`: the catalog out, in the official layout (DESIGN)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agencies.models import Agency
from catalog.exchange.differences import write_difference
from catalog.exchange.exports import FORMATS, export_to, whole_file
from catalog.history import Narrow, items_on
from catalog.models import Field, Item


class Command(BaseCommand):
    """Export the catalog; prints `{"file", "items"}`, for a comparison also `added changed retired`."""

    help = "导出政务公开标准目录：.xlsx 为国家规定版式，另有 .csv 和 .json。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments of DESIGN's command table, and the two days of a comparison."""
        parser.add_argument("out", type=Path, help="输出文件，以 .xlsx、.csv 或 .json 结尾")
        parser.add_argument("--field", default=None, help="只导出一个领域（地址名）；默认全部领域，合成一册")
        parser.add_argument("--agency", default=None, help="只导出一个单位的目录（代码）；默认全部")
        for option, name, words in (
            ("--on", "on", "按这一天有效的目录导出（YYYY-MM-DD）"),
            ("--from", "since", "导出两天之间的变动：从这一天（YYYY-MM-DD）"),
            ("--to", "until", "到这一天（YYYY-MM-DD）；默认今天"),
        ):
            parser.add_argument(option, dest=name, type=date.fromisoformat, default=None, help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file whole, or say why not."""
        out: Path = options["out"]
        if out.suffix.lower().removeprefix(".") not in FORMATS:
            raise CommandError("输出文件应以 .xlsx、.csv 或 .json 结尾。")
        if not out.parent.is_dir():
            raise CommandError(f"文件夹 {out.parent} 不存在。")
        field, agency = options["field"], options["agency"]
        if field and not Field.objects.filter(slug=field).exists():
            raise CommandError(f"没有地址名为「{field}」的领域。")
        if agency and not Agency.objects.filter(code=agency).exists():
            raise CommandError(f"没有代码为「{agency}」的单位。")

        def narrow(rows: Any) -> Any:
            rows = rows.filter(field__slug=field) if field else rows
            return rows.filter(agency__code=agency) if agency else rows

        if options["since"] or options["until"]:
            result = self._difference(out, narrow, options)
        else:
            on: date | None = options["on"]
            items = narrow(items_on(self._past(on, "--on")) if on else Item.objects.published())
            result = {"items": export_to(items, out, on)}
        self.stdout.write(json.dumps({"file": str(out), **result}, ensure_ascii=False))

    def _difference(self, out: Path, narrow: Narrow, options: dict[str, Any]) -> dict[str, Any]:
        since, until = options["since"], options["until"] or timezone.localdate()
        if since is None or options["on"]:
            raise CommandError("比较两天请用 --from 和 --to，不要与 --on 同用。")
        if out.suffix.lower() != ".xlsx":
            raise CommandError("两天之间的变动只能写成 .xlsx 文件。")
        if self._past(since, "--from") > self._past(until, "--to"):
            raise CommandError("--from 不能晚于 --to。")
        counts: dict[str, int] = {}

        def write(target: IO[bytes]) -> int:
            counts.update(write_difference(target, since, until, narrow=narrow))
            return sum(counts.values())

        return {"items": whole_file(out, write), **counts}

    def _past(self, day: date, option: str) -> date:
        if day > timezone.localdate():
            raise CommandError(f"{option} 不能晚于今天。")
        return day
