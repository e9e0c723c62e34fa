"""The watcher of writes on a connection that is made while somebody else wraps it already."""

import threading

import pghistory
import pytest
from django.db import connection
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from agencies.models import Agency
from portal.search import outbox, tasks
from portal.search.models import Entry
from tests.factories import AgencyFactory, DocumentFactory, ReviewerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_made_inside_a_history_context_keeps_the_watcher_and_works_afterwards():
    agency = AgencyFactory(name="青澜县旧名局")
    wrappers, failures = [], []

    def worker():
        # A thread of the web server whose very first statement belongs to a POST.
        try:
            with pghistory.context(user=None):
                Agency.objects.filter(pk=agency.pk).update(duties="先写一次")
            wrappers.extend(connection.execute_wrappers)
            Agency.objects.filter(pk=agency.pk).update(name="青澜县新名局")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=worker)
    thread.start()
    thread.join()
    assert failures == []
    assert wrappers == [outbox._after_write]
    assert Entry.objects.get(key=f"agency:{agency.pk}").title == "青澜县新名局"


def _left():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM search_outbox")
        return cursor.fetchone()[0]


def _jobs():
    return ProcrastinateJob.objects.filter(task_name="portal.search.drain", status="todo").count()


@pytest.fixture
def backlog():
    """1,200 lines that a large import left."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM search_outbox")
        cursor.execute(
            "INSERT INTO search_outbox (place, source_pk, version) "
            "SELECT 'document', n, nextval('search_version') FROM generate_series(1, 1200) AS n"
        )


def test_outside_a_request_all_is_worked_off(backlog):
    AgencyFactory()
    assert (_left(), _jobs()) == (0, 0)


def test_a_request_works_off_its_share_and_calls_the_worker_for_the_rest_once(client, request):
    paper = DocumentFactory(published=True)
    clerk = paper.created_by
    client.force_login(ReviewerFactory(agency=clerk.agency))
    request.getfixturevalue("backlog")
    before = _left()
    address = reverse("admin:disclosure_document_move", args=[paper.pk, "withdraw"])
    assert client.post(address, {"reason": "数据有误"}).status_code == 302
    assert before - 500 <= _left() < before
    assert _left() > 0
    assert _jobs() == 1
    assert Entry.objects.get(key=f"document:{paper.pk}").hidden
    outbox.request_begins()
    Agency.objects.filter(pk=clerk.agency.pk).update(duties="再写一次")
    outbox.request_ends()
    assert _jobs() == 1
    tasks.drain(timestamp=0)
    assert _left() == 0


def test_a_share_is_measured_in_seconds_too(backlog, monkeypatch):
    monkeypatch.setattr(outbox, "LONGEST", 0.0)
    outbox.request_begins()
    outbox.work_off()
    outbox.request_ends()
    assert (_left(), _jobs()) == (1200, 1)
