"""What is published under each item of the catalog, and what staff say about it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import User
from catalog.models import Item
from disclosure.querysets import CoverageQuerySet, DeclarationQuerySet, ElsewhereQuerySet
from disclosure.states import AddressState, CoverageState, PublicCoverage


class Coverage(models.Model):
    """How an item stands: derived from its documents, its time limit and what staff declared.

    Never edited, only reckoned anew (`disclosure.services.recompute_coverage`), so it has no history. To the
    public go `public_state`, `last_published_on`, `public_due_on` and `document_count`, and nothing else:
    `public_due_on` is a regular date of the calendar that lies ahead, never one that was missed, and none
    that hangs on a draft.
    """

    #: It says nothing of its own: it goes with its item and never stands in the way (撤销导入).
    is_derived: ClassVar[bool] = True

    item = models.OneToOneField(
        Item, models.CASCADE, verbose_name="目录事项", related_name="coverage", primary_key=True
    )
    state = models.CharField(
        "公开情况", max_length=16, choices=CoverageState.choices, default=CoverageState.NEVER_PUBLISHED
    )
    public_state = models.CharField(
        "对外显示", max_length=12, choices=PublicCoverage.choices, default=PublicCoverage.EMPTY
    )
    last_published_on = models.DateField("最近公开", null=True, blank=True)
    next_due_on = models.DateField("下次期限", null=True, blank=True)
    public_due_on = models.DateField("对外显示的下次更新", null=True, blank=True)
    document_count = models.PositiveIntegerField("已公开文件", default=0)
    late_count = models.PositiveIntegerField("其中超过期限公开的", default=0)
    reason = models.CharField("为什么", max_length=400, blank=True)
    provisional = models.BooleanField("期限是暂定的", default=False)
    ask_again = models.BooleanField("声明到期要再确认", default=False)
    #: The day on which the answer changes by itself.
    review_on = models.DateField("到这天重新计算", null=True, blank=True)
    #: `Item.updated_at` as it was read; null where a document under the item has changed since.
    item_updated_at = models.DateTimeField("事项更新时间", null=True, blank=True)
    computed_at = models.DateTimeField("计算时间", null=True, blank=True)

    objects: ClassVar[CoverageQuerySet] = CoverageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "公开情况"
        verbose_name_plural = "公开情况"
        ordering = ["item__field__order", "item__agency__order", "item__position", "item_id"]
        indexes = [
            models.Index(fields=["state", "next_due_on"], name="coverage_by_state"),
            models.Index(fields=["public_state"], name="coverage_by_public_state"),
            models.Index(fields=["review_on"], name="coverage_by_review"),
            models.Index(fields=["item"], name="coverage_stale", condition=Q(item_updated_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.item}：{self.get_state_display()}"


@pghistory.track()
class Declaration(models.Model):
    """A declaration that nothing arose under an item in a period (本年未产生): dated, revocable, asked again
    when the next period falls due, and void as soon as something is published in its own."""

    item = models.ForeignKey(Item, models.CASCADE, verbose_name="目录事项", related_name="declarations")
    covers_from = models.DateField("从哪天")
    covers_until = models.DateField("到哪天")
    note = models.CharField("说明", max_length=200, blank=True)
    declared_by = models.ForeignKey(User, models.PROTECT, verbose_name="声明人", related_name="+")
    declared_at = models.DateTimeField("声明时间")
    revoked_by = models.ForeignKey(User, models.PROTECT, verbose_name="收回人", related_name="+", null=True)
    revoked_at = models.DateTimeField("收回时间", null=True)

    objects: ClassVar[DeclarationQuerySet] = DeclarationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "本年未产生声明"
        verbose_name_plural = "本年未产生声明"
        ordering = ["item", "-covers_until", "-id"]
        constraints = [
            models.CheckConstraint(
                name="declaration_period_runs_forward",
                condition=Q(covers_until__gte=models.F("covers_from")),
                violation_error_message="声明的止日不能早于起日。",
            ),
            models.CheckConstraint(
                name="declaration_revoked_by_and_when",
                condition=Q(revoked_by__isnull=True, revoked_at__isnull=True)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="declaration_once",
                fields=["item", "covers_from", "covers_until"],
                condition=Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.covers_from}至{self.covers_until}未产生"


@pghistory.track(exclude=["checked_at", "status", "failures", "failed_on", "problem"])
class ElsewhereAddress(models.Model):
    """The address on another platform where an item is published (在其他平台公开), watched for dead links.

    What the watch finds (`checked_at` and after) is no decision of a person and has no history.
    """

    item = models.OneToOneField(Item, models.CASCADE, verbose_name="目录事项", related_name="elsewhere")
    platform = models.CharField("平台名称", max_length=60)
    url = models.CharField("网址", max_length=1000)
    kept_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", related_name="+")
    kept_at = models.DateTimeField("登记时间")
    checked_at = models.DateTimeField("检查时间", null=True, editable=False)
    status = models.CharField(
        "链接状态",
        max_length=10,
        choices=AddressState.choices,
        default=AddressState.UNCHECKED,
        editable=False,
    )
    failures = models.PositiveSmallIntegerField("连续打不开的天数", default=0, editable=False)
    failed_on = models.DateField("最近打不开的日期", null=True, editable=False)
    problem = models.CharField("打不开的原因", max_length=200, blank=True, editable=False)

    objects: ClassVar[ElsewhereQuerySet] = ElsewhereQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "在其他平台公开"
        verbose_name_plural = "在其他平台公开"
        ordering = ["item"]
        indexes = [models.Index(fields=["checked_at"], name="elsewhere_by_check")]

    def __str__(self) -> str:
        return self.platform


def public_state(coverage: Coverage | None) -> tuple[str, str]:
    """What the public reads of an item: a value of `PublicCoverage` and its words.

    None (nobody has reckoned the item yet) reads as empty.
    """
    state = PublicCoverage(coverage.public_state) if coverage else PublicCoverage.EMPTY
    return state.value, str(state.label)


def public_due_on(coverage: Coverage | None, today: date) -> date | None:
    """The day for 「下次更新不晚于」, or None: never one that has passed, whatever became of it."""
    if coverage is None or coverage.public_due_on is None or coverage.public_due_on < today:
        return None
    return coverage.public_due_on
