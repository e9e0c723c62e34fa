"""Makes `.venv` with the locked dependencies, then becomes the command that was asked for.

`python deploy/bootstrap.py run|dev COMMAND…`: `run` installs requirements.lock, `dev`
requirements-dev.lock, both with hashes; COMMAND runs under the Python of `.venv`. Standard library alone,
Python 3.11 to 3.13. What is in place already is left alone: a second start costs a tenth of a second.
"""

import contextlib
import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import NoReturn

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".stamp.json"
# There from the first package to the last: a .venv that still has it was interrupted. One made by hand has
# none: an interruption must not cost its owner the rest.
UNFINISHED = VENV / ".unfinished"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
PIP_WITH_PYTHON_OPTION = (22, 3)
# Tells portal/terminal.py which make to watch.
PARENT_VARIABLE = "STOP_WITH_PARENT"


# Variables that would make Python or pip work on another installation than ours.
FOREIGN = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}


class BootstrapError(Exception):
    """Setting up cannot go on. The message is one Chinese sentence that says what to do."""


def main(arguments: list[str]) -> int:
    """Set up, then replace this process by the command."""
    kind, command = arguments[0], arguments[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)
    try:
        prepare(kind)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n已中断;再运行一次会接着做。", file=sys.stderr)
        return 130
    os.chdir(PROJECT)
    os.execve(VENV_PYTHON, [str(VENV_PYTHON), *command], environment())


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def prepare(kind: str) -> None:
    """Bring `.venv` to the lock of `kind`, one process at a time. Raises BootstrapError."""
    lock = os.open(PROJECT, os.O_RDONLY | os.O_CLOEXEC)
    # A network disk may have no locks: two set-ups at once are then the reader's to avoid.
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if state(kind) == "ready":
            return
        if not os.access(PROJECT, os.W_OK):
            raise BootstrapError(f"项目目录 {PROJECT} 不可写;请用它的所有者运行,或复制到自己的目录里再运行。")
        if state(kind) == "rebuild":
            create()
        install(kind)
    except OSError as error:
        raise BootstrapError(f"准备运行环境 {VENV} 时出错({error});请检查磁盘空间和目录权限。") from error
    finally:
        os.close(lock)


def state(kind: str) -> str:
    """`ready`, `install` (usable, but packages may be missing) or `rebuild`."""
    if UNFINISHED.exists() or not works(VENV_PYTHON):
        return "rebuild"
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except FileNotFoundError:
        return "install"  # Made by hand: pip looks at what is there.
    except ValueError:
        return "rebuild"
    locks = stamp.get("locks", {})
    if stamp.get("path") != str(VENV) or any(digest(name) != known for name, known in locks.items()):
        return "rebuild"
    wanted = os.environ.get("PYTHON")
    if wanted and version_of(wanted) != version_of(str(VENV_PYTHON)):
        return "rebuild"
    return "ready" if LOCKS[kind] in locks else "install"


def works(python: Path) -> bool:
    """Whether `python` runs, fits, and is the Python of the environment that it lies in."""
    code = "import sys; print(sys.prefix); sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        answer = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and Path(answer.stdout.strip()) == python.parent.parent


