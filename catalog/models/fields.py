"""Fields (领域) of the catalogs, their other names, and the files' own sets of columns."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.db import models

from agencies.models import Agency
from catalog.querysets import FieldQuerySet
from catalog.states import CatalogKind


@pghistory.track()
class Field(models.Model):
    """A field (领域) of a catalog: the 26 pilot fields of 国办发〔2019〕54号, and later ones.

    The catalogs that are not divided into fields (主动公开基本目录, 村（居）务公开基本目录) are one field
    each (`catalog`), so that every item stands in exactly one catalog of exactly one agency. Names drift
    (扶贫 → 乡村振兴), so a field is data with aliases and active dates, never an enumeration.
    """

    slug = models.SlugField("地址名", max_length=60, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    catalog = models.CharField(
        "所属目录", max_length=12, choices=CatalogKind.choices, default=CatalogKind.STANDARD
    )
    lead_agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="牵头单位", related_name="led_fields", null=True, blank=True
    )
    order = models.PositiveIntegerField("排序", default=0)
    active_from = models.DateField("启用日期", null=True, blank=True)
    active_to = models.DateField("停用日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="并入的领域",
        related_name="merged_fields",
        null=True,
        blank=True,
        editable=False,
    )
    last_item_number = models.PositiveIntegerField("已发编码", default=0, editable=False)

    objects: ClassVar[Any] = FieldQuerySet.as_manager()

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
class CatalogLayout(models.Model):
    """The set of columns that an agency's file of a field had: kept at import, used on export."""

    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="catalog_layouts")
    field = models.ForeignKey(Field, models.CASCADE, verbose_name="领域", related_name="layouts")
    # In order: {"kind", "top", "sub", "name"} (`catalog.layouts.LayoutColumn`).
    columns = models.JSONField("列", default=list)
    marks = models.CharField("■□的含义", max_length=10, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "目录版式"
        verbose_name_plural = "目录版式"
        constraints = [models.UniqueConstraint(fields=["agency", "field"], name="layout_once")]

    def __str__(self) -> str:
        return f"{self.agency}：{self.field}"
