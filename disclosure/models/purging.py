"""封存清除: what was removed on an order, as a chain of hashes, and the backups that still hold it."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import User
from disclosure.states import PurgeState


@pghistory.track()
class Purge(models.Model):
    """One sealed purge: proposed by one person on an order, done by another (two pairs of eyes, in the
    database too). Of the content it keeps a SHA-256 alone; `chain_hash` seals it with the purge before.
    It never names what it removed: no title stands here.

    `with_ids`: what went along of the same kind (its correction drafts, postings that were merged into it).
    `number_marks`: keyed fingerprints of its document numbers, so that these are not used a second time.
    """

    number = models.PositiveIntegerField("第几次", null=True, unique=True, editable=False)
    place = models.CharField("哪一类", max_length=20, editable=False)
    object_id = models.BigIntegerField("编号", editable=False)
    with_ids = ArrayField(
        models.BigIntegerField(), verbose_name="一并清除的", default=list, blank=True, editable=False
    )
    index_number = models.CharField("索引号", max_length=60, blank=True, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=PurgeState.choices, default=PurgeState.PROPOSED, editable=False
    )
    order_number = models.CharField("决定的文号", max_length=100, editable=False)
    authority = models.CharField("作出决定的机关", max_length=200, editable=False)
    reason = models.CharField("理由", max_length=500, editable=False)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提出人", related_name="+", editable=False
    )
    proposed_at = models.DateTimeField("提出时间", editable=False)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="确认人", related_name="+", null=True, editable=False
    )
    confirmed_at = models.DateTimeField("清除时间", null=True, editable=False)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="取消人", related_name="+", null=True, editable=False
    )
    cancelled_at = models.DateTimeField("取消时间", null=True, editable=False)
    content_hash = models.CharField("内容指纹", max_length=64, blank=True, editable=False)
    previous_hash = models.CharField("上一次的封存指纹", max_length=64, blank=True, editable=False)
    chain_hash = models.CharField("封存指纹", max_length=64, blank=True, editable=False)
    number_marks = ArrayField(
        models.CharField(max_length=64), verbose_name="文号指纹", default=list, blank=True, editable=False
    )
    removed = models.JSONField("清除了什么", default=dict, editable=False)
    remnants = models.JSONField("还有提到它的地方", default=list, editable=False)

    class Meta:
        verbose_name = "封存清除"
        verbose_name_plural = "封存清除"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="purge_two_persons",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                violation_error_message="提出的人不能自己确认，请由另一位同事确认。",
            ),
            models.CheckConstraint(
                name="purge_on_an_order",
                condition=~Q(order_number="") & ~Q(authority="") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="purge_done_by_whom_and_sealed",
                condition=Q(
                    state=PurgeState.DONE,
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    number__isnull=False,
                )
                & ~Q(content_hash="")
                & ~Q(chain_hash="")
                | ~Q(state=PurgeState.DONE) & Q(confirmed_by=None, confirmed_at=None, number=None),
            ),
            models.UniqueConstraint(
                name="purge_once",
                fields=["place", "object_id"],
                condition=Q(state__in=[PurgeState.PROPOSED, PurgeState.DONE]),
            ),
        ]

    def __str__(self) -> str:
        what = "解读" if self.place == "interpretation" else "文件"
        return f"{what}{self.object_id}（{self.index_number or '没有索引号'}）"


@pghistory.track()
class BackupSet(models.Model):
    """备份: a set of copies outside this system that has to be cleaned after a purge."""

    name = models.CharField("名称", max_length=100, unique=True)
    keeper = models.CharField("放在哪里、谁保管", max_length=200, blank=True)
    kept_for = models.CharField("保留多久", max_length=100, blank=True)
    is_active = models.BooleanField("还在用", default=True)

    class Meta:
        verbose_name = "备份"
        verbose_name_plural = "备份"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class PurgeBackup(models.Model):
    """A backup to be cleaned after a purge, and who cleaned it when."""

    purge = models.ForeignKey(
        Purge, models.PROTECT, verbose_name="封存清除", related_name="backups", editable=False
    )
    backup = models.ForeignKey(
        BackupSet, models.PROTECT, verbose_name="备份", related_name="purges", editable=False
    )
    cleaned_on = models.DateField("清理日期", null=True, blank=True)
    cleaned_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", null=True, editable=False
    )
    note = models.CharField("怎样清理的", max_length=200, blank=True)

    class Meta:
        verbose_name = "待清理的备份"
        verbose_name_plural = "待清理的备份"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="purge_backup_once", fields=["purge", "backup"]),
            models.CheckConstraint(
                name="purge_backup_by_and_when",
                condition=Q(cleaned_on=None, cleaned_by=None)
                | Q(cleaned_on__isnull=False, cleaned_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.backup)
