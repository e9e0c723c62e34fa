"""Pages of laws, templates and matters in the back office: axe at both widths, and by keyboard."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from catalog import services
from catalog.drafts import Draft
from catalog.models import Adjustment, Field, Item, Law, Matter
from disclosure import services as disclosure
from tests.factories import AgencyFactory, DocumentFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "对象名单、标准、金额、发放时间和方式，以及经办机构、投诉电话和办理结果。" * 6
DECREE = "【行政法规】《中华人民共和国政府信息公开条例》（国务院令第711号）"


def add(people, agency, field, *levels, content=LONG):
    draft = Draft(levels=list(levels), content=content, basis=DECREE, time_limit="及时公开")
    return services.create_item(agency=agency, field=field, draft=draft, by=people.office)


@pytest.fixture
def county(people):
    village_field, welfare = Field.objects.get(slug="village"), Field.objects.get(slug="shehui-jiuzhu")
    village = AgencyFactory(code="linjiang-liuwan", name="临江镇柳湾村", kind="village")
    for name in ("收支情况", "债权债务", "集体资产和资源的承包、租赁、出让情况"):
        add(people, people.county, village_field, "村级财务", name)
    people.row = services.follow_template(
        agency=village, field=village_field, source=people.county, by=people.office
    )
    own = Item.objects.filter(agency=village).order_by("position")
    draft = Draft(levels=list(own[0].levels), content="逐笔公布收支。", basis=DECREE, time_limit="每月")
    services.change_item(item=own[0], draft=draft, reason="村民会议决定", by=people.office)
    services.drop_item(item=own[1], by=people.office)
    add(people, village, village_field, "自来水费")
    for name in ("政策法规", "审核公示", "发放结果"):
        add(people, people.minzheng, welfare, "最低生活保障", name)
    people.matter = services.save_matter(
        matter=Matter(name="最低生活保障", agency=people.minzheng, field=welfare), by=people.office
    )
    people.law = Law.objects.get(key="政府信息公开条例")
    services.repeal_law(law=people.law, on=date(2026, 5, 1), by=people.office)
    other = Law.objects.create(key="预算法", title="预算法")
    paper = DocumentFactory(published=True, title="中华人民共和国预算法")
    disclosure.link_law(law=other, document=paper, by=people.office)
    Law.objects.create(key="会计法", title="会计法")
    DocumentFactory(published=True, title="会计法")
    return people


def look(page, name, assert_accessible_at_both):
    """No finding and nothing too wide at both widths; a picture where SCREENSHOTS names a folder."""
    expect(page.locator("h1").first).to_be_visible()
    assert_accessible_at_both(page)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_every_page_is_clean_and_fits(new_page, assert_accessible_at_both, county):
    page = new_page(user=county.office)
    law, row, matter = county.law.pk, county.row.pk, county.matter.pk
    for name, args in (
        ("catalog_law_changelist", []),
        ("catalog_law_change", [law]),
        ("catalog_law_items", [law]),
        ("catalog_law_fallen", []),
        ("catalog_law_repeal", [law]),
        ("catalog_law_state", [law]),
        ("catalog_cataloginheritance_changelist", []),
        ("catalog_cataloginheritance_add", []),
        ("catalog_cataloginheritance_difference", [row]),
        ("catalog_cataloginheritance_stop", [row]),
        ("catalog_matter_changelist", []),
        ("catalog_matter_suggested", []),
        ("catalog_matter_items", [matter]),
        ("catalog_matter_change", [matter]),
        ("disclosure_lawtext_changelist", []),
        ("disclosure_lawtext_proposed", []),
        ("disclosure_lawtext_add", []),
    ):
        page.goto(reverse(f"admin:{name}", args=args))
        look(page, name, assert_accessible_at_both)


def test_items_of_a_matter_are_chosen_by_keyboard(new_page, county):
    page = new_page(user=county.office)
    page.goto(reverse("admin:catalog_matter_items", args=[county.matter.pk]))
    box = page.get_by_role("checkbox").first
    box.focus()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("结果")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.get_by_text("现在有 2 个事项")).to_be_visible()
    assert county.matter.items.count() == 2


def test_a_village_proposes_and_the_paper_goes_its_ways(new_page, assert_accessible_at_both, county):
    """未涉及 and 重新沿用 proposed on the page of differences; 重新提出 and 按相反的内容提出 by keyboard."""
    village = county.row.agency
    clerk = UserFactory(username="cunwu", agency=village)
    page = new_page(width=390, user=clerk)
    page.goto(reverse("admin:catalog_cataloginheritance_difference", args=[county.row.pk]))
    look(page, "village-difference", assert_accessible_at_both)
    page.get_by_role("button", name="提出：重新沿用").press("Enter")
    expect(page.get_by_text("重新沿用县级模板：批准后恢复这一事项")).to_be_visible()
    look(page, "village-proposed", assert_accessible_at_both)
    adjustment = Adjustment.objects.get()
    services.reject(adjustment=adjustment, remarks="请写明依据", by=county.office)
    page.reload()
    page.get_by_role("link", name="重新提出").press("Enter")
    page.get_by_label("调整理由").fill("村民会议决定")
    look(page, "village-again", assert_accessible_at_both)
    page.get_by_role("button", name="重新提出").press("Enter")
    expect(page.get_by_text("已提出「重新沿用")).to_be_visible()
    again = Adjustment.objects.exclude(pk=adjustment.pk).get()
    services.approve(adjustment=again, in_force_on=timezone.localdate(), by=county.office)
    page.reload()
    look(page, "village-written", assert_accessible_at_both)
    page.get_by_role("link", name="按相反的内容提出").press("Enter")
    look(page, "village-reverse", assert_accessible_at_both)
    page.get_by_role("button", name="按相反的内容提出").press("Enter")
    expect(page.get_by_role("heading", name="撤回：重新沿用")).to_be_visible()
    look(page, "village-reversed", assert_accessible_at_both)
