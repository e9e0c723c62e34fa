"""Cold and warm start of `manage.py serve`: real processes, the embedded database, a free port.

Cold: from an empty DATA_DIR (database made, migrated, demo county, index, static files) to READY. Warm: the
next start of the same installation. Installing the dependencies is no part of it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600
#: What of the environment of the bench must not reach the installation that it starts.
OURS = ("DATABASE_URL", "DATA_DIR", "HOST", "PORT", "TESTING", "MODE", "DJANGO_SETTINGS_MODULE")


def run() -> dict[str, Any]:
    """Start twice; seconds to READY and to the end after TERM, and the ratio of the two starts."""
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        cold, cold_stop = _start(Path(folder))
        warm, warm_stop = _start(Path(folder))
    return {
        "cold_seconds": round(cold, 2),
        "warm_seconds": round(warm, 2),
        "stop_seconds": round(max(cold_stop, warm_stop), 2),
        "cold_to_warm": round(cold / warm, 1),
    }


def _start(folder: Path) -> tuple[float, float]:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"DATA_DIR": str(folder), "HOST": "127.0.0.1", "PORT": str(_free_port())}
    log = (folder.parent / f"{folder.name}.log").open("w+b")
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log
    )
    try:
        spent = _wait_for_ready(process, began)
        if spent is None:
            log.seek(0)
            raise AssertionError(f"no READY: {log.read()[-2000:].decode(errors='replace')}")
    finally:
        stopping = time.monotonic()
        process.terminate()
        process.wait(60)
        log.close()
        Path(log.name).unlink()
    return spent, time.monotonic() - stopping


def _wait_for_ready(process: subprocess.Popen[bytes], began: float) -> float | None:
    if process.stdout is None:
        return None
    for line in process.stdout:
        if line.startswith(b"READY "):
            return time.monotonic() - began
        if time.monotonic() - began > PATIENCE:
            return None
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
