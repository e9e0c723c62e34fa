"""What rooms further up remove with a sealed purge (封存清除): the search index, for one.

This room may not import them; a higher room registers its own in `apps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: Called inside the purge's transaction with the kind of thing (`document`, `interpretation`), the ids, and
#: words that must be gone; returns how many rows it cleaned, by table.
Hook = Callable[[str, Sequence[int], Sequence[str]], dict[str, int]]

#: Called once an earlier version was closed (原版本不再公开), with the kind of thing and its id.
ClosingHook = Callable[[str, int], None]

_hooks: dict[str, Hook] = {}
_closing: dict[str, ClosingHook] = {}


def register(name: str, hook: Hook) -> None:
    """Add what a higher room removes under `name`."""
    _hooks[name] = hook


def run(place: str, ids: Sequence[int], words: Sequence[str]) -> dict[str, int]:
    """Run every hook; returns what was cleaned, by table."""
    found: dict[str, int] = {}
    for hook in _hooks.values():
        found |= hook(place, ids, words)
    return found


def register_closing(name: str, hook: ClosingHook) -> None:
    """Add what a higher room throws away under `name` when an earlier version is closed."""
    _closing[name] = hook


def run_closing(place: str, pk: int) -> None:
    """Run every hook of a closing."""
    for hook in _closing.values():
        hook(place, pk)
