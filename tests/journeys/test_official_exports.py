"""The official (县政府办公室): owes the province the catalog in the official layout, on a fixed date."""

import openpyxl
import pytest

from agencies.models import User
from catalog.models import CatalogImport, Item


@pytest.mark.usefixtures("county")
class TestOfficialExports:
    """What goes in comes out: the official layout, and back in as 不变."""

    def test_exports_a_field_and_what_comes_back_is_unchanged(self, new_page, assert_accessible, tmp_path):
        # Given someone of the county's disclosure office, in the list of items of one field
        page = new_page(user=User.objects.get(username="office"))
        page.goto("/admin/")
        assert_accessible(page)
        page.get_by_role("link", name="目录事项").first.click()
        filters = page.locator("#changelist-filter")
        filters.locator("summary", has_text="领域").click()
        filters.get_by_role("link", name="社会救助").click()
        assert_accessible(page)
        # When she takes 导出
        with page.expect_download() as download:
            page.get_by_role("link", name="导出").first.click()
        file = tmp_path / "目录.xlsx"
        download.value.save_as(file)
        # Then the sheet is laid out as officials lay it out
        assert_laid_out_officially(file)
        # When she uploads the very file
        page.goto("/admin/catalog/item/import/")
        assert_accessible(page)
        page.locator("input[type=file]").set_input_files(file)
        agency = page.locator("select[name=agency]")
        if agency.count():
            agency.select_option(label="青澜县民政局")
        page.get_by_role("button", name="上传并预览").click()
        # Then every row is 不变, and nothing has been written
        counts = dict(
            zip(
                page.locator(".catalog-counts dt").all_inner_texts(),
                page.locator(".catalog-counts dd").all_inner_texts(),
                strict=True,
            )
        )
        assert counts == {
            "读到事项": "10",
            "新增": "0",
            "修改": "0",
            "不变": "10",
            "文件中没有": "0",
            "提醒": counts["提醒"],
            "错误": "0",
        }
        assert_accessible(page)
        page.get_by_role("button", name="取消，不导入").click()
        assert CatalogImport.objects.count() == 0
        assert page.refusals == []

    def test_a_changed_cell_is_seen_before_it_is_written(self, new_page, assert_accessible, tmp_path):
        # Given the exported file with one time limit changed by hand, on the narrow screen
        page = new_page(width=390, user=User.objects.get(username="office"))
        with page.expect_download() as download:
            page.goto("/catalog/")
            page.get_by_role("link", name="导出Excel").first.click()
        file = tmp_path / "全部.xlsx"
        download.value.save_as(file)
        book = openpyxl.load_workbook(file)
        sheet = next(s for s in book.worksheets if "社会救助" in str(s.cell(1, 1).value))
        cell = next(
            c for row in sheet.iter_rows() for c in row if c.value == "制定或者获取文件之日起10个工作日内"
        )
        cell.value = "制定或者获取文件之日起5个工作日内"
        book.save(file)
        # When it is uploaded
        page.goto("/admin/catalog/item/import/")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="上传并预览").click()
        # Then old and new stand side by side at their cell
        row = page.locator("tr", has_text=cell.coordinate).first
        assert row.locator("del").inner_text() == "制定或者获取文件之日起10个工作日内"
        assert row.locator("ins").inner_text() == "制定或者获取文件之日起5个工作日内"
        assert_accessible(page)
        # When it is confirmed, that item alone has changed
        before = Item.objects.values_list("updated_at", flat=True).order_by("-updated_at").first()
        page.get_by_role("button", name="确认导入").click()
        page.wait_for_url(lambda url: "/import/" not in url)
        changed = Item.objects.filter(updated_at__gt=before)
        assert [item.time_limit for item in changed] == ["制定或者获取文件之日起5个工作日内"]
        assert CatalogImport.objects.get().counts["changed"] == 1


def assert_laid_out_officially(file):
    sheet = openpyxl.load_workbook(file).worksheets[0]
    texts = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows(max_row=4)]
    assert any("基层政务公开标准目录" in text for row in texts for text in row)
    head = next(row for row in texts if "公开时限" in row)
    assert head.index("公开内容（要素）" if "公开内容（要素）" in head else "公开内容(要素)") > 0
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert sheet.print_title_rows
    assert any(merged.max_row > merged.min_row for merged in sheet.merged_cells.ranges)
