"""The vectors of DOMAIN §1.8 and the edges of the arithmetic."""

from datetime import date, datetime

import pytest

from workdays.calendar import SpecialDay, WorkCalendar, WorkDate


def special(days):
    return [SpecialDay(day, is_work, "节") for day, is_work in days.items()]


@pytest.fixture(scope="module")
def official(domain_days):
    return WorkCalendar(domain_days, [d for days in domain_days.values() for d in special(days)])


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2024-01-31", "2024-02-08 2024-02-26 2024-03-04 2024-04-01"),
        ("2024-09-20", "2024-09-30 2024-10-16 2024-10-23 2024-11-20"),
        ("2025-01-20", "2025-02-05 2025-02-14 2025-02-21 2025-03-21"),
        ("2025-09-25", "2025-10-11 2025-10-22 2025-10-29 2025-11-26"),
        ("2025-12-22", "2025-12-31 2026-01-13 2026-01-20 2026-02-24"),
        ("2026-02-13", "2026-03-02 2026-03-12 2026-03-19 2026-04-17"),
        ("2026-02-14", "2026-03-03 2026-03-13 2026-03-20 2026-04-20"),
        ("2026-02-16", "2026-03-03 2026-03-13 2026-03-20 2026-04-20"),
        ("2026-04-30", "2026-05-13 2026-05-25 2026-06-01 2026-06-30"),
        ("2026-09-20", "2026-09-30 2026-10-16 2026-10-23 2026-11-20"),
        ("2026-09-30", "2026-10-15 2026-10-27 2026-11-03 2026-12-01"),
    ],
)
def test_the_vectors_of_the_domain(official, received, expected):
    dates = [official.add(date.fromisoformat(received), n) for n in (7, 15, 20, 40)]
    assert [d.date.isoformat() for d in dates] == expected.split()
    assert not any(d.provisional for d in dates)


def test_working_days_of_each_year(official):
    assert [official.workdays_in(year).days for year in (2024, 2025, 2026)] == [251, 248, 248]


def test_the_compound_case_of_the_domain(official):
    received = date(2026, 3, 2)
    due0 = official.add(received, 20)
    assert due0.date == date(2026, 3, 30)
    paused = official.between(date(2026, 3, 9), date(2026, 3, 18))
    assert paused.days == 7
    due1 = official.add(due0, paused.days)
    assert due1.date == date(2026, 4, 9)
    assert official.add(due1, 20) == WorkDate(date(2026, 5, 11))
    assert official.add(received, 7).date == date(2026, 3, 11)
    assert official.add(date(2026, 3, 20), 20).date == date(2026, 4, 20)


def test_make_up_day_is_worked_and_holiday_is_not(official):
    assert official.is_workday(date(2026, 2, 14))  # a Saturday
    assert not official.is_workday(date(2026, 2, 16))  # a Monday
    assert official.status(date(2026, 2, 16)).name == "节"
    assert official.special_days(date(2026, 2, 13), date(2026, 2, 15)) == (
        SpecialDay(date(2026, 2, 14), True, "节"),
        SpecialDay(date(2026, 2, 15), False, "节"),
    )


@pytest.mark.parametrize(
    ("start", "provisional"),
    [(date(2026, 12, 3), False), (date(2026, 12, 4), True), (date(2027, 3, 1), True)],
)
def test_twenty_days_into_a_year_without_notice_are_provisional(official, start, provisional):
    due = official.add(start, 20)
    assert due.provisional is provisional
    assert due.missing_years == ((2027,) if provisional else ())


def test_a_provisional_date_says_so_and_stays_so_in_a_chain(official):
    due = official.add(date(2026, 12, 4), 20)
    assert str(due) == "2027-01-01（暂定）"
    assert official.add(due, 0).provisional
    assert official.between(date(2026, 12, 1), due).missing_years == (2027,)


def test_a_later_step_in_a_loaded_year_stays_provisional():
    loaded_2024 = WorkCalendar([2024])
    due = loaded_2024.add(date(2023, 12, 28), 5)
    assert due == WorkDate(date(2024, 1, 4), (2023,))
    assert loaded_2024.add(due, 10).missing_years == (2023,)
    assert loaded_2024.on_or_after(due).missing_years == (2023,)
    assert loaded_2024.between(due, date(2024, 2, 1)).missing_years == (2023,)


def test_the_starting_day_itself_needs_no_calendar():
    """Counting from New Year's Eve of an unloaded year touches only days of the next."""
    loaded_2026 = WorkCalendar([2026])
    assert not loaded_2026.add(date(2025, 12, 31), 1).provisional
    assert not loaded_2026.between(date(2025, 12, 31), date(2026, 1, 5)).provisional
    assert loaded_2026.add(date(2025, 12, 30), 1).missing_years == (2025,)


def test_zero_days_give_the_day_itself_even_a_rest_day(official):
    assert official.add(date(2026, 2, 16), 0) == WorkDate(date(2026, 2, 16))


def test_negative_days_are_refused(official):
    with pytest.raises(ValueError, match="不能为负数"):
        official.add(date(2026, 3, 2), -1)


def test_a_period_cannot_end_before_it_starts(official):
    with pytest.raises(ValueError, match="2026-03-01 早于起日 2026-03-02"):
        official.between(date(2026, 3, 2), date(2026, 3, 1))


def test_beyond_the_last_date_is_a_clear_error(official):
    with pytest.raises(ValueError, match="9999"):
        official.add(date(9999, 12, 30), 5)


def test_a_datetime_is_refused_rather_than_overlooking_every_holiday(official):
    noon = datetime(2026, 10, 1, 12)  # noqa: DTZ001
    for ask in (
        lambda: official.is_workday(noon),
        lambda: official.add(noon, 1),
        lambda: official.status(noon),
    ):
        with pytest.raises(TypeError):
            ask()


@pytest.mark.parametrize(
    ("last_day", "moved"),
    [("2026-02-16", "2026-02-24"), ("2026-02-14", "2026-02-14"), ("2026-03-04", "2026-03-04")],
)
def test_a_period_in_calendar_days_that_ends_on_a_rest_day_moves_on(official, last_day, moved):
    assert official.on_or_after(date.fromisoformat(last_day)).date == date.fromisoformat(moved)


def test_a_local_override_wins_and_loads_no_year():
    torch_festival = SpecialDay(date(2026, 8, 10), False, "火把节")
    calendar = WorkCalendar([2026], [SpecialDay(date(2026, 8, 10), True, "x")], [torch_festival])
    assert not calendar.is_workday(date(2026, 8, 10))
    assert calendar.add(date(2026, 8, 7), 1) == WorkDate(date(2026, 8, 11))
    assert WorkCalendar([], [], [torch_festival]).status(date(2026, 8, 10)).provisional


def test_one_day_cannot_be_both():
    both = [SpecialDay(date(2026, 8, 10), flag) for flag in (True, False)]
    with pytest.raises(ValueError, match="2026-08-10"):
        WorkCalendar([2026], both)


def test_calendars_are_compared_by_what_they_say():
    day = SpecialDay(date(2026, 8, 10), False, "火把节")
    assert WorkCalendar([2026], [day]) == WorkCalendar([2026], (), [day])
    assert hash(WorkCalendar([2026], [day])) == hash(WorkCalendar([2026], (), [day]))
    assert WorkCalendar([2026], [day]) != WorkCalendar([2026])
    assert WorkCalendar([2026]).covers(2026)
    assert not WorkCalendar([2026]).covers(2027)
