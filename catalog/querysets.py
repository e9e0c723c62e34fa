"""Reads of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from agencies.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from agencies.models import Agency, User


class ItemQuerySet(ScopedQuerySet):
    """Items of the standard catalog."""

    def in_force(self) -> Self:
        """Items that have not been retired."""
        return self.filter(retired_on__isnull=True)

    def published(self) -> Self:
        """Items in force of agencies in being: what the public site may show."""
        return self.in_force().filter(agency__active_to__isnull=True)

    def for_agency_subtree(self, agency: Agency) -> Self:
        """Items of the catalogs of `agency` and of everything below it."""
        return self.in_subtree_of(agency)

    def in_table_order(self) -> Self:
        """As the official tables print them: by field, then agency, then place in the table."""
        return self.order_by("field__order", "field__slug", "agency__order", "agency__code", "position", "pk")

    def linkable_by(self, user: User) -> Self:
        """Items under which `user` may publish: those in scope, and public ones whose 公开主体 is the agency.

        A township publishes under the bureau's catalog where that says 各乡镇人民政府.
        """
        own = self.in_scope_of(user)
        if not (user.is_active and user.is_staff and user.agency):
            return own
        named = self.published().filter(agencies__path__startswith=user.agency.path)
        return self.filter(models.Q(pk__in=own.values("pk")) | models.Q(pk__in=named.values("pk")))
