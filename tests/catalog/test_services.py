"""Writes to the catalog: codes, scope, subjects, history, and an import that is all or nothing."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from agencies.kinds import AgencyKind
from catalog import services
from catalog.drafts import ChannelUse, Draft
from catalog.models import CatalogImport, Field, Item, Matter, SubjectMapping
from tests.factories import AgencyFactory, ItemFactory

pytestmark = pytest.mark.django_db


def draft(*levels, **other):
    values = {"content": "检查结果", "time_limit": "20个工作日", "field_slug": "shehui-jiuzhu", **other}
    return Draft(levels=list(levels), **values)


def load(people, drafts, **other):
    values = {
        "agency": people.minzheng,
        "file_name": "a.xlsx",
        "sha256": "0" * 64,
        "by": people.office,
        **other,
    }
    return services.import_catalog(drafts=drafts, **values)


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


def test_codes_are_issued_once_and_never_again(people, field):
    load(people, [draft("低保", "甲"), draft("低保", "乙")])
    Item.objects.get(code="shehui-jiuzhu-00002").delete()
    created = services.create_item(
        agency=people.minzheng, field=field, draft=draft("低保", "丙"), by=people.office
    )
    assert created.code == "shehui-jiuzhu-00003"
    load(people, [draft("养老补贴", "机构名录", content="名录")])
    assert set(Item.objects.values_list("code", flat=True)) == {
        "shehui-jiuzhu-00001", "shehui-jiuzhu-00003", "shehui-jiuzhu-00004",
    }  # fmt: skip


def test_an_import_reads_limits_bases_channels_and_subjects(people):
    load(
        people,
        [
            draft(
                "低保",
                "办事指南",
                basis="【法律】《社会保险法》\n《社会救助暂行办法》（国务院令第649号）",
                subject="民政局、县级民政部门",
                channels=[ChannelUse("政府网站", "required")],
                extra={"five": {"selected": ["服务"], "offered": []}},
            )
        ],
    )
    item = Item.objects.get()
    assert (item.time_limit_parsed["n"], item.stage) == (20, "service")
    assert list(item.bases.values_list("position", "category", "title", "number")) == [
        (1, "法律", "社会保险法", ""),
        (2, "法律", "社会救助暂行办法", "国务院令第649号"),
    ]
    assert [agency.code for agency in item.agencies.all()] == ["minzheng"]
    assert list(SubjectMapping.objects.values_list("text", flat=True)) == ["县级民政部门"]


def test_a_mapping_holds_for_items_of_today_and_of_the_next_import(people):
    load(people, [draft("低保", "办事指南", subject="县级 民政部门")])
    services.map_subject(text="县级民政部门", agencies=[people.minzheng], by=people.office)
    assert [a.code for a in Item.objects.get().agencies.all()] == ["minzheng"]
    plan = load(people, [draft("低保", "办事指南"), draft("低保", "政策", subject="县级民政部门")])
    assert plan.unresolved == {}
    assert [a.code for a in Item.objects.get(levels=["低保", "政策"]).agencies.all()] == ["minzheng"]
    services.forget_subject(mapping=SubjectMapping.objects.get(), by=people.office)
    assert Item.objects.filter(agencies=people.minzheng).count() == 0


def test_what_a_template_calls_every_village_is_the_village_in_its_own_catalog(people):
    village = AgencyFactory(code="liuwan", name="柳湾村", kind=AgencyKind.VILLAGE, parent=people.county)
    texts = ["村（居）民委员会", "各村(居)委会、县民政局", "乡镇人民政府"]
    items = [
        ItemFactory(agency=agency, levels=["村务", text], subject=text)
        for text in texts
        for agency in (village, people.minzheng)
    ]
    index = services.subjects.subject_index()
    services.subjects.link_agencies(items, index)
    named = {(i.agency.code, i.subject): {a.code for a in i.agencies.all()} for i in items}
    assert named["liuwan", "村（居）民委员会"] == {"liuwan"}
    assert named["liuwan", "各村(居)委会、县民政局"] == {"liuwan", "minzheng"}
    assert named["liuwan", "乡镇人民政府"] == set()
    assert named["minzheng", "村（居）民委员会"] == set()
    assert "村（居）民委员会" in index.unresolved


def test_only_the_office_maps_subjects(people):
    with pytest.raises(services.NotAllowed):
        services.map_subject(text="县级民政部门", agencies=[people.minzheng], by=people.clerk)


@pytest.mark.parametrize(
    ("who", "allowed"), [("clerk", False), ("office", True), ("reviewer", False), ("stranger", False)]
)
def test_who_may_import(people, who, allowed):
    if allowed:
        assert load(people, [draft("低保", "甲")], by=getattr(people, who)).counts["created"] == 1
        return
    with pytest.raises(services.NotAllowed):
        load(people, [draft("低保", "甲")], by=getattr(people, who))
    assert (Item.objects.count(), CatalogImport.objects.count()) == (0, 0)


def test_a_caption_does_not_carry_an_import_into_another_agency(people):
    theirs = [draft("低保", "甲", owner="青澜县农业农村局")]
    load(people, theirs)  # without by_caption the caption's agency does not count
    assert Item.objects.get().agency == people.minzheng
    with pytest.raises(services.NotAllowed, match="农业农村局"):
        load(people, theirs, by_caption=True, by=people.clerk)
    assert load(people, theirs, by_caption=True, by=people.office).counts["created"] == 1
    assert Item.objects.filter(agency=people.nongye).count() == 1


def test_an_import_is_refused_when_the_catalog_moved_since_the_preview(people):
    load(people, [draft("低保", "甲")])
    plan = services.plan_catalog(
        drafts=[draft("低保", "甲", content="新")], agency=people.minzheng, by=people.clerk
    )
    services.change_item(
        item=Item.objects.get(), draft=draft("低保", "甲", content="别人改的"), reason="改", by=people.office
    )
    with pytest.raises(services.CatalogMoved):
        load(people, [draft("低保", "甲", content="新")], seen=plan.seen)
    assert Item.objects.get().content == "别人改的"


def test_an_import_is_one_entry_in_the_history(people):
    load(people, [draft("低保", "甲"), draft("低保", "乙")])
    events = Item.pgh_event_model.objects.select_related("pgh_context")
    assert {event.pgh_label for event in events} == {"insert"}
    assert len({event.pgh_context_id for event in events}) == 1
    assert events[0].pgh_context.metadata["action"] == "import_catalog"
    record = CatalogImport.objects.get()
    assert (record.counts["created"], record.imported_by, record.file_name) == (2, people.office, "a.xlsx")


def test_the_place_in_the_table_moves_without_counting_as_a_change(people):
    load(people, [draft("低保", "甲", serial="1"), draft("低保", "乙", serial="2")])
    before = {item.code: item.updated_at for item in Item.objects.all()}
    plan = load(people, [draft("低保", "乙", serial="1"), draft("低保", "甲", serial="2")])
    assert plan.counts == {"rows": 2, "created": 0, "changed": 0, "unchanged": 2, "missing": 0}
    assert list(Item.objects.order_by("position").values_list("levels", "serial")) == [
        (["低保", "乙"], "1"), (["低保", "甲"], "2"),
    ]  # fmt: skip
    assert {item.code: item.updated_at for item in Item.objects.all()} == before


def test_a_retired_item_is_out_of_the_catalog_and_stays_in_the_table(people):
    load(people, [draft("低保", "甲")])
    item = Item.objects.get()
    services.retire_item(item=item, by=people.office, reason="职能划转")
    assert (Item.objects.published().count(), Item.objects.count()) == (0, 1)
    with pytest.raises(services.NotAllowed):
        services.change_item(item=item, draft=draft("低保", "乙"), by=people.office, reason="改")
    with pytest.raises(services.NotAllowed):
        services.retire_item(item=item, by=people.office, reason="停用")


@pytest.mark.parametrize("who", ["stranger", "reviewer", "clerk"])
def test_others_change_nothing(people, field, who):
    item = ItemFactory(agency=people.minzheng, field=field)
    by = getattr(people, who)
    for act in (
        lambda: services.change_item(item=item, draft=draft("低保", "乙"), by=by, reason="改"),
        lambda: services.retire_item(item=item, by=by, reason="停用"),
        lambda: services.create_item(agency=people.minzheng, field=field, draft=draft("低保", "乙"), by=by),
    ):
        with pytest.raises(services.NotAllowed):
            act()
    assert list(Item.objects.values_list("levels", flat=True)) == [item.levels]


@pytest.mark.parametrize(
    ("levels", "other"),
    [
        ([], {}),
        (["一", "二", "三", "四", "五"], {}),
        (["长" * 501], {}),
        (["低保"], {"content": "长" * 40_000}),
    ],
)
def test_items_that_cannot_stand_in_the_table_are_refused(people, field, levels, other):
    with pytest.raises(ValidationError):
        services.create_item(
            agency=people.minzheng, field=field, draft=draft(*levels, **other), by=people.office
        )


def test_a_change_is_a_version_with_its_reason(people, field):
    load(people, [draft("低保", "甲")])
    item = services.change_item(
        item=Item.objects.get(),
        draft=draft("低保", "甲", content="新"),
        reason="国办发〔2026〕1号",
        by=people.office,
    )
    stored = Item.objects.get()
    assert (stored.version, stored.in_force_from, stored.content) == (2, timezone.localdate(), "新")
    assert (stored.change_reason, stored.changed_by) == ("国办发〔2026〕1号", people.office)
    services.change_item(item=item, draft=services.draft_of(item), reason="", by=people.office)
    assert Item.objects.get().version == 2  # nothing differs: nothing is written, no reason is asked for


def test_no_change_without_a_reason(people, field):
    item = ItemFactory(agency=people.minzheng, field=field)
    for act in (
        lambda: services.change_item(item=item, draft=draft("低保"), reason=" ", by=people.office),
        lambda: services.retire_item(item=item, reason="", by=people.office),
        lambda: services.create_item(
            agency=people.minzheng, field=field, draft=draft("低保"), reason="", by=people.office
        ),
    ):
        with pytest.raises(services.NotAllowed, match="调整理由"):
            act()
    assert Item.objects.get().version == 1


def test_telephone_office_post_and_stage_are_the_agencys_own_business(people, field):
    item = ItemFactory(agency=people.minzheng, field=field, content="不动")
    matter = Matter.objects.create(name="低保", agency=people.minzheng, field=field)
    values = {"telephone": "0799-1", "responsible_office": "救助股", "stage": "service", "matter": matter}
    services.set_own_particulars(item=item, values=values, by=people.clerk)
    stored = Item.objects.get()
    assert {name: getattr(stored, name) for name in values} == values
    assert (stored.version, stored.changed_by, stored.content) == (2, people.clerk, "不动")
    services.set_own_particulars(item=item, values=values, by=people.clerk)
    assert Item.objects.get().version == 2
    with pytest.raises(ValueError, match="content"):
        services.set_own_particulars(item=item, values={"content": "改"}, by=people.clerk)
    with pytest.raises(services.NotAllowed):
        services.set_own_particulars(item=item, values={"telephone": "1"}, by=people.stranger)
    other = Matter.objects.create(name="低保", agency=people.nongye, field=field)
    with pytest.raises(services.NotAllowed, match="一件事"):
        services.set_own_particulars(item=item, values={"matter": other}, by=people.clerk)
