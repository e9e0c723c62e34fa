"""重新提出 of a refused or recalled adjustment; agencies propose to take up or leave out a template item."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog import services
from catalog.drafts import Draft
from catalog.models import Adjustment, CatalogInheritance, Field, Item
from catalog.services import draft_of
from catalog.states import AdjustmentState
from tests.factories import AgencyFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


@pytest.fixture
def items(people, field):
    return [
        ItemFactory(
            agency=people.minzheng,
            field=field,
            levels=["低保", name],
            content="旧",
            position=n,
            in_force_from=TODAY - timedelta(days=30),
        )
        for n, name in enumerate(["政策文件", "办事指南"], 1)
    ]


def changed(item, **values):
    draft = draft_of(item)
    for name, value in values.items():
        setattr(draft, name, value)
    return draft


@pytest.fixture
def refused(people, items, field):
    """Two items changed and one added, refused by the office."""
    lines = [services.line_changing(item, changed(item, content="新")) for item in items]
    lines.append(services.line_adding(people.minzheng, field, Draft(levels=["低保", "名单"])))
    adjustment = services.propose(
        agency=people.minzheng, title="整理低保", reason="国办发", lines=lines, by=people.clerk
    )
    return services.reject(adjustment=adjustment, remarks="再核对", by=people.office)


def test_what_fits_is_proposed_again_and_the_old_paper_stays(people, refused):
    again = services.propose_again(adjustment=refused, reason="已核对", by=people.clerk)
    (new,) = again.adjustments
    assert (new.state, new.reason, new.lines.count(), again.left_out) == ("passed", "已核对", 3, [])
    services.approve(adjustment=new, in_force_on=TODAY, by=people.office)
    assert set(Item.objects.values_list("content", flat=True)) == {"新", ""}
    refused.refresh_from_db()
    assert (refused.state, refused.remarks) == (AdjustmentState.REJECTED, "再核对")


def test_what_has_changed_since_is_left_out_and_named(people, refused, items, field):
    services.change_item(item=items[0], draft=changed(items[0], basis="新"), by=people.office, reason="r")
    services.create_item(
        agency=people.minzheng, field=field, draft=Draft(levels=["低保", "名单"]), by=people.office
    )
    again = services.propose_again(adjustment=refused, reason="r", by=people.clerk)
    assert again.left_out == [f"「政策文件」（{items[0].code}）", "「低保/名单」"]
    assert [line.item for line in again.adjustments[0].lines.all()] == [items[1]]


def test_nothing_fits(people, items):
    one = services.propose(
        agency=people.minzheng,
        title="t",
        reason="r",
        by=people.clerk,
        lines=[services.line_retiring(items[0])],
    )
    services.recall(adjustment=one, by=people.clerk)
    services.retire_item(item=items[0], by=people.office, reason="r")
    with pytest.raises(services.NotAllowed, match="不能照原样"):
        services.propose_again(adjustment=one, reason="r", by=people.clerk)


def test_once_only_and_not_by_others(people, refused):
    with pytest.raises(services.NotAllowed, match="同事"):
        services.propose_again(adjustment=refused, reason="r", by=people.stranger)
    services.propose_again(adjustment=refused, reason="r", by=people.clerk)
    with pytest.raises(services.NotAllowed, match="已经重新提出"):
        services.propose_again(adjustment=refused, reason="r", by=people.clerk)


def test_a_waiting_one_cannot_be_proposed_again(people, items):
    one = services.propose(
        agency=people.minzheng,
        title="t",
        reason="r",
        by=people.clerk,
        lines=[services.line_retiring(items[0])],
    )
    with pytest.raises(services.NotAllowed, match="未同意或已收回"):
        services.propose_again(adjustment=one, reason="r", by=people.clerk)


def test_after_a_merge_it_goes_to_the_field_that_is_left(people, refused, field):
    target = Field.objects.get(slug="yanglao-fuwu")
    services.merge_fields(source=field, target=target, reason="合并", by=people.office)
    again = services.propose_again(adjustment=refused, reason="r", by=people.clerk)
    # The merge made a version of both items, which the proposer has not seen.
    assert len(again.left_out) == 2
    assert [line.field for line in again.adjustments[0].lines.all()] == [target]


def test_the_page_asks_proposes_and_names_what_was_left_out(client, people, refused, items):
    services.change_item(item=items[0], draft=changed(items[0], basis="新"), by=people.office, reason="r")
    client.force_login(people.clerk)
    page = client.get(reverse("admin:catalog_adjustment_change", args=[refused.pk])).content.decode()
    url = reverse("admin:catalog_adjustment_again", args=[refused.pk, "same"])
    assert url in page
    assert "国办发" in client.get(url).content.decode()
    answer = client.post(url, {"reason": "补充"}, follow=True)
    new = Adjustment.objects.exclude(pk=refused.pk).get()
    assert answer.redirect_chain[-1][0] == reverse("admin:catalog_adjustment_change", args=[new.pk])
    assert items[0].code in answer.content.decode()
    client.force_login(people.stranger)
    assert client.post(url, {"reason": "补充"}).status_code == 403


# The reverse of what was written by mistake


@pytest.fixture
def written(people, items, field):
    """One item changed, one retired, one added; approved and written."""
    lines = [
        services.line_changing(items[0], changed(items[0], content="新", basis="《新》")),
        services.line_retiring(items[1]),
        services.line_adding(people.minzheng, field, Draft(levels=["低保", "名单"])),
    ]
    adjustment = services.propose(
        agency=people.minzheng, title="整理", reason="r", lines=lines, by=people.clerk
    )
    return services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)


def standing():
    rows = Item.objects.in_force().order_by("pk")
    return list(rows.values_list("code", "levels", "content", "basis"))


def test_the_reverse_brings_everything_back_as_one(people, items, written):
    before = [(one.code, one.levels, "旧", one.basis) for one in items]
    services.set_own_particulars(item=items[0], by=people.clerk, values={"telephone": "0799-2"})
    assert standing() != before
    (new,) = services.propose_reverse(adjustment=written, reason="弄错了", by=people.clerk).adjustments
    services.approve(adjustment=new, in_force_on=TODAY, by=people.office)
    assert standing() == before
    assert Item.objects.get(pk=items[0].pk).telephone == "0799-2"
    added = Item.objects.get(levels__contains=["名单"])
    assert (added.retired_on, added.version) == (TODAY, 2)
    (once_more,) = services.propose_reverse(adjustment=new, reason="还是对的", by=people.clerk).adjustments
    services.approve(adjustment=once_more, in_force_on=TODAY, by=people.office)
    assert [row[2] for row in standing()] == ["新", ""]


def test_what_went_on_since_is_left_out_of_the_reverse(people, items, written):
    services.change_item(item=items[0], draft=changed(items[0], content="再新"), by=people.office, reason="r")
    found = services.propose_reverse(adjustment=written, reason="r", by=people.clerk)
    assert found.left_out == [f"「政策文件」（{items[0].code}）"]
    assert found.adjustments[0].lines.count() == 2
    with pytest.raises(services.NotAllowed, match="等它办完"):
        services.propose_reverse(adjustment=written, reason="r", by=people.clerk)
    with pytest.raises(services.NotAllowed, match="同事"):
        services.propose_reverse(adjustment=written, reason="r", by=people.stranger)


def test_the_page_of_the_reverse(client, people, items, written):
    client.force_login(people.clerk)
    page = client.get(reverse("admin:catalog_adjustment_change", args=[written.pk])).content.decode()
    url = reverse("admin:catalog_adjustment_again", args=[written.pk, "reverse"])
    assert url in page
    answer = client.post(url, {"reason": "弄错了"}, follow=True).content.decode()
    assert "撤回：整理" in answer
    assert "恢复已停用的事项" in answer
    same = reverse("admin:catalog_adjustment_again", args=[written.pk, "same"])
    assert client.get(same).status_code == 403
    assert client.get(same.replace("same", "zz")).status_code == 404


# Templates


@pytest.fixture
def town(people, items, field):
    """临江镇 follows 民政局's catalog; with a clerk of its own."""
    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    services.follow_template(agency=town, field=field, source=people.minzheng, by=people.office)
    town.clerk = UserFactory(username="zhenli", agency=town)
    return town


