"""Adjustments in the back office: what a clerk's form becomes, the moves, versions, fields merged."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from catalog import services
from catalog.drafts import Draft
from catalog.models import Adjustment, Field, Item
from catalog.services import draft_of
from catalog.states import AdjustmentState, LineAction
from portal.work_queue import queue_for
from tests.catalog.test_admin_items import form_data
from tests.factories import AgencyFactory, ItemFactory, ReviewerFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse_lazy("admin:catalog_adjustment_changelist")
ITEMS = reverse_lazy("admin:catalog_item_changelist")
TODAY = timezone.localdate()


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


@pytest.fixture
def item(people, field):
    return ItemFactory(
        agency=people.minzheng,
        field=field,
        code="shehui-jiuzhu-00001",
        levels=["低保", "办事指南"],
        content="旧",
        audience=["全社会"],
        manner=["主动公开"],
        in_force_from=TODAY - timedelta(days=30),
    )


@pytest.fixture
def proposed(people, item):
    draft = draft_of(item)
    draft.content = "新的内容"
    return services.propose(
        agency=people.minzheng,
        title="修改：办事指南",
        reason="国办发〔2026〕1号",
        lines=[services.line_changing(item, draft)],
        by=people.clerk,
    )


def page_of(thing):
    return reverse(f"admin:catalog_{thing._meta.model_name}_change", args=[thing.pk])


def move_url(adjustment, name):
    return reverse("admin:catalog_adjustment_move", args=[adjustment.pk, name])


def shown(item, **other):
    """The form as it stands for an item, with some values changed."""
    values = {
        "level_names": "\n".join(item.levels),
        "content": item.content,
        "basis": item.basis,
        "time_limit": item.time_limit,
        "subject": item.subject,
        "required_channels": [],
        "optional_channels": [],
        "other_channels": "",
        "telephone": item.telephone,
        "stage": item.stage,
        "reason": "",
    }
    return form_data(**{**values, **other})


# What a clerk's form becomes


def test_a_clerks_change_of_the_table_becomes_a_proposal(client, people, item):
    client.force_login(people.clerk)
    page = client.get(page_of(item)).content.decode()
    assert 'value="提出调整"' in page
    assert 'name="in_force_on' not in page
    response = client.post(page_of(item), shown(item, content="新", reason="国办发〔2026〕1号"), follow=True)
    adjustment = Adjustment.objects.get()
    assert response.redirect_chain[-1][0] == page_of(adjustment)
    assert "县政府办公室批准后写入" in response.content.decode()
    assert (adjustment.title, adjustment.reason) == ("修改：办事指南", "国办发〔2026〕1号")
    assert adjustment.lines.get().action == LineAction.CHANGE
    assert Item.objects.get().content == "旧"
    assert "没办完的调整" in client.get(page_of(item)).content.decode()


def test_a_clerks_change_of_the_own_business_is_written_at_once(client, people, item):
    client.force_login(people.clerk)
    client.post(page_of(item), shown(item, telephone="0799-1", responsible_office="救助股", stage="service"))
    stored = Item.objects.get()
    assert (stored.telephone, stored.responsible_office, stored.stage) == ("0799-1", "救助股", "service")
    assert (stored.version, stored.changed_by) == (2, people.clerk)
    assert Adjustment.objects.count() == 0


def test_both_at_once(client, people, item):
    client.force_login(people.clerk)
    client.post(page_of(item), shown(item, telephone="0799-1", content="新", reason="修订"))
    assert (Item.objects.get().telephone, Item.objects.get().content) == ("0799-1", "旧")
    services.approve(adjustment=Adjustment.objects.get(), in_force_on=TODAY, by=people.office)
    assert (Item.objects.get().telephone, Item.objects.get().content) == ("0799-1", "新")


@pytest.mark.parametrize("who", ["clerk", "office"])
def test_without_a_reason_the_form_comes_back_with_everything_kept(client, people, item, who):
    client.force_login(getattr(people, who))
    response = client.post(page_of(item), shown(item, content="新"))
    assert "reason" in response.context["adminform"].form.errors
    assert (Item.objects.get().content, Adjustment.objects.count()) == ("旧", 0)


def test_the_office_writes_at_once_from_a_day_on(client, people, item):
    client.force_login(people.office)
    data = shown(item, content="新", reason="修订", in_force_on=str(TODAY - timedelta(days=3)))
    assert client.post(page_of(item), data).status_code == 302
    stored = Item.objects.get()
    assert (stored.content, stored.in_force_from) == ("新", TODAY - timedelta(days=3))
    refused = client.post(page_of(item), {**data, "content": "更新", "in_force_on": "2020-01-01"})
    assert "不能早于这一天" in refused.content.decode()
    assert Item.objects.get().content == "新"


def test_a_clerks_new_item_is_a_proposal(client, people, field):
    client.force_login(people.clerk)
    data = form_data(agency=people.minzheng.pk, field=field.pk, responsible_office="救助股")
    response = client.post(reverse("admin:catalog_item_add"), data, follow=True)
    assert response.status_code == 200
    assert Item.objects.count() == 0
    adjustment = Adjustment.objects.get()
    assert adjustment.title == "新增：办事指南"
    text = response.content.decode()
    assert "救助股" in text
    assert "■政府网站" in text
    services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
    created = Item.objects.get()
    assert (created.levels, created.stage, created.telephone) == (
        ["低保", "办事指南"],
        "service",
        "0799-5210503",
    )


def test_a_clerk_proposes_to_retire(client, people, item):
    client.force_login(people.clerk)
    chosen = {"action": "retire_selected", "_selected_action": [item.pk]}
    assert "提出停用这 1 项吗" in client.post(ITEMS, chosen).content.decode()
    client.post(ITEMS, {**chosen, "confirm": "1", "reason": "职能划转"})
    assert Item.objects.in_force().count() == 1
    adjustment = Adjustment.objects.get()
    assert (adjustment.lines.get().action, adjustment.title) == (LineAction.RETIRE, "停用：办事指南")


# The page and the moves


def test_the_page_shows_old_and_new(client, people, proposed):
    client.force_login(people.office)
    text = client.get(page_of(proposed)).content.decode()
    assert "<del>旧</del>" in text
    assert "<ins>新的内容</ins>" in text
    assert move_url(proposed, "approve") in text
    assert move_url(proposed, "recall") not in text
    client.force_login(people.clerk)
    text = client.get(page_of(proposed)).content.decode()
    assert move_url(proposed, "recall") in text
    assert move_url(proposed, "approve") not in text


def test_approving(client, people, proposed):
    client.force_login(people.office)
    page = client.get(move_url(proposed, "approve"))
    assert "逐项核对" in page.content.decode()
    assert Item.objects.get().content == "旧"
    response = client.post(move_url(proposed, "approve"), {"in_force_on": str(TODAY)}, follow=True)
    assert "已批准并写入目录" in response.content.decode()
    assert Item.objects.get().content == "新的内容"
    again = client.post(move_url(proposed, "approve"), {"in_force_on": str(TODAY)})
    assert "刷新页面" in again.content.decode()
    text = client.get(page_of(proposed)).content.decode()
    assert "<del>旧</del>" in text
    assert "按相反的内容提出" in text


@pytest.mark.parametrize("name", ["pass", "approve", "reject"])
def test_the_proposers_side_moves_nothing_but_back(client, people, proposed, name):
    client.force_login(people.clerk)
    client.post(move_url(proposed, name), {"in_force_on": str(TODAY), "remarks": "好"})
    assert Adjustment.objects.get().state == AdjustmentState.PASSED
    assert client.post(move_url(proposed, "recall")).status_code == 302
    assert Adjustment.objects.get().state == AdjustmentState.RECALLED


def test_declining_needs_words(client, people, proposed):
    client.force_login(people.office)
    assert "这个字段是必填项" in client.post(move_url(proposed, "reject"), {}).content.decode()
    client.post(move_url(proposed, "reject"), {"remarks": "依据不足"})
    client.force_login(people.clerk)
    assert "依据不足" in client.get(page_of(proposed)).content.decode()


def test_a_conflict_is_said_on_the_page_and_at_the_approval(client, people, item, proposed):
    draft = draft_of(item)
    draft.content = "别人改的"
    services.change_item(item=item, draft=draft, reason="改", by=people.office)
    client.force_login(people.office)
    assert "提出以后这一事项又有变化" in client.get(page_of(proposed)).content.decode()
    response = client.post(move_url(proposed, "approve"), {"in_force_on": str(TODAY)})
    assert "重新提出" in response.content.decode()
    assert Item.objects.get().content == "别人改的"


@pytest.mark.parametrize("name", ["approve", "nonsense"])
def test_others_find_nothing(client, people, proposed, name):
    client.force_login(people.stranger)
    assert client.get(page_of(proposed)).status_code in {302, 403}
    assert client.post(move_url(proposed, name)).status_code in {403, 404}
    assert proposed.title not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:catalog_adjustment_delete", args=[proposed.pk])).status_code == 403
    assert Adjustment.objects.get().state == AdjustmentState.PASSED


def test_the_queues_and_their_lists_count_the_same(client, people, item, field):
    field.lead_agency = AgencyFactory(code="renshe", name="青澜县人力资源和社会保障局")
    field.save()
    lead = ReviewerFactory(agency=field.lead_agency)
    lines = [services.line_retiring(item)]
    adjustment = services.propose(
        agency=people.minzheng, title="停用", reason="停", lines=lines, by=people.clerk
    )

    def waiting(user):
        tasks = [task for section in queue_for(user) for task in section.tasks if "waiting=" in task.url]
        client.force_login(user)
        for task in tasks:
            assert client.get(task.url).context["cl"].result_count == task.count
        return {task.url.rpartition("=")[2] for task in tasks if task.count}

    assert [waiting(user) for user in (people.clerk, lead, people.office)] == [{"sent"}, {"lead"}, set()]
    services.pass_on(adjustment=adjustment, by=lead)
    assert [waiting(user) for user in (people.clerk, lead, people.office)] == [{"sent"}, set(), {"office"}]
    services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
    assert waiting(people.clerk) == set()


def test_the_page_costs_the_same_for_one_line_and_for_many(client, people, field):
    def cost(n):
        items = [ItemFactory(agency=people.minzheng, field=field) for _ in range(n)]
        lines = [services.line_changing(one, Draft(levels=["新", "名"])) for one in items]
        lines += [services.line_adding(people.minzheng, field, Draft(levels=["新"])) for _ in range(n)]
        adjustment = services.propose(
            agency=people.minzheng, title="批量", reason="批量", lines=lines, by=people.clerk
        )
        client.get(page_of(adjustment))
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(adjustment))
        return len(queries)

    client.force_login(people.office)
    assert cost(1) == cost(5)


def test_the_list_costs_the_same_for_one_and_for_three(client, people, item, proposed):
    client.force_login(people.office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(2):
        services.propose(
            agency=people.minzheng,
            title="停用",
            reason="停",
            lines=[services.line_retiring(item)],
            by=UserFactory(agency=people.minzheng),
        )
    with CaptureQueriesContext(connection) as three:
        client.get(LIST)
    assert len(one) == len(three)


# Versions


def test_the_history_page_of_an_item(client, people, item, proposed):
    services.approve(adjustment=proposed, in_force_on=TODAY, by=people.office)
    url = reverse("admin:catalog_item_history", args=[item.pk])
    client.force_login(people.clerk)
    text = client.get(url).content.decode()
    assert "第 2 版" in text
    assert "<ins>新的内容</ins>" in text
    assert f"{people.clerk}提出，{people.office}批准" in text
    client.force_login(people.stranger)
    assert client.get(url).status_code == 403


# Fields


def test_merging_fields_in_the_back_office(client, people, item, field):
    target = Field.objects.get(slug="yanglao-fuwu")
    url = reverse("admin:catalog_field_merge", args=[field.pk])
    data = {"target": target.pk, "on": str(TODAY), "reason": "合并"}
    client.force_login(people.clerk)
    assert client.post(url, data).status_code == 403
    client.force_login(people.office)
    assert url in client.get(page_of(field)).content.decode()
    assert "现有 1 个在用事项" in client.get(url).content.decode()
    assert Field.objects.get(pk=field.pk).merged_into is None
    client.post(url, data)
    assert Item.objects.get().field == target
    page = client.get(page_of(field))
    assert page.status_code == 200
    assert url not in page.content.decode()
    assert client.post(url, data).status_code == 403


def test_renaming_a_field_in_the_back_office(client, people, field):
    url = reverse("admin:catalog_field_rename", args=[field.pk])
    client.force_login(people.office)
    client.post(url, {"name": "社会救助和帮扶", "on": str(TODAY)})
    assert Field.objects.get(pk=field.pk).name == "社会救助和帮扶"
    assert field.name in set(field.aliases.values_list("name", flat=True))
    refused = client.post(url, {"name": "就业", "on": str(TODAY)})
    assert "并入另一个领域" in refused.content.decode()
