"""Reads of documents. Only 主动公开 reaches the public site, and it is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Prefetch

from agencies.querysets import ScopedQuerySet
from disclosure.states import Openness, Publication

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import User


class DocumentQuerySet(ScopedQuerySet):
    """Documents."""

    def published(self) -> Self:
        """Public documents: published and 主动公开, nothing else (DOMAIN §4.7)."""
        return self.filter(status=Publication.PUBLISHED, openness=Openness.PROACTIVE)

    def with_interpretations_for(self, user: User | AnonymousUser) -> Self:
        """With those interpretations prefetched that `user` may know of: in scope, or public."""
        manager = self.model._meta.get_field("interpretations").related_model._default_manager
        known = manager.in_scope_of(user) | manager.published()
        return self.prefetch_related(Prefetch("interpretations", queryset=known))

    def tombstones(self) -> Self:
        """Withdrawn documents, of which the public sees the title and the public reason alone."""
        return self.filter(status=Publication.WITHDRAWN, openness=Openness.PROACTIVE)

    def linkable_by(self, user: User | AnonymousUser) -> Self:
        """Documents that `user` may link to: in scope, or public (a bureau explains the county's papers)."""
        return self.in_scope_of(user) | self.published()
