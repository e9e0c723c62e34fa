"""The official table as columns and rows of text: what the .xlsx and the .csv writer both print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalog.drafts import Draft, channel_names
from catalog.layouts import LayoutColumn

from .columns import (
    BY_KIND,
    EXTRA_CAPTIONS,
    ITEM_GROUP,
    LEVEL_NAMES,
    ON_REQUEST,
    PROACTIVE,
    SERIAL,
    SPECIFIC_GROUP,
    STANDARD_TIERS,
    WHOLE_SOCIETY,
    Kind,
)

LEGEND = "注：■为必选的公开渠道，□为可选的公开渠道；公开对象、公开方式、公开层级栏打“√”的为适用。"
TICK = "√"
#: The texts of an item that are columns of their own, in the order of the official table.
TEXTS: tuple[Kind, ...] = ("content", "basis", "time_limit", "subject")
# Keys of `extra` that are no column of their own: kept in other cells, or read out of them.
_DERIVED = frozenset({"more", "category", "tier_words", "telephone"})
_GROUP_NAMES = ("特定群体", "特定群众", "特定人群", "特定对象", "特定公众")
_EXTRA_WIDTH = 12.2


@dataclass(frozen=True, slots=True)
class PrintColumn:
    """A column as printed: upper and lower caption (lower empty: merged over both rows), width in
    characters, where its text comes from, the kind of further rows (`more`) it takes."""

    top: str
    sub: str
    width: float
    text: Callable[[Draft], str]
    more: str = ""
    level: int | None = None
    centred: bool = False
    kind: str = ""


@dataclass(slots=True)
class TableSpec:
    """What a table needs to be printed: whose it is, and which columns its items fill.

    `own` are the columns of the agency's own file (`CatalogLayout`): with them the table is printed as
    that file was; what they lack and an item holds is appended, so that nothing is lost.
    """

    field_name: str
    number: int
    owner: str = ""  # the agency's name, empty for the county's own standard catalog
    catalog: str = "standard"  # catalog.states.CatalogKind
    own: tuple[LayoutColumn, ...] = ()
    as_of: date | None = None
    items: int = 0
    levels: int = 1
    most_audience: int = 0
    audience: list[str] = field(default_factory=list)
    manner: list[str] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    has_tiers: bool = False
    texts: set[str] = field(default_factory=set)
    channels: bool = False
    telephone: bool = False
    extras: list[str] = field(default_factory=list)

    @property
    def caption(self) -> str:
        """「（n）XX领域基层政务公开标准目录」, n being the field's number among the fields; the catalogs
        that have no fields bear the agency's name alone (DOMAIN §3.2; 条例 12条)."""
        if self.catalog == "basic":
            return f"{self.owner}主动公开基本目录"
        if self.catalog == "village":
            return f"{self.owner}村（居）务公开基本目录"
        return f"（{self.number}）{self.owner}{self.field_name}领域基层政务公开标准目录"

    @property
    def legend(self) -> str:
        """What ■, □ and √ mean, and the day of a catalog of the past."""
        return LEGEND + (f"本表截至{self.as_of:%Y-%m-%d}。" if self.as_of else "")

    def note(self, draft: Draft) -> None:
        """Take an item's columns into account."""
        self.items += 1
        self.levels = max(self.levels, len(draft.levels))
        self.most_audience = max(self.most_audience, len(draft.audience or []))
        for labels, found in (
            (self.audience, draft.audience or []),
            (self.manner, draft.manner or []),
            (self.tiers, draft.tiers or []),
        ):
            labels += [label for label in dict.fromkeys(found) if label not in labels]
        self.has_tiers |= draft.tiers is not None
        self.texts |= {name for name in TEXTS if getattr(draft, name)} | set(draft.extra.get("more") or {})
        self.channels |= bool(channel_names(draft, "required", "optional"))
        self.telephone |= bool(draft.telephone)
        self.note_extras(key for key, value in draft.extra.items() if value)

    def note_extras(self, keys: Iterable[str]) -> None:
        """Take further columns into account that hold a value."""
        self.extras += [key for key in keys if key not in (*self.extras, *_DERIVED)]

    @property
    def heads(self) -> list[str]:
        """The captions under 公开对象: 「特定群体：参建单位」 stands in the column 特定群体."""
        return list(dict.fromkeys(split_label(label)[0] for label in self.audience))

    def columns(self) -> list[PrintColumn]:
        """All columns as printed: those of the agency's own file, else the official ones in their order."""
        if self.own:
            from .kept import kept_columns  # it builds on the columns declared here

            return kept_columns(self)
        printed = [serial_column(), *level_columns(self.levels)]
        printed += [text_column(kind) for kind in TEXTS]
        printed.append(channels_column())
        printed += self._mark_columns()
        if self.telephone:
            printed.append(telephone_column())
        return printed + [extra_column(key) for key in self.ordered_extras()]

    def ordered_extras(self) -> list[str]:
        """Keys of the further columns, the known ones first."""
        order = {key: index for index, key in enumerate(EXTRA_CAPTIONS)}
        return sorted(self.extras, key=lambda key: (order.get(key, len(order)), key))

    def _mark_columns(self) -> list[PrintColumn]:
        heads = self.heads
        groups = [label for label in heads if label in _GROUP_NAMES]
        audience = [WHOLE_SOCIETY, *(groups or [SPECIFIC_GROUP])]
        columns = [audience_column(label) for label in dict.fromkeys([*audience, *heads])]
        columns += [manner_column(m) for m in dict.fromkeys([PROACTIVE, ON_REQUEST, *self.manner])]
        if not self.has_tiers:
            return columns
        own = [tier for tier in self.tiers if tier not in STANDARD_TIERS]
        shown = own if own and len(own) == len(self.tiers) else [*STANDARD_TIERS, *own]
        return columns + [tier_column(label) for label in shown]


