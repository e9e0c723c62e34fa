"""Roles as groups: what each may do, in words for people and in permissions for Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import User


@dataclass(frozen=True)
class Role:
    """A role: its key, its name (= the group's name), a plain description, its permissions by app."""

    key: str
    name: str
    description: str
    permissions: dict[str, tuple[str, ...]]


#: 备案和年度复核, 报审登记.
_REGISTERS = ("view_withholding", "view_registration")
_READ = {
    "workdays": ("view_calendaryear",),
    "agencies": ("view_agency",),
    "catalog": ("view_item", "view_field", "view_law", "view_matter", "view_adjustment"),
    "disclosure": (
        "view_document",
        "view_noticebatch",
        "view_attachment",
        "view_topic",
        "view_coverage",
        "view_errorreport",
        "view_signedoriginal",
        *_REGISTERS,
    ),
    "interpretation": ("view_interpretation",),
}
_WRITE = {
    "catalog": (
        "change_item",
        "add_item",
        "add_adjustment",
        "change_adjustment",
        "change_matter",
        "add_matter",
    ),
    "disclosure": (
        "add_registration",
        "change_registration",
        "delete_registration",
        "add_document",
        "change_document",
        "delete_document",
        "add_noticebatch",
        "change_noticebatch",
        "add_attachment",
        "change_attachment",
        "delete_attachment",
        "add_signedoriginal",
    ),
    "interpretation": ("add_interpretation", "change_interpretation", "delete_interpretation"),
}
_REVIEW = {
    "disclosure": tuple(
        f"{act}_{name}"
        for name in ("reviewroute", "reviewpost", "deputy")
        for act in ("view", "add", "change", "delete")
    ),
}
_OFFICE = {
    "workdays": ("add_calendaryear", "change_calendaryear"),
    "agencies": ("change_agency",),
    "catalog": (
        "delete_item",
        "import_catalog",
        "change_field",
        "add_field",
        "change_subjectmapping",
        "view_subjectmapping",
        "pass_adjustment",
        "approve_adjustment",
        "add_law",
        "change_law",
        "view_cataloginheritance",
        "add_cataloginheritance",
        "delete_cataloginheritance",
    ),
    "disclosure": (
        "approve_document",
        "withdraw_document",
        "view_wrongword",
        "add_wrongword",
        "change_wrongword",
    ),
    "interpretation": ("approve_interpretation", "withdraw_interpretation"),
}
_ADMIN = {
    "workdays": ("add_calendaryear", "change_calendaryear", "delete_calendaryear"),
    "agencies": ("add_agency", "change_agency", "delete_agency", "view_user", "add_user", "change_user"),
}


def _join(*parts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    apps = {app for part in parts for app in part}
    return {app: tuple(dict.fromkeys(p for part in parts for p in part.get(app, ()))) for app in sorted(apps)}


CLERK = Role(
    "clerk",
    "经办人",
    "起草并提交本单位的文件、解读和目录事项；不能审核自己提交的内容。",
    _join(_READ, _WRITE, {"catalog": ("import_catalog",)}),
)
REVIEWER = Role(
    "reviewer",
    "审核人",
    "审核本单位（含下属单位）提交的内容，同意即发布，不同意则退回并写明意见；可以撤下已发布的内容。",
    _join(
        _READ,
        {
            "catalog": ("pass_adjustment",),
            "disclosure": ("approve_document", "withdraw_document"),
            "interpretation": ("approve_interpretation", "withdraw_interpretation"),
        },
    ),
)
OFFICE = Role(
    "office",
    "县政府办公室",
    "统管全县政务公开：看得到各单位的内容，维护标准目录、领域和工作日历，审核、撤下和导出。",
    _join(_READ, _WRITE, _OFFICE, _REVIEW),
)
ADMINISTRATOR = Role(
    "administrator",
    "系统管理员",
    "管理单位、用户和角色；不起草、不审核、不发布内容。",
    _join(_READ, _ADMIN, _REVIEW),
)
DUTY = Role(
    "duty",
    "值班",
    "只能查看文件和解读，遇到不该公开的内容立即「紧急下线」；管理范围是所在单位及下属单位，值全县的班请归在县人民政府。",
    {
        "disclosure": ("view_document", "view_attachment", "view_topic"),
        "interpretation": ("view_interpretation", "view_attachment"),
    },
)
ROLES = (CLERK, REVIEWER, OFFICE, DUTY, ADMINISTRATOR)


def has_role(user: User | AnonymousUser, *roles: Role) -> bool:
    """Tell whether the user belongs to one of the roles' groups."""
    if not user.is_authenticated:
        return False
    return any(role.name in user.role_names for role in roles)


def sees_whole_county(user: User | AnonymousUser) -> bool:
    """The disclosure office and the administrators see every agency (条例 3条: 主管部门)."""
    return bool(user.is_superuser) or has_role(user, OFFICE, ADMINISTRATOR)
