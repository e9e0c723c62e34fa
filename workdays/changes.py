"""What would change: the days that are stored against those that were read. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from workdays.calendar import SpecialDay


@dataclass(frozen=True)
class DayChange:
    """One date on which stored and read differ: `old` is None for a new day, `new` for one to be removed."""

    date: date
    old: SpecialDay | None
    new: SpecialDay | None


def compare(stored: Iterable[SpecialDay], read: Iterable[SpecialDay]) -> tuple[DayChange, ...]:
    """The differences by date; days that agree are left out."""
    old = {day.date: day for day in stored}
    new = {day.date: day for day in read}
    dates = sorted(old.keys() | new.keys())
    return tuple(DayChange(d, old.get(d), new.get(d)) for d in dates if old.get(d) != new.get(d))


def fingerprint(stored: Iterable[SpecialDay]) -> str:
    """A short mark of the stored days, to notice that they changed between a preview and its confirmation."""
    lines = "\n".join(f"{day.date} {day.is_work} {day.name}" for day in sorted(stored))
    return sha256(lines.encode()).hexdigest()[:16]
