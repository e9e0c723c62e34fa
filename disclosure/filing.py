"""What a document of an archive probably belongs to (归类): item, topic, stage, column, each with its reason.

No Django, no network, no model: words weighted by how rare they are in the catalog, who issued the paper and
under which number, and what was filed under the same title in other years. A suggestion is never a decision:
somebody accepts it (`disclosure.services.filing`).
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from disclosure import filing_traits
from disclosure.filing_text import (
    OPENING,
    expand,
    fold,
    pairs,
    shared,
    skeleton,
    subject_of,
    weight_of,
    without_places,
)
from disclosure.filing_traits import HIGH, LOW, MIDDLE, Suggestion
from disclosure.filing_words import PREFIXES, SORTS

#: Best first, and two alternatives.
SHOWN = 3
#: Below this nothing in the catalog fits; from here on it is worth a look; and safe to take unread.
_FLOOR, _FAIR, _SURE = 0.30, 0.46, 0.68
#: How far the best must stand before the second to be sure.
_AHEAD = 0.08
#: Titles alike to this degree are editions of one paper.
_SAME, _LIKE = 0.93, 0.62
#: Items that share most with a paper; only these are looked at closely.
_LOOKED_AT = 40
#: A name of generic words alone (标准, 办事指南) weighs next to nothing: it must not be found whole by them.
_LIGHT = 4.0
#: How much a keyword (主题词) counts beside a word of the title.
_KEYWORD = 0.4
#: Sorts of items under which no other sort of paper belongs.
_STRICT = frozenset(["结果", "公示名单", "监督检查", "行政处罚", "预算", "决算", "征求意见", "解读问答"])


@dataclass(frozen=True)
class CatalogItem:
    """An item of the catalog as far as filing reads it.

    `agencies`: ids of whom it names as 公开主体. `own`: it stands in an agency's own list (主动公开基本目录),
    which says nothing of other agencies' papers.
    """

    pk: int
    levels: tuple[str, ...]
    content: str = ""
    field: str = ""
    field_slug: str = ""
    field_aliases: tuple[str, ...] = ()
    agency: int = 0
    agencies: frozenset[int] = frozenset()
    stage: str = ""
    own: bool = False

    @property
    def name(self) -> str:
        """The last level."""
        return self.levels[-1] if self.levels else ""

    def is_foreign_to(self, agency: int) -> bool:
        """Tell whether it is of another agency's own list; of a paper without an agency nobody knows."""
        return self.own and bool(agency) and agency != self.agency and agency not in self.agencies


@dataclass(frozen=True)
class Paper:
    """A document to be filed."""

    pk: int
    title: str
    number: str = ""
    issuer: str = ""
    agency: int = 0
    agency_name: str = ""
    keywords: tuple[str, ...] = ()
    opening: str = ""
    topic_text: str = ""
    kind: str = "document"
    genre: str = ""
    day: date | None = None


@dataclass(frozen=True)
class FiledPaper:
    """A document that somebody filed already: what it teaches about others."""

    pk: int
    title: str
    number: str = ""
    agency: int = 0
    day: date | None = None
    items: tuple[int, ...] = ()
    topic: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Suggestions:
    """What one document probably belongs to; each list best first, empty where nothing fits."""

    items: list[Suggestion[int]] = field(default_factory=list)
    topics: list[Suggestion[str]] = field(default_factory=list)
    stages: list[Suggestion[str]] = field(default_factory=list)
    columns: list[Suggestion[str]] = field(default_factory=list)
    genres: list[Suggestion[str]] = field(default_factory=list)


@dataclass
class _Known:
    """An item with its words cut once."""

    item: CatalogItem
    name: frozenset[str]
    path: frozenset[str]
    area: frozenset[str]
    content: frozenset[str]
    text: str
    sorts: frozenset[str]
    #: Weight of name, path and area, in this catalog.
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass
class _Read:
    """A paper with its words cut once."""

    paper: Paper
    subject: str
    #: Pairs of title (1) and keywords (less): what the paper is about.
    words: dict[str, float]
    body: frozenset[str]
    sorts: frozenset[str]
    skeleton: str
    prefix: str


