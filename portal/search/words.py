"""Chinese words for index and query alike: folded the same way, cut by one engine and one dictionary.

The engine is rjieba without its hidden Markov model: unknown place names fall into single characters in
the index *and* in the query, where they are asked for as a phrase, so they are always found again.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import rjieba
import zhconv_rs

_TERMS = Path(__file__).with_name("terms.txt")
_CODE = "2"
#: Han characters, the rare ones of place names included, and the 〇 of years.
_HAN_CHARACTERS = "〇㐀-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN = re.compile(f"[{_HAN_CHARACTERS}]")
_WORD = re.compile(rf"[0-9a-z]+(?:\.[0-9]+)?|[{_HAN_CHARACTERS}]+|(?:(?![0-9a-z{_HAN_CHARACTERS}])[^\W_])+")
#: PostgreSQL refuses words of more than 2,046 bytes; nobody looks for one.
_LONGEST_WORD = 100
#: Words that carry no meaning in a question of a citizen; dropped while others remain.
FILLERS = frozenset(
    "的 了 吗 呢 吧 啊 么 是 在 和 与 及 或 我 你 他 我们 想 要 能 可以 怎么 怎样 怎么办 咋 如何 什么 哪里 "
    "哪些 哪个 多少 几 多久 时候 现在 今年 请问 关于 有 没有 需要 应该 为什么 为 一个 这个 那个 到 去 被 把 "
    "给 对 就 都 也 还 等 之 其 年 月 日 号".split()
)
#: Positions in a tsvector end at 16,383; a long body is cut there, its words still found up to the cap.
LAST_POSITION = 16_000
_MOST_GROUPS = 20


@lru_cache(maxsize=1)
def _engine() -> rjieba.Jieba:
    engine = rjieba.Jieba()
    for term in _TERMS.read_text(encoding="utf-8").split():
        engine.add_word(fold(term), 20_000, "n")
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
    """Return the words inside a long word (危房改造 → 危房, 改造), without the word itself."""
    if len(word) < 3 or not _HAN.match(word):
        return ()
    return tuple(part for part in dict.fromkeys(_engine().cut_for_search(word, False)) if part != word)


def vector(parts: list[tuple[str, str]]) -> str:
    """Return the text form of a weighted tsvector from pairs of (weight A-D, text)."""
    places: dict[str, dict[int, str]] = {}
    position = 0
    for weight, text in parts:
        for word in cut(fold(text)):
            position = min(position + 1, LAST_POSITION)
            for lexeme in (word, *finer(word)):
                seen = places.setdefault(lexeme, {})
                if len(seen) < 40:
                    seen.setdefault(position, weight)
        # A gap, so that no phrase reaches from one part into the next.
        position = min(position + 8, LAST_POSITION)
    return " ".join(
        f"'{lexeme}':" + ",".join(f"{at}{weight}" for at, weight in sorted(seen.items()))
        for lexeme, seen in places.items()
    )


def groups(query: str) -> list[list[str]]:
    """Return the query's words in groups to be found together: runs of single characters stay one phrase.

    Fillers are dropped while something else remains.
    """
    found: list[list[str]] = []
    for run in _WORD.findall(fold(query)):
        words = _cut_run(run)
        single: list[str] = []
        for word in words:
            if len(word) == 1 and _HAN.match(word) and word not in FILLERS:
                single.append(word)
                continue
            if single:
                found.append(single)
                single = []
            found.append([word])
        if single:
            found.append(single)
    telling = [group for group in found if not (len(group) == 1 and group[0] in FILLERS)]
    return telling or found


def _one(group: list[str]) -> str:
    if len(group) > 1:
        return "(" + " <-> ".join(f"'{word}'" for word in group) + ")"
    word = group[0]
    parts = finer(word)
    if not parts:
        return f"'{word}'"
    return f"('{word}' | (" + " & ".join(f"'{part}'" for part in parts) + "))"


def tsqueries(query: str) -> list[str]:
    """Return the text form of a tsquery for each group of `query`, at most twenty.

    Only letters, digits and Han characters reach it, so nothing in it needs escaping.
    """
    return list(dict.fromkeys(_one(group) for group in groups(query)[:_MOST_GROUPS]))
