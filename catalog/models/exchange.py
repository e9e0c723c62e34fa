"""Files on their way in and out: imports, uploads that wait for their confirmation, long exports."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency
from catalog.models.fields import Field
from catalog.states import ExportState


class CatalogImport(models.Model):
    """One import of a catalog file: one entry in the history, undone as one."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="单位", related_name="catalog_imports")
    file_name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("文件指纹", max_length=64)
    counts = models.JSONField("结果", default=dict)
    imported_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="导入人", null=True, related_name="+"
    )
    imported_at = models.DateTimeField("导入时间")
    # The context of django-pghistory under which all its rows were written.
    history_context = models.UUIDField("历史记录编号", null=True, editable=False)
    undone_by = models.ForeignKey(
        "agencies.User", models.PROTECT, verbose_name="撤销人", null=True, related_name="+", editable=False
    )
    undone_at = models.DateTimeField("撤销时间", null=True, editable=False)

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


class ExportJob(models.Model):
    """A long export that a worker writes: asked for by anybody who may see its rows, fetched by its token."""

    token = models.UUIDField("凭据", default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("文件名", max_length=200)
    kind = models.CharField("格式", max_length=8)
    query = models.JSONField("范围", default=dict)
    state = models.CharField("状态", max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    total = models.PositiveIntegerField("事项数", default=0)
    done = models.PositiveIntegerField("已写", default=0)
    problem = models.CharField("没有完成的原因", max_length=300, blank=True)
    file = models.FileField("文件", upload_to="catalog-exports", max_length=300, blank=True)
    requested_by = models.ForeignKey(
        "agencies.User", models.CASCADE, verbose_name="导出人", related_name="+", null=True
    )
    requested_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "目录导出"
        verbose_name_plural = "目录导出"
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return self.name
