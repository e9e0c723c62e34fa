"""Items (公开事项), what they lean on, and the matters that they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency
from catalog.models.fields import Field
from catalog.querysets import ItemQuerySet, LawQuerySet
from catalog.states import LawState, Stage


@pghistory.track()
class Matter(models.Model):
    """A matter (事) that runs through several items: one page shows it from decision to result (五公开)."""

    name = models.CharField("名称", max_length=200)
    field = models.ForeignKey(Field, models.PROTECT, verbose_name="领域", related_name="matters")
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="目录所属单位", related_name="matters")
    summary = models.CharField("一句话说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "一件事"
        verbose_name_plural = "一件事全过程"
        ordering = ["field__order", "name"]
        constraints = [models.UniqueConstraint(fields=["agency", "field", "name"], name="matter_once")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Item(models.Model):
    """One item (公开事项) of an agency's standard catalog, with every column of the official table.

    Texts stand as found in the file, less stray blanks; what was understood of them stands beside
    (`time_limit_parsed`, `agencies`, `bases`). `code` is issued once and never reused. Every change is a
    version: `version`, `in_force_from`, `change_reason` and `changed_by` speak of the present one, the
    history table holds all of them. `template`: the county's item that this one was taken over from.
    """

    code = models.CharField("编码", max_length=80, unique=True, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="目录所属单位", related_name="items")
    field = models.ForeignKey(Field, models.PROTECT, verbose_name="领域", related_name="items")
    position = models.PositiveIntegerField("顺序", default=0)
    serial = models.CharField("序号", max_length=50, blank=True)
    levels = ArrayField(models.CharField(max_length=500), verbose_name="公开事项(各级名称)")
    content = models.TextField("公开内容(要素)", blank=True)
    basis = models.TextField("公开依据", blank=True)
    time_limit = models.TextField("公开时限", blank=True)
    time_limit_parsed = models.JSONField("时限(系统读出)", default=dict, blank=True, editable=False)
    subject = models.TextField("公开主体", blank=True)
    agencies: Any = models.ManyToManyField(
        Agency, verbose_name="公开主体对应的单位", related_name="responsible_items", blank=True
    )
    channels = models.JSONField("公开渠道和载体", default=list, blank=True)
    # Null: the file has no such column (≠ a column left empty), and none is printed on export.
    audience = ArrayField(
        models.CharField(max_length=500), verbose_name="公开对象", default=list, blank=True, null=True
    )
    manner = ArrayField(
        models.CharField(max_length=200), verbose_name="公开方式", default=list, blank=True, null=True
    )
    tiers = ArrayField(
        models.CharField(max_length=200), verbose_name="公开层级", default=list, blank=True, null=True
    )
    telephone = models.CharField("咨询电话", max_length=500, blank=True)
    stage = models.CharField("五公开", max_length=12, choices=Stage.choices, blank=True)
    responsible_office = models.CharField("责任科室", max_length=100, blank=True)
    responsible_post = models.CharField("责任岗位", max_length=100, blank=True)
    matter = models.ForeignKey(
        Matter, models.SET_NULL, verbose_name="一件事", related_name="items", null=True, blank=True
    )
    template = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="沿用的县级事项",
        related_name="derived",
        null=True,
        blank=True,
        editable=False,
    )
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    in_force_from = models.DateField("生效日期", null=True, blank=True, editable=False)
    change_reason = models.CharField("调整理由", max_length=300, blank=True, editable=False)
    changed_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="调整人", related_name="+", null=True, editable=False
    )
    extra = models.JSONField("其他列", default=dict, blank=True)
    retired_on = models.DateField("停用日期", null=True, blank=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects: ClassVar[Any] = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = "目录事项"
        verbose_name_plural = "目录事项"
        ordering = ["field__order", "agency__order", "position", "id"]
        indexes = [models.Index(fields=["agency", "field", "position"], name="item_by_catalog")]
        permissions = [("import_catalog", "导入标准目录")]
        constraints = [
            models.CheckConstraint(
                name="item_has_one_to_four_levels",
                condition=models.Q(levels__len__gte=1) & models.Q(levels__len__lte=4),
                violation_error_message="公开事项应有一至四级名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The item's own name: the last level (二级事项)."""
        return str(self.levels[-1]) if self.levels else ""


@pghistory.track()
class Law(models.Model):
    """A law, regulation or paper that items lean on (公开依据): one row for all items that name it.

    `key` is what it is recognised by: title without blanks and brackets, number where it has one.
    """

    key = models.CharField("识别名", max_length=500, unique=True, editable=False)
    category = models.CharField("类别", max_length=60, blank=True)
    title = models.CharField("名称", max_length=300)
    number = models.CharField("文号", max_length=200, blank=True)
    state = models.CharField("有效性", max_length=12, choices=LawState.choices, default=LawState.UNCHECKED)
    repealed_on = models.DateField("废止日期", null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name="替代它的依据", related_name="replaces", null=True, blank=True
    )
    source_url = models.CharField("原文网址", max_length=1000, blank=True)
    # A law that was the same as another keeps its key, so that the next file finds the other one.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="并入的依据",
        related_name="merged",
        null=True,
        blank=True,
        editable=False,
    )

    objects: ClassVar[Any] = LawQuerySet.as_manager()

    class Meta:
        verbose_name = "法规依据"
        verbose_name_plural = "法规依据"
        ordering = ["title", "number"]

    def __str__(self) -> str:
        return f"《{self.title}》（{self.number}）" if self.number else f"《{self.title}》"


class Basis(models.Model):
    """One legal basis (公开依据) of an item, split out of the literal text."""

    item = models.ForeignKey(Item, models.CASCADE, verbose_name="目录事项", related_name="bases")
    position = models.PositiveSmallIntegerField("顺序")
    category = models.CharField("类别", max_length=60, blank=True)
    title = models.CharField("名称", max_length=300, blank=True)
    number = models.CharField("文号", max_length=200, blank=True)
    text = models.TextField("原文")
    law = models.ForeignKey(
        Law, models.PROTECT, verbose_name="法规依据", related_name="bases", null=True, blank=True
    )

    class Meta:
        verbose_name = "公开依据"
        verbose_name_plural = "公开依据"
        ordering = ["item", "position"]

    def __str__(self) -> str:
        return self.text


class SubjectMapping(models.Model):
    """What a literal 公开主体 (「县级民政部门」) means in this county: remembered for the next import."""

    text = models.CharField("公开主体原文", max_length=300, unique=True)
    agencies: Any = models.ManyToManyField(Agency, verbose_name="对应单位", blank=True)

    class Meta:
        verbose_name = "公开主体对照"
        verbose_name_plural = "公开主体对照"
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text
