"""Reading a file in a child process: what crashes, eats memory or never ends takes nobody else with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from disclosure.papers.reading import BROKEN, TOO_SLOW, RefusedPaper, UnreadPaper

#: Seconds of clock; of processor time the child allows itself fewer (`child.SECONDS`).
PATIENCE = 60
ROOT = Path(__file__).resolve().parents[2]
#: The child sees neither keys nor the address of the database.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


def bare_environment() -> dict[str, str]:
    """What a child needs to start, and no more."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONUTF8": "1"}


def ask(path: Path, kind: str, *, patience: float = PATIENCE) -> dict[str, Any]:
    """What the child reads from the file. Raises UnreadPaper or RefusedPaper with the sentence for people."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the path is of our own making
            [sys.executable, "-m", "disclosure.papers.child", kind, str(path.resolve())],
            cwd=ROOT,
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadPaper(TOO_SLOW) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        # Killed by a signal, by its own limits, or by the file.
        raise UnreadPaper(BROKEN if done.returncode >= 0 else TOO_SLOW) from error
    if refused := answer.get("refused"):
        raise RefusedPaper(refused)
    if unread := answer.get("unread"):
        raise UnreadPaper(unread)
    return answer
