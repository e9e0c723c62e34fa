"""Which field (领域) and agency each table of a file belongs to, and what to say where it is unclear."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from catalog.drafts import Draft, bare

from .fields import FieldIndex, KnownField, owner_of
from .grid import Grid
from .header import Header
from .problems import Problem

_SECTION = re.compile(r"^[（(]?[\d一二三四五六七八九十]+[)）]?[、.．]?\s*")


@dataclass(slots=True)
class Table:
    """One table of a sheet: its header, the caption above it, its items, and the field they belong to."""

    grid: Grid
    header: Header
    caption: str
    drafts: list[Draft] = field(default_factory=list)
    field_names: list[str] = field(default_factory=list)  # what each item's column 公开领域 says; "" without
    known: KnownField | None = None
    sections: list[tuple[int, str]] = field(default_factory=list)  # rows of a single text, with it


@dataclass(slots=True)
class Assigned:
    """The fields that occur, by slug, and what could not be settled."""

    fields: dict[str, str] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def assign_fields(sheets: list[Table], fields: FieldIndex, field_slug: str | None, result: Assigned) -> None:
    """Give every item its field, from caption, sheet name, column or first level; `field_slug` decides
    where no alias matches, and in a file with one table in any case. Also the owner named in a caption."""
    chosen = fields.by_slug.get(field_slug) if field_slug else None
    for sheet in sheets:
        sheet.known = fields.of_caption(sheet.caption) or fields.of_sheet(sheet.grid.name)
        if chosen and (sheet.known is None or len(sheets) == 1):
            if sheet.known and sheet.known != chosen:
                message = f"表题写的是「{sheet.known.name}」，已按指定的领域「{chosen.name}」导入。"
                result.warnings.append(Problem(message, sheet.grid.name))
            sheet.known = chosen
            _assign(sheet, chosen, result)
        elif not (_fields_of_items(sheet, fields, result) or _fields_of_sections(sheet, fields, result)):
            if sheet.known:
                _assign(sheet, sheet.known, result)
            else:
                result.errors.append(_unknown_field(sheet, fields))


def _assign(sheet: Table, known: KnownField, result: Assigned) -> None:
    result.fields[known.slug] = known.name
    owner = owner_of(sheet.caption, known)
    for draft in sheet.drafts:
        draft.field_slug, draft.owner = known.slug, owner


def _fields_of_items(sheet: Table, fields: FieldIndex, result: Assigned) -> bool:
    """A table of several fields: each item's field stands in a column 公开领域, or its first level is a
    field's name while the caption names none. Items whose name no alias matches are errors there."""
    column = any(sheet.field_names)
    names = [
        name or (draft.levels[0] if draft.levels else "")
        for name, draft in zip(sheet.field_names, sheet.drafts, strict=True)
    ]
    found = {bare(name): fields.exact(name) for name in names}
    matched = {known.slug for known in found.values() if known}
    if column and len(matched) <= 1 and sheet.known:
        return False
    if not column and (sheet.known or len(matched) < 3):
        return False
    unmatched: set[str] = set()
    for draft, name in zip(sheet.drafts, names, strict=True):
        known = found[bare(name)] or (sheet.known if column else None)
        if known:
            draft.field_slug = known.slug
            result.fields[known.slug] = known.name
        elif bare(name) not in unmatched:
            unmatched.add(bare(name))
            near = "、".join(f"{k.name}（{k.slug}）" for k in fields.nearest(name))
            message = f"「{bare(name)}」不是已知的领域。相近的有：{near}。请改用规范名称，或指定领域。"
            result.errors.append(Problem(message, draft.sheet, draft.rows[0], draft.cells.get("levels")))
    return True


def _fields_of_sections(sheet: Table, fields: FieldIndex, result: Assigned) -> bool:
    """A table of several fields, each under a row that names it (「一、社会救助领域」)."""
    named = [(row, known) for row, text in sheet.sections if (known := fields.exact(_SECTION.sub("", text)))]
    if sheet.known or not named or not sheet.drafts or sheet.drafts[0].rows[0] < named[0][0]:
        return False
    for draft in sheet.drafts:
        known = next(known for row, known in reversed(named) if row < draft.rows[0])
        draft.field_slug = known.slug
        result.fields[known.slug] = known.name
    return True


def _unknown_field(sheet: Table, fields: FieldIndex) -> Problem:
    near = "、".join(
        f"{known.name}（{known.slug}）" for known in fields.nearest(sheet.caption + sheet.grid.name)
    )
    title = bare(sheet.caption) or sheet.grid.name
    row = min(
        (row for row in sheet.grid.rows() if row < sheet.header.first_row), default=sheet.header.first_row
    )
    return Problem(
        f"从表题「{title[:60]}」和工作表名称看不出属于哪个领域。相近的有：{near}。请指定领域后再导入。",
        sheet.grid.name,
        row,
        "A",
    )
