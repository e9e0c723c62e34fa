"""App configuration of the room `catalog/`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    """标准目录."""

    name = "catalog"
    verbose_name = "标准目录"

    def ready(self) -> None:
        """Put the fields there after every migrate and flush (STACK, trap 15)."""
        from catalog import reference

        post_migrate.connect(reference.plant_fields, sender=self, dispatch_uid="catalog.plant_fields")
