"""A search that takes too long answers all the same. Real locks of a real second connection hold it up."""

import logging

import psycopg
import pytest
from django.db import connection
from django.test import Client

from portal.search import connecting, engine, frequency, index, survey, windows
from portal.search.params import SearchParams
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch):
    """Two papers in an index that nobody can read until `held_up` is rolled back."""
    DocumentFactory(published=True, title="高龄津贴发放办法")
    DocumentFactory(published=True, title="高龄津贴旧办法", published_on="2001-01-01")
    index.drain()
    monkeypatch.setattr(connecting, "LIMIT", 50)
    values = connection.get_connection_params()
    wanted = {
        name: values[name] for name in ("host", "port", "user", "password", "dbname") if values.get(name)
    }
    with psycopg.connect(**wanted) as other:
        other.execute("LOCK TABLE search_entry IN ACCESS EXCLUSIVE MODE")
        yield other
        other.rollback()


def test_nothing_can_be_read_and_the_page_says_so(held_up: psycopg.Connection, client: Client) -> None:
    answer = client.get("/search/", {"q": "高龄津贴"})
    assert answer.status_code == 200
    assert "没有查成" in answer.content.decode()
    assert client.get("/api/v1/search", {"q": "高龄津贴"}).status_code == 200
    held_up.rollback()
    assert engine.search(SearchParams(q="高龄津贴")).count == 2


def test_what_is_new_is_shown_uncounted_when_the_whole_takes_too_long(
    held_up: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    class LetGo(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            held_up.rollback()

    handler = LetGo()
    engine.logger.addHandler(handler)
    try:
        found = engine.search(SearchParams(q="高龄津贴"))
    finally:
        engine.logger.removeHandler(handler)
    assert [result.title for result in found.results] == ["高龄津贴发放办法"]
    assert not found.count_is_exact
    assert "没有统计数目" in found.note
    assert not any(found.facets.values())


def test_the_limit_ends_with_the_search(transactional_db: None) -> None:
    engine.search(SearchParams(q="高龄津贴"))
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)


def test_what_is_known_of_words_follows_the_index(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequency, "_WORTH_KNOWING", 1)
    for number in range(3):
        DocumentFactory(published=True, title=f"高龄津贴之{number}", published_on="2026-03-01")
    index.drain()
    assert frequency.of(["高龄津贴", frequency.ALL]) == {}
    entries = frequency.recount()
    assert frequency.of(["高龄津贴", "T高龄津贴", "B2026-03", frequency.ALL]) == {
        "高龄津贴": 3,
        "T高龄津贴": 3,
        "B2026-03": 3,
        frequency.ALL: entries,
    }
    index.rebuild()
    assert frequency.of(["高龄津贴"]) == {"高龄津贴": 3}


def test_a_sample_stands_for_all(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """More hits than are counted one by one: reckoned, ranked among the newest, and none shown twice."""
    monkeypatch.setattr(frequency, "_WORTH_KNOWING", 1)
    monkeypatch.setattr(engine, "COUNT_CAP", 50)
    monkeypatch.setattr(survey, "_SAMPLE", 40)
    monkeypatch.setattr(survey, "_ENOUGH", 5)
    monkeypatch.setattr(windows, "_FEW", 5)
    for number in range(120):
        month = number // 10 + 1
        DocumentFactory(published=True, title=f"高龄津贴第{number}批", published_on=f"2025-{month:02}-03")
    index.rebuild()
    found = engine.search(SearchParams(q="高龄津贴", sort="newest"))
    assert not found.count_is_exact
    assert 60 <= found.count <= 200
    assert {str(result.published_on) for result in found.results} == {"2025-12-03"}
    oldest = engine.search(SearchParams(q="高龄津贴", sort="oldest", page=2))
    assert {str(result.published_on) for result in oldest.results} == {"2025-02-03"}
    ranked = [engine.search(SearchParams(q="高龄津贴", page=page)).results for page in (1, 2, 3)]
    assert len({result.url for page in ranked for result in page}) == 30
