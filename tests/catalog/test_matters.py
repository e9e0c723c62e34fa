"""一件事全过程: items of one catalog made one matter, each with its stage, suggested by their 一级事项."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog import services
from catalog.models import Field, Item, Matter
from catalog.services.matters import suggested_matters
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog(people):
    people.field = Field.objects.get(slug="shehui-jiuzhu")
    people.items = [
        ItemFactory(agency=people.minzheng, field=people.field, levels=["最低生活保障", name])
        for name in ("政策法规", "审核公示", "发放结果")
    ]
    people.other = ItemFactory(agency=people.nongye, levels=["农机补贴", "政策"])
    people.matter = services.save_matter(
        matter=Matter(name="最低生活保障", agency=people.minzheng, field=people.field), by=people.clerk
    )
    return people


def test_a_matter_holds_exactly_these_items_with_their_stages(catalog):
    first, second, third = catalog.items
    stages = {first.pk: "decision", third.pk: "result"}
    assert services.set_matter_items(matter=catalog.matter, stages=stages, by=catalog.clerk) == 2
    assert services.set_matter_items(matter=catalog.matter, stages=stages, by=catalog.clerk) == 0
    first.refresh_from_db()
    assert (first.matter, first.stage, first.version, first.changed_by) == (
        catalog.matter, "decision", 2, catalog.clerk,
    )  # fmt: skip
    services.set_matter_items(matter=catalog.matter, stages={second.pk: "service"}, by=catalog.clerk)
    assert list(catalog.matter.items.all()) == [second]
    first.refresh_from_db()
    assert (first.matter, first.stage) == (None, "decision")


def test_items_of_other_catalogs_and_other_matters_are_refused(catalog):
    with pytest.raises(services.NotAllowed, match="不在这份目录"):
        services.set_matter_items(matter=catalog.matter, stages={catalog.other.pk: ""}, by=catalog.office)
    second = services.save_matter(
        matter=Matter(name="另一件", agency=catalog.minzheng, field=catalog.field), by=catalog.clerk
    )
    services.set_matter_items(matter=second, stages={catalog.items[0].pk: ""}, by=catalog.clerk)
    with pytest.raises(services.NotAllowed, match="另一件事"):
        services.set_matter_items(matter=catalog.matter, stages={catalog.items[0].pk: ""}, by=catalog.clerk)


def test_scope(catalog):
    for act in (
        lambda: services.set_matter_items(matter=catalog.matter, stages={}, by=catalog.stranger),
        lambda: services.save_matter(matter=catalog.matter, by=catalog.stranger),
        lambda: services.delete_matter(matter=catalog.matter, by=catalog.stranger),
        lambda: services.save_matter(matter=catalog.matter, by=catalog.reviewer),
    ):
        with pytest.raises(services.NotAllowed):
            act()


def test_a_matter_with_items_stays_in_its_catalog_and_goes_without_them(catalog):
    services.set_matter_items(matter=catalog.matter, stages={catalog.items[0].pk: ""}, by=catalog.clerk)
    catalog.matter.field = Field.objects.get(slug="jiuye")
    with pytest.raises(services.NotAllowed, match="别的目录"):
        services.save_matter(matter=catalog.matter, by=catalog.clerk)
    services.delete_matter(matter=catalog.matter, by=catalog.clerk)
    assert not Matter.objects.exists()
    assert Item.objects.in_force().count() == 4


def test_suggestions_are_groups_of_one_first_level_without_a_matter(catalog):
    found = suggested_matters(Item.objects.all())
    assert [(one.name, one.agency, one.field, one.count) for one in found] == [
        ("最低生活保障", catalog.minzheng, catalog.field, 3)
    ]
    services.set_matter_items(
        matter=catalog.matter, stages={item.pk: "" for item in catalog.items[:2]}, by=catalog.clerk
    )
    assert suggested_matters(Item.objects.all()) == []


def test_the_pages_of_the_back_office(client, catalog):
    client.force_login(catalog.clerk)
    suggested = client.get(reverse("admin:catalog_matter_suggested")).content.decode()
    assert "建成一件事" in suggested
    assert "农机补贴" not in suggested
    url = reverse("admin:catalog_matter_items", args=[catalog.matter.pk])
    page = client.get(url).content.decode()
    assert page.count(" checked") == 3
    assert "已经替您勾上" in page
    data = {
        "item": [*(str(item.pk) for item in catalog.items[1:]), str(catalog.other.pk)],
        f"stage-{catalog.items[1].pk}": "service",
    }
    assert client.post(url, data).status_code == 302
    catalog.items[1].refresh_from_db()
    assert (catalog.items[1].matter, catalog.items[1].stage) == (catalog.matter, "service")
    catalog.other.refresh_from_db()
    assert catalog.other.matter is None
    listed = client.get(reverse("admin:catalog_matter_changelist")).content.decode()
    assert "2 项" in listed
    client.force_login(catalog.stranger)
    assert client.get(url).status_code == 403
    assert "最低生活保障" not in client.get(reverse("admin:catalog_matter_changelist")).content.decode()


def test_adding_one_leads_to_its_items(client, catalog):
    client.force_login(catalog.clerk)
    data = {"name": "临时救助", "agency": catalog.minzheng.pk, "field": catalog.field.pk, "summary": ""}
    answer = client.post(reverse("admin:catalog_matter_add"), data)
    matter = Matter.objects.get(name="临时救助")
    assert answer["Location"] == reverse("admin:catalog_matter_items", args=[matter.pk])
