"""What goes from draft to public record: the parts that documents and interpretations share."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from disclosure.rich_text import RichTextField
from disclosure.states import Lane, Publication, ReviewLevel


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
    #: Grows with every change of words or metadata; a form names the one that its writer saw.
    edit_version = models.PositiveIntegerField("修改版本", default=1, db_default=1, editable=False)
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
    #: Derived from `steps`, for rules and lists: the round of review that runs or ran last (each submission
    #: opens one), the step that waits, how many are left with it, its day, and who signed in this round.
    review_round = models.PositiveSmallIntegerField("第几轮送审", default=0, editable=False)
    waiting_level = models.CharField(
        "等哪一步", max_length=8, choices=ReviewLevel.choices, blank=True, editable=False
    )
    steps_left = models.PositiveSmallIntegerField("还有几步", default=0, editable=False)
    step_due_on = models.DateField("这一步的期限", null=True, editable=False)
    signer_ids = ArrayField(
        models.BigIntegerField(), verbose_name="本轮已签的人", default=list, blank=True, editable=False
    )
    publish_at = models.DateTimeField("定时公开", null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤下人", related_name="+", null=True, editable=False
    )
    withdrawn_at = models.DateTimeField("撤下时间", null=True, editable=False)
    withdrawn_reason = models.CharField("撤下原因（对外显示）", max_length=300, blank=True, editable=False)
    #: 紧急下线: who, when and why it was last taken off every public output; the reason stays inside.
    offline_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="紧急下线人", related_name="+", null=True, editable=False
    )
    offline_at = models.DateTimeField("紧急下线时间", null=True, editable=False)
    offline_reason = models.CharField("紧急下线原因（内部）", max_length=500, blank=True, editable=False)
    restored_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="恢复人", related_name="+", null=True, editable=False
    )
    restored_at = models.DateTimeField("恢复时间", null=True, editable=False)
    restored_reason = models.CharField("恢复理由（内部）", max_length=500, blank=True, editable=False)
    remarks = models.CharField("审核意见", max_length=500, blank=True, editable=False)
    #: Of a correction draft (更正稿); what it corrects (`corrects`) each kind names in its own words.
    correction_note = models.CharField(
        "更正说明（对外显示）", max_length=300, blank=True, default="", db_default=""
    )
    #: With the correction's publication every earlier version is closed (原版本不再公开, ADR 38).
    closes_earlier = models.BooleanField(
        "更正前的内容不宜再公开（如含个人信息），旧版本只显示更正说明", default=False, db_default=False
    )
    #: How many corrections the thing had when the draft was begun: another one meanwhile, and it is stale.
    correction_base = models.PositiveSmallIntegerField(
        "起草时已更正几次", default=0, db_default=0, editable=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def lane(self) -> Lane:
        """Which way it goes through review."""
        return Lane.ORDINARY

    @property
    def is_at_last_step(self) -> bool:
        """Whether the step that waits is the one that publishes."""
        return self.steps_left <= 1


def publication_constraints(name: str) -> list[models.BaseConstraint]:
    """The constraints that tie state, person and time of a publishable thing together."""
    return [
        *_people_and_times(name),
        *_offline(name),
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
        models.UniqueConstraint(
            name=f"{name}_index_number_once", fields=["index_number"], condition=~Q(index_number="")
        ),
        models.UniqueConstraint(
            name=f"{name}_source_id_once", fields=["agency", "source_id"], condition=~Q(source_id="")
        ),
    ]


def _people_and_times(name: str) -> list[models.BaseConstraint]:
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
            name=f"{name}_published_when_and_on",
            condition=Q(published_at__isnull=True) | Q(published_on__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{name}_review_has_submitter",
            condition=~Q(status=Publication.SUBMITTED) | Q(submitted_by__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{name}_scheduled_by_whom_and_when",
            condition=~Q(status=Publication.SCHEDULED)
            | Q(publish_at__isnull=False, submitted_by__isnull=False, approved_by__isnull=False),
        ),
    ]


def _offline(name: str) -> list[models.BaseConstraint]:
    never_back = Q(restored_by__isnull=True, restored_at__isnull=True, restored_reason="")
    return [
        models.CheckConstraint(
            name=f"{name}_offline_by_whom_and_why",
            condition=Q(offline_by__isnull=True, offline_at__isnull=True, offline_reason="")
            | (Q(offline_by__isnull=False, offline_at__isnull=False) & ~Q(offline_reason="")),
        ),
        models.CheckConstraint(
            name=f"{name}_offline_until_decided",
            condition=~Q(status=Publication.OFFLINE) | (Q(offline_by__isnull=False) & never_back),
        ),
        models.CheckConstraint(
            name=f"{name}_restored_by_another",
            condition=never_back
            | (
                Q(restored_by__isnull=False, restored_at__isnull=False, offline_by__isnull=False)
                & ~Q(restored_reason="")
                & ~Q(restored_by=models.F("offline_by"))
            ),
            violation_error_message="紧急下线的内容，须由另一位同事恢复。",
        ),
        models.CheckConstraint(
            name=f"{name}_public_again_if_restored",
            condition=~Q(status=Publication.PUBLISHED)
            | Q(offline_by__isnull=True)
            | Q(restored_by__isnull=False),
        ),
    ]


def correction_constraints(name: str, noun: str) -> list[models.BaseConstraint]:
    """A correction draft (更正稿) never is public itself, and there is one at a time."""
    public = [Publication.PUBLISHED, Publication.WITHDRAWN, Publication.OFFLINE, Publication.MERGED]
    under_way = [Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED]
    return [
        models.CheckConstraint(
            name=f"{name}_correction_never_public", condition=Q(corrects=None) | ~Q(status__in=public)
        ),
        models.CheckConstraint(
            name=f"{name}_applied_is_correction",
            condition=~Q(status=Publication.APPLIED) | Q(corrects__isnull=False),
        ),
        models.UniqueConstraint(
            name=f"{name}_one_correction_at_a_time",
            fields=["corrects"],
            condition=Q(corrects__isnull=False, status__in=under_way),
            violation_error_message=f"这份{noun}已经有一份更正稿在办，请先办完那一份。",
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
