"""Steps that are done outside the back office: links to the phone, signed papers, reminders (ADR 26)."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from agencies.models import User
from disclosure.querysets import OfThingQuerySet
from disclosure.states import ReviewLevel, StepOutcome


class OfThing(models.Model):
    """Belongs to a document or an interpretation; one table for both, since one page serves both. It stays
    when a draft that never was public is deleted: that somebody signed is a fact."""

    content_type = models.ForeignKey(
        ContentType, models.PROTECT, verbose_name="类别", related_name="+", editable=False
    )
    object_id = models.PositiveBigIntegerField("编号", editable=False)
    thing = GenericForeignKey()

    class Meta:
        abstract = True


@pghistory.track(exclude=["token_hash"])
class SigningLink(OfThing):
    """A personal link to one step (手机签批): who may use it, over which words, until when. Used once.

    The token itself is nowhere: whoever reads this table signs nothing with it.
    """

    round = models.PositiveSmallIntegerField("第几轮", editable=False)
    position = models.PositiveSmallIntegerField("顺序", editable=False)
    level = models.CharField("步骤", max_length=8, choices=ReviewLevel.choices, editable=False)
    content_hash = models.CharField("内容指纹", max_length=64, editable=False)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name="请谁签", related_name="signing_links", editable=False
    )
    token_hash = models.CharField("链接的指纹", max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="经手人", related_name="+", editable=False)
    made_at = models.DateTimeField("生成时间", editable=False)
    expires_at = models.DateTimeField("有效期至", editable=False)
    used_at = models.DateTimeField("使用时间", null=True, editable=False)
    outcome = models.CharField("结果", max_length=8, choices=StepOutcome.choices, blank=True, editable=False)
    void_at = models.DateTimeField("收回时间", null=True, editable=False)

    objects: ClassVar[Any] = OfThingQuerySet.as_manager()

    class Meta:
        verbose_name = "手机签批链接"
        verbose_name_plural = "手机签批链接"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="signing_link_of_thing")]
        constraints = [
            models.CheckConstraint(
                name="signing_link_used_and_how",
                condition=Q(used_at__isnull=True, outcome="")
                | Q(used_at__isnull=False, void_at__isnull=True, outcome__in=["agreed", "returned"]),
            ),
            models.CheckConstraint(
                name="signing_link_expires", condition=Q(expires_at__gt=models.F("made_at"))
            ),
            models.UniqueConstraint(
                name="signing_link_one_open",
                fields=["content_type", "object_id", "round", "position", "user"],
                condition=Q(used_at__isnull=True, void_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}·{ReviewLevel(self.level).label}"


@pghistory.track()
class SignedPaper(OfThing):
    """A signed 信息发布审批表 or 保密审查表, registered for a round: `content_hash` is what was printed on
    it and fitted the content when it came back."""

    round = models.PositiveSmallIntegerField("第几轮", editable=False)
    content_hash = models.CharField("内容指纹", max_length=64, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", related_name="+", editable=False)
    at = models.DateTimeField("登记时间", editable=False)
    steps = models.PositiveSmallIntegerField("签了几步", default=0, editable=False)

    objects: ClassVar[Any] = OfThingQuerySet.as_manager()

    class Meta:
        verbose_name = "签字件"
        verbose_name_plural = "签字件"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="signed_paper_of_thing")]

    def __str__(self) -> str:
        return f"签字件（第{self.round}轮）"


@pghistory.track()
class ScannedPage(models.Model):
    """A file of a signed paper: PDF, JPEG or PNG, as it came."""

    paper = models.ForeignKey(
        SignedPaper, models.PROTECT, verbose_name="签字件", related_name="pages", editable=False
    )
    file = models.FileField("扫描件", upload_to="signed/%Y/%m/", max_length=300, editable=False)
    name = models.CharField("文件名", max_length=300, editable=False)
    size = models.PositiveBigIntegerField("大小（字节）", editable=False)
    media_type = models.CharField("类型", max_length=120, editable=False)
    sha256 = models.CharField("文件指纹", max_length=64, editable=False)

    class Meta:
        verbose_name = "签字扫描件"
        verbose_name_plural = "签字扫描件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="scanned_page_once", fields=["paper", "sha256"])]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Reminder(OfThing):
    """催办: whoever waits asked for the step that waits; once a day."""

    round = models.PositiveSmallIntegerField("第几轮", editable=False)
    position = models.PositiveSmallIntegerField("顺序", editable=False)
    level = models.CharField("步骤", max_length=8, choices=ReviewLevel.choices, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="催办人", related_name="+", editable=False)
    at = models.DateTimeField("催办时间", editable=False)
    on = models.DateField("催办日期", editable=False)

    objects: ClassVar[Any] = OfThingQuerySet.as_manager()

    class Meta:
        verbose_name = "催办"
        verbose_name_plural = "催办"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="reminder_once_a_day",
                fields=["content_type", "object_id", "round", "position", "on"],
                violation_error_message="今天已经催办过了，请明天再催，或者打电话。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.on}"
