"""公开凭证: what was public, when, in which words, frozen for files, reviews and audits."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import User
from disclosure.models.signing import OfThing
from disclosure.querysets import OfThingQuerySet


@pghistory.track()
class Certificate(OfThing):
    """公开凭证 of something public. `number` is never used twice; `facts` is what stands on it, (label, text)
    in order; `content_hash` is made by `services.certificates.public_hash` under `scheme`."""

    year = models.PositiveSmallIntegerField("年份", editable=False)
    serial = models.PositiveIntegerField("顺序号", editable=False)
    number = models.CharField("凭证号", max_length=20, unique=True, editable=False)
    scheme = models.PositiveSmallIntegerField("指纹算法", default=1, editable=False)
    content_hash = models.CharField("内容指纹", max_length=64, editable=False)
    facts = models.JSONField("凭证内容", default=list, editable=False)
    address = models.CharField("网址", max_length=500, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="出具人", related_name="+", editable=False)
    made_at = models.DateTimeField("出具时间", editable=False)
    #: The PDF, where this machine could make one; else the print page alone.
    file = models.FileField(
        "凭证文件", upload_to="certificates/%Y/", max_length=300, blank=True, editable=False
    )
    sha256 = models.CharField("文件指纹", max_length=64, blank=True, editable=False)

    objects: ClassVar[Any] = OfThingQuerySet.as_manager()

    class Meta:
        verbose_name = "公开凭证"
        verbose_name_plural = "公开凭证"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="certificate_of_thing")]
        constraints = [
            models.UniqueConstraint(name="certificate_serial_once", fields=["year", "serial"]),
            models.CheckConstraint(
                name="certificate_file_and_hash",
                condition=Q(file="", sha256="") | (~Q(file="") & ~Q(sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number
