"""Reads of documents. Only 主动公开 reaches the public site, and it is decided here."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Coalesce

from agencies.kinds import AgencyKind
from agencies.querysets import ScopedQuerySet
from catalog.states import CatalogKind
from disclosure.states import (
    AddressState,
    CoverageState,
    Openness,
    Publication,
    PublicCoverage,
    Validity,
)
from disclosure.validity import STANDING, validity_expression

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import User
    from disclosure.models import Publishable


class ReviewedQuerySet(ScopedQuerySet):
    """What goes through review (三审): documents and interpretations."""

    def waiting_for(self, user: User, today: date) -> Self:
        """Those whose step is the user's to do: `rules.can_sign` for many rows. Whoever has the role asks."""
        agencies = self.model._meta.get_field("agency").related_model
        posts = agencies._meta.get_field("review_posts").related_model
        own_or_township = Q(agency=OuterRef("agency")) | Q(agency=OuterRef("agency__parent"))
        of_village = Q(agency__kind=AgencyKind.VILLAGE)
        of_step = posts._default_manager.filter(level=OuterRef("waiting_level"), user__is_active=True)
        own, wider = of_step.filter(agency=OuterRef("agency")), of_step.filter(own_or_township)
        absent = user.deputises_for.filter(first_day__lte=today, last_day__gte=today).values("user")
        mine = Q(user=user) | Q(user__in=absent)
        free = (of_village & ~Exists(wider)) | (~of_village & ~Exists(own))
        appointed = (of_village & Exists(wider.filter(mine))) | Exists(own.filter(mine))
        hands = Q(created_by=user) | Q(submitted_by=user)
        return (
            self.in_scope_of(user)
            .filter(status=Publication.SUBMITTED)
            .exclude(hands)
            .exclude(editor_ids__contains=[user.pk])
            .exclude(signer_ids__contains=[user.pk])
            .filter(free | appointed)
        )

    def overdue_in_review(self, today: date) -> Self:
        """Those whose step was due before today."""
        return self.filter(status=Publication.SUBMITTED, step_due_on__lt=today)

    def due_in_review(self, today: date) -> Self:
        """Those whose step is due today or was."""
        return self.filter(status=Publication.SUBMITTED, step_due_on__lte=today)

    def asked_for(self) -> Self:
        """Those whose waiting step somebody asked for (催办)."""
        reminders = apps.get_model("disclosure", "Reminder")._default_manager.filter(
            content_type__app_label=self.model._meta.app_label,
            content_type__model=self.model._meta.model_name,
            object_id=OuterRef("pk"),
            round=OuterRef("review_round"),
            level=OuterRef("waiting_level"),
        )
        return self.filter(Exists(reminders), status=Publication.SUBMITTED)

    def offline(self) -> Self:
        """What is gone without a word: taken offline in an emergency (紧急下线), or purged (封存清除).
        The public sees neither title nor reason."""
        return self.filter(status__in=[Publication.OFFLINE, Publication.PURGED])


class BatchQuerySet(ScopedQuerySet):
    """Batches of notices (批量发布)."""


#: 政策文件 and 行政规范性文件, as a condition on `Document`.
NEEDS_EXPLANATION = Q(is_policy=True) | Q(is_normative=True)


class DocumentQuerySet(ReviewedQuerySet):
    """Documents."""

    def published(self) -> Self:
        """Public documents: published and 主动公开, nothing else (DOMAIN §4.7)."""
        return self.filter(status=Publication.PUBLISHED, openness=Openness.PROACTIVE)

    def needing_explanation(self) -> Self:
        """政策文件 and 行政规范性文件: those that go with an interpretation (DOMAIN §5)."""
        return self.filter(NEEDS_EXPLANATION)

    def with_interpretations_for(self, user: User | AnonymousUser) -> Self:
        """With those interpretations prefetched that `user` may know of: in scope, or public."""
        manager = self.model._meta.get_field("interpretations").related_model._default_manager
        known = manager.in_scope_of(user) | manager.published()
        return self.prefetch_related(Prefetch("interpretations", queryset=known))

    def tombstones(self) -> Self:
        """Withdrawn documents, of which the public sees the title and the public reason alone."""
        return self.filter(status=Publication.WITHDRAWN, openness=Openness.PROACTIVE)

    def merged_away(self) -> Self:
        """Those that gave way to another posting of the same (合并): their address leads there."""
        return self.filter(status=Publication.MERGED, openness=Openness.PROACTIVE)

    def with_validity_on(self, day: date) -> Self:
        """With `validity_then`: the validity on `day`, derived from the dates (`disclosure.validity`)."""
        return self.annotate(validity_then=validity_expression(day))

    def ending(self, day: date, days: int) -> Self:
        """Public documents in force on `day` whose last day comes within `days` days."""
        last = day + timedelta(days=days)
        soon = self.published().filter(expires_on__gte=day, expires_on__lte=last)
        return soon.with_validity_on(day).filter(validity_then__in=[*STANDING, Validity.NOT_APPLICABLE, ""])

    def unfiled(self) -> Self:
        """Public documents that stand under no item and that nobody has filed (归类) yet.

        Whoever files one without an item says that none fits: it leaves the backlog too.
        """
        lines = self.model._meta.get_field("filing_lines").related_model._default_manager
        filed = lines.filter(document=OuterRef("pk"), undone=False)
        return self.published().filter(~Exists(filed), items__isnull=True)

    def linkable_by(self, user: User | AnonymousUser) -> Self:
        """Documents that `user` may link to: in scope, or public (a bureau explains the county's papers)."""
        return self.in_scope_of(user) | self.published()


