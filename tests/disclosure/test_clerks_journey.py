"""A clerk writes, is interrupted, meets a colleague, attaches files, brings a batch; axe at both widths."""

import os

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from disclosure import services
from disclosure.admin import writing
from disclosure.models import Autosave, Document, NoticeBatch
from disclosure.services import batches
from tests.browser import WIDTHS, findings
from tests.disclosure.test_batches import listed, row

pytestmark = pytest.mark.journey


@pytest.fixture
def seen(tmp_path):
    """`seen(page, where)`: what axe finds at both widths, gathered in `seen.found`."""

    def look(page, where):
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            look.found += [f"{where} ({name}): {line}" for line in findings(page)]
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=f"{folder}/{where}-{name}.png", full_page=True)

    look.found = []
    return look


def typed_and_found_again(page, seen):
    """A new draft: typed, not saved, found again, then saved."""
    page.goto(reverse("admin:disclosure_document_add"))
    page.locator("[name=title]").fill("关于发放高龄津贴的通知")
    expect(page.locator("#writing-status")).to_contain_text("已自动保存")
    assert page.locator(".field-openness_reason").is_hidden()
    page.locator("[name=openness]").select_option("withheld")
    assert page.locator(".field-openness_reason").is_visible()
    page.locator("[name=openness]").select_option("proactive")
    seen(page, "new")
    page.goto(reverse("admin:disclosure_document_add"))
    # Enter in a field saves; it presses neither 丢弃 nor anything else.
    assert page.evaluate("document.activeElement.name") == "title"
    own = "[...document.getElementById('document_form').elements]"
    assert page.evaluate(f"{own}.find((one) => one.type === 'submit').name") == "_save"
    seen(page, "bar")
    page.get_by_role("link", name="自动保存的内容").click()
    expect(page.locator("[name=title]")).to_have_value("关于发放高龄津贴的通知")
    page.locator("[name=written_on]").fill("2026-03-02")
    page.get_by_role("button", name="保存并继续编辑").click()
    expect(page.locator(".messagelist")).to_be_visible()
    assert not Autosave.objects.exists()
    return Document.objects.get()


def brought_files(page, tmp_path):
    """Two files, one of them refused and named."""
    good, bad = tmp_path / "名单.pdf", tmp_path / "工具.pdf"
    good.write_bytes(b"%PDF-1.4\nx\n%%EOF")
    bad.write_bytes(b"MZ\x90")
    page.locator("#more_files").set_input_files([good, bad])
    expect(page.locator(".upload-status")).to_contain_text("已上传 1 个，1 个没有上传")
    expect(page.get_by_role("button", name="再试一次：工具.pdf")).to_be_visible()


def saved_after_a_colleague(page, people, draft, seen):
    """A colleague has it open, and saves first."""
    services.note_presence(by=people.colleague, model=Document, pk=draft.pk)
    expect(page.locator("#writing-others")).to_contain_text(f"{people.colleague} 正在编辑")
    seen(page, "draft")
    services.update_document(draft, by=people.colleague, title="同事的标题")
    page.locator("[name=title]").fill("我的标题")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#conflict")).to_contain_text("也保存了这一份")
    # What the page shows again stands nowhere yet: it is kept at once.
    expect(page.locator("#writing-status")).to_contain_text("已自动保存")
    seen(page, "conflict")
    page.get_by_label("用我写的").first.check()


def logged_in_again(page, user):
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.url.split("/admin")[0]}])


def test_nothing_typed_is_lost(transactional_db, people, new_page, seen, pdf, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "BEAT_SECONDS", 1)
    page = new_page(user=people.clerk)
    draft = typed_and_found_again(page, seen)
    brought_files(page, tmp_path)
    saved_after_a_colleague(page, people, draft, seen)
    # The log-in expires meanwhile: no word is lost, and after a new log-in it is saved.
    page.context.clear_cookies()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#writing-status")).to_contain_text("登录已过期")
    logged_in_again(page, people.clerk)
    page.goto(reverse("admin:disclosure_document_change", args=[draft.pk]))
    page.get_by_role("link", name="自动保存的内容").click()
    expect(page.locator("[name=title]")).to_have_value("我的标题")
    page.goto(reverse("admin:disclosure_document_preview", args=[draft.pk]))
    expect(page.frame_locator(".preview-phone").get_by_role("heading", level=1)).to_have_text("同事的标题")
    seen(page, "preview")
    page.goto(reverse("admin:disclosure_document_copy_from"))
    seen(page, "copy")
    assert not seen.found, "\n".join(seen.found)


def test_a_batch_is_brought_and_handed_in(transactional_db, people, new_page, seen, tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 0)
    page = new_page(user=people.clerk)
    page.goto(reverse("admin:disclosure_noticebatch_add"))
    seen(page, "batch-new")
    table, file = tmp_path / "清单.csv", tmp_path / "名单.csv"
    wrong = row(2, topic="没有这类", body="咨询电话13812345678。")
    table.write_bytes(listed(row(1, attachments="名单.csv"), wrong).read())
    file.write_text("姓名,金额\n甲,100\n")
    page.get_by_label("批次名称").fill("3月第1周公示")
    page.get_by_label("清单和附件").set_input_files([table, file])
    page.get_by_role("button", name="下一步：核对").click()
    expect(page.get_by_text("没有「没有这类」这一类")).to_be_visible()
    seen(page, "batch-desk")
    page.get_by_label("第2条，主题分类").fill("社会福利")
    page.get_by_role("button", name="保存，再核对一遍").click()
    page.get_by_label("检查说明").fill("公开的咨询电话")
    page.get_by_role("button", name="保存并整批提交").press("Enter")
    expect(page.get_by_text("正在办理，2 条")).to_be_visible()
    services.work_order(batch_id=NoticeBatch.objects.get().pk)
    expect(page.get_by_text("待审核，共 2 条")).to_be_visible()
    seen(page, "batch-submitted")
    reviewer = new_page(user=people.reviewer)
    reviewer.goto(page.url)
    seen(reviewer, "batch-sign")
    reviewer.get_by_label("已逐条作保密审查").check()
    reviewer.get_by_role("button", name="整批签发并公开").press("Enter")
    services.work_order(batch_id=NoticeBatch.objects.get().pk)
    expect(reviewer.get_by_text("已办结，共 2 条")).to_be_visible()
    assert Document.objects.published().count() == 2
    office = new_page(user=people.office)
    office.goto("/admin/interpretation/archiveupload/")
    seen(office, "archive")
    assert not seen.found, "\n".join(seen.found)
