"""The test run as a whole: a PostgreSQL of its own where DATABASE_URL names none."""

import signal

import pytest

from portal.database import testing
from portal.database.embedded import Hold

pytest_plugins = ["tests.rows", "tests.browser", "tests.county", "tests.sharing"]

DATABASE = pytest.StashKey[Hold]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before the first connection; xdist workers inherit its address."""
    # Under nohup a hang-up is ignored, by us and by what we start: the tests of signals would wait for ever.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if hold := testing.start():
        config.stash[DATABASE] = hold


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    if hold := config.stash.get(DATABASE, None):
        hold.release()