def serial_column(top: str = SERIAL, sub: str = "") -> PrintColumn:
    """序号."""
    return PrintColumn(top, sub, BY_KIND["serial"].width, _serial, centred=True, kind="serial")


def level_columns(levels: int) -> list[PrintColumn]:
    """公开事项: one column, or one for each level."""
    if levels == 1:
        return [level_column(0, ITEM_GROUP, alone=True)]
    return [level_column(index, ITEM_GROUP, LEVEL_NAMES[index]) for index in range(levels)]


def level_column(index: int, top: str, sub: str = "", *, alone: bool = False) -> PrintColumn:
    """The names of one level."""
    width = BY_KIND["level"].width * (1.5 if alone else 1)
    return PrintColumn(top, sub, width, _level(index), level=index, kind="level")


def text_column(kind: Kind, top: str = "", sub: str = "") -> PrintColumn:
    """One of the columns of text."""
    spec = BY_KIND[kind]
    return PrintColumn(top or spec.caption, sub, spec.width, _attribute(kind), more=kind, kind=kind)


def channels_column(top: str = "", sub: str = "") -> PrintColumn:
    """公开渠道和载体: ■ required, □ optional, unused ones not at all."""
    spec = BY_KIND["channels"]
    return PrintColumn(top or spec.caption, sub, spec.width, channels_text, kind="channels")


def audience_column(label: str, top: str = "公开对象", sub: str | None = None) -> PrintColumn:
    """A tick of 公开对象, or the words in its place."""
    width = 5.5 if label == WHOLE_SOCIETY else 7  # beside a tick, the words who the group is
    shown = label if sub is None else sub
    return PrintColumn(top, shown, width, _audience(label), centred=True, kind="audience")


def manner_column(label: str, top: str = "公开方式", sub: str | None = None) -> PrintColumn:
    """A tick of 公开方式."""
    shown = {PROACTIVE: "主动", ON_REQUEST: "依申请"}.get(label, label)
    return PrintColumn(top, shown if sub is None else sub, 5.5, _manner(label), centred=True, kind="manner")


