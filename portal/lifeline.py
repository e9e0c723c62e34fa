"""Run one command for as long as the far end of a pipe stays open.

`python -I -S lifeline.py FD COMMAND…` starts COMMAND in a process group of its own. When the pipe FD reaches
its end (its writer closed it, or died in whatever way) the group gets TERM, and after a grace KILL. The exit
code of COMMAND is passed on. Should this process itself be killed, the kernel tells COMMAND (Linux).
Standard library alone, any Unix.
"""

import os
import select
import signal
import subprocess
import sys
import time
from typing import Any

GRACE_SECONDS = 12.0
PR_SET_PDEATHSIG = 1


def run(pipe: int, command: list[str]) -> int:
    """Run `command` until it ends or `pipe` does; answers its exit code."""
    wake, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # The one at the far end decides.
    inherited = [int(fd) for fd in os.environ.pop("LIFELINE_PASS_FDS", "").split(",") if fd]
    child = subprocess.Popen(command, start_new_session=True, preexec_fn=_before_exec(), pass_fds=inherited)
    while child.poll() is None:
        ready, _, _ = select.select([pipe, wake], [], [])
        if pipe in ready or signal.SIGTERM in os.read(wake, 64):
            _end(child)
    _signal_group(child, signal.SIGKILL)  # Stragglers of a group whose leader has gone.
    return child.returncode


def _before_exec() -> Any:
    parent = os.getpid()
    prctl: Any = None
    if sys.platform == "linux":
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def _end(child: "subprocess.Popen[bytes]") -> None:
    _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if child.returncode is None:
        _signal_group(child, signal.SIGKILL)
        child.wait()


def _signal_group(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    # A group keeps its number while any member lives, so it cannot have passed to a stranger: the kernel
    # gives no process a pid that still names a group.
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2:]))
