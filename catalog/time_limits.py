"""公开时限: what a literal time limit says, as far as it can be read. Pure: no Django.

The literal text stays the truth; this reading feeds deadlines and lists. Sources: DOMAIN §1.3 and §3.4;
条例 26条 (20 working days from 形成 or 变更), 预算法 14条 (20 calendar days after approval).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from catalog.numerals import number_of

Kind = Literal[
    "workdays",  # publish within n working days of an event
    "days",  # publish within n calendar days, months or years of an event
    "immediate",  # 实时, 立即, 随时
    "prompt",  # 及时
    "progress",  # 按进展
    "periodic",  # 每年, 每季度, 半年至少1次
    "before_event",  # 提前一周, N个工作日前
    "posting",  # stays posted for n (working) days: a minimum display time, not a deadline
    "text",  # not understood
    "none",  # nothing written
]
Unit = Literal["working", "calendar", "month", "year", "hour"]

# Ten working days is the shortest and 60 the longest seen in law for publication; more is a misprint
# ("120个工作日" for 20 is on real pages), kept as written but flagged.
_LONGEST_PLAUSIBLE = 60
_LONGEST_EVENT = 60

_NUMBER = r"(?P<n>\d+|[一二两三四五六七八九十]+)"
_UNIT = r"个?(?P<unit>工作日|自然日|日历日|小时|日|天|周|星期|个?月|年)"
_AMOUNT = re.compile(_NUMBER + r"\s*" + _UNIT)
_POSTING = re.compile(
    r"(?:公告|公示|公布|张贴)(?:期限?|时间|期间)?(?:为|是|不少于|不得少于|至少|不低于)?$"
    r"|公开(?:期限?|时间)?(?:不少于|不得少于|不低于)$"
)
_PERIODIC = re.compile(
    r"每(?:个|半)?(?:年|季度?|月|周|日|天|学期|半年)|按(?:半?年(?!龄)|季度?|月|周)|半年(?:至少|内)?|年度|至少\d+次|定期|\d+次/"
)
_EARLIER = re.compile(r"之?前")
# How long a period is, in months; the first that matches holds. 「1次/半年」 before 「/年」.
_PERIODS = (
    (re.compile(r"半年|每学期|/学期"), 6),
    (re.compile(r"[每按]个?季度?|/季|季度"), 3),
    (re.compile(r"[每按]个?月|/月"), 1),
    (re.compile(r"[每按]年|/年|年度"), 12),
)
_WEEKLY = re.compile(r"[每按]个?(?:周|星期)|/周")
_TIMES = re.compile(r"(?P<n>\d+|[一二两三四五六七八九十]+)次")
_MONTH_AND_DAY = re.compile(r"(?P<month>\d{1,2}|[一二三四五六七八九十]+)月(?:份)?(?:(?P<day>\d{1,2})[日号])?")
_QUARTER_OF_YEAR = re.compile(r"第?(?P<n>[1-4一二三四])季度")
_DAY_OF_MONTH = re.compile(r"(?P<day>\d{1,2})[日号]")
_FIRST_MONTH = re.compile(r"(?:首个?月|第一个月|次月|下月|下个月|下季度?)")
_AFTER_ITS_END = re.compile(
    r"(?:年度?|半年|季度?|月度?|学期)(?:度)?(?:末|终了|结束|完毕)(?:之日)?(?:起|之?后|以后)?$"
)
_EVENT = re.compile(r"(?:自|从|在|于)?(?P<event>[^,，;；。\n]*?)(?:之日)?(?:起|后|以后|之后)$")


@dataclass(frozen=True, slots=True)
class Period:
    """How often something is published by the calendar: `times` in each run of `months` (1, 3, 6, 12) or of
    `weeks`, counted from New Year or Monday.

    The last day is the end of the run, unless the text names one: `day` of the `month`-th month of the run
    (31 means its last day), or the `workdays`-th working day of the run (「季度终了后10个工作日内」).
    """

    months: int = 0
    weeks: int = 0
    times: int = 1
    month: int | None = None
    day: int | None = None
    workdays: int | None = None

    def as_dict(self) -> dict[str, int]:
        """What is set, for storage."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A time limit as read. `n` and `unit` are None where the text names no amount; `start_event` is the
    literal event from which the amount counts ("信息形成或者变更"). `others`: further amounts in the cell.
    `period` is None where a periodic text does not say how often (「定期」, 「每日」)."""

    text: str
    kind: Kind
    n: int | None = None
    unit: Unit | None = None
    start_event: str = ""
    others: tuple[str, ...] = ()
    suspicious: bool = False
    period: Period | None = None

    def as_dict(self) -> dict[str, Any]:
        """For storage beside the literal text."""
        return {
            "text": self.text,
            "kind": self.kind,
            "n": self.n,
            "unit": self.unit,
            "start_event": self.start_event,
            "others": list(self.others),
            "suspicious": self.suspicious,
            "period": self.period.as_dict() if self.period else None,
        }


@dataclass(frozen=True, slots=True)
class _Amount:
    start: int
    end: int
    n: int
    unit: Unit
    literal: str


@lru_cache(maxsize=1024)
def parse_time_limit(literal: str) -> TimeLimit:
    """Read one cell. Never raises: what is not understood has kind "text" (or "none" when blank)."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", literal or ""))
    if not text:
        return TimeLimit("", "none")
    amounts = _amounts(text)
    deadlines = [a for a in amounts if not _is_posting(text, a)]
    postings = [a for a in amounts if a not in deadlines]
    periodic = _PERIODIC.search(text)
    first = deadlines[0] if deadlines else None
    # 「提前一周」「7个工作日前」; 「1月31日前」 is a date, not a span before an event.
    if "提前" in text[: first.start if first else None] or (first and _EARLIER.match(text, first.end)):
        return TimeLimit(text, "before_event", first.n if first else None, first.unit if first else None)
    if periodic and (first is None or periodic.start() <= first.start) and not _is_event(text, first):
        return TimeLimit(text, "periodic", period=_period(text, first))
    if first:
        kind: Kind = "workdays" if first.unit == "working" else "days"
        return TimeLimit(
            text,
            kind,
            first.n,
            first.unit,
            _start_event(text[: first.start]),
            tuple(a.literal for a in [*deadlines[1:], *postings]),
            suspicious=first.unit == "working" and first.n > _LONGEST_PLAUSIBLE,
        )
    if postings:
        return TimeLimit(text, "posting", postings[0].n, postings[0].unit)
    return TimeLimit(text, _kind_of_words(text))


