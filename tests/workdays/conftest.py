"""The table of DOMAIN §1.8, the notices' prose, and people with and without the right."""

from datetime import date, timedelta
from pathlib import Path

import pytest

NOTICES = Path(__file__).parent / "notices"
# DOMAIN §1.8, as it stands there: ranges off, single days worked.
TABLE = {
    2024: ("1/1; 2/10-17; 4/4-6; 5/1-5; 6/10; 9/15-17; 10/1-7", "2/4 2/18 4/7 4/28 5/11 9/14 9/29 10/12"),
    2025: ("1/1; 1/28-2/4; 4/4-6; 5/1-5; 5/31-6/2; 10/1-8", "1/26 2/8 4/27 9/28 10/11"),
    2026: ("1/1-3; 2/15-23; 4/4-6; 5/1-5; 6/19-21; 9/25-27; 10/1-7", "1/4 2/14 2/28 5/9 9/20 10/10"),
}


def _day(year: int, text: str, month: str = "") -> date:
    month, _, day = text.rpartition("/") if "/" in text else (month, "", text)
    return date(year, int(month), int(day))


def _table_days(year: int) -> dict[date, bool]:
    off, work = TABLE[year]
    days = {}
    for span in off.split("; "):
        first, _, last = span.partition("-")
        start = _day(year, first)
        end = _day(year, last, str(start.month)) if last else start
        days |= {start + timedelta(n): False for n in range((end - start).days + 1)}
    return days | {_day(year, text): True for text in work.split()}


@pytest.fixture(scope="session")
def domain_days():
    """{year: {date: is work}} of DOMAIN §1.8."""
    return {year: _table_days(year) for year in TABLE}


@pytest.fixture(scope="session")
def notice_text():
    """The official prose of one year's notice."""
    return lambda year: (NOTICES / f"{year}.txt").read_text(encoding="utf-8")


@pytest.fixture
def make_user(db):
    """A member of staff in the role of that name ('' for none)."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    def make(role: str, username: str = "someone"):
        user = get_user_model().objects.create_user(
            username=username, password="correct horse 42", full_name="周览", is_staff=True
        )
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def officer(make_user):
    """Someone of 县政府办公室, who keeps the calendar."""
    return make_user("县政府办公室", "officer")


@pytest.fixture
def clerk(make_user):
    """经办人: sees the calendar, may not change it."""
    return make_user("经办人", "clerk")
