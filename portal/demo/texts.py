"""Reading the demo county's files: TOML between two lines `+++`, then the body as HTML."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

ROOT = Path(__file__).resolve().parents[2] / "fixtures" / "demo"


@dataclass(frozen=True)
class Text:
    """One document or interpretation as written."""

    path: Path
    meta: dict[str, Any]
    body: str

    def moment(self, name: str) -> datetime | None:
        """Return a `YYYY-MM-DD HH:MM` of the county's clock, None where it is not given."""
        value = self.meta.get(name)
        return timezone.make_aware(datetime.strptime(value, "%Y-%m-%d %H:%M")) if value else None  # noqa: DTZ007


def read(path: Path) -> Text:
    """Read one file. Raises ValueError naming it when the front matter is not whole."""
    head, _, rest = path.read_text(encoding="utf-8").removeprefix("+++\n").partition("\n+++\n")
    try:
        return Text(path, tomllib.loads(head), rest.strip())
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from error


def texts(folder: str) -> list[Text]:
    """Return the texts of a folder in the order of their numbers."""
    return [read(path) for path in sorted((ROOT / folder).glob("*.html"))]


def table(name: str) -> Any:
    """Return a JSON file of the demo county."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def settings(name: str) -> dict[str, Any]:
    """Return a TOML file of the demo county."""
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def catalogs() -> list[dict[str, Any]]:
    """Return the catalogs of the demo county, one for each field."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "catalog").glob("*.json"))
    ]
