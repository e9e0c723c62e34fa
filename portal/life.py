"""Fields of the catalog grouped by what people live through, for the index on the home page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: A field that stands in no group (one that the county has added) goes to the last, 其他.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("田地", ("shenong-butie", "zhengdi-buchang", "fupin", "guotu-kongjian-guihua")),
    (
        "住房",
        (
            "baozhangxing-zhufang",
            "nongcun-weifang-gaizao",
            "guoyou-tudi-fangwu-zhengshou-buchang",
            "shizheng-fuwu",
        ),
    ),
    ("上学", ("yiwu-jiaoyu", "gonggong-wenhua-fuwu")),
    ("看病", ("yiliao-weisheng", "shipin-yaopin-jianguan")),
    ("就业", ("jiuye", "shehui-baoxian")),
    ("养老与救助", ("yanglao-fuwu", "shehui-jiuzhu", "huji-guanli")),
    ("企业", ("shuishou-guanli", "gonggong-ziyuan-jiaoyi", "zhongda-jianshe-xiangmu")),
    (
        "平安与环境",
        (
            "anquan-shengchan",
            "jiuzai",
            "shengtai-huanjing",
            "chengshi-zonghe-zhifa",
            "gonggong-falv-fuwu",
        ),
    ),
    ("政府的账", ("caizheng-yujuesuan",)),
)
OTHER = "其他"


def by_life(fields: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Return the fields in their groups, empty groups left out."""
    home = {slug: name for name, slugs in GROUPS for slug in slugs}
    groups: dict[str, list[Any]] = {name: [] for name, _ in GROUPS} | {OTHER: []}
    for field in fields:
        groups[home.get(field.slug, OTHER)].append(field)
    return [(name, members) for name, members in groups.items() if members]
