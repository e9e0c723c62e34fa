"""What an import would do: new, changed cell by cell, unchanged, missing. Pure: nothing is written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from catalog.drafts import LABELS, Draft, comparable, display
from catalog.matching import match_items

_TEXTS = ("content", "basis", "time_limit", "subject", "telephone")
_LISTS = ("channels", "audience", "manner", "tiers")
# Keys of `extra` that are read out of the rows themselves, not out of a column of their own.
_OF_ROWS = frozenset({"more", "category", "tier_words"})


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of the catalog as far as a plan needs it."""

    pk: int
    code: str
    draft: Draft
    stage: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class CellChange:
    """One changed cell: what it is, where it stands in the file, old and new text."""

    attribute: str
    label: str
    cell: str
    old: str
    new: str


@dataclass(slots=True)
class PlannedItem:
    """One row of the file and what becomes of it. `draft` is what the item will be."""

    status: Literal["new", "changed", "unchanged"]
    draft: Draft
    position: int
    known: KnownItem | None = None
    changes: Sequence[CellChange] = ()


@dataclass(slots=True)
class Plan:
    """An import into one agency's catalog of one field."""

    agency_id: int
    field_slug: str
    items: list[PlannedItem] = field(default_factory=list)
    missing: list[KnownItem] = field(default_factory=list)
    moved: int = 0  # items at another place among those that both know

    def of(self, status: str) -> list[PlannedItem]:
        """The planned items of a status."""
        return [item for item in self.items if item.status == status]


def plan_import(agency_id: int, field_slug: str, known: Sequence[KnownItem], drafts: Sequence[Draft]) -> Plan:
    """Compare the rows of a file with the catalog of one agency and field."""
    plan = Plan(agency_id, field_slug)
    matches = match_items([item.draft for item in known], drafts)
    used = set()
    for position, (draft, index) in enumerate(zip(drafts, matches, strict=True), start=1):
        if index is None:
            plan.items.append(PlannedItem("new", draft, position))
            continue
        used.add(index)
        item = known[index]
        merged = keep_what_the_file_lacks(draft, item.draft)
        changes = compare(item.draft, merged)
        plan.items.append(PlannedItem("changed" if changes else "unchanged", merged, position, item, changes))
    plan.moved = _moved([index for index in matches if index is not None])
    plan.missing = [item for index, item in enumerate(known) if index not in used]
    return plan


def _moved(places: Sequence[int]) -> int:
    """The fewest that must be moved to bring these into order: all but a longest ascending run."""
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(places) - len(ends)


def keep_what_the_file_lacks(draft: Draft, known: Draft) -> Draft:
    """A column that the file does not have says nothing: what the catalog holds stays."""
    if draft.columns is None:
        return draft
    kept: dict[str, Any] = {
        name: getattr(known, name) for name in _TEXTS if name not in draft.columns and getattr(known, name)
    }
    kept |= {name: getattr(known, name) for name in _LISTS if getattr(draft, name) is None}
    if "tiers" in kept:
        kept["tier_words"] = known.tier_words
    extra = {
        key: value
        for key, value in known.extra.items()
        if key not in _OF_ROWS and f"extra:{key}" not in draft.columns
    }
    if not kept and not extra:
        return draft
    return replace(draft, extra={**extra, **draft.extra}, **kept)


def compare(old: Draft, new: Draft) -> list[CellChange]:
    """The cells in which two items differ, in the order of the table."""
    if old.says_the_same(new):
        return []
    before, after = comparable(old), comparable(new)
    return [
        CellChange(name, label, new.address(name), display(old, name), display(new, name))
        for name, label in LABELS.items()
        if before[name] != after[name]
    ]
