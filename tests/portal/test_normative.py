"""规范性文件库: in force on any day, the annual report's figures, and the same as Excel."""

import io
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.http import QueryDict
from python_calamine import load_workbook

from disclosure.states import Validity
from portal.normative import days_of, figures
from tests.factories import AgencyFactory, DocumentFactory, TopicFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("frozen"),
]
ADDRESS = "/open-government/statutory/normative/"


@pytest.fixture
def frozen():
    with time_machine.travel(datetime(2026, 11, 20, 2, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def papers():
    """Two agencies: made before and in the year, repealed, expired, amended, one without any word."""
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局", short_name="县民政局", order=1)
    nongye = AgencyFactory(code="nongye", name="青澜县农业农村局", order=2)

    def make(title, agency=minzheng, **facts):
        return DocumentFactory(published=True, title=title, agency=agency, is_normative=True, **facts)

    make("老的还有效", written_on=date(2020, 5, 1))
    make("今年的", written_on=date(2026, 3, 1), topic=TopicFactory(code="t-20", name="民生"))
    make("今年废止的", written_on=date(2021, 1, 1), repealed_on=date(2026, 6, 1))
    make("明年才废止的", written_on=date(2021, 1, 1), repealed_on=date(2027, 1, 1))
    make("今年到期的", written_on=date(2021, 1, 1), expires_on=date(2026, 8, 31))
    make("修改过的", nongye, written_on=date(2022, 1, 1), amended_on=date(2024, 1, 1))
    make("没有写明的", nongye, written_on=date(2019, 1, 1), validity="")
    make("早就废止的", nongye, written_on=date(2010, 1, 1), validity=Validity.REPEALED)
    DocumentFactory(published=True, title="不是规范性文件", agency=minzheng)
    DocumentFactory(title="还没公开的规范性文件", agency=minzheng, is_normative=True)


def numbers(line):
    return (line.made, line.repealed, line.expired, line.standing, line.unknown)


def test_figures_by_agency_and_in_all(papers, django_assert_num_queries):
    days = days_of(QueryDict(""))
    assert (days.first, days.last) == (date(2026, 1, 1), date(2026, 11, 20))
    with django_assert_num_queries(1):
        lines, total = figures(days)
    assert [(line.code, numbers(line)) for line in lines] == [
        ("minzheng", (1, 1, 1, 3, 0)),
        ("nongye", (0, 0, 0, 1, 1)),
    ]
    assert numbers(total) == (1, 1, 1, 4, 1)


def test_the_years_join(papers):
    """现行有效(y) = 现行有效(y-1) + 制发 - 废止 - 失效 (DOMAIN §2.2)."""
    for year in range(2021, 2027):
        _, before = figures(days_of(QueryDict(f"on={year - 1}-12-31")))
        _, now = figures(days_of(QueryDict(f"on={year}-12-31")))
        assert now.standing == before.standing + now.made - now.repealed - now.expired, year


def test_the_list_is_that_of_the_day(papers, client):
    def titles(query=""):
        return {one.title for one in client.get(f"{ADDRESS}{query}").context["page"]}

    assert titles() == {"老的还有效", "今年的", "明年才废止的", "修改过的"}
    assert titles("?on=2026-05-31") >= {"今年废止的", "今年到期的"}
    assert "今年的" not in titles("?on=2025-12-31")
    assert titles("?validity=repealed") == {"今年废止的", "早就废止的"}
    assert titles("?validity=expired&on=2026-08-31") == set()
    assert titles("?validity=expired&on=2026-09-01") == {"今年到期的"}
    assert len(titles("?validity=all")) == 8
    assert titles("?agency=nongye") == {"修改过的"}
    assert titles("?year=2026") == titles("?topic=t-20") == {"今年的"}
    facets = {one.name: one for one in client.get(ADDRESS).context["facets"]}
    assert {o.value: o.count for o in facets["validity"].options} == {
        "in_force": 3,
        "amended": 1,
        "expired": 1,
        "repealed": 2,
    }
    page = client.get(f"{ADDRESS}?on=bad&from=2030-01-01").content.decode()
    assert "不是日期" in page


def test_the_book_holds_the_same(papers, client):
    response = client.get("/open-government/statutory/normative.xlsx?agency=minzheng")
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    listed = book.get_sheet_by_name("规范性文件").to_python()
    assert [row[1] for row in listed[3:]] == ["今年的", "明年才废止的", "老的还有效"]
    counted = book.get_sheet_by_name("制发废止有效件数").to_python()
    assert counted[2] == ["制发单位", "制发件数", "废止件数", "失效件数", "现行有效件数"]
    assert counted[-1] == ["全县", 1, 1, 1, 4]


def test_an_empty_library_says_so(client):
    assert "还没有公开规范性文件" in client.get(ADDRESS).content.decode()
