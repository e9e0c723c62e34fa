"""deploy/bootstrap.py on a small project of its own: the real pip, the real index, one small package."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = "asgiref"
# The Python that our own .venv was made from: a venv made from a venv would borrow its packages' pip.
BASE = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
TELL = ["-c", f"import {PACKAGE}, sys; print(sys.prefix, {PACKAGE}.__version__, sys.flags.utf8_mode)"]


class Checkout:
    """A project with the real bootstrap and a lock of one package."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "deploy").mkdir(parents=True)
        for name in ("bootstrap.py", "find-python.sh"):
            shutil.copy(PROJECT / "deploy" / name, folder / "deploy")
        self.lock("requirements.lock", locked(PACKAGE))

    def lock(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def run(self, *command: str, kind: str = "run", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(BASE), "deploy/bootstrap.py", kind, *(command or TELL)],
            cwd=self.folder,
            env=empty_environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )


def empty_environment(**variables: str) -> dict[str, str]:
    """What `env -i PATH=… HOME=…` leaves, and what this machine's package index needs."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name == "HOME"}
    return {"PATH": "/usr/bin:/bin", **kept, **variables}


def locked(package: str) -> str:
    """The lines of one package in the project's own lock."""
    text = (PROJECT / "requirements.lock").read_text("utf-8")
    found = re.search(rf"^{package}==.*?(?=^\S)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return "\n".join(line for line in found[0].splitlines() if not line.lstrip().startswith("#")) + "\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with its .venv, in a path with a blank and Chinese."""
    checkout = Checkout(tmp_path_factory.mktemp("bootstrap") / "青澜 县")
    answer = checkout.run()
    assert answer.returncode == 0, answer.stderr
    return checkout


@pytest.fixture
def checkout(made: Checkout, tmp_path: Path) -> Checkout:
    """A copy of it, at a place of its own (which makes it a moved one)."""
    folder = tmp_path / "搬 家"
    shutil.copytree(made.folder, folder, symlinks=True)
    copy = object.__new__(Checkout)
    copy.folder = folder
    return copy


def test_becomes_the_command_under_its_own_python_in_utf_8(made: Checkout) -> None:
    prefix, version, utf8 = made.run().stdout.rsplit(maxsplit=2)
    assert Path(prefix) == made.folder / ".venv"
    assert f"{PACKAGE}=={version}" in locked(PACKAGE)
    assert utf8 == "1"


def test_second_time_says_nothing_and_takes_no_time(made: Checkout) -> None:
    began = time.monotonic()
    answer = made.run("-c", "pass")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert time.monotonic() - began < 3


def test_exit_code_and_words_of_the_command_come_through(made: Checkout) -> None:
    answer = made.run("-c", "import sys; print(sys.argv[1:]); sys.exit(7)", "two words", "中文")
    assert answer.returncode == 7
    assert answer.stdout == "['two words', '中文']\n"


def test_moved_checkout_is_set_up_anew(checkout: Checkout) -> None:
    answer = checkout.run()
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(str(checkout.folder))


@pytest.mark.parametrize("fault", ["lock changed", "python gone"])
def test_set_up_anew_when(fault: str, made: Checkout) -> None:
    venv = made.folder / ".venv"
    keepsake = venv / "keepsake"
    keepsake.touch()
    if fault == "lock changed":
        made.lock("requirements.lock", locked(PACKAGE) + "# changed\n" * (keepsake.stat().st_ino % 7 + 1))
    else:
        for python in (venv / "bin").glob("python*"):
            python.unlink()
    answer = made.run()
    assert answer.returncode == 0, answer.stderr
    assert not keepsake.exists()
    assert not (venv / ".unfinished").exists()


def test_made_by_hand_is_completed_not_deleted(made: Checkout) -> None:
    venv = made.folder / ".venv"
    (venv / ".stamp.json").unlink()
    keepsake = venv / "keepsake"
    keepsake.touch()
    answer = made.run()
    assert answer.returncode == 0, answer.stderr
    assert keepsake.exists()
    keepsake.unlink()


def test_second_lock_is_installed_on_top(made: Checkout) -> None:
    made.lock("requirements-dev.lock", locked(PACKAGE) + locked("sqlparse"))
    answer = made.run("-c", "import asgiref, sqlparse", kind="dev")
    assert answer.returncode == 0, answer.stderr
    assert made.run("-c", "pass").stderr == ""


def test_wrong_hash_is_refused(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "one")
    checkout.lock("requirements.lock", re.sub(r"sha256:\w{8}", "sha256:00000000", locked(PACKAGE)))
    answer = checkout.run()
    assert answer.returncode == 1
    assert "依赖没有装好" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list((checkout.folder / ".venv").glob(f"lib/*/site-packages/{PACKAGE}"))


def test_terminated_in_the_middle_then_completed(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "one")
    process = subprocess.Popen(
        [str(BASE), "deploy/bootstrap.py", "run", *TELL],
        cwd=checkout.folder,
        env=empty_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "安装依赖" in line:
            process.send_signal(signal.SIGTERM)
            break
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert (checkout.folder / ".venv" / ".unfinished").exists()
    assert checkout.run().returncode == 0


class TestWithoutEnsurepip:
    """Debian's Python comes without ensurepip unless python3-venv is installed."""

    def run(self, checkout: Checkout, path: str) -> "subprocess.CompletedProcess[str]":
        hide = (
            "import sys, runpy; sys.modules['ensurepip'] = None; "
            f"sys.argv = ['deploy/bootstrap.py', 'run', '-c', 'import {PACKAGE}; print(1)']; "
            "runpy.run_path('deploy/bootstrap.py', run_name='__main__')"
        )
        return subprocess.run(
            [str(BASE), *([] if path else ["-S"]), "-c", hide],
            cwd=checkout.folder,
            env={**empty_environment(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_another_pip_installs(self, tmp_path: Path) -> None:
        checkout = Checkout(tmp_path / "one")
        answer = self.run(checkout, f"{BASE.parent}:/usr/bin:/bin")
        assert (answer.returncode, answer.stdout) == (0, "1\n"), answer.stderr
        assert not (checkout.folder / ".venv" / "bin" / "pip").exists()


class TestFindPython:
    def find(self, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                "sh",
                str(PROJECT / "deploy" / "find-python.sh"),
                "-c",
                "import sys; print(sys.version_info[:2])",
            ],
            env=empty_environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def test_finds_one_that_fits(self) -> None:
        answer = self.find(PATH=f"{BASE.parent}:/usr/bin:/bin")
        assert answer.returncode == 0
        assert answer.stdout.strip() in {"(3, 11)", "(3, 12)", "(3, 13)"}

    def test_named_one_decides(self) -> None:
        assert self.find(PYTHON=str(BASE)).stdout.strip() == str(sys.version_info[:2])

    def test_named_one_that_does_not_fit_is_one_sentence(self) -> None:
        answer = self.find(PYTHON="/bin/false")
        assert answer.returncode == 1
        assert answer.stderr.count("\n") == 1
        assert "PYTHON=/bin/false" in answer.stderr
