"""Someone on duty takes a page off the site by keyboard alone, axe looking on."""

import pytest
from playwright.sync_api import expect

from agencies.roles import DUTY
from disclosure.models import Document
from disclosure.states import Publication
from tests.factories import DocumentFactory, UserFactory, root_agency

pytestmark = pytest.mark.journey


def test_found_by_its_address_and_gone(transactional_db, people, new_page, assert_accessible_at_both):
    document = DocumentFactory(agency=people.minzheng, published=True, title="高龄津贴发放名单")
    page = new_page(width=390, user=UserFactory(agency=root_agency(), roles=[DUTY]))
    page.goto("/admin/disclosure/document/")
    page.locator("#searchbar").fill(f"https://qinglan.example/documents/{document.pk}/")
    page.keyboard.press("Enter")
    button = page.get_by_role("link", name="紧急下线：高龄津贴发放名单")
    expect(button).to_be_visible()
    assert_accessible_at_both(page)
    button.press("Enter")
    page.get_by_label("原因").fill("名单里有身份证号")
    assert_accessible_at_both(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已紧急下线：高龄津贴发放名单")).to_be_visible()
    assert_accessible_at_both(page)
    assert Document.objects.get().status == Publication.OFFLINE
    page.goto(f"/documents/{document.pk}/")
    expect(page.get_by_role("heading", name="该页面已下线")).to_be_visible()
    assert "高龄津贴" not in page.content()
    assert_accessible_at_both(page)
