"""Where the embedded cluster lies, how it is made, and the folder of its socket."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.database.account import Account, server_account
from portal.database.binaries import Binaries, system_folder
from portal.database.errors import DatabaseUnavailableError
from portal.database.url import EMBEDDED_NAME

# sun_path holds 108 bytes on Linux and 104 on macOS, "/.s.PGSQL.5432" included.
SOCKET_FOLDER_BYTES = 80
# A container's /dev/shm of 64 MB is too small for parallel queries; files in the cluster then do the work.
SHARED_MEMORY_BYTES = 256 * 1024 * 1024
LOG_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Home:
    """The folder of one embedded database: the cluster itself, its locks, its log.

    It is DATA_DIR/postgres, unless we are root and the server's account cannot get there (a checkout under
    /root): then it lies under /var/lib/open-affairs and DATA_DIR/postgres/location names it.
    """

    folder: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server had to say."""
        return self.folder / "server.log"


def open_data_dir(data_dir: Path) -> Path:
    """Make DATA_DIR if it is missing, and answer its real path.

    Made by root it may be passed through (not listed): the server's account must get to its cluster.
    Raises DatabaseUnavailableError when it cannot be made or written.
    """
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
        real = data_dir.resolve(strict=True)
        if not real.is_dir() or not os.access(real, os.W_OK | os.X_OK):
            raise PermissionError(13, "不是可写的目录")
    except OSError as error:
        raise DatabaseUnavailableError(
            f"数据目录 {data_dir} 不能使用({error.strerror});请用 DATA_DIR=… 另选一个可写的目录。"
        ) from error
    return real


def home(data_dir: Path) -> Home:
    """The home of the embedded database of `data_dir` (a real path), its folder made."""
    folder = data_dir / "postgres"
    pointer = folder / "location"
    try:
        if pointer.exists():
            moved = Path(pointer.read_text("utf-8").strip())
            if not moved.is_dir():
                raise DatabaseUnavailableError(
                    f"{pointer} 记录数据库在 {moved},但那里已经没有了;"
                    f"请把它从备份放回原处,或删除 {pointer} 后从空库开始。"
                )
            return Home(moved, server_account(data_dir, moved / "data"))
        account = server_account(data_dir, folder / "data")
        if account is None or account.can("-x", data_dir):
            _make(folder, account)
            return Home(folder, account)
        folder.mkdir(exist_ok=True)
        moved = system_folder() / f"database-{secrets.token_hex(8)}"
        _make(moved, account)
        (moved / "belongs-to").write_text(f"{data_dir}\n", "utf-8")
        pointer.write_text(f"{moved}\n", "utf-8")
        return Home(moved, account)
    except PermissionError as error:
        raise DatabaseUnavailableError(
            f"数据目录 {folder} 属于另一个账户,当前账户不能使用;"
            "请用原来的账户运行,或用 DATA_DIR=… 另选一个目录。"
        ) from error


def _make(folder: Path, account: Account | None) -> None:
    if folder.exists():
        return
    folder.mkdir()
    folder.chmod(0o711 if account else 0o700)


