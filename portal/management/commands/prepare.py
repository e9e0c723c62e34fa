"""`manage.py prepare`: brings an installation to the state that the code expects."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from portal import preparing


class Command(BaseCommand):
    """Migrations, the demo county on an empty database, the search index, the static files."""

    help = "做好运行前的准备:数据库结构、示例县(仅空库)、检索索引、静态文件。做过的不重做。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step, with its name, its outcome and its time on standard error."""
        steps = preparing.steps()
        for number, step in enumerate(steps, start=1):
            self.stderr.write(f"[{number}/{len(steps)}] {step.name}……")
            self.stderr.flush()
            began = time.monotonic()
            outcome = step.run()
            self.stderr.write(f"      {outcome}({time.monotonic() - began:.1f} 秒)")
        preparing.finished()
