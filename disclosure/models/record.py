"""The record after publication: corrections (更正), changes of validity, two postings made one (合并)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from agencies.models import User
from disclosure.models.documents import Document
from disclosure.models.publishable import AttachedFile
from disclosure.states import Validity


class CorrectionOf(models.Model):
    """更正: what stood before, and what the public is told of the change. Never rewritten.

    Of words (`of_words`) it keeps title, summary, body and attachments as they stood until then; of metadata
    the labels with old and new value (`changes`: lists of three texts). Which thing it is of, and from which
    draft, each room adds.
    """

    number = models.PositiveSmallIntegerField("第几次更正", editable=False)
    at = models.DateTimeField("更正时间", editable=False)
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="签发人", related_name="+", null=True, editable=False
    )
    note = models.CharField("更正说明（对外显示）", max_length=300, editable=False)
    of_words = models.BooleanField("更正文字", default=False, editable=False)
    title = models.CharField("更正前的标题", max_length=400, blank=True, editable=False)
    summary = models.CharField("更正前的一句话", max_length=200, blank=True, editable=False)
    body = models.TextField("更正前的正文", blank=True, editable=False)
    changes = models.JSONField("更正的信息", default=list, editable=False)
    #: 原版本不再公开 (ADR 38): what stood before is for staff alone from then on; never opened again.
    closed_at = models.DateTimeField("原版本停止公开时间", null=True, editable=False)
    closed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="停止公开的人", related_name="+", null=True, editable=False
    )
    closed_reason = models.CharField(
        "停止公开的理由", max_length=300, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True
        verbose_name = "更正"
        verbose_name_plural = "更正"

    def __str__(self) -> str:
        return f"第{self.number}次更正"


def numbered_corrections(name: str, owner: str) -> list[models.BaseConstraint]:
    """Each number once, never without words; closed with a reason or not at all."""
    return [
        models.UniqueConstraint(name=f"{name}_number_once", fields=[owner, "number"]),
        models.CheckConstraint(
            name=f"{name}_says_what", condition=~Q(note="") & (Q(of_words=False) | ~Q(title=""))
        ),
        models.CheckConstraint(
            name=f"{name}_closed_with_reason",
            condition=Q(closed_at=None, closed_by=None, closed_reason="")
            | (Q(closed_at__isnull=False) & ~Q(closed_reason="")),
        ),
    ]


def closed_for_good(name: str) -> list[pgtrigger.Trigger]:
    """What was closed to the public stays closed: the database refuses to open it again."""
    return [
        pgtrigger.Protect(
            name=f"{name}_closed_for_good",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at"
            ),
        )
    ]


@pghistory.track()
class Correction(CorrectionOf):
    """更正 of a document."""

    document = models.ForeignKey(
        Document, models.CASCADE, verbose_name="文件", related_name="corrections", editable=False
    )
    draft = models.OneToOneField(
        Document, models.PROTECT, verbose_name="更正稿", related_name="applied_as", null=True, editable=False
    )

    class Meta(CorrectionOf.Meta):
        ordering = ["document", "-number"]
        constraints = numbered_corrections("correction", "document")
        triggers = closed_for_good("correction")


@pghistory.track()
class EarlierAttachment(AttachedFile):
    """An attachment as it stood before a correction; its file may still be that of a present one."""

    correction = models.ForeignKey(
        Correction, models.CASCADE, verbose_name="更正", related_name="attachments", editable=False
    )

    class Meta:
        verbose_name = "更正前的附件"
        verbose_name_plural = "更正前的附件"
        ordering = ["correction", "position", "pk"]


@pghistory.track()
class ValidityChange(models.Model):
    """修改, 废止 or 失效 of a document, from a day on, by the document that did it or on a basis in words.

    One that was recorded by mistake is taken back (`revoked_at`), never deleted. `Document.amended_on`,
    `lapsed_on`, `repealed_on` and `repealed_by` are derived from those that stand.
    """

    KINDS = ((Validity.AMENDED, "修改"), (Validity.EXPIRED, "失效"), (Validity.REPEALED, "废止"))

    document = models.ForeignKey(
        Document, models.PROTECT, verbose_name="文件", related_name="validity_changes", editable=False
    )
    kind = models.CharField("变动", max_length=16, choices=KINDS)
    on = models.DateField("从哪一天起")
    cause = models.ForeignKey(
        Document,
        models.PROTECT,
        verbose_name="修改或者废止它的文件",
        related_name="validity_caused",
        null=True,
        blank=True,
    )
    basis = models.CharField("依据", max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", null=True, editable=False
    )
    recorded_at = models.DateTimeField("登记时间", null=True, editable=False)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", related_name="+", null=True, editable=False
    )
    revoked_at = models.DateTimeField("撤销时间", null=True, editable=False)
    revoked_reason = models.CharField("撤销登记的理由", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = "有效性变动"
        verbose_name_plural = "有效性变动"
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="validity_change_by_another", condition=Q(cause=None) | ~Q(cause=F("document"))
            ),
            models.CheckConstraint(
                name="validity_change_revoked_by_whom_and_why",
                condition=Q(revoked_by=None, revoked_at=None, revoked_reason="")
                | (Q(revoked_by__isnull=False, revoked_at__isnull=False) & ~Q(revoked_reason="")),
            ),
            models.UniqueConstraint(
                name="validity_ends_once",
                fields=["document"],
                condition=Q(kind=Validity.REPEALED, revoked_at=None),
                violation_error_message="这份文件已经登记过废止。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}起{self.get_kind_display()}"


class ValiditySetting(models.Model):
    """How long before its last day a document is shown to staff as ending (one row)."""

    warn_days = models.PositiveSmallIntegerField("有效期到期前多少天提醒", default=90)

    class Meta:
        verbose_name = "有效期提醒"
        verbose_name_plural = "有效期提醒"
        constraints = [
            models.CheckConstraint(name="validity_setting_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="validity_setting_days",
                condition=Q(warn_days__gte=1, warn_days__lte=730),
                violation_error_message="请填1到730之间的天数。",
            ),
        ]

    def __str__(self) -> str:
        return f"到期前{self.warn_days}天提醒"


def warn_days() -> int:
    """Days before its last day from which a document is shown to staff as ending."""
    row = ValiditySetting.objects.filter(pk=1).first()
    return row.warn_days if row else 90


@pghistory.track()
class Merge(models.Model):
    """合并: one of two postings of the same document gave way to the other. `moved`: what went over with it,
    by kind, so that the merge can be undone."""

    source = models.ForeignKey(
        Document, models.PROTECT, verbose_name="并入的文件", related_name="merges", editable=False
    )
    target = models.ForeignKey(
        Document, models.PROTECT, verbose_name="保留的文件", related_name="taken_in", editable=False
    )
    reason = models.CharField("理由", max_length=300, editable=False)
    moved = models.JSONField("一并转到保留文件的", default=dict, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="办理人", related_name="+", editable=False)
    at = models.DateTimeField("办理时间", editable=False)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", related_name="+", null=True, editable=False
    )
    undone_at = models.DateTimeField("撤销时间", null=True, editable=False)

    class Meta:
        verbose_name = "合并"
        verbose_name_plural = "合并"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="merge_once", fields=["source"], condition=Q(undone_at=None)),
            models.CheckConstraint(name="merge_of_two", condition=~Q(source=F("target"))),
            models.CheckConstraint(
                name="merge_undone_by_and_when",
                condition=Q(undone_by=None, undone_at=None)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"文件{self.source_id}并入文件{self.target_id}"
