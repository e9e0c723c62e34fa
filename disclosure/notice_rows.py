"""The table of a batch (批量发布): its columns, declared once for template, reading and checking. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column: key, heading, what to write into it, width in characters; `long` texts get a larger box."""

    key: str
    heading: str
    help: str
    width: int
    required: bool = False
    long: bool = False
    #: Further headings under which clerks write the same.
    also: tuple[str, ...] = ()


COLUMNS = (
    Column(
        "title",
        "标题",
        "和要公开的标题一致，不加书名号。",
        44,
        required=True,
        long=True,
        also=("名称", "公示名称", "信息标题", "信息名称", "公示标题", "公告标题", "题目"),
    ),
    Column(
        "agency",
        "公开单位",
        "单位全称或简称；不填就是本批次的单位。",
        22,
        also=("发布单位", "单位", "单位名称", "公开主体", "发布机构", "发文单位", "发文机关", "责任单位"),
    ),
    Column(
        "written_on",
        "成文日期",
        "如 2026-03-02。",
        13,
        required=True,
        also=("成文时间", "落款日期", "生成日期", "印发日期", "发文日期", "日期", "发布日期"),
    ),
    Column(
        "topic",
        "主题分类",
        "如 民政、扶贫、救灾\\社会福利，或只写社会福利。",
        24,
        required=True,
        also=("主题", "主题类别", "所属主题", "信息分类", "分类"),
    ),
    Column(
        "items",
        "目录事项",
        "事项编码或事项名称，几项用分号隔开；可以不填。",
        26,
        also=("事项", "事项名称", "事项编码", "公开事项", "对应事项"),
    ),
    Column("genre", "体裁", "公告、通知等；可以不填。", 9, also=("体裁分类", "文种", "公文种类")),
    Column("doc_number", "发文字号", "没有的不填。", 20, also=("文号", "发文号", "文件字号")),
    Column(
        "summary",
        "一句话看懂",
        "和谁有关、有什么变化，不超过200字；可以不填。",
        30,
        also=("摘要", "内容摘要", "内容概述", "简介"),
    ),
    Column(
        "body",
        "正文",
        "几段就换行写；内容都在附件里的可以不填。",
        50,
        long=True,
        also=("内容", "正文内容", "信息内容", "公示内容", "公告内容", "全文"),
    ),
    Column("keywords", "主题词", "三五个词，用空格隔开；可以不填。", 18, also=("关键词", "关键字")),
    Column(
        "attachments",
        "附件",
        "上传的文件名，几个用分号隔开。",
        30,
        also=("附件文件名", "文件名", "附件名", "附件名称"),
    ),
    # Not 备注: a remark made for something else would pass for the reason why a name may stand in public.
    Column("note", "检查说明", "检查出个人信息等情况、确需公开的，写明理由。", 26, also=("说明",)),
)
KEYS = tuple(column.key for column in COLUMNS)
BY_KEY = {column.key: column for column in COLUMNS}
#: More rows than any office posts in a day.
MOST_ROWS = 500
LENGTHS = {"title": 400, "doc_number": 100, "summary": 200, "note": 300}

_DATE = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SERIAL = re.compile(r"^(\d{5})(?:\.0+)?$")
_SEVERAL = re.compile(r"[;；\n、]+")


@dataclass
class Seen:
    """What the scanner sees in a row; `excerpt` is masked."""

    place: str
    excerpt: str
    advice: str


@dataclass
class Checked:
    """A row with what became of its texts. `errors` by column; `values` as a document takes them."""

    position: int
    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    findings: list[Seen] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)
    pk: int = 0
    document: Any = None
    struck_reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether it may go to review."""
        return not self.errors and (not self.findings or bool(self.texts.get("note", "").strip()))

    @property
    def rest_is_wrong(self) -> bool:
        """Whether an error stands in a column that is folded away."""
        return bool(self.errors.keys() - {"title", "written_on", "topic", "attachments", "note"})

    @property
    def cells(self) -> list[tuple[Column, str, str]]:
        """(column, text, error) of each column."""
        return [(one, self.texts.get(one.key, ""), self.errors.get(one.key, "")) for one in COLUMNS]


def key_of_heading(text: str) -> str:
    """The column that a heading names; empty for none of ours."""
    plain = _plain(text)
    for column in COLUMNS:
        if plain and plain in {column.heading, *column.also}:
            return column.key
    return ""


def _plain(heading: str) -> str:
    return re.sub(r"[\s*＊（(].*$|[*＊]", "", folded(heading))


def columns_in(headings: Mapping[int, str]) -> dict[int, str]:
    """Which column stands where in a row of headings (place → text). Where two name the same one, ours goes
    before another word for it, then the one that its list names first."""
    keys = {at: key_of_heading(text) for at, text in headings.items()}
    best: dict[str, int] = {}
    for at, key in keys.items():
        if key and (key not in best or _rank(key, headings[at]) < _rank(key, headings[best[key]])):
            best[key] = at
    return {at: key for key, at in sorted(best.items(), key=lambda one: one[1])}


def _rank(key: str, heading: str) -> int:
    return (BY_KEY[key].heading, *BY_KEY[key].also).index(_plain(heading))


def folded(text: str) -> str:
    """Width folded, blanks at the ends gone: how names are compared."""
    return unicodedata.normalize("NFKC", text).strip()


def read_date(text: str) -> date | None:
    """A day as people and Excel write it. Raises ValueError for what is none; None for an empty text."""
    plain = folded(text)
    if not plain:
        return None
    if serial := _SERIAL.match(plain):
        return date(1899, 12, 30) + timedelta(days=int(serial[1]))
    match = _DATE.match(plain) or _COMPACT.match(plain)
    if match is None:
        raise ValueError(text)
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise ValueError(text) from error
    if not 1949 <= found.year <= 2100:
        raise ValueError(text)
    return found


def several(text: str) -> list[str]:
    """The entries of a cell that holds several, each once."""
    return list(dict.fromkeys(one for part in _SEVERAL.split(text) if (one := part.strip())))


def as_html(text: str) -> str:
    """Plain lines as paragraphs."""
    return "".join(f"<p>{escape(line.strip())}</p>" for line in text.splitlines() if line.strip())
