"""App configuration of the room `agencies/`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgenciesConfig(AppConfig):
    """单位与用户."""

    name = "agencies"
    verbose_name = "单位与用户"

    def ready(self) -> None:
        """Put the reference data there after every migrate and flush (STACK, trap 15)."""
        from agencies import reference

        post_migrate.connect(reference.grant_roles, dispatch_uid="agencies.grant_roles")
        post_migrate.connect(reference.plant_root, sender=self, dispatch_uid="agencies.plant_root")