def version_of(python: str) -> str:
    """Major and minor version of one Python, or nothing."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def digest(name: str) -> str:
    """The fingerprint of one lock file; a missing one has none."""
    try:
        return hashlib.sha256((PROJECT / name).read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def create() -> None:
    """Make an empty `.venv`. Raises BootstrapError where this machine has no pip to fill it with."""
    say("建立运行环境 .venv ……")
    if not has_ensurepip():
        pip()  # Raises before anything is deleted.
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    options = [] if has_ensurepip() else ["--without-pip"]
    answer = subprocess.run(
        [sys.executable, "-m", "venv", *options, str(VENV)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if answer.returncode or not works(VENV_PYTHON):
        raise BootstrapError(
            f"运行环境 .venv 没有建成:{(answer.stderr or answer.stdout).strip()[-300:]};"
            "请检查磁盘空间,Debian/Ubuntu 请先运行 apt-get install python3-venv。"
        )
    UNFINISHED.touch()


def has_ensurepip() -> bool:
    """Whether this Python can put pip into a new environment (Debian's cannot)."""
    return importlib.util.find_spec("ensurepip") is not None


def pip() -> list[str]:
    """The command line of a pip that installs into `.venv`. Raises BootstrapError without one."""
    if (VENV / "bin" / "pip").exists() and has_ensurepip():
        return [str(VENV_PYTHON), "-m", "pip"]
    for command in _foreign_pips():
        try:
            answer = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        except OSError:
            continue
        found = re.match(r"pip (\d+)\.(\d+)", answer.stdout)
        if answer.returncode == 0 and found and (int(found[1]), int(found[2])) >= PIP_WITH_PYTHON_OPTION:
            return [*command, "--python", str(VENV_PYTHON)]
    raise BootstrapError(
        "这台机器的 Python 没有 pip,装不了依赖;"
        "请先运行 apt-get install python3-venv(Debian/Ubuntu),或用 PYTHON=/路径/python3 指定另一个 Python。"
    )


def _foreign_pips() -> Iterable[list[str]]:
    yield [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if path := shutil.which(name):
            yield [path]
    for version in ("3.13", "3.12", "3.11", "3"):
        if path := shutil.which(f"python{version}"):
            yield [path, "-m", "pip"]
    # Debian ships pip as a wheel for its own venv; a wheel runs without being installed.
    for wheel in sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"), reverse=True):
        yield [sys.executable, f"{wheel}/pip"]


def install(kind: str) -> None:
    """Install the lock of `kind` with hashes, and stamp. Raises BootstrapError with what pip said."""
    name = LOCKS[kind]
    total = len(re.findall(r"^[A-Za-z0-9].*==", (PROJECT / name).read_text("utf-8"), re.MULTILINE))
    if STAMP.exists():
        UNFINISHED.touch()
    say(f"安装依赖({name},至多 {total} 个包,首次需要几分钟)……")
    command = [*pip(), "install", "--require-hashes", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-r", name]
    began = time.monotonic()
    lines: list[str] = []
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), text=True
    )
    try:
        for line in process.stdout or ():
            lines.append(line)
            _show_progress(line, lines, total)
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code:
        sys.stderr.write("".join(lines[-25:]))
        raise BootstrapError("依赖没有装好(原因见上);请检查网络和磁盘空间后再运行一次,已下载的不会重下。")
    _write_stamp(name)
    UNFINISHED.unlink(missing_ok=True)
    say(f"依赖已装好({time.monotonic() - began:.0f} 秒)")


def _show_progress(line: str, lines: list[str], total: int) -> None:
    if line.startswith("Installing collected packages"):
        say("  下载完毕,正在安装……")
    elif line.startswith("Collecting "):
        done = sum(known.startswith("Collecting ") for known in lines)
        if done % 10 == 0:
            say(f"  {done}/{total} {line.split()[1]}")


def _write_stamp(name: str) -> None:
    try:
        locks = json.loads(STAMP.read_text("utf-8"))["locks"]
    except (FileNotFoundError, ValueError, KeyError):
        locks = {}
    locks[name] = digest(name)
    aside = STAMP.with_suffix(".new")
    aside.write_text(json.dumps({"path": str(VENV), "locks": locks}, indent=1), "utf-8")
    aside.replace(STAMP)


def environment() -> dict[str, str]:
    """The environment of all that we start: UTF-8, our `.venv` first, no foreign Python's variables."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    kept.update(PYTHONUTF8="1", PIP_REQUIRE_VIRTUALENV="0", VIRTUAL_ENV=str(VENV))
    kept["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if "MAKELEVEL" in os.environ:
        kept[PARENT_VARIABLE] = str(os.getppid())
    return kept


def say(text: str) -> None:
    """Progress, on standard error: standard output belongs to the command."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
