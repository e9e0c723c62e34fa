"""Which document of the library holds the text of a law that items of the catalog lean on (公开依据)."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.db import models

from agencies.models import User
from catalog.models import Law
from disclosure.models.documents import Document
from disclosure.querysets import LawTextQuerySet


@pghistory.track()
class LawText(models.Model):
    """The text of a law (原文) in the library. The link stands in this room, the higher of the two."""

    law = models.OneToOneField(Law, models.PROTECT, verbose_name="法规依据", related_name="text")
    document = models.ForeignKey(Document, models.PROTECT, verbose_name="文件", related_name="law_texts")
    linked_by = models.ForeignKey(User, models.PROTECT, verbose_name="关联人", related_name="+")
    linked_at = models.DateTimeField("关联时间")

    objects: ClassVar[Any] = LawTextQuerySet.as_manager()

    class Meta:
        verbose_name = "依据原文"
        verbose_name_plural = "依据原文"
        ordering = ["law__title"]

    def __str__(self) -> str:
        return f"{self.law}"
