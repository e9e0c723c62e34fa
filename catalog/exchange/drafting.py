"""Raw items as drafts: ticks and words become the labels of DESIGN's `--items`, and rows are checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from catalog.drafts import MAX_LEVEL_CHARACTERS, MAX_LEVELS, ChannelUse, Draft, Mark, bare, channel_use

from .columns import WHOLE_SOCIETY, Kind, manner_label
from .grid import Grid
from .header import Header
from .problems import Problem, column_letters
from .rows import RawItem

_GROUPS = ("特定群体", "特定群众", "特定人群", "特定对象", "特定公众")
Marks = Literal["required", "chosen"]


def to_drafts(
    grid: Grid,
    header: Header,
    raws: Iterable[RawItem],
    marks: Marks,
    errors: list[Problem],
    warnings: list[Problem],
) -> list[Draft]:
    """The items of one table, with what is wrong or doubtful in them added to the two lists. The raw ones are
    taken one by one, so that they need not all be there at once."""
    kinds = {column.caption.kind for column in header.columns}
    columns = frozenset(kinds) | {f"extra:{column.caption.key}" for column in header.of("extra")}
    cells = _addresses(header)
    drafts = []
    for raw in raws:
        draft = _draft(raw, kinds, marks)
        draft.sheet, draft.cells, draft.columns = grid.name, cells, columns
        _check_draft(draft, raw, errors, warnings)
        drafts.append(draft)
    return drafts


def _addresses(header: Header) -> dict[str, str]:
    cells: dict[str, str] = {}
    for column in header.columns:
        kind = "levels" if column.caption.kind == "level" else column.caption.kind
        cells.setdefault(kind, column_letters(column.number))
    return cells


def _draft(raw: RawItem, kinds: set[Kind], marks: Marks) -> Draft:
    extra = dict(raw.extra)
    if "category" in raw.level_roles:
        extra["category"] = raw.level_roles["category"]
    if raw.more:
        extra["more"] = raw.more
    audience = _audience(raw) if "audience" in kinds else None
    tiers = raw.ticks.get("tiers", {})
    return Draft(
        levels=raw.levels,
        content=raw.texts.get("content", ""),
        basis=raw.texts.get("basis", ""),
        time_limit=raw.texts.get("time_limit", ""),
        subject=raw.texts.get("subject", ""),
        serial=raw.serial,
        channels=_channels(raw, marks) if "channels" in kinds else None,
        audience=audience,
        manner=_manner(raw) if "manner" in kinds else None,
        tiers=[label.removeprefix("\0") for label in tiers] if "tiers" in kinds else None,
        tier_words={label.removeprefix("\0"): words for label, words in tiers.items() if words},
        telephone="\n".join(raw.telephone),
        extra=extra,
        rows=raw.rows,
    )


def _channels(raw: RawItem, marks: Marks) -> list[ChannelUse]:
    found = raw.channel_list
    if found is None:
        return []
    other: Mark = "optional" if marks == "required" else "unused"
    return [channel_use(name, "required") for name in found.marked] + [
        channel_use(name, other) for name in found.unmarked
    ]


def _audience(raw: RawItem) -> list[str]:
    labels = []
    for label, words in raw.ticks.get("audience", {}).items():
        if label.startswith("\0"):  # one column 公开对象 without captions beneath: it holds words
            labels += _audience_in_words(words)
        elif words and bare(words) != label and label != WHOLE_SOCIETY:
            labels.append(f"{label}：{words}")
        else:
            labels.append(label)
    return labels


def _audience_in_words(words: str) -> list[str]:
    """「社会公众、低保对象」: the whole of society, and a group that is named beside it."""
    parts = [part.strip() for part in re.split(r"[、,，;；\n]", words) if part.strip()]
    whole = not parts or any("社会" in part for part in parts)
    rest = [part for part in parts if "社会" not in part] if whole else [words]
    labels = [WHOLE_SOCIETY] if whole else []
    for group in ["、".join(rest)] if rest else []:
        labels.append(group if bare(group) in _GROUPS else f"特定群体：{group}")
    return labels


def _manner(raw: RawItem) -> list[str]:
    labels: list[str] = []
    for label, words in raw.ticks.get("manner", {}).items():
        if not label.startswith("\0"):
            labels.append(label)
            continue
        parts = [part for part in re.split(r"[、,，/;；\n]", words) if part.strip()] or ["主动公开"]
        labels += [manner_label(bare(part)) for part in parts]
    return list(dict.fromkeys(labels))


def _check_draft(draft: Draft, raw: RawItem, errors: list[Problem], warnings: list[Problem]) -> None:
    row = draft.rows[0]
    column = draft.cells.get("levels")
    if not draft.levels:
        errors.append(Problem("这一行没有公开事项名称，请补上。", draft.sheet, row, column))
    elif len(draft.levels) > MAX_LEVELS:
        errors.append(Problem("公开事项超过四级，请合并为一至四级。", draft.sheet, row, column))
    elif any(len(level) > MAX_LEVEL_CHARACTERS for level in draft.levels):
        message = f"公开事项名称超过 {MAX_LEVEL_CHARACTERS} 字，像是填错了列，请检查。"
        errors.append(Problem(message, draft.sheet, row, column))
    if raw.channel_list and raw.channel_list.unboxed:
        names = "、".join(raw.channel_list.unboxed)
        warnings.append(
            Problem(
                f"「{names}」前面没有■或□，未计入公开渠道。", draft.sheet, row, draft.cells.get("channels")
            )
        )


def check_serials(grid: Grid, header: Header, drafts: list[Draft], warnings: list[Problem]) -> None:
    """Repeated, missing or formula 序号 are warnings; an item without one is numbered by its position."""
    serial = header.first("serial")
    if serial is None:
        return
    letters = column_letters(serial.number)
    counts = Counter(draft.serial for draft in drafts if draft.serial)
    seen: set[str] = set()
    for position, draft in enumerate(drafts, start=1):
        row = draft.rows[0]
        cell = grid.get(row, serial.number)
        if cell is not None and cell.kind == "formula":
            message = f"序号是没有保存结果的公式，已按位置编为 {position}。"
        elif not draft.serial:
            message = f"缺少序号，已按位置编为 {position}。"
        elif counts[draft.serial] > 1 and draft.serial in seen:
            message = f"序号「{draft.serial}」重复，先后以所在位置（第 {position} 项）为准。"
        else:
            seen.add(draft.serial)
            continue
        warnings.append(Problem(message, grid.name, row, letters))
        draft.serial = draft.serial or str(position)
