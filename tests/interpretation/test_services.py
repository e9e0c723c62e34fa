"""Interpretations: together with their documents or not at all, and linked both ways."""

from datetime import UTC, date, datetime

import pytest

from disclosure import services as documents
from disclosure.models import Document, IndexSeries
from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services
from interpretation.models import Interpretation
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory

WHO = {"interpreter": "青澜县民政局", "contact": "0799-5210306"}
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(people):
    paper = documents.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="低保标准通知",
        body="<p>通知。</p>",
        openness="proactive",
        is_policy=True,
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )
    documents.keep_drafting_note(paper, by=people.clerk, body="<p>为什么起草。</p>")
    return paper


def _explain(people, *papers, by=None, **changes):
    values = {"title": "低保涨了多少", "body": "<p>解读。</p>", **WHO, **changes}
    return services.create_interpretation(
        by=by or people.colleague, agency=people.minzheng, documents=list(papers), **values
    )


@pytest.fixture
def told(people, policy):
    return services.create_interpretation(
        by=people.colleague,
        agency=people.minzheng,
        title="低保涨了多少",
        body="<p>解读。</p>",
        forms=["text", "qa"],
        documents=[policy],
        **WHO,
    )


def _refused(act, *args, **kwargs):
    def everything():
        return [
            list(model.objects.order_by("pk").values()) for model in (Document, Interpretation, IndexSeries)
        ]

    before = everything()
    with pytest.raises(NotAllowed) as refusal:
        act(*args, **kwargs)
    assert everything() == before
    return " ".join(refusal.value.messages)


def test_a_policy_document_does_not_go_out_without_its_interpretation(people, policy):
    """The clerk hears of it at submission; the reviewer, where the draft went or stayed one meanwhile."""
    assert "须同步起草解读" in _refused(documents.submit, policy, by=people.clerk)
    drafted = InterpretationFactory(agency=people.minzheng, documents=[policy])
    documents.submit(policy, by=people.clerk)
    drafted.refresh_from_db()
    assert drafted.status == Publication.SUBMITTED
    drafted.documents.clear()
    assert "须与解读同步公开" in _refused(documents.approve, policy, by=people.reviewer)


def test_a_withdrawn_interpretation_is_none_at_submission(people, policy):
    InterpretationFactory(agency=people.minzheng, withdrawn=True, documents=[policy])
    assert "须同步起草解读" in _refused(documents.submit, policy, by=people.clerk)


def test_a_draft_of_another_agency_does_not_go_along(people, policy):
    theirs = InterpretationFactory(agency=people.nongye, documents=[policy])
    said = _refused(documents.submit, policy, by=people.clerk)
    assert people.nongye.name in said
    services.submit(theirs, by=people.stranger)
    documents.submit(policy, by=people.clerk)
    assert "不在您的管理范围内" in _refused(
        documents.approve, policy, by=people.reviewer, secrecy_cleared=True
    )
    documents.approve(policy, by=people.office, secrecy_cleared=True)
    theirs.refresh_from_db()
    assert theirs.status == Publication.PUBLISHED


def test_a_recorded_reason_does(people, policy):
    documents.update_document(policy, by=people.clerk, no_interpretation_reason="仅调整联席会议成员。")
    documents.submit(policy, by=people.clerk)
    assert documents.approve(policy, by=people.reviewer, secrecy_cleared=True).status == Publication.PUBLISHED


def test_both_go_out_in_one_act(people, policy, told):
    services.submit(told, by=people.colleague)
    documents.submit(policy, by=people.clerk)
    assert "还没有公开" in _refused(services.approve, told, by=people.reviewer)
    documents.approve(policy, by=people.reviewer, now=NOW, secrecy_cleared=True)
    told.refresh_from_db()
    policy.refresh_from_db()
    assert (told.status, told.published_at, told.approved_by) == (Publication.PUBLISHED, NOW, people.reviewer)
    assert policy.published_at == NOW
    assert {policy.index_number[-5:], told.index_number[-5:]} == {"00001", "00002"}
    assert list(policy.interpretations.published()) == [told]
    assert list(told.documents.published()) == [policy]


def test_whoever_wrote_a_part_signs_no_package(people, policy, told):
    """Of two interpretations one is the approver's own: the package is another's to sign, whole."""
    own = _explain(people, policy, by=people.both, title="解读二")
    services.submit(own, by=people.both)
    documents.submit(policy, by=people.clerk)
    assert "不能由您自己审核" in _refused(documents.approve, policy, by=people.both, secrecy_cleared=True)
    documents.approve(policy, by=people.reviewer, secrecy_cleared=True)
    assert set(policy.interpretations.values_list("status", flat=True)) == {Publication.PUBLISHED}


def test_an_interpretation_of_what_is_public_goes_out_alone(people):
    public = DocumentFactory(agency=people.minzheng, published=True)
    late = services.create_interpretation(
        by=people.clerk,
        agency=people.minzheng,
        title="补充解读",
        body="<p>甲</p>",
        documents=[public],
        **WHO,
    )
    services.submit(late, by=people.clerk)
    assert "不能由您自己审核" in _refused(services.approve, late, by=people.clerk)
    assert "不在您的管理范围内" in _refused(services.approve, late, by=people.foreign_reviewer)
    assert services.approve(late, by=people.reviewer, secrecy_cleared=True).index_number


