"""Side doors that were tried: each would have let words out unread, twice, or not at all."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from disclosure import services
from disclosure.models import Certificate, Document
from disclosure.services import NotAllowed, batches
from disclosure.services.papers import Signature, short_hash
from disclosure.services.review import content_hash
from disclosure.services.signing import Decision
from disclosure.states import BatchState, Publication, StepOutcome
from tests.disclosure.test_batches import row
from tests.factories import DocumentFactory, OfficeUserFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(people):
    return DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=TopicFactory())


def change_and_submit_anew(document, by):
    services.recall(document, by=by)
    services.update_document(document, by=by, body="<p>换上的话。</p>")
    services.submit(document, by=by)


def test_nobody_signs_words_put_there_since_the_page_was_opened(client, people, draft):
    services.submit(draft, by=people.clerk)
    client.force_login(people.reviewer)
    change = f"/admin/disclosure/document/{draft.pk}/change/"
    page = client.get(change).content.decode()
    approve = re.search(r'href="([^"]*/move/approve/[?]read=1-[0-9a-f]{16})"', page)[1]
    change_and_submit_anew(draft, people.clerk)
    assert client.get(approve).url == change
    assert "内容有了变化" in client.post(approve, {"secrecy_cleared": "on"}).content.decode()
    draft.refresh_from_db()
    assert draft.status == Publication.SUBMITTED
    approve = re.search(
        r'href="([^"]*/move/approve/[?]read=2-[0-9a-f]{16})"', client.get(change).content.decode()
    )[1]
    assert client.post(approve, {"secrecy_cleared": "on"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.body) == (Publication.PUBLISHED, "<p>换上的话。</p>")


@pytest.fixture
def batch(people):
    made = services.create_batch(agency=people.minzheng, name="3月第1周", by=people.clerk)
    services.put_rows(made, rows=[row(n) for n in (1, 2)], by=people.clerk)
    return made


def test_nor_in_a_batch(people, batch, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 0)
    services.submit_batch(batch, by=people.clerk)
    first, second = Document.objects.order_by("pk")
    read = {first.pk: 1, second.pk: 1}
    change_and_submit_anew(second, people.clerk)
    services.order_batch(batch, act="sign", by=people.reviewer, secrecy_cleared=True, rounds=read)
    services.work_order(batch_id=batch.pk)
    batch.refresh_from_db()
    assert "内容有了变化" in batch.problem
    assert not Document.objects.published().exists()
    services.order_batch(
        batch, act="sign", by=people.reviewer, secrecy_cleared=True, rounds={**read, second.pk: 2}
    )
    services.work_order(batch_id=batch.pk)
    assert Document.objects.published().count() == 2


def test_a_batch_whose_worker_was_killed_is_taken_up_again(people, batch, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 0)
    services.order_batch(batch, act="submit", by=people.clerk)  # and the worker dies with it
    assert services.resume_batches() == 1
    batch.refresh_from_db()
    assert (batch.state, Document.objects.count()) == (BatchState.SUBMITTED, 2)
    assert services.resume_batches() == 0
    services.order_batch(batch, act="sign", by=people.reviewer, secrecy_cleared=True)
    batch.refresh_from_db()
    batch.order["tries"] = batches.MOST_TRIES
    batch.save()
    services.resume_batches()
    batch.refresh_from_db()
    assert (batch.state, "几次都中断" in batch.problem) == (BatchState.SUBMITTED, True)


def test_two_files_of_one_name_in_a_zip_are_not_one(people, batch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("甲村/名单.txt", "甲")
        archive.writestr("乙村/名单.txt", "乙")
    file = ContentFile(packed.getvalue(), name="名单.zip")
    kept, refused = services.add_files(batch, file=file, by=people.clerk)
    assert (kept, len(refused), "都叫「名单.txt」" in refused[0]) == (["名单.txt"], 1, True)
    with batch.files.get().file.open() as content:
        assert content.read().decode() == "甲"


def test_a_zip_that_breaks_off_is_refused_in_words(people, batch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "名单" * 100)
    broken = bytearray(packed.getvalue())
    broken[35:39] = b"\xff" * 4
    kept, refused = services.add_files(
        batch, file=ContentFile(bytes(broken), name="名单.zip"), by=people.clerk
    )
    assert (kept, "打不开" in refused[0]) == ([], True)


@pytest.mark.parametrize("down", ["offline", "withdrawn"])
def test_a_merge_is_not_undone_past_what_is_down(people, client, down):
    stays, goes = (DocumentFactory(agency=people.minzheng, published=True) for _ in range(2))
    merge = services.merge_documents(goes, into=stays, by=people.office, reason="同一份")
    act = services.take_offline if down == "offline" else services.withdraw
    act(stays, by=people.reviewer, reason="含个人信息")
    with pytest.raises(NotAllowed, match="不能撤销"):
        services.undo_merge(merge, by=people.office)
    assert client.get(f"/documents/{goes.pk}/", follow=True).status_code == 410


def test_what_cannot_go_out_at_its_minute_holds_up_no_other(people, draft, caplog):
    later = DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=TopicFactory())
    soon = timezone.now() + timedelta(minutes=1)
    for number, one in enumerate((draft, later)):
        services.submit(one, by=people.clerk)
        at = soon + timedelta(seconds=number)
        services.schedule(one, publish_at=at, by=people.reviewer, secrecy_cleared=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;"
            "CREATE TRIGGER fail BEFORE UPDATE ON disclosure_document FOR EACH ROW "
            f"WHEN (NEW.id = {draft.pk} AND NEW.status = 'published') EXECUTE FUNCTION fail()"
        )
    assert services.release_due(now=soon + timedelta(hours=1)) == 1
    draft.refresh_from_db()
    later.refresh_from_db()
    assert (draft.status, later.status) == (Publication.SCHEDULED, Publication.PUBLISHED)
    assert "系统出错" in draft.remarks


def test_a_scan_is_of_one_round_alone(people, draft, pdf):
    def register():
        now = timezone.now()
        decision = Decision(StepOutcome.AGREED, secrecy_cleared=True)
        return services.register_paper(
            draft,
            files=[ContentFile(pdf().read(), name="签字.pdf")],
            printed=short_hash(content_hash(draft)),
            signatures=[Signature(1, people.reviewer, timezone.localdate(now), decision)],
            room=services,
            by=people.clerk,
            now=now,
        )

    services.submit(draft, by=people.clerk)
    register()
    services.withdraw(draft, by=people.reviewer, reason="发错了")
    again = services.copy_to_draft(draft, by=people.clerk)
    services.update_document(
        again, by=people.clerk, written_on=draft.written_on, title=draft.title, doc_number=""
    )
    services.submit(again, by=people.clerk)
    draft = again
    with pytest.raises(NotAllowed, match="已经登记过"):
        register()


def test_a_number_of_a_certificate_is_not_given_out_again_after_a_purge(people):
    documents = [DocumentFactory(agency=people.minzheng, published=True) for _ in range(2)]

    def certify(document):
        return services.make_certificate(
            document, address="https://x.example/", render=lambda row: None, by=people.office
        )

    first = certify(documents[0])
    services.take_offline(documents[0], by=people.office, reason="含个人信息")
    purge = services.propose_purge(
        documents[0], by=people.office, order_number="1号", authority="保密局", reason="按决定"
    )
    services.confirm_purge(purge, by=OfficeUserFactory(username="lingyiren"))
    assert not Certificate.objects.filter(number=first.number, object_id=documents[1].pk).exists()
    assert certify(documents[1]).number != first.number
