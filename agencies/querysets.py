"""Reads that are scoped to an agency and its subtree: the one place where scope is decided."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Length, Replace

from agencies.roles import sees_whole_county

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import Agency, User


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that belong to an agency. A subclass names the way to it in `agency_lookup`."""

    agency_lookup = "agency"

    def in_subtree_of(self, agency: Agency) -> Self:
        """Rows of `agency` and of everything below it."""
        prefix = f"{self.agency_lookup}__" if self.agency_lookup else ""
        return self.filter(**{f"{prefix}path__startswith": agency.path})

    def in_scope_of(self, user: User | AnonymousUser) -> Self:
        """Rows that a member of staff may see in the back office.

        县政府办公室 and 系统管理员 see the whole county; everyone else the own agency and what lies below
        it; a user without an agency, and anyone who is not active staff, sees nothing.
        """
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return self.none()
        if sees_whole_county(user):
            return self.all()
        return self.in_subtree_of(user.agency) if user.agency else self.none()


class AgencyQuerySet(ScopedQuerySet):
    """Agencies."""

    agency_lookup = ""

    def published(self) -> Self:
        """Agencies that stand on the public site: those not closed."""
        return self.filter(active_to__isnull=True)

    def in_tree_order(self) -> Self:
        """Every agency after the one above it, siblings by `order`; `depth` (0 for the root) rides along.

        One more query for the shape of the tree: a county has some hundred agencies.
        """
        below: dict[int | None, list[int]] = defaultdict(list)
        for pk, parent in self.model.objects.order_by("order", "code").values_list("pk", "parent"):
            below[parent].append(pk)
        ordered: list[int] = []
        waiting = list(reversed(below[None]))
        while waiting:
            ordered.append(waiting.pop())
            waiting += reversed(below[ordered[-1]])
        places = models.Value(ordered, output_field=ArrayField(models.BigIntegerField()))
        slashes = Length("path") - Length(Replace("path", models.Value("/"), models.Value("")))
        return self.annotate(
            depth=slashes - 1,
            place=models.Func(
                places, models.F("pk"), function="array_position", output_field=models.IntegerField()
            ),
        ).order_by("place")

    def root(self) -> Agency:
        """Return the county government (code `county`), which `migrate` puts there."""
        root: Agency = self.get(code="county")
        return root


class UserQuerySet(ScopedQuerySet):
    """Staff users."""
