"""有效性 on any day: the rule in Python, in queries and in the index are one, and nothing has to tick."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from disclosure import record, services
from disclosure.models import Document, ValiditySetting
from disclosure.services import NotAllowed
from disclosure.states import SAID_VALIDITY, Validity
from disclosure.validity import validity_on, validity_sql
from portal import normative
from portal.search import engine, index
from portal.search.params import SearchParams
from tests.factories import DocumentFactory

DAY = date(2026, 6, 1)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def paper(**facts):
    empty = dict.fromkeys(("effective_on", "amended_on", "lapsed_on", "expires_on", "repealed_on"))
    return Document(**{"validity": Validity.IN_FORCE, **empty, **facts})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "in_force"),
        ({"validity": ""}, ""),
        ({"validity": "not_applicable"}, "not_applicable"),
        ({"expires_on": DAY}, "in_force"),  # its last day
        ({"expires_on": BEFORE}, "expired"),
        ({"expires_on": BEFORE, "validity": ""}, "expired"),
        ({"expires_on": AFTER, "validity": "expired"}, "in_force"),
        ({"validity": "expired"}, "expired"),
        ({"repealed_on": DAY}, "repealed"),
        ({"repealed_on": AFTER, "validity": "repealed"}, "in_force"),
        ({"repealed_on": DAY, "expires_on": BEFORE}, "repealed"),
        ({"amended_on": DAY}, "amended"),
        ({"amended_on": AFTER, "validity": "amended"}, "in_force"),
        ({"amended_on": BEFORE, "lapsed_on": DAY}, "expired"),
        ({"effective_on": DAY}, "in_force"),  # its first day
        ({"effective_on": AFTER}, "not_yet"),
        ({"effective_on": AFTER, "amended_on": BEFORE}, "not_yet"),
        ({"effective_on": AFTER, "repealed_on": DAY}, "repealed"),
        ({"effective_on": AFTER, "validity": "not_applicable"}, "not_applicable"),
    ],
)
def test_what_holds_on_a_day(facts, expected):
    assert validity_on(paper(**facts), DAY) == expected


@pytest.mark.django_db
def test_database_and_index_reckon_alike():
    days, begins = (None, BEFORE, DAY, AFTER), (None, AFTER)
    said = ("", *dict(SAID_VALIDITY))
    agency = DocumentFactory().agency
    made = Document.objects.bulk_create(
        Document(
            title="x",
            agency=agency,
            validity=v,
            effective_on=e,
            amended_on=a,
            lapsed_on=b,
            expires_on=c,
            repealed_on=d,
        )
        for v, e, (a, b, c, d) in itertools.product(said, begins, itertools.product(days, repeat=4))
    )
    rows = {row.pk: row for row in Document.objects.filter(pk__in=[one.pk for one in made])}
    found = Document.objects.with_validity_on(DAY).values_list("pk", "validity_then")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {validity_sql(DAY)} FROM disclosure_document")
        in_sql = dict(cursor.fetchall())
    wrong = [pk for pk, then in found if pk in rows and not validity_on(rows[pk], DAY) == then == in_sql[pk]]
    assert len(rows) == 6 * 2 * 4**4
    assert wrong == []


@pytest.mark.django_db
def test_the_day_after_its_last_one_it_is_expired_everywhere_though_nothing_ran(client):
    """No job, no write: the page, the list and its filter, search with facet and filter, feed and API."""
    document = DocumentFactory(
        published=True, title="关于春季禁渔的通告", validity=Validity.IN_FORCE, expires_on=date(2026, 6, 30)
    )
    index.drain()

    def said():
        page = client.get(f"/documents/{document.pk}/").content.decode()
        found = engine.search(SearchParams.parse(QueryDict("q=禁渔")))
        return (
            "badge-expired" in page,
            "失效" in client.get("/documents/").content.decode().split("facets")[-1],
            "禁渔" in client.get("/documents/?validity=expired").content.decode(),
            found.results[0].validity,
            [value.value for value in found.facets["validity"]],
            engine.search(SearchParams.parse(QueryDict("q=禁渔&validity=expired"))).count,
            client.get(f"/api/v1/documents/{document.pk}").json()["validity"],
            client.get("/api/v1/search?q=禁渔").json()["results"][0]["validity"],
        )

    # 2026-06-30 23:59 and 2026-07-01 00:00 of the county's clock.
    with time_machine.travel(datetime(2026, 6, 30, 15, 59, tzinfo=UTC), tick=False):
        last_minute = said()
    with time_machine.travel(datetime(2026, 6, 30, 16, 0, tzinfo=UTC), tick=False):
        first_minute = said()
    assert last_minute == (False, False, False, "in_force", ["in_force"], 0, "in_force", "in_force")
    assert first_minute == (True, True, True, "expired", ["expired"], 1, "expired", "expired")


@pytest.mark.django_db
def test_what_is_to_come_says_so_everywhere_and_comes_into_force_by_itself(client):
    """尚未施行 until its day: page, citation, paper, list, filter, search, API, library and its figures."""
    begins = date(2026, 7, 1)
    with time_machine.travel(datetime(2026, 6, 1, 2, tzinfo=UTC), tick=False):
        document = DocumentFactory(
            published=True,
            title="高龄津贴管理办法",
            is_normative=True,
            validity=Validity.IN_FORCE,
            effective_on=begins,
            written_on=date(2026, 5, 20),
        )
        index.drain()

    def said(day):
        with time_machine.travel(datetime(day.year, day.month, day.day, 2, tzinfo=UTC), tick=False):
            page = client.get(f"/documents/{document.pk}/").content.decode()
            found = engine.search(SearchParams.parse(QueryDict("q=津贴")))
            library = client.get(reverse("normative")).content.decode()
            _lines, total = normative.figures(normative.Days(date(2026, 1, 1), day))
            return (
                "尚未施行（2026-07-01起）" in page and "自 2026-07-01 起施行" in page,
                "2026年7月1日起施行" in page,
                document.title in client.get("/documents/?validity=not_yet").content.decode(),
                [value.label for value in found.facets["validity"]],
                client.get(f"/api/v1/documents/{document.pk}").json()["validity"],
                document.title in library,
                (total.made, total.standing, total.to_come),
            )

    assert said(date(2026, 6, 30)) == (True, True, True, ["尚未施行"], "not_yet", False, (1, 0, 1))
    assert said(begins) == (False, False, False, ["现行有效"], "in_force", True, (1, 1, 0))


# --- Recorded changes


@pytest.mark.django_db
def test_a_change_is_recorded_shown_both_ways_and_taken_back(people, client):
    old = DocumentFactory(agency=people.minzheng, published=True, title="高龄津贴办法")
    new = DocumentFactory(agency=people.minzheng, published=True, title="修改高龄津贴办法的决定")
    services.record_change(old, kind=Validity.AMENDED, on=date(2026, 4, 1), cause=new, by=people.clerk)
    services.record_change(
        old, kind=Validity.EXPIRED, on=date(2026, 5, 1), basis="清理结果公告", by=people.clerk
    )
    old.refresh_from_db()
    assert [old.validity_on(date(2026, m, 15)) for m in (3, 4, 5)] == ["in_force", "amended", "expired"]
    page = client.get(f"/documents/{old.pk}/").content.decode()
    assert f'href="/documents/{new.pk}/"' in page
    assert "清理结果公告" in page
    assert "被本文件修改" in client.get(f"/documents/{new.pk}/").content.decode()
    told = client.get(f"/api/v1/documents/{old.pk}").json()["changed_by"]
    assert [one["kind"] for one in told] == ["expired", "amended"]
    lapse = old.validity_changes.get(kind="expired")
    services.take_back_change(lapse, by=people.clerk, reason="登记错了，没有列入清理结果")
    old.refresh_from_db()
    assert old.validity_on(date(2026, 5, 15)) == "amended"
    assert "清理结果公告" not in client.get(f"/documents/{old.pk}/").content.decode()
    services.withdraw(new, by=people.reviewer, reason="内容有误，正在更正。")
    assert "修改高龄津贴办法的决定" not in client.get(f"/documents/{old.pk}/").content.decode()


@pytest.mark.django_db
def test_a_repeal_that_is_to_come_acts_on_its_day_and_can_be_taken_back(people):
    old = DocumentFactory(agency=people.minzheng, published=True)
    services.repeal(old, by=people.clerk, on=DAY, reason="县政府第3次常务会议")
    old.refresh_from_db()
    assert [old.validity_on(day) for day in (BEFORE, DAY)] == ["in_force", "repealed"]
    with pytest.raises(NotAllowed, match="已经登记过废止"):
        services.repeal(old, by=people.clerk, on=DAY, reason="再登记一次")
    services.take_back_change(old.validity_changes.get(), by=people.clerk, reason="登记错了")
    old.refresh_from_db()
    assert (old.repealed_on, old.validity_on(AFTER)) == (None, "in_force")
    assert not record.relations_of(old)


@pytest.mark.django_db
def test_what_ends_soon_is_found_and_the_days_are_a_setting(people):
    soon = DocumentFactory(agency=people.minzheng, published=True, expires_on=DAY + timedelta(days=90))
    DocumentFactory(agency=people.minzheng, published=True, expires_on=DAY + timedelta(days=91))
    DocumentFactory(agency=people.minzheng, published=True, expires_on=BEFORE)
    DocumentFactory(agency=people.minzheng, published=True, expires_on=AFTER, repealed_on=BEFORE)
    assert list(Document.objects.ending(DAY, 90)) == [soon]
    with pytest.raises(NotAllowed, match="县政府办公室"):
        services.set_warn_days(30, by=people.clerk)
    services.set_warn_days(30, by=people.office)
    assert ValiditySetting.objects.get().warn_days == 30
