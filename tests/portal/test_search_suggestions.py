"""Suggestions while typing: titles by their beginning, by words and by sound; what others ask comes first."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.search import connecting, counts, index, suggestions
from portal.search.models import Entry
from portal.search.suggestions import suggest
from tests.factories import AgencyFactory, DocumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> None:
    AgencyFactory(code="minzheng", name="青澜县民政局")
    for title in ("高龄津贴发放管理办法", "关于发放高龄津贴的通知", "临时救助标准", "低保标准"):
        DocumentFactory(published=True, title=title)
    index.drain()


def titles(typed: str) -> list[str]:
    return [one.title for one in suggest(typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("高龄", ["高龄津贴发放管理办法", "关于发放高龄津贴的通知"]),
        ("津贴", ["高龄津贴发放管理办法", "关于发放高龄津贴的通知"]),
        ("发放 通", ["关于发放高龄津贴的通知"]),
        ("救助标", ["临时救助标准"]),
        ("gaoling", ["高龄津贴发放管理办法", "关于发放高龄津贴的通知"]),
        ("gljt", ["高龄津贴发放管理办法", "关于发放高龄津贴的通知"]),
        ("民政", ["青澜县民政局"]),
        ("没有这样的", []),
        ("", []),
    ],
)
@pytest.mark.parametrize("rebuilt", [False, True], ids=["followed", "rebuilt"])
def test_what_is_suggested(county: None, typed: str, expected: list[str], rebuilt: bool) -> None:
    if rebuilt:
        index.rebuild()
    assert sorted(titles(typed)) == sorted(expected)


def test_what_others_ask_comes_first(county: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "_frequent", (float("-inf"), []))
    key = Entry.objects.filter(title="低保标准").values_list("key", flat=True)[0]
    for ago in (1, 2):
        day = timezone.localdate() - timedelta(days=ago)
        for _ in range(6):
            counts.record("低保标准", count=1, nothing=False, day=day)
            counts.choose("低保标准", key=key, place=1, day=day)
    answer = client.get("/search/suggest", {"q": "低"}).json()["suggestions"]
    assert answer[0] == {
        "title": "低保标准",
        "url": "/search/?q=%E4%BD%8E%E4%BF%9D%E6%A0%87%E5%87%86",
        "kind": "query",
        "kind_label": "大家在搜",
    }
    only = client.get("/search/suggest", {"q": "低", "only": "pages"}).json()["suggestions"]
    assert [one["kind"] for one in only] == ["document"]


def test_the_number_of_queries_is_bounded(county: None) -> None:
    for typed, most in (("高龄", 9), ("gljt", 24)):
        with CaptureQueriesContext(connection) as queries:
            suggest(typed)
        assert len(queries) <= most, [query["sql"][:80] for query in queries]


def test_what_a_copy_still_holds_is_not_shown_when_it_was_withdrawn(county: None) -> None:
    keys = list(Entry.objects.values_list("key", flat=True))
    gone = keys[0]
    Entry.objects.filter(key=gone).update(hidden=True)
    assert connecting.still_public(keys, connecting.REPLICA) == frozenset(keys) - {gone}
