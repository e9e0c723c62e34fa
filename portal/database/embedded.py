"""The embedded PostgreSQL: started when the first process wants it, stopped when the last one has left.

Every process that uses the server holds a share of one lock for its whole life (`Hold`). Whoever leaves last
stops the server; a process that was killed leaves by itself, and the keeper (keeper.py) then stops it.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from portal.database import binaries, cluster, keeper, processes
from portal.database.cluster import Home
from portal.database.errors import DatabaseUnavailableError
from portal.database.locks import Lock
from portal.database.url import EMBEDDED_NAME, socket_url

PORT = 5432
# Until the first answer; a server that is still replaying its log after a crash gets RECOVERY_SECONDS.
START_SECONDS = 60.0
RECOVERY_SECONDS = 3600.0
STOP_SECONDS = 75.0
# A look at the keeper's lock takes it for a moment; whoever finds it held for longer has found a keeper.
PROBE_SECONDS = 0.2
# A keeper whose server has died tidies up and goes.
KEEPER_END_SECONDS = 10.0
# pg_isready: 0 takes connections, 1 is starting up, 2 does not answer.
_READY, _STARTING = 0, 1


class Hold:
    """This process's share in the running server. `url` is its address; `release()` gives the share back."""

    def __init__(
        self, data_dir: Path, options: Mapping[str, str], *, durable: bool, throw_away: bool
    ) -> None:
        self._options = dict(options)
        self._durable = durable
        self._binaries = binaries.find()
        self._data_dir = cluster.open_data_dir(data_dir)
        self._throw_away = throw_away
        self._owner = os.getpid()
        self._home: Home = cluster.home(self._data_dir)
        self._users = Lock(self._home.folder / "users.lock")
        self._gate = Lock(self._home.folder / "gate.lock")
        self._keeper: subprocess.Popen[bytes] | None = None
        self.url = self._join()
        atexit.register(self.release)
        # A forked child has the parent's share anyway, and must not keep the server up after the parent.
        os.register_at_fork(after_in_child=self._forget)

    def __enter__(self) -> "Hold":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def running(self) -> bool:
        """Whether somebody looks after the server; a crashed one makes its keeper end."""
        watch = Lock(self._home.folder / "keeper.lock")
        try:
            return not watch.try_take()
        finally:
            watch.close()

    def restart(self) -> None:
        """Bring a crashed server back at the same address."""
        self._gate.take()
        try:
            self.url = self._start()
        finally:
            self._gate.free()

    def release(self) -> None:
        """Give the share back; the last one waits until the server has stopped."""
        if self._owner != os.getpid() or self._users.closed:
            return
        atexit.unregister(self.release)
        try:
            self._gate.take()
            self._users.free()
            if self._users.try_take():
                self._stop()
        finally:
            self._users.close()
            self._gate.close()
            if self._keeper is not None:
                self._keeper.poll()

    def _forget(self) -> None:
        self._users.close()
        self._gate.close()

    def _join(self) -> str:
        self._gate.take()
        try:
            url = self._start()
            self._users.share()
            return url
        finally:
            self._gate.free()

    def _start(self) -> str:
        """With the gate held: adopt the living server or start one; answers its address."""
        home = self._home
        if processes.postmaster(home.data) is not None:
            folder, port = self._address()
            if (Path(folder) / f".s.PGSQL.{port}").exists():
                if not self.running():
                    self._start_keeper(None)
                self._await(folder, port)
                return socket_url(folder, port)
            self._stop()  # Its socket was swept away: nobody can reach it any more.
        self._await_end_of_keeper()
        try:
            programs = binaries.reachable_by(home.account, self._binaries)
            if not home.data.exists():
                cluster.create(home, programs, durable=self._durable)
            cluster.check_version(home, programs)
            socket = cluster.socket_folder(home)
            for leftover in socket.glob(".s.PGSQL.*"):
                leftover.unlink()
            cluster.fresh_log(home)
            self._start_keeper(self._command(programs, socket))
        except OSError as error:
            raise DatabaseUnavailableError(
                f"内置数据库 {home.folder} 无法启动({error});请检查磁盘空间和目录权限。"
            ) from error
        self._await(str(socket), PORT)
        return socket_url(str(socket), PORT)

    def _await_end_of_keeper(self) -> None:
        watch = Lock(self._home.folder / "keeper.lock")
        try:
            if not watch.try_take(KEEPER_END_SECONDS):
                raise DatabaseUnavailableError(
                    f"内置数据库 {self._home.folder} 正在停止,还没有停完;请过一会儿再试。"
                )
        finally:
            watch.close()

    def _address(self) -> tuple[str, int]:
        lines = processes.postmaster_lines(self._home.data)
        if len(lines) < 5 or not lines[4].strip():
            raise DatabaseUnavailableError(
                f"数据库目录 {self._home.data} 正被另一个 PostgreSQL 使用,但它没有本机套接字;请先停止它再试。"
            )
        return lines[4].strip(), int(lines[3])

    def _command(self, programs: binaries.Binaries, socket: Path) -> list[str]:
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": _quoted(str(socket)),
            "unix_socket_permissions": "0700",
            "dynamic_shared_memory_type": cluster.shared_memory_type(),
            **self._options,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return [programs.path("postgres"), "-D", str(self._home.data), *arguments]

    def _start_keeper(self, command: list[str] | None) -> None:
        home = self._home
        task = keeper.Task(
            folder=str(home.folder),
            data=str(home.data),
            command=command,
            uid=home.account.uid if home.account else None,
            gid=home.account.gid if home.account else None,
            throw_away=str(self._data_dir) if self._throw_away else None,
        )
        with home.log.open("ab") as log:
            self._log_start = log.tell()
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, json.dumps(asdict(task))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**cluster.environment(), "PYTHONUTF8": "1"},
                start_new_session=True,
            )

    def _await(self, folder: str, port: int) -> None:
        """Wait for the first answer. Raises DatabaseUnavailableError with the server's own reason."""
        began = time.monotonic()
        told = False
        while True:
            state = self._state(folder, port)
            if state == _READY:
                return
            waited = time.monotonic() - began
            if self._keeper is not None and self._keeper.poll() is not None and not self.running():
                raise DatabaseUnavailableError(cluster.explain(self._log_tail(), "内置数据库无法启动"))
            if waited > (RECOVERY_SECONDS if state == _STARTING else START_SECONDS):
                raise DatabaseUnavailableError(
                    f"内置数据库 {waited:.0f} 秒没有应答;请查看日志 {self._home.log},或稍后再试。"
                )
            if waited > 10 and not told:
                told = True
                print("内置数据库正在恢复上次未写完的数据,请稍候……", file=sys.stderr, flush=True)
            time.sleep(0.05)

    def _state(self, folder: str, port: int) -> int:
        return subprocess.run(
            [
                self._binaries.path("pg_isready"),
                "-q",
                "-h",
                folder,
                "-p",
                str(port),
                "-d",
                EMBEDDED_NAME,
                "-t",
                "3",
            ],
            cwd="/",
            env=cluster.environment(),
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode

    def _log_tail(self) -> str:
        with self._home.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read(100_000).decode("utf-8", "replace")

    def _stop(self) -> None:
        """With the gate held and no user left: have the keeper stop the server, or do it ourselves."""
        watch = Lock(self._home.folder / "keeper.lock")
        try:
            if watch.try_take(PROBE_SECONDS):
                if processes.postmaster(self._home.data) is not None:
                    keeper.stop(None, self._home.data)
                return
            # The lock stays held, so its holder lives and the pid it left is its own.
            os.kill(int(watch.read()), keeper.STOP_SIGNAL)
            if not watch.try_take(STOP_SECONDS):
                raise DatabaseUnavailableError(f"内置数据库没有按时停止;请查看日志 {self._home.log}。")
        finally:
            watch.close()


def ensure_running(
    data_dir: Path,
    options: Mapping[str, str] | None = None,
    *,
    durable: bool = True,
    throw_away: bool = False,
) -> Hold:
    """Start the embedded server of `data_dir`, or join the running one; hold it until released or dead.

    `options` are server settings of the first to start it. `throw_away` deletes `data_dir` with the server's
    end. Raises DatabaseUnavailableError with one sentence.
    """
    return Hold(data_dir, options or {}, durable=durable, throw_away=throw_away)


def _quoted(folder: str) -> str:
    """One entry of a list setting of PostgreSQL: blanks and commas inside double quotes."""
    return '"' + folder.replace('"', '""') + '"'
