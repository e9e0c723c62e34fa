"""Acts on several rows of a kind lock them in the order of their ids: no two wait for each other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from disclosure import services
from disclosure.models import Document
from disclosure.states import Publication
from tests.factories import DocumentFactory, OfficeUserFactory, TopicFactory
from tests.people import confirmed

NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
ORDER = {"order_number": "青保密决〔2026〕1号", "authority": "青澜县国家保密局", "reason": "含不应公开的内容"}


def submitted_correction(people, document):
    draft = services.start_correction(document, by=people.clerk)
    services.update_document(draft, by=people.clerk, body="<p>改了。</p>", correction_note="错字")
    return services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)


def in_a_connection_of_its_own(work):
    """What `work` answers, or the words of its refusal."""
    try:
        return work()
    except services.NotAllowed as refusal:
        return " ".join(refusal.messages)
    finally:
        connection.close()


def wait_until_waiting(number):
    """Until so many other sessions wait for a row that this one holds."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0] == number:
                return
        time.sleep(0.01)
    raise AssertionError(f"{number} sessions should wait")


@pytest.fixture
def papers(transactional_db, people):
    """A merged posting, what it was merged into, a third paper, and a fourth."""
    topic = TopicFactory()
    made = [DocumentFactory(agency=people.minzheng, published=True, topic=topic) for _ in range(4)]
    services.merge_documents(made[0], into=made[1], by=people.office, reason="重复")
    return made


@pytest.fixture
def pool():
    with ThreadPoolExecutor(3) as threads:
        yield lambda act: threads.submit(in_a_connection_of_its_own, act)


def test_a_correction_and_a_purge_wait_in_the_same_order(people, papers, pool):
    merged, public, other, _ = papers
    draft, due = submitted_correction(people, public), submitted_correction(people, other)
    services.schedule(
        due, publish_at=NOW + timedelta(hours=1), by=people.reviewer, secrecy_cleared=True, now=NOW
    )
    services.take_offline(public, by=people.reviewer, reason="误发")
    purge = services.propose_purge(public, by=people.office, **ORDER)
    second = OfficeUserFactory()
    held = Document.objects.select_for_update(nowait=True)
    with transaction.atomic():
        held.get(pk=merged.pk)
        purging = pool(lambda: services.confirm_purge(purge, by=second).state)
        wait_until_waiting(1)
        held.get(pk=public.pk)  # who waits for the merged posting, the oldest, holds nothing else
        held.get(pk=other.pk)
        approving = pool(lambda: services.approve(draft, by=people.reviewer, secrecy_cleared=True))
        wait_until_waiting(2)
        releasing = pool(lambda: services.release_due(now=NOW + timedelta(hours=2)))
        assert releasing.result(timeout=20) == 0  # what it corrects is held: left for the next minute
        held.get(pk=draft.pk)  # who waits for what is corrected does not hold the correction
        held.get(pk=due.pk)
    assert Document.objects.get(pk=due.pk).remarks == ""
    assert services.release_due(now=NOW + timedelta(hours=2)) == 1
    assert purging.result(timeout=20) == "done"
    assert "不能" in approving.result(timeout=20)
    states = dict(Document.objects.values_list("pk", "status"))
    assert states[draft.pk] == states[merged.pk] == states[public.pk] == Publication.PURGED
    assert states[due.pk] == Publication.APPLIED


def test_what_came_along_meanwhile_is_looked_at_first(people, papers, pool):
    _, public, _, late = papers
    services.take_offline(public, by=people.reviewer, reason="误发")
    purge = services.propose_purge(public, by=people.office, **ORDER)
    second = OfficeUserFactory()
    with transaction.atomic():
        Document.objects.select_for_update().get(pk=public.pk)
        purging = pool(lambda: services.confirm_purge(purge, by=second).state)
        wait_until_waiting(1)
        services.restore(public, by=people.office, reason="已核对")
        services.merge_documents(late, into=public, by=people.office, reason="重复")
        services.take_offline(public, by=people.reviewer, reason="又发现一处")
    assert "请刷新页面核对" in purging.result(timeout=20)
    assert Document.objects.get(pk=late.pk).status == Publication.MERGED
