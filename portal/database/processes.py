"""Which process is our PostgreSQL. No process is ever signalled on the word of a pid file alone.

A pid file outlives its process: after a reboot or a kill -9 its number may belong to anybody. PostgreSQL
makes its data folder its working folder, and that is what we ask the system for.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# Back ends notice the death of their postmaster by themselves; a busy one needs a moment.
ORPHAN_SECONDS = 5.0


def postmaster_lines(data: Path) -> list[str]:
    """The lines of postmaster.pid (pid, folder, start, port, socket folder, …); [] without a usable file."""
    try:
        return (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def named_pid(data: Path) -> int | None:
    """The pid that postmaster.pid names, whoever that is by now."""
    lines = postmaster_lines(data)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def postmaster(data: Path) -> int | None:
    """The pid of the living server on `data`, proven to be it."""
    pid = named_pid(data)
    return pid if pid is not None and works_on(pid, data) else None


def works_on(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL whose working folder is `data`."""
    if sys.platform == "linux":
        try:
            folder = os.readlink(f"/proc/{pid}/cwd")
            program = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return False
        return folder == str(data) and Path(program.removesuffix(" (deleted)")).name == "postgres"
    # macOS and the BSDs: no /proc, but lsof tells the working folder of one process.
    found = subprocess.run(
        ["lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fcn"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return "cpostgres" in found and f"n{data}" in found


def end_orphans(data: Path) -> None:
    """Wait for back ends that outlived a killed postmaster on `data`, then end those that stay."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while any(True for _ in _workers(data)):
        if time.monotonic() > deadline:
            for pid in _workers(data):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _workers(data: Path) -> Iterator[int]:
    if sys.platform != "linux":
        return  # PostgreSQL's own look at its shared memory must do there.
    for entry in os.listdir("/proc"):
        if entry.isdigit() and works_on(int(entry), data):
            yield int(entry)


def disown(data: Path, parent: int) -> None:
    """Make a stale postmaster.pid harmless before a start, with `parent` as the coming server's parent.

    PostgreSQL will not start while the file names a living process, stranger or not. Its own parent it
    overlooks, and then still makes its look at shared memory: so we write that pid and keep the other lines.
    An empty or garbled file, left by a full disk, is removed.
    """
    path = data / "postmaster.pid"
    lines = postmaster_lines(data)
    if not path.exists():
        return
    if not lines or not lines[0].strip().isdigit():
        path.unlink()
        return
    lines[0] = str(parent)
    path.write_text("\n".join(lines) + "\n", "utf-8")
