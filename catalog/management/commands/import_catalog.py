"""`manage.py import_catalog FILE`: official Excel in, as the catalog of one agency (DESIGN)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agencies.models import Agency
from catalog.exchange.imports import UnknownField, apply, read_and_plan


class Command(BaseCommand):
    """Import a catalog; JSON alone on standard output, exit 1 and nothing written where there is an error."""

    help = "导入政务公开标准目录（.xlsx 或 .csv）。有错误时不写入任何内容，退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments of DESIGN's command table."""
        parser.add_argument("file", type=Path, help="目录文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查、不写入")
        parser.add_argument("--items", action="store_true", help="同时输出读到的全部事项")
        parser.add_argument(
            "--agency",
            default=None,
            help="目录所属单位的代码；不写时归 county，表题写明其他单位的表归那个单位",
        )
        parser.add_argument(
            "--field", default=None, help="领域的地址名；表题和工作表名称看不出领域时由它决定"
        )
        parser.add_argument(
            "--marks",
            choices=["required", "chosen"],
            default=None,
            help="■□ 的含义：required = 必选/可选，chosen = 已选/未选",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan, and — without errors and without --dry-run — write."""
        path: Path = options["file"]
        by_caption = options["agency"] is None
        agency = Agency.objects.filter(code=options["agency"] or "county").first()
        if agency is None:
            raise CommandError(f"没有代码为「{options['agency']}」的单位。")
        if not path.is_file():
            raise CommandError(f"找不到文件 {path}。")
        try:
            read = read_and_plan(
                path,
                agency=agency,
                by_caption=by_caption,
                field_slug=options["field"],
                marks=options["marks"],
            )
        except UnknownField as error:
            raise CommandError(str(error)) from error
        if read.ok and not options["dry_run"]:
            apply(read, agency=agency, file_name=path.name, by=None, by_caption=by_caption)
        self.stdout.write(json.dumps(read.report(items=options["items"]), ensure_ascii=False))
        if read.result.errors:
            self.stderr.write(f"有 {len(read.result.errors)} 处错误，未写入任何内容。")
            sys.exit(1)
