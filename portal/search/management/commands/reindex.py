"""`manage.py reindex [--verify] [--if-needed]`: rebuild the search index beside the live one, or check it."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.search import index


class Command(BaseCommand):
    """Rebuild or check the search index; JSON on standard output, progress on standard error."""

    help = "重建搜索索引(在旁边建好再换上);--verify 只核对不改动。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--verify` and `--if-needed`."""
        parser.add_argument("--verify", action="store_true", help="核对索引与已公开内容,有出入则退出码为 1")
        parser.add_argument("--if-needed", action="store_true", help="词典未变则什么也不做")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do as the options say."""
        if options["verify"]:
            differences = index.verify()
            self.stdout.write(json.dumps({"differences": differences}, ensure_ascii=False))
            if differences:
                sys.exit(1)
            return
        if options["if_needed"] and index.is_current():
            self.stdout.write(json.dumps({"rebuilt": False}))
            return
        done = index.rebuild(lambda count: print(f"已建 {count} 条", file=sys.stderr))
        self.stdout.write(json.dumps({"rebuilt": True, "entries": done}))
