"""公开依据: the legal bases of one cell, one by one. Pure: no Django.

A cell usually names several, each with a class in 【】, a title in 《》 and a number or date in brackets
(DOMAIN §3.5). What carries no title is kept whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_CATEGORY = re.compile(r"【([^】]{1,20})】")
# Titles nest: 《国务院办公厅印发〈关于……的意见〉实施细则的通知》, also with <> or 《》 inside.
_OPENERS, _CLOSERS = "《", "》"
_BRACKET = re.compile(r"\s*[(（﹝]([^()（）]*(?:[(（][^()（）]*[)）][^()（）]*)*)[)）﹞]")
_BARE_NUMBER = re.compile(
    r"\s*([\u4e00-\u9fff]{1,10}[〔\[【(（]\s*(?:19|20)\d\d\s*[〕\]】)）]\s*第?\s*\d+\s*号)"
)
_ITEM_NUMBER = re.compile(r"^[\s;；、,，。●•·]*(?:\d+[.、．)）]|[(（]\d+[)）]|[①-⑳])?\s*")
_TITLE_LIMIT, _NUMBER_LIMIT, _CATEGORY_LIMIT = 300, 200, 60


@dataclass(frozen=True, slots=True)
class BasisText:
    """One basis: class ("法律", or empty), title without 《》, number or date as written, literal text."""

    category: str
    title: str
    number: str
    text: str


@lru_cache(maxsize=1024)
def split_bases(literal: str) -> tuple[BasisText, ...]:
    """Split one cell. A class in 【】 holds for every title until the next class."""
    found: list[BasisText] = []
    for category, part in _by_category(literal or ""):
        found += _titles(category, part)
    return tuple(found)


def _by_category(literal: str) -> list[tuple[str, str]]:
    matches = list(_CATEGORY.finditer(literal))
    if not matches:
        return [("", literal)]
    parts = [("", literal[: matches[0].start()])]
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        end = following.start() if following else len(literal)
        parts.append((match.group(1)[:_CATEGORY_LIMIT], literal[match.end() : end]))
    return parts


def _titles(category: str, text: str) -> list[BasisText]:
    found: list[BasisText] = []
    position = 0
    while (start := text.find(_OPENERS, position)) >= 0:
        found += _plain(category, text[position:start])
        end = _closing(text, start)
        title = text[start + 1 : end].strip()
        tail = end + 1
        number = ""
        if match := _BRACKET.match(text, tail) or _BARE_NUMBER.match(text, tail):
            number, tail = match.group(1).strip(), match.end()
        if title:
            found.append(
                BasisText(category, title[:_TITLE_LIMIT], number[:_NUMBER_LIMIT], text[start:tail].strip())
            )
        position = tail
    return found + _plain(category, text[position:], alone=not found)


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        if text[index] == _OPENERS:
            depth += 1
        elif text[index] == _CLOSERS:
            depth -= 1
            if depth == 0:
                return index
    # An unclosed title runs to the end of its line: real files break off in the middle.
    line_end = text.find("\n", start)
    return line_end if line_end >= 0 else len(text)


def _plain(category: str, text: str, *, alone: bool = False) -> list[BasisText]:
    """Words between titles are kept only where they stand for a basis of their own: a line or a cell."""
    pieces = []
    for line in text.split("\n"):
        bare = _ITEM_NUMBER.sub("", line).strip(" ;；、,，。●")
        if not bare or bare.startswith("等"):
            continue
        if alone or bare.endswith(("规定", "条例", "办法", "通知", "意见")):
            pieces.append(BasisText(category, bare[:_TITLE_LIMIT], "", line.strip()))
    return pieces
