"""紧急下线: who may, what goes with it, who decides, what the database holds fast, and the back office."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.roles import DUTY
from disclosure import rules, services
from disclosure.models import Document
from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services as explaining
from interpretation.exchange import import_archive
from portal.work_queue import queue_for
from tests.factories import (
    DocumentFactory,
    InterpretationFactory,
    OfficeUserFactory,
    UserFactory,
    root_agency,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
OFFLINE, PUBLISHED, WITHDRAWN = Publication.OFFLINE, Publication.PUBLISHED, Publication.WITHDRAWN


@pytest.fixture
def duty(people):
    return UserFactory(username="zhiban", agency=root_agency(), roles=[DUTY])


@pytest.fixture
def second(people):
    return OfficeUserFactory(username="zhengfuban2")


@pytest.fixture
def document(people):
    return DocumentFactory(agency=people.minzheng, published=True, title="关于发放高龄津贴的通知")


def state_of(thing):
    return type(thing).objects.get(pk=thing.pk).status


def said(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


# --- Who may


def test_whoever_is_on_duty_takes_offline_alone_and_at_once(people, duty, document):
    for name, may in {
        "clerk": False,
        "foreign_reviewer": False,
        "administrator": False,
        "reviewer": True,
        "office": True,
    }.items():
        assert rules.can_take_offline(getattr(people, name), document) is may, name
    services.take_offline(document, by=duty, reason="正文里有身份证号", now=NOW)
    document.refresh_from_db()
    assert (document.status, document.offline_by, document.offline_at) == (OFFLINE, duty, NOW)
    assert "正在" not in said(services.take_offline, document, by=people.reviewer, reason="再来一次")
    assert not rules.can_take_offline(people.reviewer, document)


def test_duty_can_do_nothing_else(people, duty, document):
    for move, rule in rules.OF_MOVE.items():
        assert rule(duty, document) is (move == "take_offline"), move
    assert not any(rule(duty, document) for rule in (rules.can_edit, rules.can_correct, rules.can_copy))


def test_duty_of_one_bureau_reaches_no_other(people, document):
    other = UserFactory(agency=people.nongye, roles=[DUTY])
    assert "不在您的管理范围内" in said(services.take_offline, document, by=other, reason="看错了")


def test_a_reason_is_needed_for_each_act(people, duty, document):
    assert "请写明紧急下线的原因" in said(services.take_offline, document, by=duty, reason=" ")
    services.take_offline(document, by=duty, reason="误发")
    assert "请写明恢复的理由" in said(services.restore, document, by=people.office, reason="")
    assert "请写明撤下原因" in said(services.withdraw, document, by=people.office, reason="")
    assert state_of(document) == OFFLINE


# --- What becomes of it


def test_another_person_restores_and_first_publication_stays(people, duty, second, document):
    first = document.published_at
    services.take_offline(document, by=people.office, reason="有人说有误", now=NOW)
    assert "须由县政府办公室另一位同事" in said(services.restore, document, by=people.office, reason="没有误")
    assert "请由县政府办公室办理" in said(services.restore, document, by=people.reviewer, reason="没有误")
    services.restore(document, by=second, reason="核对无误", now=LATER)
    document.refresh_from_db()
    assert (document.status, document.published_at, document.restored_by) == (PUBLISHED, first, second)
    services.take_offline(document, by=duty, reason="又有人说有误")
    document.refresh_from_db()
    assert (document.restored_by, document.restored_reason) == (None, "")


def test_only_the_office_turns_it_into_a_withdrawal(people, duty, document):
    services.take_offline(document, by=duty, reason="内部原因")
    assert "请由县政府办公室办理" in said(services.withdraw, document, by=people.reviewer, reason="有误")
    services.withdraw(document, by=people.office, reason="内容有误，正在更正。")
    document.refresh_from_db()
    assert (document.status, document.withdrawn_reason) == (WITHDRAWN, "内容有误，正在更正。")


def test_the_page_of_a_withdrawal_goes_offline_too_and_comes_back_as_that(people, duty, document):
    services.withdraw(document, by=people.reviewer, reason="有误。")
    services.take_offline(document, by=duty, reason="标题也不能看")
    assert state_of(document) == OFFLINE
    services.restore(document, by=people.office, reason="标题没有问题")
    assert state_of(document) == WITHDRAWN


def test_the_page_says_what_the_public_sees_again(people, duty, client):
    client.force_login(people.office)
    shown = {}
    for withdrawn in (False, True):
        document = DocumentFactory(agency=people.minzheng, published=True)
        if withdrawn:
            services.withdraw(document, by=people.reviewer, reason="有误。")
        services.take_offline(document, by=duty, reason="误发")
        page = client.get(f"/admin/disclosure/document/{document.pk}/move/restore/")
        shown[withdrawn] = page.content.decode()
    assert "更正稿签发以前网页上仍是旧内容" in shown[False]
    assert "转为撤下，再点「复制为新草稿」" in shown[False]
    assert "正文和附件仍不公开" in shown[True]
    assert "旧内容" not in shown[True]


def test_while_it_is_offline_nobody_changes_or_copies_it(people, duty, document):
    services.take_offline(document, by=duty, reason="误发")
    assert "等县政府办公室决定" in said(services.update_document, document, by=people.clerk, title="新题")
    assert "不能复制" in said(services.copy_to_draft, document, by=people.clerk)
    refusal = said(services.repeal, document, by=people.clerk, on=timezone.localdate(), reason="x")
    assert "只有已公开的文件能登记废止" in refusal


# --- What goes with it


def test_what_explains_nothing_else_goes_and_comes_with_it(people, duty, document):
    other = DocumentFactory(agency=people.minzheng, published=True)
    of_both = InterpretationFactory(published=True, agency=people.minzheng, documents=[document, other])
    alone = InterpretationFactory(published=True, agency=people.nongye, documents=[document])
    gone = InterpretationFactory(withdrawn=True, agency=people.minzheng, documents=[document])
    draft = InterpretationFactory(agency=people.minzheng, documents=[document])
    services.take_offline(document, by=duty, reason="误发", now=NOW)
    assert [state_of(one) for one in (of_both, alone, gone, draft)] == [PUBLISHED, OFFLINE, OFFLINE, "draft"]
    assert "请先恢复那份文件" in said(explaining.restore, alone, by=people.office, reason="无误")
    services.restore(document, by=people.office, reason="无误", now=LATER)
    assert [state_of(one) for one in (of_both, alone, gone)] == [PUBLISHED, PUBLISHED, WITHDRAWN]


def test_what_went_offline_by_itself_does_not_come_back_with_the_document(people, duty, document):
    other = DocumentFactory(agency=people.minzheng, published=True)
    wrong = InterpretationFactory(published=True, agency=people.minzheng, documents=[document, other])
    explaining.take_offline(wrong, by=duty, reason="解读有误", now=NOW)
    services.take_offline(document, by=duty, reason="误发", now=LATER)
    services.restore(document, by=people.office, reason="无误")
    assert state_of(wrong) == OFFLINE
    explaining.restore(wrong, by=people.office, reason="核对无误")
    assert state_of(wrong) == PUBLISHED


def test_what_went_with_it_is_withdrawn_with_it(people, duty, document):
    alone = InterpretationFactory(published=True, agency=people.minzheng, documents=[document])
    services.take_offline(document, by=duty, reason="误发")
    services.withdraw(document, by=people.office, reason="有误。")
    assert state_of(alone) == WITHDRAWN


# --- What the database holds fast


@pytest.mark.parametrize("make", [DocumentFactory, InterpretationFactory])
@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"status": "draft"}, "只能恢复公开或者转为撤下"),
        ({"status": "published"}, "须由另一位同事恢复|public_again_if_restored"),
        (
            {"status": "published", "offline_by": None, "offline_at": None, "offline_reason": ""},
            "须由另一位同事恢复",
        ),
        ({"offline_by": None, "offline_at": None, "offline_reason": ""}, "offline_until_decided"),
        ({"offline_reason": ""}, "offline_by_whom_and_why"),
        ({"published_at": LATER}, "首次公开时间一经记录不得更改"),
    ],
)
def test_no_statement_gets_past_the_decision(people, duty, make, values, name):
    thing = make(agency=people.minzheng, published=True)
    service = services if make is DocumentFactory else explaining
    service.take_offline(thing, by=duty, reason="误发", now=NOW)
    rows = type(thing).objects.filter(pk=thing.pk)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        rows.update(**values)
    himself = {"restored_by": duty, "restored_at": LATER, "restored_reason": "我自己看过"}
    with pytest.raises(IntegrityError, match=r"另一位同事|restored_by_another"), transaction.atomic():
        rows.update(status="published", **himself)
    with pytest.raises(IntegrityError, match="不得删除"), transaction.atomic():
        rows.delete()
    assert state_of(thing) == OFFLINE


def test_an_archive_that_comes_again_does_not_bring_it_back(people, duty):
    record = {
        "id": "a-1",
        "kind": "document",
        "title": "旧站的通知",
        "body": "<p>正文</p>",
        "published_on": "2020-05-06",
    }
    lines = [json.dumps(record, ensure_ascii=False).encode()]
    import_archive(lines, agency=people.minzheng, publish=True)
    document = Document.objects.get(source_id="a-1")
    services.take_offline(document, by=duty, reason="旧文里有身份证号")
    report = import_archive(lines, agency=people.minzheng, publish=True)
    assert state_of(document) == OFFLINE
    assert report.unchanged == 1
    with pytest.raises(IntegrityError, match="不得删除"), transaction.atomic():
        document.delete()


# --- The back office


def urls(thing, move):
    room = f"/admin/{thing._meta.app_label}/{thing._meta.model_name}/"
    return room, f"{room}{thing.pk}/change/", f"{room}{thing.pk}/move/{move}/"


@pytest.mark.parametrize("make", [DocumentFactory, InterpretationFactory])
def test_button_on_page_and_list_and_one_confirmation(client, people, duty, make):
    thing = make(agency=people.minzheng, published=True, title="高龄津贴名单")
    room, page, act = urls(thing, "take_offline")
    public = {"document": "/documents", "interpretation": "/interpretations"}[thing._meta.model_name]
    client.force_login(duty)
    assert act in client.get(page).content.decode()
    assert act not in client.get(room).content.decode()
    for words in ("高龄津贴", f"{public}/{thing.pk}/", f"https://qinglan.example{public}/{thing.pk}/?x=1"):
        assert act in client.get(room, {"q": words}).content.decode()
    asked = client.get(act).content.decode()
    assert "确定后立即从网站各处消失" in asked
    assert "只留在系统内部" in asked
    response = client.post(act, {"reason": "名单里有身份证号"})
    assert response.status_code == 302
    assert [str(one) for one in get_messages(response.wsgi_request)] == ["已紧急下线：高龄津贴名单"]
    assert state_of(thing) == OFFLINE
    assert client.get(f"{public}/{thing.pk}/").status_code == 410
    shown = client.get(page).content.decode()
    assert "名单里有身份证号" in shown
    assert act not in shown
    assert "已紧急下线" in client.get(act, follow=True).content.decode()


def test_no_button_and_no_page_for_a_clerk(client, people, document):
    room, page, act = urls(document, "take_offline")
    client.force_login(people.clerk)
    assert act not in client.get(page).content.decode()
    assert act not in client.get(room, {"q": "高龄津贴"}).content.decode()
    assert client.get(act).status_code == 403
    client.post(act, {"reason": "x"})
    assert state_of(document) == PUBLISHED


def test_the_office_decides_from_its_queue(client, people, duty, second, document):
    services.take_offline(document, by=people.office, reason="有人举报")
    task = next(
        task
        for section in queue_for(people.office)
        for task in section.tasks
        if task.title == "紧急下线、等决定的文件"
    )
    assert task.count == 1
    client.force_login(people.office)
    assert document.title in client.get(task.url).content.decode()
    _, page, restore = urls(document, "restore")
    settle = urls(document, "withdraw")[2]
    shown = client.get(page).content.decode()
    assert restore not in shown
    assert "转为撤下" in shown
    assert "原网页会显示标题" in client.get(settle).content.decode()
    client.force_login(second)
    client.post(restore, {"reason": "核对无误，可以公开"})
    assert state_of(document) == PUBLISHED
    history = client.get(f"/admin/disclosure/document/{document.pk}/history/").content.decode()
    assert "紧急下线" in history
    assert "恢复公开" in history
    assert "有人举报" in history


def test_the_list_asks_as_much_for_many_as_for_one(client, people, duty, document):
    client.force_login(duty)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/disclosure/document/", {"q": "津贴"}).status_code == 200
        return len(queries)

    asked()
    one = asked()
    for number in range(5):
        DocumentFactory(agency=people.minzheng, published=True, title=f"津贴通知{number}")
    assert asked() == one
