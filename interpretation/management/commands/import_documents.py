"""`manage.py import_documents FILE.jsonl [--dry-run] [--publish] [--agency CODE]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from agencies.models import Agency
from interpretation.exchange import Report, import_archive
from interpretation.exchange.records import Message


class Command(BaseCommand):
    """Import documents and interpretations from a JSONL archive; prints its report as JSON."""

    help = "导入文件和解读（JSONL，每行一条）。报告以 JSON 打印；有错误时什么都不写入，退出码 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments: promises to scripts, do not rename (DESIGN, Addresses that stay)."""
        parser.add_argument("file", metavar="FILE.jsonl")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--publish", action="store_true", help="这批内容已经公开过，导入即公开")
        parser.add_argument(
            "--agency", default="county", metavar="CODE", help="归属单位的代码（默认 county）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, print the report, and exit with 1 when there is an error."""
        report = self._import(options)
        self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        if report.errors:
            raise SystemExit(1)

    def _import(self, options: dict[str, Any]) -> Report:
        agency = Agency.objects.filter(code=options["agency"]).first()
        if agency is None:
            message = f"没有代码为「{options['agency']}」的单位，请先在后台建立。"
            return Report(errors=[Message(0, "", "agency", message)])
        try:
            with Path(options["file"]).open("rb") as file:
                return import_archive(
                    file, agency=agency, publish=options["publish"], dry_run=options["dry_run"]
                )
        except OSError as error:
            message = f"打不开文件「{options['file']}」({error.strerror}),请核对路径。"
            return Report(errors=[Message(0, "", "file", message)])
