"""The page of a document: what a reader takes along, related things, its version, its other forms."""

import fcntl
import json
import re
from datetime import date
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from catalog.models import Basis, Item, Law
from disclosure.models import Attachment, Document, LawText
from disclosure.related import cited_numbers
from disclosure.states import Publication
from interpretation.models import Interpretation
from portal import paper
from portal.citation import cite
from portal.stamp import UnknownValueError, _texts
from tests.factories import DocumentFactory, InterpretationFactory, ItemFactory, UserFactory
from tests.portal.site_county import add_attachment, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


@pytest.fixture
def county():
    return build()


def url_of(county):
    return f"/documents/{county.document.pk}/"


def text(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def relate(county, number):
    """`number` more of everything that stands beside the document."""
    law = Law.objects.create(key=f"法{number}", title=f"法{number}")
    LawText.objects.create(
        law=law, document=county.document, linked_by=UserFactory(), linked_at="2026-03-01T09:00+08:00"
    )
    for _ in range(number):
        InterpretationFactory(published=True, documents=[county.document])
        item = ItemFactory(agency=county.agency, field=county.field)
        Basis.objects.create(item=item, position=1, text="法", law=law)
        county.document.items.add(item)
        DocumentFactory(published=True, topic=county.document.topic, repealed_by=county.document)
        DocumentFactory(published=True, topic=county.document.topic, items=[item])


def test_queries_and_rows_are_bounded_however_much_is_related(client, county):
    relate(county, 1)
    client.get(url_of(county))
    with CaptureQueriesContext(connection) as few:
        client.get(url_of(county))
    relate(county, 25)
    with CaptureQueriesContext(connection) as many:
        page = text(client, url_of(county))
    assert len(many) == len(few) <= 14
    for part, rows in (("interpretations", 27), ("items", 27), ("older", 26), ("resting", 26)):
        address = f"{url_of(county)}related/{part}/"
        assert f'href="{address}"' in page
        assert f"共 <b>{rows}</b>" in text(client, address)
    assert f'href="/documents/?topic={county.document.topic.code}"' in page
    # Ten in the list, one on the button 看解读.
    assert len(re.findall(r'href="/interpretations/\d', page)) == 11


def test_all_of_one_kind_knows_only_its_own_parts_and_what_is_public(client, county):
    assert client.get(f"{url_of(county)}related/nothing/").status_code == 404
    Document.objects.filter(pk=county.document.pk).update(
        status=Publication.OFFLINE,
        offline_by=UserFactory(),
        offline_at="2026-03-03T09:00+08:00",
        offline_reason="误发",
    )
    assert client.get(f"{url_of(county)}related/items/").status_code == 410


def test_what_it_rests_on_is_found_by_number_and_by_law(client, county):
    cited = DocumentFactory(published=True, title="上位的办法", doc_number="云政办发〔2024〕7号")
    DocumentFactory(published=True, title="不相干的通知", doc_number="云政办发〔2024〕70号")
    hidden = DocumentFactory(title="还没公开的办法", doc_number="云政发〔2025〕1号")
    body = f"<p>根据《上位的办法》（云政办发[2024]7号）、{hidden.doc_number}，通知如下。</p>"
    Document.objects.filter(pk=county.document.pk).update(body=body)
    statute = DocumentFactory(published=True, title="高龄津贴条例")
    law = Law.objects.create(key="高龄津贴条例", title="高龄津贴条例")
    LawText.objects.create(
        law=law, document=statute, linked_by=UserFactory(), linked_at="2026-03-01T09:00+08:00"
    )
    Basis.objects.create(item=county.item, position=1, text="高龄津贴条例", law=law)
    part = text(client, url_of(county)).split('id="basis-title"')[1].split("</section>")[0]
    assert cited.title in part
    assert statute.title in part
    assert "不相干" not in part
    assert "还没公开" not in part
    assert county.document.title in text(client, f"/documents/{statute.pk}/").split('id="resting-title"')[1]


def test_numbers_are_read_out_of_running_text():
    found = cited_numbers("<p>按照青政办发〔2026〕第03号和国办发[2019]14 号执行，2019年3号不算。</p>")
    assert {"青政办发〔2026〕3号", "国办发〔2019〕14号"} <= set(found)
    assert cited_numbers("<p>没有文号</p>") == []


# --- Version


def etag(client, county, **cookies):
    for name, value in cookies.items():
        client.cookies[name] = value
    return client.get(url_of(county))["ETag"]


def again(client, county, mark):
    return client.get(url_of(county), headers={"if-none-match": mark})


def test_the_same_version_is_not_sent_twice(client, county):
    first = client.get(url_of(county))
    assert first["Last-Modified"].endswith("GMT")
    second = again(client, county, first["ETag"])
    assert (second.status_code, second.content, second["ETag"]) == (304, b"", first["ETag"])
    assert (second["Vary"], second["Cache-Control"]) == ("Cookie", "no-cache")
    head = client.head(url_of(county))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    # By its date alone nothing is spared: what is linked may vanish without a later one.
    assert (
        client.get(url_of(county), headers={"if-modified-since": first["Last-Modified"]}).status_code == 200
    )
    explained = f"/interpretations/{county.interpretation.pk}/"
    mark = client.get(explained)["ETag"]
    assert client.get(explained, headers={"if-none-match": mark}).status_code == 304


def offline(rows, **facts):
    rows.update(
        status=Publication.OFFLINE,
        offline_by=UserFactory(),
        offline_at="2026-03-03T09:00+08:00",
        offline_reason="误",
    )


CHANGES = {
    "words by raw SQL": lambda c: Document.objects.filter(pk=c.document.pk).update(body="<p>别的</p>"),
    "interpretation offline": lambda c: offline(Interpretation.objects.all()),
    "title of the interpretation": lambda c: Interpretation.objects.update(title="另一个标题"),
    "another interpretation": lambda c: InterpretationFactory(published=True, documents=[c.document]),
    "link of the interpretation": lambda c: c.interpretation.documents.clear(),
    "attachment": lambda c: add_attachment(c.document, title="名单.docx"),
    "name of an attachment": lambda c: Attachment.objects.update(title="别的名字"),
    "validity": lambda c: Document.objects.filter(pk=c.document.pk).update(repealed_on=date(2026, 3, 3)),
    "telephone": lambda c: Agency.objects.filter(pk=c.agency.pk).update(phone="0799-5210999"),
    "frame": lambda c: Agency.objects.filter(code="county").update(phone="0799-5219999"),
    "item retired": lambda c: Item.objects.update(retired_on=date(2026, 1, 1)),
    "neighbour of the topic": lambda c: offline(Document.objects.filter(title="同题的通知")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_on_the_page_is_another_version(client, county, change):
    DocumentFactory(published=True, topic=county.document.topic, title="同题的通知")
    before = etag(client, county)
    CHANGES[change](county)
    response = again(client, county, before)
    assert (response.status_code, response["ETag"] != before) == (200, True)


def test_another_reader_another_version(client, county):
    plain = etag(client, county)
    assert etag(client, county, text_size="large") != plain
    assert etag(client, county, text_size="", care="1") != plain


def test_what_is_gone_is_never_answered_as_unchanged(client, county):
    mark = etag(client, county)
    offline(Document.objects.filter(pk=county.document.pk))
    response = again(client, county, mark)
    assert response.status_code == 410
    assert "ETag" not in response


def test_a_value_that_cannot_be_read_is_an_error_not_a_stale_page():
    with pytest.raises(UnknownValueError):
        list(_texts({"made": object()}, set()))


# --- What a reader takes along


def test_citations_in_both_forms(county):
    found = cite(
        county.document, issuer="青澜县民政局", address="https://q/documents/1/", today=date(2026, 11, 23)
    )
    assert (
        found.plain
        == "《青澜县民政局关于发放高龄津贴的通知》（青民发〔2026〕3号），青澜县民政局，2026年2月27日"
    )
    assert found.formal == (
        "青澜县民政局. 青澜县民政局关于发放高龄津贴的通知：青民发〔2026〕3号[EB/OL]. "
        "(2026-03-02)[2026-11-23]. https://q/documents/1/."
    )


def test_page_offers_everything_without_javascript(client, county):
    page = text(client, url_of(county))
    for words in (
        'id="citation-plain">《',
        'id="citation-formal">',
        f"http://testserver{url_of(county)}</span>",
        'class="qr"',
        f'href="{url_of(county).rstrip("/")}.docx"',
        f'href="/report-error/?page={quote(url_of(county), safe="")}"',
        'href="/text-size/?to=large&amp;next=',
        '<meta name="Author" content="青澜县民政局">',
        f'<link rel="canonical" href="http://testserver{url_of(county)}">',
    ):
        assert words in page, words
    assert "style=" not in page
    county.document.attachments.all().delete()
    add_attachment(county.document, title="说明.pdf", content=b"%PDF-1.4")
    assert "预览" in text(client, url_of(county))


def test_size_of_letters_is_kept_in_a_cookie_and_leads_nowhere_else(client, county):
    response = client.get("/text-size/", {"to": "large", "next": url_of(county)})
    assert response["Location"] == url_of(county)
    assert '<html lang="zh-CN" class="text-large">' in text(client, url_of(county))
    client.get("/care/?on=1")
    assert 'class="care text-large"' in text(client, url_of(county))
    assert client.get("/text-size/", {"to": "x", "next": "//evil.example/"})["Location"] == "/"
    assert "text-" not in re.search("<html[^>]*>", text(client, url_of(county))).group(0)


def test_structured_data_holds_no_markup(client, county):
    Document.objects.update(summary="</script><script>alert(1)</script>", is_normative=True)
    page = text(client, url_of(county))
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S).group(1)
    data = json.loads(block)
    assert data["@type"] == "Legislation"
    assert data["legislationIdentifier"] == county.document.doc_number
    assert data["abstract"].startswith("</script>")
    assert "<script>alert" not in page


@pytest.mark.parametrize(("short", "target"), [("d", "documents"), ("j", "interpretations")])
def test_short_addresses(client, county, short, target):
    thing = county.document if short == "d" else county.interpretation
    assert client.get(f"/{short}/{thing.pk}")["Location"] == f"/{target}/{thing.pk}/"


# --- PDF


@pytest.fixture
def kept(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "paper"


def pdf_of(client, county):
    return client.get(f"/documents/{county.document.pk}.pdf")


def test_pdf_is_made_once_a_version_and_thrown_away_with_the_document(client, county, kept):
    if not paper.is_available():  # said, not skipped: without pango the browser prints
        assert pdf_of(client, county)["Location"].endswith("?print=1#paper")
        return
    import pypdfium2

    made = pdf_of(client, county)
    assert (made["Content-Type"], made.content[:5]) == ("application/pdf", b"%PDF-")
    words = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made.content))
    assert "八十岁以上老人" in "".join(words.split())
    [stored] = kept.glob("*/*.pdf")
    stored.write_bytes(b"%PDF-kept")
    assert pdf_of(client, county).content == b"%PDF-kept"
    assert paper.forget_hidden() == 0
    offline(Document.objects.filter(pk=county.document.pk))
    assert paper.forget_hidden() == 1
    assert pdf_of(client, county).status_code == 410
    assert not list(kept.glob("*/*.pdf"))


def test_pdf_asks_to_wait_while_another_is_made_and_leaves_long_papers_to_the_browser(client, county, kept):
    if not paper.is_available():
        assert pdf_of(client, county).status_code == 302
        return
    kept.mkdir()
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        response = pdf_of(client, county)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (
        503,
        "10",
        "no-store",
    )
    Document.objects.update(body="<p>长</p>" * (paper.LONGEST // 7))
    assert pdf_of(client, county)["Location"].endswith("?print=1#paper")


def test_templates_of_paper_fetch_nothing():
    sheet = (configured.BASE_DIR / "static/css/paper.css").read_text("utf-8")
    assert "url(" not in sheet
    assert "@import" not in sheet
