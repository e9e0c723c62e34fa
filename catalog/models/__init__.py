"""WHAT MUST be disclosed: fields (领域) and items of the standard catalog (标准目录; 国办发〔2019〕54号)."""

from catalog.models.adjustments import Adjustment, AdjustmentLine, CatalogInheritance
from catalog.models.exchange import CatalogImport, ExportJob, PendingImport
from catalog.models.fields import CatalogLayout, Field, FieldAlias
from catalog.models.items import Basis, Item, Law, Matter, SubjectMapping

__all__ = [
    "Adjustment",
    "AdjustmentLine",
    "Basis",
    "CatalogImport",
    "CatalogInheritance",
    "CatalogLayout",
    "ExportJob",
    "Field",
    "FieldAlias",
    "Item",
    "Law",
    "Matter",
    "PendingImport",
    "SubjectMapping",
]
