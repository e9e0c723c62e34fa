"""`make format`: ruff on the Python files, djade on the templates."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Rewrite what is not in form; answers 0 unless a tool failed."""
    templates = sorted(str(path) for path in (PROJECT / "templates").rglob("*.html"))
    subprocess.run(
        [str(Path(sys.executable).with_name("djade")), "--target-version", "5.2", *templates],
        cwd=PROJECT,
        check=False,
    )
    codes = [
        subprocess.run([sys.executable, "-m", "ruff", *words, "."], cwd=PROJECT, check=False).returncode
        for words in (["format"], ["check", "--fix"])
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
