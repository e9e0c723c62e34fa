"""Joining and redacting in a child process: what crashes or never ends takes nobody else along."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from disclosure.papers.process import ROOT, bare_environment
from disclosure.pdf_pages.boxes import Box
from disclosure.pdf_pages.sentences import BROKEN, TOO_SLOW

#: Seconds of clock; of processor time the child allows itself fewer (`papers.child.SECONDS`).
PATIENCE = 90
#: Children at work at once for one server process: a page of many pictures asks for all of them together.
_PLACES = BoundedSemaphore(2)


class RefusedPages(Exception):  # noqa: N818 - an answer to a person
    """Nothing was made; the message says why and what to do, to stand behind the name of file `part`."""

    def __init__(self, sentence: str, part: int = 0) -> None:
        super().__init__(sentence)
        self.part = part


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal on a page: its box as a form carries it, its kind, its masked words."""

    wire: str
    kind: str
    masked: str

    @property
    def page(self) -> int:
        """On which page."""
        return int(self.wire.partition(",")[0])


@dataclass(frozen=True, slots=True)
class Look:
    """A PDF before it is redacted: (width, height) of each page in points, what is personal, pages without
    any text, where nothing can be found."""

    sizes: list[tuple[float, float]]
    found: list[Found]
    silent: list[int]


def look(path: Path, *, today: date) -> Look:
    """Pages and what is personal on them; `today` bounds dates of birth. Raises RefusedPages."""
    header, _ = _ask({"what": "look", "path": str(path), "today": today.isoformat()})
    return Look(
        [(width, height) for width, height in header["sizes"]],
        [Found(*one) for one in header["found"]],
        list(header["silent"]),
    )


def draw(path: Path, page: int, *, width: int, boxes: Sequence[Box] = ()) -> bytes:
    """A page (from 1) as a JPEG so many pixels wide, with its boxes black. Raises RefusedPages."""
    return _ask({"what": "draw", "path": str(path), "page": page, "width": width, "boxes": _plain(boxes)})[1]


def redact(path: Path, boxes: Sequence[Box]) -> tuple[bytes, int]:
    """A PDF whose pages are pictures, with the boxes black, and its pages. Raises RefusedPages."""
    header, made = _ask({"what": "redact", "path": str(path), "boxes": _plain(boxes)})
    return made, int(header["pages"])


def join(parts: Sequence[tuple[Path, str]], *, title: str) -> tuple[bytes, int]:
    """One PDF of several (file, name for its bookmark), and its pages. Raises RefusedPages."""
    named = [(str(path), name) for path, name in parts]
    header, made = _ask({"what": "join", "parts": named, "title": title})
    return made, int(header["pages"])


def _plain(boxes: Sequence[Box]) -> list[tuple[Any, ...]]:
    return [astuple(box) for box in boxes]


def _ask(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    with _PLACES:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "disclosure.pdf_pages.child"],
                cwd=ROOT,
                env=bare_environment(),
                input=json.dumps(job).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RefusedPages(TOO_SLOW) from error
    head, _, body = done.stdout.partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(head)
    except ValueError as error:
        # Killed by a signal, by its own limits, or by the file.
        raise RefusedPages(BROKEN if done.returncode >= 0 else TOO_SLOW) from error
    if sentence := header.get("refused"):
        raise RefusedPages(sentence, header["part"])
    return header, body
