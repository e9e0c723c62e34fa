"""The yearly trend of what is withheld, and its picture: counts and geometry. Pure: no Django."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

ON_REQUEST, WITHHELD = "on_request", "withheld"
#: The picture, in units of its own: it scales with the page.
WIDTH, HEIGHT, FOOT, HEAD = 640, 260, 40, 24


@dataclass(frozen=True)
class Kept:
    """One document on file: whose, since when as what, and the days on which it became something else."""

    agency: str
    filed_on: date
    openness: str
    changes: tuple[tuple[date, str], ...] = ()

    def on(self, day: date) -> str:
        """What it was at the end of `day`; empty before it came on file."""
        if self.filed_on > day:
            return ""
        return next((after for moved, after in reversed(self.changes) if moved <= day), self.openness)


@dataclass
class Year:
    """A year: what was on file at its end (or today), what came and what was opened in it."""

    year: int
    stock: dict[str, int] = field(default_factory=dict)
    on_request: int = 0
    withheld: int = 0
    filed: int = 0
    opened: int = 0

    @property
    def total(self) -> int:
        """All that stayed in."""
        return self.on_request + self.withheld


def years_of(kept: Iterable[Kept], today: date, count: int) -> list[Year]:
    """The last `count` years up to that of `today`, the oldest first."""
    years = [Year(today.year - back) for back in range(count - 1, -1, -1)]
    for one in kept:
        opened = next((day for day, after in one.changes if after not in (ON_REQUEST, WITHHELD)), None)
        for year in years:
            year.filed += one.filed_on.year == year.year
            year.opened += opened is not None and opened.year == year.year
            state = one.on(min(today, date(year.year, 12, 31)))
            if state in (ON_REQUEST, WITHHELD):
                year.stock[one.agency] = year.stock.get(one.agency, 0) + 1
                year.on_request += state == ON_REQUEST
                year.withheld += state == WITHHELD
    return years


def by_agency(years: Iterable[Year], labels: Mapping[str, str]) -> list[tuple[str, list[int], int]]:
    """Name, numbers by year, difference from the first to the last year: for every agency that has any."""
    rows: dict[str, list[int]] = defaultdict(list)
    listed = list(years)
    for key in labels:
        if any(year.stock.get(key) for year in listed):
            rows[key] = [year.stock.get(key, 0) for year in listed]
    return [(labels[key], numbers, numbers[-1] - numbers[0]) for key, numbers in rows.items()]


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: 不予公开 below, 依申请公开 on it, the number above."""

    label: str
    total: int
    x: int
    middle: int
    width: int
    lower_y: int
    lower: int
    upper_y: int
    upper: int
    number_y: int


def bars_of(years: Iterable[Year]) -> list[Bar]:
    """The bars, scaled to the highest."""
    listed = list(years)
    highest = max((year.total for year in listed), default=0) or 1
    room, step = HEIGHT - FOOT - HEAD, WIDTH // max(len(listed), 1)
    found = []
    for place, year in enumerate(listed):
        lower = round(room * year.withheld / highest)
        upper = round(room * year.on_request / highest)
        ground = HEIGHT - FOOT
        width = min(step // 2, 72)
        x = place * step + (step - width) // 2
        found.append(
            Bar(
                label=f"{year.year}年",
                total=year.total,
                x=x,
                middle=x + width // 2,
                width=width,
                lower_y=ground - lower,
                lower=lower,
                upper_y=ground - lower - upper,
                upper=upper,
                number_y=ground - lower - upper - 8,
            )
        )
    return found
