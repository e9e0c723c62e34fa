"""收文: the signed original of a document, kept as the record; texts read out of files, by their content."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import User
from disclosure.models.documents import Document
from disclosure.querysets import OriginalQuerySet


@pghistory.track()
class SignedOriginal(models.Model):
    """签发原件: the file as it came from the office system. Never altered, never public by itself; fetched in
    the back office by whoever has its document in scope. Guarded by a trigger."""

    document = models.OneToOneField(
        Document, models.CASCADE, verbose_name="文件", related_name="original", editable=False
    )
    file = models.FileField("原件", upload_to="originals/%Y/%m/", max_length=300, editable=False)
    file_name = models.CharField("文件名", max_length=300, editable=False)
    size = models.PositiveBigIntegerField("大小（字节）", editable=False)
    media_type = models.CharField("类型", max_length=120, editable=False)
    sha256 = models.CharField("文件指纹", max_length=64, unique=True, editable=False)
    pages = models.PositiveIntegerField("页数", null=True, editable=False)
    #: What was proposed from its text: `facts` by name, `attachments`, `missing`, `notes`.
    proposal = models.JSONField("读出的内容", default=dict, editable=False)
    received_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="收文人", related_name="+", editable=False
    )
    received_at = models.DateTimeField("收文时间", editable=False)

    objects: ClassVar[Any] = OriginalQuerySet.as_manager()

    class Meta:
        verbose_name = "签发原件"
        verbose_name_plural = "签发原件"
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def extension(self) -> str:
        """The ending of its real type: the name on disk bears it."""
        return str(self.file.name).rpartition(".")[2]


class ReadText(models.Model):
    """The text of a stored file, read once and kept by its content, so that checks need not open it again.
    A mere derivation: no history, gone with the last file of this content."""

    sha256 = models.CharField(max_length=64)
    extension = models.CharField(max_length=10)
    #: The version of the readers (`services.texts.READER`): an older text is read anew.
    reader = models.PositiveSmallIntegerField()
    #: [place, text] of each line.
    lines = models.JSONField(default=list)
    #: Why nothing, or not everything, was read; in Chinese, for people.
    problem = models.TextField(blank=True)
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = "读出的文字"
        verbose_name_plural = "读出的文字"
        constraints = [
            models.UniqueConstraint(name="read_text_once", fields=["sha256", "extension"]),
            models.CheckConstraint(name="read_text_of_a_file", condition=~Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]}.{self.extension}"
