"""A public document as PDF, set as an official paper: made once a version, by one process at a time.

WeasyPrint needs pango of the system; without it there is no PDF and the browser prints. Making one costs a
second or two of a processor, so a visitor's request is bounded: one at a time in the whole house, at low
priority, in a child with limits of time, memory and length; what was made is kept on disk under the version
of its content, within a limit of space. Files are handed out only for what is public at that moment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from disclosure import qr
from disclosure.models import Document
from disclosure.pdf import CannotError, is_available, make
from portal import body

#: Longer papers (characters of markup) are printed by the browser.
LONGEST = 400_000
SPACE = 512 * 1024 * 1024
_SIGNATURE = re.compile(r'(?:<p class="align-right">(?:(?!</?p).)*</p>\s*)+$', re.S)


class BusyError(Exception):
    """Another PDF is being made; try again in a moment."""


def pdf_of(document: Any, *, address: str) -> bytes:
    """Return the PDF of a public document, whose page stands at `address`. Raises BusyError, CannotError."""
    if not is_available() or len(document.body) > LONGEST:
        raise CannotError
    html = _html(document, address)
    style = (Path(settings.BASE_DIR) / "static/css/paper.css").read_text("utf-8")
    version = hashlib.sha256(f"{html}\0{style}".encode()).hexdigest()[:32]
    path = _folder() / str(document.pk) / f"{version}.pdf"
    with suppress(FileNotFoundError):
        made = path.read_bytes()
        os.utime(path)
        return made
    with _alone():
        made = make(html, style)
        _keep(path, made)
    return made


def forget(pk: int) -> None:
    """Throw away what was kept of a document: when it is no longer public, and for a purge."""
    shutil.rmtree(_folder() / str(pk), ignore_errors=True)


def forget_hidden() -> int:
    """Throw away what was kept of documents that are no longer public; returns of how many."""
    kept = [int(folder.name) for folder in _folder().glob("*") if folder.is_dir() and folder.name.isdigit()]
    public = set(Document.objects.published().filter(pk__in=kept).values_list("pk", flat=True))
    hidden = [pk for pk in kept if pk not in public]
    for pk in hidden:
        forget(pk)
    return len(hidden)


def forget_purged(place: str, pks: Sequence[int], words: Sequence[str]) -> dict[str, int]:
    """With a sealed purge (封存清除): what was kept of the documents goes too."""
    for pk in pks if place == "document" else ():
        forget(pk)
    return {}


def forget_closed(place: str, pk: int) -> None:
    """With an earlier version that was closed (原版本不再公开): what was kept may be of that one."""
    if place == "document":
        forget(pk)


def _html(document: Any, address: str) -> str:
    html = body.prepare(document.body).html
    signature = _SIGNATURE.search(html)
    text = html[: signature.start()] if signature else html
    return render_to_string(
        "paper/document.html",
        {
            "document": document,
            "issuer": document.issuer or document.agency.name,
            "attachments": list(document.attachments.all()),
            "body": mark_safe(text),  # noqa: S308 - cleaned by `prepare`
            # 附件说明 stands above the 落款 (GB/T 9704).
            "signature": mark_safe(signature.group(0)) if signature else "",  # noqa: S308
            "qr": qr.drawing(address, label="网页地址"),
            "address": address,
        },
    )


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "paper"


@contextmanager
def _alone() -> Iterator[None]:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError from error
        yield


def _keep(path: Path, made: bytes) -> None:
    """Put the file in its place, older versions out, and the oldest files of all where space is short."""
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(made)
    draft.replace(path)
    kept = sorted((one.stat().st_mtime, one.stat().st_size, one) for one in _folder().glob("*/*.pdf"))
    space = sum(size for _, size, _ in kept)
    for _, size, one in kept:
        if space <= SPACE:
            break
        one.unlink(missing_ok=True)
        space -= size
