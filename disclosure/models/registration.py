"""报审登记: a policy paper before it is issued, with all that belongs to it."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, User
from disclosure.models.documents import Document
from disclosure.models.publishable import AttachedFile
from disclosure.register_querysets import RegistrationQuerySet, ReturnQuerySet
from disclosure.register_states import Legality, PaperRole, RegistrationState, ReturnReason
from disclosure.states import GENRES, Ground, Openness


@pghistory.track()
class Registration(models.Model):
    """A policy paper handed in to 县政府办公室 before it is issued (报审登记; 国办发〔2016〕80号, DOMAIN §5).

    What is complete is derived (`register_rules.missing_of`); accepted, it becomes a document or is linked
    to one.
    """

    title = models.CharField("文件标题", max_length=400)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="报审单位", related_name="registrations")
    issuer = models.CharField("拟发文机关", max_length=300, blank=True)
    genre = models.CharField("体裁", max_length=10, choices=[(g, g) for g in GENRES], blank=True)
    is_normative = models.BooleanField("行政规范性文件", default=False)
    openness = models.CharField("公开属性", max_length=12, choices=Openness.choices, blank=True)
    openness_ground = models.CharField("不主动公开的依据", max_length=6, choices=Ground.choices, blank=True)
    openness_reason = models.CharField("不主动公开的理由", max_length=300, blank=True)
    no_interpretation_reason = models.CharField("不作解读的理由", max_length=300, blank=True)
    legality = models.CharField("合法性审查", max_length=20, choices=Legality.choices, blank=True)
    legality_by = models.CharField("审查机构", max_length=100, blank=True)
    legality_on = models.DateField("审查日期", null=True, blank=True)
    legality_note = models.CharField("审查意见", max_length=500, blank=True)
    state = models.CharField(
        "状态",
        max_length=10,
        choices=RegistrationState.choices,
        default=RegistrationState.DRAFT,
        editable=False,
    )
    round = models.PositiveSmallIntegerField("第几次报审", default=0, editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", editable=False
    )
    created_at = models.DateTimeField("登记时间", editable=False)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="报审人", related_name="+", null=True, editable=False
    )
    submitted_at = models.DateTimeField("报审时间", null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="受理人", related_name="+", null=True, editable=False
    )
    accepted_at = models.DateTimeField("受理时间", null=True, editable=False)
    document = models.OneToOneField(
        Document,
        models.SET_NULL,
        verbose_name="办成的文件",
        related_name="registration",
        null=True,
        editable=False,
    )

    objects: ClassVar[RegistrationQuerySet] = RegistrationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "报审登记"
        verbose_name_plural = "报审登记"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "agency"], name="registration_by_state")]
        constraints = [
            models.CheckConstraint(
                name="registration_submitted_by_and_when",
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_accepted_by_another",
                condition=(
                    ~Q(state=RegistrationState.ACCEPTED)
                    & Q(accepted_by__isnull=True, accepted_at__isnull=True, document__isnull=True)
                )
                | (
                    Q(
                        state=RegistrationState.ACCEPTED,
                        accepted_by__isnull=False,
                        accepted_at__isnull=False,
                        submitted_by__isnull=False,
                    )
                    & ~Q(accepted_by=F("submitted_by"))
                    & ~Q(accepted_by=F("created_by"))
                ),
                violation_error_message="登记、报审的人不能自己受理。",
            ),
            models.CheckConstraint(
                name="registration_handed_in_with_openness",
                condition=~Q(state__in=[RegistrationState.SUBMITTED, RegistrationState.ACCEPTED])
                | (Q(submitted_by__isnull=False) & ~Q(openness="")),
                violation_error_message="没有公开属性的文件不能报审。",
            ),
            models.CheckConstraint(
                name="registration_withheld_with_ground",
                condition=Q(openness__in=["", Openness.PROACTIVE])
                | (~Q(openness_ground="") & ~Q(openness_reason="")),
                violation_error_message="依申请公开或不予公开，须选择法定依据并写明理由。",
            ),
            models.CheckConstraint(
                name="registration_never_secret",
                condition=~Q(openness_ground=Ground.STATE_SECRET),
                violation_error_message="涉密文件不得录入本系统，请按保密规定在涉密系统办理。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class RegistrationFile(AttachedFile):
    """A file of a registration: for staff who have it in scope, never on the public site."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, verbose_name="报审登记", related_name="attachments"
    )
    role = models.CharField("是什么材料", max_length=14, choices=PaperRole.choices)

    class Meta:
        verbose_name = "报审材料"
        verbose_name_plural = "报审材料"
        ordering = ["registration", "position", "id"]


@pghistory.track()
class RegistrationReturn(models.Model):
    """A return (退文): counted by agency and by reason."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, verbose_name="报审登记", related_name="returns", editable=False
    )
    round = models.PositiveSmallIntegerField("第几次报审", editable=False)
    reasons = ArrayField(
        models.CharField(max_length=16, choices=ReturnReason.choices),
        verbose_name="退文原因",
        editable=False,
    )
    remarks = models.CharField("退文意见", max_length=500, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="退文人", related_name="+", editable=False)
    at = models.DateTimeField("退文时间", editable=False)

    objects: ClassVar[ReturnQuerySet] = ReturnQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "退文"
        verbose_name_plural = "退文"
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(name="return_says_why", condition=Q(reasons__len__gt=0) & ~Q(remarks="")),
            models.UniqueConstraint(name="return_once_a_round", fields=["registration", "round"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} 退文"