def own(town, name="政策文件"):
    return Item.objects.select_related("template", "agency", "field").get(
        agency=town, levels__contains=[name]
    )


def press(client, town, item, act):
    row = CatalogInheritance.objects.get(agency=town)
    url = reverse("admin:catalog_cataloginheritance_difference", args=[row.pk])
    page = client.get(url).content.decode()
    assert f'name="item" value="{item.pk}"' in page
    return client.post(url, {"item": item.pk, "act": act}, follow=True)


def test_a_township_proposes_to_leave_out_and_to_take_up_again(client, people, town):
    item = own(town)
    client.force_login(town.clerk)
    press(client, town, item, "drop")
    assert own(town).retired_on is None
    services.approve(adjustment=Adjustment.objects.get(), in_force_on=TODAY, by=people.office)
    assert own(town).retired_on == TODAY

    template = Item.objects.get(pk=item.template_id)
    services.change_item(
        item=template, draft=changed(template, content="县里新定"), by=people.office, reason="r"
    )
    assert own(town).retired_on == TODAY
    answer = press(client, town, own(town), "take_up")
    assert "重新沿用县级模板" in answer.content.decode()
    assert own(town).retired_on == TODAY
    services.approve(adjustment=Adjustment.objects.first(), in_force_on=TODAY, by=people.office)
    back = own(town)
    assert (back.retired_on, back.content, back.code, back.version) == (None, "县里新定", item.code, 3)
    line = Adjustment.objects.first().lines.get()
    assert (line.takes_up, line.item) == (True, back)


def test_an_altered_item_is_proposed_back_to_the_template(client, people, town):
    services.change_item(
        item=own(town), draft=changed(own(town), content="镇里"), by=people.office, reason="r"
    )
    client.force_login(town.clerk)
    press(client, town, own(town), "take_up")
    services.approve(adjustment=Adjustment.objects.get(), in_force_on=TODAY, by=people.office)
    assert own(town).content == "旧"


def test_what_the_county_dropped_meanwhile_is_not_taken_up(people, town):
    services.drop_item(item=own(town), by=people.office)
    adjustment = services.propose(
        agency=town, title="t", reason="r", by=town.clerk, lines=[services.line_taking_up(own(town))]
    )
    services.retire_item(item=own(town).template, by=people.office, reason="r")
    with pytest.raises(services.NotAllowed, match="又有变化"):
        services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
    with pytest.raises(services.NotAllowed, match="模板里已经没有"):
        services.line_taking_up(own(town))


def test_a_stranger_proposes_nothing_there(client, people, town):
    row = CatalogInheritance.objects.get(agency=town)
    client.force_login(people.stranger)
    url = reverse("admin:catalog_cataloginheritance_difference", args=[row.pk])
    assert client.post(url, {"item": own(town).pk, "act": "drop"}).status_code == 404
    client.force_login(people.office)
    for value in ("²", "9" * 30, "x", ""):
        assert client.post(url, {"item": value, "act": "drop"}).status_code == 404
    assert not Adjustment.objects.exists()
