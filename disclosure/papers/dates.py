"""Days as papers write them: 2026年3月2日, ２０２６年３月２日, 二〇二六年三月二日, 二O二六. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from catalog.numerals import ZEROS, digits_of, number_of

_DAY = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})\s*日?"
    rf"|(?P<cyear>[{ZEROS}一二三四五六七八九]{{4}})\s*年\s*(?P<cmonth>[一二三四五六七八九十]{{1,2}})\s*月"
    r"\s*(?P<cday>[一二三四五六七八九十廿卅]{1,3})\s*日"
)


def day_in(text: str) -> date | None:
    """The first day that `text` names; None where it names none."""
    match = _DAY.search(_folded(text))
    return _day(match) if match else None


def day_alone(text: str) -> date | None:
    """The day where `text` is a day and nothing else."""
    match = _DAY.fullmatch(_folded(text).strip("()（）"))
    return _day(match) if match else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", "".join(text.split()))


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["year"]:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        return date(digits_of(match["cyear"]), number_of(match["cmonth"]), number_of(match["cday"]))
    except ValueError:
        return None
