"""The demo county for tests: entered through the services once a process, copied back after each flush."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, transaction

_copies: dict[str, bytes] = {}


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name != "django_migrations"]


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def _keep() -> None:
    with connection.cursor() as cursor:
        for table in _tables():
            with cursor.copy(f"COPY {_quoted(table)} TO STDOUT") as copy:
                _copies[table] = b"".join(bytes(part) for part in copy)


def _bring_back() -> None:
    """Copy the rows back with triggers and keys at rest; the sequences go on where the rows end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in _copies.items():
            cursor.execute(f"DELETE FROM {_quoted(table)}")
            if rows:
                with cursor.copy(f"COPY {_quoted(table)} FROM STDIN") as copy:
                    copy.write(rows)
        for statement in connection.ops.sequence_reset_sql(_no_style(), _models()):
            cursor.execute(statement)


def _no_style():
    from django.core.management.color import no_style

    return no_style()


def _models():
    from django.apps import apps

    return list(apps.get_models(include_auto_created=True))


@pytest.fixture
def county(transactional_db: None) -> Iterator[None]:
    """The invented county 青澜县 in a database of real transactions (journeys, triggers, commits)."""
    from django.contrib.contenttypes.models import ContentType

    if _copies:
        _bring_back()
    else:
        call_command("load_demo", stdout=io.StringIO())
        _keep()
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()
