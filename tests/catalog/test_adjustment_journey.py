"""A clerk proposes, 县政府办公室 approves: in a browser, both widths, under axe, by keyboard."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog import services
from catalog.models import Adjustment, Field, Item
from catalog.services import draft_of
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()
LONG = "最低生活保障对象名单及相关信息、保障标准、资金发放情况，按月更新，公示期满后转为长期公开。" * 4


@pytest.fixture
def item(people):
    return ItemFactory(
        agency=people.minzheng,
        field=Field.objects.get(slug="shehui-jiuzhu"),
        code="shehui-jiuzhu-00001",
        levels=["最低生活保障", "审核信息"],
        content=LONG,
        basis="【行政法规】《社会救助暂行办法》（国务院令第649号）\n【规范性文件】《国务院关于进一步加强和改进最低生活保障工作的意见》",
        audience=["全社会"],
        manner=["主动公开"],
        channels=[{"name": "政府网站", "mark": "required"}, {"name": "公示栏", "mark": "optional"}],
        in_force_from=TODAY - timedelta(days=30),
    )


def look(page, name):
    """Keep a picture where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_change_is_proposed_and_approved(people, item, new_page, assert_accessible_at_both):
    clerk = new_page(width=390, user=people.clerk)
    clerk.goto(reverse("admin:catalog_item_change", args=[item.pk]))
    assert_accessible_at_both(clerk)
    look(clerk, "item-form")
    clerk.get_by_label("公开时限").fill("信息形成之日起10个工作日内")
    clerk.get_by_label("调整理由").fill("国办发〔2026〕1号")
    clerk.get_by_role("button", name="提出调整").focus()
    clerk.keyboard.press("Enter")
    clerk.get_by_text("县政府办公室批准后写入").wait_for()
    assert_accessible_at_both(clerk)
    look(clerk, "adjustment-clerk")
    assert Item.objects.get().version == 1

    office = new_page(width=390, user=people.office)
    office.goto(reverse("admin:index"))
    office.get_by_role("link", name="等县政府办公室批准的目录调整").click()
    assert_accessible_at_both(office)
    look(office, "adjustment-list")
    office.get_by_role("link", name="修改：审核信息").click()
    office.get_by_role("link", name="批准", exact=True).focus()
    office.keyboard.press("Enter")
    office.get_by_label("生效日期").wait_for()
    assert_accessible_at_both(office)
    look(office, "adjustment-approve")
    office.get_by_role("button", name="批准").focus()
    office.keyboard.press("Enter")
    office.get_by_text("已批准并写入目录").wait_for()
    assert_accessible_at_both(office)
    look(office, "adjustment-done")
    assert Item.objects.get().time_limit == "信息形成之日起10个工作日内"

    office.goto(reverse("admin:catalog_item_history", args=[item.pk]))
    office.get_by_text("第 2 版").wait_for()
    assert_accessible_at_both(office)
    look(office, "item-history")


def test_the_other_pages(people, item, new_page, assert_accessible_at_both):
    beside = {"responsible_office": "救助股"}
    lines = [
        services.line_adding(people.minzheng, item.field, draft_of(item), beside),
        services.line_retiring(item),
    ]
    services.propose(agency=people.minzheng, title="两项", reason="修订", lines=lines, by=people.clerk)
    adjustment = Adjustment.objects.get()
    office = new_page(width=390, user=people.office)
    pages = {
        "adjustment": reverse("admin:catalog_adjustment_change", args=[adjustment.pk]),
        "reject": reverse("admin:catalog_adjustment_move", args=[adjustment.pk, "reject"]),
        "empty": reverse("admin:catalog_adjustment_changelist") + "?waiting=stuck",
        "item": reverse("admin:catalog_item_change", args=[item.pk]),
        "field": reverse("admin:catalog_field_change", args=[item.field_id]),
        "rename": reverse("admin:catalog_field_rename", args=[item.field_id]),
        "merge": reverse("admin:catalog_field_merge", args=[item.field_id]),
    }
    for name, address in pages.items():
        office.goto(address)
        assert_accessible_at_both(office)
        look(office, name)
    office.goto(reverse("admin:catalog_item_changelist"))
    office.locator("input.action-select").first.check()
    office.locator("select[name=action]").select_option("retire_selected")
    office.get_by_role("button", name="执行").click()
    office.get_by_label("调整理由").wait_for()
    assert_accessible_at_both(office)
    look(office, "retire")
    assert office.refusals == []
