"""Writes to documents: happy path, wrong person, already done, incomplete (healthchecks' manner)."""

from datetime import UTC, date, datetime

import pghistory.models
import pytest

from disclosure import requirements, services
from disclosure.models import Document, IndexSeries
from disclosure.services import NotAllowed
from disclosure.states import Openness, Publication, Validity
from tests.factories import AgencyFactory, FieldFactory, TopicFactory
from tests.people import CREDIT_CODE

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(people):
    return services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title=" 关于提高城乡低保标准的通知 ",
        body="<p>现就有关事项通知如下。</p><script>alert(1)</script>",
        doc_number="青民发[2026]第07号",
        openness=Openness.PROACTIVE,
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
        fields=[FieldFactory(slug="shehui-jiuzhu")],
    )


@pytest.fixture
def submitted(draft, people):
    return services.submit(draft, by=people.clerk, now=NOW)


@pytest.fixture
def public(submitted, people):
    return services.approve(submitted, by=people.reviewer, now=NOW, secrecy_cleared=True)


def _refused(act, *args, **kwargs):
    """Return the sentences of the refusal, and make sure that nothing was written."""
    before = list(Document.objects.order_by("pk").values())
    with pytest.raises(NotAllowed) as refusal:
        act(*args, **kwargs)
    assert list(Document.objects.order_by("pk").values()) == before
    return " ".join(refusal.value.messages)


def test_create_cleans_and_normalises(draft, people):
    draft.refresh_from_db()
    assert draft.title == "关于提高城乡低保标准的通知"
    assert draft.body == "<p>现就有关事项通知如下。</p>"
    assert draft.doc_number == "青民发〔2026〕7号"
    assert (draft.status, draft.created_by, draft.index_number) == (Publication.DRAFT, people.clerk, "")
    assert [field.slug for field in draft.fields.all()] == ["shehui-jiuzhu"]


def test_create_elsewhere_is_refused(people):
    said = _refused(services.create_document, by=people.clerk, agency=people.nongye, title="越权")
    assert "不能为「青澜县农业农村局」起草" in said
    assert "请填写标题" in _refused(
        services.create_document, by=people.clerk, agency=people.minzheng, title=" "
    )
    said = _refused(services.create_document, by=people.clerk, agency=people.minzheng, title="字" * 401)
    assert "标题" in said


def test_withheld_needs_ground_and_reason(people):
    said = _refused(
        services.create_document,
        by=people.clerk,
        agency=people.minzheng,
        title="内部请示",
        openness=Openness.WITHHELD,
    )
    assert "法定依据" in said


def test_a_misspelt_field_is_a_fault_of_the_program(people):
    with pytest.raises(TypeError, match="status"):
        services.create_document(by=people.clerk, agency=people.minzheng, title="甲", status="published")


def test_whole_way_to_the_public(public, people):
    public.refresh_from_db()
    assert public.status == Publication.PUBLISHED
    assert public.index_number == f"{CREDIT_CODE}/2026-00001"
    assert (public.published_at, public.published_on) == (NOW, date(2026, 3, 2))
    assert (public.submitted_by, public.approved_by) == (people.clerk, people.reviewer)
    assert Document.objects.published().get() == public
    event = pghistory.models.Events.objects.tracks(public).order_by("-pgh_created_at", "-pgh_id").first()
    assert event.pgh_context["action"] == "approve"
    assert event.pgh_context["user"] == people.reviewer.pk


def test_the_day_of_publication_is_the_day_in_china(submitted, people):
    late = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 01:00 of the third in China
    assert services.approve(
        submitted, by=people.reviewer, now=late, secrecy_cleared=True
    ).published_on == date(2026, 3, 3)


def test_submitting_what_is_incomplete_says_all_at_once(people):
    empty = services.create_document(by=people.clerk, agency=people.minzheng, title="空文件", body="<p> </p>")
    said = _refused(services.submit, empty, by=people.clerk)
    assert "正文是空的" in said
    assert "公开属性" in said
    assert "请填写成文日期" in said
    assert "请选择主题分类" in said


@pytest.mark.parametrize(("name", "said"), [("written_on", "成文日期"), ("topic", "主题分类")])
def test_a_paper_without_its_day_or_its_class_is_not_submitted(name, said, draft, people):
    services.update_document(draft, by=people.clerk, **{name: None})
    assert said in _refused(services.submit, draft, by=people.clerk)


def test_recall_is_for_whoever_submitted_and_asks_for_no_remarks(submitted, people):
    for other in (people.colleague, people.reviewer, people.both, people.office):
        assert f"由{people.clerk}提交，只有提交人能收回" in _refused(services.recall, submitted, by=other)
    assert "管理范围" in _refused(services.recall, submitted, by=people.stranger)
    back = services.recall(submitted, by=people.clerk)
    assert (back.status, back.submitted_by, back.submitted_at, back.remarks) == ("draft", None, None, "")
    event = pghistory.models.Events.objects.tracks(back).order_by("-pgh_created_at", "-pgh_id").first()
    assert event.pgh_context["action"] == "recall"
    services.update_document(back, by=people.clerk, title="改好的标题")
    assert services.submit(back, by=people.clerk).status == Publication.SUBMITTED


