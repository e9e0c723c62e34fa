"""What a new connection has been told before its first statement."""

import pytest
from django.db import connection

from tests.factories import AgencyFactory, FieldFactory, ItemFactory


@pytest.mark.django_db(transaction=True)
def test_history_triggers_find_their_setting_on_every_connection():
    fresh = connection.copy()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT current_setting('pgtrigger.ignore'), _pgtrigger_should_ignore('any')")
            assert cursor.fetchone() == ("{}", False)
    finally:
        fresh.close()


@pytest.mark.django_db
def test_history_is_written_all_the_same():
    item = ItemFactory(agency=AgencyFactory(), field=FieldFactory())
    events = type(item).pgh_event_model.objects.filter(pgh_obj_id=item.pk)
    assert list(events.values_list("pgh_label", flat=True)) == ["insert"]
