"""A clerk writes and hands in, a reviewer publishes, in a browser under the strict policy, axe looking on."""

import re

import pytest
from playwright.sync_api import expect

from disclosure import reference
from disclosure.models import Document, Topic
from disclosure.states import Publication
from interpretation.models import Interpretation
from tests.factories import DocumentFactory

pytestmark = pytest.mark.journey
BODY = (
    '<p class="no-indent">各乡镇人民政府:</p><h2>一、总体要求</h2><p>正文。</p>'
    '<table><tbody><tr><th colspan="2">标准</th></tr><tr><td>城市</td><td>905</td></tr></tbody></table>'
    '<p class="align-right">青澜县民政局</p>'
)
EDITOR = ".ProseMirror[contenteditable=true]"


@pytest.fixture
def county(transactional_db, people):
    """The people, and the topics that a flush took."""
    reference.plant_topics()
    return people


def save(page, button):
    """Press it, and wait for the page that comes: the form first asks whether somebody is still logged in."""
    with page.expect_navigation():
        page.locator(f"input[name={button}]").click()


def say_why_findings_stay(page):
    page.get_by_role("link", name="审前检查").click()
    for box in page.locator("input[name=key]").all():
        box.check()
    page.get_by_label("理由").fill("已逐页看过，没有个人信息。")
    page.get_by_role("button", name="写明理由").click()
    expect(page.locator("body")).to_contain_text("都已写明理由")


def write_the_document(page, file):
    page.goto("/admin/disclosure/document/add/")
    page.get_by_label("标题:", exact=True).fill("关于提高低保标准的通知")
    page.get_by_label("发文字号").fill("青民发[2026]7号")
    page.get_by_label("体裁").select_option("通知")
    page.locator(EDITOR).click()
    page.keyboard.type("现就提高标准有关事项通知如下。")
    page.get_by_label("公开属性").select_option("主动公开")
    page.get_by_label("主题分类").select_option(str(Topic.objects.get(code="1703").pk))
    page.get_by_label("成文日期").fill("2026-02-27")
    page.get_by_label("政策文件（须同步解读）").check()
    page.get_by_label("添加附件").set_input_files(file)
    save(page, "_continue")
    paper = Document.objects.get()
    assert paper.body == "<p>现就提高标准有关事项通知如下。</p>"
    assert paper.doc_number == "青民发〔2026〕7号"
    assert [one.title for one in paper.attachments.all()] == ["标准表"]
    return paper


def write_its_interpretation(page, paper):
    """From the document's own page, so that they are linked."""
    page.get_by_role("link", name="为本文件写解读").click()
    page.get_by_label("标题:", exact=True).fill("低保涨了多少")
    page.locator(EDITOR).click()
    page.keyboard.type("三句话看懂。")
    page.get_by_role("checkbox", name="文字", exact=True).check()
    page.get_by_label("咨询方式").fill("0799-5210306")
    save(page, "_continue")
    told = Interpretation.objects.get()
    assert list(told.documents.all()) == [paper]
    return told


def test_a_document_and_its_interpretation_go_out(county, new_page, pdf, tmp_path):
    file = tmp_path / "标准表.pdf"
    file.write_bytes(pdf().read())
    page = new_page(user=county.clerk)
    paper = write_the_document(page, file)
    told = write_its_interpretation(page, paper)
    page.get_by_role("link", name="提交审核").click()
    page.get_by_role("button", name="提交审核").click()
    page.goto(f"/admin/disclosure/document/{paper.pk}/change/")
    page.get_by_role("link", name="写起草说明").click()
    page.get_by_label("不附起草说明的理由").fill("只调整标准，起草情况见政策解读。")
    page.get_by_role("button", name="保存起草说明").click()
    expect(page.locator("body")).to_contain_text("已保存起草说明")
    page.goto(f"/admin/disclosure/document/{paper.pk}/change/")
    say_why_findings_stay(page)
    page.goto(f"/admin/disclosure/document/{paper.pk}/change/")
    page.get_by_role("link", name="提交审核").click()
    page.get_by_role("button", name="提交审核").click()

    # when the reviewer agrees, then both are public, and the record says who did what
    page = new_page(user=county.reviewer)
    page.goto(f"/admin/disclosure/document/{paper.pk}/change/")
    page.get_by_role("link", name="签发并公开").click()
    page.get_by_label("已作保密审查").check()
    page.get_by_role("button", name="签发并公开").click()
    expect(page.locator("body")).to_contain_text("已签发并公开")
    paper.refresh_from_db()
    told.refresh_from_db()
    assert paper.status == told.status == Publication.PUBLISHED
    page.get_by_role("link", name="办理记录").click()
    assert county.reviewer.full_name in page.inner_text("ol.history-entries")


