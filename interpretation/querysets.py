"""Reads of interpretations."""

from typing import Self

from disclosure.querysets import ReviewedQuerySet
from disclosure.states import Publication


class InterpretationQuerySet(ReviewedQuerySet):
    """Interpretations."""

    def published(self) -> Self:
        """Public interpretations."""
        return self.filter(status=Publication.PUBLISHED)

    def tombstones(self) -> Self:
        """Withdrawn interpretations: title and public reason alone."""
        return self.filter(status=Publication.WITHDRAWN)
