"""审前检查: what a scanner sees in a paper before it goes to review. Pure: texts in, findings out, no Django.

Each finding has a `mark`, a fingerprint of itself and of the words around it: whoever justified it did so for
these words. Excerpts are masked; a finding never repeats a number that must not be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser

from catalog.numerals import ZEROS, digits_of, number_of
from disclosure import personal_data

HIGH, MEDIUM, LOW = "high", "medium", "low"
_AROUND, _BEFORE, _AFTER = 40, 14, 10
#: Said of a file that no reader of ours opens: it may be cut off or damaged.
NOT_OPENED = "这个附件打不开，没有检查文字。"
_ADVICE = {
    personal_data.MOBILE: "手机号码：确需公开的联系人写明理由，其他的删去或改成138****1234的样子。",
    personal_data.ID_NUMBER: "身份证号码：请删去，或只留前后几位，中间用*代替。",
    personal_data.BANK_CARD: "银行卡号：请删去，或只留后四位。",
    personal_data.ADDRESS: "住址到了门牌号：请只写到村（社区）或小区。",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has to go, or to be justified. `area` is where in coarse words (正文, 附件「…」),
    `place` exactly; `excerpt` is masked."""

    kind: str
    area: str
    place: str
    excerpt: str
    severity: str
    advice: str
    mark: str


@dataclass(frozen=True, slots=True)
class WrongWord:
    """A common wrong expression: `wrong` should read `right`; within one of `unless` it is not wrong."""

    wrong: str
    right: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and where it stands."""

    place: str
    text: str


def mark_of(kind: str, area: str, words: str) -> str:
    """The fingerprint of a finding."""
    return sha256(f"{kind}\n{area}\n{words}".encode()).hexdigest()


def in_lines(
    area: str, lines: Iterable[Line], *, words: Sequence[WrongWord], today: date
) -> Iterator[Finding]:
    """Personal data and wrong expressions in the lines of a title, a body, an attachment."""
    for line in lines:
        text = personal_data.fold(line.text)
        personal = personal_data.hits(text, today=today)
        shown, places = personal_data.masked(text, personal)
        for hit, at in zip(personal, places, strict=True):
            around = text[max(0, hit.start - _AROUND) : hit.end + _AROUND]
            excerpt = _cut(shown, at, len(hit.masked))
            mark = mark_of(hit.kind, area, f"{text[hit.start : hit.end]}\n{around}")
            yield Finding(hit.kind, area, line.place, excerpt, HIGH, _ADVICE[hit.kind], mark)
        for word in words:
            for at in _wrong_at(shown, word):
                around = shown[max(0, at - _AROUND) : at + len(word.wrong) + _AROUND]
                yield Finding(
                    "wrong_word",
                    area,
                    line.place,
                    _cut(shown, at, len(word.wrong)),
                    LOW,
                    f"「{word.wrong}」一般应写作「{word.right}」。",
                    mark_of("wrong_word", area, f"{word.wrong}\n{around}"),
                )


def shown(text: str) -> str:
    """A text in which everything personal is masked."""
    folded = personal_data.fold(text)
    return personal_data.masked(folded, personal_data.hits(folded, today=date.max))[0]


def _cut(text: str, at: int, length: int) -> str:
    start, end = max(0, at - _BEFORE), at + length + _AFTER
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"[:120]


def _wrong_at(text: str, word: WrongWord) -> Iterator[int]:
    at = text.find(word.wrong)
    while at >= 0:
        end = at + len(word.wrong)
        if not any(_covers(text, right, at, end) for right in word.unless):
            yield at
        at = text.find(word.wrong, end)


def _covers(text: str, right: str, start: int, end: int) -> bool:
    first = text.find(right, max(0, end - len(right)))
    return 0 <= first <= start


# --- The paper as a whole

_DATE_LINE = re.compile(
    r"^(?:(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
    rf"|([{ZEROS}一二三四五六七八九]{{4}})年([一二三四五六七八九十]{{1,2}})月([一二三四五六七八九十廿卅]{{1,3}})日)$"
)
_MENTIONS = re.compile(
    r"(?:见|填写|下载|填报|按照?|报送|提交|附上)[《〈“]?附[件表](?!条件)|^附\s*[件表]?\s*(?:\d{1,2}|[一二三四五六七八九十])?\s*[:：]"
)
_ENCLOSED = re.compile(r"^附\s*[件表图录]?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})?\s*[:：]?$")
_LISTED = re.compile(r"^(?:附\s*[件表]?\s*\d{0,2}\s*[:：]\s*)?(?:\d{1,2}\s*[.．、]\s*)?(.{4,})$")
_ANY_MENTION = re.compile(r"附件|附表|附图|附录|附[:：]|后附|下载|全文见|原文")
_CAMERA = re.compile(
    r"^(?:(?:img|dsc|image|mmexport|wx|screenshot|photo|微信图片|微信截图|qq图片|qq截图|屏幕截图|截图|图片|图|照片)?"
    r"[-_ ()（）.\d]*|未命名|新建.*)$",
    re.I,
)


def dates(lines: Sequence[Line], *, written_on: date | None, today: date) -> Iterator[Finding]:
    """成文日期 that lies ahead, or is not the one under the text (落款)."""
    if written_on is None:
        return
    if written_on > today:
        mark = mark_of("date", "成文日期", f"{written_on} ahead")
        yield Finding(
            "date", "成文日期", "成文日期", str(written_on), HIGH, "成文日期在今天之后，请核对。", mark
        )
    signed = [day for day in (_date_of(line.text) for line in lines) if day]
    if signed and written_on not in signed:
        named = "、".join(dict.fromkeys(f"{day.year}年{day.month}月{day.day}日" for day in signed[:3]))
        advice = f"填写的成文日期是{written_on}，正文落款是{named}，请对照原件改成一致。"
        mark = mark_of("date", "成文日期", f"{written_on} {signed}")
        yield Finding("date", "成文日期", "成文日期", named, MEDIUM, advice, mark)


def _date_of(text: str) -> date | None:
    match = _DATE_LINE.match(text.strip())
    if not match:
        return None
    try:
        if match[1]:
            return date(int(match[1]), int(match[2]), int(match[3]))
        return date(digits_of(match[4]), number_of(match[5]), number_of(match[6]))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as this module needs to know it."""

    title: str
    extension: str
    digest: str

    @property
    def area(self) -> str:
        """Where findings in it stand."""
        return f"附件「{shown(self.title)}」"


