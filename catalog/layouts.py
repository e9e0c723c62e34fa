"""The set of columns that a catalog's own file has: read from its header, kept per agency and field, and
used again when the catalog is printed. Pure: no Django.

Real catalogs differ in their columns (特定群众 for 特定群体, 镇级 + 村级, no 公开层级, 公开格式 beside the
rest: DOMAIN §3.2); a county that gives its file in wants the same table back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One column, from left to right.

    `kind`: the kinds of `exchange.columns` ("serial", "level", "content", "basis", "time_limit", "subject",
    "channels", "audience", "manner", "tiers", "telephone", "extra"). `top`, `sub`: upper and lower caption
    as found, without white space; `sub` is empty where the upper one stands over both rows. `name`: which
    value of an item the column shows: the label of a tick (全社会, 特定群众, 主动公开, 镇级), the key of a
    further column ("format"), "field" or "category" for a level that bears 公开领域 or 公开类别.
    """

    kind: str
    top: str
    sub: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The columns of one table of a file: which catalog it is (`owner` as its caption names it), and what ■
    and □ mean there ("required", "chosen"; empty where no cell has boxes)."""

    field_slug: str
    owner: str
    columns: tuple[LayoutColumn, ...]
    marks: str = ""


def to_json(columns: Iterable[LayoutColumn]) -> list[dict[str, str]]:
    """For storage: a list of objects, in order."""
    return [{"kind": c.kind, "top": c.top, "sub": c.sub, "name": c.name} for c in columns]


def from_json(data: Any) -> tuple[LayoutColumn, ...]:
    """Back from storage; what is not of this shape is left out."""
    if not isinstance(data, list):
        return ()
    return tuple(
        LayoutColumn(*(str(entry.get(key) or "") for key in ("kind", "top", "sub", "name")))
        for entry in data
        if isinstance(entry, dict) and entry.get("kind")
    )
