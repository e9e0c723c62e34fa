"""Village and township catalogs follow a template of the county; the difference is always visible."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog import services
from catalog.drafts import Draft
from catalog.inheritance import difference, following
from catalog.models import CatalogInheritance, Field, Item
from catalog.services.inheritance import (
    drop_item,
    follow_template,
    propagate,
    stop_following,
    take_up_again,
)
from tests.factories import AgencyFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
CONTENT = "收支情况"


def draft(*levels, content=CONTENT, **other):
    return Draft(levels=list(levels), content=content, time_limit="每季度首月20日前", **other)


@pytest.fixture
def village(people):
    """A template of three items at the county, and a village with a clerk."""
    people.field = Field.objects.get(slug="village")
    people.village = AgencyFactory(code="linjiang-liuwan", name="临江镇柳湾村", kind="village")
    people.village_clerk = UserFactory(username="cun", agency=people.village)
    people.templates = [
        services.create_item(
            agency=people.county, field=people.field, draft=draft("财务", name), by=people.office
        )
        for name in ("收支", "债权债务", "集体资产")
    ]
    return people


@pytest.fixture
def followed(village):
    village.row = follow_template(
        agency=village.village, field=village.field, source=village.county, by=village.office
    )
    return village


def own(people):
    return Item.objects.in_force().filter(agency=people.village).order_by("position", "pk")


def change(people, item, **values):
    new = draft(*item.levels, **values)
    return services.change_item(item=item, draft=new, reason="依据新规定", by=people.office)


def test_following_copies_what_is_in_force_under_codes_of_its_own(followed):
    items = list(own(followed))
    assert [item.name for item in items] == ["收支", "债权债务", "集体资产"]
    assert [item.template for item in items] == followed.templates
    assert [item.code for item in items] == ["village-00004", "village-00005", "village-00006"]
    assert {(item.version, item.changed_by) for item in items} == {(1, followed.office)}
    assert "模板" in items[0].change_reason
    field = Field.objects.get(slug="village")
    assert field.last_item_number == 6


def test_items_of_the_same_name_are_tied_and_keep_their_text(village):
    mine = ItemFactory(
        agency=village.village, field=village.field, levels=["财 务", "收支"], content="按月公布"
    )
    follow_template(agency=village.village, field=village.field, source=village.county, by=village.office)
    mine.refresh_from_db()
    assert (mine.template, mine.content) == (village.templates[0], "按月公布")
    assert own(village).count() == 3


def test_only_the_office_sets_it_and_never_in_a_circle(followed):
    other = AgencyFactory(code="linjiang-dukou", name="临江镇渡口村", kind="village")
    with pytest.raises(services.NotAllowed, match="县政府办公室"):
        follow_template(agency=other, field=followed.field, source=followed.county, by=followed.village_clerk)
    with pytest.raises(services.NotAllowed, match="也在沿用"):
        follow_template(agency=other, field=followed.field, source=followed.village, by=followed.office)
    with pytest.raises(services.NotAllowed, match="已经在沿用"):
        follow_template(
            agency=followed.village, field=followed.field, source=followed.county, by=followed.office
        )
    with pytest.raises(services.NotAllowed, match="不能沿用自己"):
        follow_template(agency=other, field=followed.field, source=other, by=followed.office)
    with pytest.raises(services.NotAllowed, match="还没有在用的事项"):
        follow_template(agency=followed.village, field=Field.objects.get(slug="basic"), source=other,
                        by=followed.office)  # fmt: skip
    ItemFactory(agency=other, field=followed.field)
    with pytest.raises(services.NotAllowed, match="别的单位沿用的模板"):
        follow_template(agency=followed.county, field=followed.field, source=other, by=followed.office)


def test_an_unaltered_item_goes_with_its_template_in_the_same_step(followed):
    change(followed, followed.templates[0], content="按月公布收支", basis="《村民委员会组织法》")
    item = own(followed)[0]
    assert (item.content, item.version) == ("按月公布收支", 2)
    assert item.bases.get().law.title == "村民委员会组织法"
    assert item.change_reason.startswith("县级模板调整")
    again = change(followed, followed.templates[0], content="按周公布收支")
    assert (own(followed)[0].content, own(followed)[0].in_force_from) == ("按周公布收支", again.in_force_from)


def test_an_altered_item_keeps_its_text_and_shows_the_difference(followed):
    item = own(followed)[0]
    change(followed, item, content="逐笔公布")
    change(followed, followed.templates[0], content="按月公布")
    item.refresh_from_db()
    assert item.content == "逐笔公布"
    found = difference(followed.row)
    assert [(one.item, one.template) for one in found.changed] == [(item, followed.templates[0])]
    assert [(cell.label, cell.old, cell.new) for cell in found.changed[0].cells] == [
        ("公开内容(要素)", "按月公布", "逐笔公布")
    ]
    assert len(found.followed) == 2
    take_up_again(item=item, by=followed.office)
    item.refresh_from_db()
    assert item.content == "按月公布"
    assert not difference(followed.row).changed


def test_a_new_template_item_comes_and_a_retired_one_goes(followed):
    altered = own(followed)[1]
    change(followed, altered, content="本村没有债务")
    services.create_item(
        agency=followed.county, field=followed.field, draft=draft("财务", "捐赠"), by=followed.office
    )
    assert [item.name for item in own(followed)] == ["收支", "债权债务", "集体资产", "捐赠"]
    services.retire_item(item=followed.templates[0], reason="不再公开", by=followed.office)
    services.retire_item(item=followed.templates[1], reason="不再公开", by=followed.office)
    assert [item.name for item in own(followed)] == ["债权债务", "集体资产", "捐赠"]
    assert difference(followed.row).orphaned == [altered]


def test_what_retired_with_its_template_comes_back_with_it(followed):
    services.retire_item(item=followed.templates[0], reason="不再公开", by=followed.office)
    drop_item(item=own(followed)[0], by=followed.office)
    assert [item.name for item in own(followed)] == ["集体资产"]
    for template in Item.objects.filter(pk__in=[t.pk for t in followed.templates[:2]]):
        Item.objects.filter(pk=template.pk).update(retired_on=None)
        template.retired_on = None
        propagate([template], by=followed.office)
    assert [item.name for item in own(followed)] == ["收支", "集体资产"]


def test_a_dropped_item_stays_dropped_until_it_is_taken_up_again(followed):
    item = own(followed)[0]
    with pytest.raises(services.NotAllowed):
        drop_item(item=item, by=followed.village_clerk)
    drop_item(item=item, by=followed.office)
    change(followed, followed.templates[0], content="按月公布")
    assert [one.name for one in own(followed)] == ["债权债务", "集体资产"]
    item.refresh_from_db()
    assert difference(followed.row).dropped == [(followed.templates[0], item)]
    with pytest.raises(services.NotAllowed):
        take_up_again(item=item, by=followed.village_clerk)
    take_up_again(item=item, by=followed.office)
    item.refresh_from_db()
    assert (item.content, item.retired_on, item.code) == ("按月公布", None, "village-00004")


def test_an_own_item_is_an_addition(followed):
    services.create_item(
        agency=followed.village, field=followed.field, draft=draft("财务", "水费"), by=followed.office
    )
    assert [item.name for item in difference(followed.row).added] == ["水费"]
    with pytest.raises(services.NotAllowed, match="不是沿用来的"):
        drop_item(item=own(followed).last(), by=followed.office)


def test_counts_for_the_list_and_the_public_line(followed):
    drop_item(item=own(followed)[0], by=followed.office)
    for name in ("水费", "电费"):
        services.create_item(
            agency=followed.village, field=followed.field, draft=draft(name), by=followed.office
        )
    row = following(followed.village, followed.field)
    assert (row.template_count, row.taken_count, row.added_count, row.dropped_count) == (3, 2, 2, 1)
    assert following(followed.county, followed.field) is None


def test_who_stopped_following_keeps_the_items_and_is_left_alone(followed):
    with pytest.raises(services.NotAllowed):
        stop_following(inheritance=followed.row, by=followed.village_clerk)
    stop_following(inheritance=followed.row, by=followed.office)
    change(followed, followed.templates[0], content="按月公布")
    assert own(followed)[0].content == CONTENT
    assert not CatalogInheritance.objects.exists()
    # Following again takes up where it was: nothing twice.
    follow_template(agency=followed.village, field=followed.field, source=followed.county, by=followed.office)
    assert own(followed).count() == 3


def test_many_followers_cost_no_more_statements(village, django_assert_max_num_queries):
    for number in range(12):
        other = AgencyFactory(code=f"cun-{number}", name=f"第{number}村", kind="village")
        follow_template(agency=other, field=village.field, source=village.county, by=village.office)
    template = Item.objects.select_related("field").get(pk=village.templates[0].pk)
    Item.objects.filter(pk=template.pk).update(content="新内容", version=2)
    template.content, template.version = "新内容", 2
    with django_assert_max_num_queries(16):
        assert propagate([template], by=village.office) == 12
    assert Item.objects.filter(template=template, content="新内容", version=2).count() == 12


def test_an_import_into_the_template_goes_on_to_followers_and_is_undone_with_them(followed, tmp_path):
    drafts = [
        draft("财务", "收支", content="导入的内容", field_slug="village"),
        draft("财务", "捐赠", field_slug="village"),
    ]
    plan = services.import_catalog(
        drafts=drafts, agency=followed.county, file_name="村务.xlsx", sha256="0" * 64, by=followed.office
    )
    assert "捐赠" in [item.name for item in own(followed)]
    assert own(followed).get(template=followed.templates[0]).content == "导入的内容"
    services.undo_import(catalog_import=plan.written, by=followed.office)
    assert [item.name for item in own(followed)] == ["收支", "债权债务", "集体资产"]
    assert own(followed)[0].content == CONTENT


def test_the_office_sets_many_at_once_or_none(client, village):
    other = AgencyFactory(code="linjiang-dukou", name="临江镇渡口村", kind="village")
    url = reverse("admin:catalog_cataloginheritance_add")
    data = {
        "field": village.field.pk,
        "source": village.county.pk,
        "agencies": [village.village.pk, other.pk],
    }
    client.force_login(village.village_clerk)
    assert client.get(url).status_code == 403
    client.force_login(village.office)
    assert "沿用的单位" in client.get(url).content.decode()
    assert client.post(url, data).status_code == 302
    assert CatalogInheritance.objects.count() == 2
    third = AgencyFactory(code="linjiang-shazhou", name="临江镇沙洲社区", kind="village")
    refused = client.post(url, {**data, "agencies": [third.pk, other.pk]}).content.decode()
    assert "已经在沿用模板" in refused
    assert CatalogInheritance.objects.count() == 2


def test_the_difference_in_the_back_office(client, followed, django_assert_max_num_queries):
    item = own(followed)[0]
    change(followed, item, content="逐笔公布")
    drop_item(item=own(followed)[1], by=followed.office)
    services.create_item(
        agency=followed.village, field=followed.field, draft=draft("水费"), by=followed.office
    )
    url = reverse("admin:catalog_cataloginheritance_difference", args=[followed.row.pk])
    client.force_login(followed.village_clerk)
    with django_assert_max_num_queries(22):
        page = client.get(url).content.decode()
    for words in ("逐笔公布", CONTENT, "水费", "债权债务", "提出调整"):
        assert words in page
    client.post(url, {"act": "take_up", "item": item.pk})
    item.refresh_from_db()
    assert item.content == "逐笔公布"
    listed = client.get(reverse("admin:catalog_cataloginheritance_changelist")).content.decode()
    assert "沿用 2 项（模板共 3 项），新增 1 项，未涉及 1 项" in listed

    client.force_login(followed.office)
    client.post(url, {"act": "take_up", "item": item.pk})
    item.refresh_from_db()
    assert item.content == CONTENT
    client.post(url, {"act": "drop", "item": item.pk})
    item.refresh_from_db()
    assert item.retired_on
    stop = reverse("admin:catalog_cataloginheritance_stop", args=[followed.row.pk])
    assert "停止沿用" in client.get(stop).content.decode()
    client.post(stop)
    assert not CatalogInheritance.objects.exists()


def test_a_stranger_sees_no_difference(client, followed):
    client.force_login(followed.stranger)
    url = reverse("admin:catalog_cataloginheritance_difference", args=[followed.row.pk])
    assert client.get(url).status_code == 404
    assert "柳湾村" not in client.get(reverse("admin:catalog_cataloginheritance_changelist")).content.decode()
