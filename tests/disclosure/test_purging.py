"""封存清除: two persons, one order; afterwards the words stand in no column of any table and in no file."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from disclosure import services
from disclosure.models import Document, Purge, PurgeBackup
from disclosure.services import NotAllowed
from disclosure.states import Publication
from portal.search import index
from tests.factories import (
    AdministratorFactory,
    DocumentFactory,
    ItemFactory,
    OfficeUserFactory,
    TopicFactory,
)
from tests.people import confirmed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
TITLE = "青澜县特困老人核查名册通报"
BODY = "柳湾村住户甲某某的家庭困难情况核查记录"
NEW = "松岗社区住户乙某某的家庭困难情况核查记录"
SUMMARY = "名册里写着每一户的困难原因"
FILE = "特困老人核查名册附表二"
NUMBER = "青民发〔2026〕88号"
REMARK = "请把名册里的户主姓名改成代号"
SECRETS = (TITLE, BODY, NEW, SUMMARY, FILE, NUMBER, REMARK, "特困老人核查名册", "SECRET-BYTES")
ORDER = {"order_number": "青保密决〔2026〕1号", "authority": "青澜县国家保密局", "reason": "含不应公开的内容"}


def written_into_logs(document, client, user):
    """The title in the admin's log, a session, a job that is over; an index that was being rebuilt."""
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Document),
        object_id=str(document.pk),
        object_repr=TITLE,
        action_flag=CHANGE,
        change_message=f"已提交审核：{TITLE}",
    )
    client.force_login(user)
    session = client.session
    session["said"] = f"已提交审核：{TITLE}"
    session.save()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE search_entry_new AS SELECT * FROM search_entry")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
            "VALUES ('default', 'x', %s, 'succeeded')",
            [json.dumps({"title": TITLE})],
        )


@pytest.fixture
def offline(people, storage, client, django_capture_on_commit_callbacks):
    """A document with everything that keeps words: review with a return, notes, files, a copy, a correction,
    a merged posting, entries of logs and jobs, an index entry, a broken rebuild."""
    with django_capture_on_commit_callbacks(execute=True):
        draft = services.create_document(
            by=people.clerk,
            agency=people.minzheng,
            title=TITLE,
            body=f"<p>{BODY}</p>",
            summary=SUMMARY,
            doc_number=NUMBER,
            keywords=["特困老人核查名册"],
            openness="proactive",
            topic=TopicFactory(),
            written_on=NOW.date(),
            items=[ItemFactory(agency=people.minzheng)],
        )
        services.add_attachment(
            draft, by=people.clerk, file=ContentFile(b"%PDF-1.4 SECRET-BYTES %%EOF", name=f"{FILE}.pdf")
        )
        services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
        services.send_back(draft, by=people.reviewer, remarks=REMARK, now=NOW)
        services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
        document = services.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)
        copy = services.copy_to_draft(document, by=people.clerk)
        services.delete_draft(copy, by=people.clerk)
        correction = services.start_correction(document, by=people.clerk)
        services.update_document(
            correction, by=people.clerk, body=f"<p>{NEW}</p>", correction_note=f"改名册：{NEW}"
        )
        services.submit(confirmed(correction, people.clerk), by=people.clerk, now=NOW)
        services.approve(correction, by=people.reviewer, secrecy_cleared=True, now=NOW)
        twin = DocumentFactory(agency=people.minzheng, published=True, title=TITLE, body=f"<p>{BODY}</p>")
        services.merge_documents(twin, into=document, by=people.office, reason=f"与{TITLE}相同")
        services.record_change(document, kind="expired", on=NOW.date(), basis=TITLE, by=people.clerk)
    index.drain()
    written_into_logs(document, client, people.clerk)
    services.take_offline(document, by=people.office, reason=f"{TITLE}误发", now=NOW)
    return document


