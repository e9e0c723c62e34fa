"""A law that items lean on and the document of the library that holds its text."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

import catalog.services
from catalog.models import Item, Law
from catalog.services.records import write_bases
from catalog.states import LawState
from disclosure import services
from disclosure.models import LawText
from disclosure.states import Validity
from portal.work_queue import queue_for
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    ItemFactory,
    OfficeUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NUMBER = "青民发〔2024〕8号"


@pytest.fixture
def office():
    return OfficeUserFactory(username="zhengfuban")


@pytest.fixture
def item():
    row = ItemFactory(basis=f"《青澜县临时救助办法》（{NUMBER}）")
    write_bases([row])
    return row


@pytest.fixture
def paper():
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局")
    return DocumentFactory(
        published=True, agency=minzheng, title="关于印发临时救助办法的通知", doc_number=NUMBER
    )


def law_of(item):
    return item.bases.get().law


def test_the_exact_number_or_the_exact_title_is_proposed(item, paper, django_assert_num_queries):
    DocumentFactory(published=True, title="临时救助办法", doc_number="青民发〔2024〕9号")
    titled = Law.objects.create(key="预算法", title="中华人民共和国预算法")
    other = DocumentFactory(published=True, title="预算法")
    DocumentFactory(title="中华人民共和国预算法")
    law = law_of(item)
    with django_assert_num_queries(1):
        found = services.proposed_documents([law, titled])
    assert found == {law.pk: [paper], titled.pk: [other]}


def test_the_office_links_a_public_document_and_takes_it_back(item, paper, office):
    law = law_of(item)
    with pytest.raises(services.NotAllowed, match="县政府办公室"):
        services.link_law(law=law, document=paper, by=UserFactory(agency=paper.agency))
    with pytest.raises(services.NotAllowed, match="已公开"):
        services.link_law(law=law, document=DocumentFactory(), by=office)
    text = services.link_law(law=law, document=paper, by=office)
    assert (text.document, text.linked_by) == (paper, office)
    services.unlink_law(text=text, by=office)
    assert not LawText.objects.exists()


def test_the_public_read_gives_public_documents_alone(item, paper, office, django_assert_num_queries):
    law = law_of(item)
    services.link_law(law=law, document=paper, by=office)
    with django_assert_num_queries(1):
        assert services.laws_with_documents([item]) == {law.pk: paper}
    services.withdraw(paper, by=office, reason="内容有误")
    assert services.laws_with_documents([item]) == {}


def test_a_merged_law_brings_its_text_along(item, paper, office):
    law = law_of(item)
    services.link_law(law=law, document=paper, by=office)
    target = Law.objects.create(key="临时救助办法", title="临时救助办法")
    catalog.services.merge_laws(laws=[law], into=target, by=office)
    assert services.laws_with_documents([item]) == {target.pk: paper}
    with pytest.raises(services.NotAllowed, match="已经并入"):
        services.link_law(law=law, document=paper, by=office)
    services.repeal(paper, by=office, on=date(2026, 5, 1), reason="试行期满")
    target.refresh_from_db()
    assert target.state == LawState.REPEALED


def test_a_repealed_document_repeals_the_law_in_the_same_step_and_says_by_whom(item, paper):
    office = OfficeUserFactory(username="zhengfuban")
    law = law_of(item)
    services.link_law(law=law, document=paper, by=office)
    newer = DocumentFactory(published=True, agency=paper.agency, doc_number="青民发〔2026〕3号")
    successor = Law.objects.create(key="文号青民发2026-3", title="新办法")
    services.link_law(law=successor, document=newer, by=office)
    clerk = UserFactory(agency=paper.agency)
    services.repeal(paper, by=clerk, on=date(2026, 5, 1), repealed_by=newer)
    law.refresh_from_db()
    assert (law.state, law.repealed_on, law.replaced_by) == (LawState.REPEALED, date(2026, 5, 1), successor)
    assert list(Item.objects.leaning_on(Law.objects.fallen())) == [item]
    event = Law.pgh_event_model.objects.filter(pgh_obj=law).order_by("pgh_id").last()
    assert (event.pgh_context.metadata["user"], event.pgh_context.metadata["action"]) == (clerk.pk, "repeal")


def test_what_is_corrected_to_repealed_repeals_the_law_too(item, paper, office):
    services.link_law(law=law_of(item), document=paper, by=office)
    services.update_document(paper, by=office, reason="清理结果", validity=Validity.REPEALED)
    assert law_of(item).state == LawState.REPEALED


def test_linking_a_document_that_was_repealed_before_repeals_the_law(item, paper, office):
    services.repeal(paper, by=office, on=date(2026, 5, 1), reason="试行期满")
    services.link_law(law=law_of(item), document=paper, by=office)
    assert law_of(item).repealed_on == date(2026, 5, 1)


def test_a_document_that_stands_leaves_the_law_alone(item, paper, office):
    services.link_law(law=law_of(item), document=paper, by=office)
    services.update_document(paper, by=office, reason="更正", validity=Validity.IN_FORCE)
    assert law_of(item).state == LawState.UNCHECKED


def test_proposals_are_confirmed_in_the_back_office(client, item, paper, office):
    url = reverse("admin:disclosure_lawtext_proposed")
    client.force_login(UserFactory(agency=paper.agency))
    assert client.get(url).status_code == 403
    client.force_login(office)
    assert paper.title in client.get(url).content.decode()
    client.post(url, {"link": f"{law_of(item).pk}-{paper.pk}"})
    text = LawText.objects.get()
    assert text.document == paper
    assert "没有找到" in client.get(url).content.decode()
    assert paper.title in client.get(reverse("admin:disclosure_lawtext_changelist")).content.decode()
    assert client.get(reverse("admin:disclosure_lawtext_add")).status_code == 200
    client.post(reverse("admin:disclosure_lawtext_unlink", args=[text.pk]))
    assert not LawText.objects.exists()


def test_the_first_page_counts_items_whose_basis_fell(client, item, paper, office):
    services.link_law(law=law_of(item), document=paper, by=office)
    clerk = UserFactory(agency=item.agency)

    def count(user):
        tasks = [task for section in queue_for(user) for task in section.tasks]
        return next(task.count for task in tasks if task.title == "依据已废止或已修改的事项")

    assert count(clerk) == 0
    services.repeal(paper, by=office, on=date(2026, 5, 1), reason="试行期满")
    assert (count(clerk), count(office), count(UserFactory())) == (1, 1, 0)
    client.force_login(clerk)
    url = next(
        task.url for section in queue_for(clerk) for task in section.tasks if task.title.startswith("依据已")
    )
    assert "共 1 项" in client.get(url).content.decode()
