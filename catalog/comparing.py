"""Two states of a catalog side by side: what came, what changed cell by cell, what went. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from catalog.drafts import Draft
from catalog.planning import CellChange, compare


@dataclass(frozen=True, slots=True)
class Standing:
    """An item as it stood on a day. `pk` and `code` are what it is recognised by; names of field and agency
    are those of the day. `particulars`: label -> words, for what stands beside the official table (领域,
    五公开, 责任科室 …)."""

    pk: int
    code: str
    version: int
    agency_id: int
    agency_name: str
    field_id: int
    field_name: str
    draft: Draft
    particulars: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The item's own name: the last level."""
        return self.draft.levels[-1] if self.draft.levels else ""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that stood on both days and differs, cell by cell in the order of the table."""

    old: Standing
    new: Standing
    changes: list[CellChange]


@dataclass(slots=True)
class Comparison:
    """The catalog on two days: items that came, that changed, that went; each in the order of the table."""

    since: date
    until: date
    added: list[Standing] = field(default_factory=list)
    changed: list[ItemChange] = field(default_factory=list)
    retired: list[Standing] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.changed or self.retired)


def difference(old: Standing, new: Standing) -> list[CellChange]:
    """The cells in which an item differs: the official table's first, then what stands beside it."""
    beside = [
        CellChange("", label, "", before, after)
        for label in dict.fromkeys([*old.particulars, *new.particulars])
        if (before := old.particulars.get(label, "")) != (after := new.particulars.get(label, ""))
    ]
    return [*compare(old.draft, new.draft), *beside]


def pair(olds: Mapping[int, Standing], news: Iterable[Standing]) -> Iterable[ItemChange]:
    """The items among `news` that differ from what they were in `olds` (by pk), in the order of `news`."""
    for new in news:
        old = olds.get(new.pk)
        if old is not None and (changes := difference(old, new)):
            yield ItemChange(old, new, changes)
