"""The rows of the filing page (归类): what each offers, and what came back of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from agencies.models import User
from catalog.models import Item
from catalog.states import Stage
from disclosure import backlog, topics
from disclosure.filing import Suggestions
from disclosure.filing_traits import HIGH, LOW, MIDDLE, Suggestion
from disclosure.models import Topic
from disclosure.services.filing import Choice
from disclosure.states import GENRES, DocumentKind

#: Columns (栏目) of the public site by the kind that puts a document there.
COLUMNS = {
    DocumentKind.DOCUMENT.value: "政策文件、通知公告",
    DocumentKind.REGULATION.value: "公开制度、法规",
    DocumentKind.GUIDE.value: "公开指南、办事指南",
    DocumentKind.ANNUAL_REPORT.value: "年度报告",
}
_NO_ITEM = "目录里没有找到相近的事项。按 / 另选；接受这一行表示「不属于任何事项」。"


@dataclass(frozen=True)
class Option:
    """One thing to choose; `key` is the digit that picks it."""

    value: str
    label: str
    reason: str = ""
    confidence: str = ""
    path: str = ""
    key: str = ""
    chosen: bool = False


@dataclass
class Row:
    """One document of the page with what it offers."""

    document: Any
    mark: str
    items: list[Option] = field(default_factory=list)
    topics: list[Option] = field(default_factory=list)
    stages: list[Option] = field(default_factory=list)
    kinds: list[Option] = field(default_factory=list)
    genres: list[Option] = field(default_factory=list)
    nothing: str = ""
    topic_reason: str = ""
    stage_reason: str = ""
    column_reason: str = ""

    @property
    def confidence(self) -> str:
        """How sure the item is; 低 where there is none."""
        return next((option.confidence for option in self.items if option.chosen), LOW)

    @property
    def sure(self) -> bool:
        """Whether the key `a` accepts it."""
        return self.confidence == HIGH


class Rows:
    """Makes rows of a page; reads items and topics once."""

    def __init__(self, documents: Sequence[Any], found: Mapping[int, Suggestions]) -> None:
        self.documents, self.found = documents, found
        wanted = {one.value for each in found.values() for one in each.items}
        wanted |= {pk for document in documents for pk in document.item_pks}
        rows = Item.objects.filter(pk__in=wanted).select_related("field", "agency")
        self.items: dict[int, Any] = {item.pk: item for item in rows}
        self.topics: dict[str, Any] = {topic.code: topic for topic in Topic.objects.select_related("parent")}

    def rows(self) -> list[Row]:
        """Return the rows in the order of the documents."""
        return [self._row(document, self.found[document.pk]) for document in self.documents]

    def all_topics(self) -> list[str]:
        """Every class by its path, for those who look for another one."""
        return [str(topic) for topic in self.topics.values()]

    def _row(self, document: Any, found: Suggestions) -> Row:
        state = backlog.state_of(document, document.item_pks)
        row = Row(document, backlog.stamp(state, document.last_line))
        row.items = self._items(document, found)
        row.nothing = "" if row.items else _NO_ITEM
        row.topics, row.topic_reason = self._topics(document, found)
        row.stages, row.stage_reason = self._stages(document, found, row.items)
        row.kinds, row.genres, row.column_reason = _columns(document, found)
        return row

    def _items(self, document: Any, found: Suggestions) -> list[Option]:
        here = [pk for pk in document.item_pks if pk in self.items]
        options = [self._item(pk, "现在就归在这一项", "", chosen=True) for pk in here]
        for one in found.items:
            if one.value in self.items and one.value not in here:
                chosen = not options and one.confidence != LOW
                options.append(
                    self._item(
                        one.value, one.reason, one.confidence, chosen=chosen, key=str(len(options) + 1)
                    )
                )
        return options

    def _item(self, pk: int, reason: str, confidence: str, *, chosen: bool, key: str = "") -> Option:
        item = self.items[pk]
        return Option(str(pk), item.name, reason, confidence, path_of(item), key, chosen)

    def _topics(self, document: Any, found: Suggestions) -> tuple[list[Option], str]:
        if document.topic_id:
            current = [Option(document.topic.code, str(document.topic), "原来就有", HIGH, chosen=True)]
        else:
            current = []
        offered = [one for one in found.topics if one.value in self.topics]
        chosen = _default(offered) if not current else None
        options = current + [
            Option(one.value, str(self.topics[one.value]), one.reason, one.confidence, chosen=one is chosen)
            for one in offered
            if not current or one.value != current[0].value
        ]
        return options, _reason(chosen) if chosen else ("原来就有" if current else "")

    def _stages(self, document: Any, found: Suggestions, items: Sequence[Option]) -> tuple[list[Option], str]:
        """All five; empty where the item's own stage is the right one."""
        item = next((self.items[int(option.value)] for option in items if option.chosen), None)
        best = _default(found.stages)
        wanted = document.stage
        reason = "原来就有" if wanted else ""
        if not wanted and best:
            reason = _reason(best)
            wanted = "" if item is not None and item.stage == best.value else best.value
        return [Option(value, str(label), chosen=value == wanted) for value, label in Stage.choices], reason


