"""审前检查: findings in text and attachments, justified in words or gone before a paper goes to review."""

from datetime import date
from io import BytesIO

import docx
import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from agencies.roles import CLERK, REVIEWER
from disclosure import services
from disclosure.models import FindingNote, WrongWord
from disclosure.services import NotAllowed
from disclosure.services.findings import key_of
from disclosure.states import Publication
from interpretation import services as interpreting
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db
PHONE, ID = "13812345678", "530102198503121233"


@pytest.fixture
def draft(people):
    return DocumentFactory(
        agency=people.minzheng,
        created_by=people.clerk,
        topic=TopicFactory(),
        body=f"<p>现将有关事项通知如下。</p><p>联系人张某，电话{PHONE}。</p>",
    )


def kinds(thing):
    return [one.kind for one in services.scan(thing)]


def keys(thing):
    return [key_of(one) for one in services.scan(thing)]


def said(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


def word_file(*texts, cell=""):
    paper, content = docx.Document(), BytesIO()
    for text in texts:
        paragraph = paper.add_paragraph()
        for character in text:  # Word breaks a number into runs as it likes.
            paragraph.add_run(character)
    paper.add_table(1, 1).cell(0, 0).text = cell
    paper.save(content)
    return ContentFile(content.getvalue(), name="名单.docx")


def excel_file(*rows):
    book, content = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return ContentFile(content.getvalue(), name="名单.xlsx")


def test_a_finding_is_gone_or_justified_before_review(draft, people):
    refusal = said(services.submit, draft, by=people.clerk)
    assert "138****5678" in refusal
    assert PHONE not in refusal
    assert "写明理由" in said(services.justify, draft, keys=keys(draft), reason=" ", by=people.clerk)
    assert services.justify(draft, keys=keys(draft), reason="对外公布的咨询电话", by=people.clerk) == 1
    assert services.submit(draft, by=people.clerk).status == Publication.SUBMITTED
    note = draft.finding_notes.get()
    assert (note.by, note.reason, note.stands, note.excerpt.count("****")) == (
        people.clerk,
        "对外公布的咨询电话",
        True,
        1,
    )
    assert PHONE not in f"{note.excerpt}{note.place}{note.mark}"


def test_a_justification_falls_with_the_words_around(draft, people):
    services.justify(draft, keys=keys(draft), reason="对外公布的咨询电话", by=people.clerk)
    body = draft.body
    services.update_document(draft, by=people.clerk, body=f"<p>前言。</p>{body}")
    draft.refresh_from_db()
    assert services.submit(draft, by=people.clerk).status == Publication.SUBMITTED
    services.recall(draft, by=people.clerk)
    services.update_document(draft, by=people.clerk, body=body.replace("张某", "李某"))
    draft.refresh_from_db()
    assert "138****5678" in said(services.submit, draft, by=people.clerk)
    services.justify(draft, keys=keys(draft), reason="同上", by=people.clerk)
    assert sorted(draft.finding_notes.values_list("stands", flat=True)) == [False, True]


def test_who_may_justify_and_what(draft, people):
    found = keys(draft)
    for person in (people.reviewer, people.stranger, people.administrator):
        assert "经办人办理" in said(services.justify, draft, keys=found, reason="可以", by=person)
    assert "刷新页面" in said(services.justify, draft, keys=["x"], reason="可以", by=people.clerk)
    both = UserFactory(username="ban-shen", agency=people.minzheng, roles=[CLERK, REVIEWER])
    services.justify(draft, keys=found, reason="可以公开", by=both)
    services.submit(draft, by=people.clerk)
    assert "不能由您自己审核" in said(services.approve, draft, by=both, secrecy_cleared=True)
    assert "只有草稿" in said(services.justify, draft, keys=found, reason="可以", by=people.clerk)


def test_the_database_holds_one_standing_note_in_words(draft, people):
    services.justify(draft, keys=keys(draft), reason="可以公开", by=people.clerk)
    note = draft.finding_notes.get()
    with pytest.raises(IntegrityError, match="finding_note_in_words"), transaction.atomic():
        FindingNote.objects.filter(pk=note.pk).update(reason="")
    note.pk, note._state.adding = None, True
    with pytest.raises(IntegrityError, match="finding_note_once"), transaction.atomic():
        note.save()


def test_inside_attachments(draft, people):
    services.update_document(draft, by=people.clerk, body="<p>名单见附件。</p>")
    word = word_file(f"张某，{ID}", cell=f"电话{PHONE}")
    services.add_attachment(draft, by=people.clerk, file=word, title="名单")
    table = excel_file(["姓名", "电话", "家庭住址"], ["李某", 13987654321, "柳湾村三组"])
    services.add_attachment(draft, by=people.clerk, file=table, title="花名册")
    draft.refresh_from_db()
    found = [(one.kind, one.area, one.excerpt) for one in services.scan(draft)]
    assert [(kind, area) for kind, area, _ in found] == [
        ("mobile", "附件「名单」"),
        ("mobile", "附件「花名册」"),
        ("id_number", "附件「名单」"),
        ("address", "附件「花名册」"),
    ]
    shown = "".join(excerpt for _, _, excerpt in found)
    assert PHONE not in shown
    assert ID not in shown


def test_what_was_not_read_has_to_be_confirmed(draft, people, pdf):
    services.update_document(draft, by=people.clerk, body="<p>详见附件。</p>")
    services.add_attachment(draft, by=people.clerk, file=pdf("办法.pdf"))
    draft.refresh_from_db()
    assert "打不开，没有检查文字" in services.scan(draft)[0].advice
    assert "没有检查的附件" in said(services.submit, draft, by=people.clerk)
    services.justify(draft, keys=keys(draft), reason="已逐页看过", by=people.clerk)
    assert services.submit(draft, by=people.clerk).status == Publication.SUBMITTED


def test_numbers_dates_words_and_links(draft, people):
    public = DocumentFactory(published=True, agency=people.minzheng, doc_number="青民发〔2026〕5号")
    gone = DocumentFactory(withdrawn=True, agency=people.minzheng, doc_number="青民发〔2026〕6号")
    links = (
        f"/documents/{public.pk}/",
        f"/documents/{gone.pk}/",
        "http://192.168.1.8/x",
        "https://www.gov.cn/",
    )
    body = "<p>会议布署了工作。</p>" + "".join(f'<p><a href="{link}">通知</a></p>' for link in links)
    values = {"body": f"{body}<p>2026年2月20日</p>", "written_on": date(2026, 2, 27)}
    services.update_document(draft, by=people.clerk, doc_number="青民发〔2026〕5号", **values)
    draft.refresh_from_db()
    assert kinds(draft) == ["number_taken", "date", "dead_link", "dead_link", "wrong_word"]
    dead = [one.excerpt for one in services.scan(draft) if one.kind == "dead_link"]
    assert [f"/documents/{gone.pk}/" in dead[0], "192.168" in dead[1]] == [True, True]
    services.update_document(draft, by=people.clerk, doc_number="青民发〔2026〕6号")
    draft.refresh_from_db()
    assert "number_taken" not in kinds(draft)


def test_links_to_interpretations(draft, people):
    waiting = InterpretationFactory(agency=people.minzheng)
    public = InterpretationFactory(published=True, agency=people.minzheng)
    for thing, dead in ((waiting, 1), (public, 0)):
        draft.body = f'<p><a href="/interpretations/{thing.pk}/">解读</a></p>'
        assert kinds(draft).count("dead_link") == dead
    for address in ("/documents/999999999999999999999999/", "/no-such-page/", "/admin/", "http://[bad/"):
        draft.body = f'<p><a href="{address}">x</a></p>'
        assert kinds(draft) == ["dead_link"], address


def test_an_interpretation_is_looked_through_too(people):
    paper = DocumentFactory(published=True, agency=people.minzheng)
    thing = InterpretationFactory(
        agency=people.minzheng, created_by=people.clerk, documents=[paper], body=f"<p>电话{PHONE}</p>"
    )
    assert "138****5678" in said(interpreting.submit, thing, by=people.clerk)
    services.justify(thing, keys=keys(thing), reason="咨询电话", by=people.clerk)
    assert interpreting.submit(thing, by=people.clerk).status == Publication.SUBMITTED


def test_the_page_and_what_reviewers_see(client, draft, people):
    services.update_document(draft, by=people.clerk, body=f"<p>会议布署了工作。</p>{draft.body}")
    address = f"/admin/disclosure/document/{draft.pk}"
    client.force_login(people.clerk)
    page = client.get(f"{address}/scan/").content.decode()
    assert "有2处要处理" in page
    assert PHONE not in page
    draft.refresh_from_db()
    first, second = keys(draft)
    assert "请写明理由" in client.post(f"{address}/scan/", {"key": first, "reason": ""}).content.decode()
    assert client.post(f"{address}/scan/", {"key": first, "reason": "咨询<b>电话</b>"}).status_code == 302
    services.justify(draft, keys=[second], reason="引用原文", by=people.clerk)
    assert "都已写明理由" in client.get(f"{address}/scan/").content.decode()
    services.submit(draft, by=people.clerk)
    client.force_login(people.reviewer)
    for at in ("change/", "move/approve/", "scan/", "history/"):
        page = client.get(f"{address}/{at}").content.decode()
        assert "咨询&lt;b&gt;电话&lt;/b&gt;" in page, at
        assert 'name="key"' not in page
    client.force_login(people.stranger)
    assert client.get(f"{address}/scan/").status_code in {302, 403}


def test_a_whole_group_at_once(client, draft, people, django_assert_max_num_queries):
    rows = "".join(f"<p>第{n}户，电话139{n:08d}。</p>" for n in range(120))
    services.update_document(draft, by=people.clerk, body=rows)
    client.force_login(people.clerk)
    address = f"/admin/disclosure/document/{draft.pk}/scan/"
    with django_assert_max_num_queries(25):
        page = client.get(address).content.decode()
    assert "还有70处没有列出" in page
    digest = page.split('name="whole" value="')[1].split('"')[0]
    services.update_document(draft, by=people.clerk, body=f"{rows}<p>电话13811112222</p>")
    assert "请勾选" in client.post(address, {"whole": digest, "reason": "登记联系人"}).content.decode()
    services.update_document(draft, by=people.clerk, body=rows)
    assert client.post(address, {"whole": digest, "reason": "登记联系人"}).status_code == 302
    assert draft.finding_notes.filter(stands=True).count() == 120


def test_wrong_words_are_the_counties_own(client, people, draft):
    assert WrongWord.objects.count() >= 30
    draft.body = "<p>会议布署了工作，发布署名文章，打造亮点。</p>"
    assert kinds(draft) == ["wrong_word"]
    client.force_login(people.office)
    data = {"wrong": "打造亮点", "right": "形成特色", "unless": "", "is_active": "on"}
    assert client.post("/admin/disclosure/wrongword/add/", data).status_code == 302
    WrongWord.objects.filter(wrong="布署").update(is_active=False)
    assert [one.excerpt[-5:] for one in services.scan(draft)] == ["打造亮点。"]
    assert (
        "不能相同"
        in client.post(
            "/admin/disclosure/wrongword/add/", {**data, "wrong": "甲乙", "right": "甲乙"}
        ).content.decode()
    )
    client.force_login(people.clerk)
    assert client.get("/admin/disclosure/wrongword/").status_code == 403
