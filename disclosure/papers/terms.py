"""From when and until when a paper holds, as its last article says: 自2024年3月4日起施行，有效期5年. Pure.

What a paper says of itself is proposed, what it says of other papers or of certificates is not.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.numerals import number_of
from disclosure.papers.characters import bare
from disclosure.papers.dates import day_in
from disclosure.papers.reading import Paragraph

_ARTICLE = re.compile(
    r"^(?:第[一二三四五六七八九十百零\d]+条|[一二三四五六七八九十]+[、．.]|[（(][一二三四五六七八九十\d]+[）)])"
)
_OF_ITSELF = re.compile(
    r"^(?:(?:执行时间|施行时间|附则)?本[\u4e00-\u9fff]{1,12}?(?:由[^，,]{2,30}负责解释[，,])?)?(?=自|从|有效期|试行期)"
)
_START = re.compile(r"[自从](?P<from>[^，,自从]{2,24}?)起(?:正式)?(?:施行|实施|执行|生效|试行|实行)")
_PUBLISHED = re.compile(r"(?:印发|公布|发布|发文|颁布)")
_LONG = re.compile(
    r"(?:有效期|试行期)(?:限)?(?:暂定)?(?:为)?(?P<count>\d{1,2}|[一二两三四五六七八九十]{1,2})(?P<unit>年|个月)"
)
_UNTIL = re.compile(r"(?:有效期(?:限)?(?:截止|截至|至|到)|起?施行至|起?执行至)(?P<day>[^，,]{6,16}日)")
#: A longer term is a slip of the pen or of the reader.
_MOST_YEARS = 30


@dataclass(frozen=True, slots=True)
class Term:
    """`start` is empty where the paper holds from its publication; `until` is the last day, `counted` that it
    was counted from a day which may not be the one meant; `quote` is the sentence that says it."""

    paragraph: Paragraph
    quote: str
    start: date | None
    until: date | None
    counted: bool = False


def read_term(paragraphs: Sequence[Paragraph], written_on: date | None) -> Term | None:
    """What the last sentence about it says; None where the paper says nothing of its own term."""
    for one in reversed(paragraphs):
        for sentence in reversed(re.split("[。；;\n]", one.text)):
            if term := _of(bare(sentence), one, written_on):
                return term
    return None


def _of(sentence: str, paragraph: Paragraph, written_on: date | None) -> Term | None:
    own = _OF_ITSELF.match(_ARTICLE.sub("", sentence))
    if own is None:
        return None
    rest = own.string[own.end() :]
    begins, lasts, ends = _START.search(rest), _LONG.search(rest), _UNTIL.search(rest)
    start = day_in(begins["from"]) if begins else None
    named = begins["from"] if begins else ""
    published = _PUBLISHED.search(named) if named else "起" not in rest
    base = start or (written_on if published else None)
    until = day_in(ends["day"]) if ends else None
    if until is None and lasts and base:
        until = _last_day(base, lasts)
    if until is not None and base is not None and until < base:
        until = None
    if start is None and until is None:
        return None
    return Term(paragraph, sentence, start, until, counted=start is None and ends is None)


def _last_day(first: date, match: re.Match[str]) -> date | None:
    """Five years from 4 March 2024 end on 3 March 2029."""
    try:
        count = number_of(match["count"])
    except ValueError:
        return None
    months = count * (12 if match["unit"] == "年" else 1)
    if not 0 < months <= _MOST_YEARS * 12:
        return None
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)
