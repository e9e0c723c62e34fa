"""The test database: copied from the migrated one where there is one; and its rows, kept and brought back by
COPY. Each worker's migrations would cost a minute of a core; a flush of Django truncates every table and
plants the reference data anew, a second and more for each test of real transactions.

A plugin of `tests/conftest.py`.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from portal.database import testing

Rows = dict[str, bytes]
_planted: Rows = {}


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name != "django_migrations"]


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def _filled() -> list[str]:
    """The tables that hold a row."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {_quoted(table)})" for table in _tables()
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def keep() -> Rows:
    """Every row that stands now."""
    kept = {}
    with connection.cursor() as cursor:
        for table in _filled():
            with cursor.copy(f"COPY {_quoted(table)} TO STDOUT") as copy:
                kept[table] = b"".join(bytes(part) for part in copy)
    return kept


def bring_back(kept: Rows) -> None:
    """Exactly the rows of `kept`, with triggers and keys at rest; sequences go on where they were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in _filled():
            cursor.execute(f"DELETE FROM {_quoted(table)}")
        for table, rows in kept.items():
            with cursor.copy(f"COPY {_quoted(table)} FROM STDIN") as copy:
                copy.write(rows)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """A copy is kept as it is: nothing is left to migrate."""
    return django_db_keepdb or testing.TEMPLATE in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """This worker's database as a copy of the migrated one, if `deploy.check` made that."""
    if template := os.environ.get(testing.TEMPLATE):
        name = connection.creation._get_test_db_name()
        testing.create(os.environ["DATABASE_URL"], name, template=template)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: None, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """Keep what the migrations planted; after a test of real transactions exactly that stands again."""
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        _planted.update(keep())
        connection.close()
    TransactionTestCase._fixture_teardown = lambda self: bring_back(_planted)
    yield
    if testing.TEMPLATE in os.environ:
        with django_db_blocker.unblock():
            connection.close()
        testing.drop(os.environ["DATABASE_URL"], name)
