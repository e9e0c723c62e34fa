"""Chinese words for index and query alike: folded the same way, cut by one engine and one dictionary.

The engine is rjieba without its hidden Markov model: unknown place names fall into single characters in
the index *and* in the query, where they are asked for as a phrase, so they are always found again.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import rjieba
import zhconv_rs

_TERMS = Path(__file__).with_name("terms.txt")
_CODE = "3"
#: Han characters, the rare ones of place names included, and the 〇 of years.
_HAN_CHARACTERS = "〇㐀-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN = re.compile(f"[{_HAN_CHARACTERS}]")
_WORD = re.compile(rf"[0-9a-z]+(?:\.[0-9]+)?|[{_HAN_CHARACTERS}]+|(?:(?![0-9a-z{_HAN_CHARACTERS}])[^\W_])+")
#: PostgreSQL refuses words of more than 2,046 bytes; nobody looks for one.
_LONGEST_WORD = 100
#: Words that carry no meaning in a question of a citizen; optional while others remain.
FILLERS = frozenset(
    "的 了 吗 呢 吧 啊 么 是 在 和 与 及 或 我 你 他 我们 想 要 能 可以 怎么 怎样 怎么办 咋 如何 什么 哪里 "
    "哪些 哪个 多少 几 多久 时候 现在 今年 请问 关于 有 没有 需要 应该 为什么 为 一个 这个 那个 到 去 被 把 "
    "给 对 就 都 也 还 等 之 其 年 月 日 号 不 找 谁 啥 钱 领".split()
)
#: Positions in a tsvector end at 16,383; a long body is cut there, its words still found up to the cap.
LAST_POSITION = 16_000
_MOST_PLACES = 40
#: First letters of lexemes that are no words: text is folded to lower case, so none of it looks like these.
PAIR, TITLE = "N", "T"


@lru_cache(maxsize=1)
def terms() -> tuple[str, ...]:
    """Return our own terms, folded."""
    return tuple(fold(term) for term in _TERMS.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def _engine() -> rjieba.Jieba:
    engine = rjieba.Jieba()
    for term in terms():
        engine.add_word(term, 20_000, "n")
    return engine


@lru_cache(maxsize=1)
def version() -> str:
    """Name the dictionary and the code that cut the index; another value asks for `reindex`."""
    return hashlib.sha256(_TERMS.read_bytes() + _CODE.encode()).hexdigest()[:12]


def fold(text: str) -> str:
    """Fold width, case, script and Kangxi radicals (STACK, traps 9 and Search)."""
    return str(zhconv_rs.zhconv(unicodedata.normalize("NFKC", text), "zh-hans")).lower()


def plain(text: str) -> str:
    """Return folded `text` without blanks and punctuation, to compare titles by."""
    return "".join(_WORD.findall(fold(text)))


def cut(text: str) -> list[str]:
    """Return the words of folded `text` in order."""
    words: list[str] = []
    for run in _WORD.findall(text):
        words.extend(_cut_run(run))
    return words


def _cut_run(run: str) -> list[str]:
    return list(_engine().cut(run, False)) if _HAN.match(run) else [run[:_LONGEST_WORD]]


@lru_cache(maxsize=200_000)
def finer(word: str) -> tuple[str, ...]:
    """Return the words inside a long word (危房改造 → 危房, 改造), without the word itself.

    None that straddles the parts that it falls into: 人民政府 is 人民 and 政府, and not 民政.
    """
    if len(word) < 3 or not _HAN.match(word):
        return ()
    parts = [part for part in dict.fromkeys(_engine().cut_for_search(word, False)) if part != word]
    places = [
        (at, at + len(part), part)
        for part in parts
        for at in range(len(word) - len(part) + 1)
        if word.startswith(part, at)
    ]
    seams = _seams(len(word), places)
    return tuple(dict.fromkeys(part for start, end, part in places if _fits(start, end, seams)))


def _seams(length: int, places: list[tuple[int, int, str]]) -> frozenset[int]:
    """Return where a word falls into as few of its parts as possible; nothing where they do not cover it."""
    best: list[list[int] | None] = [[]] + [None] * length
    for end in range(1, length + 1):
        for start, stop, _ in places:
            before = best[start]
            if stop == end and before is not None:
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, end]
    return frozenset(best[length] or ())


def _fits(start: int, end: int, seams: frozenset[int]) -> bool:
    """Tell whether a part lies within one piece, or reaches from seam to seam."""
    crossed = any(start < seam < end for seam in seams)
    return not crossed or ((start in seams or start == 0) and end in seams)


def quoted(lexeme: str) -> str:
    """Return a lexeme as `tsvector` and `tsquery` read it, whatever stands in it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _text(places: Mapping[str, Sequence[str]]) -> str:
    # Words hold letters and digits alone; tags are quoted where they are put in.
    return " ".join(
        f"'{lexeme}':{','.join(seen)}" if seen else f"'{lexeme}'" for lexeme, seen in places.items()
    )


