"""The demo county for tests: entered through the services once a process, copied back after each flush."""

import io
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection

from tests import rows

_copies: rows.Rows = {}


def _bring_back() -> None:
    """Copy the rows back; the sequences go on where the rows end."""
    rows.bring_back(_copies)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(
            no_style(), apps.get_models(include_auto_created=True)
        ):
            cursor.execute(statement)


def enter() -> None:
    """Load the county into the database at hand, or bring back what this process loaded once."""
    if _copies:
        _bring_back()
        return
    call_command("load_demo", stdout=io.StringIO())
    _copies.update(rows.keep())


@pytest.fixture
def county(transactional_db: None) -> Iterator[None]:
    """The invented county 青澜县 in a database of real transactions (journeys, triggers, commits)."""
    from django.contrib.contenttypes.models import ContentType

    enter()
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()
