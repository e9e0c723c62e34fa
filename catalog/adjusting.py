"""An item as an adjustment keeps it until it is applied: values for storage, and back. Pure: no Django."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalog.drafts import ChannelUse, Draft

_PLAIN = (
    *("levels", "content", "basis", "time_limit", "subject", "serial"),
    *("audience", "manner", "tiers", "tier_words", "telephone", "extra"),
)


def as_values(draft: Draft, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The values of a draft for storage as JSON, but for the names in `without`: those stay with the item."""
    values: dict[str, Any] = {name: getattr(draft, name) for name in _PLAIN if name not in without}
    if "channels" not in without:
        uses = draft.channels
        values["channels"] = None if uses is None else [{"name": use.name, "mark": use.mark} for use in uses]
    return values


def from_values(values: dict[str, Any], known: Draft | None = None) -> Draft:
    """The draft that stored values describe; what they do not name is as in `known`."""
    draft = known or Draft(levels=[])
    given = {name: values[name] for name in _PLAIN if name in values}
    if "channels" in values:
        uses = values["channels"]
        given["channels"] = None if uses is None else [ChannelUse(use["name"], use["mark"]) for use in uses]
    return replace(draft, **given)
