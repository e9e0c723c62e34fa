"""Tags in an entry's `tsvector`, beside its words: what can be asked for without looking into the rows.

A common word stands in a million rows. Together with a tag the index is read only as far as both go: the
entries of an agency, of a month, of a sixty-fourth drawn by lot. Text is folded to lower case, so a capital
letter in front keeps tags apart from words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zlib import crc32

from django.utils import timezone

from portal.search.words import quoted

#: Borne by every public entry.
VISIBLE = "V"
#: Entries are dealt out to so many lots by their keys; some lots are a sample of all.
LOTS = 64
_LETTERS = {"kind": "K", "agency": "G", "topic": "O", "field": "F", "year": "Y"}
_MONTH, _LOT = "B", "S"


def of(facet: str, value: object) -> str:
    """Return the tag of a value of a facet that has tags."""
    return f"{_LETTERS[facet]}{value}"


def has(facet: str) -> bool:
    """Tell whether a facet has tags; validity has none, it changes with the day."""
    return facet in _LETTERS


def lot(key: str) -> str:
    """Return the lot of an entry: nothing in it but chance."""
    return f"{_LOT}{crc32(key.encode()) % LOTS:02}"


def lots(count: int) -> list[str]:
    """Return the first `count` lots."""
    return [f"{_LOT}{number:02}" for number in range(count)]


def month(day: date | None) -> str:
    """Return the tag of the month of publication; without a day one of its own, older than all."""
    return f"{_MONTH}{day:%Y-%m}" if day else _MONTH


def months_since(last: str) -> list[str]:
    """Return the months after the one of the tag `last`, the newest first, up to the present one."""
    day = timezone.localdate().replace(day=1)
    found: list[str] = []
    while month(day) > last and len(found) < _MOST_MONTHS:
        found.append(month(day))
        day = (day - timedelta(days=1)).replace(day=1)
    return found


#: Ten years without a rebuild.
_MOST_MONTHS = 120
MONTHS_LIKE = f"{_MONTH}%"


def of_agency(path: str) -> Iterator[str]:
    """Yield the agency itself and those above it; the county government stands for itself alone."""
    chain = path.rstrip("/").split("/")
    for code in chain[1:] or chain:
        yield of("agency", code)


def any_of(chosen: Sequence[str]) -> str:
    """Return a `tsquery` for entries with one of these tags."""
    return "(" + " | ".join(map(quoted, chosen)) + ")"
