"""The index with several connections at once: commits, rollbacks, races, and a rebuild beside live writes."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from disclosure.models import Attachment, Document
from portal.search import engine, index, outbox
from portal.search.models import Entry, IndexState, Outbox
from portal.search.params import SearchParams
from portal.search.tasks import drain
from tests.factories import AgencyFactory, DocumentFactory, ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)
WITHDRAWN = {"status": "withdrawn", "withdrawn_at": "2026-03-09T10:00:00+08:00", "withdrawn_reason": "有误"}


@contextmanager
def another_connection() -> Iterator[Callable[[str], list[tuple]]]:
    """A second connection: what another process sees."""
    other = connections.create_connection("default")

    def ask(sql: str) -> list[tuple]:
        with other.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    try:
        yield ask
    finally:
        other.close()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Run `work` in a thread with a connection of its own."""

    def body() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    return thread


def shown() -> list[str]:
    return sorted(Entry.objects.filter(hidden=False, place="document").values_list("title", flat=True))


def index_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename LIKE 'search_entry%' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_a_commit_is_in_the_index_without_a_worker() -> None:
    DocumentFactory(published=True, title="公布")
    assert shown() == ["公布"]
    Document.objects.update(title="批量改名")
    assert shown() == ["批量改名"]
    with connection.cursor() as cursor:
        cursor.execute("update only public.disclosure_document set title = '直接写'")
    assert shown() == ["直接写"]
    assert Outbox.objects.count() == 0


def test_withdrawing_hides_with_its_own_commit_and_a_rollback_restores() -> None:
    DocumentFactory(published=True, title="公布")
    ask_shown = "SELECT title FROM search_entry WHERE NOT hidden AND place = 'document'"
    with another_connection() as ask:
        with transaction.atomic():
            Document.objects.update(**WITHDRAWN)
            assert shown() == []
            assert ask(ask_shown) == [("公布",)], "not yet committed: others still see it"
            transaction.set_rollback(True)
        assert shown() == ["公布"]
        # Hidden by the commit itself: the outbox is not worked off, as if this process had died.
        with transaction.atomic():
            Document.objects.update(**WITHDRAWN)
            connection.run_on_commit = []
        assert ask(ask_shown) == []


def test_closing_an_agency_hides_its_items_with_its_own_commit() -> None:
    agency = AgencyFactory(code="minzheng")
    ItemFactory(agency=agency)
    assert Entry.objects.filter(place="item", hidden=False).exists()
    with transaction.atomic():
        type(agency).objects.filter(pk=agency.pk).update(active_to=date(2026, 3, 1))
        connection.run_on_commit = []
    assert not Entry.objects.filter(place="item", hidden=False).exists()


def test_a_late_worker_cannot_bring_back_a_withdrawn_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker has read the page as public, then writes; meanwhile somebody withdraws it."""
    DocumentFactory(published=True, title="公布")
    with transaction.atomic():
        Document.objects.update(summary="改过")
        connection.run_on_commit = []
    read, write = threading.Event(), threading.Event()
    slow = index._write

    def waits(table: str, rows: list[tuple]) -> None:
        read.set()
        assert write.wait(20)
        slow(table, rows)

    monkeypatch.setattr(index, "_write", waits)
    worker = in_thread(index.drain)
    assert read.wait(20), "the worker has read the page"

    def withdraw() -> None:
        with transaction.atomic():
            Document.objects.update(**WITHDRAWN)
            connection.run_on_commit = []

    person = in_thread(withdraw)
    person.join(0.5)
    write.set()
    worker.join(20)
    person.join(20)
    assert shown() == []
    monkeypatch.undo()
    index.drain()
    assert shown() == []


def test_a_withdrawal_on_its_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the page is touched and committed while its withdrawal is not yet: the later one wins."""
    document = DocumentFactory(published=True, title="公布")
    monkeypatch.setattr(outbox, "work_off", lambda: None)
    withdrawn, touched = threading.Event(), threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            Document.objects.update(**WITHDRAWN)
            withdrawn.set()
            assert touched.wait(20)

    person = in_thread(withdraw)
    assert withdrawn.wait(20)
    Outbox.objects.create(place="document", source_pk=document.pk, version=10**9)
    threading.Timer(0.2, touched.set).start()
    index.drain()
    person.join(20)
    index.drain()
    assert shown() == []


