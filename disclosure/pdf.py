"""PDF from a page of ours through WeasyPrint, where its pango library is installed; else the print page has
to do (STACK, picks). Made by a child process with limits of time and memory, which fetches nothing."""

from __future__ import annotations

import subprocess
import sys
from ctypes.util import find_library
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

#: Seconds until the child is given up.
SECONDS = 30


class CannotError(Exception):
    """It cannot be made into a PDF here: no pango, too long, or it took too long."""


@lru_cache(maxsize=1)
def is_available() -> bool:
    """Whether this machine can make PDF at all; WeasyPrint itself is loaded by the child alone."""
    return find_spec("weasyprint") is not None and find_library("pango-1.0") is not None


def make(html: str, style: str) -> bytes:
    """The page as a tagged PDF (PDF/UA) in this style. Raises CannotError."""
    if not is_available():
        raise CannotError
    length = len(html.encode())
    command = [sys.executable, "-I", str(Path(__file__).with_name("pdf_child.py")), str(length)]
    try:
        child = subprocess.run(  # noqa: S603 - our own program, no word of a visitor's
            command, input=(html + style).encode(), capture_output=True, timeout=SECONDS, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise CannotError from error
    return child.stdout


def styled(html: str, sheet: str) -> bytes | None:
    """The page as a PDF in a style sheet of ours (its name under `static/`); None where there is none to be
    had: the page is printed by the browser then."""
    style = (Path(settings.BASE_DIR) / "static" / sheet).read_text("utf-8")
    try:
        return make(html, style)
    except CannotError:
        return None
