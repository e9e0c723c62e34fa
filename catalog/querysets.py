"""Reads of the catalog."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from agencies.querysets import ScopedQuerySet
from catalog.states import CatalogKind, LawState

if TYPE_CHECKING:
    from agencies.models import Agency, User


class FieldQuerySet(models.QuerySet[Any]):
    """Fields (领域). Two catalogs that papers confuse stay two: whoever lists or counts the fields of the
    standard catalog starts from `of_standard_catalog`."""

    def of_catalog(self, kind: CatalogKind) -> Self:
        """Fields of one kind of catalog."""
        return self.filter(catalog=kind)

    def of_standard_catalog(self) -> Self:
        """Fields of the 基层政务公开标准目录 (国办发〔2019〕54号)."""
        return self.of_catalog(CatalogKind.STANDARD)

    def in_use(self, day: date) -> Self:
        """Fields that neither ended before `day` nor were merged into another."""
        return self.filter(models.Q(active_to=None) | models.Q(active_to__gt=day), merged_into=None)


class LawQuerySet(models.QuerySet[Any]):
    """Laws and papers that items lean on (公开依据)."""

    def standing(self) -> Self:
        """Laws that were not merged into another."""
        return self.filter(merged_into=None)

    def fallen(self) -> Self:
        """Laws that were repealed or amended: the items that lean on them are to be looked at."""
        return self.standing().filter(state__in=[LawState.REPEALED, LawState.AMENDED])


class ItemQuerySet(ScopedQuerySet):
    """Items of the catalogs: of the standard one, and of those that are one field each."""

    def in_force(self) -> Self:
        """Items that have not been retired."""
        return self.filter(retired_on__isnull=True)

    def published(self) -> Self:
        """Items in force of agencies in being: what the public site may show."""
        return self.in_force().filter(agency__active_to__isnull=True)

    def of_catalog(self, kind: CatalogKind) -> Self:
        """Items of one kind of catalog."""
        return self.filter(field__catalog=kind)

    def of_standard_catalog(self) -> Self:
        """Items of the 基层政务公开标准目录 alone."""
        return self.of_catalog(CatalogKind.STANDARD)

    def leaning_on(self, laws: models.QuerySet[Any]) -> Self:
        """Items of which a basis (公开依据) is one of the laws. No joins: each item once."""
        through = self.model._meta.get_field("bases").related_model._default_manager
        return self.filter(pk__in=through.filter(law__in=laws).values("item"))

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
