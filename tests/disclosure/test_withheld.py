"""备案 and 年度复核: what stays in is filed by three people, looked at every year, and only ever opened."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from catalog.time_limits import parse_time_limit
from disclosure import services
from disclosure.coverage import Paper, Standing, assess
from disclosure.models import Coverage, Document, Recheck, Withholding
from disclosure.register_querysets import unfiled
from disclosure.register_states import NO_SECRETS, FilingState, RecheckResult, year_after
from disclosure.states import Ground, Openness, Publication
from tests.factories import SHANGHAI, DocumentFactory, ItemFactory, TopicFactory
from workdays.models import DayOverride, load_calendar

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
LATER = datetime(2027, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def withheld(people):
    """A draft of 民政局 that is 不予公开."""
    return services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="关于机关后勤用房调整的通知",
        openness=Openness.WITHHELD,
        openness_ground=Ground.INTERNAL,
        openness_reason="后勤管理",
        topic=TopicFactory(),
    )


@pytest.fixture
def filed(withheld, people):
    """The same, on file since 2026-03-02."""
    services.submit_filing(withheld, by=people.clerk, now=MARCH)
    services.confirm_filing(withheld, by=people.reviewer, now=MARCH)
    services.accept_filing(withheld, by=people.office, now=MARCH)
    return Document.objects.get(pk=withheld.pk)


def refused(match, act, *args, **kwargs):
    with pytest.raises(services.NotAllowed, match=match):
        act(*args, **kwargs)


def database_refuses(match, act):
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        act()


def test_three_people_and_it_is_on_file(filed, people):
    row = filed.withholding
    assert (row.state, row.filed_openness) == (FilingState.FILED, Openness.WITHHELD)
    assert (row.submitted_by, row.confirmed_by, row.filed_by) == (
        people.clerk,
        people.reviewer,
        people.office,
    )
    assert row.next_check_on == date(2027, 3, 2)
    assert not unfiled(Document.objects.all()).exists()


def test_nobody_does_two_of_the_steps(withheld, people):
    assert unfiled(Document.objects.all()).get() == withheld
    services.submit_filing(withheld, by=people.both)
    refused("不同的人", services.confirm_filing, withheld, by=people.both)
    refused("您的角色不能", services.confirm_filing, withheld, by=people.colleague)
    refused("管理范围", services.confirm_filing, withheld, by=people.foreign_reviewer)
    assert not Withholding.objects.to_confirm(people.both).exists()
    services.confirm_filing(withheld, by=people.office)
    refused("不同的人", services.accept_filing, withheld, by=people.office)
    refused("您的角色不能", services.accept_filing, withheld, by=people.reviewer)
    assert not Withholding.objects.to_accept(people.office).exists()
    rows = Withholding.objects.filter(document=withheld)
    database_refuses("three_people", lambda: rows.update(confirmed_by=people.both))
    database_refuses("filed_by_whom", lambda: rows.update(state="filed", next_check_on=date(2027, 1, 1)))


def test_returned_with_remarks_changed_and_filed_again(withheld, people):
    services.submit_filing(withheld, by=people.clerk)
    refused("不能修改", services.update_document, withheld, by=people.clerk, title="另一个标题")
    refused("收回或退回", services.delete_draft, withheld, by=people.clerk)
    refused("退回意见", services.return_filing, withheld, by=people.reviewer, remarks=" ")
    services.return_filing(withheld, by=people.reviewer, remarks="属于过程性信息，请改依据。")
    services.update_document(withheld, by=people.clerk, openness_ground=Ground.PROCESS)
    row = services.submit_filing(withheld, by=people.clerk)
    assert (row.state, row.remarks) == (FilingState.SUBMITTED, "")
    refused("只有报备人", services.recall_filing, withheld, by=people.colleague)
    services.recall_filing(withheld, by=people.clerk)
    services.update_document(withheld, by=people.clerk, openness="proactive", openness_ground="")


def test_only_what_stays_in_is_filed(people):
    public = DocumentFactory(agency=people.minzheng, openness=Openness.PROACTIVE)
    refused("只有依申请公开、不予公开", services.submit_filing, public, by=people.clerk)


def test_it_stays_for_another_year_with_a_reason(filed, people):
    assert Withholding.objects.to_recheck(date(2027, 3, 1)).count() == 0
    assert Withholding.objects.to_recheck(date(2027, 3, 2)).count() == 1
    refused("理由", services.recheck, filed, by=people.clerk, result=RecheckResult.MAINTAIN, reason=" ")
    services.recheck(
        filed, by=people.clerk, result=RecheckResult.MAINTAIN, reason="仍是内部事务。", now=LATER
    )
    filed = Document.objects.get(pk=filed.pk)
    assert filed.withholding.next_check_on == date(2028, 3, 2)
    assert filed.openness == Openness.WITHHELD
    written = Recheck.objects.get()
    assert (written.by, written.at, written.due_on) == (people.clerk, LATER, date(2027, 3, 2))


def test_opened_it_is_due_within_twenty_working_days_and_never_shut_again(filed, people):
    refused(
        "管理范围", services.recheck, filed, by=people.stranger, result=RecheckResult.PROACTIVE, reason="x"
    )
    services.recheck(filed, by=people.clerk, result=RecheckResult.ON_REQUEST, reason="可以提供。", now=MARCH)
    filed = Document.objects.get(pk=filed.pk)
    assert (filed.openness, filed.withholding.state) == (Openness.ON_REQUEST, FilingState.FILED)
    refused(
        "不能改为更不公开",
        services.recheck,
        filed,
        by=people.clerk,
        result=RecheckResult.ON_REQUEST,
        reason="x",
    )
    services.recheck(filed, by=people.colleague, result=RecheckResult.PROACTIVE, reason="可公开。", now=MARCH)
    opened = Document.objects.get(pk=filed.pk)
    row = opened.withholding
    assert (opened.openness, opened.openness_ground) == (Openness.PROACTIVE, "")
    assert people.colleague.pk in opened.editor_ids
    assert (row.publish_due_on, row.publish_due_provisional) == (date(2026, 3, 30), False)
    assert Withholding.objects.to_publish().get() == row
    refused(
        "不能再改回去",
        services.update_document,
        opened,
        by=people.clerk,
        openness="withheld",
        openness_ground="E16a",
        openness_reason="反悔",
    )
    Document.objects.filter(pk=opened.pk).update(
        status=Publication.WITHDRAWN,
        published_at=MARCH,
        published_on="2026-03-02",
        withdrawn_at=MARCH,
        withdrawn_reason="旧",
    )
    assert not Withholding.objects.to_publish().exists()


def test_under_its_item_too_the_clock_runs_from_the_decision(filed, people):
    """条例 26条 from the day that it was opened; its 成文日期 lies a year back and makes nothing late."""
    limit = "自信息形成之日起7个工作日内"
    item = ItemFactory(agency=people.minzheng, time_limit=limit)
    Document.objects.filter(pk=filed.pk).update(written_on=date(2025, 12, 1))
    filed.items.add(item)
    services.recheck(filed, by=people.clerk, result=RecheckResult.PROACTIVE, reason="可公开。", now=MARCH)
    services.recompute_coverage([item.pk], now=MARCH)
    coverage = Coverage.objects.get(item=item)
    assert (coverage.next_due_on, coverage.state) == (date(2026, 3, 30), "never_published")
    assert "有 2026-03-02 转为主动公开的文件还没有公开：请在 2026-03-30 前公开。" in coverage.reason
    for opened_on, late in ((None, 1), (MARCH.date(), 0)):
        paper = Paper(True, date(2025, 12, 1), date(2026, 3, 20), opened_on)
        standing = Standing(parse_time_limit(limit), date(2025, 1, 1), [paper])
        found = assess(standing, today=date(2026, 4, 1), calendar=load_calendar())
        assert found.late == late


def test_a_year_without_a_calendar_is_provisional_until_it_comes(filed, people):
    december = datetime(2026, 12, 20, 9, 0, tzinfo=SHANGHAI)
    services.recheck(filed, by=people.clerk, result=RecheckResult.PROACTIVE, reason="可公开。", now=december)
    row = Withholding.objects.get()
    assert (row.publish_due_on, row.publish_due_provisional) == (date(2027, 1, 15), True)
    assert services.refresh_publish_due() == 0
    DayOverride.objects.create(date=date(2027, 1, 4), is_work=False, name="雪灾", basis="县政府决定")
    assert services.refresh_publish_due() == 1
    assert Withholding.objects.get().publish_due_on == date(2027, 1, 18)


def test_the_database_lets_nothing_shut_again(filed, people):
    documents, rows = Document.objects.filter(pk=filed.pk), Withholding.objects.filter(document=filed)
    database_refuses("只能随备案和复核变动", lambda: documents.update(openness="proactive"))
    database_refuses("依据和理由", lambda: documents.update(openness_reason="换一个理由"))
    database_refuses("不得删除", lambda: rows.delete())
    database_refuses("只能向公开的方向", lambda: rows.update(state="recalled", confirmed_by=None))
    services.recheck(filed, by=people.clerk, result=RecheckResult.ON_REQUEST, reason="可以提供。")
    database_refuses("只能向公开的方向", lambda: rows.update(openness="withheld"))
    database_refuses("只能随备案和复核变动", lambda: documents.update(openness="withheld"))
    database_refuses("不得更改", lambda: Recheck.objects.update(reason="改写"))
    database_refuses(
        "towards_openness",
        lambda: Recheck.objects.create(
            withholding=rows.get(),
            due_on=date(2027, 3, 2),
            result="maintain",
            before="on_request",
            after="withheld",
            reason="x",
            by=people.clerk,
            at=MARCH,
        ),
    )


def test_secret_content_is_never_stored(people):
    refused(
        NO_SECRETS,
        services.create_document,
        by=people.clerk,
        agency=people.minzheng,
        title="某涉密事项",
        openness=Openness.WITHHELD,
        openness_ground=Ground.STATE_SECRET,
        openness_reason="国家秘密",
    )
    assert not Document.objects.exists()
    document = DocumentFactory(agency=people.minzheng)
    database_refuses(
        "never_secret", lambda: Document.objects.filter(pk=document.pk).update(openness_ground="E14a")
    )


@pytest.mark.parametrize(
    ("day", "next_year"),
    [(date(2026, 3, 2), date(2027, 3, 2)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_a_year_ends_on_the_same_day_or_the_last_of_the_month(day, next_year):
    assert year_after(day) == next_year
