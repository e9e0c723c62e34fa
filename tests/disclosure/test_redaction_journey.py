"""A clerk covers a number with the mouse, looks, saves; joins two files; axe at both widths."""

import os

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import expect

from disclosure import services
from tests.browser import WIDTHS, findings
from tests.disclosure.test_pdf_pages import MOBILE, paper, texts_of
from tests.factories import DocumentFactory

pytestmark = pytest.mark.journey


def looker(page, found):
    """`look(where)`: what axe finds at both widths goes into `found`."""

    def look(where):
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            found.extend(f"{where} ({name}): {line}" for line in findings(page))
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=f"{folder}/{where}-{name}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})

    return look


def draw_two_boxes_and_drop_one(page):
    """One by mouse; one by keyboard, and gone again."""
    sheet = page.locator("#page-1 svg")
    expect(sheet.locator("rect")).to_have_count(1)
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    x, y = box["x"] + box["width"] * 0.1, max(box["y"], 0) + 60
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 200, y + 50, steps=4)
    page.mouse.up()
    expect(sheet.locator("rect")).to_have_count(2)
    assert page.locator("[name=box-page]").first.input_value() == "1"
    assert float(page.locator("[name=box-left]").first.input_value()) == pytest.approx(10, abs=0.5)
    page.get_by_role("button", name="在第2页加一个框").press("Enter")
    expect(page.locator("[name=box-left]").nth(1)).to_be_focused()
    page.keyboard.type("5")
    expect(page.locator("#page-2 rect")).to_have_count(1)
    page.get_by_role("button", name="删去第2个框").press("Enter")
    expect(page.locator("#page-2 rect")).to_have_count(0)


def test_covered_with_the_mouse_then_joined(transactional_db, people, new_page):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk, title="高龄津贴名单公示")
    file = ContentFile(paper([f"张三，电话{MOBILE}。", "李四"], ["第二页"]), name="名单.pdf")
    listed = services.add_attachment(draft, by=people.clerk, file=file)
    services.add_attachment(draft, by=people.clerk, file=ContentFile(paper(["表"]), name="申请表.pdf"))
    page, found = new_page(user=people.clerk), []
    look = looker(page, found)
    page.goto(reverse("admin:disclosure_document_change", args=[draft.pk]))
    page.get_by_role("link", name="遮盖").first.click()
    expect(page.get_by_label("手机号码 138****1234")).to_be_checked()
    draw_two_boxes_and_drop_one(page)
    look("draw")
    page.get_by_role("button", name="预览遮盖后的样子").click()
    expect(page.get_by_text("这是遮盖后的样子，还没有保存")).to_be_visible()
    expect(page.get_by_alt_text("第1页遮盖后的样子")).to_have_js_property("complete", True)
    assert page.evaluate("document.querySelector('.pdf-picture img').naturalWidth") == 900
    look("check")
    page.get_by_role("button", name="遮盖并换下附件").click()
    expect(page.get_by_role("link", name="换回这个文件")).to_be_visible()
    look("after")
    with draft.attachments.get(pk=listed.pk).file.open("rb") as stored:
        assert texts_of(stored.read()) == ["", ""]

    page.goto(reverse("admin:disclosure_document_join", args=[draft.pk]))
    look("join")
    page.get_by_label("合并后的名称").fill("全部材料")
    page.get_by_role("button", name="合并成一个附件").click()
    expect(page.get_by_text("已合并成附件「全部材料」")).to_be_visible()
    assert draft.attachments.count() == 3
    assert not found, "\n".join(found)
    assert not [line for line in page.refusals if "script" in line]
