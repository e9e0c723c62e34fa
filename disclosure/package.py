"""公文包: what is reviewed and published as one, part by part, as pages show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Part:
    """One part of a package: the paper, its 起草说明, an interpretation (解读).

    `lacks` keeps it from going on, `warnings` do not. `body` is rich text, not yet cleaned for a page;
    `texts` are (label, plain text). `thing` is the row, None for a part that is missing altogether.
    """

    label: str
    title: str
    state: str = ""
    lacks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    summary: str = ""
    body: str = ""
    texts: list[tuple[str, str]] = field(default_factory=list)
    attachments: Sequence[Any] = ()
    thing: Any = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing keeps it from going on."""
        return not self.lacks
