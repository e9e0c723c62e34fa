"""A citizen opens what is recommended; an official sees it, makes a synonym and a best bet, by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from portal.search import index
from portal.search.models import Asked, BestBet, Choice, Synonym
from tests.factories import AgencyFactory, DocumentFactory, OfficeUserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_opened_is_counted_and_officials_mend_the_search(new_page, assert_accessible_at_both):
    office = OfficeUserFactory()
    agency = AgencyFactory(short_name="县民政局")
    document = DocumentFactory(
        published=True,
        agency=agency,
        title="青澜县人民政府办公室关于印发青澜县最低生活保障审核确认办法的通知",
    )
    DocumentFactory(published=True, agency=agency, title="青澜县2026年最低生活保障标准")
    index.drain()
    today = timezone.localdate()
    BestBet.objects.create(
        queries=["最低生活保障"],
        keys=["最低生活保障"],
        target=f"document:{document.pk}",
        line="办理条件看第三条，材料看第八条",
        created_by=office,
        created_at=timezone.now(),
    )
    for number, words in enumerate(
        ("彩礼标准", "老人坐车卡", "超长的搜索词一直写到这里还没有写完呢真的很长", "低保标准")
    ):
        times = 40 - number * 9
        Asked.objects.create(
            day=today - timedelta(days=1), words=words, times=times, nothing=times if number < 2 else 0
        )
    citizen = new_page(width=390)
    citizen.goto("/search/?q=最低生活保障")
    expect(citizen.get_by_role("region", name="编辑推荐")).to_contain_text("办理条件看第三条")
    assert_accessible_at_both(citizen)
    with citizen.expect_request("**/search/chosen") as told:
        citizen.locator(".entries .entry-title").first.click()
    expect(citizen.locator("h1")).to_contain_text("2026年最低生活保障标准")
    assert told.value.response().status == 204
    assert Choice.objects.get().places == 1
    assert Asked.objects.get(words="最低生活保障").chosen == 1
    without = new_page(javascript=False)
    without.goto("/search/?q=最低生活保障")
    without.locator(".entries .entry-title").first.click()
    expect(without.locator("h1")).to_contain_text("2026年最低生活保障标准")
    assert Choice.objects.get().times == 1

    desk = new_page(user=office)
    desk.goto("/admin/search/asked/?view=nothing&period=7")
    assert_accessible_at_both(desk)
    desk.get_by_role("link", name="加同义词：老人坐车卡").click()
    expect(desk.locator("[name=others]")).to_have_value("老人坐车卡")
    desk.locator("[name=term]").fill("老年人乘车优待证")
    desk.locator("[name=term]").press("Enter")
    desk.wait_for_url("**/admin/search/asked/?view=nothing&period=7")
    expect(desk.locator("tr.asked-done")).to_contain_text("已有同义词")
    assert Synonym.objects.get(head="老年人乘车优待证").words[1] == "老人坐车卡"
    desk.get_by_role("link", name="设推荐：彩礼标准").click()
    box = desk.get_by_role("combobox", name="推荐的内容")
    box.press_sequentially("最低生活保障标准")
    desk.get_by_role("option").first.wait_for()
    assert_accessible_at_both(desk)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("/documents/" + str(document.pk + 1) + "/")
    desk.get_by_role("button", name="保存", exact=True).click()
    desk.wait_for_url("**/admin/search/asked/?view=nothing&period=7")
    assert BestBet.objects.filter(keys=["彩礼标准"]).exists()
    desk.get_by_role("link", name="转给单位：彩礼标准").click()
    assert_accessible_at_both(desk)
    assert desk.refusals == []
