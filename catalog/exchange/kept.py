"""A table in the columns of the agency's own file (`CatalogLayout`): that set, in that order, in those words.

What the file's columns cannot hold and an item does hold is put beside the column of its kind, else at the
end: nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.drafts import Draft
from catalog.layouts import LayoutColumn

from .columns import ITEM_GROUP, LEVEL_NAMES, SPECIFIC_GROUP, WHOLE_SOCIETY
from .layout import (
    TEXTS,
    PrintColumn,
    TableSpec,
    audience_column,
    channels_column,
    extra_column,
    level_column,
    level_columns,
    manner_column,
    serial_column,
    split_label,
    telephone_column,
    text_column,
    tier_column,
)


@dataclass(slots=True)
class _Shown:
    """What the columns printed so far hold."""

    kinds: set[str] = field(default_factory=set)
    labels: dict[str, set[str]] = field(default_factory=dict)

    def take(self, kind: str, label: str = "") -> bool:
        """Whether this is the first column for it."""
        known = self.labels.setdefault(kind, set())
        first = label not in known
        known.add(label)
        self.kinds.add(kind)
        return first


def kept_columns(spec: TableSpec) -> list[PrintColumn]:
    """The columns of `spec.own`, and after them those that its items need besides."""
    shown = _Shown()
    printed: list[PrintColumn] = []
    levels = sum(column.kind == "level" for column in spec.own)
    for column in spec.own:
        if column.kind == "level":
            index = sum(known.kind == "level" for known in printed)
            printed.append(level_column(index, column.top, column.sub, alone=levels == 1))
        else:
            printed.append(_column(column, spec, shown))
    return _complete(printed, spec, shown)


def _column(column: LayoutColumn, spec: TableSpec, shown: _Shown) -> PrintColumn:
    """One column in its own words. A second column for the same thing keeps its caption and stays empty,
    since the value has been read from both into one."""
    top, sub = column.top, column.sub
    label = _label(column)
    first = shown.take(column.kind, label)
    printed = PrintColumn(top, sub, 10, _nothing, kind=column.kind)
    if not first:
        return printed
    if column.kind == "serial":
        return serial_column(top, sub)
    if column.kind in TEXTS:
        return text_column(column.kind, top, sub)
    if column.kind == "channels":
        return channels_column(top, sub)
    if column.kind == "telephone":
        return telephone_column(top, sub)
    if column.kind == "audience":
        return audience_column(label, top, sub) if label else _words_of_audience(printed, spec, shown)
    if column.kind == "manner":
        return manner_column(label, top, sub) if label else _words_of_manner(printed, spec, shown)
    if column.kind == "tiers":
        return tier_column(label, top, sub)
    return extra_column(label, top, sub)


def _label(column: LayoutColumn) -> str:
    """Which value the column shows; a column of 层级 or a further one without a name goes by its captions."""
    if column.kind in ("tiers", "extra"):
        return column.name or column.top + column.sub
    return column.name if column.kind in ("audience", "manner") else ""


def _nothing(_draft: Draft) -> str:
    return ""


def _words_of_audience(printed: PrintColumn, spec: TableSpec, shown: _Shown) -> PrintColumn:
    """公开对象 as one column of words: 全社会, or who the group is. It can hold one label of an item."""
    words = {label: _audience_words(label) for label in spec.audience}
    if spec.most_audience > 1 or not all(words.values()):
        return printed
    shown.labels["audience"] |= set(spec.heads)
    return PrintColumn(
        printed.top,
        printed.sub,
        10,
        lambda draft: words.get((draft.audience or [""])[0], "") if draft.audience else "",
        centred=True,
        kind="audience",
    )


def _audience_words(label: str) -> str:
    head, words = split_label(label)
    if label == WHOLE_SOCIETY:
        return label
    # Words that name 社会 would be read back as 全社会.
    return words if head == SPECIFIC_GROUP and "社会" not in words else ""


def _words_of_manner(printed: PrintColumn, spec: TableSpec, shown: _Shown) -> PrintColumn:
    """公开方式 as one column of words."""
    if any(set("、,，/;；\n") & set(label) for label in spec.manner):
        return printed
    shown.labels["manner"] |= set(spec.manner)
    return PrintColumn(
        printed.top,
        printed.sub,
        10,
        lambda draft: "、".join(draft.manner or []),
        centred=True,
        kind="manner",
    )


def _complete(printed: list[PrintColumn], spec: TableSpec, shown: _Shown) -> list[PrintColumn]:
    printed = _with_levels(printed, spec.levels)
    for kind in TEXTS:
        if kind in spec.texts and kind not in shown.kinds:
            printed.append(text_column(kind))
    if spec.channels and "channels" not in shown.kinds:
        printed.append(channels_column())
    known = shown.labels
    for kind, missing in (
        ("audience", [audience_column(x) for x in spec.heads if x not in known.get("audience", ())]),
        ("manner", [manner_column(x) for x in spec.manner if x not in known.get("manner", ())]),
        ("tiers", [tier_column(x) for x in spec.tiers if x not in known.get("tiers", ())]),
    ):
        printed = _beside(printed, kind, missing)
    if spec.telephone and "telephone" not in shown.kinds:
        printed.append(telephone_column())
    return printed + [extra_column(x) for x in spec.ordered_extras() if x not in known.get("extra", ())]


def _with_levels(printed: list[PrintColumn], levels: int) -> list[PrintColumn]:
    """Columns for names that reach deeper than the file's own columns."""
    own = [column for column in printed if column.kind == "level"]
    if len(own) >= levels:
        return printed
    if not own:
        place = 1 if printed and printed[0].kind == "serial" else 0
        return [*printed[:place], *level_columns(levels), *printed[place:]]
    place = printed.index(own[-1])
    if len(own) == 1 and not own[0].sub:
        # One 公开事项 column becomes the group of the official table: read back as levels only so.
        return [*printed[:place], *level_columns(levels), *printed[place + 1 :]]
    top = own[-1].top if own[-1].sub else ITEM_GROUP
    deeper = [level_column(index, top, LEVEL_NAMES[index]) for index in range(len(own), levels)]
    return [*printed[: place + 1], *deeper, *printed[place + 1 :]]


def _beside(printed: list[PrintColumn], kind: str, missing: list[PrintColumn]) -> list[PrintColumn]:
    """After the last column of the kind, under its caption; else at the end."""
    own = [index for index, column in enumerate(printed) if column.kind == kind]
    if not own or not missing:
        return printed + missing
    last = printed[own[-1]]
    if last.sub:
        missing = [
            PrintColumn(last.top, c.sub or c.top, c.width, c.text, centred=True, kind=kind) for c in missing
        ]
    return [*printed[: own[-1] + 1], *missing, *printed[own[-1] + 1 :]]
