"""manage.py with a database: joins the embedded server for the life of the command, where none is named."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.database.errors import DatabaseUnavailableError

PROJECT = Path(__file__).resolve().parents[2]
# Commands that never connect, and `serve`, which looks after the database by itself.
WITHOUT_DATABASE = {
    "",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "serve",
    "startapp",
    "startproject",
    "version",
}


def data_dir() -> Path:
    """DATA_DIR as the settings read it: from the environment, else `var/` in the project."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / "var").absolute()


def run(arguments: list[str]) -> int:
    """Run one management command; answers the exit code. A missing database is one sentence."""
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        print("依赖还没有安装;请先运行 make run(或用 .venv/bin/python manage.py …)。", file=sys.stderr)
        return 1
    try:
        with _database(arguments):
            execute_from_command_line(arguments)
    except (DatabaseUnavailableError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def _database(arguments: list[str]) -> Iterator[None]:
    """The embedded server for the life of the command, where it is wanted."""
    if not needs_embedded_server(arguments):
        yield
        return
    from portal.database.embedded import ensure_running

    with ensure_running(data_dir()) as hold:
        # Children (the autoreloader, a test runner's workers) find the server through the same variable.
        os.environ["DATABASE_URL"] = hold.url
        yield


def needs_embedded_server(arguments: list[str]) -> bool:
    """Whether this command line wants a database that nobody has named."""
    if os.environ.get("DATABASE_URL") or os.environ.get("MODE") == "production":
        return False
    words = arguments[1:]
    command = next((word for word in words if not word.startswith("-")), "")
    return command not in WITHOUT_DATABASE and not {"-h", "--help", "--version"} & set(words)
