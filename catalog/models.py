"""WHAT MUST be disclosed: fields (领域) and items of the standard catalog (标准目录; 国办发〔2019〕54号)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency
from catalog.querysets import ItemQuerySet
from catalog.states import Stage


@pghistory.track()
class Field(models.Model):
    """A field (领域) of the standard catalog: the 26 pilot fields of 国办发〔2019〕54号, and later ones.

    Names drift (扶贫 → 乡村振兴), so a field is data with aliases and active dates, never an enumeration.
    """

    slug = models.SlugField("地址名", max_length=60, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    order = models.PositiveIntegerField("排序", default=0)
    active_from = models.DateField("启用日期", null=True, blank=True)
    active_to = models.DateField("停用日期", null=True, blank=True)
    last_item_number = models.PositiveIntegerField("已发编码", default=0, editable=False)

    class Meta:
        verbose_name = "领域"
        verbose_name_plural = "领域"
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name


class FieldAlias(models.Model):
    """Another name under which files and citizens know a field."""

    field = models.ForeignKey(Field, models.CASCADE, verbose_name="领域", related_name="aliases")
    name = models.CharField("别名", max_length=60)

    class Meta:
        verbose_name = "领域别名"
        verbose_name_plural = "领域别名"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["field", "name"], name="field_alias_once")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Item(models.Model):
    """One item (公开事项) of an agency's standard catalog, with every column of the official table.

    Texts stand as found in the file, less stray blanks; what was understood of them stands beside
    (`time_limit_parsed`, `agencies`, `bases`). `code` is issued once and never reused.
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


class Basis(models.Model):
    """One legal basis (公开依据) of an item, split out of the literal text."""

    item = models.ForeignKey(Item, models.CASCADE, verbose_name="目录事项", related_name="bases")
    position = models.PositiveSmallIntegerField("顺序")
    category = models.CharField("类别", max_length=60, blank=True)
    title = models.CharField("名称", max_length=300, blank=True)
    number = models.CharField("文号", max_length=200, blank=True)
    text = models.TextField("原文")

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


class CatalogImport(models.Model):
    """One import of a catalog file: one entry in the history."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="单位", related_name="catalog_imports")
    file_name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("文件指纹", max_length=64)
    counts = models.JSONField("结果", default=dict)
    imported_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="导入人", null=True, related_name="+"
    )
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = "目录导入记录"
        verbose_name_plural = "目录导入记录"
        ordering = ["-imported_at"]

    def __str__(self) -> str:
        return self.file_name


class PendingImport(models.Model):
    """A file handed in for an import, kept privately between preview and confirmation, for one person."""

    token = models.UUIDField("凭据", default=uuid.uuid4, unique=True, editable=False)
    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="+")
    field = models.ForeignKey(
        Field, models.CASCADE, verbose_name="领域", related_name="+", null=True, blank=True
    )
    by_caption = models.BooleanField("按表题归入单位", default=False)
    marks = models.CharField("■□的含义", max_length=10, blank=True)
    file = models.FileField("文件", upload_to="catalog-imports")
    file_name = models.CharField("文件名", max_length=255)
    uploaded_by = models.ForeignKey("agencies.User", models.CASCADE, verbose_name="上传人", related_name="+")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "待确认的导入"
        verbose_name_plural = "待确认的导入"
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name
