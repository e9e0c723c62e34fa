"""The filing page: who gets in, what a row offers, saving, undoing, and the number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disclosure.models import Document, FilingBatch, Topic
from portal.work_queue import queue_for
from tests.disclosure.test_filing import archived, linked, mark_of
from tests.factories import AgencyFactory, FieldFactory, ItemFactory

pytestmark = pytest.mark.django_db
DESK = "/admin/disclosure/filingbatch/"


@pytest.fixture
def item(people):
    field = FieldFactory(slug="shehui-jiuzhu", name="社会救助")
    return ItemFactory(
        agency=people.minzheng,
        field=field,
        levels=["最低生活保障", "保障标准"],
        content="低保标准",
        stage="decision",
    )


@pytest.fixture
def desk(client, people):
    client.force_login(people.clerk)
    return client


def accepted(paper, **values):
    sent = {"accept": f"{paper.pk}:{mark_of(paper)}"}
    return sent | {f"{name}-{paper.pk}": value for name, value in values.items()}


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_a_row_offers_item_topic_stage_and_column_with_reasons(desk, people, item):
    paper = archived(people.minzheng, title="青澜县民政局关于公布2019年最低生活保障标准的通知")
    page = desk.get(DESK)
    (row,) = page.context["rows"]
    assert row.document == paper
    assert [(option.value, option.chosen, option.key) for option in row.items] == [(str(item.pk), True, "1")]
    assert row.topics[0].label == "民政、扶贫、救灾\\社会福利"
    assert row.topics[0].chosen
    assert next(option.value for option in row.kinds if option.chosen) == "document"
    assert next(option.value for option in row.genres if option.chosen) == "通知"
    html = page.content.decode()
    assert "事项名称是「保障标准」" in html
    assert "标题里有「最低生活保障」" in html
    assert reverse("admin:disclosure_document_preview", args=[paper.pk]) in html
    assert 'name="csrfmiddlewaretoken"' in html


def test_a_row_without_any_likeness_says_so(desk, people, item):
    archived(people.minzheng, title="春节放假安排")
    (row,) = desk.get(DESK).context["rows"]
    assert row.items == []
    assert not row.sure
    assert "不属于任何事项" in row.nothing


def test_what_stands_already_stays_chosen(desk, people, item):
    topic = Topic.objects.get(code="0401")
    document = archived(people.minzheng, title="最低生活保障标准", items=[item], topic=topic, stage="service")
    (row,) = desk.get(f"{DESK}?missing=genre").context["rows"]
    assert row.document == document
    assert [option.value for option in row.items if option.chosen] == [str(item.pk)]
    assert row.topics[0].value == "0401"
    assert [option.value for option in row.stages if option.chosen] == ["service"]


def test_saving_files_what_was_accepted_and_nothing_else(desk, people, item):
    paper, other = archived(people.minzheng), archived(people.minzheng)
    sent = accepted(paper, items=item.pk, topic="1703", stage="", kind="guide", genre="通知")
    sent |= {f"items-{other.pk}": item.pk, f"topic-{other.pk}": "1703"}
    page = desk.post(DESK, sent, follow=True)
    assert said(page) == ["已归类 1 件。需要反悔的话，可以整批撤销。"]
    paper.refresh_from_db()
    other.refresh_from_db()
    assert (linked(paper), paper.topic.code, paper.kind, paper.genre) == ([item.pk], "1703", "guide", "通知")
    assert (linked(other), other.topic) == ([], None)
    assert [row.document for row in page.context["rows"]] == [other]
    assert (page.context["filed"], page.context["total"]) == (1, 2)


def test_without_javascript_codes_and_classes_are_written(desk, people, item):
    paper = archived(people.minzheng)
    sent = accepted(paper, other=item.code) | {f"topic-text-{paper.pk}": "财政、金融、审计\\财政"}
    desk.post(DESK, sent)
    paper.refresh_from_db()
    assert (linked(paper), paper.topic.code) == ([item.pk], "0401")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("other", "meiyou-00001", "选的事项已经停用"), ("topic-text", "没有这一类", "主题分类")],
)
def test_what_cannot_be_found_is_said_beside_the_title(desk, people, name, value, why):
    paper = archived(people.minzheng)
    page = desk.post(DESK, accepted(paper, **{name: value}), follow=True)
    (sentence,) = said(page)
    assert sentence.startswith(f"《{paper.title}》")
    assert why in sentence
    assert not FilingBatch.objects.exists()


def test_nothing_accepted_is_said(desk, people):
    archived(people.minzheng)
    assert said(desk.post(DESK, {}, follow=True)) == ["还没有选中任何文件：请先接受几行，再保存。"]


@pytest.mark.parametrize("accept", ["", "x:y", "-1:a", "9" * 40 + ":a", "１:a"])
def test_a_forged_request_is_answered_with_400(desk, people, accept):
    assert desk.post(DESK, {"accept": accept}).status_code == 400


def test_the_filters_ride_along(desk, people, item):
    old = archived(people.minzheng, title="一九年的事")
    page = desk.post(DESK, accepted(old, items=item.pk) | {"year": "2019", "words": "一九"})
    assert page.headers["Location"] == f"{DESK}?year=2019&words=%E4%B8%80%E4%B9%9D"
    assert "没有符合条件的文件" in desk.get(page.headers["Location"]).content.decode()


@pytest.mark.parametrize("query", ["year=abc", "year=99999", "agency=nongye", "missing=x", "words=%00"])
def test_odd_filters_break_nothing(desk, people, query):
    archived(people.minzheng)
    response = desk.get(f"{DESK}?{query}")
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert all(row.document.agency == people.minzheng for row in response.context["rows"])


def test_undo_by_its_button(desk, people, item):
    paper = archived(people.minzheng)
    desk.post(DESK, accepted(paper, items=item.pk))
    batch = FilingBatch.objects.get()
    address = reverse("admin:disclosure_filingbatch_undo", args=[batch.pk])
    assert address in desk.get(DESK).content.decode()
    assert desk.get(address).status_code == 405
    page = desk.post(address, follow=True)
    assert said(page) == ["已撤销这一批归类：1 件恢复成原来的样子。"]
    assert linked(paper) == []
    assert said(desk.post(address, follow=True)) == ["这一批已经撤销过了，不用再撤销。"]


def test_a_strangers_batch_is_not_ones_own_to_undo(client, people, item):
    paper = archived(people.minzheng)
    client.force_login(people.clerk)
    client.post(DESK, accepted(paper, items=item.pk))
    batch = FilingBatch.objects.get()
    address = reverse("admin:disclosure_filingbatch_undo", args=[batch.pk])
    for somebody in (people.stranger, people.colleague, people.reviewer):
        client.force_login(somebody)
        assert client.post(address).status_code == 403
    assert client.post(reverse("admin:disclosure_filingbatch_undo", args=[batch.pk + 1])).status_code == 403
    assert linked(paper) == [item.pk]


@pytest.mark.parametrize(
    ("who", "status"), [("clerk", 200), ("office", 200), ("reviewer", 403), ("administrator", 403)]
)
@pytest.mark.parametrize("path", ["", "items/?q=x"])
def test_who_gets_in(client, people, who, status, path):
    client.force_login(getattr(people, who))
    assert client.get(DESK + path).status_code == status


def test_nobody_gets_in_without_login(client, people):
    for path in ("", "items/?q=x", "1/undo/"):
        assert client.get(DESK + path).status_code == 302


def test_the_scope_of_rows_and_agencies(client, people):
    mine, foreign = archived(people.minzheng), archived(people.nongye)
    client.force_login(people.clerk)
    page = client.get(DESK)
    assert [row.document for row in page.context["rows"]] == [mine]
    assert foreign.title not in page.content.decode()
    assert "nongye" not in dict(page.context["form"].fields["agency"].choices)
    client.force_login(people.office)
    assert {row.document for row in client.get(DESK).context["rows"]} == {mine, foreign}


def test_the_search_for_another_item(desk, people, item):
    ItemFactory(agency=people.nongye, levels=["最低生活保障", "别人的"])
    ItemFactory(agency=people.minzheng, levels=["最低生活保障", "停用的"], retired_on="2020-01-01")

    def found(words):
        answer = desk.get(f"{DESK}items/", {"q": words})
        return [one["name"] for one in answer.json()["items"]]

    assert found("保障 标准") == ["保障标准"]
    assert found("低保") == ["保障标准"]  # Another name of the same thing.
    assert found("社会救助") == ["保障标准"]
    assert found(item.code) == ["保障标准"]
    assert found("别人") == found("停用") == found("") == []


def test_the_menu_and_the_queue_lead_here(client, people, item):
    archived(people.minzheng)
    archived(people.nongye)
    client.force_login(people.clerk)
    home = client.get("/admin/").content.decode()
    assert f'href="{DESK}"' in home
    tasks = {task.title: task for section in queue_for(people.clerk) for task in section.open_tasks}
    assert tasks["没有归类的文件"].count == 1
    assert tasks["没有归类的文件"].url == DESK
    client.force_login(people.reviewer)
    assert f'href="{DESK}"' not in client.get("/admin/").content.decode()
    assert "没有归类的文件" not in {t.title for s in queue_for(people.reviewer) for t in s.tasks}


def test_as_many_queries_for_two_hundred_rows_as_for_one(desk, people, item):
    other = AgencyFactory(parent=people.minzheng, path="county/minzheng/zhan/", code="zhan")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page = desk.get(DESK)
        return len(page.context["rows"]), len(captured)

    archived(people.minzheng, title="最低生活保障标准", topic=Topic.objects.get(code="1703"))
    queries()  # Content types and roles are read once.
    one, few = queries()
    for number in range(204):
        archived((other, people.minzheng)[number % 2], title=f"关于第{number}次公布最低生活保障标准的通知")
    many, same = queries()
    assert (one, many) == (1, 200)
    assert same <= few + 1  # How many match is counted only where a page does not hold them all.
    assert same <= 25


def test_two_hundred_are_saved_in_one_request(desk, people, item):
    papers = [archived(people.minzheng) for _ in range(200)]
    marks = [f"{paper.pk}:{mark_of(paper)}" for paper in papers]
    sent = {"accept": marks}
    for paper in papers:
        for name, value in (
            ("items", item.pk),
            ("topic", "1703"),
            ("stage", ""),
            ("kind", "document"),
            ("genre", "通知"),
        ):
            sent[f"{name}-{paper.pk}"] = value
    assert said(desk.post(DESK, sent, follow=True)) == ["已归类 200 件。需要反悔的话，可以整批撤销。"]
    assert not Document.objects.unfiled().exists()
