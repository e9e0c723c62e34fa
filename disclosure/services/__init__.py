"""The one door for writes to documents; `publication` holds what `interpretation/` shares."""

from disclosure.services.attachments import add_attachment, remove_attachment, rename_attachment
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

__all__ = [
    "NotAllowed",
    "add_attachment",
    "approve",
    "copy_to_draft",
    "create_document",
    "delete_draft",
    "recall",
    "remove_attachment",
    "rename_attachment",
    "repeal",
    "send_back",
    "submit",
    "update_document",
    "withdraw",
]
