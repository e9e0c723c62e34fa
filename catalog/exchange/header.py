"""Finding the header by its text, in whatever row it stands, and reading which column is what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from catalog.drafts import bare
from catalog.layouts import LayoutColumn

from .columns import Caption, Kind, caption_text, is_site_column, is_sub_caption, recognise
from .grid import Grid

# A header names the items and at least two of these; an index sheet (序号 · 领域 · 责任单位) or a sentence
# of instructions does not.
_BODY_KINDS: frozenset[Kind] = frozenset({"content", "basis", "time_limit", "subject", "channels"})
# Some word of every body column's caption, blanks between its characters allowed.
_HINT = re.compile(r"公\s*开|[内要时期]\s*[容素限间]|依\s*据|主\s*体|单\s*位|部\s*门|渠\s*道|载\s*体|平\s*台")
_INTEGER = re.compile(r"^\s*\d+(?:\.0+)?\s*$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: where it stands, what it is, the caption as found (folded), and its upper and
    lower part as they stand in the file."""

    number: int
    caption: Caption
    text: str
    top: str = ""
    sub: str = ""


@dataclass(slots=True)
class Header:
    """A recognised header: its rows and columns."""

    first_row: int
    last_row: int
    columns: list[Column] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Column]:
        """The columns of a kind, from left to right."""
        return [column for column in self.columns if column.caption.kind == kind]

    def first(self, kind: Kind) -> Column | None:
        """The first column of a kind."""
        return next(iter(self.of(kind)), None)


def layout_columns(header: Header) -> tuple[LayoutColumn, ...]:
    """The columns as they are kept for the export, captions without white space. Channels that had a
    column each are printed as the one list of the official table."""
    found: list[LayoutColumn] = []
    for column in sorted(header.columns, key=lambda column: column.number):
        caption = column.caption
        if caption.kind == "channels" and caption.label:
            layout = LayoutColumn("channels", bare(column.top))
            if layout in found:
                continue
        else:
            name = caption.label or caption.key or caption.role
            layout = LayoutColumn(caption.kind, bare(column.top), bare(column.sub), name)
        found.append(layout)
    return tuple(found)


def find_header(grid: Grid, from_row: int = 1) -> Header | None:
    """The first header at or below a row; None where the sheet has none."""
    for row in grid.rows():
        if row < from_row or not _may_be_header(grid, row):
            continue
        header = _read_header(grid, row)
        if header:
            return header
    return None


def header_at(grid: Grid, row: int) -> Header | None:
    """The header that begins in this very row, if one does (a header repeated for printing)."""
    return _read_header(grid, row) if _may_be_header(grid, row) else None


def site_column_table(grid: Grid) -> bool:
    """Whether the sheet is a table of a site's columns (栏目表)."""
    return any(
        sum(is_site_column(cell.text) for cell in grid.cells[row].values()) >= 2
        for row in list(grid.rows())[:20]
    )


def _may_be_header(grid: Grid, row: int) -> bool:
    # Cheap test before the real one, since every row of a long table passes here.
    cells = grid.cells.get(row, {})
    if len(cells) < 3:
        return False
    short = [cell.text for cell in cells.values() if cell.kind == "text" and len(cell.text) <= 24]
    if sum(1 for text in short if _HINT.search(text)) < 2:
        return False
    return sum(1 for text in short if recognise(text, "") is not None) >= 2


def _read_header(grid: Grid, row: int) -> Header | None:
    last_column = grid.last_column
    for rows in (2, 1):
        if rows == 2 and not _has_second_row(grid, row):
            continue
        header = Header(row, row + rows - 1)
        above = ""
        for number in range(1, last_column + 1):
            top, sub = _captions(grid, row, number, two_rows=rows == 2, above=above)
            if _own(grid, row, number):
                above = caption_text(top)
            caption = recognise(top, sub)
            text = caption_text(top) + caption_text(sub)
            if caption:
                header.columns.append(Column(number, caption, text, top, sub))
            elif text:
                header.columns.append(Column(number, Caption("extra", key=text), text, top, sub))
        _settle(grid, header)
        if _complete(header):
            return header
    return None


def _own(grid: Grid, row: int, number: int) -> str:
    cell = grid.fresh(row, number)
    return cell.text.strip() if cell else ""


def _captions(grid: Grid, row: int, number: int, *, two_rows: bool, above: str) -> tuple[str, str]:
    """Upper and lower caption of a column, a merged or unmerged group's caption taken from its left."""
    merge = grid.merge_at(row, number)
    if merge:
        cell = grid.get(merge.top, merge.left)
        top = cell.text.strip() if cell else ""
        if merge.bottom > row:
            return top, ""
    else:
        top = _own(grid, row, number)
    if not two_rows:
        return top, ""
    sub = _own(grid, row + 1, number)
    if not top and sub:
        top = above  # a group whose caption was not merged over its columns
    return top, sub


