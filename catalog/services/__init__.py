"""The one door for writes to the catalog."""

from catalog.services.errors import CatalogMoved, NotAllowed
from catalog.services.importing import ImportPlan, chosen_missing, import_catalog, plan_catalog
from catalog.services.items import change_item, create_item, retire_item, save_field
from catalog.services.laws import (
    link_unlinked_bases,
    mark_law,
    merge_laws,
    record_repeal,
    repeal_law,
    save_law,
)
from catalog.services.records import draft_of
from catalog.services.subjects import forget_subject, map_subject, subject_pieces
from catalog.services.undoing import Undone, undo_import

__all__ = [
    "CatalogMoved",
    "ImportPlan",
    "NotAllowed",
    "Undone",
    "change_item",
    "chosen_missing",
    "create_item",
    "draft_of",
    "forget_subject",
    "import_catalog",
    "link_unlinked_bases",
    "map_subject",
    "mark_law",
    "merge_laws",
    "plan_catalog",
    "record_repeal",
    "repeal_law",
    "retire_item",
    "save_field",
    "save_law",
    "subject_pieces",
    "undo_import",
]
