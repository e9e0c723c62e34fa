"""The package and the pages of interpretations in a browser: read, signed, accessible at both widths."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from disclosure import services as documents
from disclosure.models import Document
from interpretation import services
from tests.browser import WIDTHS
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory
from tests.people import confirmed

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0500f"
    "0003030100b7e6a2d40000000049454e44ae426082"
)
BASE = "/admin/disclosure/document/"
FILES = {
    "一图读懂.png": PNG,
    "宣讲.mp4": b"\x00\x00\x00\x18ftypmp42" + b"\0" * 64,
    "广播.mp3": b"ID3\x03\x00" + b"\0" * 64,
    "宣讲.vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\n乡亲们好\n".encode(),
}


@pytest.fixture
def policy(people):
    paper = documents.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="青澜县高龄津贴发放管理办法",
        body="<h2>第一条</h2><p>年满八十周岁的老年人按月领取高龄津贴。</p>",
        openness="proactive",
        is_normative=True,
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )
    documents.keep_drafting_note(
        paper,
        by=people.clerk,
        body="<p>原办法到期。</p>",
        file=ContentFile(PNG, name="意见采纳表.png"),
        is_public=True,
    )
    return paper


@pytest.fixture
def told(people, policy):
    thing = services.create_interpretation(
        by=people.colleague,
        agency=people.minzheng,
        title="八十岁以后每月领多少",
        body="<h2>谁能领</h2><p>王大爷今年八十三岁，每月能领八十元。</p>",
        documents=[policy],
        forms=["graphic", "video", "audio"],
        interpreter="青澜县民政局",
        contact="0799-5210306",
        elements={"background": "第一部分", "procedure": "不适用"},
    )
    for name, content in FILES.items():
        row = documents.add_attachment(thing, by=people.colleague, file=ContentFile(content, name=name))
        services.describe_attachment(
            row,
            by=people.colleague,
            alt="八十岁以上每月八十元",
            text="年满八十周岁，每月八十元。\n到村里登记。",
        )
    return confirmed(thing, people.colleague)


def read_by_the_clerk(people, policy, told, new_page, assert_accessible_at_both):
    """The pages of the package, of one that lacks everything, and the rate: full and empty."""
    empty = DocumentFactory(agency=people.minzheng, created_by=people.clerk, is_policy=True, body="")
    late = DocumentFactory(published=True, agency=people.minzheng, is_policy=True)
    InterpretationFactory(
        published=True, agency=people.minzheng, documents=[late], published_on=date(2026, 4, 1)
    )
    rate = "/admin/interpretation/interpretation/rate/"
    clerks = (
        f"{BASE}{policy.pk}/change/",
        f"{BASE}{policy.pk}/package/",
        f"{BASE}{empty.pk}/package/",
        f"{BASE}{policy.pk}/drafting-note/",
        f"{BASE}{policy.pk}/history/",
        f"/admin/interpretation/interpretation/{told.pk}/change/",
        f"{rate}?first=2026-01-01&last=2026-12-31",
        f"{rate}?first=2020-01-01&last=2020-12-31",
    )
    page = new_page(user=people.clerk, bypass_csp=True)
    for address in clerks:
        page.goto(address)
        assert_accessible_at_both(page)


def read_in_public(page, policy, told, assert_accessible):
    page.goto(f"/interpretations/{told.pk}/")
    assert page.locator(".picture-story img").get_attribute("alt") == "八十岁以上每月八十元"
    assert "到村里登记" in page.locator(".picture-text").inner_text()
    assert page.locator("video[controls]:not([autoplay]) track[kind=captions]").count() == 1
    assert page.locator("audio[controls]:not([autoplay])").count() == 1
    assert_accessible(page)
    page.goto(f"/documents/{policy.pk}/")
    page.get_by_text("展开起草说明").click()
    assert page.get_by_text("原办法到期。").is_visible()
    assert_accessible(page)


def range_of(page, address):
    """What a player gets that asks for four bytes of a film."""
    return page.locator("body").evaluate(
        "async (_, url) => { const r = await fetch(url, {headers: {Range: 'bytes=4-7'}});"
        " return [r.status, await r.text(), r.headers.get('content-range')] }",
        address,
    )


def test_read_signed_and_shown(people, policy, told, new_page, assert_accessible, assert_accessible_at_both):
    read_by_the_clerk(people, policy, told, new_page, assert_accessible_at_both)
    documents.submit(Document.objects.get(pk=policy.pk), by=people.clerk)
    for width in WIDTHS.values():
        page = new_page(user=people.reviewer, width=width, bypass_csp=True)
        page.goto(f"{BASE}{policy.pk}/package/")
        assert_accessible(page)
        # By keyboard alone: to the move, on to the page that shows all the parts again.
        page.get_by_role("link", name="签发并公开").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/move/approve/**")
        assert "王大爷今年八十三岁" in page.inner_text("#content")
        assert_accessible(page)
    page.get_by_label("已作保密审查").check()
    page.locator("input[type=submit].default").click()
    page.wait_for_url(f"**{BASE}{policy.pk}/change/")
    told.refresh_from_db()
    assert (told.status, told.published_on) == ("published", timezone.localdate())
    for width in WIDTHS.values():
        page = new_page(width=width, bypass_csp=True)
        read_in_public(page, policy, told, assert_accessible)
    film = range_of(page, next(row for row in _addresses(told) if row.endswith(".mp4")))
    assert film == [206, "ftyp", f"bytes 4-7/{len(FILES['宣讲.mp4'])}"]


def _addresses(told):
    from portal.views.documents import attachment_url

    return [attachment_url(row) for row in told.attachments.all()]
