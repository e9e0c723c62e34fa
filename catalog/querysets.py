"""Reads of the catalog."""

from typing import Self

from agencies.querysets import ScopedQuerySet


class ItemQuerySet(ScopedQuerySet):
    """Items of the standard catalog."""

    def published(self) -> Self:
        """Items in force: what the public site may show."""
        return self.filter(retired_on__isnull=True, agency__active_to__isnull=True)
