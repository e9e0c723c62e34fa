"""What lies outside a person's scope is not published, not unlinked and not shown along the way."""

import pytest
from django.urls import reverse

from disclosure import services as documents
from disclosure.models import DraftingNote
from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services
from tests.factories import DocumentFactory, InterpretationFactory, ItemFactory, TopicFactory

pytestmark = pytest.mark.django_db


def _policy(people, **changes):
    policy = DocumentFactory(
        agency=people.minzheng,
        created_by=people.clerk,
        submitted=True,
        is_policy=True,
        body="<p>通知。</p>",
        topic=TopicFactory(),
        **changes,
    )
    DraftingNote.objects.create(document=policy, body="<p>为什么起草。</p>")
    return policy


def _page(client, user, thing):
    client.force_login(user)
    name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change"
    return client.get(reverse(name, args=[thing.pk])).content.decode()


def test_a_reviewer_publishes_no_interpretation_of_another_agency(people):
    """And no half of a package either: one's own interpretation does not let the other's stay behind."""
    policy = _policy(people)
    foreign = InterpretationFactory(agency=people.nongye, submitted=True, documents=[policy])
    own = InterpretationFactory(agency=people.minzheng, submitted=True, documents=[policy])
    with pytest.raises(NotAllowed, match=people.nongye.name):
        documents.approve(policy, by=people.reviewer, secrecy_cleared=True)
    for thing in (policy, foreign, own):
        thing.refresh_from_db()
        assert thing.status == Publication.SUBMITTED


def test_the_office_publishes_those_of_every_agency(people):
    policy = _policy(people)
    foreign = InterpretationFactory(agency=people.nongye, submitted=True, documents=[policy])
    documents.approve(policy, by=people.office, secrecy_cleared=True)
    foreign.refresh_from_db()
    assert foreign.status == Publication.PUBLISHED


def test_a_public_document_keeps_its_public_interpretation(people):
    policy = DocumentFactory(agency=people.minzheng, published=True, is_policy=True)
    other = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(agency=people.minzheng, published=True, documents=[policy])
    with pytest.raises(NotAllowed, match=policy.title):
        services.update_interpretation(told, by=people.clerk, reason="更正", documents=[])
    assert list(told.documents.all()) == [policy]
    services.update_interpretation(told, by=people.clerk, reason="更正", documents=[policy, other])
    assert told.documents.count() == 2


def test_titles_of_foreign_drafts_do_not_show_on_a_document(client, people):
    public = DocumentFactory(agency=people.minzheng, published=True, is_policy=True)
    InterpretationFactory(agency=people.nongye, title="外单位草稿", documents=[public])
    InterpretationFactory(agency=people.nongye, title="外单位已公开", published=True, documents=[public])
    page = _page(client, people.clerk, public)
    assert "外单位草稿" not in page
    assert "外单位已公开" in page
    assert "外单位草稿" in _page(client, people.office, public)


def test_titles_of_foreign_drafts_do_not_show_on_an_interpretation_and_stay_linked(client, people):
    hidden = DocumentFactory(agency=people.nongye, title="外单位未公开文件")
    own = DocumentFactory(agency=people.minzheng, title="本单位文件")
    told = InterpretationFactory(
        agency=people.minzheng, created_by=people.clerk, title="解读", documents=[hidden, own]
    )
    page = _page(client, people.clerk, told)
    assert "外单位未公开文件" not in page
    assert "本单位文件" in page
    listed = client.get(reverse("admin:interpretation_interpretation_changelist")).content.decode()
    assert "外单位未公开文件" not in listed
    data = {
        "title": "改过的解读",
        "agency": people.minzheng.pk,
        "documents": [own.pk],
        "forms": ["text"],
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
    }
    answer = client.post(reverse("admin:interpretation_interpretation_change", args=[told.pk]), data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    told.refresh_from_db()
    assert told.title == "改过的解读"
    assert set(told.documents.all()) == {hidden, own}


def test_items_out_of_scope_cannot_be_linked(client, people):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk)
    foreign = ItemFactory(agency=people.nongye, levels=["外单位事项", "乙"])
    own = ItemFactory(agency=people.minzheng)
    with pytest.raises(NotAllowed, match="事项"):
        documents.update_document(draft, by=people.clerk, items=[foreign])
    with pytest.raises(NotAllowed, match="事项"):
        documents.create_document(by=people.clerk, agency=people.minzheng, title="通知", items=[foreign])
    client.force_login(people.clerk)
    data = {
        "title": draft.title,
        "agency": people.minzheng.pk,
        "kind": "document",
        "items": [foreign.pk],
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
    }
    address = reverse("admin:disclosure_document_change", args=[draft.pk])
    answer = client.post(address, data)
    assert "items" in answer.context["adminform"].form.errors
    assert "外单位事项" not in answer.content.decode()
    assert client.post(address, data | {"items": [own.pk]}).status_code == 302
    assert list(draft.items.all()) == [own]
    draft.items.add(foreign)
    documents.update_document(draft, by=people.clerk, items=[own, foreign])


def test_the_summary_of_something_public_does_not_change(people):
    public = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(agency=people.minzheng, published=True, documents=[public])
    for update, thing in [
        (documents.update_document, public),
        (services.update_interpretation, told),
    ]:
        with pytest.raises(NotAllowed, match="一句话看懂"):
            update(thing, by=people.clerk, reason="更正", summary="新的一句话")


def test_a_draft_names_the_address_of_its_file(client, people, pdf):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk)
    attachment = documents.add_attachment(draft, by=people.clerk, file=pdf())
    address = reverse("admin:disclosure_document_attachment", args=[draft.pk, attachment.pk])
    assert f'href="{address}"' in _page(client, people.clerk, draft)
