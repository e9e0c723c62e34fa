"""Bases lean on laws: recognised under many spellings, merged, repealed, and the items listed."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse

from catalog import services
from catalog.drafts import Draft
from catalog.law_keys import KnownLaw, LawIndex, law_key, number_key, title_key
from catalog.models import Basis, Field, Item, Law
from catalog.services.laws import likely_same
from catalog.services.records import write_bases
from catalog.states import LawState
from tests.factories import FieldFactory, ItemFactory


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("中华人民共和国政府信息公开条例", "国务院令第711号"), ("政府信息公开条例", "国令第711号")),
        (("中华人民共和国政府 信息公开\n条例", ""), ("政府信息公开条例（2019年修订）", "国务院令第492号")),
        (("土地管理法", "主席令第28号"), ("中华人民共和国土地管理法(2019年修正)", "")),
        (("关于开展试点的通知", "国办发〔2017〕42 号"), ("关于开展试点的通知", "国办发[2017]第42号")),
        (("财政部关于印发〈操作规程〉的通知", "财预〔2016〕143号"), ("操作规程", "财预【2016】143号")),
        (("印发<全国示范方案>的通知", ""), ("印发〈全国示范方案〉的通知", "")),
        (("最低生活保障审核办法", "民发﹝2021﹞57号"), ("最低生活保障审核办法", "民发(2021)57号")),
    ],
)
def test_one_law_however_it_is_written(one, other):
    assert law_key(*one) == law_key(*other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("土地管理法", ""), ("土地管理法实施条例", "")),
        (("政务公开工作要点", "国办发〔2020〕1号"), ("政务公开工作要点", "国办发〔2021〕1号")),
        (("社会救助暂行办法", ""), ("江西省社会救助暂行办法", "")),
        (("江西省实施〈中华人民共和国村民委员会组织法〉办法", ""), ("村民委员会组织法", "")),
    ],
)
def test_two_laws_stay_two(one, other):
    assert law_key(*one) != law_key(*other)


def test_an_order_is_no_identity_and_a_vague_word_no_law():
    assert number_key("国务院令第711号") == ""
    assert number_key("国土资厅发〔2014〕29号") == "国土资厅发2014-29"
    assert title_key("中华人民共和国预算法（2018年修正）") == "预算法"
    assert law_key("及相关规定") == ""
    assert law_key("建设用地审查报批有关规定") == ""


def test_a_title_without_its_number_is_the_one_paper_of_that_title_or_its_own():
    one = LawIndex([KnownLaw(1, "文号民发2021-57", "审核办法", "民发〔2021〕57号")])
    assert one.law_of("审核办法", "") == 1
    two = LawIndex([
        KnownLaw(1, "文号国办发2020-1", "工作要点", "国办发〔2020〕1号"),
        KnownLaw(2, "文号国办发2021-1", "工作要点", "国办发〔2021〕1号"),
    ])  # fmt: skip
    assert two.law_of("工作要点", "") is None
    assert list(two.recognise([("", "工作要点", "")]).new) == ["工作要点"]


LIMIT = {"content": "对象名单", "time_limit": "及时公开", "subject": "青澜县民政局"}
DECREE = "【行政法规】《中华人民共和国政府信息公开条例》（国务院令第711号）"


def add(people, basis, name="低保"):
    field = Field.objects.get(slug="shehui-jiuzhu")
    draft = Draft(levels=[name], basis=basis, **LIMIT)
    return services.create_item(agency=people.minzheng, field=field, draft=draft, by=people.office)


def test_items_share_the_law_and_a_changed_text_leaves_it(people):
    first = add(people, DECREE)
    second = add(people, "《政府信息公开条例》（国令第711号）、《社会救助暂行办法》及相关规定", "特困")
    law = Law.objects.get(key="政府信息公开条例")
    assert (law.category, law.state) == ("行政法规", LawState.UNCHECKED)
    assert set(Item.objects.leaning_on(Law.objects.filter(pk=law.pk))) == {first, second}
    assert Law.objects.count() == 2
    services.change_item(
        item=second,
        draft=Draft(levels=["特困"], basis="《预算法》", **LIMIT),
        reason="依据变了",
        by=people.office,
    )
    assert set(Item.objects.leaning_on(Law.objects.filter(pk=law.pk))) == {first}


def test_a_number_seen_later_belongs_to_the_law_known_by_title(people):
    add(people, "《最低生活保障审核确认办法》")
    add(people, "《最低生活保障审核确认办法》（民发〔2021〕57号）", "特困")
    law = Law.objects.get()
    assert (law.key, law.number) == ("文号民发2021-57", "民发〔2021〕57号")
    assert Basis.objects.filter(law=law).count() == 2


def test_two_papers_of_one_title_in_one_batch_leave_the_bare_title_to_itself(people):
    item = add(
        people,
        "《工作要点》（国办发〔2020〕1号）\n《工作要点》（国办发〔2021〕1号）\n《工作要点》",
    )
    assert len({basis.law_id for basis in item.bases.all()} - {None}) == 3


@pytest.mark.django_db
def test_linking_takes_the_same_few_queries_for_many_items(django_assert_max_num_queries):
    field = FieldFactory(slug="jiuye")
    items = [ItemFactory(field=field, basis=f"《第{n}号办法》（民发〔2021〕{n}号）") for n in range(1, 61)]
    with django_assert_max_num_queries(6):
        write_bases(items)
    assert Law.objects.count() == 60
    assert not Basis.objects.filter(law=None).exists()


@pytest.mark.django_db
def test_rows_of_before_are_linked_once():
    item = ItemFactory()
    Basis.objects.create(item=item, position=1, title="预算法", text="《预算法》")
    Basis.objects.create(item=item, position=2, title="及相关规定", text="及相关规定")
    assert services.link_unlinked_bases() == 1
    assert services.link_unlinked_bases() == 0
    assert item.bases.get(position=1).law.key == "预算法"


def test_merged_laws_are_one_for_the_next_file_too(people):
    add(people, "《信息公开条例》")
    add(people, DECREE, "特困")
    short, whole = Law.objects.get(key="信息公开条例"), Law.objects.get(key="政府信息公开条例")
    assert likely_same(short) == [whole]
    with pytest.raises(services.NotAllowed):
        services.merge_laws(laws=[short], into=whole, by=people.clerk)
    assert services.merge_laws(laws=[short, whole], into=whole, by=people.office) == 1
    assert list(Law.objects.standing()) == [whole]
    item = add(people, "《信息公开条例》", "临时救助")
    assert item.bases.get().law == whole
    with pytest.raises(services.NotAllowed, match="已经并入"):
        services.repeal_law(law=short, on=date(2026, 5, 1), by=people.office)
    with pytest.raises(services.NotAllowed, match="已经合并"):
        services.merge_laws(laws=[short], into=whole, by=people.office)


def test_a_repealed_law_lists_its_items_until_they_name_another(people):
    item = add(people, DECREE)
    law = Law.objects.get()
    successor = Law.objects.create(key="新条例", title="新条例")
    with pytest.raises(services.NotAllowed):
        services.repeal_law(law=law, on=date(2026, 5, 1), by=people.clerk)
    with pytest.raises(services.NotAllowed, match="由它自己替代"):
        services.repeal_law(law=law, on=date(2026, 5, 1), replaced_by=law, by=people.office)
    services.repeal_law(law=law, on=date(2026, 5, 1), replaced_by=successor, by=people.office)
    law.refresh_from_db()
    assert (law.state, law.repealed_on, law.replaced_by) == (LawState.REPEALED, date(2026, 5, 1), successor)
    assert list(Item.objects.leaning_on(Law.objects.fallen())) == [item]
    services.change_item(
        item=item,
        draft=Draft(levels=["低保"], basis="《新条例》", **LIMIT),
        reason="依据变了",
        by=people.office,
    )
    assert not Item.objects.leaning_on(Law.objects.fallen()).exists()


def test_an_amended_law_lists_its_items_until_it_is_checked(people):
    add(people, DECREE)
    law = services.mark_law(law=Law.objects.get(), state=LawState.AMENDED, by=people.office)
    assert Item.objects.leaning_on(Law.objects.fallen()).exists()
    with pytest.raises(services.NotAllowed, match="登记废止"):
        services.mark_law(law=law, state=LawState.REPEALED, by=people.office)
    services.mark_law(law=law, state=LawState.IN_FORCE, by=people.office)
    assert not Item.objects.leaning_on(Law.objects.fallen()).exists()


def test_an_import_links_every_basis(catalog_file, people):
    from tests.catalog.conftest import row

    rows = [row(n, "低保", f"事项{n}", basis=DECREE) for n in range(1, 30)]
    call_command("import_catalog", str(catalog_file(rows)))
    assert Law.objects.count() == 1
    assert Basis.objects.filter(law=Law.objects.get()).count() == 29


def test_the_page_of_a_law_lists_the_items_of_ones_own_agency(client, people, django_assert_max_num_queries):
    add(people, DECREE)
    field = Field.objects.get(slug="shehui-jiuzhu")
    services.create_item(
        agency=people.nongye, field=field, draft=Draft(levels=["农机补贴"], basis=DECREE, **LIMIT),
        by=people.office,
    )  # fmt: skip
    law = Law.objects.get()
    url = reverse("admin:catalog_law_items", args=[law.pk])
    client.force_login(people.clerk)
    with django_assert_max_num_queries(20):
        page = client.get(url).content.decode()
    assert "低保" in page
    assert "农机补贴" not in page
    assert "提出调整" in page
    for n in range(20):
        add(people, DECREE, f"事项{n}")
    with django_assert_max_num_queries(20):
        client.get(url)
    assert client.get(url + "export/").status_code == 200
    listed = client.get(reverse("admin:catalog_law_changelist")).content.decode()
    assert "21 项" in listed
    client.force_login(people.office)
    assert "22 项" in client.get(reverse("admin:catalog_law_changelist")).content.decode()
    assert "农机补贴" in client.get(url).content.decode()


def test_repeal_and_check_in_the_back_office(client, people):
    item = add(people, DECREE)
    law = Law.objects.get()
    repeal = reverse("admin:catalog_law_repeal", args=[law.pk])
    client.force_login(people.clerk)
    assert client.post(repeal, {"on": "2026-05-01"}).status_code == 403
    client.force_login(people.office)
    assert "登记废止" in client.get(reverse("admin:catalog_law_change", args=[law.pk])).content.decode()
    assert client.post(repeal, {"on": ""}).status_code == 200
    assert client.post(repeal, {"on": "2026-05-01"}).status_code == 302
    law.refresh_from_db()
    assert law.state == LawState.REPEALED
    client.force_login(people.clerk)
    fallen = client.get(reverse("admin:catalog_law_fallen")).content.decode()
    assert item.name in fallen
    assert "自 2026-05-01 起" in fallen
    assert client.get(reverse("admin:catalog_law_fallen_export")).status_code == 200
    client.force_login(people.stranger)
    assert item.name not in client.get(reverse("admin:catalog_law_fallen")).content.decode()
    client.force_login(people.office)
    client.post(reverse("admin:catalog_law_state", args=[law.pk]), {"state": "in_force"})
    law.refresh_from_db()
    assert (law.state, law.repealed_on) == (LawState.IN_FORCE, None)


def test_merging_asks_which_one_stays(client, people):
    add(people, "《信息公开条例》")
    add(people, DECREE, "特困")
    laws = {law.key: law for law in Law.objects.all()}
    url = reverse("admin:catalog_law_changelist")
    data = {"action": "merge_selected", "_selected_action": [law.pk for law in laws.values()]}
    client.force_login(people.clerk)
    client.post(url, {**data, "confirm": "1", "into": laws["政府信息公开条例"].pk})
    assert Law.objects.standing().count() == 2
    client.force_login(people.office)
    assert "保留哪一条" in client.post(url, data).content.decode()
    assert "请选择保留" in client.post(url, {**data, "confirm": "1"}).content.decode()
    client.post(url, {**data, "confirm": "1", "into": laws["政府信息公开条例"].pk})
    assert list(Law.objects.standing()) == [laws["政府信息公开条例"]]


def test_a_law_is_added_by_hand_once(client, people):
    client.force_login(people.office)
    url = reverse("admin:catalog_law_add")
    data = {"category": "法律", "title": "中华人民共和国预算法", "number": "", "source_url": ""}
    assert client.post(url, data).status_code == 302
    assert Law.objects.get().key == "预算法"
    again = client.post(url, {**data, "title": "预算法（2018年修正）"})
    assert "已经有这一条" in again.content.decode()
