"""The packages of Office: .xlsx (XML parts) and, with the same frame, .xlsb (binary parts)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from .archive import MAX_LIST_BYTES, MAX_STYLE_BYTES, Archive, local_name
from .filling import DAMAGED, TOO_MANY_SHEETS, Budget, GridFiller
from .grid import Grid
from .problems import MAX_SHEETS, MAX_UNPACKED_BYTES, UnreadableFile
from .sheet_xml import SharedStrings, SheetReader, Styles


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet of the package: its name, whether it is hidden, the part that holds it."""

    name: str
    hidden: bool
    part: str


@dataclass(slots=True)
class Relations:
    """What a part refers to, by id, and by the last word of the kind ("sharedStrings")."""

    by_id: dict[str, str]
    by_kind: dict[str, str]


def relations_of(archive: Archive, part: str) -> Relations:
    """The relations of a part; those that lead outside are none."""
    folder, name = posixpath.split(part)
    found = Relations({}, {})

    class Handler:
        def start(self, element: str, attrs: dict[str, str]) -> None:
            if element != "Relationship" or attrs.get("TargetMode") == "External":
                return
            target = attrs.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            path = path.lstrip("/")
            found.by_id[attrs.get("Id", "")] = path
            found.by_kind.setdefault(attrs.get("Type", "").rsplit("/", 1)[-1], path)

        def end(self, element: str) -> None: ...

        def text(self, data: str) -> None: ...

    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path in archive:
        archive.parse(path, Handler(), MAX_LIST_BYTES)
    return found


def workbook_part(archive: Archive) -> str | None:
    """The part that lists the sheets: mostly xl/workbook.xml or .bin, but some writers number it."""
    named = relations_of(archive, "").by_kind.get("officeDocument", "")
    for part in (named, "xl/workbook.xml", "xl/workbook.bin"):
        if part and part in archive and "workbook" in part.lower():
            return part
    return None


def read_xlsx(archive: Archive, workbook: str, budget: Budget) -> list[Grid]:
    """All worksheets of an .xlsx."""
    relations = relations_of(archive, workbook)
    styles = Styles()
    sheets = _sheet_list(archive, workbook, relations, styles)
    strings = SharedStrings(budget)
    most = {"sharedStrings": MAX_UNPACKED_BYTES, "styles": MAX_STYLE_BYTES}
    for kind, handler in (("sharedStrings", strings), ("styles", styles)):
        part = relations.by_kind.get(kind, "")
        if part in archive:
            archive.parse(part, handler, most[kind])
    grids = []
    for sheet in sheets:
        grid = Grid(name=sheet.name, hidden=sheet.hidden)
        archive.parse(sheet.part, SheetReader(GridFiller(grid, budget), strings.texts, styles))
        grids.append(grid)
    return grids


def worksheets(archive: Archive, sheets: list[SheetPart]) -> list[SheetPart]:
    """Those that hold a table: chart sheets, dialogs and macro sheets do not. Raises UnreadableFile."""
    found = [sheet for sheet in sheets if "worksheets/" in sheet.part.lower() and sheet.part in archive]
    if not found:
        raise UnreadableFile(DAMAGED)
    if len(found) > MAX_SHEETS:
        raise UnreadableFile(TOO_MANY_SHEETS)
    return found


def _sheet_list(archive: Archive, workbook: str, relations: Relations, styles: Styles) -> list[SheetPart]:
    sheets: list[SheetPart] = []

    class Handler:
        def start(self, name: str, attrs: dict[str, str]) -> None:
            if name == "sheet":
                relation = next((v for k, v in attrs.items() if local_name(k) == "id"), "")
                hidden = attrs.get("state", "") not in ("", "visible")
                part = relations.by_id.get(relation, "")
                sheets.append(SheetPart(attrs.get("name", ""), hidden, part))
            elif name == "workbookPr" and attrs.get("date1904", "0") in ("1", "true"):
                styles.use_1904()

        def end(self, name: str) -> None: ...

        def text(self, data: str) -> None: ...

    archive.parse(workbook, Handler(), MAX_LIST_BYTES)
    return worksheets(archive, sheets)