def _has_second_row(grid: Grid, row: int) -> bool:
    """Whether the next row belongs to the header: merges reach into it, or it holds second-row captions.

    The first item may look like one where 公开对象 and 公开方式 hold words (全社会, 主动公开): it has texts
    under captions that are whole already.
    """
    below = grid.cells.get(row + 1, {})
    merges = [grid.merge_at(row, number) for number in range(1, grid.last_column + 1)]
    reaching = sum(1 for m in merges if m and m.top == row and m.bottom == row + 1)
    captions = sum(1 for cell in below.values() if cell.kind == "text" and is_sub_caption(cell.text))
    if not reaching and any(cell.kind == "number" for cell in below.values()):
        return False
    strangers = sum(1 for number in below if _is_stranger(grid, row, number))
    if captions >= 2:
        return strangers <= captions
    groups = {m for m in merges if m and m.top == row == m.bottom and m.right > m.left}
    beneath = any(
        sum(1 for number in range(m.left, m.right + 1) if _own(grid, row + 1, number)) >= 2 for m in groups
    )
    covered = {number for m in groups for number in range(m.left, m.right + 1)}
    whole = reaching >= 3 or covered.issuperset(below)
    return (reaching >= 3 and captions >= 1) or (beneath and whole and strangers == 0)


def _is_stranger(grid: Grid, row: int, number: int) -> bool:
    """Whether the text below a caption is none of the header's: neither a caption nor the rest of one."""
    top, sub = _own(grid, row, number), _own(grid, row + 1, number)
    if not top or not sub or is_sub_caption(sub):
        return False
    whole, both, joined = recognise(top, ""), recognise(top, sub), recognise(top + sub, "")
    if whole is None or (joined is not None and joined.kind == whole.kind):
        return False
    return both is None or not both.label


def _complete(header: Header) -> bool:
    kinds = {column.caption.kind for column in header.columns}
    return "level" in kinds and len(kinds & _BODY_KINDS) >= 2


def _settle(grid: Grid, header: Header) -> None:
    """Decide what captions alone cannot: an empty or wrong caption over serial numbers, a caption of the
    whole group over its first column, a 公开方式 that means the channels."""
    _find_serial(grid, header)
    levels = header.of("level")
    numbered = [column for column in levels if is_sub_caption(column.text) or "级" in column.text]
    if numbered:
        keep = [c for c in levels if c in numbered or c.caption.role]
        header.columns = [c for c in header.columns if c.caption.kind != "level" or c in keep]
    for kind, official in (("subject", "公开主体"), ("time_limit", "公开时限")):
        _keep_apart(header, kind, official)  # type: ignore[arg-type]
    manner = header.of("manner")
    if len(manner) == 1 and not manner[0].caption.label and not header.of("channels"):
        values = [_own(grid, row, manner[0].number) for row in grid.rows() if row > header.last_row]
        if any(values) and not any("主动" in value or "申请" in value for value in values):
            index = header.columns.index(manner[0])
            header.columns[index] = replace(manner[0], caption=Caption("channels"))


def _keep_apart(header: Header, kind: Kind, official: str) -> None:
    """Beside 公开主体 a column 责任单位 is another matter, beside 公开时限 a column 公开时间."""
    columns = header.of(kind)
    if not any(column.text.startswith(official) for column in columns):
        return
    for index, column in enumerate(header.columns):
        if column in columns and not column.text.startswith(official) and not column.sub:
            header.columns[index] = replace(column, caption=Caption("extra", key=column.text))


def _find_serial(grid: Grid, header: Header) -> None:
    if header.of("serial"):
        return
    body_from = min((c.number for c in header.columns if c.caption.kind in _BODY_KINDS), default=0)
    named = {column.number: column for column in header.columns}
    for number in range(1, body_from):
        column = named.get(number)
        if column and (column.caption.kind != "level" or "级" in column.text or column.caption.role):
            continue
        values = [
            cell
            for row in grid.rows()
            if row > header.last_row and (cell := grid.get(row, number)) is not None
        ]
        if values and all(c.kind in ("number", "formula") or _INTEGER.match(c.text) for c in values):
            header.columns = [c for c in header.columns if c.number != number]
            found = column or Column(number, Caption("serial"), "")
            header.columns.append(replace(found, caption=Caption("serial")))
            header.columns.sort(key=lambda c: c.number)
            return
