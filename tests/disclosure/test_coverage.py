"""Coverage in the database: marks, reckoning in bulk, declarations, addresses elsewhere; scope and bounds."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import services as catalog_services
from catalog.models import Item
from catalog.services import draft_of
from disclosure import services
from disclosure.models import (
    Coverage,
    Declaration,
    Document,
    ElsewhereAddress,
    Topic,
    public_due_on,
    public_state,
)
from disclosure.querysets import stale_items, with_public_coverage
from disclosure.services import NotAllowed
from disclosure.services import coverage as coverage_services
from disclosure.services.limits import limit_changes
from disclosure.states import Publication
from tests.factories import AgencyFactory, DocumentFactory, ItemFactory

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()


def at(day, hour=9):
    return datetime.combine(day, datetime.min.time(), ZoneInfo("Asia/Shanghai")) + timedelta(hours=hour)


def item_since(moment, **values):
    item = ItemFactory(in_force_from=moment.date(), **values)
    Item.objects.filter(pk=item.pk).update(created_at=moment)
    item.refresh_from_db()
    return item


def item_since_2024(**values):
    return item_since(at(date(2024, 1, 1)), **values)


def state_of(item):
    return Coverage.objects.values_list("state", flat=True).get(pk=item.pk)


@pytest.fixture
def township(people):
    """An item of 民政局 with the usual limit, and a periodic one."""
    return (
        item_since_2024(agency=people.minzheng),
        item_since_2024(agency=people.minzheng, time_limit="每季度的首个月20日"),
    )


@pytest.mark.django_db
def test_documents_of_all_states_count_as_they_should(people):
    item = item_since_2024(agency=people.minzheng)
    DocumentFactory(agency=people.minzheng, items=[item], published=True, published_on=date(2026, 3, 2))
    DocumentFactory(agency=people.minzheng, items=[item], withdrawn=True, written_on=date(2026, 1, 5))
    DocumentFactory(
        agency=people.minzheng,
        items=[item],
        openness="on_request",
        openness_ground="E16a",
        openness_reason="内部事务",
        written_on=date(2026, 1, 5),
    )
    services.recompute_coverage([item.pk], now=NOW)
    row = Coverage.objects.get()
    assert (row.state, row.document_count, row.last_published_on) == ("covered", 1, date(2026, 3, 2))
    DocumentFactory(agency=people.minzheng, items=[item], written_on=date(2026, 11, 10))
    services.refresh_stale(now=NOW)
    assert (state_of(item), Coverage.objects.get().next_due_on) == ("covered", date(2026, 12, 8))
    DocumentFactory(agency=people.minzheng, items=[item], submitted=True, written_on=date(2026, 9, 10))
    services.refresh_stale(now=NOW)
    assert state_of(item) == "overdue"


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["link", "unlink", "state", "raw", "item", "retire", "day"])
def test_whatever_changes_an_item_is_found_by_query(people, way):
    item, other = (item_since_2024(agency=people.minzheng) for _ in range(2))
    document = DocumentFactory(agency=people.minzheng, items=[item], written_on=date(2026, 11, 10))
    services.refresh_all(now=NOW)
    assert not stale_items(Item.objects.in_force(), TODAY).exists()
    today = TODAY
    if way == "link":
        Document.items.through.objects.bulk_create(
            [Document.items.through(document_id=DocumentFactory(agency=people.minzheng).pk, item_id=item.pk)]
        )
    elif way == "unlink":
        document.items.clear()
    elif way == "state":
        Document.objects.filter(pk=document.pk).update(written_on=date(2026, 11, 11))
    elif way == "raw":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM disclosure_document_items WHERE document_id = %s", [document.pk])
    elif way == "item":
        item.time_limit = "及时公开"
        item.save()
    elif way == "retire":
        Item.objects.filter(pk=item.pk).update(retired_on=TODAY)
        assert not stale_items(Item.objects.in_force(), TODAY).exists()
        services.refresh_all(now=NOW)
        assert list(Coverage.objects.values_list("pk", flat=True)) == [other.pk]
        return
    else:
        today = Coverage.objects.get(pk=item.pk).review_on
        assert not stale_items(Item.objects.in_force(), today - timedelta(days=1)).exists()
    assert list(stale_items(Item.objects.in_force(), today)) == [item]
    assert services.refresh_stale(now=at(today)) == 1
    assert not stale_items(Item.objects.in_force(), today).exists()


@pytest.mark.django_db
def test_what_leaves_the_state_alone_leaves_no_mark(people):
    item = item_since_2024(agency=people.minzheng)
    document = DocumentFactory(agency=people.minzheng, items=[item])
    services.refresh_all(now=NOW)
    Document.objects.filter(pk=document.pk).update(title="改一个字")
    assert not stale_items(Item.objects.in_force(), TODAY).exists()


@pytest.mark.django_db(transaction=True)
def test_publishing_and_withdrawing_tell_at_once(people, time_machine):
    time_machine.move_to(NOW)
    item = item_since_2024(agency=people.minzheng)
    services.refresh_all()
    draft = services.create_document(
        by=people.clerk,
        title="关于低保标准的通知",
        agency=people.minzheng,
        body="<p>通知如下。</p>",
        openness="proactive",
        written_on=date(2026, 10, 22),
        items=[item],
        summary="标准有调整。",
        topic=Topic.objects.get(code="1703"),
    )
    assert state_of(item) == "overdue"
    services.submit(draft, by=people.clerk)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True)
    row = Coverage.objects.get(pk=item.pk)
    assert (row.state, row.late_count, row.last_published_on) == ("covered", 1, TODAY)
    services.withdraw(draft, by=people.reviewer, reason="内容有误。")
    assert state_of(item) == "never_published"


@pytest.mark.django_db
def test_the_public_reads_neither_drafts_nor_what_is_late(people):
    event, periodic = (item_since_2024(time_limit=limit) for limit in ("20个工作日", "每季度的首个月20日"))
    DocumentFactory(items=[event], written_on=date(2026, 1, 5))
    services.refresh_all(now=NOW)
    rows = {row.pk: row for row in Coverage.objects.all()}
    assert rows[event.pk].state == rows[periodic.pk].state == "overdue"
    assert public_state(rows[event.pk]) == public_state(None) == ("empty", "还没有内容")
    assert public_due_on(rows[event.pk], TODAY) is None
    assert public_due_on(rows[periodic.pk], TODAY) == date(2027, 1, 20)
    # A row that nobody has looked at since shows no day that has passed.
    assert public_due_on(rows[periodic.pk], date(2027, 1, 21)) is None
    new = ItemFactory()
    states = dict(with_public_coverage(Item.objects.in_force()).values_list("pk", "public_state"))
    assert states == {event.pk: "empty", periodic.pk: "empty", new.pk: "empty"}


@pytest.mark.django_db
def test_the_public_columns_are_the_same_with_and_without_a_draft(people):
    """And whether it is late or not: drafts, submitted papers and what nobody recorded leave no trace."""
    limits = ["20个工作日", "每季度的首个月20日", "", "及时公开"]
    pairs = [(item_since_2024(time_limit=text), item_since(NOW, time_limit=text)) for text in limits]
    for old, new in pairs:
        DocumentFactory(items=[old, new], published=True, published_on=date(2026, 3, 2))
        DocumentFactory(items=[old], written_on=date(2026, 1, 5))
        DocumentFactory(items=[old], submitted=True, written_on=date(2026, 11, 18))
    services.refresh_all(now=NOW)
    public = ("public_state", "public_due_on", "last_published_on", "document_count")
    rows = {row["pk"]: row for row in Coverage.objects.values("pk", "state", *public)}
    for old, new in pairs:
        assert [rows[old.pk][name] for name in public] == [rows[new.pk][name] for name in public]
    assert [rows[old.pk]["state"] for old, _ in pairs] == ["overdue", "overdue", "overdue", "covered"]


@pytest.mark.django_db
def test_what_is_given_on_request_is_never_asked_for(people):
    item = item_since_2024(agency=people.minzheng, manner=["依申请公开"], time_limit="每季度的首个月20日")
    both = item_since_2024(
        agency=people.minzheng, manner=["主动公开", "依申请公开"], time_limit="每季度的首个月20日"
    )
    services.refresh_all(now=NOW)
    assert (state_of(item), state_of(both)) == ("on_request", "overdue")
    assert public_state(Coverage.objects.get(pk=item.pk)) == ("on_request", "依申请公开")
    tasks = Coverage.objects.in_scope_of(people.clerk).counts_of_tasks()
    assert (tasks["never"], tasks["overdue"], tasks["ask"]) == (0, 1, 0)
    done, refused = services.declare_none_arose([item], by=people.clerk, now=NOW)
    assert (done, [why for _, why in refused]) == ([], ["这一项依申请公开，不用声明。"])


@pytest.mark.django_db
def test_the_regulation_binds_organs_and_nobody_else(people):
    organ = item_since_2024(agency=people.minzheng, time_limit="")
    village = item_since_2024(agency=AgencyFactory(kind="village", parent=people.minzheng), time_limit=" ")
    for item in (organ, village):
        DocumentFactory(agency=item.agency, items=[item], written_on=date(2026, 1, 5))
    services.refresh_all(now=NOW)
    assert (state_of(organ), state_of(village)) == ("overdue", "never_published")


# A limit that changes


def rewrite(item, people, day, **values):
    """Another version of the item, through the door of the catalog."""
    draft = replace(draft_of(item), **values)
    catalog_services.change_item(item=item, draft=draft, by=people.office, reason="调整", now=at(day))
    item.refresh_from_db()
    return item


@pytest.mark.django_db
def test_a_changed_limit_counts_from_its_own_day(people):
    item = item_since_2024(agency=people.minzheng, time_limit="20个工作日")
    rewrite(item, people, date(2026, 11, 2), time_limit="每季度的首个月20日")
    services.refresh_all(now=NOW)
    row = Coverage.objects.get()
    assert (row.state, row.next_due_on) == ("never_published", date(2027, 1, 20))
    # Another cell, another wording of the same, a move in the table: the day stays what it was.
    rewrite(item, people, date(2026, 11, 10), content="改了内容")
    rewrite(item, people, date(2026, 11, 11), time_limit="每季度的首个月20日。")
    Item.objects.filter(pk=item.pk).update(position=7)
    services.refresh_all(now=NOW)
    changed, before = limit_changes([item.pk])[item.pk]
    assert (changed, before.n) == (date(2026, 11, 2), 20)
    assert Coverage.objects.get().next_due_on == date(2027, 1, 20)
    services.refresh_all(now=at(date(2027, 1, 21)))
    assert state_of(item) == "overdue"


@pytest.mark.django_db
def test_what_did_not_change_is_judged_as_ever(people):
    item = item_since_2024(agency=people.minzheng, time_limit="每季度的首个月20日")
    rewrite(item, people, date(2026, 11, 2), content="改了内容")
    # Set and taken back on one day, as an import that was undone.
    rewrite(item, people, date(2026, 11, 3), time_limit="及时公开")
    rewrite(item, people, date(2026, 11, 3), time_limit="每季度的首个月20日")
    assert limit_changes([item.pk]) == {}
    services.refresh_all(now=NOW)
    assert state_of(item) == "overdue"


@pytest.mark.django_db
def test_an_item_that_comes_back_owes_nothing_for_the_time_between(people):
    item = item_since_2024(agency=people.minzheng, time_limit="每季度的首个月20日")
    catalog_services.retire_item(item=item, by=people.office, reason="停用", now=at(date(2026, 9, 1)))
    Item.objects.filter(pk=item.pk).update(retired_on=None, version=3, in_force_from=date(2026, 11, 2))
    assert limit_changes([item.pk]) == {item.pk: (date(2026, 11, 2), None)}
    services.refresh_all(now=NOW)
    assert state_of(item) == "never_published"


@pytest.mark.django_db
def test_many_items_take_as_many_queries_as_few(people):
    def measured(wanted):
        keys = [ItemFactory(agency=people.minzheng).pk for _ in range(wanted)]
        for key in keys[:3]:
            DocumentFactory(agency=people.minzheng, items=[key], published=True)
        with CaptureQueriesContext(connection) as queries:
            services.recompute_coverage(keys, now=NOW)
        return len(queries)

    assert measured(1) == measured(40) <= 11


@pytest.mark.django_db
def test_batches_end_and_nothing_is_left_out(people, monkeypatch):
    monkeypatch.setattr(coverage_services, "BATCH", 3)
    for _ in range(8):
        ItemFactory(agency=people.minzheng)
    assert services.refresh_stale(limit=4, now=NOW) == 4
    assert Coverage.objects.count() == 4
    assert services.refresh_stale(now=NOW) == 4
    assert services.refresh_stale(now=NOW) == 0
    assert services.refresh_all(now=NOW) == 8


@pytest.mark.django_db
def test_reckoning_again_writes_nothing(people):
    item = ItemFactory(agency=people.minzheng)
    assert services.recompute_coverage([item.pk], now=NOW) == 1
    assert services.recompute_coverage([item.pk], now=NOW + timedelta(hours=1)) == 0
    assert Coverage.objects.get().computed_at == NOW


# 本年未产生


def declare(items, people, **values):
    return services.declare_none_arose(items, by=people.clerk, now=NOW, **values)


@pytest.mark.django_db
def test_nothing_arose_is_declared_for_many_with_the_period_of_each(people, township):
    event, periodic = township
    done, refused = declare([event, periodic], people, note=" 本年没有 ")
    assert refused == []
    assert {(one.item_id, one.covers_from, one.covers_until) for one in done} == {
        (event.pk, date(2026, 1, 1), date(2026, 12, 31)),
        (periodic.pk, date(2026, 10, 1), date(2026, 12, 31)),
    }
    assert {state_of(event), state_of(periodic)} == {"none_arose"}
    assert {one.note for one in done} == {"本年没有"}
    again, refused = declare([event], people)
    assert again == []
    assert "已经声明过" in refused[0][1]
    first = Declaration.objects.get(item=event)
    services.revoke_declaration(first, by=people.clerk, now=NOW)
    assert state_of(event) == "never_published"
    with pytest.raises(NotAllowed, match="已经收回"):
        services.revoke_declaration(first, by=people.clerk)
    assert len(declare([event], people)[0]) == 1


@pytest.mark.django_db
def test_what_speaks_against_a_declaration_is_said(people, township):
    event, periodic = township
    DocumentFactory(agency=people.minzheng, items=[event], written_on=date(2026, 11, 10))
    DocumentFactory(
        agency=people.minzheng,
        items=[periodic],
        published=True,
        published_on=date(2026, 10, 30),
        published_at=at(date(2026, 10, 30)),
    )
    elsewhere = ItemFactory(agency=people.minzheng)
    services.keep_elsewhere(elsewhere, by=people.clerk, platform="信用中国", url="https://example.org/x")
    done, refused = declare([event, periodic, elsewhere], people)
    assert done == []
    assert {item.pk: why[:6] for item, why in refused} == {
        event.pk: "有一份 20",
        periodic.pk: "这一期已经公",
        elsewhere.pk: "已登记在其他",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "reviewer", "administrator"])
def test_only_the_agencys_clerk_and_the_office_speak_for_an_item(people, who):
    item = ItemFactory(agency=people.minzheng)
    by = getattr(people, who)
    with pytest.raises(NotAllowed, match="经办人"):
        services.declare_none_arose([item], by=by)
    with pytest.raises(NotAllowed, match="经办人"):
        services.keep_elsewhere(item, by=by, platform="信用中国", url="https://example.org/x")
    with pytest.raises(NotAllowed, match="经办人"):
        services.forget_elsewhere(item, by=by)
    assert not Declaration.objects.exists()
    services.declare_none_arose([item], by=people.office, now=NOW)
    with pytest.raises(NotAllowed):
        services.revoke_declaration(Declaration.objects.get(), by=by)


@pytest.mark.django_db
def test_one_item_of_others_stops_all(people):
    mine, theirs = ItemFactory(agency=people.minzheng), ItemFactory(agency=people.nongye)
    with pytest.raises(NotAllowed):
        declare([mine, theirs], people)
    assert not Declaration.objects.exists()
    retired = ItemFactory(agency=people.minzheng, retired_on=date(2025, 1, 1))
    with pytest.raises(NotAllowed):
        declare([retired], people)


# 在其他平台公开


@pytest.mark.django_db
def test_elsewhere_is_kept_changed_and_taken_away(people, township):
    _, periodic = township
    services.refresh_all(now=NOW)
    assert state_of(periodic) == "overdue"
    services.keep_elsewhere(periodic, by=people.clerk, platform=" 信用  中国 ", url=" https://example.org/a ")
    kept = ElsewhereAddress.objects.get()
    assert (kept.platform, kept.url, kept.kept_by) == ("信用 中国", "https://example.org/a", people.clerk)
    row = Coverage.objects.get(pk=periodic.pk)
    assert (row.state, row.public_state, row.next_due_on) == ("held_elsewhere", "elsewhere", None)
    ElsewhereAddress.objects.update(status="dead", failures=3)
    services.keep_elsewhere(periodic, by=people.clerk, platform="信用中国", url="https://example.org/b")
    kept.refresh_from_db()
    assert (kept.status, kept.failures, kept.url) == ("unchecked", 0, "https://example.org/b")
    services.forget_elsewhere(periodic, by=people.clerk, now=NOW)
    assert state_of(periodic) == "overdue"
    assert not ElsewhereAddress.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "example.org",
        "ftp://example.org/",
        "javascript:alert(1)",
        "http://",
        "http://127.0.0.1/",
        "http://10.1.2.3/x",
        "http://[::1]/",
        "http://[::ffff:192.168.0.1]/",
        "http://169.254.169.254/latest",
        "http://localhost:8000/",
        "https://user:pw@example.org/",
        "https://example.org/a b",
        "https://example.org/" + "a" * 1000,
        "http://example.org:99999/",
    ],
)
def test_an_address_that_citizens_cannot_open_is_not_kept(people, url):
    item = ItemFactory(agency=people.minzheng)
    with pytest.raises(NotAllowed):
        services.keep_elsewhere(item, by=people.clerk, platform="信用中国", url=url)
    assert not ElsewhereAddress.objects.exists()


@pytest.mark.django_db
def test_the_history_holds_what_people_decided_and_not_what_the_watch_found(people):
    item = ItemFactory(agency=people.minzheng)
    services.keep_elsewhere(item, by=people.clerk, platform="信用中国", url="https://example.org/a")
    ElsewhereAddress.objects.update(checked_at=timezone.now(), status="ok")
    services.forget_elsewhere(item, by=people.clerk)
    events = ElsewhereAddress.pgh_event_model.objects.order_by("pgh_id")
    assert [event.pgh_label for event in events] == ["insert", "delete"]
    services.declare_none_arose([item], by=people.clerk)
    assert Declaration.pgh_event_model.objects.get().pgh_context.metadata["user"] == people.clerk.pk


@pytest.mark.django_db
def test_a_withdrawn_paper_is_not_content(people):
    item = item_since_2024(agency=people.minzheng)
    document = DocumentFactory(agency=people.minzheng, items=[item], published=True)
    services.refresh_all(now=NOW)
    assert state_of(item) == "covered"
    Document.objects.filter(pk=document.pk).update(
        status=Publication.WITHDRAWN, withdrawn_at=NOW, withdrawn_reason="有误。"
    )
    services.refresh_stale(now=NOW)
    assert state_of(item) == "never_published"