def test_without_document_and_source_nothing_is_explained(people):
    loose = services.create_interpretation(by=people.clerk, agency=people.minzheng, title="解读")
    said = _refused(services.submit, loose, by=people.clerk)
    assert "正文是空的" in said
    assert "请关联所解读的文件" in said
    assert "请填写解读机关" in said
    assert "请填写咨询方式" in said
    services.update_interpretation(
        loose, by=people.clerk, body="<p>甲</p>", source_url="https://www.example.gov.cn/zc.html", **WHO
    )
    services.submit(loose, by=people.clerk)
    assert services.approve(loose, by=people.reviewer, secrecy_cleared=True).status == Publication.PUBLISHED


def test_withdrawing_the_document_takes_its_last_interpretation_along(people, policy, told):
    other = DocumentFactory(agency=people.minzheng, published=True)
    shared = InterpretationFactory(agency=people.minzheng, published=True, documents=[policy, other])
    services.submit(told, by=people.colleague)
    documents.submit(policy, by=people.clerk)
    documents.approve(policy, by=people.reviewer, secrecy_cleared=True)
    documents.withdraw(policy, by=people.reviewer, reason="数据有误", now=NOW)
    told.refresh_from_db()
    shared.refresh_from_db()
    assert (told.status, told.withdrawn_reason, told.withdrawn_at) == (
        Publication.WITHDRAWN,
        "所解读的文件已撤下。",
        NOW,
    )
    assert shared.status == Publication.PUBLISHED
    assert list(shared.documents.published()) == [other]


def test_withdrawing_the_interpretation_leaves_the_document_without_it(people):
    public = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(agency=people.minzheng, published=True, documents=[public])
    services.withdraw(told, by=people.reviewer, reason="表述有误")
    assert list(public.interpretations.published()) == []
    public.refresh_from_db()
    assert public.status == Publication.PUBLISHED


def test_links_of_something_public_are_corrected_with_a_reason(people):
    public = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(agency=people.minzheng, published=True)
    assert "更正原因" in _refused(services.update_interpretation, told, by=people.clerk, documents=[public])
    services.update_interpretation(told, by=people.clerk, documents=[public], reason="补关联")
    assert list(told.documents.all()) == [public]
    assert "不能直接修改标题" in _refused(
        services.update_interpretation, told, by=people.clerk, title="改", reason="改"
    )


def test_another_agencys_draft_is_not_linked_but_a_link_it_made_stays(people):
    foreign = DocumentFactory(agency=people.nongye, title="别局草稿")
    told = InterpretationFactory(agency=people.minzheng)
    assert "只能关联" in _refused(services.update_interpretation, told, by=people.clerk, documents=[foreign])
    said = _refused(
        services.create_interpretation,
        by=people.clerk,
        agency=people.minzheng,
        title="甲",
        documents=[foreign],
    )
    assert "只能关联" in said
    services.update_interpretation(told, by=people.office, documents=[foreign])
    services.update_interpretation(told, by=people.clerk, documents=[foreign], title="改标题")
    assert list(told.documents.all()) == [foreign]


@pytest.mark.parametrize("state", ["draft", "published", "withdrawn"])
def test_recall(state, people, told):
    services.submit(told, by=people.colleague)
    assert "只有提交人能收回" in _refused(services.recall, told, by=people.clerk)
    back = services.recall(told, by=people.colleague)
    assert (back.status, back.submitted_by) == (Publication.DRAFT, None)
    other = InterpretationFactory(agency=people.minzheng, **({state: True} if state != "draft" else {}))
    assert "不能收回" in _refused(services.recall, other, by=people.colleague)


def test_send_back_delete_and_copy(people, told):
    services.submit(told, by=people.colleague)
    services.send_back(told, by=people.reviewer, remarks="写得太像公文")
    told.refresh_from_db()
    assert (told.status, told.remarks) == (Publication.DRAFT, "写得太像公文")
    copy = services.copy_to_draft(told, by=people.clerk)
    assert (copy.title, copy.forms, list(copy.documents.all())) == (
        told.title,
        told.forms,
        list(told.documents.all()),
    )
    assert "草稿" in _refused(services.delete_draft, copy, by=people.reviewer)
    services.delete_draft(copy, by=people.clerk)
    assert list(Interpretation.objects.all()) == [told]


def test_values_that_cannot_stand(people):
    said = _refused(
        services.create_interpretation,
        by=people.clerk,
        agency=people.minzheng,
        title="甲",
        forms=["teletext"],
    )
    assert "解读形式" in said
    said = _refused(
        services.create_interpretation,
        by=people.clerk,
        agency=people.minzheng,
        title="甲",
        forms=["qa", "qa"],
    )
    assert "重复" in said
    with pytest.raises(TypeError, match="status"):
        services.create_interpretation(
            by=people.clerk, agency=people.minzheng, title="甲", status="published"
        )
