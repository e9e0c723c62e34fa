"""A clerk files what stays in, the office opens it; a paper is returned: by keyboard, at both widths."""

from datetime import datetime

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from disclosure import services
from disclosure.models import Document, RegistrationReturn, Withholding
from disclosure.register_states import PaperRole
from tests.browser import WIDTHS
from tests.factories import SHANGHAI, DocumentFactory

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LAST_YEAR = datetime(2025, 3, 3, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def look(assert_accessible):
    """Look at a page on the desk and on the phone."""

    def at(page):
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 900})
            assert_accessible(page)

    return at


def test_filed_rechecked_and_opened(new_page, people, look):
    document = DocumentFactory(
        agency=people.minzheng,
        created_by=people.clerk,
        title="青澜县民政局关于局机关办公用房调剂的通知",
        openness="withheld",
        openness_ground="E16a",
        openness_reason="只涉及本局后勤管理。",
    )
    page = new_page(user=people.clerk)
    page.goto("/admin/disclosure/withholding/trend/")
    expect(page.get_by_text("还没有备案的文件")).to_be_visible()
    look(page)
    page.goto(f"/admin/disclosure/document/{document.pk}/change/")
    page.get_by_role("link", name="报备案").press("Enter")
    look(page)
    page.get_by_role("button", name="报备案").press("Enter")
    expect(page.get_by_text("已报备案：")).to_be_visible()
    services.confirm_filing(document, by=people.reviewer, now=LAST_YEAR)
    services.accept_filing(document, by=people.office, now=LAST_YEAR)
    page = new_page(user=people.office)
    page.goto("/admin/disclosure/withholding/?todo=recheck")
    look(page)
    page.get_by_role("link", name=document.title).press("Enter")
    look(page)
    page.get_by_role("link", name="复核", exact=True).press("Enter")
    page.get_by_label("转为主动公开").focus()
    page.keyboard.press("Space")
    look(page)
    page.get_by_label("理由").fill("用房调整已经完成。")
    page.get_by_role("button", name="复核").press("Enter")
    expect(page.get_by_role("heading", name="复核记录")).to_be_visible()
    look(page)
    assert Document.objects.get().openness == "proactive"
    assert Withholding.objects.to_publish().exists()
    page.goto("/admin/disclosure/withholding/trend/")
    expect(page.locator("svg.trend, .trend svg")).to_be_visible()
    look(page)


def test_returned_for_what_is_missing(new_page, people, look):
    registration = services.create_registration(
        by=people.clerk,
        agency=people.minzheng,
        title="青澜县社会组织等级评估管理办法",
        is_normative=True,
        openness="proactive",
    )
    paper = ContentFile(b"%PDF-1.4\nx\n%%EOF", name="送审稿.pdf")
    services.add_paper(registration, by=people.clerk, file=paper, role=PaperRole.DRAFT)
    page = new_page(user=people.clerk)
    page.goto(f"/admin/disclosure/registration/{registration.pk}/change/")
    expect(page.get_by_text("缺解读稿")).to_be_visible()
    look(page)
    page.get_by_role("link", name="报审", exact=True).press("Enter")
    page.get_by_role("button", name="报审").press("Enter")
    page = new_page(user=people.office)
    page.goto("/admin/disclosure/registration/returns/")
    expect(page.get_by_text("这一年没有退文")).to_be_visible()
    page.goto("/admin/disclosure/registration/?todo=handed_in")
    page.get_by_role("link", name=registration.title).press("Enter")
    page.get_by_role("link", name="退文", exact=True).press("Enter")
    expect(page.get_by_label("缺解读稿")).to_be_checked()
    look(page)
    page.get_by_label("退文意见").fill("请补齐。")
    page.get_by_role("button", name="退文").press("Enter")
    expect(page.get_by_role("heading", name="退文记录")).to_be_visible()
    look(page)
    assert RegistrationReturn.objects.count() == 1
    page.goto("/admin/disclosure/registration/returns/")
    look(page)
