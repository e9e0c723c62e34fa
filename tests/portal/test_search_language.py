"""The query language: what it demands is fulfilled, and whatever else is typed is read as words."""

from datetime import date

import pytest
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.search import engine, index, language
from portal.search.language import Expression
from portal.search.params import SearchParams
from tests.factories import AgencyFactory, DocumentFactory

ANYTHING = st.text(st.sampled_from("\"“”「」-－:： 标题正文单位年份abc2026低保柳湾\\'()&|!*\t"), max_size=40)
quickly = settings(max_examples=80, deadline=None)


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("低保 怎么申请", Expression("低保 怎么申请")),
        ('"征收土地" -柳湾', Expression(phrases=("征收土地",), without=("柳湾",))),
        ("标题:补偿 正文：一亩", Expression(title=("补偿",), text=("一亩",))),
        ('单位:"县 民政局" 年份:2025', Expression(filters={"agency": ("县 民政局",), "year": ("2025",)})),
        ('"没有关上', Expression("没有关上")),
        ("- 低保", Expression("- 低保")),
        ("标题:", Expression("标题:")),
        ("2020-2022年", Expression("2020-2022年")),
        ("交政办发[2020]78号", Expression("交政办发[2020]78号")),
    ],
)
def test_a_query_is_read(query: str, expression: Expression) -> None:
    assert language.read(query) == expression


@given(ANYTHING)
@example('-"')
@example('标题:"')
@quickly
def test_anything_is_read_and_what_was_read_can_be_written(query: str) -> None:
    once = language.read(language.write(language.read(query)))
    assert language.read(language.write(once)) == once


@pytest.fixture
def county(db: None) -> None:
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局", aliases=["低保办"])
    other = AgencyFactory(code="caizheng", name="青澜县财政局")
    for title, body, agency, year in (
        ("低保标准通知", "临江镇柳湾村照此执行。", minzheng, 2025),
        ("低保资金通知", "高龄津贴一并发放。", other, 2026),
        ("预算公开通知", "其中低保资金十万元；津贴发给高龄老人。", other, 2026),
    ):
        DocumentFactory(
            published=True,
            title=title,
            body=f"<p>{body}</p>",
            agency=agency,
            published_on=date(year, 3, 1),
            validity="in_force" if year == 2026 else "",
            doc_number=f"青试发〔{year}〕{len(title + body)}号",
        )
    index.drain()


def titles(q: str) -> set[str]:
    return {result.title for result in engine.search(SearchParams(q=q, kind=("document",))).results}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("低保", {"低保标准通知", "低保资金通知", "预算公开通知"}),
        ("低保 -柳湾", {"低保资金通知", "预算公开通知"}),
        ("-低保", set()),
        ("标题:低保", {"低保标准通知", "低保资金通知"}),
        ("正文:低保", {"预算公开通知"}),
        ('"高龄津贴"', {"低保资金通知"}),
        ('低保 "津贴发给高龄"', {"预算公开通知"}),
        ("低保 单位:县民政局", set()),
        ("低保 单位:低保办", {"低保标准通知"}),
        ("低保 年份:2026 -标准", {"低保资金通知", "预算公开通知"}),
        ("低保 有效性:有效", {"低保资金通知", "预算公开通知"}),
        ("低保 类型:文件 标题:资金", {"低保资金通知"}),
        ("文号:青试发〔2025〕17号", {"低保标准通知"}),
    ],
)
def test_what_is_demanded_is_fulfilled(county: None, query: str, expected: set[str]) -> None:
    assert titles(query) == expected


def test_a_value_that_there_is_not_is_named(county: None) -> None:
    found = engine.search(SearchParams(q="低保 单位:没有的局"))
    assert found.count == 0
    assert "没有的局" in found.params.problems[0]


def test_the_page_names_it_too(county: None, client: Client) -> None:
    page = client.get("/search/", {"q": "低保 单位:没有的局"}).content.decode()
    assert "没有「没有的局」这个单位" in page
    assert "公开单位中没有「zzz」" in client.get("/search/", {"agency": "zzz"}).content.decode()
