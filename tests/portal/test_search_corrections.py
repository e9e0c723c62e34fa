"""Pinyin, initials, homophones and one wrong character: found all the same, and said so."""

import pytest

from portal.search import engine, index
from portal.search.corrections import corrections
from portal.search.params import SearchParams
from tests.factories import AgencyFactory, DocumentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dibao", "低保"),
        ("di bao", "低保"),
        ("GAOLINGJINTIE", "高龄津贴"),
        ("gljt", "高龄津贴"),
        ("dibao gaolingjintie", "低保 高龄津贴"),
        ("高龄津帖", "高龄津贴"),
        ("高令津贴怎么领", "高龄津贴怎么领"),
        ("不动产登汜", "不动产登记"),
        ("qinglanxianminzhengju", "青澜县民政局"),
    ],
)
def test_what_may_be_meant(typed: str, meant: str) -> None:
    AgencyFactory(name="青澜县民政局")
    assert corrections(typed)[0] == meant


@pytest.mark.parametrize("typed", ["", "低保", "abc", "高龄津贴", "，。", "x" * 200])
def test_what_is_right_or_nothing_at_all_is_left_alone(typed: str) -> None:
    assert typed not in corrections(typed)
    assert corrections(typed) == []


@pytest.fixture
def county() -> None:
    DocumentFactory(published=True, title="高龄津贴发放办法", body="<p>到村里登记。</p>")
    index.drain()


@pytest.mark.parametrize("typed", ["gaolingjintie", "高龄津帖", "高令津贴"])
def test_it_is_found_and_said(county: None, typed: str) -> None:
    found = engine.search(SearchParams(q=typed))
    assert [result.title for result in found.results] == ["高龄津贴发放办法"]
    assert found.note == f"没有找到「{typed}」，下面是「高龄津贴」的结果。"
    assert found.telling
    assert found.telling.search("高龄津贴")


def test_what_is_there_as_it_was_typed_is_not_put_right(county: None) -> None:
    DocumentFactory(published=True, title="低保标准", body="<p>津帖这样写的也有。</p>")
    index.drain()
    found = engine.search(SearchParams(q="津帖"))
    assert [result.title for result in found.results] == ["低保标准"]
    assert found.exact
