"""State by output: what is not public shows by no output, and what is, by every one of them.

Each state starts from a document that was public and indexed, so there is something that could leak. The
last tests break one filter at a time and see the same check turn red.
"""

import io
import zipfile
from datetime import datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import URLResolver, get_resolver, resolve

from catalog.models import Item, Matter
from disclosure import services
from disclosure.models import Certificate, Correction, Document, DraftingNote, EarlierAttachment
from disclosure.querysets import DocumentQuerySet
from disclosure.services.certificates import facts_of, public_hash
from disclosure.states import DocumentKind, Ground, Openness, Publication
from interpretation.models import Interpretation
from portal.search import index
from tests.factories import SHANGHAI, DocumentFactory, OfficeUserFactory, UserFactory
from tests.portal.site_county import build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]

PK = 987654321
TITLE = "青澜县高龄津贴内部掌握标准补充规定"
WORDS = "只有内部才知道的话"
REASON = "误发了老人名单"
SECRETS = (TITLE, WORDS, REASON, "青民发〔2026〕3号", "申请表.docx", str(PK))
MOMENT = datetime(2026, 3, 3, 9, 0, tzinfo=SHANGHAI)

#: The document's own addresses: 410 or 404, and its number in the address itself is no leak.
OWN = {
    "page": "/documents/{pk}/",
    "word": "/documents/{pk}.docx",
    "attachment": "/documents/{pk}/attachments/{attachment}/申请表.docx",
    "drafting note": "/documents/{pk}/drafting-note/",
    "related": "/documents/{pk}/related/items/",
    "short address": "/d/{pk}",
    "index number": "/i/11539921MB0003551L/2026-00001",
    "before a correction": "/documents/{pk}/versions/1/",
    "file before a correction": "/documents/{pk}/versions/1/attachments/{earlier}/申请表.docx",
    "api page": "/api/v1/documents/{pk}",
}
#: Repeats the address that it was asked with, whatever stands there.
ASKED = {"report of an error": "/report-error/?page=/documents/{pk}/"}
OTHERS = {
    "home": "/",
    "list": "/documents/",
    "filtered list": "/documents/?agency=minzheng&field=jiuye&topic=t-20",
    "catalog item": "/catalog/items/jiuye-00001/",
    "matter": "/catalog/matters/{matter}/",
    "agency": "/agencies/minzheng/",
    "column": "/open-government/",
    "head of the column": "/open-government/statutory/?head=laws_docs",
    "normative papers": "/open-government/statutory/normative/?validity=all",
    "normative papers as Excel": "/open-government/statutory/normative.xlsx?validity=all",
    "its interpretation": "/interpretations/{interpretation}/",
    "interpretation, short": "/j/{interpretation}",
    "interpretations": "/interpretations/",
    "what it repealed": "/documents/{neighbour}/",
    "search": "/search/?q=内部掌握",
    "suggestions": "/search/suggest?q=青澜县高龄津贴",
    "feed": "/feeds/search.atom?q=内部掌握",
    "sitemap": "/sitemap-documents.xml",
    "api list": "/api/v1/documents",
    "api search": "/api/v1/search?q=内部掌握",
    "api interpretation": "/api/v1/interpretations/{interpretation}",
    "api interpretations": "/api/v1/interpretations",
    "certificate": "/verify/2026-000001/",
}
#: Outputs that name no document at all: they must go on doing so.
SILENT = {
    "catalog": "/catalog/",
    "export xlsx": "/catalog/export.xlsx",
    "export csv": "/catalog/export.csv",
    "export json": "/catalog/export.json",
    "catalog print": "/catalog/print/",
    "api items": "/api/v1/catalog/items",
    "site map": "/sitemap/",
}
#: Worked off later than the state itself: the trigger hides at once, the outbox writes anew.
INDEXED = {"search", "suggestions", "feed", "api search"}
#: Names of addresses that read no documents at all, and why.
NAMELESS = {
    "of the frame": "care text_size robots sitemap healthz verify_look_up report_error_thanks",
    "of applications": "request_new request_form request_track",
    "of the catalog, which names items alone": "field catalog_changes catalog_changes_export "
    "catalog_export_cancelled catalog_export_left catalog_export_job catalog_export_file "
    "catalog_export_cancel api:item api:fields api:field",
    "of agencies, by name alone": "agencies api:agencies api:agency",
    "of interpretations: their own files and versions": "interpretation_attachment "
    "interpretation_version interpretation_version_attachment",
    "of kinds of their own: below": "open_government_guide open_government_rules open_government_catalog "
    "open_government_annual_reports",
    "for staff, or for who holds the key: tests of their own": "preview_frame sign sign_file",
    "drawn by the thing itself: below": "document_pdf",
    "only heard, never answered with anything": "search_chosen",
    "of the interface itself": "api:api-root api:openapi-json",
}
_OFFLINE = {"status": Publication.OFFLINE, "offline_at": MOMENT, "offline_reason": REASON}
STATES = {
    "draft": {"status": Publication.DRAFT},
    "submitted": {"status": Publication.SUBMITTED},
    "scheduled": {"status": Publication.SCHEDULED, "publish_at": MOMENT},
    "withdrawn": {
        "status": Publication.WITHDRAWN,
        "withdrawn_at": MOMENT,
        "withdrawn_reason": "内容有误，正在更正。",
    },
    "offline": _OFFLINE,
    "offline after withdrawal": {**_OFFLINE, "withdrawn_at": MOMENT, "withdrawn_reason": WORDS},
    "on request": {
        "status": Publication.DRAFT,
        "openness": Openness.ON_REQUEST,
        "openness_ground": Ground.THIRD_PARTY,
        "openness_reason": WORDS,
    },
}
#: Past what one row says: the posting that stands for it; the two persons and their order.
STATES |= {"merged": {"status": Publication.MERGED}, "purged": _OFFLINE}
#: A merged one leads to the posting that stands for it.
GONE = {"withdrawn": 410, "offline": 410, "offline after withdrawal": 410, "purged": 410, "merged": 200}


