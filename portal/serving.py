"""What `manage.py serve` does: one database, one worker, one web server, started and stopped together.

Each child hangs on a lifeline (portal/lifeline.py): however this process ends, its children end too.
"""

import http.client
import ipaddress
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from portal import lifeline
from portal.database.command_line import PROJECT
from portal.database.embedded import Hold
from portal.terminal import Maker

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
READY_SECONDS = 120.0
STOP_SECONDS = lifeline.GRACE_SECONDS + 8
# A child that ends this soon after its start, this often in a row, is not started again.
SHORT_LIFE_SECONDS, SHORT_LIVES = 10.0, 3
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServingError(Exception):
    """Serving cannot start or go on. The message is one Chinese sentence that says what to do."""


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Somebody asked us to stop."""


@dataclass
class Child:
    """One command that is kept running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    sockets: tuple[int, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    short_lives: int = 0
    _pipe: int = -1
    _began: float = field(default=0.0)

    def start(self) -> None:
        """Start the command on a new lifeline."""
        self.let_go()
        far, self._pipe = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", lifeline.__file__, str(far), *self.command],
                cwd=PROJECT,
                env={**self.environment, "LIFELINE_PASS_FDS": ",".join(map(str, self.sockets))},
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                pass_fds=(far, *self.sockets),
                start_new_session=True,
            )
        finally:
            os.close(far)
        self._began = time.monotonic()

    def ended(self) -> int | None:
        """The exit code once the command is over, else None."""
        return self.process.poll() if self.process else 0

    def revive(self) -> None:
        """Start the command again after its end. Raises ServingError when that has become pointless."""
        lived = time.monotonic() - self._began
        self.short_lives = self.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
        if self.short_lives >= SHORT_LIVES:
            raise ServingError(
                f"{self.name}连续 {SHORT_LIVES} 次启动后立即退出,已全部停止;请看上面的错误信息。"
            )
        print(f"{self.name}意外退出(代码 {self.ended()}),正在重新启动……", file=sys.stderr, flush=True)
        self.start()

    def let_go(self) -> None:
        """Cut the lifeline: the command is told to end, and made to after a grace."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def address() -> tuple[str, int]:
    """HOST and PORT of the environment. Raises ServingError when PORT is no port."""
    port = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ServingError(
            f"PORT={port} 不是端口号;请写 1 到 65535 之间的数字,例如 PORT={DEFAULT_PORT} make run。"
        )
    return (os.environ.get("HOST") or DEFAULT_HOST).strip("[]"), int(port)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything else is started. Raises ServingError with the way out."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(1024)
    except OSError as error:
        raise ServingError(_why_not(host, port, error)) from error
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else DEFAULT_PORT
        return f"端口 {port} 已被别的程序占用;请换一个端口再运行,例如:PORT={other} make run"
    if error.errno == errno.EACCES:
        return f"当前账户不能使用端口 {port};请换一个 1024 以上的端口,例如:PORT={DEFAULT_PORT} make run"
    return (
        f"地址 {host} 在这台机器上不能使用({error.strerror});请检查 HOST,本机访问可用 HOST={DEFAULT_HOST}。"
    )


def url(host: str, port: int) -> str:
    """The address of the site as a browser takes it; IPv6 in brackets."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def healthy(listener: socket.socket, host_header: str) -> bool:
    """Whether /healthz answers on our own socket."""
    where = listener.getsockname()
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where[0], where[0])  # noqa: S104 - the listener's own word
    connection = http.client.HTTPConnection(target, where[1], timeout=5)
    try:
        # As a proxy in front would put it, so that production settings do not redirect to HTTPS.
        connection.request("GET", "/healthz", headers={"Host": host_header, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Signals:
    """INT, TERM and HUP as a thing to wait for. A HUP that was ignored at the start (nohup) stays ignored."""

    def __init__(self) -> None:
        self._reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (*STOPPING_SIGNALS, signal.SIGCHLD):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        self._maker = Maker.of_this_process()

    def wait(self, seconds: float) -> None:
        """Sleep up to `seconds` or until a child ends. Raises Stopped on a stopping signal."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready and set(os.read(self._reader, 64)) & set(STOPPING_SIGNALS):
            raise Stopped
        if self._maker is not None and self._maker.gave_up():
            raise Stopped


def web(listener: socket.socket, environment: dict[str, str]) -> Child:
    """gunicorn on the socket that we hold, so a restart loses no visitor."""
    listener.set_inheritable(True)
    shared = "/dev/shm"  # noqa: S108 - gunicorn makes its own unguessable files there
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi:application"]
    command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket", "--preload"]
    command += [
        "--worker-class",
        "gthread",
        "--workers",
        os.environ.get("WEB_CONCURRENCY") or "2",
        "--threads",
        "4",
    ]
    command += ["--timeout", "60", "--graceful-timeout", "8", "--log-level", "warning"]
    if os.access(shared, os.W_OK):
        command += ["--worker-tmp-dir", shared]
    return Child("网站服务", command, environment, (listener.fileno(),))


def worker(environment: dict[str, str]) -> Child:
    """The job queue's worker."""
    command = [sys.executable, str(PROJECT / "manage.py"), "procrastinate", "worker"]
    return Child("后台任务", command, environment)


def run_once(command: list[str], environment: dict[str, str], signals: Signals) -> int:
    """Run one command to its end, on a lifeline; a stopping signal ends it and raises Stopped."""
    child = Child("准备工作", command, environment)
    child.start()
    try:
        while (code := child.ended()) is None:
            signals.wait(1.0)
    finally:
        stop([child])
    return code


def keep_running(
    children: list[Child], database: Hold | None, signals: Signals, ready: Callable[[], bool]
) -> None:
    """Keep all of it running until Stopped. `ready` is asked until it is content."""
    began, content = time.monotonic(), False
    while True:
        if not content:
            content = ready()
            if not content and time.monotonic() - began > READY_SECONDS:
                raise ServingError(f"网站 {READY_SECONDS:.0f} 秒内没有应答,已全部停止;请看上面的错误信息。")
        signals.wait(1.0 if content else 0.1)
        if database is not None and not database.running():
            print("数据库意外停止,正在重新启动……", file=sys.stderr, flush=True)
            database.restart()
        for child in children:
            if child.ended() is not None:
                child.revive()


def stop(children: list[Child]) -> None:
    """End all children at once and wait for them; signals meanwhile change nothing."""
    for child in children:
        child.let_go()
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()


def manage(*arguments: str) -> list[str]:
    """The command line of one management command."""
    return [sys.executable, str(Path(PROJECT) / "manage.py"), *arguments]
