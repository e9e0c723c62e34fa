"""The back office of the catalog. Every write goes through `catalog.services`."""

from catalog.admin.items import ItemAdmin
from catalog.admin.tables import CatalogImportAdmin, FieldAdmin, SubjectMappingAdmin

__all__ = ["CatalogImportAdmin", "FieldAdmin", "ItemAdmin", "SubjectMappingAdmin"]
