"""Documents (政府信息) with the metadata of DOMAIN §4, their attachments and index numbers."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agencies.models import Agency
from catalog.models import Field, Item
from catalog.states import Stage
from disclosure.models.publishable import (
    AttachedFile,
    Publishable,
    correction_constraints,
    publication_constraints,
)
from disclosure.querysets import DocumentQuerySet
from disclosure.states import (
    GENRES,
    SAID_VALIDITY,
    DocumentKind,
    Ground,
    Lane,
    Openness,
    Publication,
    Validity,
)
from disclosure.validity import validity_on


@pghistory.track()
class Document(Publishable):
    """A piece of government information (政府信息). Its id and its index number never change."""

    kind = models.CharField(
        "类型", max_length=20, choices=DocumentKind.choices, default=DocumentKind.DOCUMENT
    )
    genre = models.CharField("体裁", max_length=10, choices=[(g, g) for g in GENRES], blank=True)
    fields: Any = models.ManyToManyField(Field, verbose_name="领域", related_name="documents", blank=True)
    items: Any = models.ManyToManyField(Item, verbose_name="目录事项", related_name="documents", blank=True)
    #: Where a paper's own stage is not that of its items: a draft for comment (征求意见) is 决策 wherever it
    #: is filed, and an old paper may have no item at all. Empty: as its items.
    stage = models.CharField("五公开", max_length=12, choices=Stage.choices, blank=True)
    effective_on = models.DateField("施行日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    repealed_on = models.DateField("废止日期", null=True, blank=True)
    repealed_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name="废止它的文件", related_name="repeals", null=True, blank=True
    )
    #: What somebody said; `validity_on` derives what holds on a day from the dates.
    validity = models.CharField("有效性", max_length=16, choices=SAID_VALIDITY, blank=True)
    #: The first day of the first amendment that stands (修改), and of 失效: from `validity_changes`.
    amended_on = models.DateField("修改日期", null=True, editable=False)
    lapsed_on = models.DateField("失效日期", null=True, editable=False)
    #: 更正稿: a draft with the new words of `corrects`; once signed they stand there, under the same address.
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="更正哪份文件",
        related_name="correction_drafts",
        null=True,
        editable=False,
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入哪份文件", related_name="merged", null=True, editable=False
    )
    openness = models.CharField("公开属性", max_length=12, choices=Openness.choices, blank=True)
    openness_ground = models.CharField("不主动公开的依据", max_length=6, choices=Ground.choices, blank=True)
    openness_reason = models.CharField("不主动公开的理由", max_length=300, blank=True)
    #: A short piece (公告, 动态, 名单): the light way through review.
    is_notice = models.BooleanField("短信息（公告、动态、名单）", default=False)
    is_policy = models.BooleanField("政策文件（须同步解读）", default=False)
    is_normative = models.BooleanField("行政规范性文件", default=False)
    no_interpretation_reason = models.CharField("不作解读的理由", max_length=300, blank=True)

    objects: ClassVar[Any] = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"
        ordering = [models.F("published_on").desc(nulls_last=True), "-id"]
        permissions = [("approve_document", "审核文件"), ("withdraw_document", "撤下文件")]
        indexes = [
            models.Index(fields=["status", "-published_on"], name="document_by_day"),
            models.Index(fields=["agency", "status"], name="document_by_agency"),
            models.Index(fields=["doc_number"], name="document_by_number"),
        ]
        constraints = [
            *publication_constraints("document"),
            models.CheckConstraint(
                name="document_public_only_if_proactive",
                condition=~Q(status=Publication.PUBLISHED) | Q(openness=Openness.PROACTIVE),
                violation_error_message="只有主动公开的文件才能发布。",
            ),
            models.CheckConstraint(
                name="document_notice_is_no_policy",
                condition=~Q(is_notice=True) | Q(is_policy=False, is_normative=False),
                violation_error_message="政策文件、规范性文件不能按短信息办理。",
            ),
            *correction_constraints("document", "文件"),
            models.CheckConstraint(
                name="document_merged_into_another",
                condition=~Q(status=Publication.MERGED)
                | (Q(merged_into__isnull=False) & ~Q(merged_into=models.F("id"))),
            ),
            models.CheckConstraint(
                name="document_withheld_with_ground",
                condition=Q(openness__in=["", Openness.PROACTIVE])
                | (~Q(openness_ground="") & ~Q(openness_reason="")),
                violation_error_message="依申请公开或不予公开，须选择法定依据并写明理由。",
            ),
            models.CheckConstraint(
                name="document_never_secret",
                condition=~Q(openness_ground=Ground.STATE_SECRET),
                violation_error_message="涉密文件不得录入本系统，请按保密规定在涉密系统办理。",
            ),
        ]

    def validity_on(self, day: date) -> str:
        """The validity on `day`, from the dates (`disclosure.validity`)."""
        return validity_on(self, day)

    @property
    def validity_now(self) -> str:
        """The validity of today."""
        return validity_on(self, timezone.localdate())

    def get_validity_display(self) -> str:  # type: ignore[no-redef]
        """The validity of today in words, for whatever shows it; empty where nobody said anything."""
        now = self.validity_now
        return str(Validity(now).label) if now in Validity.values else now

    @property
    def lane(self) -> Lane:
        """Policy papers and 规范性文件 in full ceremony, short pieces by the light way."""
        if self.is_policy or self.is_normative:
            return Lane.POLICY
        return Lane.NOTICE if self.is_notice else Lane.ORDINARY

    @property
    def is_package(self) -> bool:
        """Whether it goes with 起草说明 and 解读 as one package (公文包; DOMAIN §5, 三同步). A correction of
        what is public (更正稿) does not: what explains the paper is public already."""
        return self.lane == Lane.POLICY and self.corrects_id is None


@pghistory.track()
class Attachment(AttachedFile):
    """An attachment (附件) of a document."""

    document = models.ForeignKey(Document, models.CASCADE, verbose_name="文件", related_name="attachments")

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        ordering = ["document", "position", "id"]


class IndexSeries(models.Model):
    """The last serial of index numbers (索引号) issued to an agency in a year; never goes back."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="单位", related_name="+")
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("已发序号", default=0)

    class Meta:
        verbose_name = "索引号序列"
        verbose_name_plural = "索引号序列"
        constraints = [models.UniqueConstraint(fields=["agency", "year"], name="index_series_once")]

    def __str__(self) -> str:
        return f"{self.agency_id}/{self.year}"
