"""Dynamic adjustment (动态调整), and catalogs that follow a template of the county."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import pghistory
from django.db import models

from agencies.models import Agency
from catalog.models.fields import Field
from catalog.models.items import Item
from catalog.querysets import AdjustmentQuerySet, InheritanceQuerySet
from catalog.states import AdjustmentState, LineAction


@pghistory.track()
class CatalogInheritance(models.Model):
    """A catalog that follows a template of the county: it takes over its items, may add and drop."""

    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="inheritances")
    field = models.ForeignKey(Field, models.PROTECT, verbose_name="领域", related_name="inheritances")
    source = models.ForeignKey(Agency, models.PROTECT, verbose_name="模板所属单位", related_name="+")
    since = models.DateField("开始沿用")

    objects: ClassVar[Any] = InheritanceQuerySet.as_manager()

    class Meta:
        verbose_name = "沿用县级模板"
        verbose_name_plural = "沿用县级模板"
        constraints = [
            models.UniqueConstraint(fields=["agency", "field"], name="inheritance_once"),
            models.CheckConstraint(
                name="inheritance_from_another",
                condition=~models.Q(agency=models.F("source")),
                violation_error_message="目录不能沿用自己，请选择县级模板所属的单位。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}：{self.field}"


@pghistory.track()
class Adjustment(models.Model):
    """A proposal to change the catalog (动态调整): proposed by an agency, passed by the lead agency of the
    field where there is one, approved by 县政府办公室, applied on the day from which it is in force."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="提出单位", related_name="adjustments")
    title = models.CharField("标题", max_length=200)
    reason = models.CharField("调整理由", max_length=300)
    in_force_on = models.DateField("生效日期", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=AdjustmentState.choices, default=AdjustmentState.PROPOSED
    )
    file_name = models.CharField("来自文件", max_length=255, blank=True, editable=False)
    # The columns of that file, kept when the adjustment is written (`services.layouts`).
    layouts = models.JSONField("文件的列", default=list, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="提出人", related_name="+", editable=False
    )
    proposed_at = models.DateTimeField("提出时间", editable=False)
    passed_by = models.ForeignKey(
        "agencies.User",
        models.PROTECT,
        verbose_name="牵头单位审核人",
        related_name="+",
        null=True,
        editable=False,
    )
    passed_at = models.DateTimeField("牵头单位审核时间", null=True, editable=False)
    decided_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="批准人", related_name="+", null=True, editable=False
    )
    decided_at = models.DateTimeField("批准时间", null=True, editable=False)
    applied_at = models.DateTimeField("写入目录的时间", null=True, editable=False)
    remarks = models.CharField("审核意见", max_length=500, blank=True, editable=False)

    objects: ClassVar[Any] = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = "目录调整"
        verbose_name_plural = "目录调整"
        ordering = ["-proposed_at", "-id"]
        permissions = [
            ("pass_adjustment", "牵头审核目录调整"),
            ("approve_adjustment", "批准目录调整"),
        ]
        constraints = [
            models.CheckConstraint(
                name="adjustment_passed_by_and_when",
                condition=models.Q(passed_by__isnull=True, passed_at__isnull=True)
                | models.Q(passed_by__isnull=False, passed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adjustment_decided_by_and_when",
                condition=models.Q(decided_by__isnull=True, decided_at__isnull=True)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adjustment_applied_was_decided",
                condition=models.Q(applied_at__isnull=True)
                | models.Q(decided_at__isnull=False, state=AdjustmentState.APPLIED),
            ),
            models.CheckConstraint(
                name="adjustment_two_pairs_of_eyes",
                condition=models.Q(decided_by__isnull=True)
                | models.Q(state__in=[AdjustmentState.REJECTED, AdjustmentState.RECALLED])
                | ~models.Q(decided_by=models.F("proposed_by")),
                violation_error_message="提出人不能批准自己的调整，请由另一位同事批准。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def lead_agency(self) -> Agency | None:
        """The lead agency of the fields that it touches, unless the proposing agency is that itself. There is
        at most one: what touches fields of several is proposed as several adjustments."""
        led: Agency | None = (
            Agency.objects.published()
            .filter(led_fields__in=self.lines.values("field"))
            .exclude(pk=self.agency_id)
            .order_by("pk")
            .first()
        )
        return led


@pghistory.track()
class AdjustmentLine(models.Model):
    """One item that an adjustment adds, changes or retires. `values` is the item as it shall be
    (`catalog.drafts`), `base_version` the version that the proposer saw."""

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, verbose_name="目录调整", related_name="lines")
    position = models.PositiveIntegerField("顺序", default=0)
    action = models.CharField("动作", max_length=8, choices=LineAction.choices)
    item = models.ForeignKey(
        Item, models.PROTECT, verbose_name="目录事项", related_name="adjustment_lines", null=True, blank=True
    )
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="目录所属单位", related_name="+")
    field = models.ForeignKey(Field, models.PROTECT, verbose_name="领域", related_name="+")
    values = models.JSONField("调整后的内容", default=dict, blank=True)
    base_version = models.PositiveIntegerField("调整前的版本", null=True, blank=True)

    class Meta:
        verbose_name = "调整事项"
        verbose_name_plural = "调整事项"
        ordering = ["adjustment", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="adjustment_line_names_its_item",
                condition=models.Q(action=LineAction.ADD)
                | models.Q(item__isnull=False, base_version__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}：{self.item or ''}"

    @property
    def takes_up(self) -> bool:
        """Whether it brings back an item that has left the catalog: an addition that names the item, in the
        version that the proposer saw."""
        return self.action == LineAction.ADD and self.base_version is not None

    @property
    def as_template(self) -> bool:
        """Whether what it brings back will say what its template says (重新沿用), not what it said itself."""
        return self.takes_up and bool(self.values.get("as_template"))
