"""Who discloses: the tree of agencies (行政机关) and the staff who act for them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.functional import cached_property

from agencies import credit_codes
from agencies.kinds import ANSWERS_REQUESTS, AgencyKind
from agencies.querysets import AgencyQuerySet, UserQuerySet


def validate_credit_code(value: str) -> None:
    """Refuse a unified social credit code whose form or check character is wrong (GB 32100-2015)."""
    if not credit_codes.is_valid(value):
        raise ValidationError("统一社会信用代码应为18位，且最后一位校验码要正确，请对照证书核对。")


code_validator = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "只能用小写字母、数字和连字符，例如 minzheng。")


@pghistory.track()
class Agency(models.Model):
    """An agency (行政机关) or a body that publishes beside it (village, public enterprise).

    `code` doubles as the public address and never changes; `path` is the chain of codes from the root
    and is kept by the services. The contact block is what 条例 12条 asks of the disclosure guide.
    """

    code = models.SlugField("代码", max_length=60, unique=True, validators=[code_validator])
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级单位", related_name="children", null=True, blank=True
    )
    path = models.CharField("层级路径", max_length=400, unique=True, editable=False)
    kind = models.CharField("性质", max_length=20, choices=AgencyKind.choices)
    name = models.CharField("全称", max_length=100)
    short_name = models.CharField("简称", max_length=40, blank=True)
    aliases = ArrayField(
        models.CharField(max_length=60), verbose_name="群众常用叫法", default=list, blank=True
    )
    credit_code = models.CharField(
        "统一社会信用代码", max_length=18, blank=True, validators=[validate_credit_code]
    )
    duties = models.TextField("主要职能", blank=True)
    disclosure_office = models.CharField("信息公开工作机构", max_length=100, blank=True)
    address = models.CharField("办公地址", max_length=200, blank=True)
    postcode = models.CharField("邮政编码", max_length=6, blank=True)
    office_hours = models.CharField("办公时间", max_length=200, blank=True)
    phone = models.CharField("联系电话", max_length=60, blank=True)
    fax = models.CharField("传真号码", max_length=60, blank=True)
    email = models.EmailField("电子邮箱", blank=True)
    responsible = models.CharField("联系岗位", max_length=60, blank=True)
    order = models.PositiveIntegerField("排序", default=0)
    active_from = models.DateField("成立日期", null=True, blank=True)
    active_to = models.DateField("撤销日期", null=True, blank=True)

    objects: ClassVar[Any] = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ["order", "code"]
        indexes = [models.Index(OpClass("path", "text_pattern_ops"), name="agency_path_prefix")]
        constraints = [
            models.CheckConstraint(
                name="agency_one_root",
                condition=models.Q(parent__isnull=False) | models.Q(code="county"),
                violation_error_message="只有县政府（代码 county）没有上级单位。",
            ),
            models.CheckConstraint(
                name="agency_dates_in_order",
                condition=models.Q(active_to__isnull=True)
                | models.Q(active_from__isnull=True)
                | models.Q(active_to__gte=models.F("active_from")),
                violation_error_message="撤销日期不能早于成立日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one, for lists and facets."""
        return self.short_name or self.name

    @property
    def answers_requests(self) -> bool:
        """Whether it has a request inbox (条例 27条)."""
        return self.kind in ANSWERS_REQUESTS

    def name_on(self, day: date) -> str:
        """Return the name that was in force on `day`."""
        for former in self.former_names.all():
            if (not former.valid_from or former.valid_from <= day) and day < former.valid_to:
                return str(former.name)
        return self.name


@pghistory.track()
class FormerName(models.Model):
    """A name that an agency bore until the day before `valid_to` (更名)."""

    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="former_names")
    name = models.CharField("原名称", max_length=100)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("更名日期")
    note = models.CharField("更名依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "曾用名"
        verbose_name_plural = "曾用名"
        ordering = ["-valid_to"]

    def __str__(self) -> str:
        return self.name


class StaffManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's user manager over the scoped queryset."""


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff, bound to the agency for which he or she acts."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField("姓名", max_length=40)
    agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="所在单位", related_name="staff", null=True, blank=True
    )

    objects: ClassVar[Any] = StaffManager()
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username

    @cached_property
    def role_names(self) -> frozenset[str]:
        """Names of the roles that the user holds, read once for each user object."""
        return frozenset(self.groups.values_list("name", flat=True))

    def get_full_name(self) -> str:
        """Return the name, as Django's admin asks for it."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the name: a Chinese name is not cut."""
        return self.full_name


@pghistory.track()
class StaffRole(User.groups.through):  # type: ignore[misc, name-defined]
    """A role held by a member of staff: Django's own link, named so that its history is kept."""

    class Meta:
        proxy = True
        verbose_name = "用户的角色"
        verbose_name_plural = "用户的角色"

    def __str__(self) -> str:
        return f"{self.user}：{self.group}"


@pghistory.track(exclude=["pin"])
class SigningPin(models.Model):
    """签批密码: what a leader types on the phone page when signing; kept as a hash, locked after wrong tries.

    Another secret than the log-in's: whoever learns it can sign over a link that was made, and nothing else.
    """

    user = models.OneToOneField(
        User, models.CASCADE, verbose_name="用户", related_name="signing_pin", editable=False
    )
    pin = models.CharField("签批密码（指纹）", max_length=128, editable=False)
    set_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="设置人", related_name="+", null=True, editable=False
    )
    set_at = models.DateTimeField("设置时间", editable=False)
    wrong_tries = models.PositiveSmallIntegerField("连续输错次数", default=0, editable=False)
    locked_at = models.DateTimeField("锁定时间", null=True, editable=False)

    class Meta:
        verbose_name = "签批密码"
        verbose_name_plural = "签批密码"

    def __str__(self) -> str:
        return f"{self.user}的签批密码"


class FailedLogin(models.Model):
    """A log-in that failed. Kept for a day: names and addresses are personal data."""

    username = models.CharField("登录名", max_length=150)
    address = models.CharField("来源地址", max_length=64)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "登录失败"
        verbose_name_plural = "登录失败"
        ordering = ["-at"]
        indexes = [models.Index(fields=["username", "address", "at"], name="failed_login_pair")]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%Y-%m-%d %H:%M}"
