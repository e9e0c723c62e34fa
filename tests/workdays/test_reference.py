"""The reviewed years that come with the system."""

import json

import pytest
from django.core.management import call_command

from workdays import services
from workdays.models import CalendarDay, CalendarYear, load_calendar
from workdays.notice import parse_notice


def test_the_data_are_what_the_notices_and_the_domain_say(domain_days, notice_text):
    reviewed = {notice["year"]: notice for notice in services.reviewed_years()}
    assert sorted(reviewed) == sorted(domain_days) == [2024, 2025, 2026]
    for year, notice in reviewed.items():
        read = parse_notice(notice_text(year))
        assert services.reviewed_days(notice) == read.special_days()
        assert {d.date: d.is_work for d in read.special_days()} == domain_days[year]
        assert (notice["title"], notice["number"]) == (read.title, read.number)
        assert notice["issued_on"] == read.issued_on.isoformat()
        assert notice["url"].startswith("https://www.gov.cn/")


def test_the_file_names_its_source():
    assert "国务院办公厅" in json.loads(services._REVIEWED.read_text(encoding="utf-8"))["source"]


@pytest.mark.django_db
def test_migrate_leaves_a_calendar_that_counts():
    calendar = load_calendar()
    assert calendar.years == (2024, 2025, 2026)
    assert [calendar.workdays_in(year).days for year in calendar.years] == [251, 248, 248]


@pytest.mark.django_db
def test_migrating_again_changes_nothing_and_keeps_what_staff_corrected():
    CalendarDay.objects.filter(date="2026-10-10").delete()
    CalendarYear.objects.filter(year=2026).update(note="本县核对")
    before = list(CalendarDay.objects.values_list("pk", "date", "is_work"))
    call_command("migrate", verbosity=0)
    assert list(CalendarDay.objects.values_list("pk", "date", "is_work")) == before
    assert CalendarYear.objects.get(year=2026).note == "本县核对"


@pytest.mark.django_db(transaction=True)
def test_a_flushed_database_gets_the_years_back():
    call_command("flush", interactive=False, verbosity=0)
    assert load_calendar().years == (2024, 2025, 2026)
    assert CalendarDay.objects.count() == 108