def _amounts(text: str) -> list[_Amount]:
    found = []
    for match in _AMOUNT.finditer(text):
        n, unit = _integer(match.group("n")), match.group("unit").removeprefix("个")
        # 20 in "(2019年20日)" or "1月31日" is a date, not an amount.
        if (unit == "年" and n > 100) or (unit in ("日", "月") and _is_date(text, match)):
            continue
        factor, name = {
            "工作日": (1, "working"),
            "小时": (1, "hour"),
            "月": (1, "month"),
            "年": (1, "year"),
            "周": (7, "calendar"),
            "星期": (7, "calendar"),
        }.get(unit, (1, "calendar"))
        found.append(_Amount(match.start(), match.end(), n * factor, name, match.group()))  # type: ignore[arg-type]
    return found


def _is_date(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    if match.group("unit") == "日":
        return before.endswith("月") or bool(re.search(r"(?:季度|首个?月|首月|当月|次月|每月)$", before))
    return bool(re.match(r"\d+日", after)) or (before.endswith("年") and not match.group().startswith("个"))


def _is_posting(text: str, amount: _Amount) -> bool:
    return _POSTING.search(text[: amount.start]) is not None


def _is_event(text: str, amount: _Amount | None) -> bool:
    """「每年预算批准后20日内」 hangs on the approval; 「每季度结束后15日内」 on the calendar."""
    if amount is None or amount.unit not in ("working", "calendar"):
        return False
    before = text[: amount.start]
    return _AFTER_ITS_END.search(before) is None and re.search(r"(?:起|后)$", before) is not None


def _period(text: str, amount: _Amount | None) -> Period | None:
    if _WEEKLY.search(text):
        return Period(weeks=1)
    # The earliest mention counts: a bracket behind it may speak of special cases (村集体财务).
    found = [(match.start(), months) for pattern, months in _PERIODS if (match := pattern.search(text))]
    if not found:
        return None
    start = min(place for place, _ in found)
    months = next(months for place, months in found if place == start)
    clause = re.split(r"[(;；。]", text[start:])[0]
    times = max(1, _integer(match.group("n"))) if (match := _TIMES.search(text)) else 1
    if amount and amount.unit == "working":
        return Period(months=months, times=times, workdays=amount.n)
    if amount and amount.unit == "calendar" and _AFTER_ITS_END.search(text[: amount.start]):
        return Period(months=months, times=times, month=1, day=min(amount.n, 31))
    if amount and amount.unit == "month" and _AFTER_ITS_END.search(text[: amount.start]):
        return Period(months=months, times=times, month=min(amount.n, months), day=31)
    month, day = _last_day(clause, months)
    return Period(months=months, times=times, month=month, day=day)


def _last_day(clause: str, months: int) -> tuple[int | None, int | None]:
    """The month of the period and the day that a text names as the last; (None, None) for none."""
    if months == 12:
        if match := _MONTH_AND_DAY.search(clause):
            month = _integer(match.group("month"))
            return (month, min(int(match.group("day") or 31), 31)) if 1 <= month <= 12 else (None, None)
        if match := _QUARTER_OF_YEAR.search(clause):
            return _integer(match.group("n")) * 3, 31
        return None, None
    day = _DAY_OF_MONTH.search(clause)
    if day is None or not (months == 1 or _FIRST_MONTH.search(clause)):
        return None, None
    return 1, min(int(day.group("day")), 31)


def _start_event(before: str) -> str:
    before = re.sub(r"(?:的|内|之内|在|于|,|，)?$", "", before)
    match = _EVENT.search(before)
    event = match.group("event") if match else re.split(r"[,，;；。:：]", before)[-1]
    # 「其中行政许可自作出决定之日起」: what stands before 自 says for which matters, not from when.
    event = event.rsplit("自", 1)[-1].removesuffix("之日").removesuffix("的")
    return event if len(event) <= _LONGEST_EVENT else ""


def _kind_of_words(text: str) -> Kind:
    if "进展" in text:
        return "progress"
    if any(word in text for word in ("实时", "立即", "即时", "随时", "当日", "当天")):
        return "immediate"
    if "及时" in text:
        return "prompt"
    return "text"


def _integer(text: str) -> int:
    try:
        return number_of(text)
    except ValueError:  # 「二三日」: the longer of two
        return number_of(text[-1])
