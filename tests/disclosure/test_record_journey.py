"""The record after publication as people see it, at both widths, axe looking on."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosure import services
from disclosure.models import Document, Purge
from disclosure.states import Validity
from interpretation import services as interpretations
from interpretation.models import Interpretation
from tests.browser import WIDTHS
from tests.factories import AdministratorFactory, DocumentFactory, InterpretationFactory, TopicFactory

pytestmark = pytest.mark.journey
#: A folder for pictures, for whoever wants to look.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def look(assert_accessible_at_both):
    """`look(page, name)`: axe at both widths, and a picture for whoever wants one."""

    def at(page, name):
        assert_accessible_at_both(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{page.viewport_size['width']}.png", full_page=True)

    return at


def interpretation_of(document, people):
    """An interpretation that was corrected once, and is being corrected again."""
    meaning = InterpretationFactory(
        agency=people.minzheng, published=True, documents=[document], body="<p>每月发八十元。</p>"
    )
    new = interpretations.start_correction(meaning, by=people.clerk)
    note = "“八十元”应为“一百元”。"
    interpretations.update_interpretation(
        new, by=people.clerk, body="<p>每月发一百元。</p>", correction_note=note
    )
    interpretations.submit(new, by=people.clerk)
    interpretations.approve(new, by=people.reviewer, secrecy_cleared=True)
    interpretations.start_correction(meaning, by=people.clerk)


def library(people):
    """Papers in force of two bureaus, and one that is not yet."""
    DocumentFactory(
        agency=people.minzheng,
        published=True,
        is_normative=True,
        title="青澜县养老服务补贴管理办法",
        effective_on=timezone.localdate() + timedelta(days=30),
    )
    for number in range(25):
        DocumentFactory(
            agency=people.minzheng if number % 2 else people.nongye,
            published=True,
            is_normative=True,
            title=f"青澜县第{number}项惠农补贴资金管理使用和监督检查暂行办法（试行）",
            doc_number=f"青农发〔2026〕{number + 10}号",
        )


def purges(people):
    """One thing that was purged, and one that waits for it."""
    order = {"order_number": "青保密决〔2026〕1号", "authority": "青澜县国家保密局", "reason": "按决定"}
    for title in ("误发的核查名册通报全文之一", "误发的核查名册通报全文之二"):
        gone = DocumentFactory(agency=people.minzheng, published=True, title=title)
        services.take_offline(gone, by=people.office, reason="误发")
        purge = services.propose_purge(gone, by=people.office, **order)
        if title.endswith("一"):
            services.confirm_purge(purge, by=AdministratorFactory(username="guanli2"))


@pytest.fixture
def record(transactional_db, people):
    """A corrected and amended paper, a library of some, one that was purged and one that waits for it."""
    document = DocumentFactory(
        agency=people.minzheng,
        published=True,
        topic=TopicFactory(),
        is_normative=True,
        title="青澜县高龄津贴发放管理办法",
        doc_number="青民发〔2026〕3号",
        body="<p>八十周岁以上老人，每人每月发放八十元。</p><p>请到村委会登记。</p><p>本办法自发布之日起施行。</p>",
    )
    draft = services.start_correction(document, by=people.clerk)
    services.update_document(
        draft,
        by=people.clerk,
        body="<p>八十周岁以上老人，每人每月发放一百元。</p><p>本办法自发布之日起施行。</p>",
        correction_note="第一条“八十元”应为“一百元”，删去第二条。",
    )
    services.submit(draft, by=people.clerk)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True)
    services.update_document(document, by=people.clerk, reason="文号写错了", doc_number="青民发〔2026〕5号")
    interpretation_of(document, people)
    decision = DocumentFactory(agency=people.minzheng, published=True, title="关于修改两件规范性文件的决定")
    services.record_change(
        document, kind=Validity.AMENDED, on=document.written_on, cause=decision, by=people.clerk
    )
    library(people)
    purges(people)
    services.start_correction(document, by=people.clerk)
    return document


def read_in_public(page, record, meaning, look):
    page.goto(f"/documents/{record.pk}/")
    expect(page.get_by_text("更正：第一条“八十元”应为“一百元”")).to_be_visible()
    look(page, "document")
    page.get_by_role("link", name="看更正前的版本和改了什么").first.press("Enter")
    expect(page.get_by_role("heading", name="更正前的版本")).to_be_visible()
    assert page.locator("del").all_inner_texts() == ["八十", "请到村委会登记。"]
    look(page, "version")
    page.goto(f"/interpretations/{meaning.pk}/")
    look(page, "interpretation")
    page.get_by_role("link", name="看更正前的版本和改了什么").press("Enter")
    assert page.locator("del").all_inner_texts() == ["八十"]
    look(page, "interpretation-version")
    page.goto("/open-government/statutory/normative/?validity=not_yet")
    expect(page.locator(".badge-not_yet")).to_be_visible()
    look(page, "library-not-yet")
    page.get_by_role("link", name="青澜县养老服务补贴管理办法").click()
    expect(page.get_by_text("本文件尚未施行，自")).to_be_visible()
    look(page, "document-not-yet")
    page.goto("/open-government/statutory/normative/")
    page.get_by_text("按单位看").press("Enter")
    look(page, "library")
    page.get_by_label("截至哪一天").fill("2001-01-01")
    page.get_by_role("button", name="查看").press("Enter")
    expect(page.get_by_text("没有符合条件的规范性文件")).to_be_visible()
    look(page, "library-empty")


def seen_by_the_office(office, record, look):
    draft = Document.objects.get(corrects=record, status="draft")
    for name, address in (
        ("correction", f"document/{draft.pk}/change/"),
        ("public", f"document/{record.pk}/change/"),
        ("validity", f"document/{record.pk}/validity/"),
        ("merge", f"document/{record.pk}/merge/"),
        ("purges", "purge/"),
        ("purge", f"purge/{_purged().pk}/change/"),
    ):
        office.goto(f"/admin/disclosure/{address}")
        look(office, name)
        if name == "public":
            office.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
            assert len(set(beginnings(office.locator(".object-tools li")))) == 1
            office.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    draft = Interpretation.objects.get(corrects__isnull=False, status="draft")
    office.goto(f"/admin/interpretation/interpretation/{draft.pk}/change/")
    expect(office.get_by_label("更正说明（对外显示）")).to_be_visible()
    expect(office.get_by_label("更正前的内容不宜再公开（如含个人信息）")).not_to_be_checked()
    look(office, "interpretation-correction")


def beginnings(things):
    """How far from the left each line of things begins."""
    boxes = things.evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    lines = {box["top"]: [other["left"] for other in boxes if other["top"] == box["top"]] for box in boxes}
    return [min(line) for line in lines.values()]


def close_the_first_version(office, address, look):
    office.goto(address)
    office.get_by_role("link", name="更正前的版本").press("Enter")
    office.get_by_text("看当时的内容").first.press("Enter")
    office.get_by_role("link", name="原版本不再公开：第 1 次更正以前").press("Enter")
    office.get_by_label("理由").fill("附件里有个人信息")
    look(office, "close")
    office.get_by_role("button", name="原版本不再公开").press("Enter")
    expect(office.get_by_text("理由：附件里有个人信息")).to_be_visible()
    office.get_by_text("看当时的内容").first.press("Enter")
    look(office, "versions")


def test_the_record_in_public_and_in_the_back_office(record, people, new_page, look):
    meaning = Interpretation.objects.get(status="published")
    read_in_public(new_page(width=WIDTHS["phone"]), record, meaning, look)
    seen_by_the_office(new_page(user=people.office), record, look)

    # A version closes once: of the document at one width, of the interpretation at the other.
    for name, thing, room in (("wide", record, "disclosure"), ("phone", meaning, "interpretation")):
        kind = thing._meta.model_name
        office = new_page(width=WIDTHS[name], user=people.office)
        close_the_first_version(office, f"/admin/{room}/{kind}/{thing.pk}/change/", look)
        page = new_page(width=WIDTHS[name])
        page.goto(f"/{kind}s/{thing.pk}/versions/1/")
        expect(page.get_by_role("heading", name="原版本不再公开")).to_be_visible()
        look(page, "version-closed")


def _purged():
    return Purge.objects.get(state="done")
