"""The keeper: a small process of its own that starts PostgreSQL and stops it when nobody uses it any more.

Run by path with the standard library alone (`python -I -S keeper.py`), in a session of its own, so that
Ctrl-C in a terminal reaches the users of the database first. It ends in one of four ways: the last user has
let go of the users' lock (a killed one lets go too), it is told to (TERM), PostgreSQL ended, or it is killed:
then the kernel tells PostgreSQL to shut down (Linux), or the next start finds and adopts the server.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from portal import lifeline
from portal.database import processes
from portal.database.locks import Lock

POLL_SECONDS = 1.0
# A fast shutdown writes a checkpoint; on a slow disk that takes its time.
FAST_SECONDS = 60.0
IMMEDIATE_SECONDS = 5.0
STOP_SIGNAL = signal.SIGTERM


@dataclass(frozen=True)
class Task:
    """What one keeper looks after.

    `command` is None when the server runs already and is adopted; `throw_away` is deleted at the end.
    """

    folder: str
    data: str
    command: list[str] | None
    uid: int | None
    gid: int | None
    throw_away: str | None


def keep(task: Task) -> int:
    """Start or adopt the server, wait until it is not wanted any more, stop it. Answers the exit code."""
    folder, data = Path(task.folder), Path(task.data)
    mine = Lock(folder / "keeper.lock")
    if not mine.try_take(2.0):
        return 0  # Another keeper was quicker.
    mine.write(str(os.getpid()))
    wake = lifeline.wake_descriptor()
    server = _start(task, task.command, data) if task.command else None
    gate, users = Lock(folder / "gate.lock"), Lock(folder / "users.lock")
    while _alive(server, data):
        ready, _, _ = select.select([wake], [], [], POLL_SECONDS)
        if ready and signal.SIGTERM in os.read(wake, 64):
            told_by_last_user = not gate.try_take()  # Who holds the gate then; else it was the system.
            stop(server, data)
            if told_by_last_user:
                _clean(task, folder)
        elif _alive(server, data) and gate.try_take():
            if users.try_take():
                # Nobody can come in while we hold the gate.
                stop(server, data)
                _clean(task, folder)
            gate.free()
    mine.write("")
    return 0


def _start(task: Task, command: list[str], data: Path) -> "subprocess.Popen[bytes]":
    processes.end_orphans(data)
    processes.disown(data, os.getpid())
    identity: dict[str, Any] = {}
    if task.uid is not None:
        identity = {"user": task.uid, "group": task.gid, "extra_groups": []}
    # The log is our own standard error: the starter opened it.
    return subprocess.Popen(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lifeline.before_exec(signal.SIGINT),
        **identity,
    )


def _alive(server: "subprocess.Popen[bytes] | None", data: Path) -> bool:
    return server.poll() is None if server else processes.postmaster(data) is not None


def stop(server: "subprocess.Popen[bytes] | None", data: Path) -> None:
    """End our child, or the proven server on `data`: fast, then immediate (its log repairs it), then kill."""
    for number, seconds in (
        (signal.SIGINT, FAST_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_SECONDS),
        (signal.SIGKILL, IMMEDIATE_SECONDS),
    ):
        pid = server.pid if server else processes.postmaster(data)
        if pid is None or not _alive(server, data):
            return
        os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while _alive(server, data) and time.monotonic() < deadline:
            time.sleep(0.02)


def _clean(task: Task, folder: Path) -> None:
    """After a wanted end. After a crash the socket's folder stays, so that the address does."""
    record = folder / "socket"
    try:
        socket = Path(record.read_text("utf-8").strip())
        socket.rmdir()
        record.unlink()
    except OSError:
        pass
    if task.throw_away:
        # The home may lie elsewhere than under DATA_DIR.
        for path in (folder, task.throw_away):
            shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(keep(Task(**json.loads(sys.argv[1]))))
