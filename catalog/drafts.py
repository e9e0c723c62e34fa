"""An item as a file or a form proposes it, before it is in the catalog. Pure: no Django.

The form in which `exchange` hands rows to `services`, and in which an item is compared with another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Mark = Literal["required", "optional", "unused"]
MAX_LEVELS = 4
MAX_LEVEL_CHARACTERS = 500


def bare(text: str | None) -> str:
    """The text without any white space: what identity and comparison go by."""
    return "".join((text or "").split())


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """One channel and what the file says of it."""

    name: str
    mark: Mark


@lru_cache(maxsize=1024)
def channel_use(name: str, mark: Mark) -> ChannelUse:
    """The use of a channel, one object for all items that say the same: they all repeat one checklist."""
    return ChannelUse(name, mark)


@dataclass(slots=True)
class Draft:
    """One item. Lists that are None: the file has no such column (≠ a column left empty)."""

    levels: list[str]
    content: str = ""
    basis: str = ""
    time_limit: str = ""
    subject: str = ""
    serial: str | None = None
    channels: list[ChannelUse] | None = None
    audience: list[str] | None = None
    manner: list[str] | None = None
    tiers: list[str] | None = None
    tier_words: dict[str, str] = field(default_factory=dict)
    telephone: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    field_slug: str = ""
    owner: str = ""  # the agency that the caption names, literally; "" where it names none
    sheet: str = ""
    rows: list[int] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)  # attribute -> column letters, for the preview
    # The columns that the file has ("content", "extra:remark" …): what it lacks is left as it is in the
    # catalog. None: everything is given.
    columns: frozenset[str] | None = None

    @property
    def level_key(self) -> tuple[str, ...]:
        """The level path without white space: the first part of an item's identity."""
        return tuple(bare(level) for level in self.levels)

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """Level path and content without white space: an item's identity within agency and field."""
        return self.level_key, bare(self.content)

    def says_the_same(self, other: Draft) -> bool:
        """Whether every cell is literally equal; `comparable`, which costs more, then says so too."""
        return all(getattr(self, name) == getattr(other, name) for name in (*LABELS, "tier_words"))

    def address(self, attribute: str) -> str:
        """Where the value stands, as Excel shows it ("E7"); the row alone where it has no column."""
        row = self.rows[0] if self.rows else ""
        return f"{self.cells.get(attribute, '')}{row}"


LABELS: dict[str, str] = {
    "levels": "公开事项",
    "content": "公开内容(要素)",
    "basis": "公开依据",
    "time_limit": "公开时限",
    "subject": "公开主体",
    "channels": "公开渠道和载体",
    "audience": "公开对象",
    "manner": "公开方式",
    "tiers": "公开层级",
    "telephone": "咨询电话",
    "extra": "其他列",
}


def channel_names(draft: Draft, *marks: Mark) -> list[str]:
    """The names of the channels that carry one of the marks, in order."""
    return [use.name for use in draft.channels or [] if use.mark in marks]


def comparable(draft: Draft) -> dict[str, Any]:
    """What makes two items the same, cell by cell: white space does not count, nor the order of marks,
    nor channels left unused, nor a column that one file lacks and the other leaves empty."""
    extra = {
        key: _comparable_extra(value)
        for key, value in draft.extra.items()
        # 公开类别 is read as the first level too: the level already says it.
        if value and not (key == "category" and bare(str(value)) in draft.level_key)
    }
    return {
        "levels": draft.level_key,
        "content": bare(draft.content),
        "basis": bare(draft.basis),
        "time_limit": bare(draft.time_limit),
        "subject": bare(draft.subject),
        "channels": (
            frozenset(bare(name) for name in channel_names(draft, "required")),
            frozenset(bare(name) for name in channel_names(draft, "optional")),
        ),
        "audience": frozenset(bare(label) for label in draft.audience or []),
        "manner": frozenset(bare(label) for label in draft.manner or []),
        "tiers": (
            frozenset(bare(label) for label in draft.tiers or []),
            frozenset((bare(key), bare(word)) for key, word in draft.tier_words.items()),
        ),
        "telephone": bare(draft.telephone),
        "extra": extra,
    }


def _comparable_extra(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _comparable_extra(inner) for key, inner in sorted(value.items()) if inner}
    if isinstance(value, list):
        return [_comparable_extra(inner) for inner in value]
    return bare(str(value))


def display(draft: Draft, attribute: str) -> str:
    """A value as the preview shows it."""
    if attribute == "levels":
        return " / ".join(draft.levels)
    if attribute == "channels":
        parts = [f"■{name}" for name in channel_names(draft, "required")]
        return " ".join(parts + [f"□{name}" for name in channel_names(draft, "optional")])
    if attribute == "tiers":
        return "、".join(
            f"{t}({draft.tier_words[t]})" if t in draft.tier_words else t for t in draft.tiers or []
        )
    if attribute in ("audience", "manner"):
        return "、".join(getattr(draft, attribute) or [])
    if attribute == "extra":
        return "；".join(f"{key}：{_display_extra(value)}" for key, value in draft.extra.items())
    return str(getattr(draft, attribute))


def _display_extra(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}：{_display_extra(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "、".join(_display_extra(inner) for inner in value)
    return str(value)


def as_item(draft: Draft, field_name: str) -> dict[str, Any]:
    """The keys that `import_catalog --items` and the JSON export print (DESIGN). 咨询电话 stands in
    `extra`, as DESIGN has no key of its own for it."""
    channels = None
    if draft.channels is not None:
        channels = {
            "marked": channel_names(draft, "required"),
            "unmarked": channel_names(draft, "optional", "unused"),
        }
    extra = dict(draft.extra)
    if draft.telephone:
        extra["telephone"] = draft.telephone
    return {
        "sheet": draft.sheet,
        "rows": draft.rows,
        "field": field_name or None,
        "serial": draft.serial,
        "levels": draft.levels,
        "content": draft.content or None,
        "basis": draft.basis or None,
        "time_limit": draft.time_limit or None,
        "subject": draft.subject or None,
        "channels": channels,
        "audience": draft.audience,
        "manner": draft.manner,
        "tiers": draft.tiers,
        "extra": extra,
    }