class Filer:
    """Suggestions from one catalog and one memory of what was filed; built once for a page of documents."""

    def __init__(
        self,
        items: Sequence[CatalogItem],
        filed: Iterable[FiledPaper] = (),
        names: Iterable[str] = (),
        topic_names: Mapping[str, str] | None = None,
    ) -> None:
        self._names = tuple(sorted({fold(name) for name in names if name}, key=len, reverse=True))
        self._known = [_know(item) for item in items]
        self._by_pk = {known.item.pk: known for known in self._known}
        self._rarity = self._rarities()
        for known in self._known:
            name, path, area = map(self._mass, (known.name, known.path, known.area))
            known.weights = (max(name, _LIGHT), max(path, _LIGHT), max(area, _LIGHT))
        self._holders: dict[str, list[int]] = defaultdict(list)
        for place, known in enumerate(self._known):
            for pair in known.name | known.path | known.area | known.content:
                self._holders[pair].append(place)
        self._memory = _Memory(filed, self._names)
        self._topic_names = dict(topic_names or {})

    def suggest(self, paper: Paper) -> Suggestions:
        """Return the suggestions for one paper. Never raises, whatever its texts hold."""
        read = self._read(paper)
        alike = self._memory.alike(read)
        items = self._items(read, alike)
        best = self._by_pk[items[0].value].item if items else None
        sure = bool(items) and items[0].confidence != LOW
        return Suggestions(
            items=items,
            topics=filing_traits.topics(
                title=fold(read.subject),
                keywords=paper.keywords,
                opening=paper.opening,
                literal=paper.topic_text,
                kind=paper.kind,
                field_slug=best.field_slug if best and sure else "",
                field_name=best.field if best else "",
                earlier=[(one.topic, _when(one), share) for one, share in alike if one.topic],
                names=self._topic_names,
            ),
            stages=filing_traits.stages(
                title=fold(paper.title),
                item_name=best.name if best and sure else "",
                item_stage=best.stage if best and sure else "",
            ),
            columns=filing_traits.columns(title=fold(paper.title), number=paper.number, kind=paper.kind),
            genres=filing_traits.genres(title=fold(paper.title), genre=paper.genre),
        )

    # --- Reading

    def _rarities(self) -> dict[str, float]:
        held: Counter[str] = Counter()
        for known in self._known:
            held.update(known.name | known.path | known.content)
        total = len(self._known) + 1
        return {pair: weight_of(pair) * (0.4 + math.log(total / count)) for pair, count in held.items()}

    def _read(self, paper: Paper) -> _Read:
        names = (*self._names, paper.agency_name, *paper.issuer.replace("、", " ").split())
        subject = without_places(subject_of(paper.title, names))
        words = dict.fromkeys(pairs(expand("、".join(map(fold, paper.keywords)))), _KEYWORD)
        words |= dict.fromkeys(pairs(expand(subject)), 1.0)
        folded = fold(paper.title)
        return _Read(
            paper=paper,
            subject=subject,
            words=words,
            body=pairs(fold(paper.opening[:OPENING])),
            sorts=frozenset(name for name, of_title, _ in SORTS if of_title.search(folded)),
            skeleton=skeleton(paper.title, names),
            prefix=_prefix(paper.number),
        )

    # --- Items

    def _items(self, read: _Read, alike: list[tuple[FiledPaper, float]]) -> list[Suggestion[int]]:
        touched: dict[int, float] = defaultdict(float)
        for pair, loud in read.words.items():
            weight = loud * self._rarity.get(pair, 0.0)
            for place in self._holders.get(pair, ()):
                touched[place] += weight
        scores: dict[int, float] = {}
        offered = (place for place in touched if not self._known[place].item.is_foreign_to(read.paper.agency))
        for place in heapq.nlargest(_LOOKED_AT, offered, key=lambda one: touched[one]):
            known = self._known[place]
            scores[known.item.pk] = self._score(known, read)
        votes = self._votes(alike)
        for pk, (share, _) in votes.items():
            scores[pk] = max(scores.get(pk, 0.0), 0.3) + 0.55 * share
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        chosen = [(pk, score) for pk, score in ranked[: SHOWN + 1] if score >= _FLOOR]
        found = []
        for place, (pk, score) in enumerate(chosen[:SHOWN]):
            following = chosen[place + 1][1] if place + 1 < len(chosen) else 0.0
            ahead = place == 0 and score - following >= _AHEAD
            same_title = pk in votes and votes[pk][0] >= _SAME and place == 0
            confidence = HIGH if same_title or (score >= _SURE and ahead) else MIDDLE
            if score < _FAIR:
                confidence = LOW
            elif place and confidence == HIGH:
                confidence = MIDDLE
            vote = votes.get(pk)
            reason = _seen_reason(vote[1]) if vote else self._reason(self._by_pk[pk], read)
            found.append(Suggestion(pk, reason, confidence, round(score, 3)))
        return found

    def _mass(self, words: Iterable[str], said: Mapping[str, float] | None = None) -> float:
        """Weigh pairs by their rarity; with `said` those that a paper says, as loud as it says them."""
        return sum(
            self._rarity.get(pair, 0.5 * weight_of(pair)) * (1.0 if said is None else said[pair])
            for pair in words
            if said is None or pair in said
        )

    def _score(self, known: _Known, read: _Read) -> float:
        """From 0 to about 1.3: what of the name the title says, what of the title the item explains."""
        said = read.words
        whole = self._mass(said, said) or 1.0
        own = known.name | known.path
        named = self._mass(known.name, said) / known.weights[0]
        above = self._mass(known.path, said) / known.weights[1]
        area = self._mass(known.area, said) / known.weights[2]
        explained = self._mass(own | known.area, said) / whole
        content = self._mass(known.content - own, said) / whole
        body = self._mass(own & read.body) / (known.weights[0] + known.weights[1])
        score = 0.30 * named + 0.20 * above + 0.12 * area + 0.38 * explained + 0.22 * content + 0.08 * body
        if score < 0.08:
            return score  # Sort and agency alone are no reason.
        return score + self._circumstances(known, read)

    def _circumstances(self, known: _Known, read: _Read) -> float:
        """What speaks for or against an item beside the words: sort of paper, agency, number."""
        paper, score = read.paper, 0.0
        if read.sorts & known.sorts:
            score += 0.12
        elif known.sorts and known.sorts <= _STRICT:
            score -= 0.12
        elif known.sorts and read.sorts:
            score -= 0.05
        if paper.kind in {"annual_report", "guide"} and "信息公开" in read.subject:
            score -= 0.0 if "信息公开" in known.text else 0.3
        if paper.agency and paper.agency in known.item.agencies:
            score += 0.05
        if paper.agency and paper.agency == known.item.agency:
            score += 0.03
        return score + (0.05 if self._numbered(known, read) else 0.0)

    @staticmethod
    def _numbered(known: _Known, read: _Read) -> str:
        """Name the department that the document number speaks of, where the item is of its matters."""
        for mark, words, name in PREFIXES:
            if read.prefix and mark in read.prefix:
                return name if any(word in known.text for word in words.split()) else ""
        return ""

    def _votes(self, alike: list[tuple[FiledPaper, float]]) -> dict[int, tuple[float, FiledPaper]]:
        votes: dict[int, tuple[float, FiledPaper]] = {}
        for paper, share in alike:
            for pk in paper.items:
                if pk in self._by_pk and (pk not in votes or votes[pk][0] < share):
                    votes[pk] = (share, paper)
        return votes

    def _reason(self, known: _Known, read: _Read) -> str:
        item, found = known.item, []
        keywords = "、".join(map(fold, read.paper.keywords))
        area = expand(fold("、".join((item.field, *item.field_aliases))))
        if words := shared(read.subject, expand(fold(item.name))):
            found.append(f"标题里有{_quoted(words)}，事项名称是「{item.name}」")
        elif words := shared(read.subject, expand(fold("、".join(item.levels[:-1])))):
            found.append(f"标题里有{_quoted(words)}，事项在「{'／'.join(item.levels[:-1])}」下面")
        elif words := shared(read.subject, area):
            found.append(f"标题里有{_quoted(words)}，属于「{item.field}」领域")
        elif words := shared(read.subject, fold(item.content)):
            found.append(f"标题里有{_quoted(words)}，事项的公开内容里也有")
        elif words := shared(keywords, "、".join([*map(fold, item.levels), area, fold(item.content)])):
            found.append(f"主题词里有{_quoted(words)}，事项里也有")
        if sorts := [name for name, _, _ in SORTS if name in read.sorts & known.sorts]:
            found.append(f"这是{sorts[0]}，事项要的也是")
        if name := self._numbered(known, read):
            found.append(f"发文字号「{read.prefix}」是{name}的")
        if read.paper.agency and read.paper.agency in item.agencies:
            found.append("公开主体是本单位")
        return "；".join(found[:3]) or "正文开头和事项的公开内容有相同的词"


