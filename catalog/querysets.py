"""Reads of the catalog."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models.functions import Coalesce

from agencies.querysets import ScopedQuerySet
from catalog.states import WAITING_ADJUSTMENTS, AdjustmentState, CatalogKind, LawState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

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

    def with_item_count(self, user: User | AnonymousUser) -> Self:
        """With how many items in force of the user's scope lean on each (`item_count`). A subquery, so that
        it runs for the rows of one page."""
        item: Any = apps.get_model("catalog", "Item")
        basis: Any = apps.get_model("catalog", "Basis")
        scope = item.objects.in_scope_of(user).in_force().order_by().values("pk")
        used = basis.objects.filter(law=models.OuterRef("pk"), item__in=scope).order_by()
        counted = used.values("law").annotate(n=models.Count("item", distinct=True)).values("n")
        return self.annotate(item_count=Coalesce(models.Subquery(counted), 0))

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

    def tombstones(self) -> Self:
        """Retired items of agencies in being: to the public their name, since when, and why."""
        return self.filter(retired_on__isnull=False, agency__active_to__isnull=True)

    def of_catalog(self, kind: CatalogKind) -> Self:
        """Items of one kind of catalog."""
        return self.filter(field__catalog=kind)

    def of_standard_catalog(self) -> Self:
        """Items of the 基层政务公开标准目录 alone."""
        return self.of_catalog(CatalogKind.STANDARD)

    def leaning_on(self, laws: models.QuerySet[Any]) -> Self:
        """Items of which a basis (公开依据) is one of the laws. No joins: each item once."""
        basis: Any = apps.get_model("catalog", "Basis")
        return self.filter(pk__in=basis.objects.filter(law__in=laws).values("item"))

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


class AdjustmentQuerySet(ScopedQuerySet):
    """Proposed adjustments of the catalog (动态调整)."""

    def in_scope_of(self, user: User | AnonymousUser) -> Self:
        """Those of the user's agencies, and those that touch a field which these agencies lead."""
        own = super().in_scope_of(user)
        if not (user.is_authenticated and user.is_active and user.is_staff and user.agency):
            return own
        led = self._touching_led_by(user.agency)
        return self.filter(models.Q(pk__in=own.values("pk")) | models.Q(pk__in=led.values("pk")))

    def _touching_led_by(self, agency: Agency) -> Self:
        return self.filter(lines__field__lead_agency__path__startswith=agency.path)

    def waiting_for_lead(self, user: User) -> Self:
        """Those that the lead agency `user` acts for has still to look at; never one's own."""
        if not (user.agency and user.has_perm("catalog.pass_adjustment")):
            return self.none()
        led = self._touching_led_by(user.agency)
        waiting = self.filter(state=AdjustmentState.PROPOSED, pk__in=led.values("pk"))
        return waiting.exclude(proposed_by=user)

    def waiting_for_approval(self, user: User) -> Self:
        """Those that `user`, of 县政府办公室, has to decide; never one's own."""
        if not user.has_perm("catalog.approve_adjustment"):
            return self.none()
        line: Any = apps.get_model("catalog", "AdjustmentLine")
        led = line.objects.filter(
            adjustment=models.OuterRef("pk"),
            field__lead_agency__isnull=False,
            field__lead_agency__active_to=None,
        ).exclude(field__lead_agency=models.OuterRef("agency"))
        # Where the lead agency was closed or taken off the field meanwhile, the office passes it too.
        left_over = models.Q(state=AdjustmentState.PROPOSED) & ~models.Exists(led)
        waiting = models.Q(state=AdjustmentState.PASSED) | left_over
        return self.in_scope_of(user).filter(waiting).exclude(proposed_by=user)

    def stuck(self, user: User, today: date) -> Self:
        """Approved ones whose day has come and which could not be written: their items changed meanwhile."""
        if not user.has_perm("catalog.approve_adjustment"):
            return self.none()
        return self.in_scope_of(user).due(today).exclude(remarks="")

    def proposed_and_waiting(self, user: User) -> Self:
        """What `user` has proposed and others have to decide."""
        return self.filter(proposed_by=user, state__in=WAITING_ADJUSTMENTS)

    def due(self, today: date) -> Self:
        """Approved ones whose day in force has come."""
        return self.filter(state=AdjustmentState.APPROVED, in_force_on__lte=today)


class InheritanceQuerySet(ScopedQuerySet):
    """Catalogs that follow a template of the county."""

    def with_counts(self) -> Self:
        """With how many items the template has in force (`template_count`), how many of them the follower
        has too (`taken_count`) and has not (`dropped_count`), and how many it added (`added_count`)."""
        item: Any = apps.get_model("catalog", "Item")
        in_force = item.objects.in_force().filter(field=models.OuterRef("field")).order_by()
        of_template = models.Q(template__agency=models.OuterRef("source"), template__retired_on=None)
        # What the follower kept although the template retired it is its own by now.
        own_addition = (
            models.Q(template=None)
            | ~models.Q(template__agency=models.OuterRef("source"))
            | models.Q(template__retired_on__isnull=False)
        )
        own = in_force.filter(agency=models.OuterRef("agency"))
        return self.annotate(
            template_count=_count(in_force.filter(agency=models.OuterRef("source"))),
            taken_count=_count(own.filter(of_template)),
            added_count=_count(own.filter(own_addition)),
        ).annotate(dropped_count=models.F("template_count") - models.F("taken_count"))


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    counted = rows.annotate(one=models.Value(1)).values("one").annotate(n=models.Count("pk")).values("n")
    return Coalesce(models.Subquery(counted), 0)
