"""起草说明: what goes with a policy document on its way, and is public only where somebody says so."""

from __future__ import annotations

import pghistory
from django.db import models

from disclosure.models.documents import Document
from disclosure.rich_text import RichTextField


@pghistory.track()
class DraftingNote(models.Model):
    """起草说明 of a document: a text, a file, or the reason why there is none (DOMAIN §5, 三同步).

    A row of its own and not an attachment: attachments of a public document are public, this is a paper of
    the way there (过程性信息, 条例 16条) until `is_public` says otherwise.
    """

    document = models.OneToOneField(
        Document, models.CASCADE, verbose_name="文件", related_name="drafting_note", editable=False
    )
    body = RichTextField("起草说明", blank=True)
    file = models.FileField("起草说明文件", upload_to="drafting/%Y/%m/", max_length=300, blank=True)
    file_title = models.CharField("文件名称", max_length=300, blank=True, editable=False)
    size = models.PositiveBigIntegerField("大小（字节）", default=0, editable=False)
    media_type = models.CharField("类型", max_length=120, blank=True, editable=False)
    sha256 = models.CharField("文件指纹", max_length=64, blank=True, editable=False)
    is_public = models.BooleanField("随文件一起公开", default=False)
    absence_reason = models.CharField("不附起草说明的理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "起草说明"
        verbose_name_plural = "起草说明"
        constraints = [
            models.CheckConstraint(
                name="drafting_note_says_something",
                condition=~models.Q(body="") | ~models.Q(file="") | ~models.Q(absence_reason=""),
                violation_error_message="请写起草说明、上传文件，或写明不附的理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"起草说明：{self.document}"

    @property
    def stands(self) -> bool:
        """Whether there is a note, and not only a reason for having none."""
        return bool(self.body or self.file)
