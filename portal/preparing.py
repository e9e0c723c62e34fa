"""What must be done before an installation runs, and whether any of it is due.

`manage.py serve` asks `due()` at every start, which costs a tenth of a second, and runs `manage.py prepare`
only if the answer is yes.
"""

import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from portal.search import index

STAMP = "prepared.json"
# What reference data and migrations are made of; a change here makes `migrate` run again.
SOURCES = ("*.py", "*.json", "*.csv", "*.txt")
ROOMS = ("portal", "interpretation", "disclosure", "catalog", "agencies", "workdays", "fixtures")


@dataclass(frozen=True)
class Step:
    """One thing to bring about: `run` does it where needed and answers what it found, in a few words."""

    name: str
    run: Callable[[], str]


def steps() -> list[Step]:
    """All steps in order. The demo county is not for production."""
    demo = [] if settings.PRODUCTION else [Step("示例县", _load_demo)]
    return [
        Step("数据库结构", _migrate),
        *demo,
        Step("检索索引", _index),
        Step("静态文件", _collect_static),
    ]


def due() -> bool:
    """Whether `manage.py prepare` would find anything to do."""
    try:
        if _missing_migrations() or _stamp() != _wanted() or not index.is_current():
            return True
    except Error:
        return True
    finally:
        connection.close()
    return not (settings.STATIC_ROOT / ".stamp").is_file()


def finished() -> None:
    """Remember that everything was brought about, for this code and this database."""
    path = settings.DATA_DIR / STAMP
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_wanted()), "utf-8")


def _missing_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads((settings.DATA_DIR / STAMP).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp


def _wanted() -> dict[str, str]:
    return {"database": _database(), "sources": _digest(_source_state()), "static": _static_state()}


def _database() -> str:
    """Which database this is, wherever it answers: the embedded one moves its socket at every start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database "
            "WHERE datname = current_database()"
        )
        return "/".join(map(str, cursor.fetchone()))


def _source_state() -> Iterator[str]:
    for room in ROOMS:
        for pattern in SOURCES:
            for path in sorted((Path(settings.BASE_DIR) / room).rglob(pattern)):
                status = path.stat()
                yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}"


def _static_state() -> str:
    """A digest that changes when a static file is added, removed or written."""
    return _digest(
        f"{name}\0{storage.size(name)}\0{storage.get_modified_time(name).timestamp()}"
        for finder in get_finders()
        for name, storage in finder.list([])
    )


def _digest(lines: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _migrate() -> str:
    missing = _missing_migrations()
    call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    return "已更新" if missing else "已是最新"


def _load_demo() -> str:
    documents, users = apps.get_model("disclosure", "Document"), apps.get_model("agencies", "User")
    if documents.objects.exists() or users.objects.exists():
        return "库中已有数据,不载入"
    with transaction.atomic():  # Interrupted half-way it would look like data that somebody entered.
        call_command("load_demo", stdout=io.StringIO())
    return "已载入"


def _index() -> str:
    current = index.is_current()
    call_command("reindex", if_needed=True, stdout=io.StringIO())
    return "已是最新" if current else "已建立"


def _collect_static() -> str:
    stamp = settings.STATIC_ROOT / ".stamp"
    wanted = _static_state()
    if stamp.is_file() and stamp.read_text() == wanted:
        return "已是最新"
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, stdout=sys.stderr)
    stamp.write_text(wanted)
    return "已更新"
