"""主题分类: the central portal's two-level list, and the reading of its literal texts (DOMAIN §4.5)."""

from __future__ import annotations

import re
import unicodedata

#: Top class → second level, in the order of the central portal. Codes are positions: 02, 0201.
CLASSES: dict[str, tuple[str, ...]] = {
    "国务院组织机构": (
        "国务院", "国务院办公厅", "组成部门", "直属特设机构", "直属机构", "办事机构", "直属事业单位",
        "部委管理的国家局", "议事协调机构", "其他",
    ),
    "综合政务": (
        "政务公开", "政务督查", "应急管理", "电子政务", "文秘工作", "保密工作", "信访", "参事、文史", "其他",
    ),
    "国民经济管理、国有资产监管": (
        "宏观经济", "经济体制改革", "统计", "物价", "国有资产监管", "重大建设项目", "其他",
    ),
    "财政、金融、审计": (
        "财政", "税务", "银行", "货币(含外汇)", "证券", "保险", "社会信用体系建设", "审计", "其他",
    ),
    "国土资源、能源": ("土地", "矿产", "水资源", "海洋", "煤炭", "石油与天然气", "电力", "其他"),
    "农业、林业、水利": ("农业、畜牧业、渔业", "林业", "水利", "其他"),
    "工业、交通": (
        "机械制造与重工业", "轻工纺织", "化工", "国防工业", "航天、航空", "信息产业(含电信)", "公路", "水运",
        "铁路", "民航", "邮政", "其他",
    ),
    "商贸、海关、旅游": ("对外经贸合作", "国内贸易(含供销)", "海关", "检验、检疫", "旅游", "其他"),
    "市场监管、安全生产监管": ("工商", "质量监督", "标准", "食品药品监管", "安全生产监管", "其他"),
    "城乡建设、环境保护": (
        "城市规划", "城乡建设(含住房)", "环境监测、保护与治理", "节能与资源综合利用",
         "气象、水文、测绘、地震",
        "其他",
    ),
    "科技、教育": ("科技", "教育", "知识产权", "其他"),
    "文化、广电、新闻出版": ("文化", "文物", "新闻出版", "广播、电影、电视", "其他"),
    "卫生、体育": ("卫生", "医药管理", "体育", "其他"),
    "人口与计划生育、妇女儿童工作": ("人口与计划生育", "妇女儿童", "其他"),
    "劳动、人事、监察": (
        "劳动就业", "社会保障", "人事工作", "军转安置", "监察", "纠正行业不正之风", "其他",
    ),
    "公安、安全、司法": ("公安", "国家安全", "司法", "其他"),
    "民政、扶贫、救灾": (
        "减灾救灾", "优抚安置", "社会福利", "行政区划与地名", "社团管理", "扶贫", "其他",
    ),
    "民族、宗教": ("民族事务", "宗教事务"),
    "对外事务": ("外交、外事", "国际条约、国际组织", "其他"),
    "港澳台侨工作": ("港澳工作", "对台工作", "侨务工作"),
    "国防": ("国防建设", "国防动员"),
    "其他": (),
}  # fmt: skip

#: Local renamings seen on county sites, as they stand for a class of the central list.
_RENAMED = {
    "民政、乡村振兴、救灾": "民政、扶贫、救灾",
    "民政、乡村振兴、救助": "民政、扶贫、救灾",
    "国土资源": "国土资源、能源",
    "自然资源、能源": "国土资源、能源",
    "市场监管": "市场监管、安全生产监管",
    "乡村振兴": "扶贫",
    "应急": "应急管理",
    "住房": "城乡建设(含住房)",
}

_SEPARATORS = re.compile(r"[/\\\-–—―|>»→:]+")
_BRACKETS = re.compile(r"\([^()]*\)")


def _key(text: str) -> str:
    """Fold away width, blanks, punctuation, remarks in brackets and the two writings of 其他."""
    folded = _BRACKETS.sub("", unicodedata.normalize("NFKC", text)).replace("其它", "其他")
    return "".join(c for c in folded if c.isalnum())


def _codes() -> tuple[dict[str, str], dict[tuple[str, str], str], dict[str, str]]:
    tops: dict[str, str] = {}
    pairs: dict[tuple[str, str], str] = {}
    seconds: dict[str, list[str]] = {}
    for i, (top, children) in enumerate(CLASSES.items(), start=1):
        tops[_key(top)] = f"{i:02d}"
        for j, child in enumerate(children, start=1):
            code = f"{i:02d}{j:02d}"
            pairs[_key(top), _key(child)] = code
            seconds.setdefault(_key(child), []).append(code)
    alone = {name: codes[0] for name, codes in seconds.items() if len(codes) == 1}
    return tops, pairs, alone


_TOPS, _PAIRS, _ALONE = _codes()
_ALIASES = {_key(local): _key(central) for local, central in _RENAMED.items()}


def code_for(text: str) -> str | None:
    """Return the code of the class that a literal text means, or None where none fits.

    Takes `top/second`, `top\\second`, `top-second`, a top class alone, or a second-level class alone where
    its name occurs once; a known top class with an unknown second level gives the top class.
    """
    parts = [
        _ALIASES.get(key, key)
        for key in map(_key, _SEPARATORS.split(unicodedata.normalize("NFKC", text)))
        if key
    ]
    if not parts:
        return None
    if len(parts) > 1 and (parts[0], parts[1]) in _PAIRS:
        return _PAIRS[parts[0], parts[1]]
    return _TOPS.get(parts[0]) or (_ALONE.get(parts[0]) if len(parts) == 1 else None)


def rows() -> list[tuple[str, str, str | None]]:
    """Return (code, name, code of the parent or None) for every class, parents first."""
    found: list[tuple[str, str, str | None]] = []
    for i, (top, children) in enumerate(CLASSES.items(), start=1):
        found.append((f"{i:02d}", top, None))
        found.extend((f"{i:02d}{j:02d}", child, f"{i:02d}") for j, child in enumerate(children, start=1))
    return found
