"""`manage.py load_demo`: puts the invented county 青澜县 into an empty installation."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agencies.models import User
from disclosure.models import Document
from portal.demo.loading import CountyLoader


class Command(BaseCommand):
    """Load the demo county; JSON with the counts on standard output, progress on standard error."""

    help = "把示例县(青澜县)装入一个空库;库里已有文件或用户时不动它。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say why not."""
        if Document.objects.exists() or User.objects.exists():
            raise CommandError("库里已有文件或用户,示例县只装入空库。请换一个 DATA_DIR 或数据库再试。")
        counts = CountyLoader(lambda line: print(f"  {line}", file=sys.stderr)).load()
        self.stdout.write(json.dumps(counts))
