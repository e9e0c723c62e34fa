"""What every connection says to PostgreSQL before its first statement."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def prepare(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let the history triggers find their setting `pgtrigger.ignore` (receiver of `connection_created`).

    django-pgtrigger's `_pgtrigger_should_ignore` reads it at every row, and where it was never set catches
    the error: an aborted subtransaction a row, at each of which PostgreSQL walks through all foreign keys
    that wait for the commit. The cost of a bulk write then grows with the square of its rows (an import of
    100,000 items: minutes instead of seconds). An empty list ignores nothing.
    """
    connection.connection.execute("SET pgtrigger.ignore = '{}'")
