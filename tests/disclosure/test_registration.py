"""报审登记: a policy paper before it is issued; what is incomplete comes back, and returns are counted."""

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from disclosure import services
from disclosure.models import Document, Registration, RegistrationFile, RegistrationReturn
from disclosure.register_querysets import unregistered
from disclosure.register_states import NO_SECRETS, Legality, PaperRole, RegistrationState, ReturnReason
from disclosure.services.registration import missing_of
from disclosure.states import Ground, Openness
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def registration(people):
    """民政局 registers a 规范性文件, with nothing but its openness."""
    return services.create_registration(
        by=people.clerk,
        agency=people.minzheng,
        title="青澜县高龄津贴发放管理办法",
        is_normative=True,
        openness=Openness.PROACTIVE,
    )


def put(registration, people, *roles):
    for role in roles:
        paper = ContentFile(b"%PDF-1.4\n" + role.encode() + b"\n%%EOF", name=f"{role}.pdf")
        services.add_paper(registration, by=people.clerk, file=paper, role=role)


def complete(registration, people):
    put(registration, people, *[role for role in PaperRole if role != PaperRole.OTHER])
    services.update_registration(
        registration,
        by=people.clerk,
        legality=Legality.LAWFUL,
        legality_by="青澜县司法局",
        legality_on="2026-11-02",
    )


def refused(match, act, *args, **kwargs):
    with pytest.raises(services.NotAllowed, match=match):
        act(*args, **kwargs)


def test_what_is_missing_is_derived(registration, people):
    lacks = {ReturnReason.DRAFT, ReturnReason.INTERPRETATION, ReturnReason.EXPLANATION, ReturnReason.LEGALITY}
    assert set(missing_of(registration)) == lacks
    put(registration, people, PaperRole.DRAFT, PaperRole.EXPLANATION)
    services.update_registration(registration, by=people.clerk, no_interpretation_reason="仅调整成员")
    registration.refresh_from_db()
    assert missing_of(registration) == [ReturnReason.LEGALITY]
    registration.legality, registration.legality_note = Legality.NOT_NEEDED, "只作文字调整"
    assert missing_of(registration) == [ReturnReason.LEGALITY], "a 规范性文件 needs one"
    registration.is_normative = False
    assert missing_of(registration) == []


def test_incomplete_it_is_returned_and_counted_complete_it_is_accepted(registration, people):
    refused("缺送审稿", services.submit_registration, registration, by=people.clerk)
    put(registration, people, PaperRole.DRAFT)
    services.submit_registration(registration, by=people.clerk)
    refused("才能修改", services.update_registration, registration, by=people.clerk, title="改")
    refused("材料不齐.*缺解读稿", services.accept_registration, registration, by=people.office)
    refused(
        "退文原因", services.return_registration, registration, by=people.office, reasons=[], remarks="补"
    )
    refused(
        "您的角色",
        services.return_registration,
        registration,
        by=people.reviewer,
        reasons=["draft"],
        remarks="补",
    )
    reasons = [ReturnReason.INTERPRETATION, ReturnReason.LEGALITY]
    services.return_registration(registration, by=people.office, reasons=reasons, remarks="请补齐两样材料。")
    back = RegistrationReturn.objects.get()
    assert (back.by, back.round, back.reasons) == (people.office, 1, ["interpretation", "legality"])
    assert Registration.objects.returned().get() == registration
    complete_without_draft = [r for r in PaperRole if r not in (PaperRole.OTHER, PaperRole.DRAFT)]
    put(registration, people, *complete_without_draft)
    services.update_registration(
        registration, by=people.clerk, legality="lawful", legality_by="青澜县司法局", legality_on="2026-11-02"
    )
    services.submit_registration(registration, by=people.clerk)
    fresh = services.accept_registration(registration, by=people.office)
    assert (fresh.state, fresh.round, fresh.accepted_by) == (RegistrationState.ACCEPTED, 2, people.office)
    refused("不能删除|才能修改", services.delete_registration, fresh, by=people.clerk)


def test_accepted_it_becomes_the_draft_of_a_document(registration, people):
    complete(registration, people)
    services.submit_registration(registration, by=people.clerk)
    refused("不能转为", services.open_document, registration, by=people.clerk)
    services.accept_registration(registration, by=people.office)
    assert Registration.objects.to_draft().get() == registration
    document = services.open_document(registration, by=people.clerk)
    assert (document.title, document.agency, document.is_policy) == (
        registration.title,
        people.minzheng,
        True,
    )
    assert document.registration == registration
    assert not unregistered(Document.objects.all()).exists()
    assert not document.attachments.exists(), "files of a registration stay with staff"
    refused("已经关联", services.open_document, registration, by=people.clerk)


def test_an_accepted_one_is_linked_to_a_document_of_the_same_agency(registration, people):
    complete(registration, people)
    services.submit_registration(registration, by=people.clerk)
    services.accept_registration(registration, by=people.office)
    other = DocumentFactory(agency=people.nongye)
    refused("报审单位自己", services.link_document, registration, document=other, by=people.clerk)
    own = DocumentFactory(agency=people.minzheng, is_policy=True)
    assert unregistered(Document.objects.all()).get() == own
    services.link_document(registration, document=own, by=people.clerk)
    assert not unregistered(Document.objects.all()).exists()


def test_who_and_when_and_openness_are_the_databases_too(registration, people):
    put(registration, people, PaperRole.DRAFT)
    office = services.create_registration(
        by=people.office, agency=people.minzheng, title="另一份", openness="proactive"
    )
    put(office, people, PaperRole.DRAFT)
    services.submit_registration(office, by=people.clerk)
    refused("另一位同事", services.accept_registration, office, by=people.office)
    rows = Registration.objects.filter(pk=registration.pk)
    for name, values in (
        ("accepted_by_another", {"state": "accepted"}),
        ("handed_in_with_openness", {"state": "submitted"}),
        ("never_secret", {"openness_ground": "E14a"}),
        ("withheld_with_ground", {"openness": "withheld"}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**values)
    refused(
        NO_SECRETS,
        services.update_registration,
        registration,
        by=people.clerk,
        openness=Openness.WITHHELD,
        openness_ground=Ground.STATE_SECRET,
        openness_reason="涉密",
    )


def test_files_are_judged_by_their_content(registration, people):
    bad = ContentFile(b"PK\x03\x04zip", name="送审稿.docx")
    refused(
        "重新导出|压缩包", services.add_paper, registration, by=people.clerk, file=bad, role=PaperRole.DRAFT
    )
    put(registration, people, PaperRole.DRAFT)
    refused("管理范围|才能修改", services.remove_paper, RegistrationFile.objects.get(), by=people.stranger)
