"""The watcher of writes on a connection that is made while somebody else wraps it already."""

import threading

import pghistory
import pytest
from django.db import connection

from agencies.models import Agency
from portal.search import outbox
from portal.search.models import Entry
from tests.factories import AgencyFactory

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
