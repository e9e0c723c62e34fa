"""What people of the demo county look for: counts as sixty days of searches would have left them, a best bet,
and what the office did about two wants."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from agencies.models import Agency, User
from disclosure.models import Document
from portal.demo.texts import ROOT
from portal.search import asked, index, services
from portal.search.models import Asked, Choice, Settlement

#: Days between two rows, and how many rows a query has.
_STEP, _ROWS = 5, 12


class Searches:
    """Counts, best bets and wants of the demo county, with days counted from the day of loading."""

    def __init__(
        self,
        *,
        office: User,
        agencies: Mapping[str, Agency],
        documents: Mapping[str, Document],
        now: datetime | None = None,
    ) -> None:
        self.office, self.agencies, self.documents = office, agencies, documents
        self.now = now or timezone.now()

    def load(self) -> None:
        """Everything that `searches.toml` says."""
        told = tomllib.loads((ROOT / "searches.toml").read_text(encoding="utf-8"))
        for row in told["searches"]:
            self._counted(row)
        index.drain()  # A best bet has to be public, which the index knows.
        for row in told["bets"]:
            target = f"document:{self.documents[row['document']].pk}"
            services.keep_best_bet(
                queries=row["queries"], target=target, line=row["line"], by=self.office, now=self.now
            )
        for row in told["wants"]:
            agency = self.agencies[row["agency"]] if "agency" in row else None
            services.settle_want(
                row["words"],
                settlement=Settlement.PASSED_ON if agency else Settlement.LEFT,
                agency=agency,
                note=row["note"],
                by=self.office,
                now=self.now - timedelta(days=3),
            )

    def _counted(self, row: Mapping[str, Any]) -> None:
        opened = row.get("opened", [])
        today = timezone.localdate(self.now)
        for number in range(_ROWS):
            times = _share(row["times"], number)
            if not times:
                continue
            chosen = [(key, _share(count, number), place) for key, count, place in opened]
            counted = Asked.objects.create(
                day=today - timedelta(days=number * _STEP),
                words=asked.folded(row["words"]),
                times=times,
                nothing=_share(row.get("nothing", 0), number),
                last_count=row["count"],
                chosen=sum(count for _, count, _ in chosen),
            )
            Choice.objects.bulk_create(
                Choice(
                    asked=counted,
                    key=f"document:{self.documents[key].pk}",
                    times=count,
                    places=count * place,
                )
                for key, count, place in chosen
                if count
            )


def _share(total: int, number: int) -> int:
    """The part of `total` that falls to row `number`; what does not divide goes to the latest rows."""
    return total // _ROWS + (number < total % _ROWS)
