"""App configuration of the room `workdays/`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkdaysConfig(AppConfig):
    """工作日历."""

    name = "workdays"
    verbose_name = "工作日历"

    def ready(self) -> None:
        """Put the reviewed years there after every migrate and flush (STACK, trap 15)."""
        from workdays import services

        post_migrate.connect(
            services.put_reviewed_years, sender=self, dispatch_uid="workdays.put_reviewed_years"
        )