def places(words=SECRETS):
    """Every text column of every table, and the planner's samples, that hold one of the words."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = current_schema() "
            "AND table_type = 'BASE TABLE'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
            texts = {text for (text,) in cursor.fetchall()}
            found += [(table, column, word) for word in words if any(word in text for text in texts)]
        cursor.execute(
            "SELECT tablename, attname, most_common_vals::text || coalesce(histogram_bounds::text, '') "
            "FROM pg_stats WHERE schemaname = current_schema()"
        )
        for table, column, text in cursor.fetchall():
            found += [("pg_stats", f"{table}.{column}", word) for word in words if word in (text or "")]
    return found


def said(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


def purge_of(document, people, second):
    proposed = services.propose_purge(document, by=people.office, now=NOW, **ORDER)
    return services.confirm_purge(proposed, by=second, now=NOW)


def test_afterwards_the_words_stand_nowhere(
    people, offline, storage, client, django_capture_on_commit_callbacks
):
    tables = {table for table, _column, _word in places()}
    assert {
        "disclosure_document",
        "disclosure_documentevent",
        "disclosure_attachmentevent",
        "disclosure_correction",
        "disclosure_reviewstepevent",
        "disclosure_merge",
        "disclosure_validitychange",
        "pghistory_context",
        "django_admin_log",
        "procrastinate_jobs",
        "search_entry_new",
    } <= tables, "there is something that could be left"
    assert any(b"SECRET-BYTES" in path.read_bytes() for path in storage.rglob("*.pdf"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("ANALYZE disclosure_document, disclosure_documentevent")
    with django_capture_on_commit_callbacks(execute=True):
        purge = purge_of(offline, people, OfficeUserFactory(username="zhengfuban2"))
    assert places() == []
    assert not [path for path in storage.rglob("*") if path.is_file()]
    assert purge.remnants == []
    offline.refresh_from_db()
    assert (offline.status, offline.index_number != "") == (Publication.PURGED, True)
    assert offline.published_at is not None
    for address in (
        f"/documents/{offline.pk}/",
        f"/documents/{offline.pk}.docx",
        f"/documents/{offline.pk}/versions/1/",
        f"/i/{offline.index_number}",
        f"/api/v1/documents/{offline.pk}",
    ):
        response = client.get(address, follow=True)
        assert response.status_code == 410, address
        assert "清除" not in response.content.decode(), address


def test_two_persons_on_an_order_and_only_of_what_is_offline(people, offline):
    public = DocumentFactory(agency=people.minzheng, published=True)
    assert "请先紧急下线" in said(services.propose_purge, public, by=people.office, **ORDER)
    assert "由县政府办公室或系统管理员" in said(services.propose_purge, offline, by=people.reviewer, **ORDER)
    wordy = {**ORDER, "reason": f"{TITLE}含不应公开的内容"}
    assert "请不要写被清除内容的标题" in said(services.propose_purge, offline, by=people.office, **wordy)
    assert "请写明决定的文号" in said(
        services.propose_purge, offline, by=people.office, **{**ORDER, "order_number": " "}
    )
    purge = services.propose_purge(offline, by=people.office, **ORDER)
    assert "须由另一位同事确认" in said(services.confirm_purge, purge, by=people.office)
    assert "已经有人提出" in said(services.propose_purge, offline, by=people.administrator, **ORDER)
    for status in ("purged",):
        with pytest.raises(IntegrityError, match="须由两人按决定办理"), transaction.atomic():
            Document.objects.filter(pk=offline.pk).update(status=status)
    with pytest.raises(IntegrityError, match="purge_two_persons"), transaction.atomic():
        Purge.objects.filter(pk=purge.pk).update(
            state="done",
            confirmed_by=people.office,
            confirmed_at=NOW,
            number=1,
            content_hash="x",
            chain_hash="x",
        )
    services.cancel_purge(purge, by=people.administrator)
    assert "已经办过了" in said(services.confirm_purge, purge, by=people.administrator)
    offline.refresh_from_db()
    assert offline.title == TITLE


def test_the_chain_is_sealed_and_tells_what_was_changed(people, offline):
    second = AdministratorFactory(username="guanli2")
    first = purge_of(offline, people, second)
    other = DocumentFactory(agency=people.minzheng, published=True, title="另一份误发的核查名册通报全文")
    services.take_offline(other, by=people.office, reason="误发")
    latter = purge_of(other, people, second)
    assert (first.number, latter.number, latter.previous_hash) == (1, 2, first.chain_hash)
    assert services.verify_chain() == []
    with pytest.raises(IntegrityError, match="不得删改"), transaction.atomic():
        Purge.objects.filter(pk=first.pk).update(order_number="改过的文号")
    with pytest.raises(IntegrityError, match="不得删改"), transaction.atomic():
        Purge.objects.filter(pk=first.pk)._raw_delete("default")
    with pytest.raises(IntegrityError, match="已封存清除的记录不得更改"), transaction.atomic():
        Document.objects.filter(pk=offline.pk).update(title="写回去")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE disclosure_purge DISABLE TRIGGER purge_sealed")
    Purge.objects.filter(pk=first.pk).update(order_number="改过的文号")
    assert services.verify_chain() == ["第1次清除的记录被改动过。"]


def test_its_number_is_taken_for_ever_and_backups_are_listed(people, offline):
    purge = purge_of(offline, people, people.administrator)
    again = DocumentFactory(agency=people.minzheng, doc_number=NUMBER)
    assert "number_taken" in {one.kind for one in services.scan(again)}
    lines = PurgeBackup.objects.filter(purge=purge)
    assert lines.count() == 4
    services.note_cleaned(lines[0], by=people.office, on=NOW.date(), note="重做了备份", now=NOW)
    assert lines.filter(cleaned_on=None).count() == 3
    assert "已经登记过" in said(services.note_cleaned, lines[0], by=people.office, on=NOW.date(), now=NOW)
