"""更正: new words through the same review into the same page; what stood before stays readable."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile

from disclosure import services
from disclosure.models import Correction, Document
from disclosure.services import NotAllowed
from disclosure.services.attachments import is_in_use
from disclosure.states import Publication
from tests.factories import DocumentFactory, TopicFactory
from tests.people import confirmed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)


def said(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


@pytest.fixture
def document(people, storage, pdf):
    made = DocumentFactory(
        agency=people.minzheng,
        published=True,
        topic=TopicFactory(),
        title="关于发放高龄津贴的通知",
        body="<p>每人每月发放八十元。</p><p>请到村委会登记。</p>",
        index_number="11539921MB0003551L/2026-00001",
        doc_number="青民发〔2026〕3号",
    )
    for name in ("标准表", "登记表"):
        row = made.attachments.model(document=made, title=name, sha256=name, position=1)
        row.file.save(f"{name}.pdf", ContentFile(f"%PDF {name}".encode()))
    return made


def corrected(people, document, **words):
    draft = services.start_correction(document, by=people.clerk)
    words = {"correction_note": "第一段金额有误，八十元应为一百元。", **words}
    return services.update_document(draft, by=people.clerk, **words)


def sign(people, draft):
    services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    return services.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)


def test_a_correction_replaces_the_words_and_keeps_what_stood(people, document, client):
    first = document.published_at
    draft = corrected(people, document, body="<p>每人每月发放一百元。</p><p>请到村委会登记。</p>")
    _kept, gone = draft.attachments.order_by("pk")
    services.remove_attachment(gone, by=people.clerk)
    assert "八十元" in client.get(f"/documents/{document.pk}/").content.decode(), "until it is signed"
    sign(people, draft)
    document.refresh_from_db()
    draft.refresh_from_db()
    assert "一百元" in document.body
    assert (document.status, document.published_at, document.index_number) == (
        Publication.PUBLISHED,
        first,
        "11539921MB0003551L/2026-00001",
    )
    assert (draft.status, draft.index_number, draft.published_at) == (Publication.APPLIED, "", None)
    correction = Correction.objects.get()
    assert (correction.number, correction.by, "八十元" in correction.body) == (1, people.reviewer, True)
    assert [row.title for row in document.attachments.all()] == ["标准表"]
    assert [row.title for row in correction.attachments.all()] == ["标准表", "登记表"]
    old = correction.attachments.last()
    assert is_in_use(old.file.name)
    assert old.file.storage.exists(old.file.name), "the earlier version keeps its file"


def test_the_public_reads_the_note_and_the_earlier_version_with_what_changed(people, document, client):
    sign(people, corrected(people, document, body="<p>每人每月发放一百元。</p><p>请到村委会登记。</p>"))
    page = client.get(f"/documents/{document.pk}/").content.decode()
    assert "2026-05-06" in page
    assert "八十元应为一百元" in page
    address = f"/documents/{document.pk}/versions/1/"
    assert address in page
    earlier = client.get(address).content.decode()
    assert "<del>" in earlier
    assert "登记表" in earlier
    number = document.corrections.get().attachments.last().pk
    file = client.get(f"{address}attachments/{number}/登记表.pdf")
    assert file.status_code == 200
    assert client.get(f"/documents/{document.pk}/versions/2/").status_code == 404
    services.take_offline(document, by=people.office, reason="误发")
    assert client.get(address).status_code == 410
    assert client.get(f"{address}attachments/{number}/登记表.pdf").status_code == 410


def test_nobody_signs_the_own_correction_and_words_alone_may_change(people, document):
    draft = corrected(people, document, body="<p>每人每月发放一百元。</p>")
    assert "请在原文件上直接更正" in said(
        services.update_document, draft, by=people.clerk, doc_number="青民发〔2026〕4号"
    )
    assert "已经有一份更正稿在办" in said(services.start_correction, document, by=people.clerk)
    assert "只有已公开的文件能更正" in said(services.start_correction, document, by=people.stranger)
    draft = services.update_document(draft, by=people.both, title="关于发放高龄津贴的通知（更正）")
    services.submit(confirmed(draft, people.clerk), by=people.clerk)
    assert "不能由您自己审核" in said(services.approve, draft, by=people.both, secrecy_cleared=True)


def test_what_is_stale_or_says_nothing_does_not_go_out(people, document):
    draft = services.start_correction(document, by=people.clerk)
    refusal = said(services.submit, draft, by=people.clerk)
    assert "请写更正说明" in refusal
    assert "完全一样" in refusal
    services.update_document(draft, by=people.clerk, correction_note="改错字", body="<p>一百元。</p>")
    services.submit(confirmed(draft, people.clerk), by=people.clerk)
    services.update_document(document, by=people.clerk, reason="文号写错了", doc_number="青民发〔2026〕5号")
    assert "又更正过" in said(services.approve, draft, by=people.reviewer, secrecy_cleared=True)
    services.withdraw(document, by=people.reviewer, reason="内容有误，正在更正。")
    assert "不能更正" in said(services.approve, draft, by=people.reviewer, secrecy_cleared=True)


def test_corrected_metadata_leave_a_visible_note(people, document, client):
    services.update_document(document, by=people.clerk, reason="文号写错了", doc_number="青民发〔2026〕5号")
    note = document.corrections.get()
    assert (note.of_words, note.note) == (False, "文号写错了")
    assert note.changes == [["发文字号", "青民发〔2026〕3号", "青民发〔2026〕5号"]]
    page = client.get(f"/documents/{document.pk}/").content.decode()
    assert "文号写错了" in page
    assert "/versions/" not in page


def test_a_correction_draft_that_is_deleted_leaves_the_files_of_the_original(
    people, document, django_capture_on_commit_callbacks
):
    draft = services.start_correction(document, by=people.clerk)
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_draft(draft, by=people.clerk)
    assert not Document.objects.filter(pk=draft.pk).exists()
    assert all(row.file.storage.exists(row.file.name) for row in document.attachments.all())
