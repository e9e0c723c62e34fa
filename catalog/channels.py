"""公开渠道和载体: the national checklist and the many ways in which files write it. Pure: no Django.

Source: standard catalogs of the pilot fields (国办发〔2019〕54号); DOMAIN §3.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

STANDARD_CHANNELS: tuple[str, ...] = (
    "政府网站",
    "政府公报",
    "两微一端",
    "发布会/听证会",
    "广播电视",
    "纸质媒体",
    "公开查阅点",
    "政务服务中心",
    "便民服务站",
    "入户/现场",
    "社区/企事业单位/村公示栏(电子屏)",
    "精准推送",
    "其他",
)

Style = Literal["boxes", "list"]

_CHECKED = "■▲▄▇█▓◼◾●☑☒✓✔√✅þR"
_EMPTY = "□☐◻◽▢❑❒○¨£"
# Letters and the character 口 are boxes only where a name begins: Wingdings writes a tick as "t", and
# 口 is what character recognition makes of □, while 办事窗口 is a word.
_BOX = re.compile(
    r"(?P<checked>[■▲▄▇█▓◼◾●☑☒✓✔√✅þ]|(?:(?<=[\s;；,，、。:：)）])|^)[tTRn](?=[\u4e00-\u9fff\d]))"
    r"|(?P<empty>[□☐◻◽▢❑❒○¨£]|(?:(?<=[\s;；,，、。:：)）])|^)[口oq](?=\s*[\u4e00-\u9fff\d]))"
)
# 「[√]政府网站 [ ]政府公报」「（√）…（ ）…」: boxes drawn with brackets.
_DRAWN_BOX = re.compile(r"[\[(（【]\s*(?P<tick>[√✓✔■xX]?)\s*[\])）】](?=\s*[\u4e00-\u9fff\d])")
_SPACES = re.compile(r"\s+")
_TAIL = ";；,，、。:：/／|"
# A slash separates names in a list, but stands inside these.
_SLASHED = re.compile(
    r"发布会[/／]听证会|入户[/／]现场\w*|微博[/／]微信"
    r"|社区[/／]企事业单位(?:[/／、]村[^/／\n、，,;；(（]*(?:[(（][^)）]*[)）])?)?"
)
_OPEN, _CLOSE = "(（〔[【《", ")）〕]】》"


@dataclass(frozen=True, slots=True)
class ChannelList:
    """The channels of one cell: named and marked, named and left empty, in the order of the file."""

    marked: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    style: Style = "list"
    unboxed: tuple[str, ...] = ()  # names among boxes that carry no box of their own: neither yes nor no


def has_boxes(text: str) -> bool:
    """Whether a cell is written with boxes (■ □ ☑ √ 口 t …)."""
    return _BOX.search(text) is not None


@lru_cache(maxsize=1024)
def parse_channels(text: str) -> ChannelList:
    """Read one cell. Names are returned without white space; an unknown name is kept as found."""
    text = _DRAWN_BOX.sub(lambda match: "■" if match.group("tick") else "□", text.strip())
    if not has_boxes(text):
        return ChannelList(marked=_unique(_split_list(text)))
    marked: list[str] = []
    unmarked: list[str] = []
    unboxed: list[str] = []
    matches = list(_BOX.finditer(text))
    if _bare(text[: matches[0].start()]) and not text[matches[-1].end() :].strip(_TAIL):
        return _boxes_behind(text, matches)
    unboxed += _split_list(text[: matches[0].start()])
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        segment = text[match.end() : following.start() if following else len(text)]
        name, *rest = re.split(r"[;；]", segment.strip().rstrip(_TAIL + " \n\t　"))
        unboxed += [piece for part in rest if (piece := _bare(part))]
        if bare := _bare(name):
            (marked if match.group("checked") else unmarked).append(bare)
    chosen = _unique(marked)
    return ChannelList(
        marked=chosen,
        unmarked=tuple(name for name in _unique(unmarked) if name not in chosen),
        style="boxes",
        unboxed=_unique(unboxed),
    )


def _boxes_behind(text: str, matches: list[re.Match[str]]) -> ChannelList:
    """「政府网站√ 政府公报□」: the box stands behind its name."""
    marked: list[str] = []
    unmarked: list[str] = []
    start = 0
    for match in matches:
        names = _split_list(text[start : match.start()])
        (marked if match.group("checked") else unmarked).extend(names)
        start = match.end()
    chosen = _unique(marked)
    rest = tuple(name for name in _unique(unmarked) if name not in chosen)
    return ChannelList(marked=chosen, unmarked=rest, style="boxes")


def _bare(name: str) -> str:
    return _SPACES.sub("", name).strip(_TAIL)


def _unique(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _split_list(text: str) -> list[str]:
    names: list[str] = []
    start = depth = index = 0
    while index < len(text):
        character = text[index]
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and (slashed := _SLASHED.match(text, index)):
            index = slashed.end()
            continue
        elif depth == 0 and character in "\n\r、,，;；/／。|":
            names.append(text[start:index])
            start = index + 1
        index += 1
    names.append(text[start:])
    return [name for part in names if (name := _bare(part))]
