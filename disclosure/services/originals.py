"""What becomes of a signed original (签发原件): it may go out with its document, it goes with a draft."""

from __future__ import annotations

from functools import partial

from django.core.files.base import File
from django.db import transaction

from agencies.models import User
from disclosure.models import Document, SignedOriginal
from disclosure.services.attachments import add_attachment


def attach_original(original: SignedOriginal, *, by: User) -> None:
    """原件随文公开: the original becomes an attachment of its draft too. Raises NotAllowed."""
    with original.file.open("rb") as stored:
        file = File(stored, name=f"原件.{original.extension}")
        add_attachment(original.document, by=by, file=file, title=f"{original.document.title[:180]}（原件）")


def forget_original(document: Document) -> str:
    """With a draft that is deleted its original goes: the file once the transaction stands. Returns its
    fingerprint, empty where there is none. The caller has asked for the right."""
    original = SignedOriginal.objects.filter(document=document).first()
    if original is None:
        return ""
    storage, name = original.file.storage, str(original.file.name)
    transaction.on_commit(partial(storage.delete, name))
    original.delete()
    return str(original.sha256)