def test_what_cannot_be_locked_goes_back_and_nobody_else_waits() -> None:
    document = DocumentFactory(published=True, title="公布")
    with another_connection() as ask:
        ask("BEGIN")
        ask(f"SELECT key FROM search_entry WHERE key = 'document:{document.pk}' FOR UPDATE")
        Document.objects.update(
            title="改名"
        )  # The drain after its commit gives way, the person sees nothing.
        assert Outbox.objects.count() == 1
        ask("ROLLBACK")
    drain(0)
    assert shown() == ["改名"]


def test_two_workers_share_the_outbox_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "work_off", lambda: None)
    monkeypatch.setattr(index, "_CLAIM", 1)
    for n in range(4):
        DocumentFactory(published=True, title=f"第{n}")
    with another_connection() as ask:
        ask("BEGIN")
        held = ask("SELECT id FROM search_outbox ORDER BY id LIMIT 1 FOR UPDATE")
        index.drain()
        assert list(Outbox.objects.values_list("id")) == held
        ask("ROLLBACK")
    index.drain()
    assert Outbox.objects.count() == 0
    assert index_is_right()


def index_is_right() -> bool:
    IndexState.objects.update_or_create(
        pk=1, defaults={"words_version": index.words.version(), "rebuilt_at": "2026-03-02T09:00:00+08:00"}
    )
    return index.verify() == []


def test_a_failure_after_commit_is_left_to_the_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*args: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(index, "_write", fails)
    with caplog.at_level(logging.ERROR):
        document = DocumentFactory(published=True, title="公布")
    assert Document.objects.filter(pk=document.pk).exists(), "the person who saved is not told"
    assert "worker" in caplog.text
    assert shown() == []
    assert Outbox.objects.filter(place="document").exists()
    monkeypatch.undo()
    drain(0)
    assert shown() == ["公布"]


def test_rebuilding_beside_live_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = DocumentFactory(published=True, title="不变")
    going = DocumentFactory(published=True, title="将撤下")
    changing = DocumentFactory(published=True, title="将改名")
    before = index_names()
    swap = index._swap

    def meanwhile(start: int) -> None:
        # All of it has been read by now: what happens here is known to the live table and the outbox alone.
        Document.objects.filter(pk=going.pk).update(**WITHDRAWN)
        Document.objects.filter(pk=changing.pk).update(title="改了名")
        DocumentFactory(published=True, title="新来的")
        with transaction.atomic():
            Attachment.objects.create(document=kept, title="附表")
            connection.run_on_commit = []
        swap(start)

    monkeypatch.setattr(index, "_swap", meanwhile)
    for _ in range(2):
        index.rebuild()
        assert shown() == ["不变", "改了名", "新来的"]
        assert index_names() == before
        assert index.verify() == []
        assert "附表" in Entry.objects.get(key=f"document:{kept.pk}").body
        monkeypatch.setattr(index, "_swap", swap)
    assert engine.search(SearchParams(q="改了名")).count == 1


def test_a_withdrawal_begun_before_a_rebuild_is_not_undone_by_it() -> None:
    """Its version is older than the rebuild's start, its commit younger: the rebuild waits for it."""
    DocumentFactory(published=True, title="公布")
    begun, go_on = threading.Event(), threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            Document.objects.update(**WITHDRAWN)
            begun.set()
            assert go_on.wait(20)

    person = in_thread(withdraw)
    assert begun.wait(20)
    threading.Timer(0.5, go_on.set).start()
    index.rebuild()
    person.join(20)
    assert shown() == []


def test_only_one_rebuild_at_a_time() -> None:
    with another_connection() as ask:
        ask(f"SELECT pg_advisory_lock({index.REBUILD})")
        with pytest.raises(index.RebuildRunningError):
            index.rebuild()
        ask(f"SELECT pg_advisory_unlock({index.REBUILD})")
    index.rebuild()


def test_the_migrations_go_back_after_a_rebuild() -> None:
    DocumentFactory(published=True, title="公布")
    index.rebuild()
    try:
        call_command("migrate", "search", "zero", verbosity=0)
        Document.objects.update(title="没有索引也能写", summary="")
    finally:
        call_command("migrate", "search", verbosity=0)
    assert shown() == []
    index.rebuild()
    assert shown() == ["没有索引也能写"]
    assert index.verify() == []
