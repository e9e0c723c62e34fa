"""The child process that opens PDF and Word files: `-m disclosure.papers.child KIND PATH` prints JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from disclosure.papers.reading import BROKEN, TOO_LONG, RefusedPaper, UnreadPaper

#: Processor seconds and bytes of memory one file may cost.
SECONDS = 45
MEMORY = 1_500_000_000
_READERS = {"pdf": ("disclosure.papers.pdf", "read_lines"), "docx": ("disclosure.papers.word", "read_blocks")}


def main(kind: str, path: str) -> dict[str, Any]:
    """What is in the file, or in `refused` or `unread` why not."""
    limit()
    module, name = _READERS[kind]
    reader = getattr(importlib.import_module(module), name)
    try:
        answer: dict[str, Any] = reader(Path(path))
    except RefusedPaper as error:
        return {"refused": str(error)}
    except UnreadPaper as error:
        return {"unread": str(error)}
    except MemoryError:
        return {"unread": TOO_LONG}
    except Exception:
        # Whatever a library stumbles over in a file of unknown making.
        return {"unread": BROKEN}
    return answer


def limit() -> None:
    """Bind this process, where the system knows limits (Windows knows none; there the clock alone holds)."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue  # Bound more tightly already.


if __name__ == "__main__":
    sys.setrecursionlimit(5_000)
    found = json.dumps(main(sys.argv[1], sys.argv[2]), ensure_ascii=False)
    # A half of a pair that no UTF-8 can hold must not cost the whole text.
    sys.stdout.buffer.write(found.encode("utf-8", "replace"))
    sys.stdout.flush()
