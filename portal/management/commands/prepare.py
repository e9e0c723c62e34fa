"""`manage.py prepare`: brings an installation to the state that the code expects."""

import hashlib
import sys
import time
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrations, the demo county on an empty database, the search index, the static files."""

    help = "做好运行前的准备:数据库结构、示例县(仅空库)、检索索引、静态文件。做过的不重做。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step that is due, with its name and its time on standard error."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("数据库结构", self._migrate),
            ("示例县", self._load_demo),
            ("检索索引", self._index),
            ("静态文件", self._collect_static),
        ]
        for number, (name, step) in enumerate(steps, start=1):
            self.stderr.write(f"[{number}/{len(steps)}] {name}……", ending="")
            self.stderr.flush()
            began = time.monotonic()
            outcome = step()
            self.stderr.write(f" {outcome}({time.monotonic() - began:.1f} 秒)")

    def _migrate(self) -> str:
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
        return "已是最新"

    def _load_demo(self) -> str:
        documents, users = apps.get_model("disclosure", "Document"), apps.get_model("agencies", "User")
        if documents.objects.exists() or users.objects.exists():
            return "已有数据,保持不变"
        call_command("load_demo", stdout=sys.stderr)
        return "已载入"

    def _index(self) -> str:
        call_command("reindex", stdout=sys.stderr)
        return "已建立"

    def _collect_static(self) -> str:
        stamp = settings.STATIC_ROOT / ".stamp"
        wanted = _static_state()
        if stamp.is_file() and stamp.read_text() == wanted:
            return "没有变化"
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, stdout=sys.stderr)
        stamp.write_text(wanted)
        return "已更新"


def _static_state() -> str:
    """A digest that changes when a static file is added, removed or written."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            digest.update(
                f"{name}\0{storage.size(name)}\0{storage.get_modified_time(name).timestamp()}\n".encode()
            )
    return digest.hexdigest()