class _Memory:
    """Titles that were filed before, found by what they share with a new one."""

    def __init__(self, filed: Iterable[FiledPaper], names: tuple[str, ...]) -> None:
        self._papers = [paper for paper in filed if paper.items or paper.topic]
        self._skeletons = [skeleton(paper.title, names) for paper in self._papers]
        self._pairs = [pairs(one) for one in self._skeletons]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for place, words in enumerate(self._pairs):
            for pair in words:
                self._holders[pair].append(place)

    def alike(self, read: _Read) -> list[tuple[FiledPaper, float]]:
        """Return earlier papers with nearly this title, most alike first, the newest of equals first."""
        mine = pairs(read.skeleton)
        if not mine:
            return []
        common = Counter(place for pair in mine for place in self._holders.get(pair, ()))
        found = []
        for place, count in common.items():
            share = count / len(mine | self._pairs[place])
            if share >= _LIKE and self._papers[place].pk != read.paper.pk:
                found.append((self._papers[place], share if len(read.skeleton) >= 4 else share * 0.7))
        return sorted(found, key=lambda pair: (-pair[1], -(pair[0].day or date.min).toordinal()))[:10]


def _know(item: CatalogItem) -> _Known:
    name = expand(fold(item.name))
    path = expand(fold("、".join(item.levels[:-1])))
    area = expand(fold("、".join((item.field, *item.field_aliases))))
    return _Known(
        item=item,
        name=pairs(name),
        path=pairs(path),
        area=pairs(area),
        content=pairs(fold(item.content)),
        text=fold("、".join((item.field, *item.field_aliases, *item.levels, item.content))),
        sorts=frozenset(label for label, _, of_item in SORTS if of_item.search(name)),
    )


def _prefix(number: str) -> str:
    """Return what stands before the year: 青财农 of 青财农〔2026〕3号."""
    head = fold(number).split("〔")[0].split("[")[0]
    return head if 1 < len(head) <= 10 and not any(c.isdigit() for c in head) else ""


def _quoted(words: Sequence[str]) -> str:
    return "、".join(f"「{word}」" for word in words)


def _when(paper: FiledPaper) -> str:
    return f"{paper.day.year}年" if paper.day else "以前"


def _seen_reason(paper: FiledPaper) -> str:
    return f"题目相同的《{paper.title[:40]}》{_when(paper)}已归入这一项"
