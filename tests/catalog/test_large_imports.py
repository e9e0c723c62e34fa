"""An import of more rows than are written at once: what stands at the seams, how many queries it takes."""

import gc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import collector
from catalog.drafts import Draft, comparable
from catalog.exchange.grid import Cell, Grid, Merge
from catalog.models import Item, Law
from catalog.planning import compare
from catalog.services.importing import import_catalog
from tests.factories import AgencyFactory

ROWS = 2_100  # two full batches and a part of one


def drafts(rows: int = ROWS, **first: str) -> list[Draft]:
    found = [
        Draft(
            levels=[f"第{index // 8}组", f"第{index}项"],
            content=f"第{index}项的内容",
            basis="【法律】《社会保险法》",
            subject="民政局" if index % 2 else "县级民政部门",
            serial=str(index + 1),
            field_slug="shehui-jiuzhu",
        )
        for index in range(rows)
    ]
    for name, value in first.items():
        setattr(found[0], name, value)
    return found


def load(people, rows: list[Draft]) -> int:
    """Import; returns the number of queries."""
    with CaptureQueriesContext(connection) as queries:
        import_catalog(
            drafts=rows, agency=people.minzheng, file_name="大表.xlsx", sha256="0" * 64, by=people.office
        )
    return len(queries)


@pytest.mark.django_db
def test_rows_of_all_batches_are_written_in_order_and_as_one_entry(people):
    queries = load(people, drafts())
    items = list(Item.objects.order_by("code").prefetch_related("bases", "agencies"))
    assert [item.code for item in items] == [f"shehui-jiuzhu-{n:05d}" for n in range(1, ROWS + 1)]
    assert [item.position for item in items] == list(range(1, ROWS + 1))
    assert {item.levels[1] for item in items} == {f"第{n}项" for n in range(ROWS)}
    assert {len(item.bases.all()) for item in items} == {1}
    assert {tuple(agency.code for agency in item.agencies.all()) for item in items} == {(), ("minzheng",)}
    assert Item.pgh_event_model.objects.values("pgh_context_id").distinct().count() == 1
    assert queries < 70


@pytest.mark.django_db
def test_what_moved_is_no_version_and_what_did_not_change_is_not_touched(people):
    load(people, drafts())
    assert load(people, drafts()) < 40  # nothing to write
    first = Draft(levels=["新组", "新事项"], content="新内容", serial="1", field_slug="shehui-jiuzhu")
    rows = [first, *drafts()]
    rows[-1].content = "改过的内容"
    assert load(people, rows) < 80
    assert Item.objects.get(levels=["新组", "新事项"]).position == 1
    assert list(Item.objects.order_by("position").values_list("position", flat=True)) == list(
        range(1, ROWS + 2)
    )
    assert list(Item.objects.filter(version=2).values_list("content", flat=True)) == ["改过的内容"]


@pytest.mark.django_db
def test_subjects_that_change_in_every_row_are_linked_anew_in_few_queries(people):
    many = 700
    load(people, drafts(many))
    AgencyFactory(code="renshe-da", name="青澜县就业服务局")
    rows = drafts(many)
    for row in rows:
        row.subject = "青澜县就业服务局"
    # An update holds 200 rows, so it is 4 of them; one query a row would be hundreds.
    assert load(people, rows) < 100
    through = Item.agencies.through.objects
    assert set(through.values_list("agency__code", flat=True)) == {"renshe-da"}
    assert through.count() == many


@pytest.mark.django_db
def test_a_paper_named_with_and_without_its_number_in_different_batches_is_one_law(people):
    rows = drafts(basis="《青澜县临时救助实施办法》")
    rows[-1].basis = "《青澜县临时救助实施办法》（青政发〔2021〕8号）"
    load(people, rows)
    law = Law.objects.get(title="青澜县临时救助实施办法")
    assert law.number == "青政发〔2021〕8号"
    assert law.bases.count() == 2


def test_equal_cells_are_equal_items_by_both_ways_of_comparing():
    one, same = drafts(2), drafts(2)
    assert one[0].says_the_same(same[0])
    assert not one[0].says_the_same(one[1])
    same[0].content = "第0项的 内容"
    assert not one[0].says_the_same(same[0])
    assert comparable(one[0]) == comparable(same[0])
    assert compare(one[0], same[0]) == []
    same[1].tier_words = {"乡级": "镇级"}
    assert [change.attribute for change in compare(one[1], same[1])] == ["tiers"]


def test_a_grid_lets_go_of_what_was_read():
    grid = Grid("目录", cells={row: {1: Cell("text", f"第{row}行")} for row in (1, 2, 5)})
    grid.merges = [Merge(1, 1, 2, 2), Merge(5, 1, 6, 1)]
    assert grid.merge_at(5, 1) is not None
    grid.forget_below(2)
    assert list(grid.rows()) == [1, 2]
    assert (grid.merge_at(1, 1), grid.merge_at(5, 1)) == (Merge(1, 1, 2, 2), None)


def test_the_collector_wakes_after_an_error_and_stays_as_it_was():
    on = []

    @collector.paused()
    def fail() -> None:
        on.append(gc.isenabled())
        raise KeyError

    assert gc.isenabled()
    with pytest.raises(KeyError):
        fail()
    assert on == [False]
    assert gc.isenabled()
    gc.disable()
    try:
        with collector.paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
