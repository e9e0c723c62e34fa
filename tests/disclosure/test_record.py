"""What the database itself refuses, whoever writes: constraints, triggers, two writers at once."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from disclosure import services
from disclosure.models import Document, IndexSeries
from disclosure.states import Openness, Publication
from interpretation.models import Interpretation
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    InterpretationFactory,
    ReviewerFactory,
    TopicFactory,
    UserFactory,
)
from tests.people import one_reviewer_suffices

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def _refuses(name, **changes):
    """The update is refused by the constraint or trigger whose words hold `name`."""
    thing = changes.pop("thing")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(thing).objects.filter(pk=thing.pk).update(**changes)


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [DocumentFactory, InterpretationFactory])
def test_the_record_is_write_once(factory):
    thing = factory(published=True, index_number="11539921MB0003551L/2026-00001")
    _refuses("索引号一经编定不得更改", thing=thing, index_number="11539921MB0003551L/2026-00002")
    _refuses("索引号一经编定不得更改", thing=thing, index_number="")
    _refuses("首次公开时间", thing=thing, published_at=NOW.replace(year=2025))
    _refuses("首次公开时间", thing=thing, published_at=None)
    _refuses("首次公开时间", thing=thing, published_on=date(2025, 1, 1))
    with pytest.raises(IntegrityError, match="公开过的内容不得删除"), transaction.atomic():
        thing.delete()
    with (
        pytest.raises(IntegrityError, match="索引号一经编定不得更改"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE {thing._meta.db_table} SET index_number = 'X-2026-001' WHERE id = %s", [thing.pk]
        )
    type(thing).objects.filter(pk=thing.pk).update(summary="别的可以改")


@pytest.mark.django_db
def test_a_withdrawn_thing_is_not_deleted_and_a_draft_is():
    with pytest.raises(IntegrityError, match="公开过的内容不得删除"), transaction.atomic():
        DocumentFactory(withdrawn=True).delete()
    DocumentFactory().delete()


@pytest.mark.django_db
def test_only_proactive_is_public():
    paper = DocumentFactory(published=True)
    _refuses("document_public_only_if_proactive", thing=paper, openness="")
    _refuses(
        "document_public_only_if_proactive",
        thing=paper,
        openness=Openness.ON_REQUEST,
        openness_ground="E15",
        openness_reason="商业秘密",
    )
    _refuses("document_withheld_with_ground", thing=DocumentFactory(), openness=Openness.WITHHELD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("factory", "name"), [(DocumentFactory, "document"), (InterpretationFactory, "interpretation")]
)
def test_who_and_when_travel_together(factory, name):
    paper = factory(submitted=True)
    _refuses(f"{name}_submitted_by_and_when", thing=paper, submitted_at=None)
    _refuses(f"{name}_review_has_submitter", thing=paper, submitted_by=None, submitted_at=None)
    _refuses(f"{name}_approved_by_and_when", thing=paper, approved_at=NOW)
    _refuses(f"{name}_public_by_whom", thing=paper, status=Publication.PUBLISHED)
    _refuses(f"{name}_two_pairs_of_eyes", thing=paper, approved_by=paper.submitted_by, approved_at=NOW)
    _refuses(f"{name}_two_pairs_of_eyes", thing=paper, approved_by=paper.created_by, approved_at=NOW)
    _refuses(f"{name}_withdrawn_when_and_why", thing=paper, status=Publication.WITHDRAWN)
    _refuses(f"{name}_published_when_and_on", thing=paper, published_at=NOW)


@pytest.mark.django_db
def test_an_archive_is_public_without_people_but_not_without_its_source():
    agency = AgencyFactory()
    archive = {"agency": agency, "title": "旧文件", "status": "published", "openness": "proactive"}
    Document.objects.create(**archive, source_id="0001", published_on=None)
    with pytest.raises(IntegrityError, match="document_public_by_whom"), transaction.atomic():
        Document.objects.create(**archive, source_id="")
    with pytest.raises(IntegrityError, match="document_public_by_whom"), transaction.atomic():
        Document.objects.create(**archive, source_id="0002", published_at=NOW, published_on=NOW.date())


@pytest.mark.django_db
def test_numbers_are_unique():
    DocumentFactory(index_number="JCXZFBWJ-2020-0078")
    with pytest.raises(IntegrityError, match="document_index_number_once"), transaction.atomic():
        DocumentFactory(index_number="JCXZFBWJ-2020-0078")
    agency = AgencyFactory()
    DocumentFactory(agency=agency, source_id="0001")
    with pytest.raises(IntegrityError, match="document_source_id_once"), transaction.atomic():
        DocumentFactory(agency=agency, source_id="0001")


@pytest.mark.django_db
def test_the_public_sees_what_is_published_and_nothing_else():
    agency = AgencyFactory()
    shown = DocumentFactory(agency=agency, published=True)
    for state in ({}, {"submitted": True}, {"withdrawn": True}):
        DocumentFactory(agency=agency, **state)
        InterpretationFactory(agency=agency, **state)
    told = InterpretationFactory(agency=agency, published=True)
    assert list(Document.objects.published()) == [shown]
    assert list(Interpretation.objects.published()) == [told]
    assert [d.status for d in Document.objects.tombstones()] == [Publication.WITHDRAWN]
    assert [d.status for d in Interpretation.objects.tombstones()] == [Publication.WITHDRAWN]


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_issue_two_numbers():
    agency = AgencyFactory(code="minzheng", credit_code="11539921MB0003551L")
    one_reviewer_suffices(agency)
    clerk = UserFactory(agency=agency)
    papers = [DocumentFactory(agency=agency, created_by=clerk, topic=TopicFactory()) for _ in range(6)]
    for paper in papers:
        services.submit(paper, by=clerk)
    reviewers = [ReviewerFactory(agency=agency) for _ in papers]
    _together(
        [
            lambda p=p, r=r: services.approve(p, by=r, now=NOW, secrecy_cleared=True)
            for p, r in zip(papers, reviewers, strict=True)
        ]
    )
    numbers = sorted(Document.objects.values_list("index_number", flat=True))
    assert numbers == [f"11539921MB0003551L/2026-{n:05d}" for n in range(1, 7)]
    assert IndexSeries.objects.get().last == 6


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_of_one_document_publish_it_once():
    agency = AgencyFactory(code="minzheng", credit_code="11539921MB0003551L")
    one_reviewer_suffices(agency)
    paper = services.submit(
        DocumentFactory(agency=agency, topic=TopicFactory()), by=UserFactory(agency=agency)
    )
    outcomes = []

    def approve(reviewer):
        try:
            outcomes.append(services.approve(paper, by=reviewer, secrecy_cleared=True).pk)
        except services.NotAllowed as refusal:
            outcomes.append(str(refusal))

    reviewers = [ReviewerFactory(agency=agency) for _ in range(4)]
    _together([lambda r=r: approve(r) for r in reviewers])
    assert outcomes.count(paper.pk) == 1
    assert sum("现在的状态是「已公开」" in str(outcome) for outcome in outcomes) == 3
    assert IndexSeries.objects.get().last == 1


def _together(acts):
    """Run all acts at the same moment, each in a thread and connection of its own."""
    gate = threading.Barrier(len(acts))
    failures = []

    def run(act):
        try:
            gate.wait()
            act()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
