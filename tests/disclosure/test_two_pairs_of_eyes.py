"""Whoever wrote into a draft, in whatever way, does not approve it: rule, service and database (ADR 7)."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from disclosure import rules, services
from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services as interpretations
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory
from tests.people import confirmed

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _draft(people):
    return services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="关于提高城乡低保标准的通知",
        body="<p>现就有关事项通知如下。</p>",
        openness="proactive",
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )


def _update(draft, by, pdf):
    services.update_document(draft, by=by, body="<p>改了一个数。</p>")


def _link(draft, by, pdf):
    interpretation = InterpretationFactory(agency=draft.agency)
    interpretations.update_interpretation(interpretation, by=by, documents=[draft])
    services.update_document(draft, by=by, keywords=["低保"])


def _add(draft, by, pdf):
    services.add_attachment(draft, by=by, file=pdf())


def _rename(draft, by, pdf):
    clerk = draft.created_by
    services.rename_attachment(
        services.add_attachment(draft, by=clerk, file=pdf()), by=by, title="标准表", position=1
    )


def _remove(draft, by, pdf):
    services.remove_attachment(services.add_attachment(draft, by=draft.created_by, file=pdf()), by=by)


@pytest.mark.parametrize("write", [_update, _link, _add, _rename, _remove])
@pytest.mark.parametrize("who", ["both", "office"])
def test_whoever_wrote_into_a_draft_does_not_approve_it(write, who, people, pdf):
    writer, draft = getattr(people, who), _draft(people)
    write(draft, writer, pdf)
    submitted = services.submit(confirmed(draft, people.clerk), by=people.clerk)
    assert submitted.editor_ids == [people.clerk.pk, writer.pk]
    assert not rules.can_approve(writer, submitted)
    with pytest.raises(NotAllowed, match="您起草、修改或提交了这份文件，不能由您自己审核"):
        services.approve(submitted, by=writer, secrecy_cleared=True)
    with pytest.raises(IntegrityError, match="document_approver_wrote_nothing"), transaction.atomic():
        type(draft).objects.filter(pk=draft.pk).update(approved_by=writer, approved_at=NOW)
    assert (
        services.approve(submitted, by=people.reviewer, secrecy_cleared=True).status == Publication.PUBLISHED
    )


def test_it_holds_after_sending_back_and_for_what_changed_nothing_it_does_not(people):
    draft = _draft(people)
    services.update_document(draft, by=people.both, title="改标题")
    services.submit(draft, by=people.clerk)
    services.send_back(draft, by=people.office, remarks="请核对数字。")
    services.update_document(draft, by=people.office, title="改标题")  # the same words: nothing written
    submitted = services.submit(draft, by=people.clerk)
    assert not rules.can_approve(people.both, submitted)
    assert services.approve(submitted, by=people.office, secrecy_cleared=True).approved_by == people.office


def test_a_correction_of_something_public_is_no_draft(people):
    services.submit(draft := _draft(people), by=people.clerk)
    services.approve(draft, by=people.office, secrecy_cleared=True)
    corrected = services.update_document(draft, by=people.office, issuer="县政府", reason="补充")
    assert (corrected.issuer, corrected.editor_ids) == ("县政府", [people.clerk.pk])


def test_a_copy_remembers_who_wrote_its_words(people):
    draft = _draft(people)
    services.update_document(draft, by=people.both, body="<p>另一个人写的。</p>")
    copy = services.copy_to_draft(draft, by=people.colleague)
    assert copy.editor_ids == [people.colleague.pk, people.clerk.pk, people.both.pk]
    services.submit(copy, by=people.colleague)
    with pytest.raises(NotAllowed, match="不能由您自己审核"):
        services.approve(copy, by=people.both, secrecy_cleared=True)


def test_an_interpretation_goes_the_same_way_alone_and_with_its_document(people, pdf):
    policy = _draft(people)
    services.update_document(policy, by=people.clerk, is_policy=True)
    services.keep_drafting_note(policy, by=people.clerk, absence_reason="文件很短。")
    told = interpretations.create_interpretation(
        by=people.colleague,
        agency=people.minzheng,
        title="解读",
        body="<p>甲</p>",
        documents=[policy],
        interpreter="青澜县民政局",
        contact="0799-5210306",
    )
    services.add_attachment(told, by=people.both, file=pdf())
    interpretations.submit(confirmed(told, people.colleague), by=people.colleague)
    services.submit(policy, by=people.clerk)
    with pytest.raises(NotAllowed, match="不能由您自己审核"):
        services.approve(policy, by=people.both, secrecy_cleared=True)
    services.approve(policy, by=people.reviewer, secrecy_cleared=True)
    told.refresh_from_db()
    assert (told.status, told.approved_by) == (Publication.PUBLISHED, people.reviewer)
    copy = interpretations.copy_to_draft(told, by=people.clerk)
    assert copy.editor_ids == [people.clerk.pk, people.colleague.pk, people.both.pk]


@pytest.mark.parametrize("factory", [DocumentFactory, InterpretationFactory])
def test_the_database_refuses_whoever_writes(factory, people):
    thing = factory(agency=people.minzheng, submitted=True, editor_ids=[people.both.pk, people.colleague.pk])
    name = f"{thing._meta.model_name}_approver_wrote_nothing"
    for writer in (people.both, people.colleague):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            type(thing).objects.filter(pk=thing.pk).update(approved_by=writer, approved_at=NOW)
    type(thing).objects.filter(pk=thing.pk).update(approved_by=people.reviewer, approved_at=NOW)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(thing).objects.filter(pk=thing.pk).update(editor_ids=[people.reviewer.pk])
