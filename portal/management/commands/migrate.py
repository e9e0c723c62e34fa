"""`manage.py migrate`, Django's own, without the needless work (`portal.lean_state`)."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from portal.lean_state import lean_state


class Command(migrate.Command):
    """Django's `migrate`; same options, same result."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database to the wanted state. Raises what Django's command raises."""
        with lean_state():
            super().handle(*args, **options)