@pytest.fixture
def county(db):
    """One public document, indexed, linked to everything that links to documents."""
    made = build(pk=PK, title=TITLE, body=f"<p>{WORDS}</p>", summary=WORDS)
    # A certificate from its public days must not tell of it afterwards.
    Certificate.objects.create(
        content_type=ContentType.objects.get_for_model(Document),
        object_id=PK,
        year=2026,
        serial=1,
        number="2026-000001",
        content_hash=public_hash(made.document),
        facts=facts_of(made.document),
        address=f"https://qinglan.example/documents/{PK}/",
        made_by=UserFactory(),
        made_at=MOMENT,
    )
    # As the tick has it: public with the paper, and with it alone.
    note = ContentFile(WORDS.encode(), name="说明.txt")
    DraftingNote.objects.create(document=made.document, file=note, file_title="说明.txt", is_public=True)
    made.matter = Matter.objects.create(name="就业一件事", field=made.field, agency=made.agency)
    Item.objects.filter(pk=made.item.pk).update(matter=made.matter)
    correction = Correction.objects.create(
        document=made.document, number=1, at=MOMENT, note=WORDS, of_words=True, title=TITLE, body=WORDS
    )
    made.earlier = EarlierAttachment(correction=correction, title="申请表.docx", size=5)
    made.earlier.file.save("申请表.docx", ContentFile(WORDS.encode()))
    made.neighbour = DocumentFactory(published=True, title="公开的旧办法", repealed_by=made.document)
    index.drain()
    return made


def put(county, name):
    """Move the document to a state past all services, as raw SQL would."""
    values = dict(STATES[name])
    if values["status"] == Publication.OFFLINE:
        values["offline_by"] = UserFactory()
    if values["status"] == Publication.MERGED:
        values["merged_into"] = county.neighbour
    Document.objects.filter(pk=PK).update(**values)
    if name == "purged":
        order = {"order_number": "1号", "authority": "青澜县国家保密局", "reason": "按决定"}
        purge = services.propose_purge(county.document, by=OfficeUserFactory(), **order)
        services.confirm_purge(purge, by=OfficeUserFactory())


