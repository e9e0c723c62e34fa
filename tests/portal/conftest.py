"""What tests of the portal share."""

import pytest
from django.conf import settings as project


@pytest.fixture
def files(settings):
    """Files in memory, so that no test writes under DATA_DIR."""
    storage = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**project.STORAGES, "default": storage}
