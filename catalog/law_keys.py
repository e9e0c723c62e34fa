"""What a law or paper is recognised by (公开依据 → 法规依据). Pure: no Django.

Files write the same thing in many ways: with and without 中华人民共和国, 〈〉 or “” inside, 〔〕 [] 【】 ()
round the year, 国令第711号 or 国务院令第711号, the year of its last amendment behind it. So:

- a paper with a document number (财预〔2016〕143号) is known by it, whatever its title is cut to;
- everything else by its title. The number of an order (主席令, 国务院令) is no identity: it changes with
  every amendment while the law stays the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KEY_LIMIT = 500
_DOC_NUMBER = re.compile(
    r"([\u4e00-\u9fffA-Za-z]{1,15})[〔\[【(〈<]((?:19|20)\d\d)[〕\]】)〉>](?:第)?0*(\d{1,5})(?:号|$)"
)
_BARE_DOC_NUMBER = re.compile(r"([\u4e00-\u9fff]{1,12}[发办函字规])((?:19|20)\d\d)[-年]?(?:第)?0*(\d{1,5})号")
_ORDER = re.compile(r"(?:主席|国务院|国|部|委|省|市|政府|局|署|厅)令")
_AMENDED = re.compile(
    r"[(（\[【〔][^()（）\[\]【】〔〕]*(?:修正|修订|修改|年版)[^()（）\[\]【】〔〕]*[)）\]】〕]$"
)
# 办法 and 方法 are papers and rules, of which many share a title.
_STATUTE = re.compile(r"(?:(?<![办方])法|条例|法典)(?:试行|暂行)?$")
_COUNTRY = "中华人民共和国"
# Words that stand for no law of their own: 及相关规定, 建设用地审查报批有关规定, 其他有关文件.
_VAGUE = re.compile(
    r"(?:相关|有关|其他|其它|上级|各级)(?:的)?(?:法律|法规|规章|政策|文件|规定|要求|条款|通知|精神|、|和|及)+$"
)


def title_key(title: str) -> str:
    """The title's letters and digits alone, without 中华人民共和国 in front and the year of an amendment."""
    folded = "".join(unicodedata.normalize("NFKC", title).split())
    folded = _AMENDED.sub("", folded)
    kept = "".join(c for c in folded if c.isalnum())
    return (kept.removeprefix(_COUNTRY) or kept)[: KEY_LIMIT - 10]


def number_key(number: str) -> str:
    """A document number in one form (财预2016-143); "" where the text holds none (an order, a date)."""
    folded = "".join(unicodedata.normalize("NFKC", number).split())
    match = _DOC_NUMBER.search(folded) or _BARE_DOC_NUMBER.search(folded)
    if match is None or _ORDER.search(match.group(1)):
        return ""
    return f"{match.group(1)}{match.group(2)}-{match.group(3)}"


def is_statute(title: str) -> bool:
    """Whether it is a law or regulation (法, 条例): known by its title, whatever number stands behind it."""
    return bool(_STATUTE.search(title_key(title)))


def names_a_law(title: str) -> bool:
    """Whether a text names one law or paper; 「及相关规定」 names none."""
    key = title_key(title)
    return len(key) > 2 and not _VAGUE.search(key)


def law_key(title: str, number: str = "") -> str:
    """What a law or paper is recognised by; "" for words that name none."""
    if not names_a_law(title):
        return ""
    paper = "" if is_statute(title) else number_key(number)
    return f"文号{paper}" if paper else title_key(title)


@dataclass(slots=True)
class KnownLaw:
    """A law as far as recognising needs it."""

    pk: int
    key: str
    title: str
    number: str = ""


@dataclass(slots=True)
class Recognised:
    """What a batch of bases comes to: key → law, laws to add (key → category, title, number), and laws
    known by title alone that now have their document number (pk → key, number)."""

    new: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    numbered: dict[int, tuple[str, str]] = field(default_factory=dict)


class LawIndex:
    """The known laws by key and by title. `merged`: keys of laws that were merged into another."""

    def __init__(self, laws: Iterable[KnownLaw], merged: Mapping[str, int] | None = None) -> None:
        self.by_key: dict[str, int] = dict(merged or {})
        self._by_title: dict[str, set[int]] = defaultdict(set)
        self._without_number: dict[str, int] = {}
        for law in laws:
            self.by_key[law.key] = law.pk
            title = title_key(law.title)
            self._by_title[title].add(law.pk)
            if not number_key(law.number) and not is_statute(law.title):
                self._without_number[title] = law.pk

    def recognise(self, bases: Iterable[tuple[str, str, str]]) -> Recognised:
        """Sort bases (category, title, number) into laws known, to be numbered, and to be added."""
        found = Recognised()
        # Those with a number first: what bears the title alone is then the same paper, where it is one.
        titles: Counter[str] = Counter()
        for category, title, number in sorted(
            set(bases), key=lambda basis: (not number_key(basis[2]), basis)
        ):
            key = law_key(title, number)
            if not key or key in found.new or self._known(key, title) is not None:
                continue
            bare = title_key(title)
            pk = self._without_number.get(bare)
            if pk is not None and key != bare and len(self._by_title[bare]) == 1:
                found.numbered[pk] = (key, number)
                self.by_key[key] = pk
                del self._without_number[bare]
                continue
            if key == bare and titles[bare] == 1:
                continue
            titles[bare] += 1
            found.new[key] = (category, title, number)
        return found

    def law_of(self, title: str, number: str) -> int | None:
        """The law that a basis names, None where it names none that is known."""
        key = law_key(title, number)
        return self._known(key, title) if key else None

    def _known(self, key: str, title: str) -> int | None:
        if key in self.by_key:
            return self.by_key[key]
        bare = title_key(title)
        # A title without its number means the one paper of that title, if there is just one.
        same = self._by_title.get(bare, set())
        return next(iter(same)) if key == bare and len(same) == 1 else None
