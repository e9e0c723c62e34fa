"""An import undone as one: everything back as it was, under versions of its own; refused where it cannot."""

import pytest
from django.utils import timezone

from catalog import services
from catalog.exchange.imports import apply, read_and_plan
from catalog.models import Basis, CatalogImport, CatalogLayout, Field, Item
from disclosure.models import Coverage
from disclosure.services.coverage import refresh_all
from tests.catalog.conftest import row
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db
FIRST = [row(1, "低保", "政策文件"), row(2, None, "办事指南", limit="及时公开"), row(3, "特困", "名单")]
SECOND = [
    row(1, "低保", "办事指南", limit="实时公开", basis="《社会救助暂行办法》（国务院令第649号）"),
    row(2, "低保", "公示", content="名单公示内容"),
    row(3, "特困", "名单"),
]


@pytest.fixture
def bring(people, catalog_file):
    """Import rows as 民政局's catalog by the office; `retire`: names of missing items to be retired."""

    def make(rows, name="目录.xlsx", retire=(), merges=()):
        path = catalog_file(rows, name=name, merges=merges)
        read = read_and_plan(path, agency=people.minzheng, by=people.office)
        assert read.ok, [error.message for error in read.result.errors]
        ids = [i.pk for part in read.plan.plans for i in part.missing if i.draft.levels[-1] in retire]
        plan = apply(read, agency=people.minzheng, file_name=name, by=people.office, retire=ids)
        return plan.written

    return make


def state():
    columns = ["code", "position", "serial", "levels", "content", "basis", "time_limit", "time_limit_parsed",
               "subject", "channels", "audience", "manner", "tiers", "extra", "retired_on"]  # fmt: skip
    return list(Item.objects.order_by("code").values(*columns)), sorted(
        Basis.objects.values_list("text", flat=True)
    )


def test_everything_is_back(people, bring):
    bring(FIRST)
    before, layouts = state(), list(CatalogLayout.objects.values("columns", "marks"))
    second = bring(SECOND, retire=["政策文件"])
    assert state() != before
    assert second.counts | {} == {
        "rows": 3,
        "created": 1,
        "changed": 1,
        "unchanged": 1,
        "missing": 1,
        "retired": 1,
    }
    done = services.undo_import(catalog_import=second, by=people.office)
    assert (done.restored, done.returned, done.removed) == (1, 1, 1)
    assert state() == before
    assert list(CatalogLayout.objects.values("columns", "marks")) == layouts
    second.refresh_from_db()
    assert (second.undone_by, second.undone_at is not None) == (people.office, True)


def test_each_step_is_a_version_with_its_reason(people, bring):
    bring(FIRST)
    guide = Item.objects.get(levels__contains=["办事指南"])
    today = timezone.localdate()
    assert (guide.version, guide.in_force_from, guide.change_reason, guide.changed_by) == (
        1, today, "导入《目录.xlsx》", people.office,
    )  # fmt: skip
    second = bring(SECOND, name="新目录.xlsx", retire=["政策文件"])
    services.undo_import(catalog_import=second, by=people.office)
    guide.refresh_from_db()
    assert (guide.version, guide.change_reason) == (3, "撤销导入《新目录.xlsx》")
    kept = Item.objects.get(levels__contains=["名单"])
    assert (kept.version, kept.change_reason) == (1, "导入《目录.xlsx》")


def test_one_context_in_the_history_each(people, bring):
    bring(FIRST)
    second = bring(SECOND)
    services.undo_import(catalog_import=second, by=people.office)
    events = Item.pgh_event_model.objects.values_list("pgh_context__metadata__action", flat=True)
    assert set(events) == {"import_catalog", "undo_import"}
    assert second.history_context is not None


def test_codes_are_not_issued_again(people, bring):
    services.undo_import(catalog_import=bring(FIRST), by=people.office)
    assert Item.objects.count() == 0
    bring(FIRST)
    assert list(Item.objects.order_by("code").values_list("code", flat=True)) == [
        f"shehui-jiuzhu-{n:05d}" for n in (4, 5, 6)
    ]
    assert Field.objects.get(slug="shehui-jiuzhu").last_item_number == 6


def test_not_twice(people, bring):
    first = bring(FIRST)
    services.undo_import(catalog_import=first, by=people.office)
    with pytest.raises(services.NotAllowed, match="已经撤销"):
        services.undo_import(catalog_import=first, by=people.office)


def test_not_when_an_item_was_changed_later(people, bring):
    first = bring(FIRST)
    item = Item.objects.get(levels__contains=["办事指南"])
    draft = services.draft_of(item)
    draft.time_limit = "10个工作日"
    services.change_item(item=item, draft=draft, by=people.office, reason="时限改短")
    with pytest.raises(services.NotAllowed, match=f"办事指南（{item.code}）"):
        services.undo_import(catalog_import=first, by=people.office)
    assert Item.objects.count() == 3


def test_a_later_import_that_only_moved_rows_does_not_stand_in_the_way(people, bring):
    first = bring(FIRST)
    bring([row(1, "特困", "名单"), row(2, "低保", "政策文件"), row(3, None, "办事指南", limit="及时公开")])
    services.undo_import(catalog_import=first, by=people.office)
    assert Item.objects.count() == 0


def test_not_when_a_document_hangs_on_an_item(people, bring):
    first = bring(FIRST)
    item = Item.objects.first()
    document = DocumentFactory(agency=people.minzheng)
    document.items.add(item)
    with pytest.raises(services.NotAllowed, match=document.title):
        services.undo_import(catalog_import=first, by=people.office)
    assert Item.objects.count() == 3


def test_what_is_only_reckoned_of_an_item_does_not_stand_in_the_way(people, bring):
    first = bring(FIRST)
    refresh_all()
    assert Coverage.objects.count() == 3
    services.undo_import(catalog_import=first, by=people.office)
    assert (Item.objects.count(), Coverage.objects.count()) == (0, 0)


def test_who_may_only_propose_may_not_undo(people, bring):
    first = bring(FIRST)
    for user in (people.clerk, people.stranger, people.reviewer):
        with pytest.raises(services.NotAllowed):
            services.undo_import(catalog_import=first, by=user)


def test_an_import_of_old_days_says_why_not(people):
    record = CatalogImport.objects.create(
        agency=people.minzheng, file_name="旧.xlsx", sha256="", imported_at=timezone.now()
    )
    with pytest.raises(services.NotAllowed, match="没有留下"):
        services.undo_import(catalog_import=record, by=people.office)


def test_only_what_the_file_lacks_can_be_retired(people, bring, catalog_file):
    bring(FIRST)
    read = read_and_plan(catalog_file(SECOND), agency=people.minzheng, by=people.office)
    kept = Item.objects.get(levels__contains=["名单"])
    with pytest.raises(services.CatalogMoved):
        apply(read, agency=people.minzheng, file_name="x", by=people.office, retire=[kept.pk])
    assert Item.objects.in_force().count() == 3


def test_a_clerk_proposes_and_does_not_write(people, catalog_file):
    read = read_and_plan(catalog_file(FIRST), agency=people.minzheng, by=people.clerk)
    with pytest.raises(services.NotAllowed, match="县政府办公室批准"):
        apply(read, agency=people.minzheng, file_name="x", by=people.clerk)
    assert Item.objects.count() == 0