def check_version(place: Home, binaries: Binaries) -> None:
    """Refuse a cluster that another major version wrote."""
    try:
        written_by = (place.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        raise DatabaseUnavailableError(
            f"数据库目录 {place.data} 不完整(缺少 PG_VERSION);请从备份恢复,或移走它后从空库开始。"
        ) from error
    if written_by != binaries.major:
        raise DatabaseUnavailableError(
            f"数据库目录 {place.data} 由 PostgreSQL {written_by} 写成,现在装的是 {binaries.major};"
            "请先用原来的版本导出(pg_dump),移走该目录后再导入。"
        )


def create(place: Home, binaries: Binaries, *, durable: bool) -> None:
    """Make the cluster with its one database; it appears under its name only when whole.

    `durable=False` leaves out the wait for the disk (throw-away clusters of tests). Raises
    DatabaseUnavailableError with the reason: no space, no right.
    """
    for leftover in place.folder.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    building = place.folder / f"data.new-{os.getpid()}"
    try:
        building.mkdir(mode=0o700)
        give(building, place.account)
        run_as(
            place,
            [
                binaries.path("initdb"),
                "--pgdata",
                str(building),
                "--username",
                EMBEDDED_NAME,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                f"--set=dynamic_shared_memory_type={shared_memory_type()}",
                "--no-instructions",
                *([] if durable else ["--no-sync"]),
            ],
        )
        run_as(
            place,
            [binaries.path("postgres"), "--single", "-D", str(building), "template1"],
            f"CREATE DATABASE {EMBEDDED_NAME};\n",
        )
        building.rename(place.data)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise DatabaseUnavailableError(
            f"建立数据库 {place.data} 失败({error.strerror});请检查磁盘空间和目录权限。"
        ) from error
    except DatabaseUnavailableError:
        shutil.rmtree(building, ignore_errors=True)
        raise


def run_as(place: Home, command: list[str], stdin: str = "") -> None:
    """Run one of PostgreSQL's programs to its end under the server's account."""
    answer = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        env=environment(),
        check=False,
        **identity(place.account),
    )
    # The single-user server answers 0 even where a statement failed.
    if answer.returncode or "ERROR:" in answer.stderr:
        raise DatabaseUnavailableError(explain(answer.stderr, f"建立数据库 {place.data} 失败"))


def explain(output: str, what: str) -> str:
    """One sentence out of what PostgreSQL wrote."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return f"{what}:磁盘已满;请腾出空间(至少 500 MB),或用 DATA_DIR=… 换一个磁盘。"
    said = [line for line in output.splitlines() if "FATAL" in line or "error:" in line or "ERROR" in line]
    detail = (said or output.strip().splitlines() or ["没有更多信息"])[-1].strip()
    return f"{what}({detail});请检查磁盘空间和目录权限后再试,或设置 DATABASE_URL 使用现有的 PostgreSQL。"


def identity(account: Account | None) -> dict[str, Any]:
    """The arguments of subprocess that make a child run under `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def give(path: Path, account: Account | None) -> None:
    """Hand a folder of ours to the server's account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def environment() -> dict[str, str]:
    """What PostgreSQL sees of our environment: nothing of PGDATA, PGPORT or the user's locale."""
    kept = {name: os.environ[name] for name in ("PATH", "TZ", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def shared_memory_type() -> str:
    """`posix` where /dev/shm is roomy, else `mmap`."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - only its size
    except OSError:
        return "mmap" if os.path.isdir("/proc") else "posix"
    return "posix" if room.f_bavail * room.f_frsize >= SHARED_MEMORY_BYTES else "mmap"


def socket_folder(place: Home) -> Path:
    """A folder with a short path that only the server's account may enter: the recorded one, or a new one."""
    record = place.folder / "socket"
    owner = place.account.uid if place.account else os.geteuid()
    try:
        folder = Path(record.read_text("utf-8").strip())
        status = folder.lstat()
        if (
            folder.is_dir()
            and not folder.is_symlink()
            and status.st_uid == owner
            and not status.st_mode & 0o077
        ):
            return folder
    except OSError:
        pass
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp below
        if len(os.fsencode(parent)) + 12 > SOCKET_FOLDER_BYTES or not os.access(parent, os.W_OK | os.X_OK):
            continue
        if place.account is None or place.account.can("-x", parent):
            folder = Path(tempfile.mkdtemp(prefix="oa-", dir=parent))
            give(folder, place.account)
            record.write_text(f"{folder}\n", "utf-8")
            return folder
    raise DatabaseUnavailableError("临时目录 /tmp 不可写,数据库无法启动;请用 TMPDIR=… 指定一个可写的短路径。")


def fresh_log(place: Home) -> None:
    """Keep one old log once the current one has grown large."""
    if place.log.exists() and place.log.stat().st_size > LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
