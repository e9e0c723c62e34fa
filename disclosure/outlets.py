"""One text for many outlets (一稿多出): drafts of an SMS, a line for the LED board, a text to be read out.

Drafts only: whoever uses one reads and changes it first. Pure Python; numbers read aloud are `spoken`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from disclosure import spoken

#: One message of Chinese words (UCS-2, GSM 03.38), and each part of a longer one.
SMS_LENGTH, SMS_PART = 70, 67
LED_LENGTH = 48
#: About four syllables a second, slowly, for a loudspeaker over a valley.
SYLLABLES_A_SECOND = 3.5
LOUDSPEAKER_LENGTH = 700
_ABOUT = re.compile(r"^.{0,40}?关于(?:印发|转发|公布|做好|开展)?(?=.)")
#: 主送机关: to whom a paper is sent; whoever hears or reads it here is somebody else.
_SALUTATION = re.compile(r"^.{2,150}[：:]$")
_GENRE = re.compile(r"的(?:通知|公告|通告|意见|决定|通报|公示|函|批复|报告)$")


@dataclass(frozen=True)
class Source:
    """What the drafts are made of: plain words of a published thing. `lines` are the paragraphs of its body,
    `address` its short address, `phone` whom to ask."""

    title: str
    agency: str
    summary: str
    lines: tuple[str, ...]
    address: str
    phone: str = ""


def units(text: str) -> int:
    """How many characters a message counts (UTF-16 units: a rare character outside the BMP counts two)."""
    return len(text.encode("utf-16-le")) // 2


def sms_parts(text: str) -> int:
    """In how many messages a text goes out; 0 for none."""
    count = units(text)
    return 0 if not count else 1 if count <= SMS_LENGTH else -(-count // SMS_PART)


def subject(title: str) -> str:
    """What a paper is about: its title without who writes and what kind of paper it is."""
    bare = _GENRE.sub("", _ABOUT.sub("", title)).strip("《》 ")
    return bare if len(bare) >= 4 else title


def sms(source: Source) -> str:
    """A message of at most 70 characters: signature, what it is about, where to read on."""
    signature = f"【{source.agency}】"
    ways = [f"，详见{source.address}", f"，电话{source.phone}" if source.phone else "", ""]
    tail = next((way for way in ways if units(signature) + units(way) <= SMS_LENGTH - 12), "")
    # A number right behind an address would be read as part of it; the address ends the message.
    room = SMS_LENGTH - units(signature) - units(tail)
    words = source.summary.rstrip("。") if 0 < units(source.summary.rstrip("。")) <= room else ""
    return f"{signature}{_cut(words or subject(source.title), room)}{tail}"


def led(source: Source) -> str:
    """One line for the LED board: who, what, whom to ask."""
    tail = f"　咨询电话：{source.phone}" if source.phone else ""
    head = f"{source.agency}："
    room = max(12, LED_LENGTH - units(head) - units(tail))
    words = source.summary.rstrip("。") if 0 < units(source.summary.rstrip("。")) <= room else ""
    return f"{head}{_cut(words or subject(source.title), room)}{tail}"


def loudspeaker(source: Source) -> str:
    """A text for the village loudspeaker: short sentences, one a line, with numbers as they are spoken."""
    said = [
        "各位乡亲，大家好。",
        f"现在播送{spoken.say(source.agency)}的消息。",
        f"题目是：{spoken.say(source.title)}。",
    ]
    if source.summary:
        said += spoken.sentences(source.summary)
    whole, length = True, sum(map(len, said))
    for line in _without_salutation(source.lines):
        new = spoken.sentences(line)
        length += sum(map(len, new))
        if length > LOUDSPEAKER_LENGTH:
            whole = False
            break
        said += new
    said.append("就播送到这里。" if whole else "以上是主要内容。")
    if source.phone:
        said.append(f"有不明白的，请打电话，{spoken.say(source.phone)}。")
    said.append("也可以到村委会，请村干部帮忙查看全文。")
    said.append("谢谢大家。")
    return "\n".join(said)


def seconds(text: str) -> int:
    """How long it takes to read a text out, slowly."""
    syllables = sum(1 for letter in text if letter.isalnum())
    return round(syllables / SYLLABLES_A_SECOND)


def poster(source: Source) -> str:
    """Words of the sheet to post (张贴版): the sentence that says it, then the first paragraphs."""
    lines = [source.summary] if source.summary else []
    length = sum(map(len, lines))
    for line in _without_salutation(source.lines):
        length += len(line)
        if length > 420:
            break
        lines.append(line)
    return "\n".join(lines) or source.title


def _without_salutation(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines[1:] if lines and _SALUTATION.match(lines[0]) else lines


def _cut(words: str, room: int) -> str:
    if units(words) <= room:
        return words
    kept = words
    while kept and units(kept) > room - 1:
        kept = kept[:-1]
    return kept.rstrip("，、；：") + "…"
