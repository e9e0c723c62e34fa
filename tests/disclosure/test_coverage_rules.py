"""How an item stands against its time limit: examples by kind of limit, then what must always hold."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.time_limits import parse_time_limit
from disclosure.coverage import (
    Declared,
    Paper,
    Standing,
    assess,
    is_on_request,
    period_to_declare,
)
from disclosure.due_days import due_of, limit_of
from workdays.calendar import SpecialDay, WorkCalendar

OFF = [date(2026, 9, n) for n in (25, 26, 27)] + [date(2026, 10, n) for n in range(1, 8)]
WORK = [date(2026, 9, 20), date(2026, 10, 10)]
CALENDAR = WorkCalendar(
    range(2018, 2027),
    [SpecialDay(d, False, "节") for d in OFF] + [SpecialDay(d, True, "班") for d in WORK],
)
TODAY = date(2026, 11, 20)
LONG_AGO = date(2019, 1, 1)
CATALOGS = Path(__file__).parents[3] / "shared" / "data" / "catalogs"


def judge(
    limit,
    papers=(),
    *,
    declared=(),
    elsewhere="",
    dead=False,
    since=LONG_AGO,
    today=TODAY,
    changed=None,
    before=None,
    on_request=False,
    bound=True,
):
    limit = limit_of(parse_time_limit(limit), bound=bound)
    before = parse_time_limit(before) if before is not None else None
    standing = Standing(limit, since, list(papers), declared, elsewhere, dead, changed, before, on_request)
    return assess(standing, today=today, calendar=CALENDAR)


def public(published, formed=None):
    return Paper(True, formed, published)


def waiting(formed):
    return Paper(False, formed)


def day(text):
    return date.fromisoformat(text)


TWENTY = "信息形成或者变更之日起20个工作日内"
QUARTER = "每季度的首个月20日"


@pytest.mark.parametrize(
    ("formed", "state", "due"),
    [
        ("2026-11-18", "never_published", "2026-12-16"),
        # The twentieth working day is today: still time.
        ("2026-10-23", "due", "2026-11-20"),
        ("2026-10-22", "overdue", "2026-11-19"),
        # Over the National Day holidays and their make-up Saturday.
        ("2026-09-30", "overdue", "2026-11-03"),
    ],
)
def test_an_event_driven_limit_hangs_on_what_is_written(formed, state, due):
    found = judge(TWENTY, [waiting(day(formed))])
    assert (found.state, found.next_due_on) == (state, day(due))
    assert formed in found.reason
    # Drafts are nobody's business outside.
    assert (found.public_state, found.public_due_on) == ("empty", None)


def test_the_most_pressing_paper_counts():
    papers = [waiting(day("2026-11-18")), waiting(day("2026-10-01")), public(day("2026-03-02"))]
    found = judge(TWENTY, papers)
    assert (found.state, found.next_due_on) == ("overdue", day("2026-11-03"))
    assert "共 2 份" in found.reason
    assert (found.public_state, found.last_published_on, found.count) == ("content", day("2026-03-02"), 1)


def test_late_and_timely_papers_are_counted():
    papers = [
        public(day("2026-03-02"), day("2026-02-27")),
        public(day("2026-11-02"), day("2026-09-30")),
        public(day("2026-11-04"), day("2026-09-30")),
        Paper(True),
    ]
    found = judge(TWENTY, papers)
    assert (found.state, found.count, found.late) == ("covered", 4, 1)


def test_twenty_calendar_days_after_an_approval_end_on_a_working_day():
    limit = parse_time_limit("自批准后20日内")
    assert due_of(limit, day("2026-09-10"), CALENDAR).date == day("2026-09-30")
    # The twentieth day is 2026-10-03, in the holidays: the first working day after them.
    assert due_of(limit, day("2026-09-13"), CALENDAR).date == day("2026-10-08")
    found = judge("自批准后20日内", [waiting(day("2026-11-15"))])
    assert "以成文日期代替" in found.reason


@pytest.mark.parametrize(
    ("limit", "formed", "due"),
    [
        ("收到申请后2小时内", "2026-11-20", "2026-11-20"),
        ("决定作出后1个月内", "2026-01-31", "2026-03-02"),
        ("形成后1年内", "2025-11-20", "2026-11-20"),
        ("信息形成之日起99999999个工作日内", "2026-11-20", None),
        ("及时公开", "2026-11-20", None),
    ],
)
def test_other_units(limit, formed, due):
    found = due_of(parse_time_limit(limit), day(formed), CALENDAR)
    assert (found.date.isoformat() if found else None) == due


@pytest.mark.parametrize(
    "limit", ["及时公开", "实时公开", "按进展情况及时公开", "按实际更新", "定期公开", "提前一周"]
)
def test_a_limit_without_a_day_is_never_late(limit):
    old = [waiting(day("2020-01-01"))]
    assert judge(limit, old).state == "never_published"
    found = judge(limit, [*old, public(day("2020-02-01"))])
    assert (found.state, found.next_due_on, found.review_on) == ("covered", None, None)


def test_where_the_catalog_names_no_limit_the_regulation_does():
    found = judge("", [waiting(day("2026-10-22"))])
    assert (found.state, found.next_due_on) == ("overdue", day("2026-11-19"))
    assert "目录没有写时限，按条例第二十六条" in found.reason
    assert "按条例第二十六条" in judge("").reason
    assert judge("", [public(day("2026-11-20"), day("2026-10-22"))]).late == 1
    # Villages, party offices and enterprises answer to other rules (条例 2, 55条).
    assert judge("", [waiting(day("2020-01-01"))], bound=False).state == "never_published"
    assert "系统不提示到期" in judge("", bound=False).reason


@pytest.mark.parametrize(
    ("manner", "alone"),
    [
        (["依申请公开"], True),
        (["依申请"], True),
        (["主动公开", "依申请公开"], False),
        (["主动公开、依申请公开"], False),
        (["主动公开"], False),
        ([""], False),
        ([], False),
        (None, False),
    ],
)
def test_on_request_is_what_names_nothing_else(manner, alone):
    assert is_on_request(manner) is alone


@pytest.mark.parametrize("limit", [TWENTY, QUARTER, "及时公开", ""])
def test_what_is_given_on_request_owes_nothing(limit):
    year = Declared(day("2025-01-01"), day("2025-12-31"))
    found = judge(limit, [waiting(day("2020-01-01"))], declared=[year], on_request=True)
    assert (found.state, found.public_state) == ("on_request", "on_request")
    assert (found.next_due_on, found.public_due_on, found.review_on) == (None, None, None)
    assert (found.ask_again, found.late) == (False, 0)
    shown = judge(limit, [public(day("2026-05-05"))], on_request=True)
    assert (shown.state, shown.public_state, shown.count) == ("on_request", "content", 1)
    assert judge(limit, elsewhere="信用中国", on_request=True).state == "held_elsewhere"


def test_a_limit_that_changed_asks_nothing_of_the_time_before():
    assert judge(QUARTER, changed=day("2026-10-21"), before=TWENTY).state == "never_published"
    assert judge(QUARTER, changed=day("2026-10-20"), before=TWENTY).state == "overdue"
    # A younger item counts from its own day, whatever its limit did before.
    assert judge(QUARTER, since=day("2026-10-21"), changed=day("2020-01-01")).state == "never_published"


@pytest.mark.parametrize(
    ("before", "formed", "changed", "due"),
    [
        # Shortened: the paper keeps the limit of its time.
        ("形成之日起20个工作日内", "2026-11-02", "2026-11-10", "2026-11-30"),
        # What was late under the old one stays late, what the new one allows is allowed.
        ("形成之日起3个工作日内", "2026-11-02", "2026-11-10", "2026-11-09"),
        ("形成之日起3个工作日内", "2026-10-30", "2026-11-10", "2026-11-06"),
        # Nothing named a day then: five days from the day on which one is named.
        ("及时公开", "2026-11-02", "2026-11-10", "2026-11-17"),
        # Formed after the change: the new limit alone.
        ("形成之日起20个工作日内", "2026-11-10", "2026-11-10", "2026-11-17"),
    ],
)
def test_a_paper_keeps_the_limit_of_its_time(before, formed, changed, due):
    found = judge("形成之日起5个工作日内", [waiting(day(formed))], changed=day(changed), before=before)
    assert found.next_due_on == day(due)
    published = [public(day(due), day(formed)), public(day(due) + timedelta(days=1), day(formed))]
    again = judge(
        "形成之日起5个工作日内",
        published,
        changed=day(changed),
        before=before,
        today=day(due) + timedelta(days=1),
    )
    assert (again.count, again.late) == (2, 1)


@pytest.mark.parametrize(
    ("today", "published", "state", "due"),
    [
        # Quarter by quarter, on the 20th of its first month.
        ("2026-11-20", "2026-10-15", "covered", "2027-01-20"),
        ("2026-11-20", "2026-11-02", "covered", "2027-01-20"),
        ("2026-10-15", "2026-09-30", "due", "2026-10-20"),
        ("2026-09-30", "2026-07-10", "covered", "2026-10-20"),
        ("2026-10-20", "2026-07-10", "due", "2026-10-20"),
        ("2026-10-21", "2026-07-10", "overdue", "2026-10-20"),
        ("2026-11-20", None, "overdue", "2026-10-20"),
    ],
)
def test_a_periodic_limit_hangs_on_the_calendar(today, published, state, due):
    papers = [public(day(published))] if published else []
    found = judge(QUARTER, papers, today=day(today))
    assert (found.state, found.next_due_on) == (state, day(due))
    # Outside: the next regular day, the same whether something was missed or not.
    assert found.public_due_on >= day(today)


@pytest.mark.parametrize(
    ("limit", "published", "state", "due"),
    [
        ("每年1月31日前", "2026-02-03", "covered", "2027-01-31"),
        ("每年1月31日前", "2025-12-31", "overdue", "2026-01-31"),
        ("每年", "2026-02-03", "covered", "2027-12-31"),
        ("每年", "2025-02-03", "covered", "2026-12-31"),
        ("半年至少更新1次", "2026-02-03", "covered", "2026-12-31"),
        ("半年至少更新1次", "2025-12-03", "overdue", "2026-06-30"),
        ("每月", "2026-10-31", "due", "2026-11-30"),
        ("每月", "2026-11-01", "covered", "2026-12-31"),
        ("每周", "2026-11-13", "due", "2026-11-22"),
        ("每周", "2026-11-16", "covered", "2026-11-29"),
        # One of two, and none in the year before.
        ("每年至少2次", "2026-02-03", "overdue", "2025-12-31"),
        ("每季度结束后10个工作日内", "2026-09-30", "overdue", "2026-10-20"),
    ],
)
def test_periods_of_every_length(limit, published, state, due):
    found = judge(limit, [public(day(published))])
    assert (found.state, found.next_due_on) == (state, day(due))


def test_nothing_is_owed_for_the_time_before_the_item():
    assert judge(QUARTER, since=day("2026-10-21")).state == "never_published"
    assert judge(QUARTER, since=day("2026-10-21")).next_due_on == day("2027-01-20")
    assert judge(QUARTER, since=day("2026-10-20")).state == "overdue"


def test_a_declaration_holds_until_something_is_published_or_it_runs_out():
    year = Declared(day("2026-01-01"), day("2026-12-31"))
    found = judge(TWENTY, declared=[year])
    assert (found.state, found.public_state, found.review_on) == (
        "none_arose",
        "none_arose",
        day("2027-01-01"),
    )
    assert judge(TWENTY, [public(day("2025-05-05"))], declared=[year]).state == "none_arose"
    assert judge(TWENTY, [public(day("2026-05-05"))], declared=[year]).state == "covered"
    after = judge(TWENTY, declared=[year], today=day("2027-01-01"))
    assert (after.state, after.public_state, after.ask_again) == ("never_published", "empty", True)
    assert "请再确认" in after.reason
    answered = judge(TWENTY, [public(day("2027-01-04"))], declared=[year], today=day("2027-01-05"))
    assert (answered.state, answered.ask_again) == ("covered", False)
    # What is written and waits contradicts the declaration: it is not hidden by it.
    assert judge(TWENTY, [waiting(day("2026-05-05"))], declared=[year]).state == "overdue"


def test_a_declaration_of_a_period_is_asked_again_when_the_next_falls_due():
    limit = parse_time_limit(QUARTER)
    missed = judge(QUARTER)
    said = period_to_declare(limit, missed=missed.next_due_on, today=TODAY, calendar=CALENDAR)
    assert said == Declared(day("2026-10-01"), day("2026-12-31"))
    found = judge(QUARTER, declared=[said])
    assert (found.state, found.ask_again) == ("none_arose", False)
    assert judge(QUARTER, declared=[said], today=day("2027-01-04")).ask_again is False
    again = judge(QUARTER, declared=[said], today=found.review_on + timedelta(days=14))
    assert (again.state, again.ask_again) == ("due", True)
    assert judge(QUARTER, declared=[said], today=day("2027-01-21")).state == "overdue"


def test_what_is_held_elsewhere_is_never_late_here():
    found = judge(QUARTER, elsewhere="信用中国", dead=True)
    assert (found.state, found.public_state, found.next_due_on) == ("held_elsewhere", "elsewhere", None)
    assert "信用中国" in found.reason
    assert "打不开" in found.reason


def test_a_date_in_a_year_without_a_calendar_is_provisional():
    found = judge(TWENTY, [waiting(day("2026-12-10"))], today=day("2026-12-11"))
    assert found.provisional is True
    assert "2027 年的工作日历还没有" in found.reason
    assert judge(TWENTY, [waiting(day("2026-11-10"))]).provisional is False


# What must always hold

LIMITS = [
    TWENTY,
    "自批准后20日内",
    "每年1月31日前",
    QUARTER,
    "每季度",
    "半年至少更新1次",
    "每月10日前",
    "每年",
    "每周",
    "每季度结束后10个工作日内",
    "每年至少2次",
    "及时公开",
    "",
]
BADNESS = {"overdue": 3, "due": 2, "never_published": 1, "covered": 0, "none_arose": 0, "held_elsewhere": 0}
days = st.dates(date(2023, 1, 1), date(2027, 6, 30))
papers = st.builds(
    lambda is_public, formed, later: Paper(
        is_public, formed, formed + timedelta(days=later) if is_public else None
    ),
    st.booleans(),
    days,
    st.integers(0, 90),
)
limits = st.sampled_from(LIMITS)
since = st.dates(date(2022, 1, 1), date(2026, 12, 31))


def declare(limit, today):
    return period_to_declare(parse_time_limit(limit), missed=None, today=today, calendar=CALENDAR)


@given(limits, st.lists(papers, max_size=6), days, since, days)
def test_a_publication_of_today_never_makes_it_worse(limit, known, today, begun, declared_on):
    before = [one for one in known if one.published_on is None or one.published_on <= today]
    said = [declare(limit, declared_on)]
    for declared in ((), said):
        old = judge(limit, before, today=today, since=begun, declared=declared)
        new = judge(limit, [*before, public(today)], today=today, since=begun, declared=declared)
        assert BADNESS[new.state] <= BADNESS[old.state]
        assert new.public_state != "empty"


@given(limits, st.lists(papers, max_size=6), days, since, days)
def test_a_declaration_never_makes_it_worse(limit, known, today, begun, declared_on):
    old = judge(limit, known, today=today, since=begun)
    new = judge(limit, known, today=today, since=begun, declared=[declare(limit, declared_on)])
    assert BADNESS[new.state] <= BADNESS[old.state]


@given(limits, st.lists(papers, max_size=6), days, since, st.integers(1, 400))
def test_without_an_act_time_alone_heals_nothing_overdue(limit, known, today, begun, later):
    before = [one for one in known if one.published_on is None or one.published_on <= today]
    if judge(limit, before, today=today, since=begun).state == "overdue":
        then = today + timedelta(days=later)
        assert judge(limit, before, today=then, since=begun).state == "overdue"


@given(limits, st.lists(papers, max_size=6), days, since, st.lists(days, max_size=2))
def test_nothing_changes_before_the_day_on_which_it_is_looked_at_again(limit, known, today, begun, said):
    before = [one for one in known if one.published_on is None or one.published_on <= today]
    declared = [declare(limit, one) for one in said]
    found = judge(limit, before, today=today, since=begun, declared=declared)
    for step in (1, 3, 9, 20, 70, 200, 380):
        then = today + timedelta(days=step)
        if found.review_on is not None and then >= found.review_on:
            break
        assert judge(limit, before, today=then, since=begun, declared=declared) == found
    assert found.review_on is None or found.review_on > today


@given(limits, st.lists(papers, max_size=6), days, since)
def test_the_public_reads_nothing_of_drafts_and_of_what_is_late(limit, known, today, begun):
    shown = [one for one in known if one.public and one.published_on <= today]
    whole = judge(limit, [one for one in known if not one.public] + shown, today=today, since=begun)
    bare = judge(limit, shown, today=today, since=begun)
    for name in ("public_state", "public_due_on", "last_published_on", "count"):
        assert getattr(whole, name) == getattr(bare, name)
    assert whole.public_due_on is None or whole.public_due_on >= today


@given(
    limits,
    st.lists(papers, max_size=6),
    days,
    since,
    since,
    limits,
    st.lists(days, max_size=2),
    st.booleans(),
)
# Declared ahead for the next run, while the last one was missed.
@example(
    limit="每季度的首个月20日",
    known=[],
    today=date(2023, 5, 1),
    begun=date(2022, 1, 1),
    changed=date(2022, 1, 1),
    before="信息形成或者变更之日起20个工作日内",
    said=[date(2023, 7, 1)],
    on_request=False,
)
def test_the_public_columns_are_the_same_whatever_is_late(
    limit, known, today, begun, changed, before, said, on_request
):
    """Late or not is moved by the days from which something is asked and by drafts, and by nothing else."""
    shown = [one for one in known if one.public and one.published_on <= today]
    declared = [declare(limit, one) for one in said]
    asked = judge(limit, shown, today=today, declared=declared, on_request=on_request)
    late = [one for one in known if not one.public] + shown
    for other in (
        judge(limit, late, today=today, declared=declared, on_request=on_request),
        judge(limit, late, today=today, since=begun, declared=declared, on_request=on_request),
        judge(limit, late, today=today, since=today, declared=declared, on_request=on_request),
        judge(
            limit,
            late,
            today=today,
            declared=declared,
            on_request=on_request,
            changed=changed,
            before=before,
        ),
    ):
        for name in ("public_state", "public_due_on", "last_published_on", "count"):
            assert getattr(other, name) == getattr(asked, name)


@given(limits, limits, st.lists(papers, max_size=6), days, since)
def test_a_change_of_the_limit_makes_nothing_overdue_on_its_day(limit, before, known, today, begun):
    """On the day on which it comes into force: what is overdue was so under the limit before."""
    before_that = [one for one in known if one.published_on is None or one.published_on <= today]
    was = judge(before, before_that, today=today, since=begun)
    now = judge(limit, before_that, today=today, since=begun, changed=today, before=before)
    assert was.state == "overdue" or now.state != "overdue"


@given(st.lists(papers, max_size=6), days, since, limits)
def test_the_reason_is_one_that_fits(known, today, begun, limit):
    declared = [declare(limit, today - timedelta(days=200))]
    found = judge(limit, known, today=today, since=begun, declared=declared)
    assert 0 < len(found.reason) <= 400


def test_every_limit_of_the_real_catalogs_is_judged():
    """The data stand beside the project; where they are missing, the same is asked of the texts above."""
    texts = Counter(LIMITS)
    for file in sorted(CATALOGS.glob("*.expected.json")):
        sheets = json.loads(file.read_text(encoding="utf-8")).get("sheets", [])
        texts.update(item.get("time_limit") or "" for sheet in sheets for item in sheet["items"])
    for text in texts:
        limit = parse_time_limit(text)
        names_a_day = limit.kind in ("workdays", "days", "none") or limit.period is not None
        found = judge(text, [waiting(day("2019-05-05"))])
        assert found.state == ("overdue" if names_a_day else "never_published"), text
        assert (limit.kind == "periodic") == (limit.period is not None) or "定期" in text, text
