"""Versions, the catalog as it stood on a day, and two days side by side."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import FormerName
from catalog import history, services
from catalog.history import compare_days, items_on, versions_of
from catalog.models import Field, Item
from catalog.services.records import VERSION_FIELDS, WRITTEN_FIELDS, stamp
from tests.factories import AgencyFactory, ItemFactory

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


@pytest.fixture
def item(people, field):
    """In the catalog for thirty days."""
    return ItemFactory(
        agency=people.minzheng,
        field=field,
        code="shehui-jiuzhu-00001",
        levels=["低保", "办事指南"],
        content="旧",
        in_force_from=ago(30),
    )


def write(item, people, on, **values):
    """A version of `item`, as services write one."""
    stamp(item, by=people.office, reason="调整", on=on)
    for name, value in values.items():
        setattr(item, name, value)
    item.save(update_fields=[*WRITTEN_FIELDS, *VERSION_FIELDS, "retired_on", "field"])


def contents(day):
    return {row.code: row.content for row in items_on(day)}


def test_a_version_has_a_number_a_day_a_reason_and_an_author(people, item):
    stamp(item, by=people.office, reason="  国办发〔2026〕1号  ", on=ago(3))
    assert (item.version, item.in_force_from) == (2, ago(3))
    assert (item.change_reason, item.changed_by) == ("国办发〔2026〕1号", people.office)
    stamp(item, by=people.office, reason="再改")
    assert (item.version, item.in_force_from) == (3, TODAY)


@pytest.mark.parametrize(("on", "sentence"), [(-1, "不能晚于今天"), (31, "不能早于这一天")])
def test_no_version_lies_in_the_future_or_before_the_present_one(people, item, on, sentence):
    with pytest.raises(services.NotAllowed, match=sentence):
        stamp(item, by=people.office, reason="改", on=ago(on))
    assert (item.version, item.in_force_from) == (1, ago(30))


def test_a_version_counts_from_its_day_in_force_not_from_the_day_of_writing(people, item):
    write(item, people, ago(10), content="新")
    assert contents(ago(31)) == {}
    assert contents(ago(30)) == contents(ago(11)) == {item.code: "旧"}
    assert contents(ago(10)) == contents(TODAY) == {item.code: "新"}


def test_of_two_versions_of_one_day_the_later_stands(people, item):
    write(item, people, ago(10), content="早上")
    write(item, people, ago(10), content="下午")
    assert contents(ago(10)) == {item.code: "下午"}


def test_a_move_in_the_table_counts_from_the_day_of_writing(people, item):
    Item.objects.filter(pk=item.pk).update(position=7)
    positions = {day: items_on(ago(day)).get().position for day in (20, 0)}
    assert positions == {20: item.position, 0: 7}


def test_what_was_written_before_versions_were_counted_stands_from_that_day(people, field):
    old = ItemFactory(agency=people.minzheng, field=field, in_force_from=None)
    assert set(contents(ago(1))) == set()
    assert set(contents(TODAY)) == {old.code}


def test_retired_and_deleted_items_stand_until_that_day(people, item, field):
    write(item, people, ago(5), retired_on=ago(5))
    gone = ItemFactory(agency=people.minzheng, field=field, code="gone-1", in_force_from=ago(8))
    gone.delete()
    assert set(contents(ago(6))) == {item.code, "gone-1"}
    assert set(contents(ago(5))) == {"gone-1"}
    assert contents(TODAY) == {}


def test_an_agency_bears_the_name_of_the_day(people):
    office = AgencyFactory(name="青澜县民政和社会工作局")
    FormerName.objects.create(agency=office, name="青澜县民政局（旧）", valid_to=ago(10))
    FormerName.objects.create(agency=office, name="青澜县社会局", valid_from=ago(90), valid_to=ago(50))
    assert history.agency_names_on(ago(60))[office.pk] == "青澜县社会局"
    assert history.agency_names_on(ago(11))[office.pk] == "青澜县民政局（旧）"
    assert history.agency_names_on(ago(10))[office.pk] == "青澜县民政和社会工作局"


def test_two_days_side_by_side(people, item, field):
    stays = ItemFactory(agency=people.minzheng, field=field, code="stays", in_force_from=ago(30))
    going = ItemFactory(agency=people.minzheng, field=field, code="going", in_force_from=ago(30))
    new = ItemFactory(agency=people.minzheng, field=field, code="new", in_force_from=ago(4))
    write(item, people, ago(10), content="新", stage="service")
    write(going, people, ago(5), retired_on=ago(5))
    Item.objects.filter(pk=stays.pk).update(position=99)
    found = compare_days(ago(20), TODAY)
    assert [one.code for one in found.added] == [new.code]
    assert [one.code for one in found.retired] == [going.code]
    assert [change.new.code for change in found.changed] == [item.code]
    cells = [(cell.label, cell.old, cell.new) for cell in found.changed[0].changes]
    assert cells == [("公开内容(要素)", "旧", "新"), ("五公开", "", "服务")]
    assert compare_days(ago(20), ago(11)).is_empty
    assert compare_days(TODAY, TODAY).is_empty
    with pytest.raises(ValueError, match="since"):
        compare_days(TODAY, ago(1))


def test_what_was_changed_and_changed_back_is_no_difference(people, item):
    write(item, people, ago(10), content="新")
    write(item, people, ago(9), content="旧")
    assert compare_days(ago(20), TODAY).is_empty
    assert len(compare_days(ago(20), ago(10)).changed) == 1


def test_a_comparison_can_be_narrowed(people, item, field):
    other = ItemFactory(agency=people.nongye, field=field, code="other", in_force_from=ago(30))
    for one in (item, other):
        write(one, people, ago(10), content="新")
    mine = compare_days(ago(20), TODAY, narrow=lambda rows: rows.filter(agency=people.nongye))
    assert [change.new.code for change in mine.changed] == ["other"]


def test_comparing_costs_the_same_number_of_queries_for_one_item_and_for_many(people, field):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            compare_days(ago(20), TODAY)
        return len(queries)

    def add(n):
        for _ in range(n):
            one = ItemFactory(agency=people.minzheng, field=field, in_force_from=ago(30))
            write(one, people, ago(10), content="新")
            ItemFactory(agency=people.minzheng, field=field, in_force_from=ago(3))

    add(1)
    one = cost()
    add(4)
    assert len(compare_days(ago(20), TODAY).changed) == 5
    assert cost() == one <= 16


def test_the_versions_of_an_item(people, item):
    write(item, people, ago(10), content="新")
    Item.objects.filter(pk=item.pk).update(position=7)
    write(item, people, ago(2), retired_on=ago(2))
    found = versions_of(item)
    assert [(one.number, one.in_force_from) for one in found] == [(3, ago(2)), (2, ago(10)), (1, ago(30))]
    assert [one.is_retired for one in found] == [True, False, False]
    assert [(cell.label, cell.old, cell.new) for cell in found[1].changes] == [("公开内容(要素)", "旧", "新")]
    assert (found[1].author, found[1].reason) == (str(people.office), "调整")
    with CaptureQueriesContext(connection) as queries:
        versions_of(item)
    assert len(queries) <= 6
