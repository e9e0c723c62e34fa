"""解读率 and how promptly (DOMAIN §5): pure arithmetic over papers, days and a calendar.

`解读率 = distinct papers in scope published in the period with at least one published 解读 ÷ papers in scope
published in the period`. A paper whose agency said why it needs none counts in the denominator and not in the
numerator, and is shown apart: a reason must not raise the rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

#: Working days after the paper within which it is to be explained (国办发〔2016〕19号).
LATEST = 3
#: What the rate ought to be, per cent (DOMAIN §11, interp.rate).
GOAL = 90

SAME_DAY, IN_TIME, LATE, UNDATED, EXEMPT, NONE = "same_day", "in_time", "late", "undated", "exempt", "none"
TIMINGS: dict[str, str] = {
    SAME_DAY: "同日或更早",
    IN_TIME: f"{LATEST}个工作日内",
    LATE: f"超过{LATEST}个工作日",
    UNDATED: "有解读、日期不详",
    EXEMPT: "写明理由不作解读",
    NONE: "没有解读",
}
_EXPLAINED = (SAME_DAY, IN_TIME, LATE, UNDATED)


@dataclass(frozen=True)
class Paper:
    """A public paper in scope: since when, and since when it is explained in public.

    `explained`: whether it is at all; `explained_on` is None where the archive lost the day.
    """

    pk: int
    title: str
    agency: str
    published_on: date
    explained: bool
    explained_on: date | None
    excused: bool


@dataclass(frozen=True)
class Judged:
    """A paper with its timing; `days` in working days after the paper, where it was explained later."""

    paper: Paper
    timing: str
    days: int = 0
    provisional: bool = False


@dataclass(frozen=True)
class Row:
    """Counts of one agency or one month."""

    name: str
    counts: dict[str, int]

    @property
    def papers(self) -> int:
        """The denominator."""
        return sum(self.counts.values())

    @property
    def explained(self) -> int:
        """The numerator."""
        return sum(self.counts.get(timing, 0) for timing in _EXPLAINED)

    @property
    def percent(self) -> int | None:
        """The rate, rounded down: 89.9 % is not 90. None without papers."""
        return 100 * self.explained // self.papers if self.papers else None

    @property
    def cells(self) -> list[int]:
        """Counts in the order of `TIMINGS`."""
        return [self.counts.get(timing, 0) for timing in TIMINGS]


def judge(paper: Paper, working_days: Callable[[date, date], tuple[int, bool]]) -> Judged:
    """Judge one paper. `working_days(after, until)`: how many, and whether that is 暂定."""
    if not paper.explained:
        return Judged(paper, EXEMPT if paper.excused else NONE)
    if paper.explained_on is None:
        return Judged(paper, UNDATED)
    if paper.explained_on <= paper.published_on:
        return Judged(paper, SAME_DAY)
    days, provisional = working_days(paper.published_on, paper.explained_on)
    return Judged(paper, IN_TIME if days <= LATEST else LATE, days, provisional)


def tally(judged: Iterable[Judged], *, by: Callable[[Paper], str], order: Sequence[str] = ()) -> list[Row]:
    """Count by a name: names in `order` first, the others after them as sorted."""
    counts: dict[str, dict[str, int]] = {}
    for one in judged:
        mine = counts.setdefault(by(one.paper), {})
        mine[one.timing] = mine.get(one.timing, 0) + 1
    place = {name: number for number, name in enumerate(order)}
    names = sorted(counts, key=lambda name: (place.get(name, len(place)), name))
    return [Row(name, counts[name]) for name in names]


def month_of(paper: Paper) -> str:
    """2026-03."""
    return f"{paper.published_on:%Y-%m}"


def total(rows: Iterable[Row]) -> Row:
    """All rows as one."""
    counts: dict[str, int] = {}
    for row in rows:
        for timing, number in row.counts.items():
            counts[timing] = counts.get(timing, 0) + number
    return Row("合计", counts)