def tier_column(label: str, top: str = "公开层级", sub: str | None = None) -> PrintColumn:
    """A tick of 公开层级, or the words in its place."""
    shown = "" if label == top else label
    return PrintColumn(top, shown if sub is None else sub, 5.5, _tier(label), centred=True, kind="tiers")


def telephone_column(top: str = "", sub: str = "") -> PrintColumn:
    """咨询电话."""
    spec = BY_KIND["telephone"]
    return PrintColumn(top or spec.caption, sub, spec.width, lambda d: d.telephone, kind="telephone")


def extra_column(key: str, top: str = "", sub: str = "") -> PrintColumn:
    """A further column that the county added."""
    return PrintColumn(top or EXTRA_CAPTIONS.get(key, key), sub, _EXTRA_WIDTH, _extra(key), kind="extra")


def captions(columns: list[PrintColumn]) -> tuple[list[str], list[str]]:
    """The two rows of the header; a group's caption stands over its first column alone."""
    tops = [
        column.top if index == 0 or not column.sub or columns[index - 1].top != column.top else ""
        for index, column in enumerate(columns)
    ]
    return tops, [column.sub for column in columns]


def rows_of(draft: Draft) -> int:
    """How many rows an item takes: one, and one more for every further content, limit, 主体 or basis."""
    more = draft.extra.get("more")
    return 1 + max((len(texts) for texts in more.values()), default=0) if more else 1


def more_text(draft: Draft, column: PrintColumn, offset: int) -> str:
    """The text of a further row (offset 1 is the second row of the item); "" where there is none."""
    texts = (draft.extra.get("more") or {}).get(column.more, []) if column.more else []
    return str(texts[offset - 1]) if offset <= len(texts) else ""


def covered_levels(drafts: Iterable[Draft], levels: int) -> Iterator[tuple[Draft, list[bool]]]:
    """Each item with, for every level but the last, whether its cell joins the one above: the names down
    to this level are the same."""
    above: list[str] = []
    for draft in drafts:
        names = draft.levels
        joins = [
            len(names) > index and above[: index + 1] == names[: index + 1] for index in range(levels - 1)
        ]
        yield draft, [*joins, False]
        above = names


def _serial(draft: Draft) -> str:
    return draft.serial or ""


def _attribute(name: str) -> Callable[[Draft], str]:
    return lambda draft: str(getattr(draft, name))


def _level(index: int) -> Callable[[Draft], str]:
    return lambda draft: draft.levels[index] if index < len(draft.levels) else ""


def channels_text(draft: Draft) -> str:
    """The channels with their boxes."""
    names = [f"■{name}" for name in channel_names(draft, "required")]
    return " ".join(names + [f"□{name}" for name in channel_names(draft, "optional")])


def split_label(label: str) -> tuple[str, str]:
    """「特定群体：参建单位」 -> caption and words."""
    head, colon, words = label.partition("：")
    return (head, words) if colon and head in (*_GROUP_NAMES, WHOLE_SOCIETY) else (label, "")


def _audience(label: str) -> Callable[[Draft], str]:
    def text(draft: Draft) -> str:
        for found in draft.audience or []:
            head, words = split_label(found)
            if head == label:
                return words or TICK
        return ""

    return text


def _manner(label: str) -> Callable[[Draft], str]:
    return lambda draft: TICK if label in (draft.manner or []) else ""


def _tier(label: str) -> Callable[[Draft], str]:
    return lambda draft: (draft.tier_words.get(label) or TICK) if label in (draft.tiers or []) else ""


def _extra(key: str) -> Callable[[Draft], str]:
    return lambda draft: extra_text(draft.extra.get(key))


def extra_text(value: Any) -> str:
    """A further column's value as text: a choice is written with boxes again."""
    if isinstance(value, dict):
        boxes = [f"■{name}" for name in value.get("selected", [])]
        return " ".join(boxes + [f"□{name}" for name in value.get("offered", [])])
    return "" if value is None else str(value)
