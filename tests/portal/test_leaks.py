"""Nothing that is not public leaks by any door. Every door is first seen open to a published document."""

import re

import pytest
from django.test import Client

from disclosure.models import Document
from disclosure.states import DocumentKind, Ground, Openness, Publication
from tests.factories import DocumentFactory, InterpretationFactory
from tests.portal.site_county import County, add_attachment, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]

TITLE = "青澜县内部掌握的信息公开指南"
WORDS = "只有内部才知道的话"
HIDDEN = {
    "draft": {"status": Publication.DRAFT},
    "submitted": {"submitted": True},
    "withheld": {
        "status": Publication.DRAFT,
        "openness": Openness.WITHHELD,
        "openness_ground": Ground.INTERNAL,
        "openness_reason": "内部工作流程",
    },
    "on_request": {
        "submitted": True,
        "openness": Openness.ON_REQUEST,
        "openness_ground": Ground.THIRD_PARTY,
        "openness_reason": "涉及个人隐私",
    },
    "withdrawn": {"withdrawn": True},
}
#: Doors by which the title of a public document is reached.
DOORS = {
    "home": "/",
    "list": "/documents/",
    "filtered": "/documents/?agency=minzheng&field=jiuye&topic=t-20",
    "item": "/catalog/items/jiuye-00001/",
    "agency": "/agencies/minzheng/",
    "front": "/open-government/",
    "head": "/open-government/statutory/?head=laws_docs",
    "interpretation": "/interpretations/{interpretation}/",
    "interpretations": "/interpretations/",
    "successor": "/documents/{neighbour}/",
}
#: Pages for which the kind of the document must be another.
KINDS = {
    "/open-government/guide/": DocumentKind.GUIDE,
    "/open-government/rules/": DocumentKind.REGULATION,
    "/open-government/annual-reports/": DocumentKind.ANNUAL_REPORT,
}


def county_with(**state: object) -> tuple[County, Document]:
    """A county whose one document is in `state`, and a public neighbour that it repeals."""
    county = build(title=TITLE, body=f"<p>{WORDS}</p>", summary=WORDS, **state)
    neighbour = DocumentFactory(published=True, title="公开的旧办法", repealed_by=county.document)
    return county, neighbour


def open_door(client: Client, door: str, county: County, neighbour: Document) -> str:
    """The page behind `door`."""
    url = DOORS.get(door, door).format(interpretation=county.interpretation.pk, neighbour=neighbour.pk)
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("door", DOORS)
def test_the_door_is_open_to_what_is_public(client, door):
    assert TITLE in open_door(client, door, *county_with())


@pytest.mark.parametrize("state", HIDDEN)
@pytest.mark.parametrize("door", DOORS)
def test_the_door_is_shut_to_what_is_not(client, door, state):
    page = open_door(client, door, *county_with(**HIDDEN[state]))
    assert TITLE not in page
    assert WORDS not in page


@pytest.mark.parametrize(("url", "kind"), KINDS.items())
def test_parts_of_the_column_show_what_is_public(client, url, kind):
    page = open_door(client, url, *county_with(kind=kind))
    assert TITLE in page or WORDS in page


@pytest.mark.parametrize("state", HIDDEN)
@pytest.mark.parametrize(("url", "kind"), KINDS.items())
def test_parts_of_the_column_keep_what_is_not(client, url, kind, state):
    page = open_door(client, url, *county_with(kind=kind, **HIDDEN[state]))
    assert TITLE not in page
    assert WORDS not in page


@pytest.mark.parametrize("state", ["draft", "submitted", "withheld", "on_request"])
def test_own_addresses_of_what_was_never_public_do_not_exist(client, state):
    county, _ = county_with(**HIDDEN[state])
    pk, attachment = county.document.pk, county.attachment.pk
    for url in (
        f"/documents/{pk}/",
        f"/documents/{pk}.docx",
        f"/documents/{pk}/attachments/{attachment}/申请表.docx",
        f"/i/{county.document.index_number}",
    ):
        response = client.get(url)
        assert response.status_code == 404
        assert TITLE not in response.content.decode()


