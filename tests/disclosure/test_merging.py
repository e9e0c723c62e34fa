"""合并: one of two postings of the same document leads to the other, undoably, and nothing is deleted."""

import pytest

from disclosure import services
from disclosure.models import Document
from disclosure.services import NotAllowed
from disclosure.states import Publication
from portal.search import index
from tests.factories import DocumentFactory, FieldFactory, InterpretationFactory, ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(people):
    """The posting that stays, and the one that gives way with all that hangs on it."""
    stays = DocumentFactory(agency=people.minzheng, published=True, title="高龄津贴办法", index_number="A-1")
    goes = DocumentFactory(
        agency=people.minzheng,
        published=True,
        title="高龄津贴办法(重发)",
        index_number="11539921MB0003551L/2026-00007",
        items=[ItemFactory(agency=people.minzheng)],
        fields=[FieldFactory()],
    )
    InterpretationFactory(agency=people.minzheng, published=True, documents=[goes])
    old = DocumentFactory(agency=people.minzheng, published=True, title="旧办法")
    services.repeal(old, by=people.clerk, on=old.written_on, repealed_by=goes)
    return stays, goes, old


def test_its_addresses_lead_to_the_other_and_its_links_go_over(people, pair, client):
    stays, goes, old = pair
    merge = services.merge_documents(goes, into=stays, by=people.office, reason="同一份文件发了两次")
    index.drain()
    for address in (
        f"/documents/{goes.pk}/",
        f"/documents/{goes.pk}.docx",
        f"/documents/{goes.pk}/attachments/1/x.pdf",
        f"/i/{goes.index_number}",
    ):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, f"/documents/{stays.pk}/"), address
    told = client.get(f"/api/v1/documents/{goes.pk}")
    assert (told.status_code, told["Location"]) == (301, f"/api/v1/documents/{stays.pk}")
    for address in ("/documents/", "/search/?q=高龄津贴", "/sitemap-documents.xml", "/api/v1/documents"):
        assert f"/documents/{goes.pk}/" not in client.get(address).content.decode(), address
    assert stays.items.count() == stays.fields.count() == stays.interpretations.count() == 1
    old.refresh_from_db()
    assert old.repealed_by == stays
    assert f"/documents/{stays.pk}/" in client.get(f"/documents/{old.pk}/").content.decode()

    services.undo_merge(merge, by=people.office)
    goes.refresh_from_db()
    old.refresh_from_db()
    assert (goes.status, goes.merged_into, old.repealed_by) == (Publication.PUBLISHED, None, goes)
    assert stays.items.count() == stays.interpretations.count() == 0
    assert goes.interpretations.count() == 1
    assert client.get(f"/documents/{goes.pk}/").status_code == 200


def test_a_chain_of_merges_leads_to_its_end_and_a_number_stays_taken(people, pair, client):
    stays, goes, old = pair
    services.merge_documents(old, into=goes, by=people.office, reason="同一份")
    services.merge_documents(goes, into=stays, by=people.office, reason="同一份")
    assert client.get(f"/documents/{old.pk}/")["Location"] == f"/documents/{stays.pk}/"
    assert Document.objects.filter(index_number=goes.index_number).count() == 1


def test_only_the_office_merges_and_only_what_is_public(people, pair):
    stays, goes, _old = pair
    for by, source, words in (
        (people.clerk, goes, "由县政府办公室合并"),
        (people.office, stays, "不能并入它自己"),
        (people.office, DocumentFactory(agency=people.minzheng), "都要是已公开的"),
    ):
        with pytest.raises(NotAllowed, match=words):
            services.merge_documents(source, into=stays, by=by, reason="同一份")
    with pytest.raises(NotAllowed, match="请写明理由"):
        services.merge_documents(goes, into=stays, by=people.office, reason=" ")
