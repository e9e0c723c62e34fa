"""Reads of the two registers: what is filed as not disclosed, and policy papers before they are issued."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q, QuerySet

from agencies.querysets import ScopedQuerySet
from disclosure.register_states import BINDING, NOT_PROACTIVE, FilingState, RegistrationState
from disclosure.states import Publication

if TYPE_CHECKING:
    from agencies.models import User


class WithholdingQuerySet(ScopedQuerySet):
    """Filings (备案) of documents that are not disclosed on one's own motion."""

    agency_lookup = "document__agency"

    def to_confirm(self, user: User) -> Self:
        """Those that wait for a reviewer of the agency: the user, unless he or she had a hand in them."""
        return self._for_another(user).filter(state=FilingState.SUBMITTED)

    def to_accept(self, user: User) -> Self:
        """Those that wait for 县政府办公室: the user, unless he or she had a hand in them."""
        return self._for_another(user).filter(state=FilingState.CONFIRMED).exclude(confirmed_by=user)

    def _for_another(self, user: User) -> Self:
        hands = Q(submitted_by=user) | Q(document__created_by=user) | Q(document__submitted_by=user)
        rows = self.in_scope_of(user).exclude(hands)
        return rows.exclude(document__editor_ids__contains=[user.pk])

    def to_recheck(self, today: date) -> Self:
        """Those on file whose year is over (年度复核)."""
        return self.filter(state=FilingState.FILED, next_check_on__lte=today)

    def to_publish(self) -> Self:
        """Those that became 主动公开 and are not public yet."""
        return self.filter(state=FilingState.LIFTED, document__published_at=None).exclude(
            document__status=Publication.PUBLISHED
        )

    def with_names(self) -> Self:
        """With document, agency and people for a list."""
        return self.select_related("document__agency", "submitted_by", "confirmed_by", "filed_by")


class RegistrationQuerySet(ScopedQuerySet):
    """Registrations of policy papers (报审登记)."""

    def handed_in(self) -> Self:
        """Those that wait for 县政府办公室."""
        return self.filter(state=RegistrationState.SUBMITTED)

    def returned(self) -> Self:
        """Those that came back (退文) and have not been handed in again."""
        return self.filter(state=RegistrationState.RETURNED)

    def to_draft(self) -> Self:
        """Those accepted that have become no document yet."""
        return self.filter(state=RegistrationState.ACCEPTED, document=None)


class ReturnQuerySet(ScopedQuerySet):
    """Returns (退文)."""

    agency_lookup = "registration__agency"


def unfiled(documents: QuerySet[Any]) -> QuerySet[Any]:
    """Drafts that are to stay in and are neither on file nor on the way there (备案)."""
    return documents.filter(status=Publication.DRAFT, openness__in=NOT_PROACTIVE).exclude(
        withholding__state__in=[*BINDING, FilingState.LIFTED]
    )


def not_on_file(documents: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose filing (备案) is neither under way nor done."""
    return documents.exclude(withholding__state__in=BINDING)


def unregistered(documents: QuerySet[Any]) -> QuerySet[Any]:
    """Policy papers in the making that nobody registered (报审登记)."""
    return documents.filter(
        Q(is_policy=True) | Q(is_normative=True), status=Publication.DRAFT, registration=None
    )
