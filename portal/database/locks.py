"""Three lock files beside the cluster. The kernel drops a lock when its holder dies, however it dies.

gate    held alone, and shortly, by whoever starts or stops the server
users   shared by every process that uses the server
keeper  held alone by the keeper for as long as it looks after the server; names its pid
"""

import fcntl
import os
import time
from pathlib import Path

from portal.database.errors import DatabaseUnavailableError


class Lock:
    """One advisory lock (flock) on one file. Not inherited by programs that we start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        new = not path.exists()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            if new and os.geteuid() == 0:
                folder = path.parent.stat()
                os.fchown(self._file, folder.st_uid, folder.st_gid)
        except PermissionError as error:
            raise DatabaseUnavailableError(
                f"数据目录 {path.parent} 属于另一个账户,当前账户不能使用;"
                "请用原来的账户运行,或用 DATA_DIR=… 另选一个目录。"
            ) from error

    def share(self) -> None:
        """Take a share; returns when nobody holds it alone."""
        self._lock(fcntl.LOCK_SH)

    def take(self) -> None:
        """Take it alone; returns when nobody else holds it."""
        self._lock(fcntl.LOCK_EX)

    def try_take(self, seconds: float = 0.0) -> bool:
        """Take it alone if that is possible within `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)
            else:
                return True

    def write(self, text: str) -> None:
        """Leave a word for whoever finds the lock held."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def read(self) -> str:
        """The word of the last holder."""
        return os.pread(self._file, 100, 0).decode()

    def free(self) -> None:
        """Let go, keeping the file open."""
        self._lock(fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go for good."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @property
    def closed(self) -> bool:
        """Whether `close()` was called."""
        return self._file < 0

    def _lock(self, operation: int) -> None:
        try:
            fcntl.flock(self._file, operation)
        except BlockingIOError:
            raise
        except OSError as error:
            raise DatabaseUnavailableError(
                f"数据目录 {self.path.parent} 所在的磁盘不支持文件锁({error.strerror});"
                "请用 DATA_DIR=… 换到本机磁盘上。"
            ) from error
