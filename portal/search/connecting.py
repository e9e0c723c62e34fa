"""The connection that searches use: a copy of the database where there is one, and never for long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.db import connections, transaction

#: Milliseconds that one statement of a search may take.
LIMIT = 2_000
#: The alias of a copy that is only read (`SEARCH_DATABASE_URL`).
REPLICA = "search"
_SET = (
    "SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', %s, true), "
    "set_config('jit', %s, true)"
)


class Cursor(Protocol):
    """What the search needs of a cursor."""

    def execute(self, sql: str, params: Any = None) -> Any:
        """Run a statement."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return one row."""


def alias() -> str:
    """Return the database that searches read."""
    return REPLICA if REPLICA in settings.DATABASES else "default"


@contextmanager
def bounded() -> Iterator[Cursor]:
    """Yield a cursor whose statements end in time; they raise OperationalError when they would not.

    The whole table is never read, though a word that is everywhere tempts the planner; nothing is compiled.
    """
    using = alias()
    # Within somebody else's transaction (a test's) the settings would outlive this search.
    outer = connections[using].in_atomic_block
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_SET, [str(LIMIT), "off", "off"])
        yield cursor
        if outer:
            cursor.execute(_SET, ["0", "on", "on"])
