"""与上次送审对照: which version it starts from, what it says, who may see it, at what cost."""

from datetime import UTC, date, datetime
from io import BytesIO

import docx
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Agency
from disclosure import services, versions
from disclosure.admin.comparison import compare
from disclosure.models import Document
from disclosure.services import add_attachment, remove_attachment, rename_attachment
from disclosure.states import Openness
from disclosure.versions import FileState, compare_files
from interpretation import services as interpreting
from tests.browser import WIDTHS, findings
from tests.factories import TopicFactory

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
# Attachments are dated by their transaction: every act of these tests is one of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(people):
    return services.create_document(
        by=people.clerk,
        now=NOW,
        agency=people.minzheng,
        title="关于调整高龄津贴标准的通知",
        body="<p>各乡镇人民政府：</p><p>自2026年4月起，每人每月80元。</p>",
        written_on=date(2026, 2, 27),
        openness=Openness.PROACTIVE,
        topic=TopicFactory(),
    )


@pytest.fixture
def review(people, client):
    """Submit, return, change; the answer of the page."""

    def turn(thing, service=services, **values):
        service.submit(thing, by=people.clerk)
        service.send_back(thing, by=people.reviewer, remarks="请改")
        if values:
            getattr(service, f"update_{thing._meta.model_name}")(thing, by=people.clerk, **values)
        thing.refresh_from_db()

    return turn


def word(name, text):
    """A small Word file."""
    paper, kept = docx.Document(), BytesIO()
    paper.add_paragraph(text)
    paper.save(kept)
    return ContentFile(kept.getvalue(), name=f"{name}.docx")


def address(thing, asked=""):
    name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_comparison"
    return reverse(name, args=[thing.pk]) + asked


def read(client, user, thing, asked="", expect=200):
    client.force_login(user)
    answer = client.get(address(thing, asked))
    assert answer.status_code == expect
    return answer.content.decode()


def test_a_first_round_has_nothing_to_compare(client, people, draft):
    services.submit(draft, by=people.clerk)
    assert "这是第一次送审" in read(client, people.reviewer, draft)
    change = client.get(reverse("admin:disclosure_document_change", args=[draft.pk])).content.decode()
    assert "与上次送审对照" not in change


def test_the_second_round_against_the_first(client, people, draft, review):
    review(
        draft,
        title="关于提高高龄津贴标准的通知",
        written_on=date(2026, 3, 1),
        body="<p>各乡镇人民政府：</p><p>自2026年5月起，每人每月100元。</p><p>请遵照执行。</p>",
    )
    services.submit(draft, by=people.clerk)
    page = read(client, people.reviewer, draft)
    for told in (
        "关于<del>调整</del>高龄津贴",
        "关于<ins>提高</ins>高龄津贴",
        "<del>2026-02-27</del>",
        "<ins>2026-03-01</ins>",
        "每月<del>80</del>元",
        "每月<ins>100</ins>元",
        "<ins>请遵照执行。</ins>",
        "共有 4 处变化",
        "附件没有变化",
    ):
        assert told in page, told
    assert "<del>各乡镇" not in page
    change = client.get(reverse("admin:disclosure_document_change", args=[draft.pk])).content.decode()
    assert f'href="{address(draft)}">与上次送审对照' in change


def test_the_returned_draft_is_compared_with_what_was_just_submitted(client, people, draft, review):
    review(draft, body="<p>只有这一句。</p>")
    assert "<ins>只有这一句。</ins>" in read(client, people.clerk, draft)


def test_an_earlier_round_can_be_chosen(client, people, draft, review):
    review(draft, body="<p>第二稿这一句。</p>")
    review(draft, body="<p>第三稿那一段。</p>")
    services.submit(draft, by=people.clerk)
    assert "<del>第二" in read(client, people.reviewer, draft)
    assert "<del>各乡镇人民政府：</del>" in read(client, people.reviewer, draft, "?from=1")
    assert "<del>第二" in read(client, people.reviewer, draft, "?from=9x")
    assert "第3次送审" not in read(client, people.reviewer, draft)


def test_steps_and_returns_within_a_round_are_no_submission(people, draft, review):
    review(draft)
    services.submit(draft, by=people.clerk)
    Document.objects.filter(pk=draft.pk).update(remarks="改了记录，没有另送")
    draft.refresh_from_db()
    assert [one.number for one in versions.bases(draft, user=people.reviewer).submissions] == [1]


