"""The preview's own questions and its workbook; an import undone from the back office."""

import io

import openpyxl
import pytest
from django.urls import reverse

from catalog.models import Adjustment, CatalogImport, Item
from tests.catalog.conftest import CAPTION, HEADER, row, save_book
from tests.catalog.other_formats import write_xls
from tests.catalog.test_admin_import import ROWS, confirm, preview_of

pytestmark = pytest.mark.django_db
UNDO = "admin:catalog_catalogimport_undo"
LOG = "admin:catalog_catalogimport_changelist"


@pytest.fixture
def office(client, people):
    client.force_login(people.office)
    return client


@pytest.fixture
def imported(office, people, catalog_file):
    url, page = preview_of(office, catalog_file([*ROWS, row(3, "特困", "名单")]), people.minzheng)
    confirm(office, url, page)
    return CatalogImport.objects.get()


def book_of(client, url):
    response = client.get(f"{url}preview.xlsx")
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def names_in_force():
    return set(Item.objects.in_force().values_list("levels__1", flat=True))


def test_missing_items_stay_unless_ticked(office, people, catalog_file, imported):
    url, page = preview_of(office, catalog_file(ROWS[:1], name="b.xlsx"), people.minzheng)
    assert len(page.context["missing"]) == 2
    guide = Item.objects.get(levels__contains=["办事指南"])
    done = confirm(office, url, page, retire=[guide.pk])
    assert "停用 1 项；文件中没有的 1 项保留未动" in done.content.decode()
    guide.refresh_from_db()
    assert (guide.retired_on is not None, guide.version, guide.changed_by) == (True, 2, people.office)
    assert names_in_force() == {"政策文件", "名单"}


def test_all_missing_at_once(office, people, catalog_file, imported):
    url, page = preview_of(office, catalog_file(ROWS[:1], name="b.xlsx"), people.minzheng)
    confirm(office, url, page, retire_all="on")
    assert names_in_force() == {"政策文件"}


def test_what_is_not_missing_cannot_be_slipped_in(office, people, catalog_file, imported):
    url, page = preview_of(office, catalog_file(ROWS[:1], name="b.xlsx"), people.minzheng)
    kept = Item.objects.get(levels__contains=["政策文件"])
    again = confirm(office, url, page, retire=[kept.pk])
    assert "请核对新的预览" in again.content.decode()
    assert Item.objects.in_force().count() == 3


def test_the_meaning_of_boxes_is_asked_and_another_answer_is_shown_first(office, people, catalog_file):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    assert page.context["ask_marks"] is True
    again = confirm(office, url, page, marks="chosen")
    assert "重新读入" in again.content.decode()
    assert Item.objects.count() == 0
    confirm(office, url, again)
    assert {use["mark"] for item in Item.objects.all() for use in item.channels} == {"required", "unused"}


def test_a_legend_or_no_empty_box_leaves_nothing_to_ask(office, people, catalog_file):
    for rows in (
        [*ROWS, ["备注：■为必选项，□为可选项。"]],
        [row(1, "低保", "政策文件", channels="■政府网站")],
    ):
        _url, page = preview_of(office, catalog_file(rows), people.minzheng)
        assert page.context["ask_marks"] is False


def test_the_workbook_bears_errors_as_comments_at_their_cells(office, people, catalog_file):
    rows = [*ROWS, row(3, None, "=1+1", content=0.5, subject="县级民政部门")]
    url, _page = preview_of(office, catalog_file(rows, merges=["B4:B5"]), people.minzheng)
    book = book_of(office, url)
    assert book.sheetnames == ["核对结果", "Sheet1"]
    sheet = book["Sheet1"]
    assert sheet["D6"].comment.text.startswith("错误：这里是带小数的数字")
    assert sheet["D6"].fill.start_color.rgb == "FFF8CBC6"
    assert "B4:B5" in [str(merge) for merge in sheet.merged_cells.ranges]
    assert [cell.value for cell in book["核对结果"][2]][:3] == ["错误", "Sheet1", "C6"]
    assert all(cell.data_type != "f" for row_ in sheet.iter_rows() for cell in row_)


