"""Numbers in any writing, and the parameters of a search."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.search import numbers
from portal.search.params import FACETS, SORTS, SearchParams

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
quickly = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(
    "written",
    [
        "青政办发〔2020〕78号",
        "青政办发[2020]78号",
        "青政办发【2020】78号",
        "青政办发（2020）78号",
        "青政办发﹝2020﹞78 号",
        "青政办发〔2020〕第78号",
        "青政办发〔2020〕078号",
        "青政办发［２０２０］７８号",
        " 青政办发 〔2020〕 78 号 ",
        "青政办发2020年78号",
    ],
)
def test_every_writing_of_a_document_number_is_one_number(written: str) -> None:
    assert numbers.in_query(written)[:2] == ["青政办发2020-78", "2020-78"]


@pytest.mark.parametrize("written", ["2020年78号", "〔2020〕78号", "2020年第78号", "2020 78号"])
def test_year_and_serial_alone_are_a_number(written: str) -> None:
    assert "2020-78" in numbers.in_query(written)


@pytest.mark.parametrize(
    "written", ["11539921MB0003551L/2026-00001", "11539921mb0003551l/2026-00001", "JCXZFBWJ-2020-0078"]
)
def test_an_index_number_is_itself(written: str) -> None:
    assert numbers.in_query(written) == [written.upper()]


def test_orders_of_the_state_council_have_one_name() -> None:
    assert numbers.in_query("国令第707号") == numbers.in_query("国务院令707号") != []


@pytest.mark.parametrize(
    "written",
    ["201691", "岚综管综201691号", "20200078", "2020", "78号", "低保", "12345热线", "2026年低保标准", ""],
)
def test_what_is_no_marked_number_is_not_answered_as_one(written: str) -> None:
    assert numbers.in_query(written) == []


def test_what_is_stored_is_what_is_asked_for() -> None:
    stored = numbers.keys("青民发〔2026〕3号")
    assert numbers.in_query("青民发[2026]第003号")[0] in stored
    assert numbers.in_query("2026年3号")[0] in stored


@given(TEXT)
@example("〔2020〕" * 5)
@quickly
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    assert all(len(key) <= 160 for key in numbers.in_query(text))


def parsed(query: str) -> SearchParams:
    return SearchParams.parse(QueryDict(query))


def test_nothing_asked_for() -> None:
    params = parsed("")
    assert (params.is_empty, params.page, params.page_size, params.sort) == (True, 1, 10, "relevance")
    assert params.query_string() == ""


def test_everything_is_read() -> None:
    params = parsed(
        "q=低保&kind=document&kind=item&kind=item&agency=minzheng&topic=民政&field=shehui-jiuzhu&year=2026"
        "&validity=in_force&doc_number=青民发〔2026〕3号&index_number=X&published_after=2026-01-01"
        "&published_before=2026-12-31&sort=newest&page=2&page_size=20"
    )
    assert params.kind == ("document", "item")
    assert params.published_after == date(2026, 1, 1)
    assert (params.sort, params.page, params.page_size, params.problems) == ("newest", 2, 20, ())


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("page=0", "页码"),
        ("page=-1", "页码"),
        ("page=x", "页码"),
        ("page=٣", "页码"),
        (f"page={'9' * 5000}", "页码"),
        ("page_size=0000000009999", "每页条数"),
        ("page_size=101", "每页条数"),
        ("sort=best", "排序"),
        ("year=26", "年份"),
        ("year=２０２６", "年份"),
        ("published_after=2026-02-30", "日期"),
        ("published_before=昨天", "日期"),
        (f"q={'长' * 201}", "太长"),
    ],
)
def test_what_is_not_understood_is_named_and_left_out(query: str, part: str) -> None:
    params = parsed(query)
    (problem,) = params.problems
    assert part in problem
    assert (params.page, params.page_size, params.sort, params.year) == (1, 10, "relevance", ())


NAMES = st.sampled_from([*FACETS, "q", "doc_number", "index_number", "published_after", "published_before"])
PAIRS = st.lists(
    st.tuples(st.one_of(NAMES, st.sampled_from(["sort", "page", "page_size"])), TEXT), max_size=12
)


@given(PAIRS)
@quickly
def test_reading_never_raises_and_comes_round_clean(pairs: list[tuple[str, str]]) -> None:
    values = QueryDict(mutable=True)
    for name, value in pairs:
        values.appendlist(name, value)
    params = SearchParams.parse(values)
    again = parsed(params.query_string(page=params.page))
    assert again == SearchParams(**{**vars(params), "problems": ()})
    assert again.query_string(page=again.page) == params.query_string(page=params.page)


@given(
    st.lists(st.tuples(st.sampled_from(FACETS), st.sampled_from(["2024", "2025", "a", "b"])), max_size=5),
    st.sampled_from(list(SORTS)),
    st.integers(2, 50),
)
@quickly
def test_a_value_chosen_and_taken_away_leads_back(pairs: list[tuple[str, str]], sort: str, page: int) -> None:
    chosen = {name: tuple(dict.fromkeys(v for n, v in pairs if n == name)) for name in FACETS}
    chosen["year"] = tuple(v for v in chosen["year"] if v.isdigit())
    params = SearchParams(q="低保", sort=sort, page=page, **chosen)
    once = parsed(params.toggled("kind", "document"))
    assert once.page == 1
    assert "document" in once.kind
    assert parsed(once.toggled("kind", "document")) == parsed(params.query_string())