def test_a_withdrawn_document_leaves_title_and_public_reason_alone(client):
    county, _ = county_with(**HIDDEN["withdrawn"])
    pk, attachment = county.document.pk, county.attachment.pk
    for url in (
        f"/documents/{pk}/",
        f"/documents/{pk}.docx",
        f"/documents/{pk}/attachments/{attachment}/申请表.docx",
    ):
        response = client.get(url)
        page = response.content.decode()
        assert response.status_code == 410
        assert "该信息已撤下" in page
        assert TITLE in page
        assert "内容有误,正在更正。" in page
        assert WORDS not in page
        assert "ArticleTitle" not in page
        assert county.attachment.title not in page
        assert county.document.doc_number not in page


def test_a_withdrawn_document_that_was_withheld_is_gone_without_a_word(client):
    """Should anyone withdraw and withhold at once, not even the title stays."""
    county, _ = county_with(
        **HIDDEN["withdrawn"],
        openness=Openness.WITHHELD,
        openness_ground=Ground.INTERNAL,
        openness_reason="内部工作流程",
    )
    response = client.get(f"/documents/{county.document.pk}/")
    assert response.status_code == 404
    assert TITLE not in response.content.decode()


@pytest.mark.parametrize("state", ["draft", "submitted", "withdrawn"])
def test_interpretations_that_are_not_public(client, state):
    county = build()
    facts = {"draft": {}, "submitted": {"submitted": True}, "withdrawn": {"withdrawn": True}}[state]
    hidden = InterpretationFactory(
        title="还没有审的解读", body=f"<p>{WORDS}</p>", summary=WORDS, documents=[county.document], **facts
    )
    for url in (
        "/",
        "/interpretations/",
        f"/documents/{county.document.pk}/",
        "/sitemap-interpretations.xml",
    ):
        page = client.get(url).content.decode()
        assert hidden.title not in page
        assert f"/interpretations/{hidden.pk}/" not in page
    kept = add_attachment(hidden, "内部图解.pdf", WORDS.encode())
    for url in ("", f"attachments/{kept.pk}/内部图解.pdf", f"attachments/{kept.pk}/x"):
        response = client.get(f"/interpretations/{hidden.pk}/{url}")
        assert response.status_code == (410 if state == "withdrawn" else 404)
        assert WORDS not in response.content.decode()
        assert kept.title not in response.content.decode()


def test_the_attachment_of_a_public_interpretation_is_handed_over(client, settings):
    county = build()
    kept = add_attachment(county.interpretation, "图解.pdf", WORDS.encode())
    page = client.get(f"/interpretations/{county.interpretation.pk}/").content.decode()
    address = re.search(r'href="(/interpretations/\d+/attachments/[^"]+)"', page).group(1)
    assert "PDF · 1 KB" in page
    response = client.get(address)
    assert b"".join(response.streaming_content).decode() == WORDS
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    other_name = f"/interpretations/{county.interpretation.pk}/attachments/{kept.pk}/x"
    assert client.get(other_name)["Location"] == address
    neighbour = InterpretationFactory(published=True)
    assert client.get(f"/interpretations/{neighbour.pk}/attachments/{kept.pk}/x").status_code == 404
    assert client.get(f"/documents/{county.document.pk}/attachments/{kept.pk + 999}/x").status_code == 404
    settings.ACCEL_LOCATION = "/protected/"
    assert client.get(address)["X-Accel-Redirect"].startswith("/protected/attachments/")


@pytest.mark.parametrize("state", HIDDEN)
def test_sitemap_names_nothing_hidden(client, state):
    county, neighbour = county_with(**HIDDEN[state])
    page = client.get("/sitemap-documents.xml").content.decode()
    assert f"/documents/{neighbour.pk}/" in page
    assert f"/documents/{county.document.pk}/" not in page


@pytest.mark.parametrize("state", HIDDEN)
def test_counts_do_not_betray_what_is_hidden(client, state):
    county_with(**HIDDEN[state])
    page = client.get("/documents/").content.decode()
    assert "共 <b>1</b> 件" in page
    assert 'agency=minzheng"' not in page
    assert "还没有内容" in client.get("/catalog/").content.decode()