@pytest.mark.parametrize("state", [Publication.DRAFT, Publication.PUBLISHED, Publication.WITHDRAWN])
def test_recall_is_for_what_waits_for_review(state, submitted, public, people):
    Document.objects.filter(pk=public.pk).update(
        status=state, withdrawn_by=people.reviewer, withdrawn_at=NOW, withdrawn_reason="数据有误"
    )
    assert f"现在的状态是「{state.label}」，不能收回" in _refused(services.recall, public, by=people.clerk)


def test_what_is_not_proactive_stays_a_draft(draft, people):
    services.update_document(
        draft,
        by=people.clerk,
        openness=Openness.ON_REQUEST,
        openness_ground="E16a",
        openness_reason="人事管理信息",
    )
    assert "不用送审" in _refused(services.submit, draft, by=people.clerk)


def test_approving_what_became_withheld_on_the_way_is_refused(submitted, people):
    Document.objects.filter(pk=submitted.pk).update(
        openness=Openness.WITHHELD, openness_ground="E16b", openness_reason="过程性信息"
    )
    assert "不上网" in _refused(services.approve, submitted, by=people.reviewer)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("clerk", "不能由您自己审核"),
        ("colleague", "您的角色不能签发并公开"),
        ("stranger", "不在您的管理范围内"),
        ("foreign_reviewer", "不在您的管理范围内"),
        ("administrator", "您的角色不能签发并公开"),
    ],
)
def test_wrong_person_does_not_approve(who, said, submitted, people):
    assert said in _refused(services.approve, submitted, by=getattr(people, who))


def test_own_submission_is_not_approved_even_with_both_roles(draft, people):
    services.submit(draft, by=people.both)
    assert "不能由您自己审核" in _refused(services.approve, draft, by=people.both)


def test_already_done(public, people):
    assert "现在的状态是「已公开」" in _refused(services.approve, public, by=people.reviewer)
    assert "不能提交审核" in _refused(services.submit, public, by=people.clerk)
    assert "不能退回修改" in _refused(services.send_back, public, by=people.reviewer, remarks="晚了")


def test_a_future_paper_is_not_published(submitted, people):
    Document.objects.filter(pk=submitted.pk).update(written_on=date(2999, 1, 1))
    assert "成文日期在今天之后" in _refused(services.approve, submitted, by=people.reviewer)


def test_send_back_with_remarks_and_again(submitted, people):
    assert "退回意见" in _refused(services.send_back, submitted, by=people.reviewer, remarks=" ")
    back = services.send_back(submitted, by=people.reviewer, remarks="请补附件")
    assert (back.status, back.remarks, back.submitted_by) == (Publication.DRAFT, "请补附件", None)
    again = services.submit(back, by=people.clerk)
    assert services.approve(again, by=people.reviewer, secrecy_cleared=True).remarks == ""


def test_under_review_nothing_changes(submitted, people):
    assert "正在审核" in _refused(services.update_document, submitted, by=people.clerk, title="新标题")
    assert "草稿" in _refused(services.delete_draft, submitted, by=people.clerk)


def test_public_text_is_locked_and_metadata_wants_a_reason(public, people):
    said = _refused(
        services.update_document, public, by=people.clerk, title="改标题", body="<p>改</p>", reason="笔误"
    )
    assert "不能直接修改正文、标题" in said
    assert "更正原因" in _refused(services.update_document, public, by=people.clerk, issuer="民政局")
    corrected = services.update_document(
        public, by=people.clerk, issuer="民政局", title=public.title, reason="补充说明"
    )
    assert corrected.issuer == "民政局"
    event = pghistory.models.Events.objects.tracks(public).order_by("-pgh_created_at", "-pgh_id").first()
    assert event.pgh_context["reason"] == "补充说明"
    assert event.pgh_diff["issuer"] == ["", "民政局"]
    services.update_document(public, by=people.clerk, issuer="民政局")  # nothing changes: no reason asked


def test_withdrawal_leaves_a_tombstone_and_a_copy_may_follow(public, people):
    assert "撤下原因" in _refused(services.withdraw, public, by=people.reviewer, reason="")
    assert "写短些" in _refused(services.withdraw, public, by=people.reviewer, reason="长" * 301)
    gone = services.withdraw(public, by=people.reviewer, reason="数据有误", now=NOW)
    assert list(Document.objects.published()) == []
    assert Document.objects.tombstones().get().withdrawn_reason == "数据有误"
    assert (gone.index_number, gone.published_at) == (public.index_number, NOW)
    assert "只作存档" in _refused(services.update_document, gone, by=people.clerk, title="改")
    copy = services.copy_to_draft(gone, by=people.clerk)
    assert (copy.status, copy.title, copy.body) == (Publication.DRAFT, gone.title, gone.body)
    assert (copy.index_number, copy.published_at, copy.source_id) == ("", None, "")
    assert list(copy.fields.all()) == list(gone.fields.all())
    assert "经办人" in _refused(services.copy_to_draft, gone, by=people.reviewer)


