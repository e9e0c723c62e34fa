"""What somebody filed in one go (归类): the batch, and what stood at each document before and after."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import User
from disclosure.models.documents import Document


@pghistory.track()
class FilingBatch(models.Model):
    """Documents of the backlog that one person filed in one act; undone as one."""

    by = models.ForeignKey(User, models.PROTECT, verbose_name="归类人", related_name="+")
    at = models.DateTimeField("归类时间")
    count = models.PositiveIntegerField("文件数", default=0)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", related_name="+", null=True, blank=True
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    #: What was left out, and why: only on the object that the service returns.
    skipped: tuple[str, ...] = ()

    class Meta:
        verbose_name = "归类批次"
        verbose_name_plural = "归类"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["by", "-at"], name="filing_batch_by_person")]
        constraints = [
            models.CheckConstraint(
                name="filing_batch_undone_by_and_when",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} 归类 {self.count} 件"


@pghistory.track()
class FilingLine(models.Model):
    """One document of a batch. `before` and `after` hold what filing sets, as `backlog.state_of` reads it:
    items (ids, sorted), topic (id or null), stage, kind, genre.

    `undone`: the document was put back as it was, and belongs to the backlog again.
    """

    batch = models.ForeignKey(FilingBatch, models.CASCADE, verbose_name="归类批次", related_name="lines")
    document = models.ForeignKey(Document, models.CASCADE, verbose_name="文件", related_name="filing_lines")
    before = models.JSONField("归类前", default=dict)
    after = models.JSONField("归类后", default=dict)
    undone = models.BooleanField("已撤销", default=False)

    class Meta:
        verbose_name = "归类的文件"
        verbose_name_plural = "归类的文件"
        ordering = ["batch", "id"]
        indexes = [
            models.Index(fields=["document"], condition=Q(undone=False), name="filing_line_in_force"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "document"], name="filing_line_once"),
        ]

    def __str__(self) -> str:
        return str(self.document)
