"""The text of stored files, read once and found again by content (`ReadText`): ahead of the checks before
review, which run inside a transaction that must stay short."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from disclosure import attached_text, rich_text, scanning
from disclosure.models import AttachedFile, Publishable, ReadText, SignedOriginal
from disclosure.scanning import Line

#: The lines of a file, and in words what was not read of it.
Read = tuple[list[Line], str]
#: Counts up when the readers learn something: what older ones read is read anew.
READER = 2


@contextmanager
def on_disk(file: File[bytes], extension: str) -> Iterator[Path]:
    """The file under a path, for readers that want one; a copy of it goes when done."""
    with tempfile.NamedTemporaryFile(prefix="read-", suffix=f".{extension}") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        file.seek(0)
        yield Path(copy.name)


def keep(*, sha256: str, extension: str, lines: Sequence[Line], problem: str = "") -> None:
    """Note what was read of a content. Who else reads the same content meanwhile reads the same."""
    row = ReadText(
        sha256=sha256,
        extension=extension,
        reader=READER,
        lines=[[rich_text.storable(line.place), rich_text.storable(line.text)] for line in lines],
        problem=problem,
        read_at=timezone.now(),
    )
    ReadText.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["sha256", "extension"],
        update_fields=["reader", "lines", "problem", "read_at"],
    )


def read_upload(file: File[bytes], *, sha256: str, extension: str) -> None:
    """Read an upload before any row is locked, unless its content is known. Never refuses: what cannot be
    read is noted, and is a finding later."""
    if extension in _NEVER or known(sha256, extension) is not None:
        return
    with on_disk(file, extension) as path:
        read_file(path, sha256=sha256, extension=extension)


def read_file(path: Path, *, sha256: str, extension: str) -> Read:
    """Read a stored file and note it. Returns lines and, in words, what was not read."""
    try:
        lines, problem = attached_text.read(path, extension), ""
    except attached_text.UnreadText as error:
        lines, problem = error.lines, str(error)
    except OSError:
        # Not there at the moment, perhaps: nothing is noted, the next check looks again.
        return [], scanning.NOT_OPENED
    if sha256:
        keep(sha256=sha256, extension=extension, lines=lines, problem=problem)
    return lines, problem


def known(sha256: str, extension: str) -> Read | None:
    """What was read of a content before; None where nothing was, or by an older reader."""
    row = ReadText.objects.filter(sha256=sha256, extension=extension, reader=READER).first()
    return None if row is None else ([Line(*line) for line in row.lines], row.problem)


def known_of(rows: Sequence[Any]) -> dict[tuple[str, str], Read]:
    """What was read of stored files before, by content and type: one query for all of them."""
    digests = {row.sha256 for row in rows if row.sha256}
    if not digests:
        return {}
    return {
        (text.sha256, text.extension): ([Line(*line) for line in text.lines], text.problem)
        for text in ReadText.objects.filter(sha256__in=digests, reader=READER)
    }


def of_attachment(row: Any) -> Read:
    """Lines of an attachment with a stored file, and what was not read of it."""
    extension = extension_of(row)
    if found := known(row.sha256, extension):
        return found
    return read_file(Path(row.file.path), sha256=row.sha256, extension=extension)


def read_ahead(thing: Publishable) -> None:
    """Read what of the attachments is not known yet: before the transaction that checks them."""
    owner: Any = thing
    rows = [row for row in owner.attachments.exclude(file="") if extension_of(row) not in _NEVER]
    found = known_of(rows)
    for row in rows:
        if (row.sha256, extension_of(row)) not in found:
            of_attachment(row)


def forget_unused(digests: Iterable[str]) -> None:
    """Drop texts of contents that no file has any more; called once the rows of the files are gone."""
    for digest in {one for one in digests if one}:
        models: list[Any] = [SignedOriginal, *AttachedFile.__subclasses__()]
        if not any(model._default_manager.filter(sha256=digest).exists() for model in models):
            ReadText.objects.filter(sha256=digest).delete()


def extension_of(row: Any) -> str:
    """The ending of a stored file's real type."""
    return PurePosixPath(str(row.file.name)).suffix.lstrip(".").lower()


_NEVER = scanning.RECORDINGS | scanning.PICTURES
