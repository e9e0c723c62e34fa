"""A clerk clears the list of what the catalog asks for; the office looks over the county."""

import pytest

from catalog.models import Item
from disclosure import services
from disclosure.models import Coverage, Declaration
from tests.factories import DocumentFactory, FieldFactory, ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/disclosure/coverage/"


@pytest.fixture
def items(people):
    """A catalog with items of many kinds: new, late, due by the calendar, published, held elsewhere."""
    field = FieldFactory(slug="ceshi-jiuzhu", name="测试救助")
    limits = ["信息形成之日起20个工作日内", "每季度的首个月20日", "每月", "及时公开", "每年1月31日前"]
    made = [
        ItemFactory(
            agency=people.minzheng,
            field=field,
            time_limit=limit,
            levels=["综合业务", f"第{n}项监督检查结果公示"],
        )
        for n, limit in enumerate(limits * 3)
    ]
    Item.objects.update(created_at="2024-01-01T00:00+08:00")
    DocumentFactory(agency=people.minzheng, items=made[:2], published=True)
    DocumentFactory(agency=people.minzheng, items=[made[5]], written_on="2026-01-05")
    services.keep_elsewhere(made[3], by=people.clerk, platform="信用中国", url="https://example.org/gongshi")
    return made


def test_a_clerk_declares_by_keyboard_what_did_not_arise(new_page, people, items):
    page = new_page(user=people.clerk)
    page.goto(LIST + "?todo=never")
    assert page.locator("#result_list tbody tr").count() == Coverage.objects.waiting_for("never").count() > 2
    for box in page.locator("input.action-select").all()[:2]:
        box.focus()
        page.keyboard.press("Space")
    page.get_by_label("执行动作").or_(page.locator("select[name=action]")).first.select_option(
        "declare_selected"
    )
    page.locator(".actions button").focus()
    page.keyboard.press("Enter")
    page.get_by_label("说明").fill("本年没有。")
    page.keyboard.press("Enter")
    page.get_by_text("已声明 2 项").wait_for()
    assert Declaration.objects.count() == 2
    assert page.refusals == []


def test_an_item_is_recorded_as_published_elsewhere(new_page, people, items):
    page = new_page(user=people.clerk)
    page.goto(f"{LIST}{items[1].pk}/change/")
    page.get_by_role("link", name="在其他平台公开").click()
    page.get_by_label("平台名称").fill("中国政府采购网")
    page.get_by_label("网址").fill("https://example.org/caigou")
    page.get_by_role("button", name="登记").click()
    page.get_by_text("已登记在其他平台公开").wait_for()
    page.get_by_text("https://example.org/caigou").wait_for()


def test_the_pages_are_for_everybody(new_page, people, items, assert_accessible_at_both):
    services.refresh_all()
    done, _ = services.declare_none_arose(items[6:7], by=people.clerk)
    page = new_page(user=people.office)
    for address in (
        LIST,
        LIST + "?todo=dead",
        LIST + "overview/",
        f"{LIST}{items[3].pk}/change/",
        f"{LIST}{items[6].pk}/change/",
        f"{LIST}declare/?items={items[0].pk},{items[4].pk}",
        f"{LIST}{items[3].pk}/elsewhere/",
        f"{LIST}declarations/{done[0].pk}/revoke/",
        "/admin/",
    ):
        page.goto(address)
        assert_accessible_at_both(page)
        assert page.refusals == [], address
