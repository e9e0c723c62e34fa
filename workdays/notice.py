"""Reading 《国务院办公厅关于XXXX年部分节假日安排的通知》: its prose in, its days off and make-up days out.

The notice is the only source of the calendar: it is published by the State Council's office in October or
November of the year before, under 《全国年节及纪念日放假办法》 (2024 revision, 2条: 13 days off for all
citizens from 2025, 11 before). Pure Python, no Django.

Nothing is guessed. A contradiction (weekday or number of days against the dates), or a date in a sentence
that was not understood, is an *error*: nothing may be saved. What is merely unusual is a *warning*, for a
person to confirm. Text that plays no part is listed as *ignored*. Each remark names its line in what was
pasted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from workdays.calendar import SpecialDay
from workdays.notice_text import (
    ANY_DATE,
    DATE_LIST,
    WEEKDAY_NAMES,
    PastedText,
    Span,
    read_spans,
)

# When each holiday falls (month, day: earliest and latest). The lunar ones move within a month.
HOLIDAYS = {
    "元旦": ((1, 1), (1, 1)),
    "春节": ((1, 21), (2, 21)),
    "清明节": ((4, 4), (4, 6)),
    "劳动节": ((5, 1), (5, 1)),
    "端午节": ((5, 27), (6, 26)),
    "中秋节": ((9, 7), (10, 9)),
    "国庆节": ((10, 1), (10, 1)),
}
_TITLE = re.compile(r"国务院办公厅关于(\d{4})年部分节假日安排的通知")
_SUBJECT = re.compile(r"现将(\d{4})年")
_NUMBER = re.compile(r"(国办[一-鿿]{1,4})[〔\[(【](\d{4})[〕\])】]第?0*(\d+)号")
_SIGNATURE = re.compile(r"国务院办公厅(\d{4})年(\d{1,2})月(\d{1,2})日")
_NAME = r"(?:元旦|[一-鿿]{1,8}?[节日])"
_HEADING = re.compile(
    rf"(?P<mark>[一二三四五六七八九十]{{1,3}}[、.]|\([一二三四五六七八九十]{{1,3}}\)|\d{{1,2}}[、.])?"
    rf"(?P<name>{_NAME}(?:[、和及]{_NAME})*)(?P<colon>:)?(?=\D?\D?\d)"
)
_PHRASE = re.compile(
    rf"(?P<dates>{DATE_LIST})(?:均|都)?"
    r"(?:(?P<off>放假调休|调休放假|放假|补休|休息|连休|调休(?!上班))|(?P<work>(?:正常|照常|调休)?上班|补班))"
    r"(?:(?P<count>\d+)天)?"
)
_COUNT = re.compile(r"共(?:计)?(?P<count>\d+)天")
_WEEKEND = re.compile(r"[与和]?(?:周末|双休日|周[一五六日])连休")
_FILLER = re.compile(r"不(?:再)?调休|[,。;、.]")
# Advice and closing words: they fix no day (notice for 2024: 「安排职工在除夕(2月9日)休息」 is advice).
_PROSE = re.compile(r"(?:鼓励|(?:国务院(?:办公厅)?|通知)?(?:要求|强调|指出)?[,:]?节假日期间)[^。]*。?")
_OPENING = re.compile(r"经[^。]{0,8}国务院批准|^据此|^按照上述|^现将|通知如下|全文如下|具体安排如下|通知$")
_REST_WORDS = re.compile(r"放假|上班|补休|调休|补班")
_LEGAL_DAYS_CHANGED = 2025
# The farthest make-up day in the notices of 2013-2026 lies 11 days from its holiday.
_FARTHEST_MAKE_UP = timedelta(days=16)


@dataclass(frozen=True)
class Remark:
    """Something to tell about one pasted line (number from 1; 0: about the notice as a whole)."""

    line: int
    text: str
    message: str


@dataclass(frozen=True)
class Holiday:
    """One item of the notice: its name as written, the days off and the make-up working days, sorted."""

    name: str
    off: tuple[date, ...]
    work: tuple[date, ...]
    line: int


@dataclass(frozen=True)
class Notice:
    """What was understood of a pasted notice. `year` is 0 only beside an error."""

    year: int
    title: str
    number: str
    issued_on: date | None
    holidays: tuple[Holiday, ...]
    errors: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    ignored: tuple[Remark, ...]

    def special_days(self) -> tuple[SpecialDay, ...]:
        """The days of the notice, by date. A day named twice (an error then) appears once."""
        days = {d: SpecialDay(d, False, h.name) for h in self.holidays for d in h.off}
        days |= {d: SpecialDay(d, True, h.name) for h in self.holidays for d in h.work}
        return tuple(days[d] for d in sorted(days))


def parse_notice(raw: str) -> Notice:
    """Read the pasted notice. Never raises for its content: what is wrong stands in `errors`, by line."""
    return _Reader(PastedText(raw)).read()


@dataclass
class _Item:
    """A holiday while it is being read; offsets into the text."""

    name: str
    heading: int
    start: int
    end: int
    off: dict[date, int] = field(default_factory=dict)
    work: dict[date, int] = field(default_factory=dict)


class _Reader:
    def __init__(self, pasted: PastedText) -> None:
        self.pasted = pasted
        self.text = pasted.text
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self.ignored: list[Remark] = []

    def read(self) -> Notice:
        items, end, issued_on = self._split()
        body = items[0].heading if items else end
        year = self._read_year(body)
        if not items:
            self._error(0, "", "没有找到任何节日安排。请粘贴通知全文，从标题到落款。")
        self._check_opening(body)
        if year and items:
            for item in items:
                self._read_item(item, year)
            self._check_repetitions(items)
            self._check_days(items, year)
            self._check_whole(year, items, issued_on)
        number = list(_NUMBER.finditer(self.text, 0, body))
        for line, source in self.pasted.lines_between(end, len(self.text)):
            self.ignored.append(Remark(line, source, "落款之后的文字，未采用。"))
        return Notice(
            year=year,
            title=f"国务院办公厅关于{year}年部分节假日安排的通知" if year else "",
            number=f"{number[-1][1]}〔{number[-1][2]}〕{number[-1][3]}号" if number else "",
            issued_on=issued_on,
            holidays=tuple(
                Holiday(i.name, tuple(sorted(i.off)), tuple(sorted(i.work)), self.pasted.line(i.heading))
                for i in items
            ),
            errors=tuple(sorted(self.errors, key=lambda r: r.line)),
            warnings=tuple(sorted(self.warnings, key=lambda r: r.line)),
            ignored=tuple(sorted(self.ignored, key=lambda r: r.line)),
        )

    # -- the frame ---------------------------------------------------------------------------------------

    def _split(self) -> tuple[list[_Item], int, date | None]:
        """The items with their bounds, the end of the notice (after its signature), and its date."""
        headings = [m for m in _HEADING.finditer(self.text) if self._is_heading(m)]
        end, issued_on = len(self.text), None
        signature = _SIGNATURE.search(self.text, headings[0].end() if headings else 0)
        body_end = end
        if signature:
            body_end, end = signature.start(), signature.end()
            issued_on = self._signature_date(signature)
        headings = [m for m in headings if m.start() < body_end]
        bounds = [*(m.start() for m in headings), body_end]
        names = (re.sub(r"[和及]", "、", m["name"]).replace("元旦节", "元旦") for m in headings)
        items = [
            _Item(name, m.start(), m.end(), stop)
            for name, m, stop in zip(names, headings, bounds[1:], strict=True)
        ]
        return items, end, issued_on

    def _is_heading(self, match: re.Match[str]) -> bool:
        """A heading opens a line or follows a sentence, and has a number or a colon (or both)."""
        start = match.start()
        opens = self.pasted.starts_line(start) or self.text[start - 1 : start] in {"。", ";", ":"}
        return opens and bool(match["mark"] or match["colon"])

    def _signature_date(self, match: re.Match[str]) -> date | None:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            self._error(match.start(), match[0], "落款日期不存在，请核对。")
            return None

    def _read_year(self, body: int) -> int:
        titles = [int(m[1]) for m in _TITLE.finditer(self.text, 0, body)]
        subject = _SUBJECT.search(self.text, 0, body)
        years = {*titles[-1:], *([int(subject[1])] if subject else [])}
        if len(years) == 1:
            return years.pop()
        if years:
            offset = subject.start() if subject else 0
            self._error(
                offset,
                "",
                f"标题写的是 {titles[-1]} 年，正文写的是「{subject[0] if subject else ''}」，请核对。",
            )
        else:
            message = (
                "没有找到年份。请连同标题「国务院办公厅关于××××年部分节假日安排的通知」一起粘贴；"
                "只调整个别日期的文件，请到「个别日期调整」中登记。"
            )
            self._error(0, "", message)
        return 0

    def _check_opening(self, body: int) -> None:
        """From the title to the first item: known sentences pass, dated orders among others are errors."""
        title = _TITLE.search(self.text, 0, body)
        position = title.start() if title else 0
        for line, source in self.pasted.lines_between(0, position):
            self.ignored.append(Remark(line, source, "标题之前的文字，未采用。"))
        for sentence in re.findall(r"[^。]*。?", self.text[position:body]):
            if sentence and not _OPENING.search(sentence.rstrip("。:")):
                if ANY_DATE.search(sentence) and _REST_WORDS.search(sentence):
                    self._error(position, sentence, "这句话里有日期，但没有归到哪个节日，不能确定含义。")
                else:
                    self.ignored.append(
                        Remark(self.pasted.line(position), sentence, "正文之前的文字，未采用。")
                    )
            position += len(sentence)

    # -- one item ----------------------------------------------------------------------------------------

    def _read_item(self, item: _Item, year: int) -> None:
        position = item.start
        weekend = False
        while position < item.end:
            if match := _FILLER.match(self.text, position, item.end):
                pass
            elif match := _PROSE.match(self.text, position, item.end):
                self._note_prose(match)
            elif match := _PHRASE.match(self.text, position, item.end):
                self._read_phrase(item, match, year)
            elif match := _COUNT.match(self.text, position, item.end):
                self._check_count(item, match, set(item.off), weekend=weekend)
            elif match := _WEEKEND.match(self.text, position, item.end):
                weekend = True
                self._check_weekend(item, match)
            else:
                position = self._skip_unknown(item, position)
                continue
            position = match.end()
        if not item.off and not item.work:
            self._error(item.heading, item.name, f"「{item.name}」没有读到任何日期。")

    def _note_prose(self, match: re.Match[str]) -> None:
        if ANY_DATE.search(match[0]):
            self.ignored.append(
                Remark(
                    self.pasted.line(match.start()),
                    match[0],
                    "这是鼓励或要求，不是放假安排，其中的日期未采用。",
                )
            )

    def _read_phrase(self, item: _Item, match: re.Match[str], year: int) -> None:
        spans, unreadable = read_spans(match["dates"], match.start(), year=year, new_year="元旦" in item.name)
        for error in unreadable:
            self._error(match.start(), match[0], str(error))
        for span in spans:
            self._check_year(span, year, match)
            for day in span.days():
                target, other = (item.off, item.work) if match["off"] else (item.work, item.off)
                if day in target or day in other:
                    self._error(span.offset, match[0], f"{_said(day)}在「{item.name}」里写了两次。")
                target[day] = span.offset
        if match["count"] and not unreadable:
            days = {day for span in spans for day in span.days()}
            self._check_count(item, match, days, weekend=False)

    def _check_year(self, span: Span, year: int, match: re.Match[str]) -> None:
        if not (date(year - 1, 12, 1) <= span.first and span.last <= date(year + 1, 1, 31)):
            self._error(span.offset, match[0], f"{_said(span.first)}不在 {year} 年前后，请核对年份。")

    def _check_count(self, item: _Item, match: re.Match[str], days: set[date], *, weekend: bool) -> None:
        written = int(match["count"])
        allowed = {len(days)}
        if weekend:
            allowed.add(len(days | _adjacent_weekend(days)))
        line = self.pasted.line(match.start())
        has_error = any(self.pasted.line(item.heading) <= e.line <= line for e in self.errors)
        if written not in allowed and not has_error:
            self._error(match.start(), match[0], f"写的是 {written} 天，但按日期算是 {len(days)} 天。")

    def _check_weekend(self, item: _Item, match: re.Match[str]) -> None:
        if item.off and not _adjacent_weekend(set(item.off)):
            days = "、".join(_said(day) for day in item.off)
            self._error(match.start(), match[0], f"写的是「{match[0]}」，但{days}不与周末相连。")

    def _skip_unknown(self, item: _Item, position: int) -> int:
        stop = min(
            (i for i in (self.text.find(c, position, item.end) for c in "。;") if i >= 0), default=item.end
        )
        segment = self.text[position:stop]
        if ANY_DATE.search(segment) or re.search(r"\d+日", segment):
            self._error(position, segment, "这句话里有日期，但没有读懂。请核对原文是否完整。")
        else:
            self.warnings.append(Remark(self.pasted.line(position), segment, "这句话没有读懂，未采用。"))
        return stop

    # -- the whole ---------------------------------------------------------------------------------------

    def _check_repetitions(self, items: list[_Item]) -> None:
        names: dict[str, _Item] = {}
        days: dict[date, _Item] = {}
        for item in items:
            for name in item.name.split("、"):
                first = names.setdefault(name, item)
                if first is not item:
                    where = f"第 {self.pasted.line(first.heading)} 行已经有「{name}」，是不是粘贴了两次？"
                    self._error(item.heading, name, where)
            for day, offset in {**item.off, **item.work}.items():
                other = days.setdefault(day, item)
                if other is not item and not set(other.name.split("、")) & set(item.name.split("、")):
                    self._error(offset, "", f"{_said(day)}同时写在「{other.name}」和「{item.name}」里。")

    def _check_days(self, items: list[_Item], year: int) -> None:
        """Make-up days fall on weekends, near their holiday; each holiday falls in its season."""
        for item in items:
            for day, offset in item.work.items():
                if day.weekday() < WEEKDAY_NAMES.index("周六"):
                    self._error(offset, "", f"{_said(day)}写作上班，但这天本来就是工作日，请核对日期。")
                elif item.off and min(abs(day - off) for off in item.off) > _FARTHEST_MAKE_UP:
                    self._warn(f"{_said(day)}上班离「{item.name}」太远，请核对月份。", offset)
            for name in set(item.name.split("、")) & set(HOLIDAYS):
                first, last = (date(year, *bound) for bound in HOLIDAYS[name])
                if item.off and not any(first <= day <= last for day in item.off):
                    self._warn(f"「{name}」的放假日期不在{name}前后，请核对月份。", item.heading)

    def _check_whole(self, year: int, items: list[_Item], issued_on: date | None) -> None:
        present = {name for item in items for name in item.name.split("、")}
        absent = [name for name in HOLIDAYS if name not in present]
        if absent:
            self._warn(f"没有读到：{'、'.join(absent)}。请核对通知是否粘贴完整。")
        if issued_on is None:
            self._warn("没有读到落款（国务院办公厅和日期）。请核对通知是否粘贴完整。")
        elif issued_on.year not in {year - 1, year}:
            self._warn(f"落款日期 {issued_on.isoformat()} 与 {year} 年相距过远，请核对。")
        legal = 13 if year >= _LEGAL_DAYS_CHANGED else 11
        rest = sum(day.weekday() < WEEKDAY_NAMES.index("周六") for item in items for day in item.off)
        net = rest - sum(len(item.work) for item in items)
        if net != legal:
            self._warn(
                f"工作日放假 {rest} 天，减去周末上班 {rest - net} 天，净放假 {net} 天；"
                f"按《全国年节及纪念日放假办法》，{year} 年应为 {legal} 天。请核对是否漏贴或有特殊安排。"
            )

    def _error(self, offset: int, text: str, message: str) -> None:
        self.errors.append(Remark(self.pasted.line(offset) if offset or text else 0, text, message))

    def _warn(self, message: str, offset: int | None = None) -> None:
        self.warnings.append(Remark(0 if offset is None else self.pasted.line(offset), "", message))


def _said(day: date) -> str:
    return f"{day.isoformat()}（{WEEKDAY_NAMES[day.weekday()]}）"


def _adjacent_weekend(days: set[date]) -> set[date]:
    """The Saturdays and Sundays that touch the days, or lie among them."""
    near = {day + timedelta(days=n) for day in days for n in (-2, -1, 0, 1, 2)}
    weekend = {day for day in near if day.weekday() >= WEEKDAY_NAMES.index("周六")}
    joined = days & weekend
    grown = True
    while grown:
        more = {
            d for d in weekend - joined if {d - timedelta(days=1), d + timedelta(days=1)} & (days | joined)
        }
        joined |= more
        grown = bool(more)
    return joined
