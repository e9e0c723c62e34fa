"""A bureau's catalog comes in through a browser, with axe looking on: by the office at once, by the bureau's
clerk as an adjustment."""

import openpyxl
import pytest

from catalog.models import Item
from tests.browser import findings_at_both
from tests.catalog.conftest import row

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
ROWS = [
    row(1, "最低生活保障", "政策法规文件"),
    row(2, None, "办事指南", limit="及时公开", subject="县级民政部门"),
    row(3, "特困人员救助供养", "审核信息"),
]


@pytest.fixture
def clean():
    """Collects what axe, the policy and the screen's edge have to say, page by page."""
    found = []

    def look(page, where):
        found.extend(f"{where}: {line}" for line in [*page.refusals, *findings_at_both(page)])
        page.refusals.clear()

    yield look
    assert not found, "\n".join(found)


def upload(page, path):
    page.get_by_label("目录文件").set_input_files(path)
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_role("heading", name="核对导入内容").wait_for()


def test_the_office_imports_a_catalog_and_takes_it_back(new_page, people, catalog_file, clean):
    page = new_page(width=390, user=people.office)
    page.goto("/admin/catalog/item/")
    clean(page, "empty list")
    page.get_by_role("link", name="导入", exact=True).click()
    clean(page, "upload")
    page.get_by_role("button", name="上传并预览").click()
    clean(page, "upload without a file")

    path = catalog_file(ROWS)
    upload(page, path)
    clean(page, "preview of new items")
    assert Item.objects.count() == 0
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("新增 3 项").wait_for()
    clean(page, "list")
    page.get_by_role("link", name="撤销这次导入").click()
    clean(page, "undo")
    page.get_by_role("button", name="确定撤销").click()
    page.get_by_text("移除 3 项").wait_for()
    clean(page, "log")
    assert Item.objects.count() == 0
    page.goto("/admin/catalog/item/import/")
    upload(page, path)
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("新增 3 项").wait_for()
    page.get_by_role("link", name="办事指南").first.click()
    clean(page, "item")

    book = openpyxl.load_workbook(path)
    book.active["F5"] = "20个工作日"
    book.save(path)
    page.goto("/admin/catalog/item/import/")
    upload(page, path)
    assert page.locator("del").inner_text() == "及时公开"
    clean(page, "preview of a change")
    page.get_by_role("button", name="取消，不导入").click()
    assert Item.objects.filter(time_limit="20个工作日").count() == 0

    book.active["D5"] = 1234567890123456789
    book.save(path)
    page.goto("/admin/catalog/item/import/")
    upload(page, path)
    page.get_by_text("有 1 处错误，不能导入").wait_for()
    assert page.get_by_role("button", name="确认导入").count() == 0
    clean(page, "preview with an error")


def test_a_clerk_ticks_what_leaves_and_hands_in(new_page, people, catalog_file, clean):
    from django.core.management import call_command

    path = str(catalog_file(ROWS))
    call_command("import_catalog", path, "--agency", "minzheng", stdout=open("/dev/null", "w"))  # noqa: SIM115
    page = new_page(width=390, user=people.clerk)
    page.goto("/admin/catalog/item/import/")
    upload(page, catalog_file([*ROWS[:2], row(3, "养老服务", "机构名录")], name="b.xlsx"))
    page.get_by_label("特困人员救助供养 / 审核信息").check()
    page.get_by_label("■必选、□可选").last.check()
    page.get_by_label("调整理由").fill("机构调整")
    clean(page, "preview of a clerk")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载核对结果（.xlsx）").click()
    with open(download.value.path(), "rb") as file:
        assert openpyxl.load_workbook(file).sheetnames == ["核对结果", "Sheet1"]
    page.get_by_role("button", name="提交调整申请").click()
    page.get_by_text("已提交调整申请").wait_for()
    assert Item.objects.in_force().count() == 3


def test_an_official_retires_an_item(new_page, people, catalog_file, clean):
    from django.core.management import call_command

    call_command("import_catalog", str(catalog_file(ROWS)), stdout=open("/dev/null", "w"))  # noqa: SIM115
    page = new_page(user=people.office)
    page.goto("/admin/catalog/item/")
    page.locator("input.action-select").first.check()
    page.get_by_label("动作").select_option(label="停用所选事项")
    page.get_by_role("button", name="执行").click()
    clean(page, "retire")
    page.get_by_label("理由").fill("不再公开")
    page.get_by_role("button", name="确定停用").click()
    page.get_by_text("已停用 1 项").wait_for()
    assert Item.objects.in_force().count() == 2
