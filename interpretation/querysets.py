"""Reads of interpretations."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Count, Q

from disclosure.querysets import ReviewedQuerySet
from disclosure.states import Publication


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
