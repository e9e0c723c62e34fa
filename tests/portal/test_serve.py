"""`manage.py serve` as one whole: starts, heals, stops, leaves nothing behind. Real processes throughout.

Every process of an installation carries its DATA_DIR: in the environment, on the command line, or as its
working folder. That is how a test finds what was left behind.
"""

import fcntl
import http.client
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.database import processes
from portal.serving import url

PROJECT = Path(__file__).resolve().parents[2]
SERVE = [sys.executable, str(PROJECT / "manage.py"), "serve"]


class Installation:
    """One DATA_DIR, and the servers that a test starts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def environment(self, **extra: str) -> dict[str, str]:
        dropped = {"DATABASE_URL", "TESTING", "MODE", "HOST", "DJANGO_SETTINGS_MODULE", "PYTEST_VERSION"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "DATA_DIR": str(self.folder), "PORT": "0", "WEB_CONCURRENCY": "1", **extra}

    def start(self, command: list[str] = SERVE, **options: object) -> "subprocess.Popen[str]":
        options.setdefault("env", self.environment())
        server = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
        self.started.append(server)
        return server

    def ready(self, server: "subprocess.Popen[str]") -> tuple[str, list[str]]:
        """The address of the READY line, and the lines before it."""
        before = []
        for line in server.stdout or ():
            if line.startswith("READY "):
                return line.split()[1], before
            before.append(line.strip())
        raise AssertionError(f"ended before READY: {before}")

    def processes(self) -> dict[int, str]:
        """Command lines of everything that belongs to this installation, by pid."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes()
                words = line + (entry / "environ").read_bytes()
                place = os.readlink(entry / "cwd")
            except OSError:
                continue
            if os.fsencode(self.folder) in words or place.startswith(str(self.folder)):
                found[int(entry.name)] = os.fsdecode(line.replace(b"\0", b" "))
        return found

    def children(self, word: str) -> set[int]:
        """The pids of those that have `word` on their command line."""
        return {pid for pid, line in self.processes().items() if word in line}

    def clean_up(self) -> None:
        for server in self.started:
            if server.poll() is None:
                server.terminate()
            server.communicate(timeout=60)
        assert wait_for(lambda: not self.processes()), self.processes()


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A DATA_DIR on which everything has been prepared once, in a path with a blank and Chinese."""
    top = Path(tempfile.mkdtemp(prefix="open-affairs-test-"))
    top.chmod(0o755)
    yield top / "青澜 县" / "var"
    shutil.rmtree(top)


@pytest.fixture
def installation(prepared: Path) -> Iterator[Installation]:
    one = Installation(prepared)
    yield one
    one.clean_up()


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def answers(address: str) -> bool:
    host, _, port = address.removeprefix("http://").strip("/").rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read() == b'{"status": "ok"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def test_first_start_prepares_names_the_demo_accounts_and_stops_on_ctrl_c(installation: Installation) -> None:
    server = installation.start()
    address, before = installation.ready(server)
    assert address.startswith("http://127.0.0.1:")
    assert answers(address)
    assert before
    assert all(line.startswith("login ") and len(line.split()) == 4 for line in before)
    key = installation.folder / "keys" / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text().strip()) >= 50
    os.killpg(server.pid, signal.SIGINT)
    assert server.wait(90) == 0
    assert not installation.processes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_everything(installation: Installation, number: signal.Signals) -> None:
    server = installation.start()
    address, _ = installation.ready(server)
    server.send_signal(number)
    assert server.wait(90) == 0
    assert not installation.processes()
    assert not answers(address)


def test_closed_terminal_stops_everything(installation: Installation) -> None:
    master, slave = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    server = installation.start(stderr=slave, preexec_fn=take_terminal, pass_fds=(slave,))
    os.close(slave)
    installation.ready(server)
    os.close(master)
    server.wait(90)
    assert wait_for(lambda: not installation.processes())


def test_what_dies_comes_back(installation: Installation) -> None:
    server = installation.start()
    address, _ = installation.ready(server)
    data = installation.folder / "postgres" / "data"
    for word in ("portal.wsgi", "procrastinate"):
        before = installation.children(word)
        [watch] = [pid for pid in before if parent(pid) == server.pid]
        os.kill(watch, signal.SIGKILL)
        # All of the old ones go, others come.
        assert wait_for(lambda word=word, before=before: not installation.children(word) & before)
        assert wait_for(lambda word=word: len(installation.children(word)) >= 2)
    database = processes.postmaster(data)
    assert database is not None
    os.kill(database, signal.SIGKILL)
    assert wait_for(lambda: processes.postmaster(data) not in (None, database))
    assert wait_for(lambda: answers(address))
    assert server.poll() is None


def parent(pid: int) -> int:
    [line] = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("PPid:")
    ]
    return int(line.split()[1])


def test_two_share_one_data_dir_and_survive_each_others_kill_9(installation: Installation) -> None:
    first, second = installation.start(), installation.start()
    addresses = [installation.ready(server)[0] for server in (first, second)]
    first.kill()
    assert wait_for(lambda: not answers(addresses[0]))
    assert answers(addresses[1])
    second.kill()
    assert wait_for(lambda: not installation.processes()), installation.processes()


def test_hangup_of_make_alone_stops_everything(installation: Installation, tmp_path: Path) -> None:
    """make does not pass HUP and INT on; what it does instead can be seen."""
    makefile = tmp_path / "Makefile"
    words = " ".join(f"'{word}'" for word in SERVE)
    makefile.write_text(f"run:\n\t@STOP_WITH_PARENT=$$PPID exec {words}\n")
    make = installation.start(["make", "-f", str(makefile), "run"])
    installation.ready(make)
    make.send_signal(signal.SIGHUP)
    make.wait(90)
    assert not installation.processes()


def test_port_in_use_is_one_sentence_and_starts_nothing(installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = installation.start(env=installation.environment(PORT=str(port)), stderr=subprocess.PIPE)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 1
    assert said.strip() == (f"端口 {port} 已被别的程序占用;请换一个端口再运行,例如:PORT={port + 1} make run")
    assert not installation.processes()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT=eighty 不是端口号"),
        ({"HOST": "192.0.2.1"}, "地址 192.0.2.1 在这台机器上不能使用"),
    ],
)
def test_wrong_address_is_one_sentence(
    installation: Installation, variables: dict[str, str], sentence: str
) -> None:
    server = installation.start(env=installation.environment(**variables), stderr=subprocess.PIPE)
    _, said = server.communicate(timeout=60)
    assert server.returncode == 1
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("::1", "http://[::1]:80/"),
        ("localhost", "http://localhost:80/"),
    ],
)
def test_address_as_a_browser_takes_it(host: str, shown: str) -> None:
    assert url(host, 80) == shown
