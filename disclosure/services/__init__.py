"""The one door for writes to documents; `publication` holds what `interpretation/` shares."""

from disclosure.services.addresses import check_addresses
from disclosure.services.attachments import add_attachment, remove_attachment, rename_attachment
from disclosure.services.certificates import make_certificate
from disclosure.services.coverage import (
    declare_none_arose,
    forget_elsewhere,
    keep_elsewhere,
    recompute_coverage,
    refresh_all,
    refresh_stale,
    revoke_declaration,
)
from disclosure.services.documents import (
    agree,
    approve,
    copy_to_draft,
    create_document,
    delete_draft,
    hold,
    recall,
    release_due,
    repeal,
    restore,
    schedule,
    send_back,
    submit,
    take_offline,
    update_document,
    withdraw,
)
from disclosure.services.error_reports import (
    Place,
    TooMany,
    close_report,
    erase_contacts,
    hand_over_report,
    report_error,
)
from disclosure.services.errors import NotAllowed
from disclosure.services.filing import file_documents, undo_filing
from disclosure.services.findings import justify, keep_wrong_word, scan
from disclosure.services.laws import laws_with_documents, link_law, proposed_documents, unlink_law
from disclosure.services.outlets import cancel_use, record_use
from disclosure.services.papers import register_paper
from disclosure.services.reminders import remind, say_of_signature
from disclosure.services.review import content_hash, route_of
from disclosure.services.routes import (
    appoint,
    appoint_deputy,
    dismiss,
    drop_route,
    end_deputy,
    keep_route,
)
from disclosure.services.signing import make_link, sign_by_link, take_back_link

__all__ = [
    "NotAllowed",
    "Place",
    "TooMany",
    "add_attachment",
    "agree",
    "appoint",
    "appoint_deputy",
    "approve",
    "cancel_use",
    "check_addresses",
    "close_report",
    "content_hash",
    "copy_to_draft",
    "create_document",
    "declare_none_arose",
    "delete_draft",
    "dismiss",
    "drop_route",
    "end_deputy",
    "erase_contacts",
    "file_documents",
    "forget_elsewhere",
    "hand_over_report",
    "hold",
    "justify",
    "keep_elsewhere",
    "keep_route",
    "keep_wrong_word",
    "laws_with_documents",
    "link_law",
    "make_certificate",
    "make_link",
    "proposed_documents",
    "recall",
    "recompute_coverage",
    "record_use",
    "refresh_all",
    "refresh_stale",
    "register_paper",
    "release_due",
    "remind",
    "remove_attachment",
    "rename_attachment",
    "repeal",
    "report_error",
    "restore",
    "revoke_declaration",
    "route_of",
    "say_of_signature",
    "scan",
    "schedule",
    "send_back",
    "sign_by_link",
    "submit",
    "take_back_link",
    "take_offline",
    "undo_filing",
    "unlink_law",
    "update_document",
    "withdraw",
]
