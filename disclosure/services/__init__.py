"""The one door for writes to documents; `publication` holds what `interpretation/` shares."""

from disclosure.services.addresses import check_addresses
from disclosure.services.attachments import add_attachment, remove_attachment, rename_attachment
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
    approve,
    copy_to_draft,
    create_document,
    delete_draft,
    recall,
    repeal,
    send_back,
    submit,
    update_document,
    withdraw,
)
from disclosure.services.errors import NotAllowed
from disclosure.services.filing import file_documents, undo_filing
from disclosure.services.laws import laws_with_documents, link_law, proposed_documents, unlink_law

__all__ = [
    "NotAllowed",
    "add_attachment",
    "approve",
    "check_addresses",
    "copy_to_draft",
    "create_document",
    "declare_none_arose",
    "delete_draft",
    "file_documents",
    "forget_elsewhere",
    "keep_elsewhere",
    "laws_with_documents",
    "link_law",
    "proposed_documents",
    "recall",
    "recompute_coverage",
    "refresh_all",
    "refresh_stale",
    "remove_attachment",
    "rename_attachment",
    "repeal",
    "revoke_declaration",
    "send_back",
    "submit",
    "undo_filing",
    "unlink_law",
    "update_document",
    "withdraw",
]
