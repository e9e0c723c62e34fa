"""Identity of an item: level path and content, then order among equals, then the nearest path."""

from catalog.drafts import ChannelUse, Draft
from catalog.matching import match_items
from catalog.planning import KnownItem, plan_import


def item(*levels, content="检查结果、处理情况", **other):
    return Draft(levels=list(levels), content=content, **other)


def test_white_space_does_not_make_another_item():
    assert match_items([item("综合业务", "监督检查")], [item("综合\n业务", "监督 检查")]) == [0]


def test_order_among_equals():
    known = [item("低保", "办事指南", content="甲"), item("低保", "办事指南", content="乙")]
    assert match_items(known, [known[1], known[0]]) == [1, 0]
    twins = [item("低保", "办事指南"), item("低保", "办事指南")]
    assert match_items(twins, twins) == [0, 1]


def test_same_path_with_other_content_is_the_changed_one():
    known = [item("低保", "审核信息"), item("低保", "审批信息")]
    assert match_items(known, [item("低保", "审批信息", content="名单")]) == [1]


def test_the_nearest_path_is_the_changed_one():
    known = [item("临时救助", "审核审批信息"), item("特困供养", "办事指南")]
    assert match_items(known, [item("临时救助", "审核审批的信息", content="另外的内容")]) == [0]


def test_a_different_matter_is_new():
    assert match_items([item("临时救助", "办事指南")], [item("养老服务", "机构名录", content="名单")]) == [
        None
    ]


def test_each_known_item_is_used_once():
    assert match_items([item("低保", "办事指南")], [item("低保", "办事指南")] * 2) == [0, None]


def known(*drafts):
    return [KnownItem(pk, f"shehui-jiuzhu-{pk:05d}", draft) for pk, draft in enumerate(drafts, start=1)]


def test_a_plan_says_old_and_new_cell_by_cell():
    old = item("低保", "办事指南", time_limit="10个工作日", channels=[ChannelUse("政府网站", "required")])
    new = item(
        "低保",
        "办事指南",
        time_limit="20个工作日",
        channels=[ChannelUse("政府网站", "optional")],
        rows=[7],
        cells={"time_limit": "F", "channels": "H"},
    )
    plan = plan_import(1, "shehui-jiuzhu", known(old), [new])
    assert [(c.label, c.cell, c.old, c.new) for c in plan.items[0].changes] == [
        ("公开时限", "F7", "10个工作日", "20个工作日"),
        ("公开渠道和载体", "H7", "■政府网站", "□政府网站"),
    ]


def test_a_plan_lists_new_unchanged_and_missing():
    one, two, three = item("低保", "甲项"), item("低保", "乙项"), item("养老", "丙项", content="名录")
    plan = plan_import(1, "shehui-jiuzhu", known(one, two), [one, three])
    assert [planned.status for planned in plan.items] == ["unchanged", "new"]
    assert [missing.code for missing in plan.missing] == ["shehui-jiuzhu-00002"]


def test_columns_that_the_file_lacks_leave_the_catalog_as_it_is():
    old = item("低保", "办事指南", telephone="0799-1", tiers=["县级"], extra={"remark": "旧", "url": "x"})
    new = item("低保", "办事指南", columns=frozenset({"content", "extra:remark"}), extra={"remark": "新"})
    plan = plan_import(1, "shehui-jiuzhu", known(old), [new])
    planned = plan.items[0]
    assert [change.attribute for change in planned.changes] == ["extra"]
    assert (planned.draft.telephone, planned.draft.tiers) == ("0799-1", ["县级"])
    assert planned.draft.extra == {"remark": "新", "url": "x"}


def test_unused_channels_and_empty_columns_are_no_change():
    old = item("低保", "办事指南", channels=[ChannelUse("政府网站", "required")], audience=None, manner=[])
    new = item(
        "低保",
        "办事指南",
        channels=[ChannelUse("政府网站", "required"), ChannelUse("政府公报", "unused")],
        audience=[],
    )
    assert plan_import(1, "shehui-jiuzhu", known(old), [new]).items[0].status == "unchanged"
