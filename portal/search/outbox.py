"""After a write that touches a public thing: work off the outbox as soon as the transaction is through.

Django tells signals of single saves alone; this looks at the statements themselves, so bulk writes,
`update()` and raw SQL of this process are seen as well. What other programs write is left to the worker.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import UndefinedTable

logger = logging.getLogger(__name__)

_TOUCHES = re.compile(
    r'\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|MERGE\s+INTO|COPY)\s+(?:"?public"?\.)?"?'
    r"(?:disclosure_(?:document|attachment|topic)|interpretation_interpretation|catalog_(?:item|field)"
    r"|agencies_(?:agency|formername))",
    re.IGNORECASE,
)
#: A bulk insert writes thousands of placeholders; what it touches stands at its beginning.
_HEAD = 4_000


#: What the person who saved waits for at most: lines of the outbox, seconds.
MOST_AT_ONCE, LONGEST = 500, 1.0
_thread = threading.local()


def watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Put the watcher on a new connection (receiver of `connection_created`)."""
    if _after_write not in connection.execute_wrappers:
        # First, not last: whoever wraps for a while (pghistory's context, perhaps entered before there was a
        # connection) takes the *last* one off again, and must find its own there.
        connection.execute_wrappers.insert(0, _after_write)


def _after_write(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    result = execute(sql, params, many, context)
    if isinstance(sql, str) and _TOUCHES.search(sql, 0, _HEAD):
        connection = context["connection"]
        waiting = {hook for _, hook, _ in connection.run_on_commit}
        if work_off not in waiting:
            transaction.on_commit(work_off, using=connection.alias, robust=True)
    return result


def request_begins(**kwargs: Any) -> None:
    """Somebody waits for what this thread does (receiver of `request_started`)."""
    _thread.in_request = True


def request_ends(**kwargs: Any) -> None:
    """Nobody waits any more (receiver of `request_finished`)."""
    _thread.in_request = False


def work_off() -> None:
    """Drain the outbox; a failure is logged and left to the worker, never to the person who saved.

    Within a request at most `MOST_AT_ONCE` lines and `LONGEST` seconds: the worker is called for the rest of
    a large import. What was withdrawn is hidden with its own commit, whatever waits here.
    """
    from portal.search import index

    try:
        if not getattr(_thread, "in_request", False):
            index.drain()
            return
        index.drain(MOST_AT_ONCE, seconds=LONGEST)
        if index.is_waiting():
            _call_the_worker()
    except ProgrammingError as error:
        # In the very first `migrate`, reference data come before the table does; nothing can be lost then.
        if not isinstance(error.__cause__, UndefinedTable):
            logger.exception("search index not brought up to date; the worker will")
    except Exception:
        logger.exception("search index not brought up to date; the worker will")


def _call_the_worker() -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    from portal.search import tasks

    try:
        with transaction.atomic():  # A second one in the queue would break a transaction around us.
            tasks.drain.defer(timestamp=int(time.time()))  # type: ignore[call-arg]
    except AlreadyEnqueued:
        pass
