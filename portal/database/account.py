"""The account that the embedded server runs under, and what that account can reach.

PostgreSQL refuses to run as root. As root we therefore lower the server (and only the server) to an
unprivileged account; the rights of folders that we did not make stay as they are.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.database.errors import DatabaseUnavailableError

# Tried in this order; they exist on Debian, Red Hat, Alpine and macOS respectively. initdb wants an account
# that has an entry in the user database, so a bare spare number would not do.
ACCOUNT_NAMES = ("postgres", "_postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """An unprivileged account: the numbers that a child process takes on before it becomes PostgreSQL."""

    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Answer `test(1)` for `path` as this account (`-x` on a folder: may pass through it).

        Asked of the system in a child process, not worked out from mode bits, so that access lists and
        mandatory access control count too. Raises DatabaseUnavailableError if root may not change account.
        """
        try:
            answer = subprocess.run(
                ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)],
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except (PermissionError, OSError) as error:
            raise DatabaseUnavailableError(
                "这里的 root 不能切换到普通账户,内置数据库无法启动;"
                "请改用普通用户运行,或设置 DATABASE_URL 指向一台 PostgreSQL 服务器。"
            ) from error
        return answer.returncode == 0


def server_account(data_dir: Path, cluster: Path | None) -> Account | None:
    """The account for the server, or None when we are not root and it simply runs as ourselves.

    An existing `cluster` keeps its owner; a new one belongs to the owner of `data_dir` if that is a person
    (`sudo make run` in somebody's home), else to the first of ACCOUNT_NAMES.
    """
    if os.geteuid() != 0:
        return None
    if cluster is not None and cluster.exists():
        status = cluster.stat()
        if status.st_uid != 0:
            return Account(status.st_uid, status.st_gid)
    owner = data_dir.stat().st_uid
    if owner != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            pass
        else:
            return Account(entry.pw_uid, entry.pw_gid)
    for name in ACCOUNT_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise DatabaseUnavailableError(
        "系统里没有可供数据库使用的普通账户(postgres、nobody);"
        "请改用普通用户运行,或设置 DATABASE_URL 指向一台 PostgreSQL 服务器。"
    )
