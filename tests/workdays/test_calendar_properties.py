"""What must hold of any calendar, whatever its holidays (hypothesis)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workdays.calendar import SpecialDay, WorkCalendar

FIRST, LAST = date(2023, 1, 1), date(2027, 12, 31)
# Half of them near the turn of a year, where the missing years show.
turns = st.builds(date, st.integers(2023, 2027), st.sampled_from([1, 12]), st.integers(1, 31))
dates = st.one_of(st.dates(FIRST, LAST), turns)
counts = st.integers(0, 90)


@st.composite
def calendars(draw):
    years = draw(st.sets(st.integers(2023, 2028)))
    days = draw(st.dictionaries(dates, st.booleans(), max_size=60))
    runs = draw(st.lists(st.tuples(dates, st.integers(1, 12)), max_size=6))
    for start, length in runs:
        days |= {start + timedelta(n): False for n in range(length)}
    local = draw(st.dictionaries(dates, st.booleans(), max_size=5))
    return WorkCalendar(
        years, [SpecialDay(*item) for item in days.items()], [SpecialDay(*item) for item in local.items()]
    )


def each_day(after, until):
    return [after + timedelta(n) for n in range(1, (until - after).days + 1)]


@given(calendars(), dates, st.integers(1, 90))
def test_the_result_is_a_working_day_after_the_start(calendar, start, n):
    found = calendar.add(start, n).date
    assert found > start
    assert calendar.is_workday(found)


@given(calendars(), dates, counts)
def test_between_undoes_add(calendar, start, n):
    assert calendar.between(start, calendar.add(start, n)).days == n


@given(calendars(), dates, dates)
def test_add_undoes_between_on_working_days(calendar, one, other):
    start, end = sorted((one, other))
    if calendar.is_workday(end) or start == end:
        assert calendar.add(start, calendar.between(start, end).days).date == end


@given(calendars(), dates, counts, counts)
def test_steps_add_up_dates_and_missing_years_alike(calendar, start, n, m):
    assert calendar.add(start, n + m) == calendar.add(calendar.add(start, n), m)


@given(calendars(), dates, dates, counts, counts)
def test_later_or_longer_is_never_earlier(calendar, one, other, n, m):
    (start, later), (few, more) = sorted((one, other)), sorted((n, m))
    assert calendar.add(start, few).date <= calendar.add(start, more).date
    assert calendar.add(start, n).date <= calendar.add(later, n).date


@given(calendars(), st.lists(dates, min_size=3, max_size=3).map(sorted))
def test_between_is_additive(calendar, three):
    a, b, c = three
    whole, first, second = calendar.between(a, c), calendar.between(a, b), calendar.between(b, c)
    assert whole.days == first.days + second.days
    assert set(whole.missing_years) == set(first.missing_years) | set(second.missing_years)


@given(calendars(), dates, dates)
def test_between_counts_what_is_workday_says_day_by_day(calendar, one, other):
    start, end = sorted((one, other))
    assert calendar.between(start, end).days == sum(map(calendar.is_workday, each_day(start, end)))


@given(calendars(), dates, counts)
def test_provisional_exactly_when_a_day_counted_lies_in_an_unloaded_year(calendar, start, n):
    found = calendar.add(start, n)
    missing = {day.year for day in each_day(start, found.date)} - set(calendar.years)
    assert set(found.missing_years) == missing
    assert found.provisional == bool(missing)


@given(calendars(), dates)
def test_the_next_working_day_skips_none(calendar, day):
    found = calendar.on_or_after(day).date
    assert calendar.is_workday(found)
    assert not any(map(calendar.is_workday, each_day(day - timedelta(1), found - timedelta(1))))


@given(calendars(), st.integers(2023, 2027))
def test_a_year_is_the_sum_of_its_days(calendar, year):
    days = each_day(date(year - 1, 12, 31), date(year, 12, 31))
    assert calendar.workdays_in(year).days == sum(map(calendar.is_workday, days))
    assert calendar.workdays_in(year).provisional == (not calendar.covers(year))
