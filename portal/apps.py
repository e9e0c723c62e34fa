"""The portal's app, and the admin site that serves as back office."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.backends.signals import connection_created


class PortalConfig(AppConfig):
    """The public site over everything; the last room to start, so it sees whether all checks stand."""

    default = True
    name = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        """Refuse to start while a required check of publication is missing; prepare every connection."""
        from disclosure import purge_hooks, requirements
        from portal import paper
        from portal.database import session

        requirements.assert_complete()
        purge_hooks.register("paper", paper.forget_purged)
        purge_hooks.register_closing("paper", paper.forget_closed)
        connection_created.connect(session.prepare, dispatch_uid="portal.database.session")


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django admin with our own site object."""

    default = False
    default_site = "portal.back_office.BackOffice"
