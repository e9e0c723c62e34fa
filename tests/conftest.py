"""The test run as a whole: a PostgreSQL of its own where DATABASE_URL names none."""

import gc
import signal

import pytest
from hypothesis import HealthCheck, settings

from portal.database import testing
from portal.database.embedded import Hold

pytest_plugins = ["tests.rows", "tests.browser", "tests.county", "tests.sharing"]

DATABASE = pytest.StashKey[Hold]()
# On a loaded machine drawing may be slow, and so may an example; neither says anything about our code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before the first connection; xdist workers inherit its address."""
    # Under nohup a hang-up is ignored, by us and by what we start: the tests of signals would wait for ever.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if hold := testing.start():
        config.stash[DATABASE] = hold


def pytest_collection_finish() -> None:
    """What stands now, a million objects, stays to the end: nobody need look whether it is garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    if hold := config.stash.get(DATABASE, None):
        hold.release()
