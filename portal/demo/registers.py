"""What the demo county keeps back, and policy papers before they are issued: through the services, with days
counted from the day of loading."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agencies.models import Agency, User
from disclosure import services
from disclosure.models import Document, Registration
from disclosure.register_states import Legality, PaperRole, RecheckResult
from portal.demo.texts import ROOT


class Registers:
    """备案, 年度复核 and 报审登记 of the demo county. `leader` confirms for the agencies."""

    def __init__(
        self,
        *,
        office: User,
        leader: User,
        clerks: Mapping[str, User],
        agencies: Mapping[str, Agency],
        now: datetime | None = None,
    ) -> None:
        self.office, self.leader, self.clerks, self.agencies = office, leader, clerks, agencies
        self.now = now or timezone.now()

    def load(self) -> None:
        """Everything that `registers.toml` says."""
        told = tomllib.loads((ROOT / "registers.toml").read_text(encoding="utf-8"))
        for row in told["withheld"]:
            self._withheld(row)
        for row in told["registrations"]:
            self._registered(row)

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def _withheld(self, row: Mapping[str, Any]) -> None:
        days = next(row[name] for name in ("filed", "confirmed", "submitted", "drafted") if name in row)
        by, moment = self.clerks[row["agency"]], self._ago(days)
        document = services.create_document(
            by=by,
            now=self._ago(days + 1),
            agency=self.agencies[row["agency"]],
            title=row["title"],
            genre=row["genre"],
            issuer=self.agencies[row["agency"]].name,
            body=row["body"],
            written_on=timezone.localdate(moment),
            openness=row["openness"],
            openness_ground=row["ground"],
            openness_reason=row["reason"],
        )
        if "drafted" in row:
            return
        services.submit_filing(document, by=by, now=moment)
        if "returned" in row:
            services.return_filing(document, by=self.leader, remarks=row["returned"])
        if "filed" in row or "confirmed" in row:
            services.confirm_filing(document, by=self.leader, now=moment)
        if "filed" in row:
            services.accept_filing(document, by=self.office, now=moment)
        for check in row.get("checks", []):
            self._checked(document, by, check)

    def _checked(self, document: Document, by: User, check: Mapping[str, Any]) -> None:
        services.recheck(
            document,
            by=by,
            result=RecheckResult(check["result"]),
            reason=check["reason"],
            now=self._ago(check["days_ago"]),
        )

    def _registered(self, row: Mapping[str, Any]) -> None:
        by, moment = self.clerks[row["agency"]], self._ago(row["days_ago"])
        legality = Legality.LAWFUL if "legality_by" in row else ""
        registration = services.create_registration(
            by=by,
            now=moment,
            agency=self.agencies[row["agency"]],
            title=row["title"],
            genre=row["genre"],
            issuer=row["issuer"],
            is_normative=row["is_normative"],
            openness="proactive",
            legality=Legality.NOT_NEEDED if "legality_note" in row else legality,
            legality_by=row.get("legality_by", ""),
            legality_on=timezone.localdate(moment) if "legality_by" in row else None,
            legality_note=row.get("legality_note", ""),
        )
        self._papers(registration, by, row["papers"])
        services.submit_registration(registration, by=by, now=moment)
        if row["outcome"] == "accepted":
            services.accept_registration(registration, by=self.office, now=moment)
        elif row["outcome"] == "returned":
            services.return_registration(
                registration, by=self.office, reasons=row["reasons"], remarks=row["remarks"], now=moment
            )

    def _papers(self, registration: Registration, by: User, roles: list[str]) -> None:
        for role in map(PaperRole, roles):
            text = f"{role.label}\n\n{registration.title}\n"
            file = ContentFile(text.encode(), name=f"{role.label}.txt")
            services.add_paper(registration, by=by, file=file, role=role)
