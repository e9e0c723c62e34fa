"""解读率 and its delay (DOMAIN §5), by rule and from the records; whoever sees which agency."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from interpretation import promptness
from interpretation.promptness import Paper, judge, month_of, tally, total
from tests.factories import DocumentFactory, InterpretationFactory

FRIDAY = date(2026, 3, 6)


def _paper(explained_on=None, *, explained=True, excused=False):
    return Paper(1, "通知", "minzheng", FRIDAY, explained, explained_on, excused)


@pytest.mark.parametrize(
    ("paper", "timing", "days"),
    [
        (_paper(FRIDAY), promptness.SAME_DAY, 0),
        (_paper(date(2026, 3, 1)), promptness.SAME_DAY, 0),
        (_paper(date(2026, 3, 11)), promptness.IN_TIME, 3),
        (_paper(date(2026, 3, 12)), promptness.LATE, 4),
        (_paper(None), promptness.UNDATED, 0),
        (_paper(explained=False), promptness.NONE, 0),
        (_paper(explained=False, excused=True), promptness.EXEMPT, 0),
    ],
)
def test_timing(paper, timing, days):
    def working_days(after, until):
        # No holiday in these weeks: Saturday and Sunday do not count.
        span = range(after.toordinal() + 1, until.toordinal() + 1)
        return sum(date.fromordinal(day).weekday() < 5 for day in span), False

    found = judge(paper, working_days)
    assert (found.timing, found.days) == (timing, days)


def test_a_reason_does_not_raise_the_rate_and_rounding_neither():
    no_days = lambda after, until: (0, False)  # noqa: E731
    papers = [_paper(FRIDAY)] * 8 + [_paper(explained=False, excused=True)]
    (row,) = tally([judge(paper, no_days) for paper in papers], by=month_of)
    assert (row.name, row.papers, row.explained, row.percent) == ("2026-03", 9, 8, 88)
    assert total([row, row]).papers == 18
    assert total([]).percent is None


@pytest.mark.django_db
def test_the_page_for_the_office_and_for_a_bureau(client, people):
    """Public papers in scope alone; one explained twice counts once; a withdrawn interpretation is none."""
    for agency, normative in ((people.minzheng, True), (people.nongye, False)):
        flags = {"is_normative": normative, "is_policy": not normative}
        good = DocumentFactory(agency=agency, published=True, title=f"按时的{agency.code}", **flags)
        InterpretationFactory(agency=agency, published=True, documents=[good])
        InterpretationFactory(agency=agency, published=True, documents=[good], published_on=date(2026, 4, 1))
        late = DocumentFactory(agency=agency, published=True, title=f"迟了的{agency.code}", **flags)
        InterpretationFactory(agency=agency, published=True, documents=[late], published_on=date(2026, 3, 9))
        none = DocumentFactory(agency=agency, published=True, title=f"没有的{agency.code}", **flags)
        InterpretationFactory(agency=agency, withdrawn=True, documents=[none])
    DocumentFactory(agency=people.minzheng, published=True, title="不在范围")
    DocumentFactory(agency=people.minzheng, is_policy=True, title="还是草稿")
    address, query = "/admin/interpretation/interpretation/rate", "?first=2026-01-01&last=2026-12-31"
    client.force_login(people.office)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"{address}/{query}").content.decode()
    assert len(queries) < 25
    assert "共 6 件，有解读的 4 件，解读率 <strong>66%</strong>" in page
    assert "迟了的nongye" in page
    assert "不在范围" not in page
    client.force_login(people.clerk)
    page = client.get(f"{address}/{query}").content.decode()
    assert "共 3 件，有解读的 2 件" in page
    assert "nongye" not in page
    book = load_workbook(BytesIO(b"".join(client.get(f"{address}.xlsx{query}").streaming_content)))
    assert book.sheetnames == ["按单位", "按月份"]
    rows = list(book["按单位"].iter_rows(min_row=3, values_only=True))
    assert rows[0][:7] == ("单位", "应解读", "已解读", "解读率", "同日或更早", "3个工作日内", "超过3个工作日")
    assert rows[1][1:7] == (3, 2, "66%", 1, 0, 1)
    empty = client.get(f"{address}/?first=2020-01-01&last=2020-12-31").content.decode()
    assert "这段时间没有公开政策文件" in empty
    assert "不能早于" in client.get(f"{address}/?first=2026-12-31&last=2026-01-01").content.decode()
