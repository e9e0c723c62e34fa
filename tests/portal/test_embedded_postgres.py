"""The embedded server against everything that kills, blocks or misleads it. Real processes throughout."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from portal.database import binaries, cluster, processes
from portal.database.account import server_account
from portal.database.embedded import Hold, ensure_running
from portal.database.errors import DatabaseUnavailableError

PROJECT = Path(__file__).resolve().parents[2]
# Safe against kill -9 (the kernel has the pages), only not against a power cut.
OPTIONS = {"fsync": "off"}
HOLDER = """
import sys
from pathlib import Path
from portal.database.embedded import ensure_running
hold = ensure_running(Path(sys.argv[1]), {'fsync': 'off'}, durable=False)
print(hold.url, flush=True)
sys.stdin.readline()
hold.release()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR with a blank and Chinese in its path, longer than any socket path may be."""
    # Not under tmp_path: pytest closes it to other accounts, and every cluster of root would move out.
    top = Path(tempfile.mkdtemp(prefix="open-affairs-test-"))
    top.chmod(0o755)
    folder = top / ("数据 目录 " + "长" * 30) / "var"
    folder.parent.mkdir()
    yield folder
    assert wait_for(lambda: not traces(folder)), traces(folder)
    shutil.rmtree(top)


def start(folder: Path) -> Hold:
    return ensure_running(folder, OPTIONS, durable=False)


@contextmanager
def holder(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Another process that uses the server until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.communicate("\n" if process.poll() is None else None, timeout=30)


def traces(folder: Path) -> list[str]:
    """Living processes that work in `folder` or name it on their command line, this one excepted."""
    found = []
    name = str(folder / "postgres")
    place = str(cluster.home(folder).folder) if folder.exists() else name
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
            if place in words or name in words or os.readlink(entry / "cwd").startswith((name, place)):
                found.append(f"{entry.name} {words}")
        except OSError:
            continue
    return found


def wait_for(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def keeper_pid(folder: Path) -> int:
    return int((cluster.home(folder).folder / "keeper.lock").read_text())


def data_of(folder: Path) -> Path:
    return cluster.home(folder).data


def postmaster_of(folder: Path) -> int:
    pid = processes.postmaster(data_of(folder))
    assert pid is not None
    return pid


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


class TestLife:
    def test_starts_in_a_path_with_blanks_and_chinese_beyond_the_length_of_socket_paths(
        self, data_dir: Path
    ) -> None:
        assert len(os.fsencode(data_dir)) > 108
        with start(data_dir) as hold:
            [(encoding, collation, tcp)] = execute(
                hold.url,
                "SELECT current_setting('server_encoding'), "
                "(SELECT datcollate FROM pg_database WHERE datname = current_database()), "
                "current_setting('listen_addresses')",
            )
            assert (encoding, collation, tcp) == ("UTF8", "C", "")

    def test_last_of_two_holders_stops_it(self, data_dir: Path) -> None:
        with start(data_dir) as first, holder(data_dir) as (_, second_url):
            assert second_url == first.url
            first.release()
            assert execute(second_url, "SELECT 1") == [(1,)]
        assert not traces(data_dir)

    def test_release_leaves_no_process_and_no_socket_folder(self, data_dir: Path) -> None:
        hold = start(data_dir)
        [(folder,)] = execute(hold.url, "SHOW unix_socket_directories")
        assert Path(str(folder).strip('"')).is_dir()
        hold.release()
        assert not traces(data_dir)
        assert not Path(str(folder).strip('"')).exists()

    def test_second_start_keeps_what_was_written(self, data_dir: Path) -> None:
        with start(data_dir) as hold:
            execute(hold.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        with start(data_dir) as hold:
            assert execute(hold.url, "SELECT answer FROM kept") == [(42,)]

    def test_forked_child_neither_stops_the_server_nor_holds_it(self, data_dir: Path) -> None:
        hold = start(data_dir)
        child = os.fork()
        if child == 0:
            hold.release()
            time.sleep(60)
            os._exit(0)
        try:
            assert execute(hold.url, "SELECT 1") == [(1,)]
            hold.release()
            assert processes.postmaster(data_of(data_dir)) is None
        finally:
            kill(child)
            os.waitpid(child, 0)

    def test_throw_away_folder_goes_with_the_server(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        with ensure_running(folder, OPTIONS, durable=False, throw_away=True):
            assert folder.is_dir()
        assert wait_for(lambda: not folder.exists())


class TestKilled:
    def test_holder(self, data_dir: Path) -> None:
        with holder(data_dir) as (process, url):
            execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
            process.kill()
            process.wait()
            assert wait_for(lambda: not traces(data_dir)), traces(data_dir)
        with start(data_dir) as hold:
            assert execute(hold.url, "SELECT answer FROM kept") == [(42,)]

    def test_postmaster_is_noticed_and_comes_back_at_the_same_address(self, data_dir: Path) -> None:
        with start(data_dir) as hold:
            execute(hold.url, "CREATE TABLE kept AS SELECT 42 AS answer")
            assert hold.running()
            kill(postmaster_of(data_dir))
            assert wait_for(lambda: not hold.running())
            before = hold.url
            hold.restart()
            assert hold.url == before
            assert execute(hold.url, "SELECT answer FROM kept") == [(42,)]

    def test_keeper_takes_the_server_along(self, data_dir: Path) -> None:
        with start(data_dir) as hold:
            kill(keeper_pid(data_dir))
            assert wait_for(lambda: processes.postmaster(data_of(data_dir)) is None)
            hold.restart()
            assert execute(hold.url, "SELECT 1") == [(1,)]

    def test_all_at_once_and_the_pid_now_belongs_to_a_stranger(self, data_dir: Path) -> None:
        with holder(data_dir) as (process, url):
            execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
            home = cluster.home(data_dir)
            socket = Path((home.folder / "socket").read_text().strip())
            kill(keeper_pid(data_dir), process.pid, postmaster_of(data_dir))
            assert wait_for(lambda: not traces(data_dir))
        # Under the server's own account: PostgreSQL itself overlooks processes that it may not signal.
        stranger = subprocess.Popen(["sleep", "600"], cwd="/", **cluster.identity(home.account))
        try:
            for path in (home.data / "postmaster.pid", socket / ".s.PGSQL.5432.lock"):
                lines = path.read_text().splitlines()
                path.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            with start(data_dir) as hold:
                assert execute(hold.url, "SELECT answer FROM kept") == [(42,)]
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_busy_back_end_outlives_its_postmaster_and_is_waited_for(self, data_dir: Path) -> None:
        with holder(data_dir) as (process, url):
            busy = psycopg.connect(url)
            assert processes.works_on(busy.info.backend_pid, data_of(data_dir))
            pid = busy.info.backend_pid
            busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
            kill(postmaster_of(data_dir), keeper_pid(data_dir), process.pid)
            with start(data_dir) as hold:
                assert execute(hold.url, "SELECT 1") == [(1,)]
                assert not processes.works_on(pid, data_of(data_dir))
            busy.close()

    def test_the_kernel_forgot_everything_but_the_files(self, data_dir: Path) -> None:
        """After a power cut: a pid file cut short, a socket folder swept away, a half-made cluster beside."""
        start(data_dir).release()
        home = cluster.home(data_dir)
        (home.data / "postmaster.pid").write_text("")
        (home.folder / "socket").write_text("/tmp/oa-swept-away\n")  # noqa: S108
        (home.folder / "data.new-1").mkdir()
        with start(data_dir) as hold:
            assert execute(hold.url, "SELECT 1") == [(1,)]


class TestDoors:
    def test_only_the_servers_account_enters_the_socket_folder(self, data_dir: Path) -> None:
        with start(data_dir):
            home = cluster.home(data_dir)
            status = Path((home.folder / "socket").read_text().strip()).stat()
            assert status.st_mode & 0o077 == 0
            assert status.st_uid == home.data.stat().st_uid != 0

    def test_a_socket_folder_that_others_may_enter_is_not_used(self, data_dir: Path, tmp_path: Path) -> None:
        start(data_dir).release()
        open_to_all = tmp_path / "open"
        open_to_all.mkdir(mode=0o777)
        open_to_all.chmod(0o777)
        record = cluster.home(data_dir).folder / "socket"
        record.write_text(f"{open_to_all}\n")
        with start(data_dir):
            assert record.read_text().strip() != str(open_to_all)

    def test_a_closed_parent_stays_closed(self, tmp_path: Path) -> None:
        """As root the server's account cannot pass through a folder of mode 0700, such as /root."""
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        folder = closed / "var"
        with start(folder) as hold:
            execute(hold.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        with start(folder) as hold:
            assert execute(hold.url, "SELECT answer FROM kept") == [(42,)]
        assert closed.stat().st_mode & 0o777 == 0o700
        home = cluster.home(folder)
        if server_account(folder, None) is not None:
            assert closed not in home.folder.parents
            shutil.rmtree(home.folder)

    def test_programs_in_a_closed_folder_are_copied_to_where_the_account_gets(self, tmp_path: Path) -> None:
        found = binaries.find()
        closed = tmp_path / "closed" / binaries.PACKAGE
        shutil.copytree(found.folder.parent, closed / "pginstall", symlinks=True)
        libraries = found.folder.parents[2] / f"{binaries.PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, closed.parent / libraries.name)
        closed.parent.chmod(0o700)
        account = server_account(tmp_path, None)
        programs = binaries.reachable_by(
            account, binaries.Binaries(closed / "pginstall" / "bin", found.major)
        )
        for program in ("postgres", "initdb"):
            answer = subprocess.run(
                [programs.path(program), "--version"],
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                **cluster.identity(account),
            )
            assert f"(PostgreSQL) {found.major}" in answer.stdout, answer.stderr
        assert closed.parent.stat().st_mode & 0o777 == 0o700
        if account is not None:
            shutil.rmtree(programs.folder.parents[2])


class TestSentences:
    def test_folder_of_another_account(self, data_dir: Path) -> None:
        start(data_dir).release()
        (cluster.home(data_dir).folder / "users.lock").chmod(0)
        code = HOLDER.replace(
            "hold = ensure", "import os\nif os.geteuid() == 0: os.setuid(65534)\nhold = ensure"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code, str(data_dir)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "DatabaseUnavailableError: 数据目录" in answer.stderr, answer.stderr

    def test_cluster_of_another_major_version(self, data_dir: Path) -> None:
        start(data_dir).release()
        (data_of(data_dir) / "PG_VERSION").write_text("15\n")
        with pytest.raises(DatabaseUnavailableError, match=r"由 PostgreSQL 15 写成.*pg_dump"):
            start(data_dir)

    def test_data_dir_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "var").write_text("")
        with pytest.raises(DatabaseUnavailableError, match="DATA_DIR="):
            start(tmp_path / "var")

    def test_server_that_does_not_start_is_quoted(self, data_dir: Path) -> None:
        start(data_dir).release()
        (data_of(data_dir) / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
        with pytest.raises(DatabaseUnavailableError, match=r"no_such_setting|postgresql\.auto\.conf"):
            start(data_dir)

    def test_full_disk(self) -> None:
        output = "initdb: error: could not write file: No space left on device\n"
        assert "磁盘已满" in cluster.explain(output, "建立数据库失败")

    def test_cluster_moved_out_and_lost(self, data_dir: Path) -> None:
        (data_dir / "postgres").mkdir(parents=True)
        (data_dir / "postgres" / "location").write_text("/var/lib/open-affairs/database-gone\n")
        try:
            with pytest.raises(DatabaseUnavailableError, match=r"已经没有了.*备份"):
                start(data_dir)
        finally:
            (data_dir / "postgres" / "location").unlink()