def path_of(item: Any) -> str:
    """Return where an item stands: agency, field, the levels above it."""
    return " / ".join([item.agency.label, item.field.name, *item.levels[:-1]])


def _default(found: Sequence[Suggestion[Any]]) -> Suggestion[Any] | None:
    """The suggestion that stands chosen: the best, where it is more than a guess."""
    return found[0] if found and found[0].confidence in {HIGH, MIDDLE} else None


def _reason(one: Suggestion[Any]) -> str:
    return f"{one.reason}（{one.confidence}）"


def _columns(document: Any, found: Suggestions) -> tuple[list[Option], list[Option], str]:
    """Kind and genre. What was approved here keeps its kind: it was judged with it."""
    best = _default(found.columns)
    movable = document.approved_by_id is None
    kind = best.value if best and movable else document.kind
    kinds = [
        Option(value, label, chosen=value == kind)
        for value, label in COLUMNS.items()
        if movable or value == document.kind
    ]
    genre = found.genres[0].value if found.genres else document.genre
    genres = [Option(one, one, chosen=one == genre) for one in GENRES]
    return kinds, genres, _reason(best) if best and movable else ""


def choices_of(data: QueryDict, *, user: User) -> list[Choice]:
    """Return what was accepted on the page: `accept` holds `id:mark`, the rest has the id in its name.

    Raises ValueError where the request is none of this page's.
    """
    codes = dict(Topic.objects.values_list("code", "pk"))
    found, others = [], {}
    for accepted in data.getlist("accept")[: backlog.PAGE]:
        number, _, mark = accepted.partition(":")
        others[_number(number)] = (mark, data.get(f"other-{number}", "").strip())
    items = _by_code({code for _, code in others.values() if code}, user)
    for pk, (mark, code) in others.items():
        chosen = [_number(value) for value in data.getlist(f"items-{pk}")]
        if code:
            # An unknown code reaches the service as an item that is nobody's: it says so beside the title.
            chosen.append(items.get(code, 0))
        found.append(
            Choice(
                document=pk,
                items=chosen,
                topic=_topic(data, pk, codes),
                stage=data.get(f"stage-{pk}"),
                kind=data.get(f"kind-{pk}") or None,
                genre=data.get(f"genre-{pk}"),
                seen=mark,
            )
        )
    return found


def _number(text: str) -> int:
    """Return an id. Raises ValueError for anything that cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text[:40])
    return int(text)


def _by_code(codes: set[str], user: User) -> dict[str, int]:
    if not codes:
        return {}
    rows = Item.objects.linkable_by(user).in_force().filter(code__in=codes)
    return dict(rows.values_list("code", "pk"))


def _topic(data: QueryDict, pk: int, codes: Mapping[str, int]) -> int | None:
    """The class chosen from the list, or written out (without JavaScript)."""
    written = data.get(f"topic-text-{pk}", "").strip()
    if written:
        return codes.get(topics.code_for(written) or "", 0)
    code = data.get(f"topic-{pk}", "")
    return codes.get(code, 0) if code else None