#: What waits under each word of the queue, as conditions on `Coverage`; the list of the back office uses
#: the same, so that the number is the number of rows.
COVERAGE_TASKS: dict[str, Q] = {
    "overdue": Q(state=CoverageState.OVERDUE),
    "due": Q(state=CoverageState.DUE),
    "never": Q(state=CoverageState.NEVER_PUBLISHED, ask_again=False),
    "ask": Q(ask_again=True),
    "dead": Q(item__elsewhere__status=AddressState.DEAD),
}


class CoverageQuerySet(ScopedQuerySet):
    """How items stand."""

    agency_lookup = "item__agency"

    def in_force(self) -> Self:
        """Of items in force, of agencies in being; not those of a template for villages, which binds only the
        villages that follow it (村务公开 is owed by them, 村民委员会组织法 30条)."""
        template = Q(item__field__catalog=CatalogKind.VILLAGE) & ~Q(item__agency__kind=AgencyKind.VILLAGE)
        return self.filter(item__retired_on=None, item__agency__active_to=None).exclude(template)

    def waiting_for(self, task: str) -> Self:
        """Those that wait for an act; `task` is a key of `COVERAGE_TASKS`."""
        return self.filter(COVERAGE_TASKS[task])

    def counts_of_tasks(self) -> dict[str, int]:
        """How many wait under each key of `COVERAGE_TASKS`: one query."""
        return self.aggregate(**{key: Count("pk", filter=is_it) for key, is_it in COVERAGE_TASKS.items()})

    def with_names(self) -> Self:
        """With item, field and agency for a list."""
        return self.select_related("item__field", "item__agency", "item__elsewhere")


class DeclarationQuerySet(ScopedQuerySet):
    """Declarations that nothing arose."""

    agency_lookup = "item__agency"

    def standing(self) -> Self:
        """Those that nobody took back."""
        return self.filter(revoked_at=None)


class ElsewhereQuerySet(ScopedQuerySet):
    """Addresses on other platforms."""

    agency_lookup = "item__agency"

    def in_force(self) -> Self:
        """Of items in force."""
        return self.filter(item__retired_on=None)


def with_public_coverage(items: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Items with `public_state` (a value of `PublicCoverage`), for the public facet and filter; an item that
    nobody has reckoned yet counts as empty."""
    annotated: models.QuerySet[Any] = items.annotate(public_state=PUBLIC_STATE)
    return annotated


#: The public state of an item as an expression, for facets.
PUBLIC_STATE = Coalesce(F("coverage__public_state"), Value(PublicCoverage.EMPTY.value))


def stale_items(items: models.QuerySet[Any], today: date) -> models.QuerySet[Any]:
    """Items whose coverage is missing, was reckoned from an older version, or changes by the day."""
    return items.filter(
        Q(coverage=None)
        | Q(coverage__item_updated_at=None)
        | ~Q(coverage__item_updated_at=F("updated_at"))
        | Q(coverage__review_on__lte=today)
    )


class OriginalQuerySet(ScopedQuerySet):
    """Signed originals (签发原件): whoever has the document in scope."""

    agency_lookup = "document__agency"


class LawTextQuerySet(models.QuerySet[Any]):
    """Texts of laws (依据原文) in the library."""

    def public(self) -> Self:
        """Those whose document is public: what the public site may link to."""
        return self.filter(
            document__status=Publication.PUBLISHED, document__openness=Openness.PROACTIVE
        ).select_related("document")


class PostQuerySet(ScopedQuerySet):
    """Posts of review (审核岗位)."""

    def of(self, thing: Publishable, level: str | None = None) -> Self:
        """The posts for the step that waits, or for `level`: those of its agency, for a village those of its
        township too."""
        agency = thing.agency
        agencies = [agency.pk]
        if agency.kind == AgencyKind.VILLAGE and agency.parent_id:
            agencies.append(agency.parent_id)
        return self.filter(agency__in=agencies, level=level or thing.waiting_level, user__is_active=True)


class ErrorReportQuerySet(ScopedQuerySet):
    """Reports of errors on pages (本页纠错)."""

    def waiting(self) -> Self:
        """Those that nobody has closed."""
        return self.filter(closed_at=None)

    def overdue(self, today: date) -> Self:
        """Those that should have been closed before today."""
        return self.waiting().filter(due_on__lt=today)


class OfThingQuerySet(models.QuerySet[Any]):
    """Rows that belong to a document or an interpretation."""

    def of(self, thing: models.Model) -> Self:
        """Those of one thing."""
        kind = ContentType.objects.get_for_model(type(thing))
        return self.filter(content_type=kind, object_id=thing.pk)
