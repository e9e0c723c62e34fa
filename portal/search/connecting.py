"""The connection that searches use: a copy of the database where there is one, and never for long.

A copy (streaming replication) lags behind. What it finds is asked of the database itself before it is shown:
a page that was withdrawn is gone with its own commit (ADR 5), copy or not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.db import OperationalError, connection, connections, transaction

#: Milliseconds that one statement of a search may take.
LIMIT = 2_000
#: The alias of a copy that is only read (`SEARCH_DATABASE_URL`).
REPLICA = "search"
#: Seconds for which a copy that did not answer is left alone.
PAUSE = 30
_SET = (
    "SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', %s, true), "
    "set_config('jit', %s, true)"
)
_asked_again_at = 0.0
logger = logging.getLogger(__name__)


class Cursor(Protocol):
    """What the search needs of a cursor."""

    def execute(self, sql: str, params: Any = None) -> Any:
        """Run a statement."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return one row."""


def alias() -> str:
    """Return the database that searches read now: the copy, unless there is none or it does not answer."""
    if REPLICA not in settings.DATABASES or time.monotonic() < _asked_again_at:
        return "default"
    try:
        connections[REPLICA].ensure_connection()
    except OperationalError:
        leave_alone()
        return "default"
    return REPLICA


def leave_alone() -> None:
    """Search in the database itself for a while: the copy did not answer."""
    global _asked_again_at
    _asked_again_at = time.monotonic() + PAUSE
    logger.warning("the copy of the database for searches does not answer; the database itself is asked")


@contextmanager
def bounded(using: str = "default") -> Iterator[Cursor]:
    """Yield a cursor whose statements end in time; they raise OperationalError when they would not.

    The whole table is never read, though a word that is everywhere tempts the planner; nothing is compiled.
    """
    # Within somebody else's transaction (a test's) the settings would outlive this search.
    outer = connections[using].in_atomic_block
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_SET, [str(LIMIT), "off", "off"])
        yield cursor
        if outer:
            cursor.execute(_SET, ["0", "on", "on"])


def still_public(keys: Collection[str], using: str) -> frozenset[str]:
    """Return those of the entries found in `using` that are public by the database itself."""
    if using == "default" or not keys:
        return frozenset(keys)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM search_entry WHERE key = ANY(%s) AND NOT hidden", [list(keys)])
        return frozenset(key for (key,) in cursor.fetchall())
