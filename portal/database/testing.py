"""A throw-away embedded server for a test run; `tests/conftest.py` calls `start`."""

import os
import tempfile
from pathlib import Path

from portal.database.embedded import Hold, ensure_running

# Nothing here needs to survive a power cut.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


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
