"""Reads of documents. Only 主动公开 reaches the public site, and it is decided here."""

from typing import Self

from agencies.querysets import ScopedQuerySet
from disclosure.states import Openness, Publication


class DocumentQuerySet(ScopedQuerySet):
    """Documents."""

    def published(self) -> Self:
        """Public documents: published and 主动公开, nothing else (DOMAIN §4.7)."""
        return self.filter(status=Publication.PUBLISHED, openness=Openness.PROACTIVE)

    def tombstones(self) -> Self:
        """Withdrawn documents, of which the public sees the title and the public reason alone."""
        return self.filter(status=Publication.WITHDRAWN, openness=Openness.PROACTIVE)
