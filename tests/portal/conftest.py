"""What tests of the portal share."""

import pytest
from django.conf import settings as project

from portal.search import suggestions


@pytest.fixture
def files(settings):
    """Files in memory, so that no test writes under DATA_DIR."""
    storage = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**project.STORAGES, "default": storage}


@pytest.fixture(autouse=True)
def _others_asked_nothing(monkeypatch):
    """Frequent queries are remembered for ten minutes; those of another test's county are none of ours."""
    monkeypatch.setattr(suggestions, "_frequent", (float("-inf"), []))
