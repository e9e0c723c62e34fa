"""A leader signs on a phone, a clerk hands on and certifies: both widths, by keyboard, axe looking on."""

import re

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

import agencies.services
from disclosure import services
from disclosure.models import Document
from disclosure.states import Openness, Publication, StepChannel
from tests.browser import WIDTHS
from tests.factories import AgencyFactory, ReviewerFactory, TopicFactory, UserFactory
from tests.people import CREDIT_CODE, confirmed, storage

__all__ = ["storage"]
pytestmark = pytest.mark.journey
PIN = "730518"
TITLE = "青澜县水务局关于做好二〇二六年汛期山洪灾害防御和月湾水库安全度汛工作有关事项的通知"
BODY = "".join(
    f"<h2>第{n}部分</h2><p>各乡镇要把人员转移避险放在第一位，落实到户到人。</p>" for n in range(1, 7)
)
TABLE = (
    "<table><tr><th>村</th><th>联系人</th><th>转移安置点</th></tr>"
    "<tr><td>柳湾村</td><td>村委会</td><td>镇中学</td></tr></table>"
)


def both(page, assert_accessible):
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)
    assert page.refusals == []


def submitted_again(bureau, clerk):
    """A paper with a table and a file that was taken back once and waits, with a reminder."""
    draft = services.create_document(
        by=clerk,
        agency=bureau,
        title=TITLE,
        summary="汛期到了，这份通知讲谁来转移、转到哪里、找谁。",
        body=BODY + TABLE,
        written_on=timezone.localdate(),
        openness=Openness.PROACTIVE,
        topic=TopicFactory(),
        is_notice=True,
    )
    services.add_attachment(draft, by=clerk, file=ContentFile(b"%PDF-1.4\nx\n%%EOF", name="值守表.pdf"))
    services.submit(confirmed(draft, clerk), by=clerk)
    services.recall(draft, by=clerk)
    services.update_document(draft, by=clerk, summary="汛期怎么办，看这一份。")
    services.submit(draft, by=clerk)
    services.remind(draft, by=clerk)
    return draft


def staff_page(name, draft):
    return reverse(f"admin:disclosure_document_{name}", args=[draft.pk])


def hand_on(desk, draft, assert_accessible):
    """The clerk looks at every way of handing on, and makes a link; returns its address."""
    for name in ("change", "paper", "paper_print", "remind", "hand"):
        desk.goto(staff_page(name, draft))
        both(desk, assert_accessible)
    desk.get_by_label("李分管").check()
    desk.get_by_role("button", name="生成链接和二维码").press("Enter")
    expect(desk.get_by_role("img", name="手机审签的二维码")).to_be_visible()
    both(desk, assert_accessible)
    return re.search(r"/sign/[^/]+/", desk.get_by_label("只要网址").input_value())[0]


def agree_on_the_phone(phone, address):
    """No script, no log-in: a leader's phone, up to the button that signs."""
    phone.goto(address)
    expect(phone.get_by_role("heading", name=TITLE)).to_be_visible()
    phone.get_by_role("link", name="看过了，直接去签").press("Enter")
    phone.get_by_role("button", name="下一步").press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("请选「同意」或者「退回」")
    phone.get_by_label("同意", exact=True).press("Space")
    phone.get_by_label("我已作保密审查").press("Space")
    phone.get_by_role("button", name="下一步").press("Enter")
    expect(phone.get_by_role("heading", name="请确定")).to_be_visible()
    phone.get_by_role("button", name="回去再看看").press("Enter")
    expect(phone.get_by_label("同意", exact=True)).to_be_checked()
    phone.get_by_role("button", name="下一步").press("Enter")
    phone.get_by_label("您的签批密码").fill("111222")
    phone.get_by_role("button", name="确定", exact=True).press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("还可以试4次")
    phone.get_by_label("您的签批密码").fill(PIN)


def look_with_script(looking, address, assert_accessible):
    """The same pages with script, for axe."""
    looking.goto(address)
    both(looking, assert_accessible)
    looking.get_by_role("button", name="下一步").click()
    both(looking, assert_accessible)
    looking.get_by_label("同意", exact=True).check()
    looking.get_by_label("我已作保密审查").check()
    looking.get_by_role("button", name="下一步").click()
    expect(looking.get_by_role("heading", name="请确定")).to_be_visible()
    both(looking, assert_accessible)


def certify(desk, draft, assert_accessible):
    desk.goto(staff_page("certificates", draft))
    desk.get_by_role("button", name="出具一份公开凭证").press("Enter")
    expect(desk.get_by_text("已出具公开凭证").first).to_be_visible()
    both(desk, assert_accessible)
    desk.get_by_role("link", name=re.compile("打印凭证")).press("Enter")
    expect(desk.get_by_role("heading", name="政府信息公开凭证")).to_be_visible()
    both(desk, assert_accessible)


def test_signed_on_the_phone_and_certified(transactional_db, new_page, assert_accessible):
    bureau = AgencyFactory(code="shuiwu-ju", name="青澜县水务局", credit_code=CREDIT_CODE)
    clerk = UserFactory(agency=bureau, full_name="王经办")
    leader = ReviewerFactory(agency=bureau, full_name="李分管")
    agencies.services.set_pin(user=leader, pin=PIN, by=leader)
    draft = submitted_again(bureau, clerk)
    desk, phone, looking = new_page(user=clerk), new_page(width=390, javascript=False), new_page(width=390)
    address = hand_on(desk, draft, assert_accessible)
    agree_on_the_phone(phone, address)
    look_with_script(looking, address, assert_accessible)
    phone.get_by_role("button", name="确定", exact=True).press("Enter")
    expect(phone.get_by_role("heading", name="已经办完")).to_be_visible()
    draft = Document.objects.get(pk=draft.pk)
    assert draft.status == Publication.PUBLISHED
    assert draft.steps.get(outcome="agreed").channel == StepChannel.PHONE
    looking.goto(address)
    both(looking, assert_accessible)

    certify(desk, draft, assert_accessible)
    for address in ("/verify/", f"/verify/{timezone.localdate().year}-000001/"):
        looking.goto(address)
        both(looking, assert_accessible)

    mine = new_page(user=leader)
    for address in (reverse("admin:signed_for_me"), reverse("admin:agencies_user_my_pin"), "/admin/"):
        mine.goto(address)
        both(mine, assert_accessible)
