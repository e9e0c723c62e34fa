"""Dynamic adjustment (动态调整): who proposes, passes, approves; when it is written; what stops it."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog import rules, services, tasks
from catalog.adjusting import as_values, from_values
from catalog.drafts import ChannelUse, Draft
from catalog.history import items_on, versions_of
from catalog.layouts import FileLayout, LayoutColumn, from_json
from catalog.models import Adjustment, CatalogLayout, Field, Item
from catalog.services import draft_of
from catalog.states import ADJUSTMENT_MOVES, AdjustmentState, LineAction
from tests.factories import AgencyFactory, ItemFactory, OfficeUserFactory, ReviewerFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
STATES = list(AdjustmentState)


def day(n):
    return TODAY + timedelta(days=n)


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


@pytest.fixture
def item(people, field):
    return ItemFactory(
        agency=people.minzheng,
        field=field,
        code="shehui-jiuzhu-00001",
        position=1,
        content="旧",
        telephone="1",
        in_force_from=day(-30),
    )


@pytest.fixture
def lead(people, field):
    """The field is led by 农业农村局, with a reviewer of its own."""
    field.lead_agency = people.nongye
    field.save()
    return ReviewerFactory(username="qiantou", agency=people.nongye)


def changed(item, **values):
    draft = draft_of(item)
    for name, value in values.items():
        setattr(draft, name, value)
    return draft


def propose(people, item, by=None, **values):
    return services.propose(
        agency=people.minzheng,
        title="调整低保事项",
        reason="国办发〔2026〕1号",
        lines=[services.line_changing(item, changed(item, **(values or {"content": "新"})))],
        by=by or people.clerk,
    )


def approve(people, adjustment, on=TODAY, by=None, **other):
    return services.approve(adjustment=adjustment, in_force_on=on, by=by or people.office, **other)


def state_of(adjustment):
    return Adjustment.objects.get(pk=adjustment.pk).state


# Who and when


def test_without_a_lead_agency_it_waits_for_the_office_and_is_written_when_approved(people, item):
    adjustment = propose(people, item)
    assert adjustment.state == AdjustmentState.PASSED
    assert Item.objects.get().content == "旧"
    approve(people, adjustment)
    stored = Item.objects.get()
    assert (stored.content, stored.version, stored.in_force_from) == ("新", 2, TODAY)
    assert (stored.change_reason, stored.changed_by) == ("国办发〔2026〕1号", people.clerk)
    fresh = Adjustment.objects.get()
    assert (fresh.state, fresh.decided_by) == (AdjustmentState.APPLIED, people.office)
    assert fresh.applied_at is not None
    version = versions_of(stored)[0]
    assert (version.author, version.approver) == (str(people.clerk), str(people.office))


def test_the_lead_agency_of_the_field_passes_it_first(people, item, lead):
    adjustment = propose(people, item)
    assert adjustment.state == AdjustmentState.PROPOSED
    with pytest.raises(services.NotAllowed):
        approve(people, adjustment)
    for other in (people.clerk, people.reviewer, people.stranger):
        with pytest.raises(services.NotAllowed):
            services.pass_on(adjustment=adjustment, by=other)
    services.pass_on(adjustment=adjustment, by=lead)
    fresh = Adjustment.objects.get()
    assert (fresh.state, fresh.passed_by) == (AdjustmentState.PASSED, lead)
    approve(people, adjustment)
    assert Item.objects.get().content == "新"


def test_the_lead_agency_needs_nobody_to_pass_its_own(people, item, field):
    field.lead_agency = people.minzheng
    field.save()
    assert propose(people, item).state == AdjustmentState.PASSED


def test_fields_of_several_lead_agencies_are_proposed_one_by_one(people, item, lead):
    other = Field.objects.get(slug="jiuye")
    other.lead_agency = AgencyFactory(code="renshe")
    other.save()
    second = ItemFactory(agency=people.minzheng, field=other)
    lines = [services.line_retiring(item), services.line_retiring(second)]
    with pytest.raises(services.NotAllowed, match="分开提出"):
        services.propose(agency=people.minzheng, title="停", reason="停", lines=lines, by=people.clerk)


def test_nobody_approves_the_own_proposal(people, item):
    adjustment = propose(people, item, by=people.office)
    with pytest.raises(services.NotAllowed, match="另一位同事"):
        approve(people, adjustment)
    approve(people, adjustment, by=OfficeUserFactory(username="lingyiwei"))
    assert Item.objects.get().content == "新"


@pytest.mark.parametrize("who", ["reviewer", "stranger"])
def test_who_may_not_propose(people, item, who):
    with pytest.raises(services.NotAllowed, match="本单位"):
        propose(people, item, by=getattr(people, who))
    assert Adjustment.objects.count() == 0


def test_a_proposal_needs_a_reason_and_an_item_in_force(people, item):
    with pytest.raises(services.NotAllowed, match="调整理由"):
        services.propose(
            agency=people.minzheng,
            title="停",
            reason=" ",
            lines=[services.line_retiring(item)],
            by=people.clerk,
        )
    with pytest.raises(services.NotAllowed, match="没有改动"):
        services.propose(agency=people.minzheng, title="停", reason="停", lines=[], by=people.clerk)
    services.retire_item(item=item, reason="停", by=people.office)
    with pytest.raises(services.NotAllowed, match="已经停用"):
        propose(people, item)


def _sides(people, lead, adjustment):
    """What each may do now."""
    moves = {"pass": rules.can_pass, "approve": rules.can_approve, "reject": rules.can_reject}
    moves["recall"] = rules.can_recall
    users = {"clerk": people.clerk, "lead": lead, "office": people.office, "stranger": people.stranger}
    return {
        who: {name for name, rule in moves.items() if rule(user, adjustment)} for who, user in users.items()
    }


@pytest.mark.parametrize("state", STATES)
def test_what_each_may_do_in_each_state(people, item, lead, state):
    adjustment = propose(people, item)
    adjustment.state = state
    waiting = {AdjustmentState.PROPOSED, AdjustmentState.PASSED, AdjustmentState.APPROVED}
    assert _sides(people, lead, adjustment) == {
        "clerk": {"recall"} if state in waiting else set(),
        "lead": {"pass", "reject"} if state == AdjustmentState.PROPOSED else set(),
        "office": {
            AdjustmentState.PROPOSED: {"pass", "reject"},
            AdjustmentState.PASSED: {"approve", "reject"},
            AdjustmentState.APPROVED: {"reject"},
        }.get(state, set()),
        "stranger": set(),
    }
    for moves in _sides(people, lead, adjustment).values():
        assert all(state in ADJUSTMENT_MOVES[name].sources for name in moves)


def test_declined_and_recalled_ones_change_nothing(people, item):
    first, second = propose(people, item), propose(people, item)
    with pytest.raises(services.NotAllowed, match="理由"):
        services.reject(adjustment=first, remarks="", by=people.office)
    services.reject(adjustment=first, remarks="依据不足", by=people.office)
    assert Adjustment.objects.get(pk=first.pk).remarks == "依据不足"
    with pytest.raises(services.NotAllowed, match="收回"):
        services.recall(adjustment=second, by=people.stranger)
    services.recall(adjustment=second, by=people.clerk)
    assert {state_of(first), state_of(second)} == {AdjustmentState.REJECTED, AdjustmentState.RECALLED}
    for adjustment in (first, second):
        with pytest.raises(services.NotAllowed, match="刷新页面"):
            approve(people, adjustment)
    assert Item.objects.get().version == 1


def test_who_sees_it(people, item, lead):
    adjustment = propose(people, item)
    nobody = UserFactory(agency=AgencyFactory(code="shuiwu"))
    seen = {
        user.username
        for user in (people.clerk, people.reviewer, people.stranger, lead, people.office, nobody)
        if Adjustment.objects.in_scope_of(user).filter(pk=adjustment.pk).exists()
    }
    assert seen == {"jingban", "shenhe", "waidan", "qiantou", "zhengfuban"}
    assert [*Adjustment.objects.waiting_for_lead(lead)] == [adjustment]
    assert not Adjustment.objects.waiting_for_lead(people.reviewer).exists()
    assert not Adjustment.objects.waiting_for_approval(people.office).exists()
    services.pass_on(adjustment=adjustment, by=lead)
    assert [*Adjustment.objects.waiting_for_approval(people.office)] == [adjustment]
    assert [*Adjustment.objects.proposed_and_waiting(people.clerk)] == [adjustment]


# The day in force


def test_approved_for_a_later_day_it_is_written_on_that_day_once(people, item):
    adjustment = propose(people, item)
    approve(people, adjustment, on=day(3))
    assert state_of(adjustment) == AdjustmentState.APPROVED
    assert services.apply_due(now=timezone.now() + timedelta(days=2)) == 0
    assert Item.objects.get().content == "旧"
    later = timezone.now() + timedelta(days=4)
    assert [services.apply_due(now=later), services.apply_due(now=later)] == [1, 0]
    stored = Item.objects.get()
    assert (stored.content, stored.version, stored.in_force_from) == ("新", 2, day(3))


def test_the_hourly_job_writes_what_is_due(people, item):
    adjustment = propose(people, item)
    approve(people, adjustment, on=day(1))
    Adjustment.objects.filter(pk=adjustment.pk).update(in_force_on=TODAY)
    tasks.apply_due_adjustments(0)
    assert state_of(adjustment) == AdjustmentState.APPLIED


def test_a_day_in_the_past_but_not_before_the_present_version(people, item):
    adjustment = propose(people, item)
    with pytest.raises(services.NotAllowed, match=f"请填{day(-30):%Y-%m-%d}或以后"):
        approve(people, adjustment, on=day(-31))
    approve(people, adjustment, on=day(-10))
    assert {row.content for row in items_on(day(-11))} == {"旧"}
    assert {row.content for row in items_on(day(-10))} == {"新"}


# Conflicts


def test_an_item_that_changed_meanwhile_stops_the_approval(people, item):
    adjustment = propose(people, item)
    services.change_item(item=item, draft=changed(item, content="别人改的"), reason="改", by=people.office)
    with pytest.raises(services.NotAllowed, match=r"shehui-jiuzhu-00001.*重新提出"):
        approve(people, adjustment)
    assert (Item.objects.get().content, state_of(adjustment)) == ("别人改的", AdjustmentState.PASSED)


def test_an_item_that_changed_after_the_approval_stops_the_writing_and_says_so(people, item):
    adjustment = propose(people, item)
    approve(people, adjustment, on=day(1))
    services.change_item(item=item, draft=changed(item, content="别人改的"), reason="改", by=people.office)
    later = timezone.now() + timedelta(days=2)
    assert services.apply_due(now=later) == 0
    fresh = Adjustment.objects.get()
    assert fresh.state == AdjustmentState.APPROVED
    assert "到期没有写入" in fresh.remarks
    assert Item.objects.get().content == "别人改的"
    assert [*Adjustment.objects.stuck(people.office, day(2))] == [adjustment]
    services.reject(adjustment=adjustment, remarks="请重新提出", by=people.office)
    assert services.apply_due(now=later) == 0


def test_what_is_the_agencys_own_business_is_no_conflict(people, item):
    adjustment = propose(people, item)
    services.set_own_particulars(item=item, values={"telephone": "2"}, by=people.clerk)
    approve(people, adjustment)
    stored = Item.objects.get()
    assert (stored.content, stored.telephone, stored.version) == ("新", "2", 3)


def test_one_conflict_stops_all_of_it(people, item, field):
    second = ItemFactory(agency=people.minzheng, field=field, content="旧")
    lines = [services.line_changing(one, changed(one, content="新")) for one in (item, second)]
    adjustment = services.propose(
        agency=people.minzheng, title="两项", reason="两项", lines=lines, by=people.clerk
    )
    services.retire_item(item=second, reason="停", by=people.office)
    with pytest.raises(services.NotAllowed):
        approve(people, adjustment)
    assert set(Item.objects.values_list("content", flat=True)) == {"旧"}


# What is written


def test_added_changed_and_retired_in_one_entry_of_the_history(people, item, field):
    leaving = ItemFactory(agency=people.minzheng, field=field, position=2)
    field.last_item_number = 7
    field.save()
    new = Draft(levels=["低保", "救助指南"], content="条件", time_limit="20个工作日", subject="民政局")
    lines = [
        services.line_changing(item, changed(item, content="新", basis="《社会救助暂行办法》")),
        services.line_adding(
            people.minzheng, field, new, {"stage": "service", "responsible_office": "救助股"}
        ),
        services.line_retiring(leaving),
    ]
    adjustment = services.propose(
        agency=people.minzheng, title="三项", reason="国办发〔2026〕1号", lines=lines, by=people.clerk
    )
    events = Item.pgh_event_model.objects
    before = events.count()
    approve(people, adjustment)
    added = Item.objects.get(code="shehui-jiuzhu-00008")
    assert (added.levels, added.stage, added.responsible_office) == (
        ["低保", "救助指南"],
        "service",
        "救助股",
    )
    assert (added.version, added.in_force_from, added.changed_by) == (1, TODAY, people.clerk)
    assert added.position > item.position
    assert added.time_limit_parsed["n"] == 20
    assert Item.objects.get(pk=item.pk).bases.count() == 1
    assert Item.objects.get(pk=leaving.pk).retired_on == TODAY
    written = list(events.order_by("pgh_id")[before:])
    assert len(written) == 3
    assert len({event.pgh_context_id for event in written}) == 1
    metadata = written[0].pgh_context.metadata
    assert (metadata["action"], metadata["adjustment"]) == ("adjust", adjustment.pk)
    assert adjustment.lines.get(action=LineAction.ADD).item == added


def test_an_import_is_proposed_and_written_in_the_order_of_the_file(people, field):
    a, b, c = (
        ItemFactory(
            agency=people.minzheng,
            field=field,
            position=n,
            levels=[name],
            content=name,
            in_force_from=day(-9),
        )
        for n, name in enumerate(["救助政策", "办事流程", "资金公示"], start=1)
    )
    rows = [
        Draft(levels=[name], content=content, field_slug=field.slug)
        for name, content in (
            ("机构名录", "新一"),
            ("救助政策", "改了"),
            ("价格标准", "新二"),
            ("办事流程", "办事流程"),
        )
    ]
    plan = services.plan_catalog(drafts=rows, agency=people.minzheng, by=people.clerk)
    (adjustment,) = services.propose_import(
        plan=plan,
        retire=[c.pk],
        agency=people.minzheng,
        by=people.clerk,
        file_name="目录.xlsx",
        reason="修订",
    )
    actions = sorted(adjustment.lines.values_list("action", flat=True))
    assert (adjustment.state, actions) == (
        AdjustmentState.PASSED,
        ["add", "add", "change", "change", "retire"],
    )
    assert Item.objects.count() == 3
    approve(people, adjustment)
    in_force = Item.objects.in_force().order_by("position")
    assert [item.levels[-1] for item in in_force] == ["机构名录", "救助政策", "价格标准", "办事流程"]
    assert [Item.objects.get(pk=one.pk).content for one in (a, b)] == ["改了", "办事流程"]
    assert Item.objects.get(pk=c.pk).retired_on == TODAY


def test_an_import_over_several_lead_agencies_becomes_several_adjustments(people, field, lead):
    rows = [
        Draft(levels=["低保", "甲"], field_slug=field.slug),
        Draft(levels=["就业", "乙"], field_slug="jiuye"),
    ]
    plan = services.plan_catalog(drafts=rows, agency=people.minzheng, by=people.clerk)
    proposed = services.propose_import(
        plan=plan, retire=[], agency=people.minzheng, by=people.clerk, file_name="目录.xlsx", reason="修订"
    )
    found = {row.state: row.lines.get().field.slug for row in proposed}
    assert found == {AdjustmentState.PASSED: "jiuye", AdjustmentState.PROPOSED: field.slug}


def test_the_columns_of_a_proposed_file_are_kept_once_it_is_written(people, field):
    rows = [Draft(levels=["低保", "甲"], field_slug=field.slug)]
    columns = (
        LayoutColumn("level", "公开事项"),
        LayoutColumn("audience", "公开对象", "特定群众", "特定群众"),
    )
    layouts = [FileLayout(field.slug, "", columns, "required")]
    plan = services.plan_catalog(drafts=rows, agency=people.minzheng, by=people.clerk, layouts=layouts)
    (adjustment,) = services.propose_import(
        plan=plan, retire=[], agency=people.minzheng, by=people.clerk, file_name="目录.xlsx", reason="修订"
    )
    assert not CatalogLayout.objects.exists()
    approve(people, adjustment)
    kept = CatalogLayout.objects.get(agency=people.minzheng, field=field)
    assert (from_json(kept.columns), kept.marks) == (columns, "required")


def test_writing_costs_a_bounded_number_of_queries(people, field):
    def cost(n):
        items = [ItemFactory(agency=people.minzheng, field=field) for _ in range(n)]
        lines = [services.line_changing(one, changed(one, content="新")) for one in items]
        lines += [services.line_adding(people.minzheng, field, Draft(levels=["新"])) for _ in range(n)]
        adjustment = services.propose(
            agency=people.minzheng, title="批量", reason="批量", lines=lines, by=people.clerk
        )
        with CaptureQueriesContext(connection) as queries:
            approve(people, adjustment)
        return len(queries)

    cost(1)
    assert cost(1) == cost(6)


TEXT = st.text(max_size=20)
CHANNELS = st.none() | st.lists(
    st.builds(ChannelUse, TEXT, st.sampled_from(["required", "optional", "unused"])), max_size=3
)


@given(
    draft=st.builds(
        Draft,
        levels=st.lists(TEXT, min_size=1, max_size=4),
        content=TEXT,
        serial=st.none() | TEXT,
        channels=CHANNELS,
        audience=st.none() | st.lists(TEXT, max_size=2),
        tiers=st.none() | st.lists(TEXT, max_size=2),
        telephone=TEXT,
        extra=st.dictionaries(TEXT, TEXT, max_size=2),
    )
)
def test_values_bring_back_the_draft(draft):
    stored = json.loads(json.dumps(as_values(draft)))
    assert from_values(stored) == draft
    kept = from_values(as_values(draft, without=frozenset({"telephone"})), Draft(levels=[], telephone="9"))
    assert (kept.telephone, kept.content) == ("9", draft.content)