PICTURES = frozenset({"jpg", "png", "gif", "webp"})
RECORDINGS = frozenset({"mp3", "mp4"})


def attachments(title: str, lines: Sequence[Line], files: Sequence[File]) -> Iterator[Finding]:
    """附件 that the text names and nobody attached, attached ones that it does not name, pictures that only
    bear the camera's name."""
    texts = [line.text.strip() for line in lines]
    mention = next((text for text in texts if _MENTIONS.search(text)), None)
    if mention and not files and not _is_enclosed(texts):
        advice = "正文提到附件，但没有上传，正文里也没有附件的内容：请补上附件，或改正文字。"
        mention = shown(mention)
        match = _MENTIONS.search(mention)
        excerpt = _cut(mention, match.start() if match else 0, 30)
        mark = mark_of("attachment_missing", "附件", excerpt)
        yield Finding("attachment_missing", "附件", "正文", excerpt, MEDIUM, advice, mark)
    papers = [file for file in files if file.extension not in PICTURES | RECORDINGS]
    body = "".join(texts)
    if body and papers and not _ANY_MENTION.search(body):
        unnamed = [file for file in papers if file.title not in body and title not in file.title]
        if unnamed:
            advice = "上传了附件，正文没有提到：请在正文写明「附件：名称」，或删去多余的附件。"
            named = "、".join(file.title for file in unnamed)
            mark = mark_of("attachment_unmentioned", "附件", named)
            yield Finding("attachment_unmentioned", "附件", "附件", shown(named)[:60], LOW, advice, mark)
    for file in files:
        if file.extension in PICTURES and _CAMERA.match(file.title.strip()):
            advice = "图片要有文字说明，看不见图的人才知道是什么：请把附件名称改成一句说明。"
            mark = mark_of("no_alt", "附件", file.digest + file.title)
            yield Finding("no_alt", "附件", file.area, shown(file.title)[:60], LOW, advice, mark)


