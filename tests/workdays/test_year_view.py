"""How a year is laid out for the eye."""

from datetime import date

from workdays.calendar import SpecialDay, WorkCalendar
from workdays.notice import parse_notice
from workdays.year_view import holiday_rows, year_months


def test_broken_runs_of_days_off_stay_apart():
    days = [SpecialDay(date(2026, 1, n), False, "元旦") for n in (1, 2, 4)]
    days += [SpecialDay(date(2026, 1, 10), True, "元旦")]
    (row,) = holiday_rows(days)
    assert row.off == ((date(2026, 1, 1), date(2026, 1, 2)), (date(2026, 1, 4), date(2026, 1, 4)))
    assert (row.off_count, row.work) == (3, (date(2026, 1, 10),))


def test_holidays_stand_in_the_order_of_the_year(notice_text):
    names = [row.name for row in holiday_rows(parse_notice(notice_text(2026)).special_days())]
    assert names == ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"]


def test_twelve_months_of_whole_weeks_with_their_marks(notice_text):
    calendar = WorkCalendar([2026], parse_notice(notice_text(2026)).special_days())
    months = year_months(2026, calendar)
    assert [month.number for month in months] == list(range(1, 13))
    assert sum(month.workdays for month in months) == 248
    cells = {cell.date: cell for month in months for week in month.weeks for cell in week if cell}
    assert len(cells) == 365
    assert {len(week) for month in months for week in month.weeks} == {7}
    assert [cells[date(2026, 2, n)].mark for n in (13, 14, 15)] == ["", "班", "休"]
    assert cells[date(2026, 2, 14)].is_work
    assert months[0].weeks[0][:4] == (None, None, None, cells[date(2026, 1, 1)])
