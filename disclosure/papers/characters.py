"""Characters that look right and are wrong: Kangxi radicals and their like in the text of a PDF."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

#: CJK Radicals Supplement, which NFKC leaves as it is (Unicode, EquivalentUnifiedIdeograph).
_SUPPLEMENT = dict(
    zip(
        "⺁⺄⺆⺈⺊⺌⺗⺘⺙⺟⺠⺢⺧⺩⺪⺬⺭⺮⺱⺲⺳⺶⺷⺹⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乙冂刀卜小心手攵母民水牛玉疋示礻竹罒罒网羊羊老聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶邑钅長長长门阜阝雨青韦页风飞食饣饣首马骨鬼鱼鸟卤麦黄黾齐齐齿齿龙龙龟龟龟",
        strict=True,
    )
)
#: Kangxi radicals, compatibility ideographs, ligatures: one character each, though NFKC over everything
#: would turn Chinese punctuation into Latin as well.
_FOLDED = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\ufb00-\ufb06]")
#: What a printed line never shows: control characters, joiners, marks of direction, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)


def plain(text: str) -> str:
    """Return `text` with the characters that are meant, without invisible ones."""
    return _FOLDED.sub(_meant, _UNSEEN.sub("", text))


def _meant(match: re.Match[str]) -> str:
    character = match[0]
    return _SUPPLEMENT.get(character) or unicodedata.normalize("NFKC", character)


def bare(text: str) -> str:
    """Return `text` without any white space."""
    return "".join(text.split())


def without_gaps(text: str) -> str:
    """Return a line without the blanks that only set Chinese characters apart (青 澜 县, 2026 年 3 月).
    Blanks between words of letters stay, and between two Chinese words: they part the cells of a table."""
    words = text.split()
    if not words:
        return ""
    joined = words[0]
    for before, word in pairwise(words):
        chinese = bool(_CHINESE.match(before[-1])), bool(_CHINESE.match(word[0]))
        apart = not any(chinese) or (all(chinese) and len(before) > 1 and len(word) > 1)
        joined += (" " if apart else "") + word
    return joined


_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\u3001-\u303f\uff00-\uff0f\uff1a-\uff20〔〕〇○★“”‘’…—]")
