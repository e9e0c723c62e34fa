"""The tables of the search in the back office: synonyms in and out, best bets, 大家在找什么, wants."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from zeal import zeal_ignore

from portal.search import best_bets, index, synonyms
from portal.search.models import Asked, BestBet, Choice, Synonym, Want
from portal.work_queue import queue_for
from tests.factories import AgencyFactory, DocumentFactory, OfficeUserFactory, ReviewerFactory, UserFactory

pytestmark = pytest.mark.django_db
ASKED = "/admin/search/asked/"


@pytest.fixture
def office(client):
    user = OfficeUserFactory()
    client.force_login(user)
    return user


def messages(response):
    return [str(one) for one in response.context["messages"]]


# --- Synonyms


GROUP = {"term": "青屏云雾茶", "others": "青屏茶、青茶", "way": "both", "note": "", "is_active": "on"}


def test_a_group_is_written_switched_off_and_its_history_read(client, office):
    response = client.post("/admin/search/synonym/add/", GROUP, follow=True)
    row = Synonym.objects.get(head="青屏云雾茶")
    assert row.words == ["青屏云雾茶", "青屏茶", "青茶"]
    response = client.post("/admin/search/synonym/add/", GROUP)
    assert "已经有一组" in response.content.decode()
    again = GROUP | {"term": "青澜茶叶", "others": "青屏茶"}
    said = messages(client.post("/admin/search/synonym/add/", again, follow=True))
    assert any("还在别的组里" in one for one in said)
    off = {name: value for name, value in GROUP.items() if name != "is_active"}
    client.post(f"/admin/search/synonym/{row.pk}/change/", off)
    assert "青屏云雾茶" not in synonyms.expansions("青屏茶")
    told = client.get(f"/admin/search/synonym/{row.pk}/history/").content.decode()
    assert str(office) in told
    assert "启用" in told
    assert client.post(f"/admin/search/synonym/{row.pk}/delete/").status_code == 403
    found = client.get("/admin/search/synonym/?q=青屏茶").content.decode()
    assert "青屏云雾茶" in found


def upload(client, content, name="同义词.xlsx"):
    file = SimpleUploadedFile(name, content)
    with zeal_ignore():
        return client.post(
            reverse("admin:search_synonym_import"), {"import_file": file, "format": "0", "resource": "0"}
        )


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in (("规范用语", "其他说法", "方式", "来源或说明", "启用"), *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_what_goes_out_comes_back_unchanged_as_excel_and_as_csv(client, office):
    Synonym.objects.create(words=["=1+1号茶", "青屏茶"], head="11号茶", note="=2+2")
    for address in (reverse("admin:search_synonym_export"), reverse("admin:search_synonym_csv")):
        response = client.get(address)
        result = upload(client, response.content).context["result"]
        totals = result.totals
        assert (totals["new"], totals["update"]) == (0, 0), address
        assert totals["skip"] == Synonym.objects.count()
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert ["'=1+1号茶", "青屏茶", "互为同义", "'=2+2", "是"] in lines


def test_an_import_is_previewed_then_written_through_the_service(client, office):
    lines = (
        "规范用语,其他说法,方式",
        "青屏云雾茶,青屏茶;云雾茶,",
        "不动产权证书,房本,",
        "最低生活保障,低保、吃低保,互为同义",
    )
    content = "\n".join(lines).encode("gb18030")
    Synonym.objects.create(words=["青澜茶叶", "青屏茶"], head="青澜茶叶")
    response = upload(client, content, "同义词.csv")
    assert not Synonym.objects.filter(head="青屏云雾茶").exists()
    data = response.context["confirm_form"].initial
    with zeal_ignore():
        done = client.post(reverse("admin:search_synonym_process_import"), data, follow=True)
    told = messages(done)
    assert any("新增 1 组，修改 2 组" in one for one in told)
    assert any("青屏茶" in one and "还在别的组里" in one for one in told)
    assert Synonym.objects.get(head="不动产权证书").words == ["不动产权证书", "房本"], "the way it has"
    assert synonyms.expansions("吃低保") == ("最低生活保障", "低保")
    row = Synonym.objects.get(head="青屏云雾茶")
    assert row.words == ["青屏云雾茶", "青屏茶", "云雾茶"]
    assert row.pgh_event_model.objects.get(pgh_obj_id=row.pk).pgh_context.metadata["user"] == office.pk


def test_every_error_stands_at_its_row_and_nothing_is_written(client, office):
    before = Synonym.objects.count()
    response = upload(
        client,
        sheet(
            ("青屏云雾茶", "青屏茶", "", "", ""),
            ("青屏茶", "茶", "", "", ""),
            ("", "甲乙", "", "", ""),
            ("甲乙丙", "丁戊", "随便", "", ""),
            ("甲乙丙", "丁戊", "", "", "也许"),
            ("青屏云雾茶", "山茶", "互为同义", "", ""),
        ),
    )
    found = {
        (row.number + 1, name): said
        for row in response.context["result"].invalid_rows
        for name, said in row.error_dict.items()
    }
    assert set(found) == {
        (3, "其他说法"),
        (4, "规范用语"),
        (5, "方式"),
        (6, "启用"),
        (7, "规范用语"),
    }
    assert "第 2 行" in found[7, "规范用语"][0]
    assert Synonym.objects.count() == before
    assert "没有找到这些列" in upload(client, sheet()[:0] + b"a,b\n1,2\n").content.decode()


# --- Best bets


def test_a_best_bet_is_chosen_by_address_or_by_title(client, office):
    document = DocumentFactory(published=True, title="青澜县最低生活保障办法")
    index.drain()
    form = {
        "queries": "吃低保、低保户",
        "line": "看第三条",
        "first_day": "",
        "last_day": "",
        "is_active": "on",
    }
    response = client.post("/admin/search/bestbet/add/", form | {"address": "没有的标题"})
    assert "粘贴它在本站的网址" in response.content.decode()
    back = "?from=asked&view=nothing&period=7&queries=吃低保"
    assert 'value="吃低保"' in client.get(f"/admin/search/bestbet/add/{back}").content.decode()
    address = f"https://testserver/documents/{document.pk}/?x=1"
    response = client.post(f"/admin/search/bestbet/add/{back}", form | {"address": address, "_save": "1"})
    assert response["Location"] == f"{ASKED}?view=nothing&period=7"
    bet = BestBet.objects.get()
    assert (bet.target, bet.keys, bet.created_by) == (f"document:{document.pk}", ["吃低保", "低保户"], office)
    page = client.get(f"/admin/search/bestbet/{bet.pk}/change/").content.decode()
    assert f'value="/documents/{document.pk}/"' in page
    client.post(f"/admin/search/bestbet/{bet.pk}/change/", form | {"address": document.title, "line": "新"})
    assert best_bets.for_query("低保户")[0].line == "新"
    type(document).objects.filter(pk=document.pk).update(status="draft")
    listed = client.get("/admin/search/bestbet/?now=gone").content.decode()
    assert "内容已不公开" in listed
    # What has gone may still be switched off, but not be chosen anew.
    off = {name: value for name, value in form.items() if name != "is_active"}
    client.post(f"/admin/search/bestbet/{bet.pk}/change/", off | {"address": bet.target})
    bet.refresh_from_db()
    assert not bet.is_active


# --- 大家在找什么


@pytest.fixture
def asked_things(db):
    document = DocumentFactory(published=True, title="青澜县最低生活保障办法")
    index.drain()
    today = timezone.localdate()
    for words, times, nothing, chosen, ago in (
        ("低保标准", 30, 0, 12, 1),
        ("彩礼标准", 20, 20, 0, 2),
        ("老年卡", 10, 2, 0, 3),
        ("张三丰", 2, 2, 0, 1),
        ("去年的事", 50, 0, 0, 200),
    ):
        row = Asked.objects.create(
            day=today - timedelta(days=ago), words=words, times=times, nothing=nothing, chosen=chosen
        )
        if chosen:
            Choice.objects.create(asked=row, key=f"document:{document.pk}", times=chosen, places=chosen * 2)
    return document


def shown(response):
    return [line.row.words for line in response.context["lines"]]


def test_what_people_look_for_in_three_views_and_four_periods(client, office, asked_things):
    assert shown(client.get(ASKED)) == ["低保标准", "彩礼标准", "老年卡"]
    assert shown(client.get(f"{ASKED}?view=nothing")) == ["彩礼标准", "老年卡"]
    assert shown(client.get(f"{ASKED}?view=ignored")) == ["老年卡"]
    assert shown(client.get(f"{ASKED}?period=365"))[0] == "去年的事"
    assert shown(client.get(f"{ASKED}?period=x&view=y")) == ["低保标准", "彩礼标准", "老年卡"]
    page = client.get(ASKED).content.decode()
    assert "张三丰" not in page
    assert "平均第 2 条" in page
    assert asked_things.title[:20] in page
    assert "others=%E5%BD%A9%E7%A4%BC" in page


def test_the_page_asks_as_much_for_many_rows_as_for_few(client, office, asked_things):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(ASKED)
        return len(captured)

    client.get(ASKED)  # What a process asks once (content types) is no matter of rows.
    few = queries()
    for number in range(40):
        Asked.objects.create(day=timezone.localdate(), words=f"词{number}", times=9)
    assert queries() == few <= 16


def test_the_workbook_has_the_three_views(client, office, asked_things):
    response = client.get(f"{ASKED}export.xlsx?period=30")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames == ["找得最多的", "找了没找到的", "找到了没人打开的"]
    cells = [[cell.value for cell in row] for row in book["找了没找到的"].iter_rows(min_row=4)]
    assert cells == [["彩礼标准", 20, 20, 0, 0], ["老年卡", 10, 2, 0, 0]]


def test_what_was_dealt_with_is_marked(client, office, asked_things):
    minzheng = AgencyFactory(short_name="县民政局")
    settle = f"{ASKED}settle/?q=彩礼标准&view=nothing&period=7"
    response = client.post(settle, {"settlement": "passed_on", "agency": "", "note": ""})
    assert "请选择转给哪个单位" in response.content.decode()
    response = client.post(settle, {"settlement": "passed_on", "agency": minzheng.pk, "note": "看看"})
    assert response["Location"] == f"{ASKED}?view=nothing&period=7"
    BestBet.objects.create(
        queries=["低保标准"],
        keys=["低保标准"],
        target="document:1",
        created_by=office,
        created_at=timezone.now(),
    )
    marks = {line.row.words: [words for words, _ in line.done] for line in client.get(ASKED).context["lines"]}
    assert marks == {"低保标准": ["已设推荐"], "彩礼标准": ["已转县民政局"], "老年卡": ["已有同义词"]}
    assert client.get(f"{ASKED}settle/").status_code == 404


def test_an_empty_page_says_what_to_do(client, office):
    assert "看看同义词" in client.get(ASKED).content.decode()


def test_an_agency_finds_what_was_passed_on_and_answers(client, office):
    agency = AgencyFactory()
    clerk, stranger = UserFactory(agency=agency), UserFactory(agency=AgencyFactory())
    want = Want.objects.create(words="彩礼标准", agency=agency, settled_by=office, settled_at=timezone.now())

    def waits(user):
        tasks = [task for section in queue_for(user) for task in section.open_tasks]
        return [task.url for task in tasks if "search/want" in task.url]

    assert waits(clerk) == ["/admin/search/want/?todo=waiting"]
    assert waits(stranger) == []
    client.force_login(stranger)
    assert client.get(f"/admin/search/want/{want.pk}/change/").status_code in (302, 404)
    client.force_login(clerk)
    page = client.get(f"/admin/search/want/{want.pk}/change/").content.decode()
    assert "/admin/disclosure/document/add/?title=" in page
    response = client.post(f"/admin/search/want/{want.pk}/answer/", {"answer": "已公开指导意见"}, follow=True)
    assert "已办结" in response.content.decode()
    assert waits(clerk) == []


@pytest.mark.parametrize(
    "address",
    [
        ASKED,
        f"{ASKED}export.xlsx",
        f"{ASKED}settle/?q=低保标准",
        "/admin/search/synonym/",
        "/admin/search/synonym/add/",
        "/admin/search/synonym/import/",
        "/admin/search/synonym/export/",
        "/admin/search/synonym/export.csv",
        "/admin/search/bestbet/",
    ],
)
def test_clerks_and_reviewers_do_not_see_what_people_look_for(client, address):
    for user in (UserFactory(), ReviewerFactory()):
        client.force_login(user)
        assert client.get(address).status_code == 403
