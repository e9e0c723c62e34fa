"""The columns of the standard catalog, declared once: the reader knows them by their captions, the writer
prints them in this order (DOMAIN §3.2)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal[
    "serial",
    "level",
    "content",
    "basis",
    "time_limit",
    "subject",
    "channels",
    "audience",
    "manner",
    "tiers",
    "telephone",
    "extra",
]

SERIAL, ITEM_GROUP = "序号", "公开事项"
LEVEL_NAMES = ("一级事项", "二级事项", "三级事项", "四级事项")
WHOLE_SOCIETY, SPECIFIC_GROUP = "全社会", "特定群体"
PROACTIVE, ON_REQUEST = "主动公开", "依申请公开"
STANDARD_TIERS = ("县级", "乡级")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column or group: the official caption, its width in characters, how captions of real files
    name it (matched whole, after blanks and bracketed remarks are dropped)."""

    kind: Kind
    caption: str
    width: float
    pattern: re.Pattern[str]


def _spec(kind: Kind, caption: str, width: float, pattern: str) -> ColumnSpec:
    return ColumnSpec(kind, caption, width, re.compile(pattern))


COLUMNS: tuple[ColumnSpec, ...] = (
    _spec("serial", SERIAL, 5, r"序号?|编号|号|序列号|行号|NO\.?|No\.?"),
    _spec(
        "level",
        ITEM_GROUP,
        10.5,
        r"(?:公开|政务公开|信息公开)?(?:事项|项目)(?:名称)?|(?:公开)?事项(?:类别|分类|类型)"
        r"|[主子大小中]项(?:名称)?|[大中小]类(?:名称)?|[主子]事项(?:名称)?",
    ),
    _spec(
        "content",
        "公开内容(要素)",
        31,
        r"(?:主动)?公开的?(?:具体|主要)?内容(?:及?要素)?(?:及要求)?|(?:具体|主要)?内容(?:要素)?|(?:公开)?要素",
    ),
    _spec("basis", "公开依据", 24, r"(?:公开|政策|法律|法定|设定|信息公开)?(?:政策|法律|法规)?依据"),
    _spec(
        "time_limit", "公开时限", 12.2, r"公开(?:时限|期限|时间)(?:要求)?|时限|期限|公开时间及?时限|时限要求"
    ),
    _spec(
        "subject",
        "公开主体",
        10.5,
        r"(?:公开|信息公开|发布|责任|公开责任)(?:责任)?(?:主体|单位|部门)|主体|责任主体",
    ),
    _spec(
        "channels",
        "公开渠道和载体",
        22.5,
        r"(?:公开|发布|信息公开)?(?:渠道|载体|平台)(?:[和及与、/]?(?:载体|渠道|平台|场所))?",
    ),
    _spec("audience", "公开对象", 7, r"(?:公开)?对象(?:范围)?"),
    _spec("manner", "公开方式", 7, r"公开(?:方式|属性|类型)|方式"),
    _spec("tiers", "公开层级", 7, r"(?:公开)?(?:层级|级别|层次)"),
    _spec("telephone", "咨询电话", 12.2, r"(?:公开|咨询|联系|监督|服务|监督投诉|投诉)电话|联系方式|电话"),
)
BY_KIND: dict[Kind, ColumnSpec] = {spec.kind: spec for spec in COLUMNS}

# Further columns that counties add, with the key under which `--items` gives them. Captions of no entry
# here are kept under the caption itself.
EXTRA_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("format", "公开格式", r"公开格式|格式|公开形式"),
    ("five", "五公开", r"[“”\"]?五公开[“”\"]?|五公开类别|五公开属性"),
    ("site_column", "网站栏目", r"(?:对应)?(?:网站|公开)?(?:所属|对应)?栏目(?:名称)?|网站栏目链接"),
    ("url", "网址", r"URL|url|网址|链接(?:地址)?|公开网址"),
    ("duration", "公开时长", r"公开时长|时长"),
    ("requirement", "公开要求", r"公开要求|要求"),
    ("frequency", "更新频次", r"更新(?:频次|频率|周期|时限)"),
    ("office", "责任科室", r"(?:责任|业务|承办)(?:科室|股室|处室|股|科)|责任人|联系人"),
    ("remark", "备注", r"备注|说明"),
)
_EXTRA_PATTERNS = [(key, re.compile(pattern)) for key, _caption, pattern in EXTRA_COLUMNS]
EXTRA_CAPTIONS: dict[str, str] = {key: caption for key, caption, _pattern in EXTRA_COLUMNS}

