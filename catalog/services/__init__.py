"""The one door for writes to the catalog."""

from catalog.services.adjustments import (
    ProposedLine,
    apply_due,
    approve,
    changes_norm,
    line_adding,
    line_changing,
    line_retiring,
    line_taking_up,
    pass_on,
    propose,
    propose_import,
    propose_split,
    recall,
    reject,
)
from catalog.services.errors import CatalogMoved, NotAllowed
from catalog.services.fields import merge_fields, rename_field, save_field
from catalog.services.importing import ImportPlan, chosen_missing, import_catalog, plan_catalog
from catalog.services.inheritance import (
    drop_item,
    follow_template,
    follow_templates,
    propagate,
    stop_following,
    take_up_again,
)
from catalog.services.items import (
    OWN_PARTICULARS,
    change_item,
    create_item,
    retire_item,
    set_own_particulars,
)
from catalog.services.laws import (
    link_unlinked_bases,
    mark_law,
    merge_laws,
    record_repeal,
    repeal_law,
    save_law,
)
from catalog.services.matters import delete_matter, save_matter, set_matter_items
from catalog.services.proposing_again import ProposedAgain, propose_again, proposed_again_already
from catalog.services.records import draft_of
from catalog.services.reversing import propose_reverse
from catalog.services.subjects import forget_subject, map_subject, subject_pieces
from catalog.services.undoing import Undone, undo_import

__all__ = [
    "OWN_PARTICULARS",
    "CatalogMoved",
    "ImportPlan",
    "NotAllowed",
    "ProposedAgain",
    "ProposedLine",
    "Undone",
    "apply_due",
    "approve",
    "change_item",
    "changes_norm",
    "chosen_missing",
    "create_item",
    "delete_matter",
    "draft_of",
    "drop_item",
    "follow_template",
    "follow_templates",
    "forget_subject",
    "import_catalog",
    "line_adding",
    "line_changing",
    "line_retiring",
    "line_taking_up",
    "link_unlinked_bases",
    "map_subject",
    "mark_law",
    "merge_fields",
    "merge_laws",
    "pass_on",
    "plan_catalog",
    "propagate",
    "propose",
    "propose_again",
    "propose_import",
    "propose_reverse",
    "propose_split",
    "proposed_again_already",
    "recall",
    "record_repeal",
    "reject",
    "rename_field",
    "repeal_law",
    "retire_item",
    "save_field",
    "save_law",
    "save_matter",
    "set_matter_items",
    "set_own_particulars",
    "stop_following",
    "subject_pieces",
    "take_up_again",
    "undo_import",
]
