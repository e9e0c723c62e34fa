"""manage.py with a database: joins the embedded server for the life of the command, where none is named."""

import os
import sys
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
    from django.core.management import execute_from_command_line

    if not needs_embedded_server(arguments):
        execute_from_command_line(arguments)
        return 0
    from portal.database.embedded import ensure_running

    try:
        hold = ensure_running(data_dir())
    except DatabaseUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    with hold:
        # Children (the autoreloader, a test runner's workers) find the server through the same variable.
        os.environ["DATABASE_URL"] = hold.url
        execute_from_command_line(arguments)
    return 0


def needs_embedded_server(arguments: list[str]) -> bool:
    """Whether this command line wants a database that nobody has named."""
    if os.environ.get("DATABASE_URL") or os.environ.get("MODE") == "production":
        return False
    words = arguments[1:]
    command = next((word for word in words if not word.startswith("-")), "")
    return command not in WITHOUT_DATABASE and not {"-h", "--help", "--version"} & set(words)
