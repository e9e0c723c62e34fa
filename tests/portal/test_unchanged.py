"""A version that is remembered saves a page its queries, and never outlives a write that the page shows."""

import importlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Agency
from catalog.models import Basis, Item
from disclosure.models import Correction, Document, DraftingNote, LawText, ValidityChange
from interpretation.models import Interpretation
from portal import unchanged
from tests.factories import DocumentFactory, InterpretationFactory, UserFactory
from tests.portal.site_county import build
from tests.portal.test_document_page import CHANGES, offline, relate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
WATCHED = importlib.import_module("portal.migrations.0001_page_changes")
AT = "2026-03-03T09:00+08:00"


@pytest.fixture
def county():
    made = build()
    relate(made, 1)
    DocumentFactory(published=True, topic=made.document.topic, title="同题的通知")
    return made


@pytest.fixture
def read(client, county):
    """The page of the document, or of its interpretation, asked for with a mark."""

    def at(mark="", kind="documents"):
        pk = (county.document if kind == "documents" else county.interpretation).pk
        return client.get(f"/{kind}/{pk}/", headers={"if-none-match": mark} if mark else {})

    return at


@pytest.fixture
def mark(read):
    """The mark of the document's page, which this process remembers."""
    etag = read()["ETag"]
    assert [read(etag).status_code for _ in range(2)] == [304, 304]
    return etag


def state():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(number), 0) FROM page_change")
        return cursor.fetchone()[0]


def tables(queries):
    found = (re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]) for query in queries)
    return {table for names in found for table in names}


@pytest.mark.parametrize("kind", ["documents", "interpretations"])
def test_the_second_time_one_query_is_enough(read, kind):
    first = read(kind=kind)
    slow = read(first["ETag"], kind)
    with CaptureQueriesContext(connection) as queries:
        quick = read(first["ETag"], kind)
    assert len(queries) == 1
    assert (quick.status_code, quick.content) == (304, b"")
    assert quick.headers == slow.headers
    assert read('W/"another"', kind).status_code == 200


def test_every_table_that_the_pages_read_is_watched(read, county):
    DraftingNote.objects.create(document=county.document, body="<p>说明</p>", is_public=True)
    for thing in (county.document, county.interpretation):
        thing.corrections.create(
            number=1, at=AT, by=UserFactory(), note="错字", of_words=True, title="旧", body="<p>旧</p>"
        )
    for caused in ({"document": county.document}, {"cause": county.document}):
        other = {"document", "cause"} - caused.keys()
        ValidityChange.objects.create(
            kind="amended", on="2026-03-03", **caused, **{other.pop(): DocumentFactory(published=True)}
        )
    Document.objects.filter(pk=county.document.pk).update(
        repealed_by=DocumentFactory(published=True),
        repealed_on=date(2026, 3, 3),
        is_policy=True,
        is_normative=True,
        body="<p>青政发〔2020〕1号</p>",
    )
    with CaptureQueriesContext(connection) as queries:
        assert read().status_code == read(kind="interpretations").status_code == 200
    assert tables(queries) == {*WATCHED.PARTS, *WATCHED.PAPERS}


def test_every_write_to_a_watched_table_counts(county):
    seen = [state()]
    for table in WATCHED.PARTS:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id WHERE false")
            seen.append(state())
            cursor.execute(f"DELETE FROM {table} WHERE false")
            seen.append(state())
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE false")
            seen.append(state())
    for kind in (Document, Interpretation):
        rows = kind.objects.published()
        rows.update(title="改")
        seen.append(state())
        offline(rows.filter(pk=rows.first().pk))
        seen.append(state())
    assert len(set(seen)) == len(seen)
    draft, other = DocumentFactory(), InterpretationFactory()
    before = state()
    Document.objects.filter(pk=draft.pk).update(title="草稿")
    Interpretation.objects.filter(pk=other.pk).update(title="草稿")
    assert state() == before


def changed(county, **facts):
    Document.objects.filter(pk=county.document.pk).update(**facts)


def neighbours():
    return Document.objects.filter(title="同题的通知")


MORE = {
    "agency renamed": lambda c: Agency.objects.filter(pk=c.agency.pk).update(name="青澜县新局"),
    "repealed": lambda c: changed(c, repealed_by=DocumentFactory(published=True), repealed_on="2026-03-03"),
    "keywords": lambda c: changed(c, keywords=["新词"]),
    "neighbour closed": lambda c: Document.objects.filter(title="同题的通知").update(
        repealed_on="2026-03-03"
    ),
    "item named anew": lambda c: Item.objects.filter(pk=c.item.pk).update(levels=["别的事项"]),
    "item taken away": lambda c: c.document.items.clear(),
    "field taken away": lambda c: c.document.fields.clear(),
    "no text of a law": lambda c: LawText.objects.all().delete(),
    "no law named": lambda c: Basis.objects.update(law=None),
    "correction": lambda c: Correction.objects.create(
        document=c.document, number=1, at=AT, by=UserFactory(), note="错字"
    ),
    "change of validity": lambda c: ValidityChange.objects.create(
        document=c.document, kind="amended", on="2026-03-03", basis="决定"
    ),
    "interpretation published": lambda c: InterpretationFactory(published=True, documents=[c.document]),
    "interpretation gone": lambda c: offline(Interpretation.objects.filter(pk=c.interpretation.pk)),
}


def test_no_write_is_outlived(read, county, mark):
    """Each write by itself, taken back before the next: then the remembered version holds again."""
    outlived = []
    for name, change in {**CHANGES, **MORE}.items():
        save = transaction.savepoint()
        change(county)
        response = read(mark)
        if response.status_code != 200 or response["ETag"] == mark:
            outlived.append(name)
        transaction.savepoint_rollback(save)
        assert read(mark).status_code == 304
    assert outlived == []


@pytest.mark.parametrize(("status", "answer"), [("withdrawn", 410), ("offline", 410), ("merged", 301)])
def test_what_is_gone_is_gone(read, county, mark, status, answer):
    if status == "offline":
        offline(Document.objects.filter(pk=county.document.pk))
    elif status == "merged":
        changed(county, status=status, merged_into=DocumentFactory(published=True))
    else:
        changed(county, status=status, withdrawn_by=UserFactory(), withdrawn_at=AT, withdrawn_reason="误发")
    assert read(mark).status_code == answer


def test_another_day_is_another_version(read, mark):
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        response = read(mark)
    assert (response.status_code, response["ETag"] != mark) == (200, True)


def test_gathered_lines_say_the_same(read, county, mark):
    changed(county, title="改")
    before = state()
    unchanged.gather()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM page_change")
        assert cursor.fetchone() == (1,)
    assert state() == before


def test_a_write_counts_from_its_commit_on(transactional_db, client):
    paper = DocumentFactory(published=True, title="旧题")
    address = f"/documents/{paper.pk}/"
    etag = client.get(address)["ETag"]

    def asked():
        try:
            return client.get(address, headers={"if-none-match": etag}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Document.objects.filter(pk=paper.pk).update(title="新题")
            assert [other.submit(asked).result(timeout=20) for _ in range(2)] == [304, 304]
        assert other.submit(asked).result(timeout=20) == 200
