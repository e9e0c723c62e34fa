"""The open API: every endpoint, its errors, and its description."""

import json

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from disclosure.models import Document
from disclosure.services import add_attachment
from interpretation.services import approve, submit, withdraw
from portal.search import index
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    InterpretationFactory,
    ItemFactory,
    ReviewerFactory,
    UserFactory,
)
from tests.people import confirmed, one_reviewer_suffices
from tests.portal.site_county import build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
ROOT = "/api/v1"


@pytest.fixture
def county():
    found = build()
    index.drain()
    return found


def get(client: Client, path: str, status: int = 200) -> dict:
    answer = client.get(ROOT + path)
    assert answer.status_code == status, (path, answer.content[:300])
    assert answer["Content-Type"].startswith("application/json")
    return answer.json()


def test_search_answers_as_promised(client: Client, county) -> None:
    found = get(client, "/search?q=高龄津贴")
    assert {"count", "count_is_exact", "results", "facets"} <= set(found)
    assert found["count"] == len(found["results"]) == 2
    assert found["count_is_exact"] is True
    first = found["results"][0]
    promised = {
        "kind",
        "id",
        "source_id",
        "title",
        "url",
        "snippet",
        "agency",
        "published_on",
        "validity",
    }
    assert promised <= set(first)
    assert first["kind"] == "document"
    assert first["id"] == str(county.document.pk)
    assert first["url"] == f"/documents/{county.document.pk}/"
    assert first["published_on"] == "2026-03-02"
    assert set(found["facets"]) == {"kind", "agency", "topic", "field", "year", "validity"}
    assert set(found["facets"]["kind"][0]) == {"value", "label", "count"}


def test_search_takes_the_parameters_of_the_page(client: Client, county) -> None:
    query = "q=高龄津贴&kind=document&agency=minzheng&year=2026&validity=in_force&sort=newest&page_size=1"
    page = client.get(f"/search/?{query}").context["found"]
    answer = get(client, f"/search?{query}")
    assert [r["url"] for r in answer["results"]] == [r.url for r in page.results]
    assert answer["count"] == page.count == 1
    assert get(client, "/search?doc_number=青民发[2026]3号")["count"] == 1
    assert get(client, "/search?index_number=11539921MB0003551L/2026-00001")["count"] == 1
    assert get(client, "/search?published_after=2026-03-03&kind=document")["count"] == 0


@pytest.mark.parametrize(
    ("query", "word"), [("page=x", "页码"), ("kind=zzz", "zzz"), ("colour=red", "colour"), ("sort=x", "排序")]
)
def test_search_names_what_it_did_not_take(client: Client, county, query: str, word: str) -> None:
    assert any(word in problem for problem in get(client, f"/search?{query}")["problems"])


LISTS = ("/documents", "/interpretations", "/catalog/items", "/agencies")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=101", "colour=red", "page=100001"])
def test_lists_refuse_what_they_cannot_take(client: Client, path: str, query: str) -> None:
    assert "detail" in get(client, f"{path}?{query}", 422)


def test_documents_refuse_impossible_filters(client: Client) -> None:
    get(client, "/documents?kind=novel", 422)
    get(client, "/documents?published_after=2026-02-30", 422)


def test_lists_and_their_single_things_agree(client: Client, county) -> None:
    for path in (*LISTS, "/fields"):
        listed = get(client, path)
        assert listed["count"] == len(listed["results"]) > 0, path
        for short in listed["results"][:3]:
            whole = get(client, f"{path}/{short['id']}")
            assert {name: whole[name] for name in short} == short
            assert client.get(whole["url"]).status_code == 200, whole["url"]


def test_a_document_whole(client: Client, county) -> None:
    found = get(client, f"/documents/{county.document.pk}")
    assert found["doc_number"] == "青民发〔2026〕3号"
    assert found["interpretations"] == [county.interpretation.pk]
    assert found["items"] == ["jiuye-00001"]
    assert found["fields"] == ["jiuye"]
    assert found["agency"] == {"id": "minzheng", "name": "青澜县民政局"}
    (attachment,) = found["attachments"]
    assert client.get(attachment["url"]).status_code == 200


def test_filters_and_pages_of_lists(client: Client, county) -> None:
    DocumentFactory(published=True, agency=AgencyFactory(code="nongye"))
    assert get(client, "/documents?agency=nongye")["count"] == 1
    assert get(client, "/documents?agency=nobody")["count"] == 0
    assert get(client, "/documents?kind=guide")["count"] == 0
    assert get(client, "/documents?published_before=2020-01-01")["count"] == 0
    assert get(client, "/catalog/items?field=jiuye&agency=minzheng")["count"] == 1
    assert get(client, "/agencies?kind=township")["count"] == 1
    ids = [get(client, f"/documents?page={n}&page_size=1")["results"] for n in (1, 2, 3)]
    assert [len(page) for page in ids] == [1, 1, 0]
    assert ids[0] != ids[1]


def test_what_is_withdrawn_is_gone_with_its_reason(client: Client) -> None:
    document = DocumentFactory(withdrawn=True, title="撤下的标题")
    interpretation = InterpretationFactory(withdrawn=True)
    for path in (f"/documents/{document.pk}", f"/interpretations/{interpretation.pk}"):
        assert "内容有误" in get(client, path, 410)["detail"]


