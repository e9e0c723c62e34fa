"""一稿多出: each use of a published text outside the site, with place and time (DOMAIN §5)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from agencies.models import User
from disclosure.states import Outlet


class Use(models.Model):
    """One use of a published text: on which outlet, where, when, with which words, recorded by whom.

    A record is never deleted; a mistaken one is cancelled and counts no more.
    """

    outlet = models.CharField("渠道", max_length=12, choices=Outlet.choices)
    place = models.CharField("在哪里", max_length=100)
    used_at = models.DateTimeField("使用时间")
    text = models.TextField("使用的文字", blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", editable=False
    )
    recorded_at = models.DateTimeField("登记时间", editable=False)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="取消人", related_name="+", null=True, editable=False
    )
    cancelled_at = models.DateTimeField("取消时间", null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-used_at", "-pk"]

    def __str__(self) -> str:
        return f"{Outlet(self.outlet).label}：{self.place}"


def use_constraints(name: str) -> list[models.BaseConstraint]:
    """A use has a place; who cancelled it and when travel together."""
    return [
        models.CheckConstraint(
            name=f"{name}_has_place",
            condition=~Q(place=""),
            violation_error_message="请写明在哪里使用。",
        ),
        models.CheckConstraint(
            name=f"{name}_cancelled_by_and_when",
            condition=Q(cancelled_by__isnull=True, cancelled_at__isnull=True)
            | Q(cancelled_by__isnull=False, cancelled_at__isnull=False),
        ),
    ]


@pghistory.track()
class OutletUse(Use):
    """A use of a document outside the site."""

    document = models.ForeignKey(
        "disclosure.Document",
        models.CASCADE,
        verbose_name="文件",
        related_name="outlet_uses",
        editable=False,
    )

    class Meta(Use.Meta):
        verbose_name = "文件的一稿多出"
        verbose_name_plural = "文件的一稿多出"
        constraints = use_constraints("outlet_use")
        indexes = [models.Index(fields=["used_at"], name="outlet_use_by_time")]