def _is_enclosed(texts: Sequence[str]) -> bool:
    """Whether what the text calls 附件 stands in the same text, further down."""
    if any(_ENCLOSED.match(text) for text in texts[:-1]):
        return True
    # An archive that lost its line breaks: much text after a later 附件 is that 附件.
    if any(len(t) > 1000 and t.find("附件") < t.rfind("附件") < len(t) - 200 for t in texts):
        return True
    for at, text in enumerate(texts):
        if not text.startswith("附"):
            continue
        listed = _LISTED.match(text)
        rest = "\n".join(texts[at + 1 :])
        if listed and _name_of(listed[1]) in rest:
            return True
        if rest.count("\n") >= 8:
            return True
    return False


def _name_of(listed: str) -> str:
    return re.sub(r"[《》“”\s]|\.\w{2,5}$", "", listed)[:20]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.pictures: list[str] = []
        self._open: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a":
            self._open, self._words = (named.get("href") or "").strip(), []
        elif tag == "img" and not (named.get("alt") or "").strip():
            self.pictures.append(named.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open:
            self.links.append((self._open, "".join(self._words).strip()))
            self._open = None

    def handle_data(self, data: str) -> None:
        self._words.append(data)


def links(html: str) -> list[tuple[str, str]]:
    """(address, words) of every link of a body."""
    return _parsed(html).links


def dead_link(address: str, words: str) -> Finding:
    """A link that the public cannot follow."""
    advice = "这个链接公众打不开（没有公开、已经撤下或在内网）：请改正或删去。"
    excerpt = f"{shown(words)[:40]}（{shown(address)[:70]}）"
    mark = mark_of("dead_link", "正文", f"{address} {words}")
    return Finding("dead_link", "正文", "正文", excerpt, MEDIUM, advice, mark)


def pictures_without_words(html: str) -> Iterator[Finding]:
    """Pictures of a body without alternative text."""
    for number, source in enumerate(_parsed(html).pictures, start=1):
        mark = mark_of("no_alt", "正文", source)
        yield Finding(
            "no_alt", "正文", f"正文第{number}张图", "图片没有文字说明", LOW, "请给图片写一句替代文字。", mark
        )


def _parsed(html: str) -> _Links:
    found = _Links()
    found.feed(html)
    found.close()
    return found


def number_taken(number: str) -> Finding:
    """A document number (发文字号) that another paper bears."""
    advice = "这个发文字号已经有一份文件在用：一个文号只用一次，请对照原件核对。"
    return Finding(
        "number_taken",
        "发文字号",
        "发文字号",
        number[:100],
        HIGH,
        advice,
        mark_of("number_taken", "发文字号", number),
    )


def unread(file: File, why: str) -> Finding:
    """An attachment in which no text was looked at."""
    look = "请打开核对有没有个人信息和错字，并写明已经看过。"
    if why == NOT_OPENED:
        look = (
            "请自己打开看看：您也打不开的，群众同样打不开，请重新导出再上传；打得开的，核对以后写明已经看过。"
        )
    advice = f"{why}{look}"
    mark = mark_of("unread", "附件", file.digest)
    return Finding("unread", file.area, file.area, shown(file.title)[:60], MEDIUM, advice, mark)


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Each once: the same words in the same surroundings need no second answer."""
    return list({finding.mark: finding for finding in reversed(list(findings))}.values())[::-1]
