"""The facts that a signed paper states of itself: number, title, issuer, day, openness, attachments and more.

Proposals, each with the words and the place where it stands; what is not found stays empty. Pure. The layout
is that of GB/T 9704 (版头, 主体, 版记), taken loosely: many papers have no letterhead at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from disclosure.numbering import fold, parse_doc_number
from disclosure.papers.characters import bare, without_gaps
from disclosure.papers.dates import day_alone, day_in
from disclosure.papers.endings import Ending, read_ending
from disclosure.papers.reading import Paragraph
from disclosure.papers.terms import read_term

#: What is looked for, in the order in which it is shown.
LABELS = {
    "title": "标题",
    "doc_number": "发文字号",
    "issuer": "发文机关",
    "written_on": "成文日期",
    "effective_on": "施行日期",
    "expires_on": "有效期至",
    "openness": "公开属性",
    "recipients": "主送机关",
    "attachments": "附件",
    "genre": "体裁",
}
_MAY_LACK = frozenset({"attachments", "recipients", "effective_on", "expires_on"})
GENRES = "决议 决定 命令 公报 公告 通告 意见 通知 通报 报告 请示 批复 议案 函 纪要".split()
_ENDINGS = (
    "决议|决定|命令|令|公报|公告|通告|公示|意见|通知|通报|报告|请示|批复|议案|函|纪要|办法|规定|细则|方案|规划|计划|条例|规则|"
    "预案|指南|目录|清单|名单|制度|要点|标准|说明|解读|章程|协议|情况|总结|结果|简报|汇总表|一览表|表"
)
_ENDS_TITLE = re.compile(rf"(?:{_ENDINGS})(?:[（(〔【][^（()）]{{1,20}}[）)〕】])?[》”]?$")
_CARRIES_ON = re.compile(r"^(?:的|》|”|及|和|与|有关|工作|实施)")
_NUMBER_LINE = re.compile(
    r"^(?P<number>(?:[\u4e00-\u9fff()]{1,24}?)?[〔﹝\[【(<《「](?:19|20)\d{2}年?[〕﹞\]】)>》」]第?\d{1,5}号)"
    r"(?:签发人[:：]?.*)?$"
)
_ORDER_NUMBER = re.compile(r"^第[\d一二三四五六七八九十百]{1,6}号$")
_YEAR_NUMBER = re.compile(r"^(?:19|20)\d{2}年第?\d{1,4}号$")
_LETTERHEAD = re.compile(r"^(?P<name>.{2,60}?)(?:文件|令|会议纪要|函|公告)?$")
_OF_OFFICE = re.compile(
    r"(?:人民政府|办公室|办公厅|委员会|局|厅|部|院|处|中心|指挥部|领导小组|大队|支队|管委会|街道办事处|办事处|公司|学校|医院|协会|联合会"
    r"|村民委员会|居民委员会|镇|乡|社|站|所|馆|会)(?:[（(].{1,20}[）)])?$"
)
_URGENT = re.compile(r"^(?:特急|特提|加急|急件|平急|平件|\d{6}|№?\d{4,6})$")
_SECRET = re.compile(r"^(?:绝密|机密|秘密)(?:[★☆*※](?:.{0,8})?|[一二三四五六七八九十\d]{1,3}年|长期)?$")
_UNDER_TITLE = re.compile(r"^[（(〔\[].*[）)〕\]]$")
_HEAD_PARAGRAPHS = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the paper says: `value` as it is to be entered, `quote` as it stands, `place` where.
    `warning` says in words what is doubtful about it."""

    name: str
    value: str
    place: str
    quote: str
    warning: str = ""


@dataclass(slots=True)
class Proposal:
    """What is proposed: facts by name, and which paragraphs are the body (from the addressees to the day)."""

    facts: dict[str, Fact] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)
    body: list[Paragraph] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: Numbers of the paragraphs that stand on the right (落款), and of those set flush left (addressees).
    right: set[int] = field(default_factory=set)
    flush: set[int] = field(default_factory=set)
    #: 密级 as it stands in the head; a paper with one must never be stored here.
    secrecy: str = ""

    @property
    def missing(self) -> list[str]:
        """Names of what was looked for and not found. What many papers rightly lack is no gap."""
        return [name for name in LABELS if name not in self.facts and name not in _MAY_LACK]

    @property
    def written_on(self) -> date | None:
        """成文日期 as a day."""
        return self.day("written_on")

    def day(self, name: str) -> date | None:
        """A fact that is a day, as a day."""
        fact = self.facts.get(name)
        return date.fromisoformat(fact.value) if fact else None


