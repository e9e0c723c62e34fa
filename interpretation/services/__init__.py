"""The one door for writes to interpretations. The moves themselves live once, in `disclosure/services`."""

from interpretation.services.alternatives import describe_attachment
from interpretation.services.completeness import goes_alone, reviewed_with
from interpretation.services.interpretations import (
    CORRECTABLE,
    FIELDS,
    agree,
    approve,
    copy_to_draft,
    create_interpretation,
    delete_draft,
    recall,
    restore,
    send_back,
    submit,
    take_offline,
    update_interpretation,
    withdraw,
)
from interpretation.services.package import (
    missing_interpretation,
    offline_with_document,
    package_parts,
    publish_with_document,
    restore_with_document,
    return_with_document,
    schedule_with_document,
    submit_with_document,
    unready_interpretations,
    withdraw_with_document,
)
from interpretation.services.scanning import seen_in

__all__ = [
    "CORRECTABLE",
    "FIELDS",
    "agree",
    "approve",
    "copy_to_draft",
    "create_interpretation",
    "delete_draft",
    "describe_attachment",
    "goes_alone",
    "missing_interpretation",
    "offline_with_document",
    "package_parts",
    "publish_with_document",
    "recall",
    "restore",
    "restore_with_document",
    "return_with_document",
    "reviewed_with",
    "schedule_with_document",
    "seen_in",
    "send_back",
    "submit",
    "submit_with_document",
    "take_offline",
    "unready_interpretations",
    "update_interpretation",
    "withdraw",
    "withdraw_with_document",
]
