"""The Chromium of the browser journeys: found, or installed where that is ours to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Tests read this variable; whoever sets it decides.
VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# Headless as root, in a container, with nothing called home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
START_SECONDS = 60


def find() -> str | None:
    """The path of a Chromium that starts on this machine, or None."""
    named = os.environ.get(VARIABLE)
    candidates = [named] if named else [*filter(None, map(shutil.which, NAMES)), MAC, *_of_playwright()]
    return next((path for path in candidates if starts(path)), None)


def starts(path: str) -> bool:
    """Whether this browser shows an empty page without a screen."""
    if not Path(path).is_file():
        return False
    command = [path, "--headless", *ARGUMENTS, "--dump-dom", "about:blank"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"<html" in answer.stdout


def ensure() -> str | None:
    """Find a Chromium, else try to install one: by apt-get as root on Debian, else through playwright."""
    if path := find():
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "update", "-q"])
        _try(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"])
    else:
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    return find()


def cure() -> str:
    """The one command that helps where no Chromium was found."""
    if shutil.which("apt-get"):
        return "sudo apt-get install -y chromium fonts-noto-cjk"
    return ".venv/bin/python -m playwright install --with-deps chromium"


def _try(command: list[str]) -> None:
    print(f"没有找到 Chromium,正在安装:{' '.join(command)}", file=sys.stderr, flush=True)
    try:
        subprocess.run(
            command,
            stdout=sys.stderr.fileno(),
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            timeout=900,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"安装没有成功:{error}", file=sys.stderr, flush=True)


def _of_playwright() -> list[str]:
    """Where `playwright install chromium` puts its browser."""
    code = "from playwright.sync_api import sync_playwright as s\n"
    code += "with s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return answer.stdout.split("\n")[:1] if answer.returncode == 0 else []
