"""The rows of one table as items: merged and blank cells filled, 同上 expanded, several rows joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.channels import STANDARD_CHANNELS, ChannelList, parse_channels
from catalog.drafts import bare

from .cells import clean, extra_value, is_ditto, number_text, serial_text, tick
from .columns import Kind
from .grid import Cell, Grid
from .header import Column, Header
from .problems import Problem, column_letters

TEXT_KINDS: tuple[Kind, ...] = ("content", "basis", "time_limit", "subject")
FORMULA_WITHOUT_VALUE = (
    "这里的公式没有保存计算结果，系统读不到内容。请在 Excel 或 WPS 中打开一次并保存，或改为直接填写文字。"
)
_FOOTER_WORDS = ("备注", "注:", "注：", "说明", "填表", "附注", "制表", "联系人", "审核", "填报")
_NUMBER_ROW_CELLS = 4
_TOTAL = re.compile(r"(?:合计|总计|小计|共计)(?:[:：]|$)|共\s*\d+\s*[项条个]")
_TOTAL_CELLS = 4
_TEXTS_REMEMBERED = 10_000
# 「填报人：某某　　审核人：」: the line of signatures below the table.
_SIGNED = re.compile(
    r"(?:填[报表]|制表|审[核批]|复核|联系|经办|分管|主管|单位|负责|报送|签发|日期)[^:：]{0,8}[:：]"
)
_LEVELS = "一二三四五"
_LEVEL = re.compile(r"([一二三四五])级")
_TICKED: tuple[Kind, ...] = ("audience", "manner", "tiers")


@dataclass(slots=True)
class RawItem:
    """One item as its rows give it, before captions become labels."""

    rows: list[int]
    serial: str | None = None
    levels: list[str] = field(default_factory=list)
    level_roles: dict[str, str] = field(default_factory=dict)
    texts: dict[Kind, str] = field(default_factory=dict)
    more: dict[str, list[str]] = field(default_factory=dict)
    channels: list[str] = field(default_factory=list)
    channel_list: ChannelList | None = None
    channels_fresh: bool = False
    ticks: dict[Kind, dict[str, str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    extra_texts: dict[str, list[str]] = field(default_factory=dict)
    telephone: list[str] = field(default_factory=list)


class TableReader:
    """Reads the rows below one header until `stop`. Problems are gathered, never raised."""

    def __init__(self, grid: Grid, header: Header, stop: int, problems: list[Problem]) -> None:
        self._grid = grid
        self._header = header
        self._stop = stop
        self._errors = problems
        self._levels = _from_first_to_last(header.of("level"))
        self._serial = header.first("serial")
        self._above_levels: list[str] = [""] * len(self._levels)
        self._filled: dict[int, str] = {}
        self._clean: dict[str, str] = {}
        self._reported: set[tuple[int, int]] = set()
        self._columns_by_kind: dict[Kind, list[Column]] = {}
        for column in header.columns:
            self._columns_by_kind.setdefault(column.caption.kind, []).append(column)
        self.notes: list[tuple[int, str]] = []
        self.empty: list[int] = []  # rows that hold a number and nothing else
        self.doubts: list[Problem] = []

    def read(self) -> Iterator[RawItem]:
        """All items of the table, in order. Notes, empty rows and doubts are complete at the end."""
        block: list[RawItem] = []  # items of one first level: what may share a checklist of channels
        for row in self._grid.rows():
            if not self._header.last_row < row < self._stop:
                continue
            if not block and self._is_number_row(row):
                continue
            if note := self._note(row, started=bool(block)):
                self.notes.append((row, note))
                continue
            if not self._carries_anything(row):
                continue
            if self._only_numbered(row):
                self.empty.append(row)
                continue
            if self._begins_item(row):
                item = self._new_item(row)
                if block and _first_level(item) != _first_level(block[0]):
                    yield from _share_spread_channels(block)
                    block = []
                block.append(item)
            elif block:
                block[-1].rows.append(row)
                self._continue(block[-1], row)
        yield from _share_spread_channels(block)

    # What a row is

    def _own(self, row: int, column: Column) -> str:
        """A cell's own text; "" where blank or covered by a merge from elsewhere."""
        cell = self._grid.fresh(row, column.number)
        return self._text(row, column, cell) if cell else ""

    def _cleaned(self, text: str) -> str:
        # Most texts of a catalog stand in many rows: each is cleaned, and held, once.
        if (known := self._clean.get(text)) is not None:
            return known
        cleaned = clean(text)
        if len(self._clean) < _TEXTS_REMEMBERED:
            self._clean[text] = cleaned
        return cleaned

    def _text(self, row: int, column: Column, cell: Cell) -> str:
        if cell.kind == "text":
            return self._cleaned(cell.text)
        if column.caption.kind == "serial":
            return serial_text(cell) if cell.kind != "formula" else ""
        if cell.kind == "formula":
            self._report(row, column.number, FORMULA_WITHOUT_VALUE)
            return ""
        if cell.kind == "error":
            self._report(row, column.number, f"这里是错误值 {cell.text}。请改正公式，或直接填写文字。")
            return ""
        if cell.kind == "number":
            text, wrong = number_text(cell)
            if wrong and column.caption.kind not in ("audience", "manner", "tiers"):
                self._report(row, column.number, wrong)
            return text
        if cell.kind == "bool":
            return "√" if cell.text == "1" else ""
        if column.caption.kind not in _TICKED:
            message = f"这里存的是日期，已读作「{cell.text}」。"
            message += "如果原意是文字，请把单元格格式改为「文本」，重新填写。"
            self._doubt(row, column.number, message)
        return cell.text

    def _doubt(self, row: int, column: int, message: str) -> None:
        if (row, column) not in self._reported:
            self._reported.add((row, column))
            self.doubts.append(Problem(message, self._grid.name, row, column_letters(column)))

    def _report(self, row: int, column: int, message: str) -> None:
        if (row, column) not in self._reported:
            self._reported.add((row, column))
            self._errors.append(Problem(message, self._grid.name, row, column_letters(column)))

    def _is_number_row(self, row: int) -> bool:
        """A row that numbers the columns (1 2 3 4 …) below the header."""
        cells = self._grid.cells.get(row, {})
        values = [
            serial_text(cell) for _number, cell in sorted(cells.items()) if cell.kind in ("text", "number")
        ]
        return (
            len(values) >= max(_NUMBER_ROW_CELLS, len(self._header.columns) // 2)
            and all(value.isdigit() for value in values)
            and [int(v) for v in values] == list(range(int(values[0]), int(values[0]) + len(values)))
        )

    def _note(self, row: int, *, started: bool) -> str:
        """The text of a footnote, section, total or signature row: one text over the table, or in its first
        columns alone."""
        if started and (text := self._closing_line(row)):
            return text
        cells = {n: c for n, c in self._grid.cells[row].items() if c.kind == "text" and c.text.strip()}
        if len(cells) != 1 or len(self._grid.cells[row]) != 1:
            return ""
        number, cell = next(iter(cells.items()))
        text = clean(cell.text)
        merge = self._grid.merge_at(row, number)
        if merge and merge.top == row and merge.right - merge.left >= max(2, len(self._header.columns) // 2):
            return text
        if started and text.startswith(_FOOTER_WORDS):
            return text
        if self._serial and number == self._serial.number and not serial_text(cell).isdigit():
            return text
        return ""

    def _closing_line(self, row: int) -> str:
        texts = [cell.text for _n, cell in sorted(self._grid.cells[row].items()) if cell.kind == "text"]
        first = self._cleaned(texts[0]) if texts else ""
        total = _TOTAL.match(first) and len(self._grid.cells[row]) <= _TOTAL_CELLS
        signed = _SIGNED.match(first) and len(texts) == len(self._grid.cells[row])
        if not total and not (signed and all(":" in text or "：" in text for text in texts)):
            return ""
        return " ".join(clean(text) for text in texts)

    def _only_numbered(self, row: int) -> bool:
        """Whether a row holds its serial number and at most ticks: prepared for an item, never filled in."""
        if not self._serial or self._grid.fresh(row, self._serial.number) is None:
            return False
        return not any(
            self._grid.get(row, column.number) is not None
            or self._grid.anchored_above(row, column.number) is not None
            for column in self._header.columns
            if column.caption.kind not in (*_TICKED, "serial")
        )

    def _carries_anything(self, row: int) -> bool:
        return any(self._grid.get(row, column.number) is not None for column in self._header.columns)

    def _begins_item(self, row: int) -> bool:
        if any(self._grid.fresh(row, column.number) is not None for column in self._levels) and any(
            self._own(row, column) for column in self._levels
        ):
            return True
        if self._serial:
            if self._grid.fresh(row, self._serial.number) is not None:
                return True
            if self._grid.anchored_above(row, self._serial.number):
                return False
        fresh = {kind for kind in (*TEXT_KINDS, "channels") if self._has_own(row, kind)}
        ticked = any(self._has_own(row, kind) for kind in ("audience", "manner", "tiers"))
        return "content" in fresh and (len(fresh) >= 2 or ticked)

    def _has_own(self, row: int, kind: Kind) -> bool:
        return any(self._grid.fresh(row, column.number) for column in self._columns_by_kind.get(kind, []))

    # Values

    def _value(self, row: int, column: Column) -> str:
        """A cell's text with its merge looked through and 同上 expanded."""
        anchor = self._grid.anchored_above(row, column.number)
        if anchor and anchor[0] > self._header.last_row:
            cell = self._grid.get(*anchor)
            text = self._text(anchor[0], column, cell) if cell and anchor[1] == column.number else ""
        else:
            text = self._own(row, column)
        if is_ditto(text):
            if column.number not in self._filled:
                self._doubt(row, column.number, f"这里写着「{text}」，上面没有可以沿用的内容，已按空白读入。")
            text = self._filled.get(column.number, "")
        elif text:
            self._filled[column.number] = text
        return text

    def _new_item(self, row: int) -> RawItem:
        item = RawItem(rows=[row])
        item.levels = self._level_path(row, item)
        if self._serial:
            cell = self._grid.get(row, self._serial.number)
            anchor = self._grid.anchored_above(row, self._serial.number)
            if cell is None and anchor:
                cell = self._grid.get(*anchor)
            item.serial = serial_text(cell) if cell and cell.kind != "formula" else ""
        for kind in TEXT_KINDS:
            item.texts[kind] = "\n".join(
                value for column in self._columns_by_kind.get(kind, []) if (value := self._value(row, column))
            )
        for column in self._columns_by_kind.get("channels", []):
            if value := _channel_text(column, self._value(row, column)):
                item.channels.append(value)
                item.channels_fresh |= self._grid.fresh(row, column.number) is not None
        self._ticks(item, row, merged=True)
        for column in self._columns_by_kind.get("extra", []):
            if value := self._value(row, column):
                item.extra_texts.setdefault(column.caption.key, []).append(value)
        for column in self._columns_by_kind.get("telephone", []):
            if value := self._value(row, column):
                item.telephone.append(value)
        self._finish_extra(item)
        return item

    def _level_path(self, row: int, item: RawItem) -> list[str]:
        own = [self._value(row, column) for column in self._levels]
        fresh = [index for index, text in enumerate(own) if text]
        # Names above the first one given are those of the row before; names below it are its own.
        first = fresh[0] if fresh else len(own)
        path = self._above_levels[:first] + own[first:]
        self._above_levels = path
        for column, text in zip(self._levels, path, strict=True):
            if column.caption.role and text:
                item.level_roles[column.caption.role] = text
        return [text for text in path if text]

    def _ticks(self, item: RawItem, row: int, *, merged: bool) -> None:
        for kind in ("audience", "manner", "tiers"):
            labels = item.ticks.setdefault(kind, {})
            for column in self._columns_by_kind.get(kind, []):
                value = self._value(row, column) if merged else self._own(row, column)
                yes, words = tick(value)
                if yes:
                    labels.setdefault(column.caption.label or f"\0{column.text}", words)

    def _continue(self, item: RawItem, row: int) -> None:
        """A further row of the same item: more content, a second 主体 or limit, more channels or ticks."""
        for kind in TEXT_KINDS:
            for value in self._further(row, kind):
                if item.texts.get(kind):
                    item.more.setdefault(kind, []).append(value)
                else:
                    item.texts[kind] = value
        for column in self._columns_by_kind.get("channels", []):
            value = self._own(row, column)
            if value and not is_ditto(value):
                item.channels.append(_channel_text(column, value))
        item.telephone += self._further(row, "telephone")
        self._ticks(item, row, merged=False)
        for column in self._columns_by_kind.get("extra", []):
            if (value := self._own(row, column)) and not is_ditto(value):
                item.extra_texts.setdefault(column.caption.key, []).append(value)
        self._finish_extra(item)

    def _further(self, row: int, kind: Kind) -> list[str]:
        values = [self._own(row, column) for column in self._columns_by_kind.get(kind, [])]
        return [value for value in values if value and not is_ditto(value)]

    def _finish_extra(self, item: RawItem) -> None:
        item.extra = {key: extra_value("\n".join(texts)) for key, texts in item.extra_texts.items()}


def _from_first_to_last(levels: list[Column]) -> list[Column]:
    """一级事项 before 二级事项, wherever the columns stand; others from left to right."""
    places = [_LEVELS.find(match.group(1)) if (match := _LEVEL.search(c.text)) else -1 for c in levels]
    if -1 in places or len(set(places)) < len(places):
        return levels
    return [level for _place, level in sorted(zip(places, levels, strict=True), key=lambda pair: pair[0])]


def _channel_text(column: Column, value: str) -> str:
    """A channel that has a column of its own, written as in the one list: ticked ■, an empty box □."""
    label = column.caption.label
    if not label or not value:
        return value
    yes, words = tick(value)
    if not yes:
        return f"□{label}" if value.startswith(("□", "☐")) else ""
    return f"■{label}：{words}" if words else f"■{label}"


def _share_spread_channels(block: list[RawItem]) -> list[RawItem]:
    """One checklist spread over the rows of several items (a block of the first level) holds for each.

    It is one checklist when the rows of a block name no channel twice, none of them is whole, and
    together they run to the checklist's last entry (其他).
    """
    for item in block:
        item.channel_list = parse_channels("\n".join(item.channels)) if item.channels else None
    _share_in_block(block)
    return block


def _first_level(item: RawItem) -> str:
    return bare(item.levels[0]) if item.levels else ""


def _share_in_block(block: list[RawItem]) -> None:
    lists = [item.channel_list for item in block if item.channel_list and item.channels_fresh]
    if len(block) < 2 or len(lists) < 2 or any(found.style != "boxes" for found in lists):
        return
    names = [name for found in lists for name in (*found.marked, *found.unmarked)]
    last = STANDARD_CHANNELS[-1]
    whole = [
        found
        for found in lists
        if last in (*found.marked, *found.unmarked) and "政府网站" in (*found.marked, *found.unmarked)
    ]
    if whole or len(names) != len(set(names)) or last not in names or "政府网站" not in names:
        return
    shared = parse_channels(
        "\n".join(text for item in block for text in item.channels if item.channels_fresh)
    )
    for item in block:
        item.channel_list = shared
