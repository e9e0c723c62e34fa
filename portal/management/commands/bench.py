"""`manage.py bench [NAME…]`: runs the benches in a database of its own and prints one JSON object."""

import importlib.util
import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

Bench = Callable[[], dict[str, Any]]


class Command(BaseCommand):
    """Figures of the benches with their ratios; JSON on standard output, progress on standard error."""

    help = "性能测量:在用完即弃的数据库里运行 tests/bench 下的测量,打印 JSON。可写名称只做几项。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the names of benches; none means all."""
        parser.add_argument("name", nargs="*", help="测量的名称,例如 search;不写则全部")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the database, run the benches one after another, drop the database."""
        paths = {path.stem.removeprefix("bench_"): path for path in sorted(_folder().glob("bench_*.py"))}
        if unknown := [name for name in options["name"] if name not in paths]:
            raise CommandError(f"没有「{'、'.join(unknown)}」这项测量。可用的有:{'、'.join(paths)}。")
        chosen = options["name"] or list(paths)
        kept = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        figures: dict[str, Any] = {}
        try:
            for name in chosen:
                self.stderr.write(f"{name}……", ending="")
                self.stderr.flush()
                began = time.monotonic()
                figures[name] = _load(paths[name])()
                self.stderr.write(f" {time.monotonic() - began:.0f} 秒")
        finally:
            connection.creation.destroy_test_db(kept, verbosity=0)
        self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "tests" / "bench"


def _load(path: Path) -> Bench:
    """Return the `run` of a bench. It is a script beside the tests, not a module of this project."""
    # The benches share modules of their folder. `tests` itself is no package: another one bears that name.
    if os.fspath(path.parent) not in sys.path:
        sys.path.insert(0, os.fspath(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"读不了 {path.name}。")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles of a bench look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    run: Bench = module.run
    return run
