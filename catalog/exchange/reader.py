"""A whole file as drafts of items, with every error and warning at its cell.

What a careful person reads out of it (examples: ../shared/data/catalogs/*.expected.json): nothing is
guessed that the file does not say, nothing that it says is dropped without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.drafts import Draft
from catalog.layouts import FileLayout

from .assignment import Assigned, Table, assign_fields
from .drafting import Marks, check_serials, to_drafts
from .fields import FieldIndex
from .grid import Grid
from .header import Header, find_header, header_at, layout_columns, site_column_table
from .problems import MAX_PROBLEMS, Problem, UnreadableFile, column_letters
from .rows import FORMULA_WITHOUT_VALUE, RawItem, TableReader
from .workbook import read_workbook

# 「■为必选项」「标注“■”的为应当使用的」 · 「选中的用“■”」
_LEGEND = re.compile(
    r"■[”’\"']?.{0,8}?(?P<required>必选|应当|必须)|■[”’\"']?.{0,8}?(?P<chosen>选中|已选|勾选|选择)"
    r"|□[”’\"']?[内里中]?打[√勾对](?P<ticked>)"
    r"|(?P<required_before>必选|应当使用)\S{0,8}■|(?P<chosen_before>选中|已选|勾选)\S{0,8}■"
)


@dataclass(slots=True)
class ReadResult:
    """What was read. With errors nothing may be written; items are given even so, to be looked at."""

    drafts: list[Draft] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    marks: Marks = "required"
    marks_known: bool = True
    marks_matter: bool = False  # some box is empty: what □ means changes what is read
    fields: dict[str, str] = field(default_factory=dict)  # slug -> name of the fields that occur
    layouts: list[FileLayout] = field(default_factory=list)


def read_catalog(
    path: Path, fields: FieldIndex, *, field_slug: str | None = None, marks: Marks | None = None
) -> ReadResult:
    """Read a file. `field_slug` decides the field where no alias matches (and, in a file with one table,
    in any case); `marks` says what ■ and □ mean: required/optional, or chosen/not chosen."""
    result = ReadResult()
    try:
        grids = read_workbook(path)
    except UnreadableFile as error:
        result.errors.append(Problem(str(error)))
        return result
    result.marks, result.marks_known = _marks_of(grids, marks)
    tables = _with_items([table for grid in grids for table in _tables(grid, result)], result)
    if not tables:
        result.errors += _no_table(grids)
        return result
    for table in tables:
        _warn_of_hidden(table, result)
    assigned = Assigned()
    assign_fields(tables, fields, field_slug, assigned)
    result.fields = assigned.fields
    result.errors += assigned.errors
    result.warnings += assigned.warnings
    for table in tables:
        result.drafts += table.drafts
    result.layouts = _layouts(tables, result.marks)
    if not result.drafts:
        result.errors.append(Problem("表头下面没有事项。请检查是不是选错了文件。", tables[0].grid.name))
    result.marks_matter = any(use.mark != "required" for d in result.drafts for use in d.channels or [])
    if not result.marks_known and result.marks_matter:
        result.warnings.append(
            Problem(
                "文件没有说明■和□的含义，已按国家模板读作「■必选、□可选」。如果■表示已选、□表示未选，请另行指定。"
            )
        )
    del result.errors[MAX_PROBLEMS:], result.warnings[MAX_PROBLEMS:]
    return result


def _layouts(tables: list[Table], marks: Marks) -> list[FileLayout]:
    """The columns of each catalog that occurs; of several tables of one catalog the widest speaks."""
    found: dict[tuple[str, str], FileLayout] = {}
    for table in tables:
        columns = layout_columns(table.header)
        boxes = any(use.mark != "required" for draft in table.drafts for use in draft.channels or [])
        for key in dict.fromkeys((draft.field_slug, draft.owner) for draft in table.drafts):
            if key not in found or len(found[key].columns) < len(columns):
                found[key] = FileLayout(*key, columns, marks if boxes else "")
    return list(found.values())


def _with_items(tables: list[Table], result: ReadResult) -> list[Table]:
    """Without the tables that have a header alone (sheets of instructions), where others hold items."""
    filled = [table for table in tables if table.drafts]
    if not filled:
        return tables
    for table in tables:
        if not table.drafts:
            message = "表头下面没有事项，这张表已略过。"
            result.warnings.append(Problem(message, table.grid.name, table.header.first_row, "A"))
    return filled


def _warn_of_hidden(table: Table, result: ReadResult) -> None:
    """Hidden rows and columns belong to the catalog like the others; who hid them should know."""
    grid = table.grid
    rows = sorted(grid.hidden_rows.intersection(row for draft in table.drafts for row in draft.rows))
    if rows:
        shown = "、".join(map(str, rows[:10])) + (" 等" if len(rows) > 10 else "")
        message = f"第 {shown} 行在原表中是隐藏的，也已读入。不需要的请先在原表中删除。"
        result.warnings.append(Problem(message, grid.name, rows[0], "A"))
    for column in table.header.columns:
        if column.number in grid.hidden_columns:
            message = f"「{column.text}」列在原表中是隐藏的，也已读入。不需要的请先在原表中删除。"
            letters = column_letters(column.number)
            result.warnings.append(Problem(message, grid.name, table.header.first_row, letters))


def _no_table(grids: list[Grid]) -> list[Problem]:
    for grid in grids:
        if site_column_table(grid):
            return [
                Problem(
                    "这是网站栏目表（一级栏目、二级栏目……），不是政务公开标准目录，未导入。"
                    "标准目录的表头应有「公开事项」「公开内容」「公开依据」等列。",
                    grid.name,
                )
            ]
    for grid in grids:
        if grid.hidden and find_header(grid):
            message = "目录在隐藏的工作表里，未导入。请先取消隐藏，保存后再导入。"
            return [Problem(message, grid.name)]
    return [
        Problem(
            "没有找到表头。标准目录的表头应在同一行写明「公开事项」（或一级事项、二级事项）"
            "以及公开内容、公开依据、公开时限、公开主体、公开渠道中的至少两项。请补上表头后再导入。",
            grids[0].name if grids else None,
        )
    ]


def _marks_of(grids: list[Grid], marks: Marks | None) -> tuple[Marks, bool]:
    """The meaning of ■, from the option or from a legend anywhere in the file."""
    if marks:
        return marks, True
    for grid in grids:
        for cells in grid.cells.values():
            for cell in cells.values():
                if cell.kind != "text" or not ("■" in cell.text or "□" in cell.text):
                    continue
                if found := _LEGEND.search(cell.text):
                    chosen = found.lastgroup in ("chosen", "chosen_before", "ticked")
                    return ("chosen" if chosen else "required"), True
    return "required", False


def _tables(grid: Grid, result: ReadResult) -> list[Table]:
    """The tables of a sheet, from top to bottom. A header repeated for printing, without a caption of
    its own, continues the table above it."""
    header = find_header(grid)
    if header is None:
        return []
    if grid.hidden:
        result.warnings.append(Problem("工作表是隐藏的，未导入。需要导入时请先取消隐藏。", grid.name))
        return []
    tables: list[Table] = []
    current: Header | None = header
    above = 0
    while current is not None:
        caption = _caption(grid, current, above, first=not tables)
        if caption or not tables:
            tables.append(Table(grid, current, caption))
        following = _next_header(grid, current)
        stop = following.first_row if following else grid.last_row + 1
        _read_rows(tables[-1], current, stop, result)
        above, current = current.last_row, following
    _check_formulas(grid, header, result)
    for table in tables:
        check_serials(table.grid, table.header, table.drafts, result.warnings)
    grid.forget_below(header.last_row)
    return tables


def _read_rows(table: Table, header: Header, stop: int, result: ReadResult) -> None:
    reader = TableReader(table.grid, header, stop, result.errors)
    errors: list[Problem] = []
    warnings: list[Problem] = []
    raws = _naming_fields(reader.read(), table.field_names)
    table.drafts += to_drafts(table.grid, header, raws, result.marks, errors, warnings)
    for row, note in reader.notes:
        if len(note) < 40 and "目录" not in note and not note.startswith(("备注", "注", "说明", "附件")):
            result.warnings.append(
                Problem(f"「{note}」只占一行，按分节标题略过。", table.grid.name, row, "A")
            )
    result.warnings += reader.doubts
    if reader.empty:
        rows = "、".join(str(row) for row in reader.empty[:10]) + (" 等" if len(reader.empty) > 10 else "")
        message = f"第 {rows} 行只有序号，没有事项，已略过。"
        result.warnings.append(Problem(message, table.grid.name, reader.empty[0], "A"))
    table.sections += reader.notes
    result.errors += errors
    result.warnings += warnings


def _naming_fields(raws: Iterable[RawItem], names: list[str]) -> Iterator[RawItem]:
    for raw in raws:
        names.append(raw.level_roles.get("field", ""))
        yield raw


def _next_header(grid: Grid, header: Header) -> Header | None:
    for row in grid.rows():
        if row > header.last_row and (found := header_at(grid, row)):
            return found
    return None


def _caption(grid: Grid, header: Header, above: int, *, first: bool) -> str:
    """The text above the header that names the table: the longest that says 目录 or 领域. Below another
    table only rows of a single text count, directly above the header."""
    texts: list[str] = []
    for row in reversed([row for row in grid.rows() if above < row < header.first_row]):
        cells = [cell.text.strip() for cell in grid.cells[row].values() if cell.kind == "text"]
        if not first and len(cells) != 1:
            break
        texts += cells
    named = [text for text in texts if "目录" in text or "领域" in text]
    if named:
        return max(named, key=len)
    return " ".join(reversed(texts))[:200] if first else ""


def _check_formulas(grid: Grid, header: Header, result: ReadResult) -> None:
    """A formula without a value outside 序号 is an error wherever it stands in the sheet: in a caption or
    a footnote too, which nothing else looks at."""
    serial = header.first("serial")
    seen = {(problem.row, problem.column) for problem in result.errors if problem.sheet == grid.name}
    for row in grid.rows():
        for number, cell in grid.cells[row].items():
            below = serial is not None and serial.number == number and row > header.last_row
            if cell.kind != "formula" or below:
                continue
            address = (row, column_letters(number))
            if address not in seen:
                result.errors.append(Problem(FORMULA_WITHOUT_VALUE, grid.name, *address))
