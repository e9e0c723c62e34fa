"""A throw-away embedded server for a test run; `tests/conftest.py` calls `start`."""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from portal.database.embedded import Hold, ensure_running

# Nothing here needs to survive a power cut. Each connection of a browser keeps one of the test's server.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def start() -> Hold | None:
    """Start a server of this run's own where DATABASE_URL names none, and name it there.

    Under xdist the controller comes here first and its workers inherit the variable. The server ends with
    the process, or with `release()`; its folder goes too, even if the run is killed.
    """
    if os.environ.get("DATABASE_URL"):
        return None
    folder = Path(tempfile.mkdtemp(prefix="open-affairs-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    hold = ensure_running(folder, OPTIONS, durable=False, throw_away=True)
    os.environ["DATABASE_URL"] = hold.url
    return hold


#: Names the database that `deploy.check` has migrated; each worker of a test run copies it.
TEMPLATE = "TEST_TEMPLATE"


def beside(url: str, name: str) -> str:
    """The address of the database `name` on the server of `url`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def create(url: str, name: str, *, template: str | None = None) -> None:
    """Create the database `name` anew on the server of `url`, empty or as a copy of `template`."""
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        made += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    drop(url, name)
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
        connection.execute(made)


def drop(url: str, name: str) -> None:
    """Drop the database `name`, if it is there."""
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
