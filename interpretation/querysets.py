"""Reads of interpretations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, Q

from disclosure.querysets import ReviewedQuerySet
from disclosure.states import Publication

if TYPE_CHECKING:
    from agencies.models import User


@dataclass(frozen=True)
class OtherChannels:
    """Other channels (DOMAIN §5: at least half): `published` interpretations of the site, how many of these
    were `used` on another outlet (一稿多出), and in how many `uses`."""

    published: int
    used: int
    uses: int

    @property
    def percent(self) -> int | None:
        """Share of the interpretations used elsewhere, rounded down; None where none was published."""
        return self.used * 100 // self.published if self.published else None


class InterpretationQuerySet(ReviewedQuerySet):
    """Interpretations."""

    def published(self) -> Self:
        """Public interpretations."""
        return self.filter(status=Publication.PUBLISHED)

    def tombstones(self) -> Self:
        """Withdrawn interpretations: title and public reason alone."""
        return self.filter(status=Publication.WITHDRAWN)

    def waiting_for(self, user: User, today: date) -> Self:
        """Those that are the user's to sign by themselves: what goes with a document is signed with it."""
        return super().waiting_for(user, today).exclude(pk__in=self._with_documents())

    def in_packages(self) -> Self:
        """Those under review in the package (公文包) of a document."""
        return self.filter(status__in=[Publication.SUBMITTED, Publication.SCHEDULED]).filter(
            pk__in=self._with_documents()
        )

    def _with_documents(self) -> Any:
        """Keys of those that explain documents, none of them public yet."""
        rows = self.model._default_manager.filter(documents__isnull=False)
        public = self.model._default_manager.filter(documents__status=Publication.PUBLISHED)
        return rows.exclude(pk__in=public.values("pk")).values("pk")

    def other_channels(self, first: date | None = None, last: date | None = None) -> OtherChannels:
        """How many of those published from `first` to `last` (days, both included) went out elsewhere too.
        Cancelled records do not count. One query."""
        rows = self.published()
        if first:
            rows = rows.filter(published_on__gte=first)
        if last:
            rows = rows.filter(published_on__lte=last)
        standing = Q(outlet_uses__isnull=False, outlet_uses__cancelled_at=None)
        counted = rows.aggregate(
            published=Count("pk", distinct=True),
            used=Count("pk", filter=standing, distinct=True),
            uses=Count("outlet_uses", filter=standing, distinct=True),
        )
        return OtherChannels(**counted)
