"""Reference data: the roles' groups and the root agency, put there by `post_migrate`, idempotent."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission

from agencies.kinds import AgencyKind
from agencies.models import Agency
from agencies.roles import ROLES


def grant_roles(app_config: AppConfig, **kwargs: Any) -> None:
    """Give each role's group the permissions it has in the app just migrated."""
    wanted = {role.name: role.permissions.get(app_config.label, ()) for role in ROLES}
    codenames = {codename for names in wanted.values() for codename in names}
    if not codenames:
        return
    found = {
        permission.codename: permission
        for permission in Permission.objects.filter(
            content_type__app_label=app_config.label, codename__in=codenames
        )
    }
    for role_name, names in wanted.items():
        group, _ = Group.objects.get_or_create(name=role_name)
        group.permissions.add(*(found[name] for name in names if name in found))


def plant_root(**kwargs: Any) -> None:
    """Put the county government there as the root agency; leave it alone where it stands."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return  # The tables are those of an older state, which the models of today do not know.
    Agency.objects.get_or_create(
        code="county",
        defaults={
            "path": "county/",
            "kind": AgencyKind.COUNTY_GOVERNMENT,
            "name": "县人民政府",
            "short_name": "县政府",
        },
    )
