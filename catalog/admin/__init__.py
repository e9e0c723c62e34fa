"""The back office of the catalog. Every write goes through `catalog.services`."""

from catalog.admin.adjustments import AdjustmentAdmin
from catalog.admin.fields import FieldAdmin
from catalog.admin.inheritance import CatalogInheritanceAdmin
from catalog.admin.items import ItemAdmin
from catalog.admin.laws import LawAdmin
from catalog.admin.matters import MatterAdmin
from catalog.admin.tables import CatalogImportAdmin, SubjectMappingAdmin

__all__ = [
    "AdjustmentAdmin",
    "CatalogImportAdmin",
    "CatalogInheritanceAdmin",
    "FieldAdmin",
    "ItemAdmin",
    "LawAdmin",
    "MatterAdmin",
    "SubjectMappingAdmin",
]
