"""三审三校 with the secrecy check: steps in order, different people, the same words, returns, deputies, the
minute of publication (DOMAIN §6.7)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.kinds import AgencyKind
from disclosure import rules, services
from disclosure.models import Document, ReviewRoute, ReviewStep
from disclosure.services import NotAllowed
from disclosure.states import Lane, Openness, Publication, ReviewLevel, StepOutcome
from tests.factories import AgencyFactory, DocumentFactory, ReviewerFactory, TopicFactory, UserFactory
from tests.people import CREDIT_CODE

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
F, S, C, L = ReviewLevel.FIRST, ReviewLevel.SECOND, ReviewLevel.SECRECY, ReviewLevel.FINAL


@pytest.fixture
def bureau(db):
    return AgencyFactory(code="shuiwu-ju", name="青澜县水务局", credit_code=CREDIT_CODE)


@pytest.fixture
def clerk(bureau):
    return UserFactory(username="shuiwu-jingban", agency=bureau)


@pytest.fixture
def four(bureau):
    return [ReviewerFactory(username=f"shuiwu-shenhe{n}", agency=bureau) for n in range(1, 5)]


@pytest.fixture
def draft(bureau, clerk):
    return services.create_document(
        by=clerk,
        now=NOW,
        agency=bureau,
        title="关于做好山洪灾害防御工作的通知",
        body="<p>各乡镇人民政府：</p><p>请做好防御工作。</p>",
        written_on=date(2026, 2, 27),
        openness=Openness.PROACTIVE,
        topic=TopicFactory(),
    )


def waiting(document):
    document.refresh_from_db()
    return document.status, document.waiting_level, document.steps_left


def said(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


def test_an_ordinary_paper_goes_through_its_steps_each_by_another(draft, clerk, four):
    services.submit(draft, by=clerk, now=NOW)
    assert waiting(draft) == (Publication.SUBMITTED, F, 3)
    assert draft.step_due_on == date(2026, 3, 4)
    assert "还不能签发" in said(services.approve, draft, by=four[0], secrecy_cleared=True)
    services.agree(draft, by=four[0], remarks="文字已核", now=NOW)
    assert "已经办过一步" in said(services.agree, draft, by=four[0], secrecy_cleared=True)
    assert "请确认已作保密审查" in said(services.agree, draft, by=four[1])
    services.agree(draft, by=four[1], secrecy_cleared=True, now=NOW)
    assert waiting(draft) == (Publication.SUBMITTED, L, 1)
    assert "最后一步" in said(services.agree, draft, by=four[2])
    services.approve(draft, by=four[2], now=NOW)
    assert waiting(draft) == (Publication.PUBLISHED, "", 0)
    steps = list(draft.steps.values_list("level", "outcome", "by", "secrecy_cleared", "remarks"))
    assert steps == [
        (F, "agreed", four[0].pk, False, "文字已核"),
        (C, "agreed", four[1].pk, True, ""),
        (L, "agreed", four[2].pk, False, ""),
    ]
    assert len(set(draft.steps.values_list("content_hash", flat=True))) == 1


@pytest.mark.parametrize(
    ("values", "levels"),
    [({"is_notice": True}, [L]), ({}, [F, C, L]), ({"is_normative": True}, [F, S, C, L])],
)
def test_lanes(draft, clerk, values, levels):
    services.update_document(draft, by=clerk, no_interpretation_reason="只改一个数字。", **values)
    services.keep_drafting_note(draft, by=clerk, absence_reason="只改一个数字。")
    services.submit(draft, by=clerk)
    assert list(draft.steps.values_list("level", flat=True)) == levels


def test_a_policy_paper_is_no_notice(draft, clerk):
    assert "不能按短信息办理" in said(
        services.update_document, draft, by=clerk, is_notice=True, is_policy=True
    )
    with pytest.raises(IntegrityError, match="document_notice_is_no_policy"), transaction.atomic():
        Document.objects.filter(pk=draft.pk).update(is_notice=True, is_normative=True)


def test_a_light_paper_still_owes_the_secrecy_check(draft, clerk, four):
    services.update_document(draft, by=clerk, is_notice=True)
    services.submit(draft, by=clerk)
    assert "请确认已作保密审查" in said(services.approve, draft, by=four[0])
    assert services.approve(draft, by=four[0], secrecy_cleared=True).status == Publication.PUBLISHED


def test_the_database_knows_that_each_step_is_another_person(draft, clerk, four):
    services.submit(draft, by=clerk)
    services.agree(draft, by=four[0])
    second = draft.steps.get(level=C)
    values = {"outcome": StepOutcome.AGREED, "by": four[0], "at": NOW, "content_hash": "x"}
    with pytest.raises(IntegrityError, match="review_step_another_person_each"), transaction.atomic():
        ReviewStep.objects.filter(pk=second.pk).update(secrecy_cleared=True, **values)
    with pytest.raises(IntegrityError, match="review_step_secrecy_said"), transaction.atomic():
        ReviewStep.objects.filter(pk=second.pk).update(**{**values, "by": four[1]})


def test_every_later_edit_reopens_the_chain(draft, clerk, four):
    services.submit(draft, by=clerk)
    services.agree(draft, by=four[0])
    services.send_back(draft, by=four[1], remarks="请补依据")
    assert waiting(draft) == (Publication.DRAFT, "", 0)
    assert sorted(draft.steps.values_list("outcome", flat=True)) == ["returned", "void", "void"]
    services.update_document(draft, by=clerk, body="<p>已补依据。</p>")
    services.submit(draft, by=clerk)
    assert waiting(draft) == (Publication.SUBMITTED, F, 3)
    services.agree(draft, by=four[0])
    assert draft.steps.filter(round=2, outcome="agreed").count() == 1


def test_words_changed_under_the_reviewers_are_noticed(draft, clerk, four):
    services.submit(draft, by=clerk)
    services.agree(draft, by=four[0])
    services.agree(draft, by=four[1], secrecy_cleared=True)
    Document.objects.filter(pk=draft.pk).update(body="<p>别的话。</p>")
    assert "审核过程中内容有变化" in said(services.approve, draft, by=four[2])
    assert waiting(draft)[0] == Publication.SUBMITTED


def test_returned_to_an_earlier_step_it_starts_from_there(draft, clerk, four):
    services.update_document(draft, by=clerk, is_normative=True, no_interpretation_reason="只改一个数字。")
    services.keep_drafting_note(draft, by=clerk, absence_reason="只改一个数字。")
    services.submit(draft, by=clerk)
    for person in four[:2]:
        services.agree(draft, by=person)
    services.send_back(draft, by=four[2], remarks="请复审核对数字", to=2)
    assert waiting(draft) == (Publication.SUBMITTED, S, 3)
    assert draft.signer_ids == [four[0].pk]
    assert "只能退回到前面" in said(services.send_back, draft, by=four[3], remarks="不", to=2)
    services.agree(draft, by=four[1])
    services.agree(draft, by=four[2], secrecy_cleared=True)
    services.approve(draft, by=four[3])
    assert waiting(draft)[0] == Publication.PUBLISHED


def test_who_is_appointed_does_the_step_or_the_deputy_of_the_day(draft, clerk, four, people):
    services.appoint(agency=draft.agency, level=F, user=four[0], by=people.office)
    draft = services.submit(draft, by=clerk)
    assert [rules.can_sign(person, draft) for person in four] == [True, False, False, False]
    assert "初审由" in said(services.agree, draft, by=four[1])
    today = timezone.localdate()
    services.appoint_deputy(
        user=four[0], deputy=four[2], first_day=today, last_day=today, reason="出差", by=people.office
    )
    services.appoint_deputy(
        user=four[0],
        deputy=four[3],
        first_day=today + timedelta(days=1),
        last_day=today + timedelta(days=5),
        reason="",
        by=four[0],
    )
    assert [rules.can_sign(person, draft) for person in four] == [True, False, True, False]
    services.agree(draft, by=four[2])
    step = draft.steps.get(level=F)
    assert (step.by, step.for_user) == (four[2], four[0])


def test_a_unit_of_two_people_goes_its_own_lawful_way(draft, clerk, four, people):
    services.keep_route(agency=draft.agency, lane=Lane.ORDINARY, levels=[L], days=1, by=people.office)
    services.submit(draft, by=clerk)
    assert waiting(draft) == (Publication.SUBMITTED, L, 1)
    assert services.approve(draft, by=four[0], secrecy_cleared=True).status == Publication.PUBLISHED


def test_routes_that_cannot_be(people, bureau):
    office = people.office
    for agency, lane, levels, words in (
        (None, Lane.POLICY, [F, S, L], "须有保密审查一步"),
        (bureau, Lane.ORDINARY, [F, S], "以终审签发结束"),
        (bureau, Lane.ORDINARY, [L, L], "不能写两次"),
    ):
        assert words in said(services.keep_route, agency=agency, lane=lane, levels=levels, days=2, by=office)
    assert "由县政府办公室" in said(
        services.keep_route, agency=bureau, lane=Lane.NOTICE, levels=[L], days=2, by=people.reviewer
    )
    county = ReviewRoute.objects.get(agency=None, lane=Lane.POLICY)
    assert "不能删除" in said(services.drop_route, route=county, by=office)


def signed_for(draft, clerk, four, minute):
    services.update_document(draft, by=clerk, is_notice=True)
    services.submit(draft, by=clerk, now=NOW)
    return services.schedule(draft, publish_at=minute, by=four[0], secrecy_cleared=True, now=NOW)


def test_signed_now_and_public_at_its_minute(draft, clerk, four):
    minute = NOW + timedelta(hours=5)
    signed_for(draft, clerk, four, minute)
    assert waiting(draft)[0] == Publication.SCHEDULED
    assert not Document.objects.published().exists()
    assert services.release_due(now=minute - timedelta(seconds=1)) == 0
    assert services.release_due(now=minute + timedelta(seconds=20)) == 1
    draft.refresh_from_db()
    assert (draft.status, draft.published_at) == (Publication.PUBLISHED, minute + timedelta(seconds=20))
    assert (draft.approved_by, draft.approved_at, draft.publish_at) == (four[0], NOW, None)
    assert services.release_due(now=minute + timedelta(days=1)) == 0


def test_whoever_signs_for_a_minute_is_told_which(client, draft, clerk, four):
    services.update_document(draft, by=clerk, is_notice=True)
    services.submit(draft, by=clerk)
    client.force_login(four[0])
    address = f"/admin/disclosure/document/{draft.pk}/move/schedule/"
    assert "请选公开的日期和时间" in client.post(address, {"secrecy_cleared": "on"}).content.decode()
    data = {"secrecy_cleared": "on", "publish_at": "2099-03-02T09:05"}
    assert "已签发，定时公开（2099-03-02 09:05）" in client.post(address, data, follow=True).content.decode()


def test_what_may_not_go_out_by_then_waits_and_says_why(client, draft, clerk, four):
    signed_for(draft, clerk, four, NOW + timedelta(hours=5))
    type(draft.agency).objects.filter(pk=draft.agency_id).update(credit_code="")
    assert services.release_due(now=NOW + timedelta(hours=6)) == 0
    draft.refresh_from_db()
    assert draft.status == Publication.SCHEDULED
    assert "到时没有公开" in draft.remarks
    # The clerk and the reviewer hear of it; once it is mended it goes out by itself.
    for person in (clerk, four[0]):
        client.force_login(person)
        page = client.get("/admin/").content.decode()
        assert "到时没有公开的文件" in page
        assert "一两分钟内自动公开" in page
    page = client.get(f"/admin/disclosure/document/{draft.pk}/history/").content.decode()
    assert "系统 · 到时没有公开" in page


def test_on_hold_it_is_a_draft_again(draft, clerk, four):
    signed_for(draft, clerk, four, NOW + timedelta(hours=5))
    assert "不能修改" in said(services.update_document, draft, by=clerk, title="改")
    services.hold(draft, by=clerk, remarks="数字有误")
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by, draft.publish_at) == (Publication.DRAFT, None, None)
    assert services.release_due(now=NOW + timedelta(hours=6)) == 0


def test_a_minute_that_has_passed_is_no_appointment(draft, clerk, four):
    services.update_document(draft, by=clerk, is_notice=True)
    services.submit(draft, by=clerk, now=NOW)
    assert "已经过了" in said(
        services.schedule, draft, publish_at=NOW, by=four[0], secrecy_cleared=True, now=NOW
    )


def test_the_queue_holds_exactly_what_the_rule_allows(people, four, bureau, clerk):
    """`waiting_for` is `can_sign` for many rows: own hands, signatures, posts, deputies, villages."""
    village = AgencyFactory(code="minzheng-cun", parent=people.minzheng, kind=AgencyKind.VILLAGE)
    today = timezone.localdate()
    services.appoint(agency=people.minzheng, level=L, user=people.reviewer, by=people.office)
    services.appoint(agency=bureau, level=C, user=four[1], by=people.office)
    services.appoint_deputy(
        user=four[1], deputy=four[2], first_day=today, last_day=today, reason="", by=people.office
    )
    services.appoint_deputy(
        user=people.reviewer, deputy=people.both, first_day=today, last_day=today, reason="", by=people.office
    )
    papers = []
    for agency, by in (
        (people.minzheng, people.clerk),
        (village, people.both),
        (bureau, clerk),
        (bureau, clerk),
    ):
        paper = DocumentFactory(agency=agency, created_by=by, topic=TopicFactory())
        papers.append(services.submit(paper, by=by))
    services.agree(papers[-1], by=four[0])
    everyone = [*four, people.reviewer, people.both, people.office, people.foreign_reviewer]
    for person in everyone:
        queue = set(Document.objects.waiting_for(person, today))
        fresh = [Document.objects.select_related("agency").get(pk=paper.pk) for paper in papers]
        assert queue == {paper for paper in fresh if rules.can_sign(person, paper)}, person
    assert set(Document.objects.waiting_for(people.both, today)) == {papers[0]}
    assert set(Document.objects.waiting_for(people.reviewer, today)) == {papers[0], papers[1]}
    assert set(Document.objects.waiting_for(four[2], today)) == {papers[2], papers[3]}


def test_by_buttons_with_returns_and_a_minute(client, draft, clerk, four):
    def go(person, move, **data):
        client.force_login(person)
        return client.post(f"/admin/disclosure/document/{draft.pk}/move/{move}/", data)

    assert go(clerk, "submit").status_code == 302
    client.force_login(four[0])
    page = client.get(f"/admin/disclosure/document/{draft.pk}/change/").content.decode()
    assert "初审同意" in page
    assert "签发并公开" not in page
    assert go(four[0], "agree", remarks="好").status_code == 302
    assert "请先作保密审查" in go(four[1], "agree").content.decode()
    assert go(four[1], "agree", secrecy_cleared="on").status_code == 302
    assert "审核人" not in go(four[2], "send_back", to="1", remarks="重核").headers.get("Location", "")
    assert waiting(draft) == (Publication.SUBMITTED, F, 3)
    page = client.get(f"/admin/disclosure/document/{draft.pk}/change/").content.decode()
    assert "同意（后来退回，须重新办理）" in page
    for person, data in ((four[0], {}), (four[1], {"secrecy_cleared": "on"})):
        go(person, "agree", **data)
    assert "已经过了" in go(four[2], "schedule", publish_at="2020-01-01T09:00").content.decode()
    minute = timezone.localtime() + timedelta(days=1)
    assert go(four[2], "schedule", publish_at=f"{minute:%Y-%m-%dT%H:%M}").status_code == 302
    assert waiting(draft)[0] == Publication.SCHEDULED
    assert go(clerk, "hold", remarks="等通知").status_code == 302
    assert waiting(draft)[0] == Publication.DRAFT


@pytest.mark.parametrize("model", ["reviewroute", "reviewpost", "deputy"])
def test_who_arranges_review(client, people, model):
    for who, status in (("office", 200), ("administrator", 200), ("reviewer", 403), ("clerk", 403)):
        client.force_login(getattr(people, who))
        assert client.get(f"/admin/disclosure/{model}/").status_code == status
        assert client.get(f"/admin/disclosure/{model}/add/").status_code == status


def test_routes_posts_and_deputies_by_forms(client, people):
    client.force_login(people.office)
    add = "/admin/disclosure/{}/add/"
    data = {"agency": people.nongye.pk, "lane": "notice", "step1": "first", "step2": "", "days": "1"}
    ReviewRoute.objects.filter(agency=people.nongye).delete()
    answer = client.post(add.format("reviewroute"), data)
    assert "以终审签发结束" in answer.content.decode()
    assert client.post(add.format("reviewroute"), {**data, "step2": "final"}).status_code == 302
    route = ReviewRoute.objects.get(agency=people.nongye)
    assert (route.levels, route.days) == (["first", "final"], 1)
    change = f"/admin/disclosure/reviewroute/{route.pk}/change/"
    assert client.post(change, {"step1": "final", "days": "3"}).status_code == 302
    route.refresh_from_db()
    assert (route.levels, route.days, route.lane) == (["final"], 3, "notice")
    post = {"agency": people.minzheng.pk, "level": "final", "user": people.reviewer.pk}
    assert client.post(add.format("reviewpost"), post).status_code == 302
    assert "审核岗位" in client.post(add.format("reviewpost"), post).content.decode()
    days = {"first_day": "2026-03-02", "last_day": "2026-03-01", "reason": "出差"}
    pair = {"user": people.reviewer.pk, "deputy": people.both.pk}
    assert "不能早于" in client.post(add.format("deputy"), {**pair, **days}).content.decode()
    assert client.post(add.format("deputy"), {**pair, **days, "last_day": "2026-03-09"}).status_code == 302
    row = people.reviewer.deputies.get()
    assert client.post(f"/admin/disclosure/deputy/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not people.reviewer.deputies.exists()
