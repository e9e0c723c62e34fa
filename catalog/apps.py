"""App configuration of the room `catalog/`."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """标准目录."""

    name = "catalog"
    verbose_name = "标准目录"
