"""Fields renamed and merged without losing history."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import history, services
from catalog.drafts import Draft
from catalog.exchange.imports import known_fields
from catalog.models import AdjustmentLine, CatalogLayout, Field, Item, Matter
from portal.search.models import Outbox
from tests.factories import DocumentFactory, ItemFactory

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def old(db):
    return Field.objects.get(slug="fupin")


@pytest.fixture
def new(db):
    return Field.objects.get(slug="shenong-butie")


def item_of(people, field, n, **other):
    values = {"agency": people.nongye, "in_force_from": ago(30), "code": f"{field.slug}-{n:05d}", **other}
    return ItemFactory(field=field, position=n, **values)


def merge(people, old, new, **other):
    return services.merge_fields(source=old, target=new, reason="乡村振兴", by=people.office, **other)


def test_fields_and_aliases_belong_to_the_office(people, old):
    services.save_field(field=old, aliases=["脱贫攻坚", "帮扶"], by=people.office)
    assert set(old.aliases.values_list("name", flat=True)) == {"脱贫攻坚", "帮扶"}
    for act in (
        lambda: services.save_field(field=old, aliases=[], by=people.clerk),
        lambda: services.rename_field(field=old, name="乡村振兴", by=people.clerk),
        lambda: services.merge_fields(
            source=old, target=Field.objects.get(slug="jiuye"), reason="并", by=people.clerk
        ),
    ):
        with pytest.raises(services.NotAllowed, match="县政府办公室"):
            act()
    assert old.aliases.count() == 2


def test_a_renamed_field_is_known_by_both_names_and_called_by_the_one_of_the_day(people, old):
    before = old.name
    services.rename_field(field=old, name="巩固拓展脱贫成果", on=ago(3), by=people.office)
    assert Field.objects.get(pk=old.pk).name == "巩固拓展脱贫成果"
    assert known_fields().exact(before).slug == known_fields().exact("巩固拓展脱贫成果").slug == old.slug
    assert history.fields_on(ago(4))[old.pk].name == before
    assert history.fields_on(ago(3))[old.pk].name == "巩固拓展脱贫成果"
    services.rename_field(field=old, name=before, by=people.office)
    assert set(old.aliases.values_list("name", flat=True)) >= {"巩固拓展脱贫成果"}
    assert before not in set(old.aliases.values_list("name", flat=True))
    assert [history.fields_on(ago(day))[old.pk].name for day in (4, 2, 0)] == [
        before, "巩固拓展脱贫成果", before,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "on", "sentence"),
    [("", 0, "新的名称"), ("就业", 0, "并入另一个领域"), ("乡村振兴", -1, "不能晚于今天")],
)
def test_names_that_cannot_be(people, old, name, on, sentence):
    with pytest.raises(services.NotAllowed, match=sentence):
        services.rename_field(field=old, name=name, on=ago(on), by=people.office)
    assert Field.objects.get(pk=old.pk).name == old.name


def test_a_merge_moves_the_items_as_new_versions_behind_those_that_stand_there(people, old, new):
    there = item_of(people, new, 5)
    moved = [item_of(people, old, n) for n in (1, 2)]
    gone = item_of(people, old, 3, retired_on=ago(9))
    assert merge(people, old, new, on=ago(2)) == 2
    rows = Item.objects.filter(field=new).order_by("position")
    assert [row.pk for row in rows] == [there.pk, *(item.pk for item in moved)]
    first = Item.objects.get(pk=moved[0].pk)
    assert (first.code, first.version, first.in_force_from) == (moved[0].code, 2, ago(2))
    assert (first.change_reason, first.changed_by) == ("乡村振兴", people.office)
    assert Item.objects.get(pk=gone.pk).field == old
    ended = Field.objects.get(pk=old.pk)
    assert (ended.merged_into, ended.active_to) == (new, ago(2))


def test_the_catalog_of_a_day_before_the_merge_shows_the_old_field(people, old, new):
    item_of(people, old, 1)
    merge(people, old, new, on=ago(2))
    assert [row.field_id for row in history.items_on(ago(3))] == [old.pk]
    assert [row.field_id for row in history.items_on(ago(2))] == [new.pk]
    changed = history.compare_days(ago(3), TODAY).changed
    assert [(cell.label, cell.old, cell.new) for cell in changed[0].changes] == [("领域", old.name, new.name)]


def test_files_with_the_old_caption_go_to_the_target(people, old, new):
    alias = old.aliases.first().name
    merge(people, old, new)
    assert known_fields().exact(old.name).slug == new.slug
    assert known_fields().exact(alias).slug == new.slug
    assert old.aliases.count() == 0


def test_companions_go_along(people, old, new):
    item = item_of(people, old, 1)
    same, other = (
        Matter.objects.create(name="补贴发放", agency=people.nongye, field=field) for field in (old, new)
    )
    alone = Matter.objects.create(name="监测帮扶", agency=people.nongye, field=old)
    Item.objects.filter(pk=item.pk).update(matter=same)
    CatalogLayout.objects.create(agency=people.nongye, field=old, columns=[{"kind": "serial", "top": "序号"}])
    old.lead_agency = people.nongye
    old.save()
    merge(people, old, new)
    assert Item.objects.get().matter == other
    assert set(Matter.objects.filter(field=new)) == {other, Matter.objects.get(pk=alone.pk)}
    assert CatalogLayout.objects.get(field=new).columns == CatalogLayout.objects.get(field=old).columns
    assert Field.objects.get(pk=new.pk).lead_agency == people.nongye


def test_documents_follow_their_field_and_the_search_hears_of_it(people, old, new):
    one, both, neither = (DocumentFactory(agency=people.nongye) for _ in range(3))
    one.fields.add(old)
    both.fields.add(old, new)
    Outbox.objects.all().delete()
    merge(people, old, new)
    assert [list(row.fields.all()) for row in (one, both, neither)] == [[new], [new], []]
    queued = Outbox.objects.filter(place="document").values_list("source_pk", flat=True)
    assert set(queued) == {one.pk, both.pk}


def test_proposals_that_wait_go_on_in_the_target(people, old, new):
    item = item_of(people, old, 1)
    lines = [
        services.line_changing(item, Draft(levels=["新"])),
        services.line_adding(people.nongye, old, Draft(levels=["补贴", "另一项"])),
    ]
    adjustment = services.propose(
        agency=people.nongye, title="调整", reason="调整", lines=lines, by=people.stranger
    )
    merge(people, old, new)
    assert set(AdjustmentLine.objects.values_list("field", flat=True)) == {new.pk}
    services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
    assert sorted(Item.objects.values_list("levels", "field")) == [
        (["新"], new.pk), (["补贴", "另一项"], new.pk),
    ]  # fmt: skip


def test_what_cannot_be_merged(people, old, new):
    with pytest.raises(services.NotAllowed, match="自己"):
        merge(people, old, old)
    with pytest.raises(services.NotAllowed, match="调整理由"):
        services.merge_fields(source=old, target=new, reason=" ", by=people.office)
    item_of(people, old, 1, in_force_from=ago(1))
    with pytest.raises(services.NotAllowed, match="不能早于"):
        merge(people, old, new, on=ago(5))
    assert Field.objects.get(pk=old.pk).merged_into is None
    merge(people, old, new)
    with pytest.raises(services.NotAllowed, match="已经并入"):
        merge(people, new, old)
    with pytest.raises(services.NotAllowed, match="已并入"):
        services.create_item(agency=people.nongye, field=old, draft=Draft(levels=["新"]), by=people.office)
