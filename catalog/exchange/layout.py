"""The official table as columns and rows of text: what the .xlsx and the .csv writer both print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.drafts import Draft, channel_names

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
)

LEGEND = "注：■为必选的公开渠道，□为可选的公开渠道；公开对象、公开方式、公开层级栏打“√”的为适用。"
TICK = "√"
# Keys of `extra` that are no column of their own: kept in other cells, or read out of them.
_DERIVED = frozenset({"more", "category", "tier_words", "telephone"})
_GROUP_NAMES = ("特定群体", "特定群众", "特定人群", "特定对象", "特定公众")


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


@dataclass(slots=True)
class TableSpec:
    """What a field's table needs to be printed, gathered in one pass over its items."""

    field_name: str
    number: int
    owner: str = ""  # the agency's name, empty for the county's own catalog
    levels: int = 1
    audience: list[str] = field(default_factory=list)
    manner: list[str] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    has_tiers: bool = False
    telephone: bool = False
    extras: list[str] = field(default_factory=list)

    @property
    def caption(self) -> str:
        """「(n)XX领域基层政务公开标准目录」; n is the field's number among the fields."""
        return f"（{self.number}）{self.owner}{self.field_name}领域基层政务公开标准目录"

    def note(self, draft: Draft) -> None:
        """Take an item's columns into account."""
        self.levels = max(self.levels, len(draft.levels))
        for labels, found in (
            (self.audience, [_split_label(label)[0] for label in draft.audience or []]),
            (self.manner, draft.manner or []),
            (self.tiers, draft.tiers or []),
        ):
            labels += [label for label in dict.fromkeys(found) if label not in labels]
        self.has_tiers |= draft.tiers is not None
        self.telephone |= bool(draft.telephone)
        self.extras += [
            key for key, value in draft.extra.items() if value and key not in (*self.extras, *_DERIVED)
        ]

    def columns(self) -> list[PrintColumn]:
        """All columns, in the official order, further ones at the end."""
        printed = [PrintColumn(SERIAL, "", BY_KIND["serial"].width, lambda d: d.serial or "", centred=True)]
        printed += self._level_columns()
        for kind in ("content", "basis", "time_limit", "subject"):
            spec = BY_KIND[kind]
            printed.append(PrintColumn(spec.caption, "", spec.width, _attribute(kind), more=kind))
        channels = BY_KIND["channels"]
        printed.append(PrintColumn(channels.caption, "", channels.width, _channels_text))
        printed += self._mark_columns()
        if self.telephone:
            spec = BY_KIND["telephone"]
            printed.append(PrintColumn(spec.caption, "", spec.width, lambda d: d.telephone))
        order = {key: index for index, key in enumerate(EXTRA_CAPTIONS)}
        for key in sorted(self.extras, key=lambda k: (order.get(k, len(order)), k)):
            printed.append(PrintColumn(EXTRA_CAPTIONS.get(key, key), "", 14, _extra(key)))
        return printed

    def _level_columns(self) -> list[PrintColumn]:
        width = BY_KIND["level"].width
        if self.levels == 1:
            return [PrintColumn(ITEM_GROUP, "", width * 1.5, _level(0), level=0)]
        return [
            PrintColumn(ITEM_GROUP, LEVEL_NAMES[index], width, _level(index), level=index)
            for index in range(self.levels)
        ]

    def _mark_columns(self) -> list[PrintColumn]:
        columns = []
        groups = [label for label in self.audience if label in _GROUP_NAMES]
        audience = [WHOLE_SOCIETY, *(groups or [SPECIFIC_GROUP])]
        audience += [label for label in self.audience if label not in audience]
        for label in audience:
            columns.append(PrintColumn("公开对象", label, 7, _audience(label), centred=True))
        manner = [PROACTIVE, ON_REQUEST] + [m for m in self.manner if m not in (PROACTIVE, ON_REQUEST)]
        for label in manner:
            shown = {PROACTIVE: "主动", ON_REQUEST: "依申请"}.get(label, label)
            columns.append(PrintColumn("公开方式", shown, 6, _manner(label), centred=True))
        if not self.has_tiers:
            return columns
        own = [tier for tier in self.tiers if tier not in STANDARD_TIERS]
        for label in [*own] if own and len(own) == len(self.tiers) else [*STANDARD_TIERS, *own]:
            sub = "" if label == "公开层级" else label
            columns.append(PrintColumn("公开层级", sub, 6, _tier(label), centred=True))
        return columns


def rows_of(draft: Draft) -> int:
    """How many rows an item takes: one, and one more for every further content, limit, 主体 or basis."""
    more = draft.extra.get("more") or {}
    return 1 + max((len(texts) for texts in more.values()), default=0)


def more_text(draft: Draft, column: PrintColumn, offset: int) -> str:
    """The text of a further row (offset 1 is the second row of the item); "" where there is none."""
    texts = (draft.extra.get("more") or {}).get(column.more, []) if column.more else []
    return str(texts[offset - 1]) if offset <= len(texts) else ""


def covered_levels(drafts: Iterable[Draft], levels: int) -> Iterator[tuple[Draft, list[bool]]]:
    """Each item with, for every level but the last, whether its cell joins the one above: the names down
    to this level are the same."""
    above: list[str] = []
    for draft in drafts:
        joins = [
            len(draft.levels) > index and above[: index + 1] == draft.levels[: index + 1]
            for index in range(levels - 1)
        ]
        yield draft, [*joins, False]
        above = draft.levels


def _attribute(name: str) -> Callable[[Draft], str]:
    return lambda draft: str(getattr(draft, name))


def _level(index: int) -> Callable[[Draft], str]:
    return lambda draft: draft.levels[index] if index < len(draft.levels) else ""


def _channels_text(draft: Draft) -> str:
    names = [f"■{name}" for name in channel_names(draft, "required")]
    return " ".join(names + [f"□{name}" for name in channel_names(draft, "optional")])


def _split_label(label: str) -> tuple[str, str]:
    """「特定群体：参建单位」 -> caption and words."""
    head, colon, words = label.partition("：")
    return (head, words) if colon and head in (*_GROUP_NAMES, WHOLE_SOCIETY) else (label, "")


def _audience(label: str) -> Callable[[Draft], str]:
    def text(draft: Draft) -> str:
        for found in draft.audience or []:
            head, words = _split_label(found)
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