def test_the_editor_speaks_chinese_and_loses_nothing(county, new_page):
    draft = DocumentFactory(agency=county.minzheng, created_by=county.clerk, body=BODY)
    page = new_page(user=county.clerk)
    page.goto(f"/admin/disclosure/document/{draft.pk}/change/")
    box = page.get_by_role("textbox", name="正文")
    box.wait_for()
    assert page.get_by_role("button", name="加粗").count() == 1
    names = page.evaluate(
        "[...document.querySelectorAll('.prose-editor button')].map(b => b.getAttribute('aria-label') || '')"
    )
    shown = page.evaluate(
        """() => {
            const found = [];
            const texts = document.createTreeWalker(
                document.querySelector(".prose-menubar"), NodeFilter.SHOW_TEXT
            );
            while (texts.nextNode()) {
                const text = texts.currentNode;
                if (!text.parentElement.closest(".material-icons")) found.push(text.data.trim());
            }
            return found;
        }"""
    )
    assert "段落样式" in shown
    assert [text for text in shown if re.search("[A-Za-z]", text)] == []
    assert [name for name in names if not any("\u4e00" <= c <= "\u9fff" for c in name)] == []
    aligned = "getComputedStyle(document.querySelector('.ProseMirror .align-right')).textAlign"
    assert page.evaluate(aligned) == "right"
    box.locator("p", has_text="正文。").click()
    page.keyboard.press("End")
    page.keyboard.type("新加一句。")
    save(page, "_save")
    draft.refresh_from_db()
    plain = (
        draft.body.replace("<p>标准</p>", "标准").replace("<p>城市</p>", "城市").replace("<p>905</p>", "905")
    )
    for kept in (
        '<p class="no-indent">各乡镇人民政府:</p>',
        "<h2>一、总体要求</h2>",
        "<p>正文。新加一句。</p>",
        '<th colspan="2"',
        '<p class="align-right">青澜县民政局</p>',
    ):
        assert kept in plain


def test_without_javascript_the_body_is_a_plain_box(county, new_page):
    draft = DocumentFactory(agency=county.minzheng, created_by=county.clerk, body="<p>原文</p>")
    page = new_page(user=county.clerk, javascript=False)
    page.goto(f"/admin/disclosure/document/{draft.pk}/change/")
    page.get_by_label("正文").fill("一、总则\n\n改过的正文。")
    save(page, "_save")
    draft.refresh_from_db()
    assert draft.body == "<h2>一、总则</h2>\n<p>改过的正文。</p>"


def test_the_pages_of_a_document_are_accessible(county, new_page, assert_accessible_at_both):
    looked_through = f"{BODY}<p>联系人电话13812345678、13812345679。</p><p>会议布署了工作。</p>"
    draft = DocumentFactory(
        agency=county.minzheng, created_by=county.clerk, body=looked_through, is_policy=True
    )
    wide = "".join(f"<td>二〇二六年第{n}批</td>" for n in range(12))
    public = DocumentFactory(
        agency=county.minzheng, published=True, body=f"{BODY}<table><tbody><tr>{wide}</tr></tbody></table>"
    )
    page = new_page(user=county.clerk, bypass_csp=True)
    base = "/admin/disclosure/document/"
    # Lists, empty forms and histories are in tests/journeys/test_admin_accessibility.py.
    for path in (
        f"{base}{draft.pk}/change/",
        f"{base}{draft.pk}/preview/",
        f"{base}{draft.pk}/scan/",
        f"{base}{draft.pk}/move/submit/",
        f"{base}{public.pk}/change/",
        f"{base}{public.pk}/repeal/",
    ):
        page.goto(path)
        assert_accessible_at_both(page)
