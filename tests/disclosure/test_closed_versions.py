"""原版本不再公开: what stood before a correction is closed to the public, for good, and stays with staff."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.db import ProgrammingError, transaction
from django.urls import reverse

from agencies.roles import DUTY
from disclosure import services
from disclosure.models import Correction
from disclosure.services import NotAllowed
from interpretation import services as interpretations
from portal import paper
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory, UserFactory
from tests.people import confirmed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
NAME = "张某某"


@pytest.fixture
def document(people, storage, pdf):
    made = DocumentFactory(
        agency=people.minzheng,
        published=True,
        topic=TopicFactory(),
        title=f"{NAME}领取补贴的公示",
        body=f"<p>{NAME}领八十元。</p>",
    )
    row = made.attachments.model(document=made, title="名单", sha256="a", position=1)
    row.file.save("名单.pdf", ContentFile(b"%PDF x"))
    return made


def correct(people, document, text, note, **words):
    draft = services.start_correction(document, by=people.clerk)
    services.update_document(draft, by=people.clerk, body=f"<p>{text}</p>", correction_note=note, **words)
    services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)
    return document.corrections.order_by("-number").first()


def test_the_tick_closes_all_that_stood_before_with_the_corrections_publication(people, document, client):
    correct(people, document, f"{NAME}领一百元。", "金额有误。")
    draft = services.start_correction(document, by=people.clerk)
    words = {"title": "领取补贴的公示", "body": "<p>领一百元。</p>", "correction_note": "删去姓名。"}
    old = services.make_certificate(
        document, address="https://a.cn/", render=lambda one: None, by=people.clerk
    )
    services.update_document(draft, by=people.clerk, **words)
    client.force_login(people.clerk)
    change = reverse("admin:disclosure_document_change", args=[draft.pk])
    assert 'name="closes_earlier"' in client.get(change).content.decode()
    plain = services.content_hash(draft.__class__.objects.get(pk=draft.pk))
    services.update_document(draft, by=people.clerk, closes_earlier=True)
    draft.refresh_from_db()
    assert services.content_hash(draft) != plain, "the signer signs it too"
    services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    client.logout()
    assert NAME in client.get(f"/documents/{document.pk}/versions/1/").content.decode(), "until it is signed"
    services.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)
    file = document.corrections.get(number=2).attachments.get()
    for address in ("versions/1/", "versions/2/", f"versions/2/attachments/{file.pk}/名单.pdf"):
        gone = client.get(f"/documents/{document.pk}/{address}")
        assert gone.status_code == 410, address
        assert NAME not in gone.content.decode(), address
    for address in (f"/documents/{document.pk}/", f"/verify/{old.number}/", f"/documents/{document.pk}.docx"):
        shown = client.get(address)
        assert shown.status_code == 200, address
        assert NAME.encode() not in shown.content, address
    second = document.corrections.get(number=2)
    assert (second.closed_at, second.closed_by) == (NOW, people.reviewer)
    assert second.events.filter(pgh_label="update", closed_at=NOW).exists()
    assert services.copy_to_draft(document, by=people.clerk).closes_earlier is False


def test_afterwards_a_button_closes_one_and_the_neighbours_comparison_passes_over_it(
    people, document, client, django_capture_on_commit_callbacks
):
    correct(people, document, f"{NAME}领九十元。", "金额有误。")
    correct(people, document, "另有一人身份证号。", "又有误。")
    correct(people, document, "领一百元。", "删去身份证号。")
    kept = paper._folder() / str(document.pk) / "old.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"%PDF")
    close = reverse("admin:disclosure_document_close_version", args=[document.pk, 3])
    client.force_login(people.clerk)
    assert client.get(close).status_code == 403
    assert client.post(close, {"reason": "有身份证号"}).status_code == 200
    assert document.corrections.filter(closed_at=None).count() == 3
    duty = UserFactory(username="zhiban", agency=people.minzheng, roles=[DUTY])
    client.force_login(duty)
    assert "更早的版本一起" in client.get(close).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(close, {"reason": "有身份证号"}).status_code == 302
    assert not kept.exists(), "the cached paper goes with it"
    second = client.get(f"/documents/{document.pk}/versions/2/").content.decode()
    assert "领一百元" in second
    assert "身份证号。</" not in second
    assert "另有一人" not in second
    assert client.get(f"/documents/{document.pk}/versions/3/").status_code == 410

    versions = client.get(reverse("admin:disclosure_document_versions", args=[document.pk])).content.decode()
    assert "另有一人" in versions, "staff still read it"
    assert "理由：有身份证号" in versions
    file = document.corrections.get(number=3).attachments.get().pk
    stored = reverse("admin:disclosure_document_version_file", args=[document.pk, 3, file])
    assert client.get(stored).status_code == 200
    history = client.get(reverse("admin:disclosure_document_history", args=[document.pk])).content.decode()
    assert "原版本不再公开" in history
    client.force_login(people.stranger)
    assert client.get(stored).status_code == 403
    assert client.get(reverse("admin:disclosure_document_versions", args=[document.pk])).status_code == 403


def test_it_is_refused_without_reason_and_the_database_never_opens_it_again(people, document):
    correct(people, document, "领一百元。", "删去姓名。")
    with pytest.raises(NotAllowed, match="请写明停止公开的理由"):
        services.close_version(document, 1, by=people.reviewer, reason=" ")
    with pytest.raises(NotAllowed, match="审核人、值班人员"):
        services.close_version(document, 1, by=people.clerk, reason="有姓名")
    assert services.close_version(document, 1, by=people.reviewer, reason="有姓名", with_earlier=True) == 1
    with pytest.raises(NotAllowed, match="已经不再公开"):
        services.close_version(document, 1, by=people.reviewer, reason="有姓名")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Correction.objects.update(closed_at=None, closed_by=None, closed_reason="")


def test_metadata_that_were_corrected_lose_their_old_values(people, client):
    document = DocumentFactory(agency=people.minzheng, published=True, topic=TopicFactory())
    services.update_document(document, by=people.clerk, reason="写错", keywords=["低保"])
    services.update_document(document, by=people.clerk, reason="再改", keywords=[NAME])
    services.update_document(document, by=people.clerk, reason="误填", keywords=["补贴"])
    assert NAME in client.get(f"/documents/{document.pk}/").content.decode()
    for number in (2, 3):
        services.close_version(document, number, by=people.reviewer, reason="有姓名")
    page = client.get(f"/documents/{document.pk}/").content.decode()
    assert NAME not in page
    assert page.count("更正前的内容不再公开") == 2


def test_an_interpretation_goes_through_the_same_door(people, client):
    paper_ = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(
        agency=people.minzheng,
        published=True,
        documents=[paper_],
        body=f"<p>{NAME}每月领八十元，到村里登记。</p>",
    )
    draft = interpretations.start_correction(told, by=people.clerk)
    interpretations.update_interpretation(
        draft,
        by=people.clerk,
        body="<p>每月领八十元，到村里登记。</p>",
        correction_note="删去姓名。",
        closes_earlier=True,
    )
    interpretations.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    interpretations.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)
    gone = client.get(f"/interpretations/{told.pk}/versions/1/")
    assert gone.status_code == 410
    assert NAME not in gone.content.decode()
    assert "删去姓名。" in gone.content.decode()
    client.force_login(people.reviewer)
    address = reverse("admin:interpretation_interpretation_versions", args=[told.pk])
    assert NAME in client.get(address).content.decode()
