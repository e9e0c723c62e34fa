"""A page to read: what each role may do. Roles are fixed in `agencies/roles.py`, nobody edits groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401 - registers Group first, so that we can replace it
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from agencies import rules
from agencies.role_changes import DAYS, recent_role_changes
from agencies.roles import ROLES

_VERBS = {"view": "查看", "add": "新增", "change": "修改", "delete": "删除"}

admin.site.unregister(Group)


@admin.register(Group)
class RolesPage(admin.ModelAdmin):  # type: ignore[type-arg]
    """角色说明."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All staff: everyone may know who can do what."""
        return rules.is_active_staff(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """All staff."""
        return rules.is_active_staff(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The roles, each with its description and its permissions in words."""
        held: frozenset[str] = getattr(request.user, "role_names", frozenset())
        groups = {
            group.name: group
            for group in Group.objects.prefetch_related("permissions__content_type").filter(
                name__in=[role.name for role in ROLES]
            )
        }
        roles = [
            {
                "name": role.name,
                "description": role.description,
                "mine": role.name in held,
                "powers": powers(list(groups[role.name].permissions.all())) if role.name in groups else [],
            }
            for role in ROLES
        ]
        may_see = rules.may_see_role_changes(request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": "角色说明",
            "opts": self.opts,
            "roles": roles,
            "may_manage_users": rules.may_manage_users(request.user),
            "may_see_changes": may_see,
            "changes": recent_role_changes(now=timezone.now()) if may_see else [],
            "days": DAYS,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/agencies/roles.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """All roles stand on one page."""
        return HttpResponseRedirect(reverse("admin:auth_group_changelist"))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Roles have none."""
        return HttpResponseRedirect(reverse("admin:auth_group_changelist"))


def powers(permissions: list[Permission]) -> list[tuple[str, str]]:
    """Return (thing, verbs) in words: ("文件", "查看、新增、审核文件")."""
    words: dict[str, list[str]] = {}
    for permission in permissions:
        thing = permission.content_type.name
        verb, _, model = permission.codename.partition("_")
        ordinary = verb in _VERBS and model == permission.content_type.model
        words.setdefault(thing, []).append(_VERBS[verb] if ordinary else permission.name)
    order = list(_VERBS.values())
    return [
        (thing, "、".join(sorted(verbs, key=lambda verb: order.index(verb) if verb in order else 9)))
        for thing, verbs in words.items()
    ]
