"""The child process that opens PDFs to join or redact them: a job comes as JSON on standard input, a line of
JSON goes out, then the bytes that were made."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from disclosure.papers.child import limit
from disclosure.pdf_pages import finding, joining, pixels
from disclosure.pdf_pages.boxes import Box
from disclosure.pdf_pages.sentences import BROKEN, TOO_SLOW, Refused


def main(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What was found, or in `refused` why nothing was done; and the file that was made."""
    limit()
    try:
        return _done(job)
    except Refused as error:
        return {"refused": str(error), "part": error.part}, b""
    except MemoryError:
        return {"refused": TOO_SLOW, "part": 0}, b""
    except Exception:
        # Whatever a library stumbles over in a file of unknown making.
        return {"refused": BROKEN, "part": 0}, b""


def _done(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    boxes = [Box(*one) for one in job.get("boxes", [])]
    if job["what"] == "look":
        return finding.find(Path(job["path"]), today=date.fromisoformat(job["today"])), b""
    if job["what"] == "draw":
        return {}, pixels.draw(Path(job["path"]), job["page"], width=job["width"], boxes=boxes)
    if job["what"] == "redact":
        content, pages = pixels.redact(Path(job["path"]), boxes)
    else:
        content, pages = joining.join([(path, name) for path, name in job["parts"]], job["title"])
    return {"pages": pages}, content


if __name__ == "__main__":
    header, body = main(json.load(sys.stdin))
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.flush()
