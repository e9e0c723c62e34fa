"""Which tests go to one worker: those of a file that prepares something costly once (a county, a server).

xdist's own marks of groups do nothing under pytest 9.2: they are written into a field of the test that no one
reads any more. So the scheduler goes by the file. It begins with the largest groups; the rest fills the gaps.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

#: What each of these files prepares. Those that need the demo county share one worker, which loads it once.
TOGETHER = {
    "tests/portal/test_bootstrap.py": "bootstrap",
    "tests/portal/test_demo.py": "demo",
    "tests/portal/test_search_relevance.py": "county",
    "tests/journeys/test_citizen_finds.py": "county",
    "tests/journeys/test_official_exports.py": "county",
    "tests/portal/test_serve.py": "serve",
}


class ByFile(LoadGroupScheduling):
    """Tests one by one to whichever worker is free, but for those that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(nodeid.split("::", 1)[0], nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """The scheduler of `make test`."""
    return ByFile(config, log)
