"""`make` between us and whoever sends signals.

A signal to `make` alone (not to the whole group, as Ctrl-C sends it) does not come through: on TERM make
passes it on, but on INT and HUP it only waits for us, and after KILL it is gone. All of it can be seen.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

# Set by deploy/bootstrap.py to the process that it found above it when it ran under make.
VARIABLE = "STOP_WITH_PARENT"


@dataclass(frozen=True)
class Maker:
    """The `make` that started us."""

    pid: int
    caught: int

    @classmethod
    def of_this_process(cls) -> "Maker | None":
        """Our make, where there is one above us."""
        value = os.environ.pop(VARIABLE, "")
        if not value.isdigit() or int(value) != os.getppid():
            return None
        return cls(int(value), _caught(int(value)))

    def gave_up(self) -> bool:
        """Whether make has died or caught INT or HUP: then it has put that signal back to its default."""
        return os.getppid() != self.pid or _caught(self.pid) != self.caught


def _caught(pid: int) -> int:
    """Which of INT and HUP process `pid` catches, as bits; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    masks = [int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")]
    wanted = (1 << (signal.SIGINT - 1)) | (1 << (signal.SIGHUP - 1))
    return masks[0] & wanted if masks else 0
