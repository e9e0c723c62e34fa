"""What somebody who types a question means: which words count, which other words say the same (Search)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from django.utils import timezone

from portal.search import synonyms, words
from portal.search.words import QueryWord

#: Words of a question that no answer need contain. What a title has of them raises it a little.
ASKING = frozenset(
    "领 交 办 涨 查 找 谁 钱 几个 几个月 几天 几号 几岁 多少钱 多久 多大 多长 什么时候 啥时候 何时 啥 "
    "哪儿 哪个 去哪 怎样 怎么 怎么办 如何 公开 办理 申请 领取 发放 国家 新 最新 规定 有关 相关 具体 "
    "一个 每月 每年 月份 一个月 能否 是否 可否 补发 到账 下来".split()
)
#: Words that name a year by the present one.
_YEARS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1}
_YEAR = re.compile(r"((?:19|20)\d{2})年?")
_WORDS = 20


def understand(query: str) -> list[QueryWord]:
    """Return what `query` asks for, at most twenty words, each with whatever says the same.

    A term of the synonyms counts where it begins and ends with words: 中医保健 holds no 医保. Words of a
    question (怎么, 多少钱) are optional while there are others.
    """
    found: dict[QueryWord, None] = {}
    table = synonyms.current()
    for run in words.runs(query):
        for word in _terms(run, table):
            found.setdefault(word)
    asked = list(found)[:_WORDS]
    if all(word.is_optional for word in asked):
        return [QueryWord(word.word, word.ways) for word in asked]
    return asked


def _terms(run: list[str], table: synonyms.Table) -> Iterator[QueryWord]:
    """Yield the words of a run: terms of the table, the longest at each place, and the rest as it was cut."""
    at = 0
    left: list[str] = []
    while at < len(run):
        length = _longest_term(run[at:], table)
        if not length:
            left.append(run[at])
            at += 1
            continue
        yield from _plain(left)
        left = []
        yield _term("".join(run[at : at + length]), run[at : at + length], table)
        at += length
    yield from _plain(left)


def _longest_term(run: list[str], table: synonyms.Table) -> int:
    """Return how many words from the beginning of `run` make a term of the table together, at most."""
    ends = accumulate(run)
    reach = [count for count, text in enumerate(ends, start=1) if len(text) <= table.longest]
    return next((count for count in reversed(reach) if table.expansions("".join(run[:count]))), 0)


def _term(term: str, cut: list[str], table: synonyms.Table) -> QueryWord:
    own = _ways(cut)
    others = [way for other in table.expansions(term) for way in _ways(words.cut(other))]
    return QueryWord(term, tuple(dict.fromkeys([*own, *others])))


def _ways(cut: list[str]) -> list[tuple[str, ...]]:
    """Return the ways to have words that were cut so, all of them together."""
    parts = words.together(cut)
    if len(parts) == 1:
        return list(parts[0].ways)
    return [tuple(dict.fromkeys(lexeme for part in parts for lexeme in part.ways[0]))]


def _plain(cut: list[str]) -> Iterator[QueryWord]:
    for word in words.together(cut):
        if word.word in _YEARS:
            year = str(timezone.localdate().year + _YEARS[word.word])
            yield QueryWord(word.word, (*word.ways, (year,)), is_optional=True)
        elif word.word in ASKING:
            yield QueryWord(word.word, word.ways, is_optional=True)
        else:
            yield word