def test_an_interpretation_names_public_documents_alone(client: Client, county) -> None:
    draft = DocumentFactory(title="内部")
    county.interpretation.documents.add(draft)
    found = get(client, f"/interpretations/{county.interpretation.pk}")
    assert found["documents"] == [county.document.pk]


def test_what_is_not_public_is_not_there(client: Client) -> None:
    draft, note = DocumentFactory(), InterpretationFactory()
    item = ItemFactory(retired_on="2026-01-01")
    closed = AgencyFactory(active_to="2026-01-01")
    for path in (
        f"/documents/{draft.pk}",
        f"/interpretations/{note.pk}",
        f"/catalog/items/{item.code}",
        f"/agencies/{closed.code}",
        "/documents/99999999999999999999",
        "/fields/nothing",
        "/nothing",
        "/",
    ):
        get(client, path, 404)
    assert get(client, "/documents")["count"] == 0


@pytest.mark.parametrize("path", ["/search", "/fields", "/openapi.json", *LISTS])
def test_reading_only(client: Client, path: str) -> None:
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(ROOT + path).status_code == 405
    assert client.head(ROOT + path).status_code == 200


def test_lists_ask_as_often_for_one_row_as_for_three(
    client: Client, county, django_assert_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        for path in LISTS:
            with CaptureQueriesContext(connection) as queries:
                get(client, path)
            counts.append(len(queries))
        for _ in range(2):
            document = DocumentFactory(published=True, agency=AgencyFactory())
            InterpretationFactory(published=True, documents=[document])
            ItemFactory()
    assert counts[:4] == counts[4:]


def test_the_description_is_sound_and_complete(client: Client) -> None:
    described = get(client, "/openapi.json")
    assert described["openapi"].startswith("3.")
    paths = {path.removeprefix(ROOT) for path in described["paths"]}
    assert paths == {
        "/search",
        "/documents",
        "/documents/{pk}",
        "/interpretations",
        "/interpretations/{pk}",
        "/catalog/items",
        "/catalog/items/{code}",
        "/fields",
        "/fields/{slug}",
        "/agencies",
        "/agencies/{code}",
    }
    schemas = described["components"]["schemas"]
    text = json.dumps(described)
    for reference in set(text.split('"#/components/schemas/')[1:]):
        assert reference.split('"')[0] in schemas
    operations = [operation["get"] for operation in described["paths"].values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    asked = {p["name"] for p in described["paths"][f"{ROOT}/search"]["get"]["parameters"]}
    promised = (
        "q kind agency topic field year validity doc_number index_number published_after published_before "
        "sort page page_size"
    )
    assert asked == set(promised.split())


def test_the_answers_have_the_shape_described(client: Client, county) -> None:
    described = get(client, "/openapi.json")
    schemas = described["components"]["schemas"]
    for path, name in (
        (f"/documents/{county.document.pk}", "DocumentOut"),
        (f"/interpretations/{county.interpretation.pk}", "InterpretationOut"),
        ("/catalog/items/jiuye-00001", "ItemOut"),
        ("/agencies/minzheng", "AgencyOut"),
        ("/fields/jiuye", "FieldOut"),
        ("/search?q=津贴", "SearchOut"),
    ):
        assert set(get(client, path)) == set(schemas[name]["properties"]), name


def test_an_archived_document_is_told_with_what_it_has(client: Client) -> None:
    document = Document.objects.create(
        title="存档", agency=AgencyFactory(), status="published", openness="proactive", source_id="0049"
    )
    found = get(client, f"/documents/{document.pk}")
    assert (found["source_id"], found["published_on"], found["published_at"]) == ("0049", None, None)


def test_an_interpretation_lists_its_attachments_where_the_public_gets_them(client: Client) -> None:
    clerk = UserFactory(agency=AgencyFactory(credit_code="11539921MB0003551L"))
    one_reviewer_suffices(clerk.agency)
    document = DocumentFactory(agency=clerk.agency, published=True)
    told = InterpretationFactory(agency=clerk.agency, created_by=clerk, documents=[document])
    attachment = add_attachment(told, by=clerk, file=ContentFile(b"%PDF-1.4\n%%EOF", name="一图读懂.pdf"))
    path = f"/interpretations/{told.pk}"
    get(client, path, 404)
    public = InterpretationFactory(published=True)
    assert get(client, f"/interpretations/{public.pk}")["attachments"] == []
    submit(confirmed(told, clerk), by=clerk)
    approve(told, by=ReviewerFactory(agency=told.agency), secrecy_cleared=True)
    listed = get(client, path)["attachments"]
    assert [(one["title"], one["size"], one["media_type"]) for one in listed] == [
        ("一图读懂", attachment.size, "application/pdf")
    ]
    assert client.get(listed[0]["url"]).status_code == 200
    withdraw(told, by=ReviewerFactory(agency=told.agency), reason="有误")
    get(client, path, 410)
    assert client.get(listed[0]["url"]).status_code == 410