def text_of(response):
    """What an output says, archives unpacked."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace")


def answers(client, county, outputs):
    """(output, response) for each of `outputs`."""
    places = {
        "pk": PK,
        "attachment": county.attachment.pk,
        "interpretation": county.interpretation.pk,
        "neighbour": county.neighbour.pk,
        "earlier": county.earlier.pk,
        "matter": county.matter.pk,
    }
    for name, address in outputs.items():
        yield name, client.get(address.format(**places), follow=True)


def leaks(client, county, allowed=(), only=None):
    """The outputs that show anything of the document; in its own, `allowed` and its number are none."""
    found = set()
    for name, response in answers(client, county, {**OWN, **ASKED}):
        said = text_of(response)
        if any(one in said for one in SECRETS if one not in (*allowed, str(PK))):
            found.add(name)
    others = {name: to for name, to in {**OTHERS, **SILENT}.items() if only is None or name in only}
    for name, response in answers(client, county, others):
        said = text_of(response)
        if any(one in said for one in SECRETS):
            found.add(name)
    return found


def names_of(patterns, space=""):
    """The names of all addresses below `patterns`; what has none is the API's own 404."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            yield from [] if one.namespace == "admin" else names_of(one.url_patterns, inner)
        elif one.name:
            yield f"{space}{one.name}"


def test_no_output_is_missing_here():
    places = dict.fromkeys(("attachment", "earlier", "interpretation", "neighbour", "matter"), 1)
    tried = {**OWN, **ASKED, **OTHERS, **SILENT, "s": "/sitemap-agencies.xml"}.values()
    tried = {resolve(address.format(pk=PK, **places).partition("?")[0]).view_name for address in tried}
    nameless = {name for names in NAMELESS.values() for name in names.split()}
    assert set(names_of(get_resolver().url_patterns)) - tried == nameless


def test_every_output_is_open_to_what_is_public_and_asks_caches_to_ask(client, county):
    for name, response in answers(client, county, {**OWN, **ASKED, **OTHERS}):
        assert response.status_code == 200, name
        assert response["Cache-Control"] in {"no-cache", "no-store"}, name
        shown = text_of(response)
        assert "attachment" in name or any(secret in shown for secret in SECRETS), name
    for name, response in answers(client, county, SILENT):
        assert response.status_code == 200, name
        assert not any(secret in text_of(response) for secret in SECRETS), name


@pytest.mark.parametrize("state", STATES)
def test_nothing_leaks(client, county, state):
    put(county, state)
    allowed = (TITLE,) if state == "withdrawn" else ()
    assert leaks(client, county, allowed) == set(), "at once, by the trigger"
    index.drain()
    assert leaks(client, county, allowed, INDEXED) == set(), "and once the outbox is worked off"
    # The PDF is compressed and costs seconds to draw: here that it is not drawn, the rest is its own test's.
    for name, response in answers(client, county, {**OWN, "pdf": "/documents/{pk}.pdf"}):
        assert response.status_code == GONE.get(state, 404), name


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (DocumentKind.GUIDE, "/open-government/guide/"),
        (DocumentKind.REGULATION, "/open-government/rules/"),
        (DocumentKind.ANNUAL_REPORT, "/open-government/annual-reports/"),
    ],
)
def test_a_kind_with_a_page_of_its_own(client, county, kind, address):
    # The guide of disclosure is known by its name.
    Document.objects.filter(pk=PK).update(kind=kind, title=f"{TITLE}信息公开指南")
    said = client.get(address).content.decode()
    assert any(one in said for one in (TITLE, WORDS))
    put(county, "offline")
    said = client.get(address).content.decode()
    assert not any(one in said for one in SECRETS)


