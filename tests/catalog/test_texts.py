"""公开时限, 公开依据 and 公开主体: what is read out of the literal text."""

import pytest

from catalog.bases import split_bases
from catalog.subjects import SubjectIndex, split_subjects
from catalog.time_limits import parse_time_limit


@pytest.mark.parametrize(
    ("text", "kind", "n", "unit", "event"),
    [
        ("信息形成或者变更之日起20个工作日内", "workdays", 20, "working", "信息形成或者变更"),
        ("信息形成\n之日起 14 个\n工作日内", "workdays", 14, "working", "信息形成"),
        ("20个工作日", "workdays", 20, "working", ""),
        ("信息形成20个工作日内公开", "workdays", 20, "working", "信息形成"),
        ("其中行政许可、行政处罚自作出决定之日起7个工作日内", "workdays", 7, "working", "作出决定"),
        ("自批准后20日内", "days", 20, "calendar", "批准"),
        ("征收土地公告之日起三十日内", "days", 30, "calendar", "征收土地公告"),
        ("收到申请后2小时内", "days", 2, "hour", "收到申请"),
        ("实时公开", "immediate", None, None, ""),
        ("随时公布", "immediate", None, None, ""),
        ("及时公开", "prompt", None, None, ""),
        ("按进展情况及时公开", "progress", None, None, ""),
        ("每年1月31日前", "periodic", None, None, ""),
        ("半年至少更新1次", "periodic", None, None, ""),
        ("每季度的首个月20日", "periodic", None, None, ""),
        ("提前一周发通知邀请", "before_event", 7, "calendar", ""),
        ("《听证通知书》在组织听证7个工作日前予以公开", "before_event", 7, "working", ""),
        ("公告期限为5个工作日", "posting", 5, "working", ""),
        ("公开期限不少于30日", "posting", 30, "calendar", ""),
        ("2024年12月31日前", "text", None, None, ""),
        ("长期公开", "text", None, None, ""),
        ("", "none", None, None, ""),
    ],
)
def test_time_limits(text, kind, n, unit, event):
    found = parse_time_limit(text)
    assert (found.kind, found.n, found.unit, found.start_event) == (kind, n, unit, event)


def test_two_limits_in_one_cell_and_a_misprint():
    both = parse_time_limit("制定或获取信息之日起10个工作日内，公示7个工作日")
    assert (both.n, both.others, both.suspicious) == (10, ("7个工作日",), False)
    assert parse_time_limit("制定或获取信息之日起120个工作日内").suspicious is True


def test_bases_with_classes_numbers_and_nested_titles():
    text = (
        "【法律】《中华人民共和国预算法》\n"
        "【规范性文件】《国务院办公厅印发〈关于全面推进政务公开工作的意见〉实施细则的通知》（国办发〔2016〕80号）、"
        "《财政部关于印发<地方预决算公开操作规程>的通知》(财预〔2016〕143号)等法律法规和文件规定"
    )
    assert [(b.category, b.title, b.number) for b in split_bases(text)] == [
        ("法律", "中华人民共和国预算法", ""),
        (
            "规范性文件",
            "国务院办公厅印发〈关于全面推进政务公开工作的意见〉实施细则的通知",
            "国办发〔2016〕80号",
        ),
        ("规范性文件", "财政部关于印发<地方预决算公开操作规程>的通知", "财预〔2016〕143号"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("信息公开规定", [("信息公开规定", "")]),
        ("1.《户口登记条例》\n\n2.《收养法》", [("户口登记条例", ""), ("收养法", "")]),
        ("《教育部关于推进中小学信息公开工作的意见", [("教育部关于推进中小学信息公开工作的意见", "")]),
        ("《关于做好救助工作的通知》民发(2018)74号", [("关于做好救助工作的通知", "民发(2018)74号")]),
        ("", []),
    ],
)
def test_bases_as_officials_write_them(text, found):
    assert [(b.title, b.number) for b in split_bases(text)] == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("民政局、乡镇人民政府(街道办事处)", ("民政局", "乡镇人民政府(街道办事处)")),
        ("公安\n分局", ("公安分局",)),
        ("公安局\n民政局", ("公安局", "民政局")),
        ("县财政局和县民政局", ("县财政局", "县民政局")),
        ("街道 办事处", ("街道办事处",)),
        ("", ()),
    ],
)
def test_subjects_one_by_one(text, names):
    assert split_subjects(text) == names


def test_subjects_are_found_by_name_county_prefix_and_mapping():
    index = SubjectIndex(
        names={"青澜县民政局": frozenset({1}), "同名单位": frozenset({2, 3})},
        mappings={"县级民政部门": frozenset({1, 4})},
        county="青澜县",
    )
    assert index.resolve(["民政局"]) == {1}
    assert index.resolve(["县级民政部门"]) == {1, 4}
    assert index.resolve(["同名单位、区应急局"]) == set()  # a name that two bear names neither
    assert index.unresolved == {"同名单位": 1, "区应急局": 1}
