"""公开渠道和载体 in the forms in which real files write it."""

import pytest

from catalog.channels import STANDARD_CHANNELS, parse_channels


@pytest.mark.parametrize(
    ("text", "marked", "unmarked"),
    [
        ("■政府网站 □政府公报 ■两微一端", ["政府网站", "两微一端"], ["政府公报"]),
        ("■政府网站\n□发布会/听证会 □广播电视", ["政府网站"], ["发布会/听证会", "广播电视"]),
        ("▲政府网站     \n□征地信息公开平台", ["政府网站"], ["征地信息公开平台"]),
        ("t政府网站\nt入户/现场", ["政府网站", "入户/现场"], []),
        ("■政府网站\n口两微一端 口公开查阅点", ["政府网站"], ["两微一端", "公开查阅点"]),
        ("■政府网站 ■办事窗口", ["政府网站", "办事窗口"], []),
        ("√政府网站；√公开查阅点", ["政府网站", "公开查阅点"], []),
        ("☑政府网站 ☐政府公报", ["政府网站"], ["政府公报"]),
        ("□政府网站 ■其他:浙江政务服务网", ["其他:浙江政务服务网"], ["政府网站"]),
        ("■公开查阅点□政务服务中心", ["公开查阅点"], ["政务服务中心"]),
        ("■社区/企事业单位/村公示栏\n(电子屏)", ["社区/企事业单位/村公示栏(电子屏)"], []),
        ("■其他。", ["其他"], []),
    ],
)
def test_boxes(text, marked, unmarked):
    found = parse_channels(text)
    assert (list(found.marked), list(found.unmarked), found.style) == (marked, unmarked, "boxes")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("政府网站", ["政府网站"]),
        ("村公示栏、政府网站", ["村公示栏", "政府网站"]),
        ("政府网站/被征收范围内公告栏", ["政府网站", "被征收范围内公告栏"]),
        ("政府网站\n入户/现场", ["政府网站", "入户/现场"]),
        ("发布会/听证会,广播电视；纸质媒体", ["发布会/听证会", "广播电视", "纸质媒体"]),
        ("村公示栏(电子屏、公告栏)、政府网站", ["村公示栏(电子屏、公告栏)", "政府网站"]),
        ("社区/企事业单位/村公示栏(电子屏)", ["社区/企事业单位/村公示栏(电子屏)"]),
        ("", []),
    ],
)
def test_lists_without_boxes(text, names):
    found = parse_channels(text)
    assert (list(found.marked), found.unmarked, found.style) == (names, (), "list")


def test_a_name_without_a_box_among_boxes_is_neither():
    found = parse_channels("▄政府网站;口政府公报;国家档案馆;口其他。")
    assert (found.marked, found.unmarked, found.unboxed) == (
        ("政府网站",),
        ("政府公报", "其他"),
        ("国家档案馆",),
    )


def test_every_standard_channel_survives_both_ways_of_writing():
    boxes = parse_channels(" ".join(f"□{name}" for name in STANDARD_CHANNELS))
    assert boxes.unmarked == STANDARD_CHANNELS
    assert parse_channels("\n".join(STANDARD_CHANNELS)).marked == STANDARD_CHANNELS
