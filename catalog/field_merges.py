"""What rooms further up do when one field (领域) is merged into another.

`disclosure/` imports `catalog/`, never the other way; so `services.merge_fields` runs everything registered
here inside its transaction, and a higher room registers its own in `apps.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.models import Field

#: Moves what hangs on the first field to the second, without asking for rights: the merge has asked.
Companion = Callable[["Field", "Field"], None]

_companions: dict[str, Companion] = {}


def register(name: str, companion: Companion) -> None:
    """Let `companion` be run at every merge, under `name`."""
    _companions[name] = companion


def run_companions(source: Field, target: Field) -> None:
    """Move what hangs on `source` to `target`, in every room that has registered."""
    for companion in _companions.values():
        companion(source, target)