def test_the_page_of_what_is_offline_says_nothing_and_is_kept_nowhere(client, county):
    put(county, "offline")
    response = client.get(f"/documents/{PK}/")
    assert response.status_code == 410
    assert response["Cache-Control"] == "no-store"
    assert "该页面已下线" in response.content.decode()
    assert "ArticleTitle" not in response.content.decode()
    assert client.get(f"/api/v1/documents/{PK}").json() == {"detail": "该页面已下线。"}


def test_of_a_version_that_is_closed_its_number_days_and_note_are_all_that_is_left(client, county):
    """原版本不再公开: the thing stays public, what stood before shows nowhere (ADR 38)."""
    old = ("张某某的低保金明细", "身份证号写错的那一句", "名单.docx", "内部说的理由")
    note = "删去附件里的名单。"
    Correction.objects.filter(document=county.document).update(
        note=note, title=old[0], body=f"<p>{old[1]}</p>"
    )
    EarlierAttachment.objects.update(title=old[2])
    version = f"/documents/{PK}/versions/1/"
    assert all(one in client.get(version).content.decode() for one in old[:3])
    page = client.get(f"/documents/{PK}/")
    services.close_version(county.document, 1, by=OfficeUserFactory(), reason=old[3], now=MOMENT)
    index.drain()
    for name, response in answers(client, county, {**OWN, **OTHERS, **SILENT}):
        said = text_of(response)
        assert not any(one in said for one in old), name
        gone = name in {"before a correction", "file before a correction"}
        assert response.status_code == (410 if gone else 200), name
    closed = client.get(version)
    assert closed["Cache-Control"] == "no-store"
    assert "2026-03-03" in closed.content.decode()
    assert "第 1 次更正以前" in closed.content.decode()
    assert note in closed.content.decode()
    assert client.get(f"/documents/{PK}/", headers={"if-none-match": page["ETag"]}).status_code == 200
    assert version not in client.get(f"/documents/{PK}/").content.decode()
    assert client.get(f"/api/v1/documents/{PK}").json()["corrections"][0]["closed"] is True


def test_an_interpretation_that_is_offline_shows_nowhere(client, county):
    Interpretation.objects.filter(pk=county.interpretation.pk).update(**_OFFLINE, offline_by=UserFactory())
    title, address = county.interpretation.title, f"/interpretations/{county.interpretation.pk}/"
    for name, response in answers(client, county, {**OWN, **OTHERS, **SILENT}):
        said = text_of(response)
        assert title not in said, name
        assert REASON not in said, name
        assert name == "its interpretation" or address not in said, name
    assert address not in client.get("/sitemap-interpretations.xml").content.decode()
    for gone in (address, f"{address}versions/1/", f"{address}versions/1/attachments/1/a.pdf"):
        answer = client.get(gone)
        assert (answer.status_code, title in answer.content.decode()) == (410, False), gone
    assert client.get(f"/api/v1{address.rstrip('/')}").json() == {"detail": "该页面已下线。"}


# --- The check itself, seen red: one filter broken at a time


def test_it_turns_red_when_public_reads_let_one_state_through(client, county, monkeypatch):
    put(county, "offline")
    monkeypatch.setattr(
        DocumentQuerySet,
        "published",
        lambda rows: rows.filter(status__in=[Publication.PUBLISHED, Publication.OFFLINE]),
    )
    found = leaks(client, county)
    assert {"page", "word", "list", "catalog item", "api list", "sitemap", "what it repealed"} <= found


def test_it_turns_red_when_the_page_of_withdrawals_takes_it_in(client, county, monkeypatch):
    put(county, "offline")
    monkeypatch.setattr(
        DocumentQuerySet,
        "tombstones",
        lambda rows: rows.filter(status__in=[Publication.WITHDRAWN, Publication.OFFLINE]),
    )
    assert {"page", "word", "attachment", "index number"} <= leaks(client, county)


def test_it_turns_red_when_the_index_is_not_told(client, county):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE disclosure_document DISABLE TRIGGER search_follow"
        )
    put(county, "offline")
    assert {"search", "suggestions", "feed", "api search"} <= leaks(client, county)