def test_numbers_run_on_and_are_never_reused(people, draft):
    IndexSeries.objects.create(agency=people.minzheng, year=2026, last=41)
    services.submit(draft, by=people.clerk)
    first = services.approve(draft, by=people.reviewer, now=NOW, secrecy_cleared=True)
    assert first.index_number.endswith("/2026-00042")
    with pytest.raises(Exception, match="索引号序列只增不减"), _savepoint():
        IndexSeries.objects.update(last=1)


def _savepoint():
    from django.db import transaction

    return transaction.atomic()


def test_a_number_that_an_archive_brought_is_jumped_over(draft, people):
    Document.objects.create(
        agency=people.minzheng, title="旧文件", index_number=f"{CREDIT_CODE}/2026-00001", source_id="x1"
    )
    services.submit(draft, by=people.clerk)
    assert services.approve(draft, by=people.reviewer, now=NOW, secrecy_cleared=True).index_number.endswith(
        "-00002"
    )


def test_without_credit_code_no_number_and_nothing_half_done(draft, people):
    services.submit(draft, by=people.clerk)
    type(people.minzheng).objects.filter(pk=people.minzheng.pk).update(credit_code="")
    assert "统一社会信用代码" in _refused(services.approve, draft, by=people.reviewer, secrecy_cleared=True)
    assert not IndexSeries.objects.exists()


def test_a_village_without_code_publishes_under_its_township(people):
    from agencies.kinds import AgencyKind

    village = AgencyFactory(code="minzheng-cun", parent=people.minzheng, kind=AgencyKind.VILLAGE)
    paper = services.create_document(
        by=people.clerk,
        agency=village,
        title="补贴公示",
        body="<p>公示。</p>",
        openness=Openness.PROACTIVE,
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )
    services.submit(paper, by=people.clerk)
    number = services.approve(paper, by=people.reviewer, now=NOW, secrecy_cleared=True).index_number
    assert number.startswith(f"{CREDIT_CODE}/2026-")


def test_registered_checks_hold_publication_back(submitted, people, monkeypatch):
    monkeypatch.setitem(requirements._checks, "test", lambda document: ["请先办完保密审查。"])
    assert "保密审查" in _refused(services.approve, submitted, by=people.reviewer)
    assert not IndexSeries.objects.exists()


def test_a_companion_that_fails_takes_publication_back(submitted, people, monkeypatch):
    def fail(document):
        raise NotAllowed("同步的解读发布不了。")

    monkeypatch.setitem(requirements._companions, "test", fail)
    assert "同步的解读" in _refused(services.approve, submitted, by=people.reviewer, secrecy_cleared=True)
    assert not IndexSeries.objects.exists()


def test_repeal(public, people):
    by_paper = services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="关于废止的决定",
        body="<p>废止。</p>",
        openness="proactive",
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )
    said = _refused(services.repeal, public, by=people.clerk, on=date(2026, 5, 1), repealed_by=by_paper)
    assert "还没有公开" in said
    assert "依据" in _refused(services.repeal, public, by=people.clerk, on=date(2026, 5, 1))
    assert "它自己" in _refused(
        services.repeal, public, by=people.clerk, on=date(2026, 5, 1), repealed_by=public
    )
    services.submit(by_paper, by=people.clerk)
    services.approve(by_paper, by=people.reviewer, secrecy_cleared=True)
    said = _refused(services.repeal, public, by=people.clerk, on=date(2020, 1, 1), repealed_by=by_paper)
    assert "不能早于成文日期" in said
    assert "只有已公开" in _refused(
        services.repeal, public, by=people.reviewer, on=date(2026, 5, 1), repealed_by=by_paper
    )
    done = services.repeal(public, by=people.clerk, on=date(2026, 5, 1), repealed_by=by_paper)
    assert (done.validity, done.repealed_on, done.repealed_by) == (
        Validity.REPEALED,
        date(2026, 5, 1),
        by_paper,
    )
    assert done.status == Publication.PUBLISHED


def test_deleting_a_draft(draft, people):
    assert "草稿" in _refused(services.delete_draft, draft, by=people.stranger)
    services.delete_draft(draft, by=people.clerk)
    assert not Document.objects.exists()
    assert "已经被删除" in _refused(services.submit, draft, by=people.clerk)


def test_start_up_fails_while_a_required_check_is_missing(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    requirements.assert_complete()
    monkeypatch.delitem(requirements._checks, "interpretation")
    with pytest.raises(ImproperlyConfigured, match="interpretation"):
        requirements.assert_complete()


def test_a_township_publishes_under_an_item_that_names_it(people):
    from tests.factories import AgencyFactory, ItemFactory, UserFactory

    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    clerk = UserFactory(agency=town)
    named, foreign = ItemFactory(agency=people.minzheng, agencies=[town]), ItemFactory(agency=people.minzheng)
    values = {"agency": town, "title": "低保初审公示", "openness": "proactive"}
    assert list(services.create_document(by=clerk, items=[named], **values).items.all()) == [named]
    with pytest.raises(services.NotAllowed, match="公开主体"):
        services.create_document(by=clerk, items=[foreign], **values)
