"""收文上网: a signed file becomes a draft with its facts, the original is kept, and nothing leaks by it."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from disclosure import services
from disclosure.models import Document, ReadText, SignedOriginal
from disclosure.services import NotAllowed, texts
from disclosure.states import Openness, Publication
from tests.disclosure.test_papers import NUMBERING, numbered, scan, with_part
from tests.factories import DocumentFactory, TopicFactory, UserFactory
from tests.papers_made import Paper, ofd, pdf, printed, word

pytestmark = pytest.mark.django_db
PAPER = Paper()
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PHONE = "13812345678"


def receive(people, content, name="来文.ofd", by=None, agency=None, **more):
    file = ContentFile(content, name=name)
    return services.receive_signed_file(
        by=by or people.clerk, agency=agency or people.minzheng, file=file, **more
    )


def said(*args, **more):
    with pytest.raises(NotAllowed) as refused:
        receive(*args, **more)
    return " ".join(refused.value.messages)


def content(paper=PAPER):
    return ofd(printed(paper))


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.ofd", content), ("a.pdf", lambda: pdf(printed(PAPER))), ("a.docx", lambda: word(PAPER))],
)
def test_a_signed_file_becomes_a_draft_and_is_kept(people, name, make):
    given = make()
    # The name says nothing: what it is is judged by content.
    original = receive(people, given, name="办公室来文.bin")
    document = Document.objects.get()
    assert document.status == Publication.DRAFT
    assert (document.title, document.doc_number) == (PAPER.whole_title, "青政办发〔2026〕5号")
    assert (document.issuer, document.genre) == ("青澜县人民政府办公室", "通知")
    assert (document.written_on, document.openness) == (date(2026, 3, 2), Openness.PROACTIVE)
    assert document.body.startswith('<p class="no-indent">各乡镇人民政府，县政府各部门：</p>')
    assert "<h2>一、补贴对象</h2>" in document.body
    assert '<p class="align-right">2026年3月2日</p>' in document.body
    assert "抄送" not in document.body
    assert original.document == document
    assert original.file.open("rb").read() == given
    assert original.extension == name.partition(".")[2]
    assert original.proposal["missing"] == []
    assert original.proposal["attachments"] == list(PAPER.attachments)
    assert not document.attachments.exists()


def test_the_same_file_is_taken_once(people):
    original = receive(people, content())
    assert original.document.title in said(people, content(), name="再传.ofd")
    # Who may not see that draft learns whom to ask, not what it is.
    refusal = said(people, content(), by=people.stranger, agency=people.nongye)
    assert "青澜县民政局" in refusal
    assert original.document.title not in refusal
    services.delete_draft(original.document, by=people.clerk)
    assert receive(people, content()).document.title == PAPER.whole_title


def test_what_is_not_found_is_said_and_a_scan_is_kept_too(people):
    bare = replace(PAPER, number="", signers=(), day="", openness="", imprint=())
    original = receive(people, content(bare))
    assert original.proposal["missing"] == ["发文字号", "成文日期", "公开属性"]
    kept = receive(people, scan(), name="扫描的通知.pdf")
    assert kept.document.title == "扫描的通知"
    assert kept.document.body == ""
    assert "扫描件" in kept.proposal["notes"][0]


@pytest.mark.parametrize(
    ("note", "words"), [("（此件依申请公开）", "依申请公开"), ("（此件不公开）", "不予公开")]
)
def test_what_is_withheld_wants_its_ground_first(people, note, words):
    original = receive(people, content(replace(PAPER, openness=note)))
    assert original.document.openness == ""
    fact = next(one for one in original.proposal["facts"] if one["name"] == "openness")
    assert (fact["value"], "依据" in fact["warning"]) == (words, True)


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        (OLE + "WordDocument".encode("utf-16-le"), "旧.wps", "另存为 .docx"),
        (OLE + "WordDocument".encode("utf-16-le"), "旧.doc", "另存为 .docx"),
        ("序号,姓名\n".encode(), "名单.csv", "不是公文正文"),
        (b"%PDF-1.7 broken", "坏.pdf", "重新导出"),
        (content(replace(PAPER, letterhead="机密★2年")), "密.ofd", "涉密文件不得传入"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(people, storage, given, name, words):
    assert words in said(people, given, name=name)
    assert not Document.objects.exists()
    assert not ReadText.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_who_may_receive_for_whom(people):
    for person in (people.stranger, people.reviewer, people.administrator):
        assert "不能为「青澜县民政局」收文" in said(people, content(), by=person)
    assert receive(people, content(), by=people.office).received_by == people.office


def test_the_original_goes_out_only_where_somebody_says_so(people):
    document = receive(people, content(), publish_original=True).document
    attached = document.attachments.get()
    assert attached.title == f"{PAPER.whole_title}（原件）"
    assert attached.sha256 == document.original.sha256
    # The draft goes, and with it both files and the text that was read.
    services.delete_draft(document, by=people.clerk)
    assert not ReadText.objects.exists()


def test_the_record_of_the_original_holds_in_the_database(people):
    original = receive(people, content())
    for change in ({"sha256": "0" * 64}, {"file": "originals/andere.ofd"}, {"received_by": people.office}):
        with pytest.raises(IntegrityError, match="签发原件不得更换"), transaction.atomic():
            SignedOriginal.objects.filter(pk=original.pk).update(**change)
    public = DocumentFactory(agency=people.minzheng, published=True)
    with pytest.raises(IntegrityError, match="不得更换"), transaction.atomic():
        SignedOriginal.objects.filter(pk=original.pk).update(document=public)
    Document.objects.filter(pk=original.document_id).update(source_id="x", status=Publication.PUBLISHED)
    with pytest.raises(IntegrityError, match="不得删除"), transaction.atomic():
        SignedOriginal.objects.filter(pk=original.pk).delete()


def test_from_word_a_draft_and_no_record(people):
    def change(made):
        for text, level in (("总体要求", 0), ("工作目标", 1)):
            numbered(made.add_paragraph(text), 1, level)

    given = with_part(word(replace(PAPER, number=""), change), "word/numbering.xml", NUMBERING)
    opened = services.open_word_file(
        by=people.clerk, agency=people.minzheng, file=ContentFile(given, name="稿.docx")
    )
    assert opened.missing == ["发文字号"]
    assert "<h2>一、总体要求</h2>\n<h3>（一）工作目标</h3>" in opened.document.body
    assert not SignedOriginal.objects.exists()


# --- The scanner reads PDF and OFD, ahead of the transaction of submission


def test_the_scanner_reads_papers_once(people, monkeypatch):
    broken_line = (f"联系电话{PHONE[:5]}", f"{PHONE[5:]}，联系人张某。")
    leaky = replace(PAPER, body=("".join(broken_line),))
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=TopicFactory())
    for name, given in (("名单.pdf", pdf(printed(leaky))), ("名单.ofd", ofd(printed(leaky), split=True))):
        services.add_attachment(draft, by=people.clerk, file=ContentFile(given, name=name))
    assert ReadText.objects.count() == 2
    # From here on no file is opened any more.
    monkeypatch.setattr(texts, "read_file", lambda *args, **kwargs: pytest.fail("read again"))
    found = [one for one in services.scan(draft) if one.kind == "mobile"]
    assert [one.area for one in found] == ["附件「名单」"] * len(found)
    assert len({one.mark for one in found}) >= 1
    assert "138****5678" in found[0].excerpt
    with pytest.raises(NotAllowed, match=r"138\*\*\*\*5678"):
        services.submit(draft, by=people.clerk)


def test_only_what_cannot_be_read_has_to_be_confirmed(people):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk)
    for name, given in (("扫描.pdf", scan()), ("正文.pdf", pdf(printed(PAPER)))):
        services.add_attachment(draft, by=people.clerk, file=ContentFile(given, name=name))
    unread = [one for one in services.scan(draft) if one.kind == "unread"]
    assert [(one.area, "扫描件" in one.advice) for one in unread] == [("附件「扫描」", True)]


# --- In the back office


def post(client, files, **data):
    address = reverse("admin:disclosure_signedoriginal_add")
    return client.post(address, {"files": files, **data}, follow=True)


def test_the_page_takes_one_file_to_its_draft(client, people):
    client.force_login(people.clerk)
    page = client.get(reverse("admin:disclosure_document_changelist")).content.decode()
    assert reverse("admin:disclosure_signedoriginal_add") in page
    assert "收文上网" in page
    response = post(client, [ContentFile(content(), name="来文.ofd")], agency=people.minzheng.pk)
    document = Document.objects.get()
    assert response.redirect_chain[-1][0] == reverse("admin:disclosure_document_change", args=[document.pk])
    shown = response.content.decode()
    assert "青政办发〔2026〕5号" in shown
    assert "从原件读出的内容" in shown
    assert "各乡镇人民政府，县政府各部门：" in shown


def test_several_files_are_answered_one_by_one(client, people):
    client.force_login(people.clerk)
    files = [
        ContentFile(content(), name="一.ofd"),
        ContentFile(OLE + "WordDocument".encode("utf-16-le"), name="二.wps"),
        ContentFile(content(), name="三.ofd"),
    ]
    shown = post(client, files, agency=people.minzheng.pk).content.decode()
    assert Document.objects.count() == 1
    assert "已做成草稿" in shown
    assert "另存为 .docx" in shown
    assert "已经收过" in shown
    empty = post(client, [], agency=people.minzheng.pk).content.decode()
    assert "请选择要收的文件" in empty
    old = ContentFile(OLE + "WordDocument".encode("utf-16-le"), name="二.wps")
    refused = post(client, [old], agency=people.minzheng.pk).content.decode()
    assert "另存为 .docx" in refused


def test_the_original_is_fetched_by_whoever_has_the_document_in_scope(client, people):
    original = receive(people, content())
    addresses = [
        reverse(f"admin:disclosure_signedoriginal_{name}", args=[original.pk]) for name in ("file", "change")
    ]
    for person, status in (
        (people.clerk, 200),
        (people.reviewer, 200),
        (people.stranger, 403),
        (UserFactory(agency=people.minzheng, roles=[]), 403),
    ):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [status, status]
    client.force_login(people.clerk)
    assert b"".join(client.get(addresses[0]).streaming_content) == content()
    client.logout()
    assert {client.get(address).status_code for address in addresses} == {302}


def test_attaching_later_and_the_list_in_few_queries(client, people, django_assert_max_num_queries):
    original = receive(people, content())
    client.force_login(people.stranger)
    attach = reverse("admin:disclosure_signedoriginal_attach", args=[original.pk])
    assert client.post(attach).status_code == 403
    client.force_login(people.clerk)
    client.post(attach)
    assert original.document.attachments.count() == 1
    for n in range(3):
        receive(people, content(replace(PAPER, number=f"青政办发〔2026〕{n + 20}号")))
    with django_assert_max_num_queries(14):
        shown = client.get(reverse("admin:disclosure_signedoriginal_changelist")).content.decode()
    assert shown.count(PAPER.whole_title) >= 4
