"""公开情况 in the back office: list, acts, overview; scope, permission, the number of queries."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import Agency
from catalog.models import Field, Item
from disclosure import services
from disclosure.models import Coverage, Declaration, Document, ElsewhereAddress
from portal.work_queue import queue_for
from tests.factories import AgencyFactory, DocumentFactory, FieldFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
NEVER = datetime(2020, 1, 1, tzinfo=UTC)
LIST = "/admin/disclosure/coverage/"
OVERVIEW = LIST + "overview/"


@pytest.fixture
def as_(client):
    def log_in(user):
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def items(people):
    """Three items of 民政局 (never published, published, held elsewhere), one of 农业农村局."""
    field = FieldFactory(slug="ceshi-jiuzhu", name="测试救助")
    mine = [ItemFactory(agency=people.minzheng, field=field) for _ in range(3)]
    theirs = ItemFactory(agency=people.nongye, levels=["农业", "别人的事项"])
    DocumentFactory(agency=people.minzheng, items=[mine[1]], published=True)
    services.keep_elsewhere(mine[2], by=people.clerk, platform="信用中国", url="https://example.org/x")
    services.refresh_all()
    return [*mine, theirs]


def shown(response):
    return {row.pk for row in response.context["cl"].result_list}


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_item_leads_to_how_it_stands(as_, people, items):
    address = f"/admin/catalog/item/{items[0].pk}/change/"
    link = f'href="{LIST}{items[0].pk}/change/"'
    assert link in as_(people.clerk).get(address).content.decode()
    assert as_(people.clerk).get(f"{LIST}{items[0].pk}/change/").status_code == 200
    Item.objects.filter(pk=items[0].pk).update(retired_on=date(2026, 1, 1))
    assert link not in as_(people.clerk).get(address).content.decode()


def test_a_template_for_villages_asks_nothing_of_the_county(as_, people):
    field = Field.objects.get(slug="village")
    template = ItemFactory(agency=Agency.objects.root(), field=field, time_limit="每年1月31日前")
    village = AgencyFactory(kind="village", name="青澜县柳湾村村民委员会", parent=people.minzheng)
    owed = ItemFactory(agency=village, field=field, template=template)
    assert shown(as_(people.office).get(LIST)) == {owed.pk}
    assert Coverage.objects.in_force().counts_of_tasks()["never"] == 1
    page = as_(people.office).get(f"/admin/catalog/item/{template.pk}/change/").content.decode()
    assert f"{LIST}{template.pk}/" not in page
    assert Coverage.objects.get(pk=template.pk).public_due_on is None
    public = as_(people.office).get(f"/catalog/items/{template.code}/").content.decode()
    assert "内容由各村、社区自己公开" in public
    assert "还没有内容" not in public
    assert "由各村公开" in as_(people.office).get("/catalog/village/").content.decode()


def test_what_is_given_on_request_is_not_to_be_declared(as_, people, items):
    Item.objects.filter(pk=items[0].pk).update(manner=["依申请公开"], updated_at=NEVER)
    page = as_(people.clerk).get(LIST + "?state=on_request").content.decode()
    assert f"items={items[0].pk}&amp;agency" in page
    assert f"declare/?items={items[0].pk}" not in page
    assert "依申请公开" in page
    assert items[0].pk not in {row.pk for row in Coverage.objects.waiting_for("never")}


def test_a_new_item_is_in_the_list_and_the_queue_at_once(as_, people, items):
    new = ItemFactory(agency=people.minzheng)
    assert not Coverage.objects.filter(pk=new.pk).exists()
    assert new.pk in shown(as_(people.clerk).get(LIST))
    another = ItemFactory(agency=people.minzheng)
    tasks = {task.title: task.count for section in queue_for(people.clerk) for task in section.tasks}
    assert tasks["从未公开的事项"] == 3
    assert Coverage.objects.filter(pk=another.pk).exists()


def test_a_clerk_sees_the_own_items_with_what_to_do(as_, people, items):
    response = as_(people.clerk).get(LIST)
    page = response.content.decode()
    assert shown(response) == {item.pk for item in items[:3]}
    assert "别人的事项" not in page
    assert f"items={items[0].pk}&amp;agency={people.minzheng.pk}" in page
    assert "本年未产生" in page
    assert " style=" not in page
    reviewer = as_(people.reviewer).get(LIST).content.decode()
    assert "去起草" not in reviewer
    assert "还没有公开过" in reviewer


def test_the_list_reckons_what_nobody_has_looked_at(as_, people):
    item = ItemFactory(agency=people.minzheng)
    assert shown(as_(people.clerk).get(LIST)) == {item.pk}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("todo=never", [0]),
        ("state=covered", [1]),
        ("state=held_elsewhere", [2]),
        ("todo=dead", []),
        ("field=ceshi-jiuzhu", [0, 1, 2]),
        ("agency=nongye", []),
        ("todo=nonsense", [0, 1, 2]),
    ],
)
def test_filters(as_, people, items, query, wanted):
    response = as_(people.clerk).get(f"{LIST}?{query}")
    assert shown(response) == {items[place].pk for place in wanted}


def test_many_rows_take_as_many_queries_as_few(as_, people, items):
    client = as_(people.clerk)
    for address in (LIST, OVERVIEW):
        client.get(address)
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for place in range(6):
            item = ItemFactory(agency=people.minzheng)
            if place % 2:
                services.keep_elsewhere(item, by=people.clerk, platform="采购网", url="https://example.org/y")
        client.get(address)
        with CaptureQueriesContext(connection) as many:
            client.get(address)
        assert len(many) == len(few) <= 16, address


def test_the_queue_counts_the_rows_behind_its_links(as_, people, items):
    ElsewhereAddress.objects.update(status="dead")
    old = ItemFactory(agency=people.minzheng)
    Declaration.objects.create(
        item=old,
        covers_from=date(2020, 1, 1),
        covers_until=date(2020, 12, 31),
        declared_by=people.clerk,
        declared_at=items[0].created_at,
    )
    DocumentFactory(agency=people.minzheng, items=[items[1]], written_on=date(2020, 5, 6))
    [section] = [one for one in queue_for(people.clerk) if one.key == "coverage"]
    assert {task.title: task.count for task in section.open_tasks} == {
        "已过期限的事项": 1,
        "从未公开的事项": 1,
        "声明到期、要再确认的事项": 1,
        "外部链接打不开的事项": 1,
    }
    for task in section.open_tasks:
        assert as_(people.clerk).get(task.url).context["cl"].result_count == task.count, task.title
    assert not [one for one in queue_for(people.reviewer) if one.key == "coverage"]


def test_a_draft_starts_under_the_item(as_, people, items):
    item = items[0]
    query = f"items={item.pk}&agency={people.minzheng.pk}&fields={item.field_id}"
    address = f"/admin/disclosure/document/add/?{query}"
    form = as_(people.clerk).get(address).context["adminform"].form
    assert [str(pk) for pk in form.get_initial_for_field(form.fields["items"], "items")] == [str(items[0].pk)]
    assert items[0].name in as_(people.clerk).get(address).content.decode()


# 本年未产生


def test_many_are_declared_at_once(as_, people, items):
    client = as_(people.clerk)
    chosen = {"action": "declare_selected", "_selected_action": [item.pk for item in items[:3]]}
    response = client.post(LIST, chosen)
    assert response.status_code == 302
    page = client.get(response.url)
    assert [item.pk for item in page.context["items"]] == sorted(item.pk for item in items[:3])
    assert not Declaration.objects.exists()
    done = client.post(response.url, {"note": "本年没有。"})
    assert done.status_code == 302
    assert Declaration.objects.get(item=items[0]).declared_by == people.clerk
    assert "其他平台" in said(done)
    assert Coverage.objects.get(pk=items[0].pk).state == "none_arose"


@pytest.mark.parametrize("query", ["", "?items=", "?items=x,-1,999999999999", "?items=0"])
def test_no_page_without_items(as_, people, query):
    assert as_(people.clerk).get(f"{LIST}declare/{query}").status_code == 404


def test_items_of_others_are_not_declared(as_, people, items):
    theirs = f"{LIST}declare/?items={items[3].pk}"
    assert as_(people.clerk).post(theirs).status_code == 404
    mixed = f"{LIST}declare/?items={items[0].pk},{items[3].pk}"
    as_(people.clerk).post(mixed)
    assert list(Declaration.objects.values_list("item", flat=True)) == [items[0].pk]
    for user in (people.reviewer, people.administrator, UserFactory(roles=[])):
        assert as_(user).get(f"{LIST}declare/?items={items[0].pk}").status_code == 403
        assert as_(user).post(f"{LIST}declare/?items={items[0].pk}").status_code == 403


def test_a_declaration_is_taken_back_on_its_page(as_, people, items):
    services.declare_none_arose([items[0]], by=people.clerk)
    declaration = Declaration.objects.get()
    address = f"{LIST}declarations/{declaration.pk}/revoke/"
    assert address in as_(people.clerk).get(f"{LIST}{items[0].pk}/change/").content.decode()
    assert as_(people.stranger).post(address).status_code == 404
    assert as_(people.reviewer).post(address).status_code == 403
    assert as_(people.clerk).get(address).status_code == 200
    assert as_(people.clerk).post(address).status_code == 302
    declaration.refresh_from_db()
    assert declaration.revoked_by == people.clerk
    assert "已经收回" in said(as_(people.clerk).post(address))


# 在其他平台公开


def test_elsewhere_is_recorded_and_taken_away(as_, people, items):
    address = f"{LIST}{items[0].pk}/elsewhere/"
    client = as_(people.clerk)
    bad = client.post(address, {"platform": "信用中国", "url": "http://10.0.0.1/"})
    assert "内部网络" in bad.content.decode()
    assert 'value="http://10.0.0.1/"' in bad.content.decode()
    assert client.post(address, {"platform": "信用中国", "url": "https://example.org/a"}).status_code == 302
    assert ElsewhereAddress.objects.get(item=items[0]).kept_by == people.clerk
    assert "https://example.org/a" in client.get(f"{LIST}{items[0].pk}/change/").content.decode()
    client.post(address, {"forget": "1"})
    assert not ElsewhereAddress.objects.filter(item=items[0]).exists()
    assert as_(people.stranger).get(address).status_code == 404
    assert as_(people.reviewer).get(address).status_code == 403


# The page of one item, the overview


def test_one_item(as_, people, items):
    page = as_(people.clerk).get(f"{LIST}{items[1].pk}/change/").content.decode()
    assert "最近一次公开是 2026-03-02" in page
    assert f"/admin/catalog/item/{items[1].pk}/change/" in page
    assert "保存" not in page
    assert as_(people.stranger).get(f"{LIST}{items[1].pk}/change/").status_code == 302
    assert as_(people.clerk).get(f"{LIST}99999999999999999999/change/").status_code == 302
    Item.objects.filter(pk=items[1].pk).update(retired_on=date(2026, 1, 1))
    assert as_(people.clerk).get(f"{LIST}{items[1].pk}/change/").status_code == 302


def test_the_overview_counts_and_leads_to_the_rows(as_, people, items):
    client = as_(people.office)
    by_agency, by_field = client.get(OVERVIEW).context["matrices"]
    rows = {row.name: row for row in by_agency.rows}
    assert set(rows) == {"青澜县民政局", "青澜县农业农村局"}
    numbers = {words: number for words, number, _ in rows["青澜县民政局"].cells if number}
    assert numbers == {"从未公开": 1, "已公开": 1, "在其他平台公开": 1}
    assert (by_agency.total.total, by_field.total.total) == (4, 4)
    for matrix in (by_agency, by_field):
        for row in matrix.rows:
            for _, number, address in row.cells:
                assert client.get(address).context["cl"].result_count == number
    [only] = as_(people.clerk).get(OVERVIEW).context["matrices"][0].rows
    assert only.name == "青澜县民政局"
    assert as_(UserFactory(roles=[])).get(OVERVIEW).status_code == 403
    assert as_(UserFactory(roles=[])).get(LIST + "overview.xlsx").status_code == 403


def test_the_overview_as_a_workbook_holds_no_formula(as_, people, items):
    people.minzheng.name, people.minzheng.short_name = "=1+1", ""
    people.minzheng.save()
    response = as_(people.office).get(LIST + "overview.xlsx")
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["按单位"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[2][:3] == ("单位", "事项数", "已过期限")
    assert ("=1+1", 3) in {row[:2] for row in rows}
    assert rows[-1][:2] == ("合计", 4)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}


def test_the_list_as_excel_keeps_filter_and_scope(as_, people, items):
    Item.objects.filter(pk=items[0].pk).update(levels=["=cmd()"])
    response = as_(people.clerk).get(f"{LIST}export/?todo=never")
    sheet = load_workbook(BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[3] for row in rows[1:]] == ["=cmd()"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    with CaptureQueriesContext(connection) as queries:
        as_(people.clerk).get(f"{LIST}export/")
    assert len(queries) <= 20


def test_an_empty_county_says_what_to_do(as_, people):
    assert "先导入标准目录" in as_(people.office).get(OVERVIEW).content.decode()
    assert Document.objects.count() == 0


def test_nothing_of_it_is_public(client, items):
    for address in (LIST, OVERVIEW, LIST + "overview.xlsx", f"{LIST}{items[0].pk}/elsewhere/"):
        assert client.get(address).url.startswith("/admin/login/")