def _pairs(run: list[str]) -> Iterator[str]:
    """Yield the pairs of neighbouring characters at the edge of words of one character.

    An unknown name falls into single characters. Asked for as pairs it is found without looking at places,
    which are not in the index but in the row.
    """
    for one, other in pairwise(run):
        if (len(one) == 1 or len(other) == 1) and one not in FILLERS and other not in FILLERS:
            yield PAIR + one[-1] + other[0]


class Indexed(NamedTuple):
    """An entry as the index holds it: text forms of two `tsvector`, and the lexemes to be counted."""

    #: Everything: words with places, pairs, words of the title once more, tags.
    tokens: str
    #: What weighs most, title (A) and keywords (B), small enough to stand in the row itself.
    head: str
    lexemes: Collection[str]


def indexed(title: str, parts: Iterable[tuple[str, str]], tags: Iterable[str] = ()) -> Indexed:
    """Cut a title and further `parts`, pairs of (weight A-D, text); `tags` are put beside the words."""
    places: dict[str, list[str]] = {}
    head: dict[str, list[str]] = {}
    position = 0
    for number, (weight, text) in enumerate([("A", title), *parts]):
        letter = "" if weight == "D" else weight
        for run in _WORD.findall(fold(text)):
            words = _cut_run(run)
            for word in words:
                position = min(position + 1, LAST_POSITION)
                place = f"{position}{letter}"
                for lexeme in (word, *finer(word)):
                    seen = places.setdefault(lexeme, [])
                    if len(seen) < _MOST_PLACES and not (seen and seen[-1] == place):
                        seen.append(place)
            for pair in _pairs(words):
                places.setdefault(pair, [])
        # A gap, so that no phrase reaches from one part into the next.
        position = min(position + 8, LAST_POSITION)
        if number == 0:
            of_title: dict[str, list[str]] = {TITLE + lexeme: [] for lexeme in places}
        if weight in "AB":
            head = {lexeme: list(seen) for lexeme, seen in places.items()}
    tagged: dict[str, list[str]] = {tag.replace("\\", "\\\\").replace("'", "''"): [] for tag in tags}
    places |= of_title | tagged
    return Indexed(_text(places), _text(head), places.keys())


def runs(query: str) -> list[list[str]]:
    """Return the words of a query as they are cut, those between two marks or blanks together."""
    return [_cut_run(run) for run in _WORD.findall(fold(query))]


@dataclass(frozen=True)
class QueryWord:
    """One word of a query, and the ways in which a text may have it: any of them, of each all lexemes."""

    word: str
    ways: tuple[tuple[str, ...], ...]
    #: Whether a hit need not have it: it carries no meaning, or every answer goes without saying it.
    is_optional: bool = False

    def tsquery(self, prefix: str = "", weight: str = "") -> str:
        """Return it as the text of a `tsquery`; with `TITLE` as prefix it asks for titles alone.

        With a weight only places of that weight count, which the index cannot tell without the row.
        """
        end = f":{weight}" if weight else ""
        ways = [" & ".join(quoted(prefix + lexeme) + end for lexeme in way) for way in self.ways]
        return "(" + " | ".join(f"({way})" if " & " in way else way for way in ways) + ")"

    def nearness(self) -> str:
        """Return it as a `tsquery` over places, to rank by: an unknown name as a phrase."""
        if len(self.ways) == 1 and len(self.ways[0]) > 1 and self.ways[0][0].startswith(PAIR):
            return "(" + " <-> ".join(quoted(character) for character in self.word) + ")"
        return self.tsquery()


def together(cut: Iterable[str]) -> list[QueryWord]:
    """Return the words of a run to be asked for: neighbouring single characters are one, fillers optional."""
    found: list[QueryWord] = []
    single: list[str] = []
    for word in [*cut, ""]:
        if len(word) == 1 and _HAN.match(word) and word not in FILLERS:
            single.append(word)
            continue
        if single:
            found.append(_query_word(single))
            single = []
        if word:
            found.append(_query_word([word]))
    return found


def _query_word(group: list[str]) -> QueryWord:
    if len(group) > 1:
        return QueryWord("".join(group), (tuple(PAIR + a + b for a, b in pairwise(group)),))
    word = group[0]
    parts = finer(word)
    return QueryWord(word, ((word,), parts) if parts else ((word,),), is_optional=word in FILLERS)
