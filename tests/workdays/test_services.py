"""The one door: who may, what is refused, what is written, what history keeps."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from workdays import services
from workdays.calendar import SpecialDay
from workdays.models import CalendarDay, CalendarYear, DayOverride, load_calendar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)
NEW_YEAR = SpecialDay(date(2027, 1, 1), False, "元旦")
MAKE_UP = SpecialDay(date(2027, 1, 9), True, "元旦")


def save(by, days=(NEW_YEAR, MAKE_UP), **changed):
    fields = {"year": 2027, "title": "国务院办公厅关于2027年部分节假日安排的通知", "now": NOW}
    return services.save_calendar_year(days=days, by=by, **{**fields, **changed})


def history(model):
    return list(model.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", flat=True))


def test_a_year_is_stored_with_who_and_when(officer):
    assert load_calendar().add(date(2026, 12, 31), 1).provisional
    row = save(officer, number="国办发明电〔2026〕9号", issued_on=date(2026, 11, 4), note="一")
    row.refresh_from_db()
    assert (row.confirmed_by, row.confirmed_at) == ("周览", NOW)
    assert (row.number, row.issued_on, row.note) == ("国办发明电〔2026〕9号", date(2026, 11, 4), "一")
    assert row.special_days() == (NEW_YEAR, MAKE_UP)
    calendar = load_calendar()
    assert calendar.years == (2024, 2025, 2026, 2027)
    assert str(calendar.add(date(2026, 12, 31), 1)) == "2027-01-04"


@pytest.mark.parametrize("role", ["", "经办人", "审核人"])
def test_nobody_without_the_right_changes_the_calendar(make_user, role):
    someone = make_user(role)
    override = DayOverride.objects.create(date=date(2026, 8, 10), is_work=False, name="x", basis="x")
    for attempt in (
        lambda: save(someone),
        lambda: services.save_day_override(
            date=date(2026, 8, 11), is_work=False, name="x", basis="x", by=someone
        ),
        lambda: services.remove_day_override(override=override, by=someone),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert load_calendar().years == (2024, 2025, 2026)
    assert DayOverride.objects.get() == override


def test_a_dismissed_officer_changes_nothing(officer):
    officer.is_active = False
    with pytest.raises(PermissionDenied):
        save(officer)


def test_saving_again_writes_only_what_differs(officer):
    save(officer)
    kept = CalendarDay.objects.get(date=NEW_YEAR.date)
    added = SpecialDay(date(2027, 1, 2), False, "元旦")
    moved = SpecialDay(MAKE_UP.date, True, "春节")
    labels = len(history(CalendarDay))
    save(officer, days=[NEW_YEAR, added, moved])
    assert CalendarDay.objects.get(date=NEW_YEAR.date).pk == kept.pk
    assert history(CalendarDay)[labels:] == ["insert", "update"]
    save(officer, days=[NEW_YEAR])
    assert history(CalendarDay)[labels + 2 :] == ["delete", "delete"]
    assert CalendarYear.objects.get(year=2027).special_days() == (NEW_YEAR,)


def test_the_note_stays_unless_given(officer):
    save(officer, note="留着")
    assert save(officer).note == "留着"
    assert save(officer, note="").note == ""


def test_a_day_of_december_goes_over_to_the_notice_that_names_it_last(officer):
    """As the notice for 2019 did with 2018-12-29 and 31."""
    save(officer, year=2026, days=[SpecialDay(date(2026, 12, 31), True, "旧")], title="旧")
    december = SpecialDay(date(2026, 12, 31), False, "元旦")
    assert services.stored_days(year=2027, days=[december]) == (SpecialDay(date(2026, 12, 31), True, "旧"),)
    save(officer, days=[december, NEW_YEAR])
    assert CalendarDay.objects.get(date=december.date).calendar_year.year == 2027
    assert not load_calendar().is_workday(december.date)
    save(officer, year=2026, days=[december], title="旧")  # unchanged but for the notice it belongs to
    assert CalendarDay.objects.get(date=december.date).calendar_year.year == 2026


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([], "没有 2027 年的放假安排"),
        ([SpecialDay(date(2026, 5, 1), False, "x")], "2026-05-01 不在 2027 年前后"),
        ([NEW_YEAR, SpecialDay(NEW_YEAR.date, True, "x")], "写了两次"),
    ],
    ids=["none", "far", "twice"],
)
def test_days_that_cannot_be_are_refused_and_nothing_is_written(officer, days, message):
    with pytest.raises(ValidationError, match=message):
        save(officer, days=days)
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_bad_fields_leave_no_trace(officer):
    with pytest.raises(ValidationError):
        save(officer, url="no address")
    with pytest.raises(ValidationError):
        save(officer, year=1999, days=[SpecialDay(date(1999, 1, 1), False, "x")])
    assert not CalendarYear.objects.filter(year__in=[1999, 2027]).exists()


def test_what_changed_since_the_preview_is_not_overwritten(officer):
    seen = services.stored_mark(year=2027, days=[NEW_YEAR])
    save(officer, days=[MAKE_UP], seen=seen)
    with pytest.raises(services.CalendarMovedError):
        save(officer, days=[NEW_YEAR], seen=seen)
    assert CalendarYear.objects.get(year=2027).special_days() == (MAKE_UP,)


def test_history_knows_who_and_cannot_be_rewritten(officer):
    save(officer)
    event = CalendarYear.pgh_event_model.objects.filter(year=2027).first()
    assert event.pgh_context.metadata["user"] == officer.pk
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        CalendarYear.pgh_event_model.objects.filter(year=2027).update(title="x")
    CalendarDay.objects.filter(date=MAKE_UP.date).update(is_work=False)  # past the services
    assert history(CalendarDay)[-1] == "update"


def test_a_local_day_wins_until_it_is_taken_back(officer):
    day = date(2026, 8, 10)
    row = services.save_day_override(
        date=day, is_work=False, name=" 火把节 ", basis="自治条例第×条", by=officer
    )
    assert row.name == "火把节"
    assert not load_calendar().is_workday(day)
    services.save_day_override(date=day, is_work=True, name="改回", basis="通知", override=row, by=officer)
    assert load_calendar().is_workday(day)
    with pytest.raises(ValidationError, match="日期"):
        services.save_day_override(date=day, is_work=False, name="x", basis="x", by=officer)
    services.remove_day_override(override=row, by=officer)
    assert load_calendar().status(day).name == ""
    assert history(DayOverride) == ["insert", "update", "delete"]


def test_no_day_is_moved_without_a_document(officer):
    with pytest.raises(ValidationError, match="basis"):
        services.save_day_override(date=date(2026, 8, 10), is_work=False, name="x", basis=" ", by=officer)
    with pytest.raises(IntegrityError, match="day_override_has_basis"), transaction.atomic():
        DayOverride.objects.create(date=date(2026, 8, 10), is_work=False, name="x", basis="")


def test_who_and_when_stand_or_fall_together():
    with pytest.raises(IntegrityError, match="calendar_year_who_and_when"), transaction.atomic():
        CalendarYear.objects.filter(year=2026).update(confirmed_by="周览")


def test_the_calendar_is_one_query_and_never_stale(django_assert_num_queries):
    with django_assert_num_queries(1):
        first = load_calendar()
    with django_assert_num_queries(1):
        assert load_calendar() is first
    with connection.cursor() as cursor:  # raw SQL, behind every back
        cursor.execute("UPDATE workdays_calendarday SET is_work = true WHERE date = '2026-10-01'")
    assert load_calendar().is_workday(date(2026, 10, 1))


def test_a_year_without_days_is_loaded_all_the_same():
    CalendarYear.objects.create(year=2030, title="x")
    assert load_calendar().covers(2030)
    assert load_calendar().workdays_in(2030).days == 261
