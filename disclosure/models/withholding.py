"""备案 and 年度复核: what is not disclosed on one's own motion, on file with the disclosure office."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import F, Q

from agencies.models import User
from disclosure.models.documents import Document
from disclosure.register_querysets import WithholdingQuerySet
from disclosure.register_states import NOT_PROACTIVE, FilingState, RecheckResult
from disclosure.states import Openness

_WITH_CONFIRMATION = [FilingState.CONFIRMED, FilingState.FILED, FilingState.LIFTED]
_ON_FILE = [FilingState.FILED, FilingState.LIFTED]


def _together(name: str, person: str, moment: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{person}__isnull": True, f"{moment}__isnull": True})
        | Q(**{f"{person}__isnull": False, f"{moment}__isnull": False}),
    )


@pghistory.track()
class Withholding(models.Model):
    """The filing (备案) of a document that is 依申请公开 or 不予公开: three people, one after the other.

    A trigger keeps `Document.openness` equal to `openness` here from the day of submission; once on file it
    moves towards openness only, and the row is never deleted (migration `withholding_guard`).
    """

    document = models.OneToOneField(
        Document, models.CASCADE, verbose_name="文件", related_name="withholding", editable=False
    )
    state = models.CharField("备案状态", max_length=10, choices=FilingState.choices, editable=False)
    openness = models.CharField("公开属性", max_length=12, choices=Openness.choices, editable=False)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="报备人", related_name="+", editable=False
    )
    submitted_at = models.DateTimeField("报备时间", editable=False)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="单位确认人", related_name="+", null=True, editable=False
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, editable=False)
    filed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="备案人", related_name="+", null=True, editable=False
    )
    filed_at = models.DateTimeField("备案时间", null=True, editable=False)
    #: What it was when it came on file: the trend counts from there.
    filed_openness = models.CharField(
        "备案时的公开属性", max_length=12, choices=Openness.choices, blank=True, editable=False
    )
    remarks = models.CharField("退回意见", max_length=500, blank=True, editable=False)
    next_check_on = models.DateField("下次复核", null=True, editable=False)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="转为主动公开的人", related_name="+", null=True, editable=False
    )
    lifted_at = models.DateTimeField("转为主动公开的时间", null=True, editable=False)
    publish_due_on = models.DateField("公开期限", null=True, editable=False)
    publish_due_provisional = models.BooleanField("期限是暂定的", default=False, editable=False)

    objects: ClassVar[WithholdingQuerySet] = WithholdingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "备案"
        verbose_name_plural = "备案和年度复核"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "next_check_on"], name="withholding_by_check")]
        constraints = [
            _together("withholding_confirmed_by_and_when", "confirmed_by", "confirmed_at"),
            _together("withholding_filed_by_and_when", "filed_by", "filed_at"),
            _together("withholding_lifted_by_and_when", "lifted_by", "lifted_at"),
            models.CheckConstraint(
                name="withholding_confirmed_before_filed",
                condition=Q(state__in=_WITH_CONFIRMATION, confirmed_by__isnull=False)
                | (~Q(state__in=_WITH_CONFIRMATION) & Q(confirmed_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="withholding_filed_by_whom",
                condition=Q(state__in=_ON_FILE, filed_by__isnull=False, filed_openness__in=NOT_PROACTIVE)
                | (~Q(state__in=_ON_FILE) & Q(filed_by__isnull=True, filed_openness="")),
            ),
            models.CheckConstraint(
                name="withholding_has_next_check",
                condition=~Q(state=FilingState.FILED) | Q(next_check_on__isnull=False),
            ),
            models.CheckConstraint(
                name="withholding_lifted_is_proactive",
                condition=Q(
                    state=FilingState.LIFTED,
                    openness=Openness.PROACTIVE,
                    lifted_by__isnull=False,
                    publish_due_on__isnull=False,
                )
                | (~Q(state=FilingState.LIFTED) & Q(openness__in=NOT_PROACTIVE, lifted_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="withholding_three_people",
                condition=(Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("submitted_by")))
                & (
                    Q(filed_by__isnull=True)
                    | (~Q(filed_by=F("submitted_by")) & ~Q(filed_by=F("confirmed_by")))
                ),
                violation_error_message="报备、确认、备案须由三个不同的人办理。",
            ),
            models.CheckConstraint(
                name="withholding_returned_with_remarks",
                condition=~Q(state=FilingState.RETURNED) | ~Q(remarks=""),
            ),
        ]

    def __str__(self) -> str:
        return self.document.title


@pghistory.track()
class Recheck(models.Model):
    """A re-check (年度复核; 条例 18条) of something on file: what it was, what it is now, who, when, why.
    Written once."""

    withholding = models.ForeignKey(
        Withholding, models.CASCADE, verbose_name="备案", related_name="rechecks", editable=False
    )
    due_on = models.DateField("应复核日期", editable=False)
    result = models.CharField("复核结果", max_length=12, choices=RecheckResult.choices, editable=False)
    before = models.CharField("原公开属性", max_length=12, choices=Openness.choices, editable=False)
    after = models.CharField("现公开属性", max_length=12, choices=Openness.choices, editable=False)
    reason = models.CharField("理由", max_length=300, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="复核人", related_name="+", editable=False)
    at = models.DateTimeField("复核时间", editable=False)

    class Meta:
        verbose_name = "年度复核"
        verbose_name_plural = "年度复核"
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(name="recheck_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="recheck_towards_openness",
                condition=Q(result=RecheckResult.MAINTAIN, before__in=NOT_PROACTIVE, after=F("before"))
                | Q(result=RecheckResult.ON_REQUEST, before=Openness.WITHHELD, after=Openness.ON_REQUEST)
                | Q(result=RecheckResult.PROACTIVE, before__in=NOT_PROACTIVE, after=Openness.PROACTIVE),
                violation_error_message="复核只能维持，或者向公开的方向调整。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {RecheckResult(self.result).label}"
