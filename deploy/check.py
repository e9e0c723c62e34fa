"""What `make test` and CI run: every check in order, each with its time, then the tests.

All checks run even when one fails, so that one run tells everything; the exit code tells whether all passed.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy import chromium
from portal.database import testing
from portal.database.errors import DatabaseUnavailableError

PROJECT = Path(__file__).resolve().parent.parent
WORKERS = "2"
ROOMS = ("portal", "interpretation", "disclosure", "catalog", "agencies", "workdays", "deploy")


class Template:
    """The database that the workers of the tests copy, migrated on the other core while the checks run."""

    def __init__(self) -> None:
        self.server, self.name = os.environ["DATABASE_URL"], f"template_{os.getpid()}"
        testing.create(self.server, self.name)
        address = testing.beside(self.server, self.name)
        self.work = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=PROJECT,
            env={**os.environ, "DATABASE_URL": address, "TESTING": "1"},
            stdin=subprocess.DEVNULL,
        )

    def ready(self) -> dict[str, str]:
        """What tells the workers of it, once it is migrated; nothing where that failed: they migrate then."""
        return {testing.TEMPLATE: self.name} if self.work.wait() == 0 else {}

    def drop(self) -> None:
        """Leave nothing on the server."""
        self.work.kill()
        self.work.wait()
        testing.drop(self.server, self.name)


@dataclass(frozen=True)
class Step:
    """One check: its name and its command line."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> bool:
        """Run it, its output straight to the terminal; answers whether it passed."""
        print(f"== {self.name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(
            self.command,
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        verdict = "通过" if code == 0 else f"未通过(代码 {code})"
        print(f"-- {self.name}:{verdict},{time.monotonic() - began:.1f} 秒\n", flush=True)
        return code == 0


def program(name: str) -> str:
    """A program that a package put beside our Python."""
    return str(Path(sys.executable).with_name(name))


def static_checks() -> list[Step]:
    """Everything that needs no browser and no test data."""
    python = sys.executable
    templates = sorted(str(path.relative_to(PROJECT)) for path in (PROJECT / "templates").rglob("*.html"))
    production = {
        "MODE": "production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "www.example.gov.cn",
        "TESTING": "",
    }
    return [
        Step("ruff check", [python, "-m", "ruff", "check", "."]),
        Step("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("djade", [program("djade"), "--target-version", "5.2", "--check", *templates]),
        Step("mypy", [python, "-m", "mypy", *ROOMS, "manage.py"]),
        Step("import contracts", [program("lint-imports")]),
        Step("makemigrations --check", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Step(
            "check --deploy",
            [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            production,
        ),
    ]


def tests(browser: str | None, extra: list[str], template: dict[str, str]) -> Step:
    """pytest on two workers; without a browser all but the journeys."""
    command = [sys.executable, "-m", "pytest", "-n", WORKERS, "--dist", "loadgroup", *extra]
    if browser is None:
        return Step("pytest", [*command, "-m", "not journey"], {"TESTING": "1", **template})
    return Step(
        "pytest",
        command,
        {"TESTING": "1", "DJANGO_ALLOW_ASYNC_UNSAFE": "true", chromium.VARIABLE: browser, **template},
    )


def main(arguments: list[str]) -> int:
    """Run all of it; answers 0 when all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="only the checks, without the tests")
    options, extra = parser.parse_known_args(arguments)
    try:
        database = testing.start()
    except DatabaseUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    template = None
    try:
        template = None if options.static else Template()
        failed = [step.name for step in static_checks() if not step.run()]
        browser = None
        if template:
            browser = chromium.ensure()
            if not tests(browser, extra, template.ready()).run():
                failed.append("pytest")
    finally:
        if template:
            template.drop()
        if database is not None:
            database.release()
    if not options.static and browser is None:
        print(f"浏览器测试没有运行:没有可用的 Chromium。请运行 {chromium.cure()} 后再试。", file=sys.stderr)
        failed.append("浏览器测试")
    print(f"未通过:{'、'.join(failed)}" if failed else "全部通过", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
