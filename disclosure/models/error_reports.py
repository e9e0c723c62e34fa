"""本页纠错: what readers report of a page, in the queue of the agency that answers for it."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from disclosure.querysets import ErrorReportQuerySet
from disclosure.states import ErrorKind, ErrorOutcome


# The reader's own words, contact and sender may hold personal data: erased after a while, so not in history.
@pghistory.track(exclude=["words", "contact", "sender"])
class ErrorReport(models.Model):
    """A report of an error on a page of the site. Answered within three working days (47号文, DOMAIN §9.1).

    `contact` and `sender` (a keyed fingerprint of the visitor's address, to bound how many come from one)
    are erased some time after the report is closed (`services.erase_contacts`).
    """

    agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="哪个单位处理", related_name="error_reports"
    )
    address = models.CharField("网页地址", max_length=500)
    page_title = models.CharField("网页标题", max_length=400, blank=True)
    kind = models.CharField("哪类问题", max_length=10, choices=ErrorKind.choices)
    words = models.TextField("问题说明", max_length=1000)
    contact = models.CharField("联系方式", max_length=100, blank=True)
    sender = models.CharField("来源指纹", max_length=64, blank=True, editable=False)
    reported_at = models.DateTimeField("收到时间", editable=False)
    due_on = models.DateField("办理期限", editable=False)
    outcome = models.CharField("处理结果", max_length=10, choices=ErrorOutcome.choices, blank=True)
    answer = models.CharField("怎样处理的", max_length=500, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", related_name="+", null=True, editable=False
    )
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)
    erased_at = models.DateTimeField("联系方式删除时间", null=True, editable=False)

    objects: ClassVar[ErrorReportQuerySet] = ErrorReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "网页纠错"
        verbose_name_plural = "网页纠错"
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["agency", "due_on"], name="error_report_open", condition=Q(closed_at=None)),
            models.Index(fields=["sender", "reported_at"], name="error_report_by_sender"),
            models.Index(fields=["reported_at"], name="error_report_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                name="error_report_in_words",
                condition=~Q(words="") | Q(erased_at__isnull=False),
                violation_error_message="请写明哪里有问题。",
            ),
            models.CheckConstraint(
                name="error_report_closed_by_whom_and_how",
                condition=Q(closed_by__isnull=True, closed_at__isnull=True, outcome="")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="error_report_erased_means_erased",
                condition=Q(erased_at__isnull=True) | Q(contact="", sender=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{ErrorKind(self.kind).label}：{self.page_title or self.address}"