def test_two_submissions_of_the_same_moment_are_two(people, draft):
    for _ in range(2):
        services.submit(draft, by=people.clerk, now=NOW)
        services.recall(draft, by=people.clerk)
    draft.refresh_from_db()
    assert len(versions.bases(draft, user=people.clerk).submissions) == 2


def test_attachments_by_their_content(client, people, draft, review):
    services.update_document(draft, by=people.clerk, body="<p>现印发办法。</p><p>附件：名单</p>")
    kept, renamed, replaced, gone = (
        add_attachment(draft, by=people.clerk, file=word(name, body))
        for name, body in (("甲", "一"), ("乙", "二"), ("丙", "三"), ("丁", "四"))
    )
    review(draft)
    rename_attachment(renamed, by=people.clerk, title="乙（定稿）", position=2)
    for one in (replaced, gone):
        remove_attachment(one, by=people.clerk)
    for name, body in (("丙", "三之二"), ("戊", "五")):
        add_attachment(draft, by=people.clerk, file=word(name, body))
    services.submit(draft, by=people.clerk)
    draft.refresh_from_db()
    (base,) = versions.bases(draft, user=people.reviewer).submissions
    found = compare(draft, versions.submitted_version(draft, base)).files
    assert [
        (line.label, *("".join(run.text for run in side) for side in (line.was, line.now))) for line in found
    ] == [
        ("改名", "乙", "乙（定稿）"),
        ("替换", "丙", "丙"),
        ("删除", "丁", ""),
        ("新增", "", "戊"),
    ]
    page = read(client, people.reviewer, draft)
    assert "名称相同，文件内容不同" in page
    assert kept.title not in page


def test_only_the_order_of_attachments():
    one, other = FileState("甲", "1"), FileState("乙", "2")
    assert [change.what for change in compare_files([one, other], [other, one])] == ["顺序"]
    assert compare_files([one, other], [one, other]) == []


def test_a_copy_is_compared_with_what_it_was_copied_from(client, people, draft):
    services.submit(draft, by=people.clerk)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True)
    services.withdraw(draft, by=people.reviewer, reason="标准有误。")
    copy = services.copy_to_draft(draft, by=people.clerk)
    services.update_document(copy, by=people.clerk, body="<p>改好的一句。</p>")
    page = read(client, people.clerk, copy)
    assert "复制来源" in page
    assert "<ins>改好的一句。</ins>" in page
    # Whoever has the copy in scope, and not its origin, learns nothing of the origin.
    Document.objects.filter(pk=draft.pk).update(agency=Agency.objects.get(code="nongye"))
    assert "这是第一次送审" in read(client, people.clerk, copy)
    assert "80元" not in read(client, people.clerk, copy, "?from=0")


@pytest.mark.parametrize("alone", [True, False])
def test_interpretations_too_with_their_document_or_alone(client, people, draft, review, alone):
    if alone:
        services.submit(draft, by=people.clerk)
        services.approve(draft, by=people.reviewer, secrecy_cleared=True)
    interpretation = interpreting.create_interpretation(
        by=people.clerk,
        agency=people.minzheng,
        title="解读",
        body="<p>为什么调整。</p>",
        documents=[draft],
        forms=["text"],
        interpreter="青澜县民政局",
        contact="0799-5210306",
    )
    review(interpretation, service=interpreting, body="<p>为什么提高。</p>", forms=["text", "qa"])
    interpreting.submit(interpretation, by=people.clerk)
    page = read(client, people.reviewer, interpretation)
    assert "为什么<del>调整</del>。" in page
    assert "解读形式" in page


def test_scope_as_the_page_itself(client, people, draft, review):
    review(draft)
    read(client, people.foreign_reviewer, draft, expect=403)
    read(client, people.office, draft)
    client.logout()
    assert client.get(address(draft)).status_code == 302