def test_the_workbook_lists_new_changed_and_missing(office, people, catalog_file, imported):
    formula = "=cmd|' /C calc'!A0"
    rows = [row(1, "低保", "办事指南", limit="实时公开"), row(2, "养老", "机构名录", content="x")]
    path = catalog_file(rows, name="b.xlsx")
    source = openpyxl.load_workbook(path)
    source.active["D5"] = formula
    source.active["D5"].data_type = "s"
    source.save(path)
    url, _page = preview_of(office, path, people.minzheng)
    book = book_of(office, url)
    lines = [[cell.value for cell in line] for line in book["核对结果"].iter_rows(min_row=2)]
    assert ["修改", "Sheet1", "F4", "低保 / 办事指南", "公开时限", "及时公开", "实时公开"] in lines
    assert [line[0] for line in lines].count("新增") == 1
    assert {line[3] for line in lines if line[0] == "文件中没有"} == {"低保 / 政策文件", "特困 / 名单"}
    cell = book["Sheet1"]["D5"]
    assert (cell.data_type, cell.value) == ("s", formula)
    assert "原来：及时公开" in book["Sheet1"]["F4"].comment.text


@pytest.mark.parametrize("kind", ["xls", "nothing"])
def test_the_workbook_of_any_file(office, people, tmp_path, kind):
    from catalog.exchange.workbook import read_workbook

    path = tmp_path / "目录.xls"
    if kind == "xls":
        source = save_book(
            tmp_path / "s.xlsx", {"社会救助": [[CAPTION], *HEADER, row(1, None, None, content=0.5)]}
        )
        write_xls(path, read_workbook(source))
    else:
        path.write_bytes(b"\xff\xd8\xff no workbook")
    url, _page = preview_of(office, path, people.minzheng)
    book = book_of(office, url)
    assert book["核对结果"]["A2"].value == "错误"
    assert len(book.sheetnames) == (2 if kind == "xls" else 1)


def test_the_workbook_is_for_the_one_who_uploaded(client, people, catalog_file):
    client.force_login(people.office)
    url, _page = preview_of(client, catalog_file(ROWS), people.minzheng)
    for user in (people.clerk, people.stranger):
        client.force_login(user)
        assert client.get(f"{url}preview.xlsx").status_code == 302
    client.force_login(people.reviewer)
    assert client.get(f"{url}preview.xlsx").status_code == 403
    client.logout()
    assert client.get(f"{url}preview.xlsx").status_code == 302


def test_an_import_is_undone_from_its_message_and_from_the_log(office, people, catalog_file):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    text = confirm(office, url, page).content.decode()
    door = reverse(UNDO, args=[CatalogImport.objects.get().pk])
    assert f'<a href="{door}">撤销这次导入</a>' in text
    assert door in office.get(reverse(LOG)).content.decode()
    assert "确定撤销" in office.get(door).content.decode()
    assert Item.objects.count() == 2
    assert "移除 2 项" in office.post(door, follow=True).content.decode()
    assert Item.objects.count() == 0
    assert "已撤销" in office.get(reverse(LOG)).content.decode()
    assert "已经撤销过" in office.post(door, follow=True).content.decode()


def test_a_clerks_import_becomes_an_adjustment(client, people, catalog_file, imported):
    client.force_login(people.clerk)
    rows = [row(1, "低保", "办事指南", limit="实时公开"), row(2, "养老", "机构名录", content="名录")]
    url, page = preview_of(client, catalog_file(rows, name="b.xlsx"), people.minzheng)
    assert "提交调整申请" in page.content.decode()
    leaving = Item.objects.get(levels__contains=["名单"])
    done = confirm(client, url, page, retire=[leaving.pk], reason="机构调整")
    adjustment = Adjustment.objects.get()
    assert str(adjustment) in done.content.decode()
    assert (adjustment.reason, adjustment.proposed_by, adjustment.agency) == (
        "机构调整", people.clerk, people.minzheng,
    )  # fmt: skip
    assert sorted(adjustment.lines.values_list("action", flat=True)) == ["add", "change", "retire"]
    assert Item.objects.in_force().count() == 3
    assert CatalogImport.objects.count() == 1


def test_a_clerks_file_without_a_change_is_answered_with_a_sentence(client, people, catalog_file, imported):
    client.force_login(people.clerk)
    url, page = preview_of(client, catalog_file([*ROWS, row(3, "特困", "名单")]), people.minzheng)
    assert "不需要提出调整" in confirm(client, url, page).content.decode()
    assert Adjustment.objects.count() == 0


def test_who_may_only_propose_sees_no_undo(client, people, imported):
    door = reverse(UNDO, args=[imported.pk])
    client.force_login(people.clerk)
    assert door not in client.get(reverse(LOG)).content.decode()
    assert "县政府办公室" in client.post(door, follow=True).content.decode()
    client.force_login(people.stranger)
    assert client.post(door).status_code == 404
    client.force_login(people.reviewer)
    assert client.post(door).status_code == 403
    assert Item.objects.count() == 3


def test_the_undo_takes_no_other_method(office, imported):
    assert office.put(reverse(UNDO, args=[imported.pk])).status_code == 405