def propose(paragraphs: Sequence[Paragraph]) -> Proposal:
    """Read the facts out of the paragraphs of a paper. Never raises: what is not there is not proposed."""
    found = Proposal()
    if not paragraphs:
        return found
    head = _Head(paragraphs)
    found.secrecy = head.secrecy
    ending = read_ending(paragraphs, head.end)
    _take_number(found, head)
    _take_title(found, head, paragraphs)
    _take_recipients(found, head, paragraphs)
    _take_ending(found, ending)
    _take_issuer(found, head, ending)
    body = [one for one in paragraphs[head.end :] if one.number not in ending.imprint]
    found.body = body if found.facts.get("title") else [*paragraphs]
    _take_term(found)
    if ending.imprint:
        found.notes.append("版记（抄送、印发机关和印发日期）没有带入正文。")
    return found


# --- The head: letterhead, number, title


class _Head:
    """The paragraphs before the body, sorted into letterhead, number and title."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self.number: tuple[Paragraph, str] | None = None
        self.letterhead: list[Paragraph] = []
        self.title: list[Paragraph] = []
        self.secrecy = ""
        self.end = 0
        taken = paragraphs[:_HEAD_PARAGRAPHS]
        last = next((at for at, one in enumerate(taken) if _is_body(one)), len(taken))
        numbered = self._find_number(taken[:last])
        start = numbered + 1 if numbered is not None else 0
        before = taken[:start]
        self._sort_before(before)
        self._collect(taken, start, last)
        if not self.title and numbered:
            # The number stands under the title: what is before it and no letterhead is the title.
            self._collect(taken, len(self.letterhead), numbered)
            self.end = max(self.end, start)

    def _find_number(self, head: Sequence[Paragraph]) -> int | None:
        for at, one in enumerate(head):
            text = fold(one.text)
            if match := _NUMBER_LINE.match(text):
                self.number = (one, match["number"])
            elif (
                at and _ORDER_NUMBER.match(text) and bare(head[at - 1].text).endswith(("令", "公告", "通告"))
            ):
                self.number = (one, bare(head[at - 1].text) + text)
            elif _YEAR_NUMBER.match(text.strip("()")):
                self.number = (one, text.strip("()"))
            else:
                if _is_secret(one.text):
                    self.secrecy = bare(one.text)
                continue
            return at
        return None

    def _sort_before(self, before: Sequence[Paragraph]) -> None:
        for one in before:
            text = bare(one.text)
            if _URGENT.match(text) or _is_secret(text) or (self.number and one is self.number[0]):
                continue
            if not self.title and _names_office(text):
                self.letterhead.append(one)

    def _collect(self, taken: Sequence[Paragraph], start: int, last: int) -> None:
        """The lines of the title: from `start`, joined until it is whole."""
        self.end, joined = start, ""
        for at in range(start, last):
            one = taken[at]
            text = bare(one.text)
            if one.align == "table" or _is_salutation(text):
                break
            if _URGENT.match(text) or _is_secret(text) or text.startswith("签发人"):
                self.secrecy = self.secrecy or (text if _is_secret(text) else "")
                self.end = at + 1
                continue
            if not joined and _is_letterhead(text):
                self.letterhead.append(one)
                self.end = at + 1
                continue
            if joined and (_is_whole(joined) and not _CARRIES_ON.match(text)):
                if _UNDER_TITLE.match(text) or day_alone(text):
                    self.end = at + 1 if day_alone(text) is None else self.end
                break
            if len(joined) + len(text) > 200 or len(self.title) >= 6:
                break
            self.title.append(one)
            joined += text
            self.end = at + 1
        if not _is_title(joined):
            self.title, self.end = [], start


def _is_body(one: Paragraph) -> bool:
    text = bare(one.text)
    return (
        _is_salutation(text)
        or one.align == "table"
        or (len(text) > 30 and "。" in text)
        or text.endswith("。")
    )


def _is_salutation(text: str) -> bool:
    return text.endswith(("：", ":")) and 3 <= len(text) <= 400


def _is_secret(text: str) -> bool:
    return bool(_SECRET.match(bare(text)))


def _is_letterhead(text: str) -> bool:
    """「青澜县人民政府文件」, 「青澜县人民政府令」: the name of the office above everything."""
    return len(text) <= 40 and "关于" not in text and text.endswith(("文件", "令")) and _names_office(text)


def _names_office(text: str) -> bool:
    if "关于" in text or len(text) > 40:
        return False
    return bool(_OF_OFFICE.search(office_of(text)))


def office_of(text: str) -> str:
    """The name of the office in a line of the letterhead."""
    match = _LETTERHEAD.match(bare(text))
    return match["name"] if match else ""


def _is_whole(joined: str) -> bool:
    opened = sum(joined.count(c) for c in "《（(") - sum(joined.count(c) for c in "》）)")
    return opened <= 0 and bool(_ENDS_TITLE.search(joined))


def _is_title(joined: str) -> bool:
    return 4 <= len(joined) <= 200 and joined.count("。") == 0 and not joined.endswith(("，", "、", "；"))


# --- What is proposed from it


def _take_number(found: Proposal, head: _Head) -> None:
    if head.number is None:
        return
    paragraph, text = head.number
    number = parse_doc_number(text)
    if number.text:
        found.facts["doc_number"] = _fact("doc_number", number.text, paragraph, number.flaw)


def _take_title(found: Proposal, head: _Head, paragraphs: Sequence[Paragraph]) -> None:
    title = "".join(without_gaps(one.text) for one in head.title)
    place = head.title[0] if head.title else None
    if not title and head.number and "令" in head.number[1]:
        # An order names what it makes public; that is what people look for.
        for one in paragraphs[head.end : head.end + 3]:
            if match := re.search(r"《([^《》]{4,100})》", one.text):
                title, place = match[1], one
                break
    if not title or place is None:
        return
    warning = "" if _ENDS_TITLE.search(bare(title)) else "不像完整的标题，请对照原件核对。"
    found.facts["title"] = _fact("title", title, place, warning)
    ending = re.sub(r"[（(〔].*?[）)〕]$", "", bare(title)).strip("》”")
    genre = next((one for one in GENRES if ending.endswith(one)), "命令" if ending.endswith("令") else "")
    if genre:
        found.facts["genre"] = _fact("genre", genre, place)


def _take_recipients(found: Proposal, head: _Head, paragraphs: Sequence[Paragraph]) -> None:
    for one in paragraphs[head.end : head.end + 3]:
        text = bare(one.text)
        if _is_salutation(text) and not re.match(r"^[一二三四五六七八九十（(\d]+[、.）)]", text):
            found.flush.add(one.number)
            # Run together by a careless converter: the number before them, the first sentence behind.
            names = re.split("[：:]", text)[0]
            number = head.number[1] if head.number else ""
            found.facts["recipients"] = _fact("recipients", names.removeprefix(number), one)
            return


def _take_ending(found: Proposal, ending: Ending) -> None:
    if ending.day:
        paragraph, day = ending.day
        found.right = {paragraph.number, *(one.number for one, _ in ending.signers)}
        found.facts["written_on"] = _fact("written_on", day.isoformat(), paragraph)
    if ending.openness:
        paragraph, value, warning = ending.openness
        if value:
            found.facts["openness"] = _fact("openness", value, paragraph, warning)
        else:
            found.notes.append(f"{paragraph.place}写着「{paragraph.text[:40]}」：{warning}")
    if ending.attachments:
        found.attachments = [name for _, name in ending.attachments]
        found.facts["attachments"] = _fact(
            "attachments", "\n".join(found.attachments), ending.attachments[0][0]
        )
    if ending.printed and not ending.day:
        paragraph = ending.printed
        printed_on = day_in(paragraph.text)
        found.notes.append(
            f"没有找到成文日期；{paragraph.place}的印发日期是{printed_on}，两者不一定相同，请对照原件。"
        )


def _take_term(found: Proposal) -> None:
    term = read_term(found.body, found.written_on)
    if term is None:
        return
    counted = "从成文日期算起，公布日期不同的请改正。" if term.counted else ""
    for name, day, warning in (("effective_on", term.start, ""), ("expires_on", term.until, counted)):
        if day:
            found.facts[name] = Fact(name, day.isoformat(), term.paragraph.place, term.quote[:120], warning)


def _take_issuer(found: Proposal, head: _Head, ending: Ending) -> None:
    """The signature (落款) first, then the letterhead, then the name at the head of the title."""
    if ending.signers:
        names = [name for _, name in ending.signers]
        found.facts["issuer"] = _fact("issuer", "、".join(names), ending.signers[0][0])
        return
    offices = [(one, office_of(one.text)) for one in head.letterhead]
    offices = [(one, name) for one, name in offices if _OF_OFFICE.search(name)]
    if offices:
        names = list(dict.fromkeys(name for _, name in offices))
        found.facts["issuer"] = _fact("issuer", "、".join(names), offices[0][0])
        return
    if title := found.facts.get("title"):
        name = title.value.partition("关于")[0]
        if name != title.value and _names_office(name):
            found.facts["issuer"] = Fact("issuer", name, title.place, title.quote, "从标题读出，请核对。")


def _fact(name: str, value: str, paragraph: Paragraph, warning: str = "") -> Fact:
    return Fact(name, value, paragraph.place, paragraph.text.strip()[:120], warning)
