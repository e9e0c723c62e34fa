"""Days as papers write them: 2026年3月2日, ２０２６年３月２日, 二〇二六年三月二日, 二O二六. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_ZERO = "〇○零ＯOo\u039f0"
_NUMERALS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | dict.fromkeys(_ZERO, 0)
_DAY = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})\s*日?"
    rf"|(?P<cyear>[{_ZERO}一二三四五六七八九]{{4}})\s*年\s*(?P<cmonth>[一二三四五六七八九十]{{1,2}})\s*月"
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
        year = int("".join(str(_NUMERALS[c]) for c in match["cyear"]))
        return date(year, _small(match["cmonth"]), _small(match["cday"]))
    except ValueError:
        return None


def _small(numeral: str) -> int:
    """十一 → 11, 廿三 → 23. Raises ValueError for no such number."""
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = numeral.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or (not ten and not ones):
        raise ValueError(numeral)
    if not ten:
        return _NUMERALS[ones]
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)
