"""An officer of 县政府办公室 loads a year from the notice's prose, in a browser, with axe looking on."""

import pytest
from playwright.sync_api import expect

from workdays.models import CalendarYear, load_calendar

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_calendar_is_loaded_from_the_notice(new_page, assert_accessible_at_both, officer, notice_text):
    CalendarYear.objects.filter(year=2026).delete()
    page = new_page(width=390, user=officer)

    page.goto("/admin/workdays/calendaryear/")
    assert_accessible_at_both(page)
    page.get_by_role("link", name="粘贴放假通知").click()
    assert_accessible_at_both(page)

    # given a slip of the pen, when it is read, then the page names the line and keeps the text
    page.get_by_label("通知全文").fill(notice_text(2026).replace("1月4日（周日）", "1月4日（周六）"))
    page.get_by_role("button", name="读取并核对").click()
    assert "第 9 行" in page.get_by_role("alert").inner_text()
    assert_accessible_at_both(page)

    # when it is put right, then what was understood is shown before anything is stored
    page.get_by_label("通知全文").fill(notice_text(2026))
    page.get_by_role("button", name="读取并核对").click()
    assert page.get_by_role("row", name="春节").first.inner_text().count("2026-02") == 4
    assert not CalendarYear.objects.filter(year=2026).exists()
    assert_accessible_at_both(page)

    # when it is confirmed, then the year counts
    page.get_by_role("button", name="确认保存").click()
    expect(page.locator("body")).to_contain_text("已保存：放假 33 天，调休上班 6 天")
    assert load_calendar().workdays_in(2026).days == 248
    assert_accessible_at_both(page)


def test_pages_at_rest_and_with_errors(new_page, assert_accessible_at_both, officer, notice_text):
    page = new_page(width=390, user=officer)
    year = CalendarYear.objects.get(year=2025)
    page.goto(f"/admin/workdays/calendaryear/{year.pk}/change/")
    assert_accessible_at_both(page)
    page.goto("/admin/workdays/calendaryear/add/")
    incomplete = notice_text(2025).replace("五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。", "")
    page.get_by_label("通知全文").fill(incomplete)
    page.get_by_role("button", name="读取并核对").click()
    page.get_by_role("button", name="确认保存").click()
    assert "请核对后勾选" in page.get_by_role("alert").inner_text()
    assert_accessible_at_both(page)
    page.goto("/admin/workdays/dayoverride/")
    assert_accessible_at_both(page)
    page.goto("/admin/workdays/dayoverride/add/")
    assert_accessible_at_both(page)
    page.locator("input[name=_save]").click()
    expect(page.locator("main")).to_contain_text("请写明依据的文件")
    assert_accessible_at_both(page)