_NUMBERED_LEVEL = re.compile(r"[一二三四五1-5]级(?:公开)?(?:事项|目录|指标|分类|项目|类别)(?:名称)?")
_FIELD_LEVEL = re.compile(r"(?:公开)?(?:领域|重点领域)(?:名称)?|试点领域")
_CATEGORY_LEVEL = re.compile(r"公开类别|信息类别|类别")
_SITE_COLUMN = re.compile(r"[一二三四五]级栏目")
_AUDIENCE = re.compile(r"(?:面向)?(?:全)?社会(?:公众)?|特定(?:群体|群众|人群|对象|公众)")
_MANNER = re.compile(r"主动(?:公开)?|依?申请(?:公开)?")
_TIER = re.compile(
    r"(?:.{0,6}[省市县区旗乡镇村居](?:[（(].*[)）])?|.{0,6}(?:街道?|社区|园区|开发区|村居))级?(?:[、/和及].{1,5}级?)?"
)
# What may stand beneath 公开渠道和载体 where each channel has a column of its own to be ticked.
_CHANNEL = re.compile(
    r".*(?:网|微|端|公报|发布会|听证|广播|电视|媒体|查阅|中心|服务站|入户|现场|公示|社区|推送|其[他它]|栏|报刊?|屏"
    r"|会议|热线).*"
)
# 「4公开依据」「(3)公开内容」「5.公开时限」: numbers before captions.
_NUMBER_BEFORE = re.compile(r"^[(]?\d{1,2}[)]?[.、)]?(?=[\u4e00-\u9fff])")
_BRACKETED = re.compile(r"[(（\[【〔][^()（）\[\]【】〔〕]*[)）\]】〕]")


def caption_text(text: str) -> str:
    """A caption as it is compared: width folded, no white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


def _plain(text: str) -> str:
    return _BRACKETED.sub("", caption_text(text)).strip(":：*")


@dataclass(frozen=True, slots=True)
class Caption:
    """What a column's captions say it is. `label`: the tick's meaning (全社会, 县级…); `key`: the key of
    a further column; `role` of a level: "field" (公开领域) or "category" (公开类别)."""

    kind: Kind
    label: str = ""
    key: str = ""
    role: str = ""


@lru_cache(maxsize=4096)
def recognise(top: str, sub: str) -> Caption | None:
    """What a column is, from its upper and lower caption; None for captions that say nothing known."""
    upper, lower = _plain(top), _plain(sub)
    joined = caption_text(top) + caption_text(sub)
    if lower:
        found = _recognise_lower(upper, lower, caption_text(sub))
        if found:
            return found
    for text in (_plain(joined), upper + lower, upper, lower):
        if text and (found := _recognise_single(text)):
            return found
    bare = _NUMBER_BEFORE.sub("", caption_text(top))
    return recognise(bare, sub) if bare and bare != caption_text(top) else None


def _recognise_lower(upper: str, lower: str, found: str) -> Caption | None:
    if _NUMBERED_LEVEL.fullmatch(lower):
        return Caption("level")
    if BY_KIND["audience"].pattern.fullmatch(upper) or (_AUDIENCE.fullmatch(lower) and lower != upper):
        return Caption("audience", label=audience_label(lower))
    if BY_KIND["manner"].pattern.fullmatch(upper) or _MANNER.fullmatch(lower):
        return Caption("manner", label=manner_label(lower))
    if BY_KIND["tiers"].pattern.fullmatch(upper) or (_TIER.fullmatch(lower) and lower.endswith("级")):
        return Caption("tiers", label=_BRACKETED.sub("", found) or found)
    channels = BY_KIND["channels"].pattern
    if channels.fullmatch(upper) and not channels.fullmatch(upper + lower) and _CHANNEL.fullmatch(lower):
        return Caption("channels", label=lower)
    return None


def _recognise_single(text: str) -> Caption | None:
    for pattern, role in ((_NUMBERED_LEVEL, ""), (_FIELD_LEVEL, "field"), (_CATEGORY_LEVEL, "category")):
        if pattern.fullmatch(text):
            return Caption("level", role=role)
    for spec in COLUMNS:
        if spec.pattern.fullmatch(text):
            return Caption(spec.kind)
    if _AUDIENCE.fullmatch(text):
        return Caption("audience", label=audience_label(text))
    if text in ("主动", PROACTIVE, "依申请", ON_REQUEST):
        return Caption("manner", label=manner_label(text))
    if _TIER.fullmatch(text) and text.endswith("级"):
        return Caption("tiers", label=text)
    key = next((key for key, pattern in _EXTRA_PATTERNS if pattern.fullmatch(text)), "")
    return Caption("extra", key=key) if key else None


def is_sub_caption(text: str) -> bool:
    """Whether a text is a caption of the second row (一级事项, 全社会, 主动, 县级 …)."""
    plain = _plain(text)
    return bool(
        plain
        and (
            _NUMBERED_LEVEL.fullmatch(plain)
            or _AUDIENCE.fullmatch(plain)
            or _MANNER.fullmatch(plain)
            or (_TIER.fullmatch(plain) and plain.endswith("级"))
        )
    )


def is_site_column(text: str) -> bool:
    """Whether a caption belongs to a table of a site's columns (一级栏目…), which is no catalog."""
    return bool(_SITE_COLUMN.fullmatch(_plain(text)))


def audience_label(text: str) -> str:
    """全社会 in its spellings; a specific group keeps its caption (特定群体, 特定群众)."""
    return WHOLE_SOCIETY if "社会" in text else text


def manner_label(text: str) -> str:
    """主动 -> 主动公开, 申请 -> 依申请公开; another caption stays."""
    if "申请" in text:
        return ON_REQUEST
    return PROACTIVE if "主动" in text else text
