"""The backlog worked off by keyboard alone in a browser, and without JavaScript; axe looking on."""

import pytest
from playwright.sync_api import expect

from disclosure import reference
from disclosure.models import Document, FilingBatch
from tests.disclosure.test_filing import archived, linked
from tests.factories import FieldFactory, ItemFactory

pytestmark = pytest.mark.journey
DESK = "/admin/disclosure/filingbatch/"


@pytest.fixture
def desk(transactional_db, people):
    """Two items, and four papers that wait; newest first as the page shows them."""
    reference.plant_topics()
    field = FieldFactory(slug="shehui-jiuzhu", name="社会救助")
    people.standard = ItemFactory(
        agency=people.minzheng,
        field=field,
        levels=["最低生活保障", "保障标准"],
        content="低保标准",
        stage="decision",
    )
    people.aging = ItemFactory(
        agency=people.minzheng,
        field=field,
        levels=["养老服务", "高龄津贴"],
        content="80周岁以上",
        stage="service",
    )
    titles = (
        "2019年最低生活保障标准",
        "2018年最低生活保障标准",
        "春节放假安排",
        "高龄津贴和最低生活保障标准",
    )
    people.papers = [
        archived(people.minzheng, title=title, published_on=f"20{19 - place}-03-01")
        for place, title in enumerate(titles)
    ]
    return people


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def take_another_item(page, paper, words, assert_accessible):
    # when nothing fits what is offered, then / finds another item
    expect(page.locator(f"#filing-{paper.pk}")).to_be_focused()
    press(page, "/")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type(words)
    expect(page.locator("#filing-search-found li")).to_have_count(1)
    assert_accessible(page)
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(f"#filing-{paper.pk}")).to_be_focused()
    press(page, "Enter")


def pick_suggestions(page, paper):
    # when the second suggestion is the right one, 2 picks it; with Shift both
    expect(page.locator(f"#filing-{paper.pk}")).to_be_focused()
    boxes = page.locator(f'input[name="items-{paper.pk}"]')
    expect(boxes).to_have_count(2)
    press(page, "2")
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    press(page, "Shift+Digit1")
    expect(boxes.nth(0)).to_be_checked()
    press(page, "Enter")


def test_by_keyboard_alone(desk, new_page, assert_accessible):
    first, second, third, fourth = desk.papers
    page = new_page(user=desk.clerk, bypass_csp=True)
    page.goto(DESK)
    expect(page.locator("#filing-help")).to_be_visible()
    assert_accessible(page)
    status = page.locator("#filing-status")

    # given the first row, when accepted, then the next one has the focus
    press(page, "j", "k", "Enter")
    expect(status).to_have_text("已接受 1 件，还没有保存。")
    expect(page.locator(f"#filing-{second.pk}")).to_be_focused()

    # when accepted by mistake, then u takes it back
    press(page, "Space")
    expect(status).to_have_text("已接受 2 件，还没有保存。")
    press(page, "u")
    expect(status).to_have_text("已接受 1 件，还没有保存。")
    expect(page.locator(f"#filing-{second.pk}")).to_be_focused()
    press(page, "s")
    expect(page.locator(f"#filing-{second.pk}")).to_have_class("is-skipped")

    take_another_item(page, third, "津贴", assert_accessible)
    pick_suggestions(page, fourth)

    # when saved, then what was accepted is filed in one act and the rest still waits
    assert not FilingBatch.objects.exists()
    press(page, "Control+Enter")
    expect(page.locator(".messagelist")).to_contain_text("已归类 3 件")
    assert FilingBatch.objects.get().count == 3
    assert linked(first) == [desk.standard.pk]
    assert linked(second) == []
    assert linked(third) == [desk.aging.pk]
    assert linked(fourth) == sorted([desk.standard.pk, desk.aging.pk])
    assert list(Document.objects.unfiled()) == [second]
    assert_accessible(page)

    # when nothing on the page is left to undo, u leads to the batch, Enter takes it back as one
    press(page, "u")
    expect(page.get_by_role("button", name="撤销上一批")).to_be_focused()
    press(page, "Enter")
    expect(page.locator(".messagelist")).to_contain_text("3 件恢复成原来的样子")
    assert Document.objects.unfiled().count() == 4
    assert page.refusals == []


def test_all_that_is_sure_at_one_key_and_none_of_the_rest(desk, new_page):
    page = new_page(user=desk.clerk)
    page.goto(DESK)
    sure = page.locator("tr[data-sure]").count()
    assert 0 < sure < 4
    press(page, "a")
    expect(page.locator("#filing-status")).to_contain_text(f"接受了 {sure} 件把握「高」的")
    expect(page.locator("tr.is-accepted")).to_have_count(sure)
    press(page, "u")
    expect(page.locator("tr.is-accepted")).to_have_count(0)


def test_single_keys_can_be_switched_off_and_stay_off(desk, new_page):
    page = new_page(user=desk.clerk)
    page.goto(DESK)
    page.get_by_label("使用单键").uncheck()
    page.locator(f"#filing-{desk.papers[0].pk}").focus()
    press(page, "Enter", "a")
    expect(page.locator("tr.is-accepted")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("使用单键")).not_to_be_checked()


def test_closing_the_page_leaves_nothing_half_done(desk, new_page):
    page = new_page(user=desk.clerk)
    page.goto(DESK)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    press(page, "j", "k", "Enter", "Enter")
    page.goto("/admin/")
    assert asked == ["beforeunload"]
    assert not FilingBatch.objects.exists()
    assert Document.objects.unfiled().count() == 4


def test_without_javascript_it_is_a_form(desk, new_page):
    first, second, *_ = desk.papers
    page = new_page(user=desk.clerk, javascript=False)
    page.goto(DESK)
    page.get_by_label(f"接受：{first.title}").check()
    page.get_by_label(f"接受：{second.title}").check()
    row = page.locator(f"#filing-{second.pk}")
    for box in row.locator("input[name^=items-]").all():
        box.uncheck()
    row.get_by_label("另选（填事项编码）").fill(desk.aging.code)
    page.get_by_role("button", name="保存接受的文件").click()
    expect(page.locator(".messagelist")).to_contain_text("已归类 2 件")
    assert linked(first) == [desk.standard.pk]
    assert linked(second) == [desk.aging.pk]


def test_accessible_full_and_empty(desk, new_page, assert_accessible_at_both):
    page = new_page(user=desk.clerk, bypass_csp=True)
    page.goto(DESK)
    assert_accessible_at_both(page)
    page.goto(f"{DESK}?words=没有这样的题目")
    expect(page.locator(".empty")).to_contain_text("没有符合条件的文件")
    assert_accessible_at_both(page)
