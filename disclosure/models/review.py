"""三审三校 with the secrecy check (DOMAIN §6.7): which steps, by whom, and how each was done."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, User
from disclosure.querysets import PostQuerySet
from disclosure.states import Lane, OwnerWord, ReviewLevel, StepChannel, StepOutcome


@pghistory.track()
class ReviewRoute(models.Model):
    """审核流程: the steps of one lane, in order. A row without agency holds for the whole county; an agency's
    own row goes before it (a township of two people), for its villages too."""

    agency = models.ForeignKey(
        Agency, models.CASCADE, verbose_name="单位", related_name="review_routes", null=True, blank=True
    )
    lane = models.CharField("哪一类", max_length=10, choices=Lane.choices)
    levels = ArrayField(models.CharField(max_length=8, choices=ReviewLevel.choices), verbose_name="审核步骤")
    days = models.PositiveSmallIntegerField("每步期限（工作日）", default=2)
    link_days = models.PositiveSmallIntegerField("手机签批链接有效几天", default=3, db_default=3)

    class Meta:
        verbose_name = "审核流程"
        verbose_name_plural = "审核流程"
        ordering = [F("agency__order").asc(nulls_first=True), "agency_id", "lane"]
        constraints = [
            models.UniqueConstraint(
                name="review_route_once", fields=["agency", "lane"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="review_route_ends_with_final",
                condition=Q(levels__contains=[ReviewLevel.FINAL]) & Q(days__gte=1),
                violation_error_message="审核流程须以终审签发结束，每步期限至少1个工作日。",
            ),
            models.CheckConstraint(
                name="review_route_link_days",
                condition=Q(link_days__gte=1, link_days__lte=30),
                violation_error_message="手机签批链接的有效期是1到30天。",
            ),
        ]

    def __str__(self) -> str:
        whose = str(self.agency) if self.agency else "全县"
        return f"{whose}·{Lane(self.lane).label}"


@pghistory.track()
class ReviewPost(models.Model):
    """审核岗位: who does a step in an agency and its villages. Where nobody is appointed to a step, any
    审核人 in scope may do it."""

    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="review_posts")
    level = models.CharField("步骤", max_length=8, choices=ReviewLevel.choices)
    user = models.ForeignKey(User, models.CASCADE, verbose_name="审核人", related_name="review_posts")

    objects: ClassVar[Any] = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "审核岗位"
        verbose_name_plural = "审核岗位"
        ordering = ["agency__order", "agency_id", "level", "user_id"]
        constraints = [models.UniqueConstraint(name="review_post_once", fields=["agency", "level", "user"])]

    def __str__(self) -> str:
        return f"{self.agency}·{ReviewLevel(self.level).label}·{self.user}"


@pghistory.track()
class Deputy(models.Model):
    """代理: whoever stands in for an absent reviewer, from one day to another, both included."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="审核人", related_name="deputies")
    deputy = models.ForeignKey(User, models.CASCADE, verbose_name="代理人", related_name="deputises_for")
    first_day = models.DateField("从")
    last_day = models.DateField("到")
    reason = models.CharField("原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "审核代理"
        verbose_name_plural = "审核代理"
        ordering = ["-first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="deputy_is_another",
                condition=~Q(user=F("deputy")),
                violation_error_message="代理人不能是本人。",
            ),
            models.CheckConstraint(
                name="deputy_days_in_order",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message="代理的结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} 代 {self.user}（{self.first_day} 至 {self.last_day}）"


class Step(models.Model):
    """One step (审核环节) of one round; each submission opens a new round. Who, when and what was read
    (`content_hash`) travel together. A step of an earlier round stays as it was."""

    round = models.PositiveSmallIntegerField("第几轮", editable=False)
    position = models.PositiveSmallIntegerField("顺序", editable=False)
    level = models.CharField("步骤", max_length=8, choices=ReviewLevel.choices, editable=False)
    outcome = models.CharField(
        "结果", max_length=8, choices=StepOutcome.choices, default=StepOutcome.WAITING, editable=False
    )
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", related_name="+", null=True, editable=False
    )
    #: The absent reviewer for whom `by` stood in.
    for_user = models.ForeignKey(
        User, models.PROTECT, verbose_name="代谁办理", related_name="+", null=True, editable=False
    )
    at = models.DateTimeField("办理时间", null=True, editable=False)
    remarks = models.CharField("意见", max_length=500, blank=True, editable=False)
    #: Whoever did the step said so: read for 国家秘密, 敏感 and personal data (条例 17条).
    secrecy_cleared = models.BooleanField("已作保密审查", default=False, editable=False)
    content_hash = models.CharField("内容指纹", max_length=64, blank=True, editable=False)
    due_on = models.DateField("期限", null=True, editable=False)
    channel = models.CharField(
        "办理方式", max_length=6, choices=StepChannel.choices, default=StepChannel.SYSTEM, editable=False
    )
    #: Whoever made the link, or registered the signed paper.
    handed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经手人", related_name="+", null=True, editable=False
    )
    paper = models.ForeignKey(
        "disclosure.SignedPaper",
        models.PROTECT,
        verbose_name="签字件",
        related_name="+",
        null=True,
        editable=False,
    )
    signed_on = models.DateField("纸上签字日期", null=True, editable=False)
    #: What `by` says of a step that came through `handed_by`: nobody signs unnoticed in another's name.
    owner_word = models.CharField(
        "本人确认", max_length=8, choices=OwnerWord.choices, blank=True, editable=False
    )
    owner_word_at = models.DateTimeField("本人确认时间", null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["round", "position", "pk"]

    def __str__(self) -> str:
        return f"{ReviewLevel(self.level).label}（第{self.round}轮）"


def step_constraints(name: str, owner: str) -> list[models.BaseConstraint]:
    """Who and when together; nobody agrees twice in a round; one waiting step a place."""
    return [
        models.CheckConstraint(
            name=f"{name}_by_and_when",
            condition=Q(
                outcome__in=[StepOutcome.AGREED, StepOutcome.RETURNED], by__isnull=False, at__isnull=False
            )
            | Q(outcome=StepOutcome.WAITING, by__isnull=True, at__isnull=True)
            | Q(outcome=StepOutcome.VOID),
        ),
        models.CheckConstraint(
            name=f"{name}_secrecy_said",
            condition=~Q(outcome=StepOutcome.AGREED, level=ReviewLevel.SECRECY) | Q(secrecy_cleared=True),
        ),
        models.CheckConstraint(
            name=f"{name}_knows_what_was_read",
            condition=~Q(outcome=StepOutcome.AGREED) | ~Q(content_hash=""),
        ),
        *_elsewhere(name),
        models.UniqueConstraint(
            name=f"{name}_another_person_each",
            fields=[owner, "round", "by"],
            condition=Q(outcome=StepOutcome.AGREED),
            violation_error_message="同一个人不能办理两级审核，请由另一位同事办理。",
        ),
        models.UniqueConstraint(
            name=f"{name}_one_a_place",
            fields=[owner, "round", "position"],
            condition=Q(outcome__in=[StepOutcome.WAITING, StepOutcome.AGREED]),
        ),
    ]


def _elsewhere(name: str) -> list[models.BaseConstraint]:
    """A step over a link has whoever handed it on, one on paper also paper and day; what its owner
    says of it has a time."""
    return [
        models.CheckConstraint(
            name=f"{name}_how_and_by_whose_hand",
            condition=Q(
                channel=StepChannel.SYSTEM, handed_by__isnull=True, paper__isnull=True, signed_on__isnull=True
            )
            | Q(
                channel=StepChannel.PHONE, handed_by__isnull=False, paper__isnull=True, signed_on__isnull=True
            )
            | Q(
                channel=StepChannel.PAPER,
                handed_by__isnull=False,
                paper__isnull=False,
                signed_on__isnull=False,
            ),
        ),
        models.CheckConstraint(
            name=f"{name}_owner_word_and_when",
            condition=Q(owner_word="", owner_word_at__isnull=True)
            | (~Q(owner_word="") & Q(owner_word_at__isnull=False, by__isnull=False)),
        ),
    ]


@pghistory.track()
class ReviewStep(Step):
    """A step of the review of a document (三审)."""

    document = models.ForeignKey(
        "disclosure.Document", models.CASCADE, verbose_name="文件", related_name="steps", editable=False
    )

    class Meta(Step.Meta):
        verbose_name = "审核环节"
        verbose_name_plural = "审核环节"
        constraints = step_constraints("review_step", "document")
