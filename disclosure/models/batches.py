"""批量发布: short notices that come as a table, are checked as one, and go out as one."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from disclosure.models.documents import Document
from disclosure.querysets import BatchQuerySet
from disclosure.states import BatchState


@pghistory.track()
class NoticeBatch(models.Model):
    """A batch (批次) of notices of one agency and those below it. Its members become documents when it is
    submitted; whoever signs it signs each of them."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="单位", related_name="notice_batches")
    name = models.CharField("批次名称", max_length=120)
    state = models.CharField(
        "状态", max_length=12, choices=BatchState.choices, default=BatchState.COLLECTING, editable=False
    )
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", related_name="+", editable=False
    )
    created_at = models.DateTimeField("建立时间", editable=False)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提交人", related_name="+", null=True, editable=False
    )
    submitted_at = models.DateTimeField("提交时间", null=True, editable=False)
    signed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="签发人", related_name="+", null=True, editable=False
    )
    signed_at = models.DateTimeField("签发时间", null=True, editable=False)
    #: What the worker is to do, and for whom: {"act", "by", …}; empty when nothing runs.
    order = models.JSONField("交办", default=dict, blank=True, editable=False)
    problem = models.TextField("没有办成的原因", blank=True, editable=False)

    objects: ClassVar[BatchQuerySet] = BatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "批量发布"
        verbose_name_plural = "批量发布"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_batch_signed_by_and_when",
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_batch_signed_by_another",
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=models.F("submitted_by")),
                violation_error_message="提交批次的人不能签发它，请由另一位同事办理。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class NoticeRow(models.Model):
    """A row (一行) of a batch: texts by column as they were written, until they become a document."""

    batch = models.ForeignKey(NoticeBatch, models.CASCADE, verbose_name="批次", related_name="rows")
    position = models.PositiveIntegerField("行号")
    values = models.JSONField("内容", default=dict)
    document = models.OneToOneField(
        Document, models.SET_NULL, verbose_name="文件", related_name="notice_row", null=True, editable=False
    )
    struck_reason = models.CharField("剔除原因", max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name = "批次中的一行"
        verbose_name_plural = "批次中的一行"
        ordering = ["batch", "position", "pk"]

    def __str__(self) -> str:
        return f"第{self.position}行"


class BatchFile(models.Model):
    """A file that came with a batch (附件), found by the name that a row gives. What the scanner saw in it is
    kept, so that the table need not read it again."""

    batch = models.ForeignKey(NoticeBatch, models.CASCADE, verbose_name="批次", related_name="files")
    name = models.CharField("文件名", max_length=220)
    file = models.FileField("文件", upload_to="batches/%Y/%m/", max_length=300)
    size = models.PositiveBigIntegerField("大小（字节）", default=0)
    sha256 = models.CharField("文件指纹", max_length=64)
    findings = models.JSONField("检查发现", default=list)

    class Meta:
        verbose_name = "批次的附件"
        verbose_name_plural = "批次的附件"
        ordering = ["batch", "name"]
        constraints = [models.UniqueConstraint(name="batch_file_once", fields=["batch", "name"])]

    def __str__(self) -> str:
        return self.name