def test_old_texts_are_shown_as_text(client, people, draft, review):
    wild = '<p onclick="alert(2)">旧文<script>alert(1)</script>&lt;b&gt;</p><iframe src="/">'
    services.update_document(draft, by=people.clerk, title="<i>旧题</i>")
    # Past every door, as an archive or another program might have left it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE disclosure_document SET body = %s WHERE id = %s", [wild, draft.pk])
    review(draft, title="新题", body="<p>新文</p>")
    page = read(client, people.reviewer, draft)
    for raw in ("<script>alert", "<iframe", "<i>旧", "<b>", "onclick"):
        assert raw not in page
    assert "&lt;b&gt;" in page
    assert "&lt;i&gt;" in page


def test_only_the_layout(client, people, draft, review):
    review(draft, body="<p><strong>各乡镇人民政府：</strong></p><p>自2026年4月起，每人每月80元。</p>")
    page = read(client, people.reviewer, draft)
    assert "只改版式" in page
    assert "<del>" not in page


def test_what_no_paragraph_shows_is_said_all_the_same(client, people, draft, review):
    services.update_document(draft, by=people.clerk, body="<ol><li>甲</li></ol>")
    review(draft, body='<ol start="4"><li>甲</li></ol>')
    page = read(client, people.reviewer, draft)
    assert "只改版式" in page or "只有正文的排版" in page


def test_nothing_changed(client, people, draft, review):
    review(draft)
    assert "标题、信息、正文和附件都没有变化" in read(client, people.reviewer, draft)


def test_far_paragraphs_are_folded(client, people, draft, review):
    lines = [f"<p>第{n}条照旧执行。</p>" for n in range(40)]
    services.update_document(draft, by=people.clerk, body="".join(lines))
    review(draft, body="".join([*lines[:20], "<p>新的一条。</p>", *lines[20:]]))
    assert read(client, people.reviewer, draft).count("相同的 18 段") == 2


def test_the_same_number_of_queries_for_much_and_for_little(client, people, draft, review):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            read(client, people.reviewer, draft)
        return len(caught)

    review(draft, title="改了", topic=TopicFactory())
    services.submit(draft, by=people.clerk)
    read(client, people.reviewer, draft)
    little = queries()
    services.recall(draft, by=people.clerk)
    for n in range(6):
        add_attachment(draft, by=people.clerk, file=word(str(n), f"第{n}份"))
        review(
            draft,
            title=f"改了{n}次",
            body="".join(f"<p>第{n}稿第{m}段。</p>" for m in range(60)) + "<p>附件：名单</p>",
        )
    services.submit(draft, by=people.clerk)
    assert queries() <= little
    assert little <= 26


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_reading_it_by_keyboard(new_page, people, draft, review, width):
    lines = [f"<p>第{n}条　各单位要按照职责分工抓好落实，确保政策落地见效。</p>" for n in range(30)]
    table = (
        "<table><tbody><tr><th>镇</th><th>户数</th></tr><tr><td>临江镇</td><td>{}</td></tr></tbody></table>"
    )
    services.update_document(draft, by=people.clerk, body="".join(lines) + table.format(12))
    review(
        draft,
        title="关于提高高龄津贴标准的通知",
        summary="自五月起每月一百元。",
        body="".join([*lines[:9], lines[9].replace("抓好", "认真抓好"), *lines[11:]])
        + table.format(15)
        + "<p>附件：名单</p>",
    )
    add_attachment(draft, by=people.clerk, file=word("名单", "名单"))
    services.submit(draft, by=people.clerk)
    page = new_page(width=width, user=people.reviewer)
    page.goto(address(draft))
    assert not page.refusals
    assert not findings(page)
    for key, number in (("n", "1"), ("n", "2"), ("n", "3"), ("p", "2"), ("p", "1"), ("p", "7")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent") == number
    assert page.inner_text("[data-compare-at]") == "现在是第 7 处。"
    page.get_by_role("button", name="下一处").click()
    assert page.evaluate("document.activeElement.textContent") == "1"
    page.get_by_role("checkbox", name="用 P、N 键").uncheck()
    page.keyboard.press("n")
    assert page.inner_text("[data-compare-at]") == "现在是第 1 处。"
    old = page.locator(".compare-row.is-changed .compare-was").first.bounding_box()
    new = page.locator(".compare-row.is-changed .compare-now").first.bounding_box()
    assert (old["y"] == new["y"]) == (width == WIDTHS["wide"])
    assert (old["y"] < new["y"]) == (width == WIDTHS["phone"])
