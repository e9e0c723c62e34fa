"""Which tests go to one worker: those of a file that prepares something costly once (a county, a server).

xdist's own marks of groups do nothing under pytest 9.2: they are written into a field of the test that no one
reads any more. So the scheduler goes by the file. It begins with the largest groups; the rest fills the gaps.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

TOGETHER = frozenset(
    {
        "tests/portal/test_bootstrap.py",
        "tests/portal/test_demo.py",
        "tests/portal/test_search_relevance.py",
        "tests/portal/test_serve.py",
    }
)


class ByFile(LoadGroupScheduling):
    """Tests one by one to whichever worker is free, but for the files that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """The scheduler of `make test`."""
    return ByFile(config, log)
