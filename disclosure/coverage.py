"""How an item of the catalog stands against its own time limit. Pure: no Django, no database.

Two kinds of limits say by when. *Event-driven* ones (「信息形成之日起20个工作日内」, 条例 26条;
「批准后20日内」, 预算法 14条) hang on the documents: one that is written and not yet public is due so many
days after its 成文日期. *Periodic* ones (「每年1月31日前」, 「每季度」) hang on the calendar. All others
(及时, 实时, 按进展, what cannot be read) name no day, and an item under them is never late. Where the catalog
writes nothing, 条例 26条 itself says by when.

What is given on request alone (依申请公开) owes no publication at all.

What staff say goes before what is reckoned: 本年未产生 (declared for a period, until something is published
in it) and 在其他平台公开. Without these two most of what looks late is not, and people stop looking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from catalog.time_limits import Period, TimeLimit
from disclosure.due_days import STATUTORY, due_of
from disclosure.periods import Run, next_run, previous_run, run_of
from workdays.calendar import WorkCalendar, WorkDate

State = Literal["overdue", "due", "never_published", "covered", "none_arose", "held_elsewhere", "on_request"]
PublicState = Literal["content", "none_arose", "elsewhere", "on_request", "empty"]

#: What is due within so many working days is "due" (即将到期); before that it is nobody's worry.
HORIZON = 10
_DAY = timedelta(days=1)
#: Events that the 成文日期 is the day of; for others it stands for the day that nobody recorded.
_FORMED = ("形成", "变更", "制定", "印发", "产生", "发文", "获取")
_BY_STATUTE = "目录没有写时限，按条例第二十六条（信息形成或者变更之日起20个工作日内）计算。"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document under an item; of an archive, public perhaps without a day. `opened_on`: the day of the
    re-check (复核) that made it 主动公开, from which its clock runs."""

    public: bool
    formed_on: date | None = None
    published_on: date | None = None
    opened_on: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration that nothing arose from one day to another, both included."""

    covers_from: date
    covers_until: date


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of an item. `since`: the day from which it is in force. `elsewhere`: the name of the
    platform that holds it, or ''; `dead`: its address does not open. `limit_since`: the day from which the
    limit reads so, where it read otherwise (`limit_before`) until then. `on_request`: see `is_on_request`."""

    limit: TimeLimit
    since: date
    papers: Iterable[Paper] = ()
    declared: Sequence[Declared] = ()
    elsewhere: str = ""
    dead: bool = False
    limit_since: date | None = None
    limit_before: TimeLimit | None = None
    on_request: bool = False

    @property
    def asked_since(self) -> date:
        """The day from which this limit is asked of this item."""
        return max(self.since, self.limit_since or self.since)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer. `next_due_on` is for staff and may lie in the past; `public_due_on` is a regular date that
    lies ahead. `review_on`: the day on which the answer changes by itself, if there is one."""

    state: State
    public_state: PublicState
    reason: str
    next_due_on: date | None = None
    public_due_on: date | None = None
    last_published_on: date | None = None
    count: int = 0
    late: int = 0
    provisional: bool = False
    ask_again: bool = False
    review_on: date | None = None


@dataclass(slots=True)
class _Figures:
    """The papers, summed up in one pass, and the declarations that nothing has made void."""

    count: int = 0
    late: int = 0
    last: date | None = None
    days: list[date] = field(default_factory=list)
    #: What is written and not public: how many, and which is due first.
    open: int = 0
    first_due: WorkDate | None = None
    first: Paper | None = None
    live: list[Declared] = field(default_factory=list)
    #: One of them covers today.
    now: bool = False


def assess(standing: Standing, *, today: date, calendar: WorkCalendar) -> Assessment:
    """Judge one item on one day. Never raises for what a catalog or a document may hold."""
    limit = standing.limit
    figures = _sum_up(standing, calendar)
    figures.live = [one for one in standing.declared if not _is_void(one, figures.days)]
    figures.now = any(one.covers_from <= today <= one.covers_until for one in figures.live)
    if standing.elsewhere:
        return _elsewhere(standing, figures)
    if standing.on_request:
        return _on_request(figures)
    if limit.kind == "periodic" and limit.period:
        found = _periodic(limit.period, standing, figures, today, calendar)
    elif figures.first_due is not None:
        found = _pending(limit, figures, today, calendar)
    else:
        found = _quiet(limit, figures)
    return _with_declarations(found, figures, today)


def is_on_request(manner: Iterable[str] | None) -> bool:
    """Whether the 公开方式 names 依申请公开 and nothing else. A file without that column says nothing."""
    ways = [way for way in manner or () if way.strip()]
    return bool(ways) and all("申请" in way and "主动" not in way for way in ways)


# Event-driven limits


def _due_under(standing: Standing, paper: Paper, calendar: WorkCalendar) -> WorkDate | None:
    """The day for a paper, which a limit that came later never makes earlier: of the limit of its time and
    the present one the later; where the former named no day, the present one counts from its own first."""
    if paper.opened_on is not None:
        return due_of(STATUTORY, paper.opened_on, calendar)
    formed_on, changed, before = paper.formed_on, standing.limit_since, standing.limit_before
    due = due_of(standing.limit, formed_on, calendar) if formed_on else None
    if formed_on is None or due is None or changed is None or before is None or formed_on >= changed:
        return due
    earlier = due_of(before, formed_on, calendar) or due_of(standing.limit, changed, calendar)
    return max(due, earlier, key=lambda day: day.date) if earlier else due


def _sum_up(standing: Standing, calendar: WorkCalendar) -> _Figures:
    found = _Figures()
    for paper in standing.papers:
        due = _due_under(standing, paper, calendar)
        if paper.public:
            found.count += 1
            if paper.published_on:
                found.days.append(paper.published_on)
                found.late += due is not None and paper.published_on > due.date
        elif due is not None:
            found.open += 1
            if found.first_due is None or due.date < found.first_due.date:
                found.first_due, found.first = due, paper
    found.last = max(found.days, default=None)
    return found


def _pending(limit: TimeLimit, figures: _Figures, today: date, calendar: WorkCalendar) -> Assessment:
    due = figures.first_due or WorkDate(today)
    state: State
    if due.date < today:
        state, review = "overdue", None
        words = f"应在 {due} 前公开，已过期限。请尽快送审；不该公开的，请改公开属性并写明依据"
    else:
        remind = _reminder_day(due.date, calendar)
        state = "due" if today >= remind else _plain(figures)
        review, words = due.date + _DAY if today >= remind else remind, f"请在 {due} 前公开"
    first, more = figures.first or Paper(False), f"，共 {figures.open} 份" if figures.open > 1 else ""
    told = f"{first.opened_on} 转为主动公开" if first.opened_on else f"{first.formed_on} 成文"
    words += f"。{'' if first.opened_on else _proxy(limit)}"
    return _answer(state, figures, f"有 {told}的文件还没有公开{more}：{words}", due=due, review=review)


def _proxy(limit: TimeLimit) -> str:
    if limit == STATUTORY:
        return _BY_STATUTE
    if not limit.start_event or any(word in limit.start_event for word in _FORMED):
        return ""
    return f"目录从「{limit.start_event}」起算，系统以成文日期代替。"


# Periodic limits


def _periodic(
    period: Period, standing: Standing, figures: _Figures, today: date, calendar: WorkCalendar
) -> Assessment:
    run = run_of(period, today, calendar)
    passed = run if run.deadline.date < today else previous_run(period, run, calendar)
    ahead = run if run.deadline.date >= today else next_run(period, run, calendar)
    # Nothing is asked of the time before the item stood in the catalog, or its limit read so.
    obliged = passed.deadline.date >= standing.asked_since
    following = next_run(period, ahead, calendar) if _met(period, ahead, standing, figures) else ahead
    if obliged and not any(_met(period, one, standing, figures) for one in (passed, run)):
        due, regular = passed.deadline, following.deadline.date
        reason = f"应在 {due} 前公开{_times(period)}，到今天还没有。没有产生的，请声明未产生。"
        review = ahead.deadline.date + _DAY
        return _answer("overdue", figures, reason, due=due, review=review, public_due=regular)
    due = following.deadline
    # What is published before a run begins does not count for it: nobody is reminded earlier.
    remind = max(_reminder_day(due.date, calendar), following.start)
    state, reason = _waiting(period, figures, (passed, run), due)
    if today >= remind:
        state, reason = "due", f"请在 {due} 前公开{_times(period)}；没有产生的，请声明未产生。"
    review = min(due.date if today >= remind else remind - _DAY, run.end) + _DAY
    return _answer(state, figures, reason, due=due, review=review, public_due=due.date)


def _waiting(period: Period, figures: _Figures, runs: Sequence[Run], due: WorkDate) -> tuple[State, str]:
    """State and reason while the next day lies far ahead."""
    for one in figures.live:
        if any(_covers(one, run) for run in runs) and not _came_after(one, figures):
            return (
                "none_arose",
                f"已声明到 {one.covers_until} 为止未产生；下一次请在 {due} 前公开或再次确认。",
            )
    last = f"最近一次公开是 {figures.last}" if figures.last else "还没有公开过"
    return _plain(figures), f"{last}；下一次请在 {due} 前公开{_times(period)}。"


def _met(period: Period, run: Run, standing: Standing, figures: _Figures) -> bool:
    """Enough was published since the run began, or it was declared that nothing arose in it."""
    if any(_covers(one, run) for one in standing.declared):
        return True
    return sum(day >= run.start for day in figures.days) >= period.times


def _covers(declared: Declared, run: Run) -> bool:
    return declared.covers_from <= run.start and run.end <= declared.covers_until


def _times(period: Period) -> str:
    return f"（每期至少 {period.times} 次）" if period.times > 1 else ""


# What stands between the two


def _elsewhere(standing: Standing, figures: _Figures) -> Assessment:
    reason = f"在「{standing.elsewhere}」公开。"
    if standing.dead:
        reason += "登记的网址连续几天打不开，请核对后改过来。"
    return Assessment(
        "held_elsewhere",
        "elsewhere",
        reason,
        last_published_on=figures.last,
        count=figures.count,
        late=figures.late,
    )


def _on_request(figures: _Figures) -> Assessment:
    """条例 27条: given to whoever asks. What is public of it all the same is shown."""
    return Assessment(
        "on_request",
        "content" if figures.count else "on_request",
        "公开方式是依申请公开：有人申请时依法答复，不用主动公开，也不提示到期。",
        last_published_on=figures.last,
        count=figures.count,
    )


def _quiet(limit: TimeLimit, figures: _Figures) -> Assessment:
    """Nothing is waiting and no day is named."""
    state: State = "none_arose" if figures.now else _plain(figures)
    if figures.now:
        reason = "已声明本年未产生。"
    elif figures.count:
        last = f"最近一次公开是 {figures.last}" if figures.last else "已有公开的文件，日期没有记录"
        reason = f"{last}。"
    else:
        reason = "还没有公开过：有内容的请起草，没有产生的请声明本年未产生，在别处公开的请登记网址。"
    if limit == STATUTORY:
        reason += _BY_STATUTE
    elif limit.kind not in ("workdays", "days"):
        reason += "目录没有写明具体期限，系统不提示到期。"
    return _answer(state, figures, reason)


def _plain(figures: _Figures) -> State:
    return "covered" if figures.count else "never_published"


def _answer(
    state: State,
    figures: _Figures,
    reason: str,
    *,
    due: WorkDate | None = None,
    public_due: date | None = None,
    review: date | None = None,
) -> Assessment:
    if due is not None and due.provisional:
        years = "、".join(map(str, due.missing_years))
        reason += f"（{years} 年的工作日历还没有，日期暂定。）"
    return Assessment(
        state,
        "none_arose" if figures.now else "content" if figures.count else "empty",
        reason,
        next_due_on=due.date if due else None,
        public_due_on=public_due,
        last_published_on=figures.last,
        count=figures.count,
        late=figures.late,
        provisional=due is not None and due.provisional,
        review_on=review,
    )


def _is_void(declared: Declared, days: Iterable[date]) -> bool:
    return any(declared.covers_from <= day <= declared.covers_until for day in days)


def _came_after(declared: Declared, figures: _Figures) -> bool:
    return figures.last is not None and figures.last > declared.covers_until


def _with_declarations(found: Assessment, figures: _Figures, today: date) -> Assessment:
    """Ask again for what was declared and has run out; and look again on the day when it does."""
    edges = [found.review_on] if found.review_on else []
    for one in figures.live:
        edges += [day for day in (one.covers_from, one.covers_until + _DAY) if day > today]
    past = [one for one in figures.live if one.covers_until < today]
    last = max(past, key=lambda one: one.covers_until, default=None)
    settled = figures.now or figures.open or found.state == "none_arose"
    open_question = found.next_due_on is None or found.state in ("due", "overdue")
    ask = last is not None and not _came_after(last, figures) and open_question and not settled
    words = f"上次声明未产生到 {last.covers_until} 为止，请再确认。" if ask and last else ""
    return replace(found, reason=words + found.reason, ask_again=ask, review_on=min(edges, default=None))


def period_to_declare(
    limit: TimeLimit, *, missed: date | None, today: date, calendar: WorkCalendar
) -> Declared:
    """The period for which 本年未产生 is declared today: the calendar year; under a periodic limit the run of
    the day that was `missed`, else the present run."""
    if limit.kind != "periodic" or limit.period is None:
        return Declared(date(today.year, 1, 1), date(today.year, 12, 31))
    run = run_of(limit.period, missed or today, calendar)
    return Declared(run.start, run.end)


def _reminder_day(due: date, calendar: WorkCalendar) -> date:
    """The first day on which `due` lies no more than `HORIZON` working days ahead."""
    day, between = due - _DAY, 0
    while between + calendar.is_workday(day) < HORIZON:
        between += calendar.is_workday(day)
        day -= _DAY
    return day
