"""Run one command for as long as the far end of a pipe stays open.

`python -I -S lifeline.py FD COMMAND…` starts COMMAND in a process group of its own. When the pipe FD reaches
its end (its writer closed it, or died in whatever way) the group gets TERM, and after a grace KILL. The exit
code of COMMAND is passed on. Should this process itself be killed, the kernel tells COMMAND (Linux).
Standard library alone, any Unix.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

GRACE_SECONDS = 12.0
PR_SET_PDEATHSIG = 1


def run(pipe: int, command: list[str]) -> int:
    """Run `command` until it ends or `pipe` does; answers its exit code."""
    wake = wake_descriptor()
    inherited = [int(fd) for fd in os.environ.pop("LIFELINE_PASS_FDS", "").split(",") if fd]
    child = subprocess.Popen(
        command, start_new_session=True, preexec_fn=before_exec(signal.SIGTERM), pass_fds=inherited
    )
    while child.poll() is None:
        ready, _, _ = select.select([pipe, wake], [], [])
        if pipe in ready or signal.SIGTERM in os.read(wake, 64):
            _end(child)
    _signal_group(child, signal.SIGKILL)  # Stragglers of a group whose leader has gone.
    return child.returncode


def wake_descriptor() -> int:
    """A descriptor that becomes readable with every TERM and every end of a child; INT and HUP are ignored.

    Whoever is at the far end decides about Ctrl-C and a closed terminal.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return reader


def before_exec(number: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes its program: signals as they were, and `number` at our death.

    The kernel sends it (Linux only), so it also comes when we are killed.
    """
    parent = os.getpid()
    prctl: Any = None
    if sys.platform == "linux":
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl

    def run_in_child() -> None:
        for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_DFL)
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

    return run_in_child


def _end(child: "subprocess.Popen[bytes]") -> None:
    _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if child.returncode is None:
        _signal_group(child, signal.SIGKILL)
        child.wait()


def _signal_group(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    # The kernel gives no new process a number that still names a group, so no stranger can have it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2:]))
