"""The end of a paper: attachments named, signature (落款), day, openness note, imprint (版记). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from disclosure.papers.characters import bare
from disclosure.papers.dates import day_alone, day_in
from disclosure.papers.reading import Paragraph

_SIGNER = re.compile(r"^[\u4e00-\u9fff（）()·]{3,40}$")
_NO_SIGNER = re.compile(r"[。；：，！？]|^(?:特此|附件|此|请|以上|联系人|电话)")
_OFFICE = re.compile(
    r"(?:政府|办公室|办公厅|委员会|局|厅|部|院|处|中心|指挥部|领导小组|大队|支队|管委会|办事处|公司|学校|小学|中学|幼儿园|医院|协会|联合会"
    r"|镇|乡|村|社区|社|站|所|馆|会|队|园)(?:[（(].{1,20}[）)])?$"
)
_DAY_AT_END = re.compile(
    r"^(?P<name>[\u4e00-\u9fff（）()]{4,40}?)\s*(?P<day>(?:(?:19|20)\d{2}|[〇○零ＯOo\u039f一二三四五六七八九]{4})年.{2,8}日)$"
)
_NAMED = re.compile(r"^附\s*[件表]?\s*[:：]\s*(?P<rest>.*)$", re.S)
_ITEM = re.compile(r"^(?P<number>\d{1,2})\s*[.．、]\s*(?P<name>.+)$", re.S)
_SPLIT_ITEMS = re.compile(r"(?<=[^\d.．、])(?=(?:1?\d|2\d)[.．、]\s*[^\d\s])")
_OPENNESS = re.compile(
    r"(?:此件|本件|该件|此文|公开属性|公开方式|公开选项|信息公开选项|信息公开属性|公开类别)[:：]?(?P<words>[^（()）]{2,14})"
)
_PRINTED = re.compile(r"印发[。]?$|印发(?:单位|机关|日期)")
_COPIED = re.compile(r"^(?:抄\s*[送报]|分\s*送|主题词|打字|校对|共印)\s*[:：]?")


@dataclass(slots=True)
class Ending:
    """What was found; each with the paragraph where it stands."""

    attachments: list[tuple[Paragraph, str]] = field(default_factory=list)
    signers: list[tuple[Paragraph, str]] = field(default_factory=list)
    day: tuple[Paragraph, date] | None = None
    #: Value of `disclosure.states.Openness` (empty: no value can be proposed), and what to mind.
    openness: tuple[Paragraph, str, str] | None = None
    printed: Paragraph | None = None
    #: Numbers of the paragraphs of the imprint, which belong to the paper and not to its text.
    imprint: set[int] = field(default_factory=set)


def read_ending(paragraphs: Sequence[Paragraph], start: int) -> Ending:
    """Read what follows the head, which ends before `start`."""
    found = Ending()
    rest = [one for one in paragraphs[start:] if one.text.strip()]
    _find_imprint(found, rest)
    rest = [one for one in rest if one.number not in found.imprint]
    at = _find_day(found, rest)
    found.attachments = _attachments(rest[: at if at is not None else len(rest)])
    found.openness = _openness(paragraphs)
    return found


def _find_imprint(found: Ending, rest: Sequence[Paragraph]) -> None:
    """抄送 and 印发 with what stands between them; 印发 alone is enough."""
    for at, one in enumerate(rest):
        text = bare(one.text)
        if len(text) <= 80 and _PRINTED.search(text) and day_in(text) and at > 0:
            found.printed = found.printed or one
            first = at
            for back in range(at - 1, max(at - 8, 0), -1):
                if _COPIED.match(rest[back].text.strip()):
                    first = back
            found.imprint.update(line.number for line in rest[first : at + 1])
        elif _COPIED.match(one.text.strip()) and at > 0 and len(text) <= 300:
            found.imprint.add(one.number)


def _find_day(found: Ending, rest: Sequence[Paragraph]) -> int | None:
    """成文日期 and the signers over it: the first day that stands under names, else the last one alone.
    Returns where it is among `rest`."""
    alone: list[tuple[int, date]] = []
    for at, one in enumerate(rest):
        if one.align == "table":
            continue
        if day := day_alone(one.text):
            alone.append((at, day))
            if signers := _signers_above(rest, at):
                found.signers, found.day = signers, (one, day)
                return at - len(signers)
        elif match := _DAY_AT_END.match(bare(one.text)):
            day = day_alone(match["day"])
            if day and _OFFICE.search(match["name"]):
                found.signers, found.day = [(one, match["name"])], (one, day)
                return at
    if not alone:
        return None
    at, day = alone[-1]
    found.day = (rest[at], day)
    return at


def _signers_above(rest: Sequence[Paragraph], at: int) -> list[tuple[Paragraph, str]]:
    signers: list[tuple[Paragraph, str]] = []
    for back in range(at - 1, max(at - 9, -1), -1):
        text = rest[back].text.strip()
        # Two offices may stand side by side on one line.
        names = text.split()
        if not all(_is_signer(name) for name in names):
            if not _is_signer(bare(text)):
                break
            names = [bare(text)]
        signers[:0] = [(rest[back], name) for name in names]
    return signers


def _is_signer(name: str) -> bool:
    return bool(_SIGNER.match(name) and _OFFICE.search(name) and not _NO_SIGNER.search(name))


def _attachments(rest: Sequence[Paragraph]) -> list[tuple[Paragraph, str]]:
    """The names under 附件：, numbered or one alone, to the signature. The last such list counts: texts speak
    of 「附件」 earlier."""
    starts = [at for at, one in enumerate(rest) if _NAMED.match(one.text.strip())]
    if not starts:
        return []
    at = starts[-1]
    match = _NAMED.match(rest[at].text.strip())
    names: list[tuple[Paragraph, str]] = []
    pieces = [(rest[at], piece) for piece in _SPLIT_ITEMS.split(match["rest"] if match else "")]
    for one in rest[at + 1 : at + 40]:
        pieces += [(one, piece) for line in one.text.split("\n") for piece in _SPLIT_ITEMS.split(line)]
    for one, piece in pieces:
        text = piece.strip()
        if not text:
            continue
        if item := _ITEM.match(text):
            names.append((one, item["name"]))
        elif not names:
            names.append((one, text))
        elif _goes_on(text):
            paragraph, name = names.pop()
            names.append((paragraph, name + text))
        else:
            break
    return [(one, name.strip("；;。 ")[:300]) for one, name in names if name.strip("；;。 ")]


def _goes_on(text: str) -> bool:
    """A name broken over two lines: short, no sentence, no signature, no day, no new part."""
    short = len(text) <= 40 and not _NO_SIGNER.search(text) and not _is_signer(bare(text))
    return short and day_in(text) is None and not text.startswith(("（", "(", "此件", "一、"))


def _openness(paragraphs: Sequence[Paragraph]) -> tuple[Paragraph, str, str] | None:
    for one in paragraphs:
        text = bare(one.text)
        if one.align == "table" or len(text) > 60:
            continue
        match = _OPENNESS.search(text)
        if not match:
            continue
        words = match["words"]
        if "删减" in words or "部分" in words or "内部" in words:
            return one, "", "不是全文公开，请先定公开属性，再处理内容。"
        if re.search(r"不予?公开|不宜公开", words):
            return one, "withheld", "请选依据并写明理由（条例第十四至十六条），不上网。"
        if "依申请" in words:
            return one, "on_request", "请选依据并写明理由（条例第十四至十六条），不上网。"
        if "公开" in words or "发布" in words:
            return one, "proactive", ""
    return None
