"""WHAT IS disclosed: documents (政府信息) with the metadata of DOMAIN §4."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from catalog.models import Field, Item
from disclosure.querysets import DocumentQuerySet
from disclosure.rich_text import RichTextField
from disclosure.states import GENRES, DocumentKind, Ground, Openness, Publication, Validity


class Topic(models.Model):
    """主题分类: the central portal's list of 22 classes with a second level (DOMAIN §4.5)."""

    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级分类", related_name="children", null=True, blank=True
    )
    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "主题分类"
        verbose_name_plural = "主题分类"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.parent.name}\\{self.name}" if self.parent else self.name


class Publishable(models.Model):
    """What documents and interpretations share on their way from draft to public record.

    Who and when travel together, tied by constraints. `published_at` is written once: a forged
    publication date fails the whole site (国办秘函〔2019〕19号). `published_on` is the day shown and sorted
    by; an archive taken over may have it without `published_at`, or have neither.
    """

    title = models.CharField("标题", max_length=400)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="公开单位", related_name="%(class)ss")
    summary = models.CharField("一句话看懂", max_length=200, blank=True)
    body = RichTextField("正文", blank=True)
    keywords = ArrayField(models.CharField(max_length=60), verbose_name="主题词", default=list, blank=True)
    index_number = models.CharField("索引号", max_length=60, blank=True, editable=False)
    doc_number = models.CharField("发文字号", max_length=100, blank=True)
    issuer = models.CharField("发文机关", max_length=300, blank=True)
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="主题分类", null=True, blank=True)
    topic_text = models.CharField("主题分类（原文）", max_length=200, blank=True, editable=False)
    written_on = models.DateField("成文日期", null=True, blank=True)
    status = models.CharField(
        "状态", max_length=12, choices=Publication.choices, default=Publication.DRAFT, editable=False
    )
    source_id = models.CharField("来源编号", max_length=100, blank=True, editable=False)
    source_url = models.CharField("来源网址", max_length=1000, blank=True)
    published_at = models.DateTimeField("首次公开时间", null=True, blank=True, editable=False)
    published_on = models.DateField("发布日期", null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", related_name="+", null=True, editable=False
    )
    #: Everybody who wrote words or attachments into the draft: none of them may approve it. No foreign key:
    #: accounts are stopped, never deleted (ADR 7).
    editor_ids = ArrayField(
        models.BigIntegerField(), verbose_name="改过内容的人", default=list, blank=True, editable=False
    )
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提交人", related_name="+", null=True, editable=False
    )
    submitted_at = models.DateTimeField("提交时间", null=True, editable=False)
    approved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="审核人", related_name="+", null=True, editable=False
    )
    approved_at = models.DateTimeField("审核时间", null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤下人", related_name="+", null=True, editable=False
    )
    withdrawn_at = models.DateTimeField("撤下时间", null=True, editable=False)
    withdrawn_reason = models.CharField("撤下原因（对外显示）", max_length=300, blank=True, editable=False)
    remarks = models.CharField("审核意见", max_length=500, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


def publication_constraints(name: str) -> list[models.BaseConstraint]:
    """The constraints that tie state, person and time of a publishable thing together."""
    return [
        models.CheckConstraint(
            name=f"{name}_submitted_by_and_when",
            condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
            | Q(submitted_by__isnull=False, submitted_at__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{name}_approved_by_and_when",
            condition=Q(approved_by__isnull=True, approved_at__isnull=True)
            | Q(approved_by__isnull=False, approved_at__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{name}_withdrawn_when_and_why",
            condition=~Q(status=Publication.WITHDRAWN)
            | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
        ),
        models.CheckConstraint(
            name=f"{name}_two_pairs_of_eyes",
            condition=Q(approved_by__isnull=True)
            | (
                (Q(submitted_by__isnull=True) | ~Q(approved_by=models.F("submitted_by")))
                & (Q(created_by__isnull=True) | ~Q(approved_by=models.F("created_by")))
            ),
            violation_error_message="起草人、提交人不能审核自己的内容，请由另一位同事审核。",
        ),
        models.CheckConstraint(
            name=f"{name}_approver_wrote_nothing",
            condition=Q(approved_by__isnull=True) | ~Q(editor_ids__contains=[models.F("approved_by")]),
            violation_error_message="改过内容的人不能审核它，请由另一位同事审核。",
        ),
        # What is public went through two people here, or is an archive that was public before it came
        # (import_documents --publish): that one has a number of its source and no time of ours.
        models.CheckConstraint(
            name=f"{name}_public_by_whom",
            condition=~Q(status=Publication.PUBLISHED)
            | Q(submitted_by__isnull=False, approved_by__isnull=False, published_at__isnull=False)
            | (Q(approved_by__isnull=True, published_at__isnull=True) & ~Q(source_id="")),
        ),
        models.CheckConstraint(
            name=f"{name}_published_when_and_on",
            condition=Q(published_at__isnull=True) | Q(published_on__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{name}_review_has_submitter",
            condition=~Q(status=Publication.SUBMITTED) | Q(submitted_by__isnull=False),
        ),
        models.UniqueConstraint(
            name=f"{name}_index_number_once", fields=["index_number"], condition=~Q(index_number="")
        ),
        models.UniqueConstraint(
            name=f"{name}_source_id_once", fields=["agency", "source_id"], condition=~Q(source_id="")
        ),
    ]


@pghistory.track()
class Document(Publishable):
    """A piece of government information (政府信息). Its id and its index number never change."""

    kind = models.CharField(
        "类型", max_length=20, choices=DocumentKind.choices, default=DocumentKind.DOCUMENT
    )
    genre = models.CharField("体裁", max_length=10, choices=[(g, g) for g in GENRES], blank=True)
    fields: Any = models.ManyToManyField(Field, verbose_name="领域", related_name="documents", blank=True)
    items: Any = models.ManyToManyField(Item, verbose_name="目录事项", related_name="documents", blank=True)
    effective_on = models.DateField("施行日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    repealed_on = models.DateField("废止日期", null=True, blank=True)
    repealed_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name="废止它的文件", related_name="repeals", null=True, blank=True
    )
    validity = models.CharField("有效性", max_length=16, choices=Validity.choices, blank=True)
    openness = models.CharField("公开属性", max_length=12, choices=Openness.choices, blank=True)
    openness_ground = models.CharField("不主动公开的依据", max_length=6, choices=Ground.choices, blank=True)
    openness_reason = models.CharField("不主动公开的理由", max_length=300, blank=True)
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
                name="document_withheld_with_ground",
                condition=Q(openness__in=["", Openness.PROACTIVE])
                | (~Q(openness_ground="") & ~Q(openness_reason="")),
                violation_error_message="依申请公开或不予公开，须选择法定依据并写明理由。",
            ),
        ]


class AttachedFile(models.Model):
    """A file that belongs to a publishable thing; of an archive taken over, perhaps only its address."""

    position = models.PositiveSmallIntegerField("顺序", default=0)
    title = models.CharField("附件名称", max_length=300)
    file = models.FileField("附件", upload_to="attachments/%Y/%m/", max_length=300, blank=True)
    size = models.PositiveBigIntegerField("大小（字节）", default=0, editable=False)
    media_type = models.CharField("类型", max_length=120, blank=True, editable=False)
    sha256 = models.CharField("文件指纹", max_length=64, blank=True, editable=False)
    source_url = models.CharField("来源网址", max_length=1000, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


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
