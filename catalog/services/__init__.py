"""The one door for writes to the catalog."""

from catalog.services.errors import CatalogMoved, NotAllowed
from catalog.services.importing import ImportPlan, import_catalog, plan_catalog
from catalog.services.items import change_item, create_item, retire_item, save_field
from catalog.services.records import draft_of
from catalog.services.subjects import forget_subject, map_subject, subject_pieces
from catalog.services.undoing import Undone, undo_import

__all__ = [
    "CatalogMoved",
    "ImportPlan",
    "NotAllowed",
    "Undone",
    "change_item",
    "create_item",
    "draft_of",
    "forget_subject",
    "import_catalog",
    "map_subject",
    "plan_catalog",
    "retire_item",
    "save_field",
    "subject_pieces",
    "undo_import",
]
