"""An .xlsx read safely in one streaming pass (expat), and a CSV beside it.

Why not calamine here: it aborts the whole process on a hostile sheet (STACK, trap 13), shows '' for a
formula without a stored value and every number as a float. A scan in front of it would have to look at
every cell already; so the scan reads them. Bounds are kept while reading, never after.
"""

from __future__ import annotations

import csv
import io
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Protocol
from xml.parsers import expat

from .grid import Cell, Grid
from .problems import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    MAX_SECONDS,
    MAX_UNPACKED_BYTES,
    UnreadableFile,
)
from .sheet_xml import SharedStrings, SheetReader, Styles, local_name

# What `zipfile` and `zlib` raise on a broken archive, besides their own errors.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    struct.error,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_A_WORKBOOK = (
    "这不是 Excel 工作簿。请在 Excel 或 WPS 中打开原表，另存为“Excel 工作簿（*.xlsx）”后再导入。"
)
_ENCRYPTED = "文件设有打开密码，系统无法读取。请先在 Excel 或 WPS 中取消密码，另存后再导入。"
_OLD_FORMAT = "这是旧格式（.xls 或 .et）的表格。请在 Excel 或 WPS 中另存为“Excel 工作簿（*.xlsx）”后再导入。"
_DAMAGED = "文件已损坏或不是完整的 Excel 工作簿。请在 Excel 或 WPS 中打开原表，另存为 .xlsx 后再导入。"
_TOO_BIG = "文件解开后过大，不像是一份目录。请只保留目录表，另存后再导入。"


def read_workbook(path: Path) -> list[Grid]:
    """All sheets of the file, judged by content and not by name.

    Raises UnreadableFile: not a workbook, encrypted, old binary format, damaged, or past the bounds of
    `problems` (rows, columns, cells, bytes, seconds).
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise UnreadableFile(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB。请只保留目录表，另存后再导入。")
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(_OLE):
            raise UnreadableFile(_ENCRYPTED if _holds_encrypted_package(file) else _OLD_FORMAT)
        if start.startswith(b"PK"):
            try:
                return _read_zip(file)
            except _BROKEN_ZIP as error:
                raise UnreadableFile(_DAMAGED) from error
        return [_read_csv(file.read())]


def _holds_encrypted_package(file: BinaryIO) -> bool:
    # [MS-OFFCRYPTO]: an encrypted workbook is an OLE file with a stream of this name (UTF-16).
    return "EncryptedPackage".encode("utf-16-le") in file.read(8 * 1024 * 1024)


def _read_zip(file: BinaryIO) -> list[Grid]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if any(info.flag_bits & 0x1 for info in infos):
            raise UnreadableFile(_ENCRYPTED)
        if len(infos) > 10_000 or sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
            raise UnreadableFile(_TOO_BIG)
        names = {info.filename.lstrip("/"): info for info in infos}
        if "xl/workbook.bin" in names or "content.xml" in names:
            raise UnreadableFile(_OLD_FORMAT.replace("旧格式（.xls 或 .et）", "二进制或 ODF 格式"))
        if "xl/workbook.xml" not in names:
            raise UnreadableFile(_NOT_A_WORKBOOK)
        return _Package(archive, names).grids()


class PartHandler(Protocol):
    """What takes the elements and texts of one part."""

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text inside the element."""


class _Package:
    """The parts of one .xlsx, each streamed through expat with bounds."""

    def __init__(self, archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._names = names
        self._deadline = time.monotonic() + MAX_SECONDS
        self._left = MAX_UNPACKED_BYTES

    def grids(self) -> list[Grid]:
        sheets, date1904 = self._sheet_list()
        targets = self._relations()
        strings = SharedStrings()
        if "xl/sharedStrings.xml" in self._names:
            self._parse("xl/sharedStrings.xml", strings)
        styles = Styles()
        if "xl/styles.xml" in self._names:
            self._parse("xl/styles.xml", styles)
        grids = []
        budget = [0]
        for name, relation, hidden in sheets:
            part = targets.get(relation, "")
            if "worksheets/" not in part or part not in self._names:
                continue  # chart sheets and dialogs hold no table
            reader = SheetReader(Grid(name=name, hidden=hidden), strings.texts, styles, date1904, budget)
            self._parse(part, reader)
            grids.append(reader.grid)
        return grids

    def _sheet_list(self) -> tuple[list[tuple[str, str, bool]], bool]:
        sheets: list[tuple[str, str, bool]] = []
        flags = {"1904": False}

        class Handler:
            def start(self, name: str, attrs: dict[str, str]) -> None:
                if name == "sheet":
                    relation = next((v for k, v in attrs.items() if local_name(k) == "id"), "")
                    sheets.append(
                        (attrs.get("name", ""), relation, attrs.get("state", "") not in ("", "visible"))
                    )
                elif name == "workbookPr":
                    flags["1904"] = attrs.get("date1904", "0") in ("1", "true")

            def end(self, name: str) -> None: ...

            def text(self, data: str) -> None: ...

        self._parse("xl/workbook.xml", Handler())
        return sheets, flags["1904"]

    def _relations(self) -> dict[str, str]:
        found: dict[str, str] = {}

        class Handler:
            def start(self, name: str, attrs: dict[str, str]) -> None:
                if name == "Relationship" and attrs.get("TargetMode") != "External":
                    target = attrs.get("Target", "")
                    found[attrs.get("Id", "")] = (
                        target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    )

            def end(self, name: str) -> None: ...

            def text(self, data: str) -> None: ...

        if "xl/_rels/workbook.xml.rels" in self._names:
            self._parse("xl/_rels/workbook.xml.rels", Handler())
        return found

    def _parse(self, part: str, handler: PartHandler) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        start, end = handler.start, handler.end

        def first(name: str, attrs: dict[str, str]) -> None:
            # Few writers put a prefix before their elements; the others need not pay for it at every cell.
            if ":" in name:
                parser.StartElementHandler = lambda name, attrs: start(local_name(name), attrs)
                parser.EndElementHandler = lambda name: end(local_name(name))
            else:
                parser.StartElementHandler, parser.EndElementHandler = start, end
            start(local_name(name), attrs)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = handler.text
        # A workbook declares no document type: one that does wants entities expanded or files fetched.
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            with self._archive.open(self._names[part]) as stream:
                while block := stream.read(262_144):
                    self._left -= len(block)
                    if self._left < 0:
                        raise UnreadableFile(_TOO_BIG)
                    if time.monotonic() > self._deadline:
                        raise UnreadableFile("读取超过两分钟，已停止。请把目录拆成几个文件后再导入。")
                    parser.Parse(block, False)
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise UnreadableFile(_DAMAGED) from error


def _refuse_doctype(*_args: object) -> None:
    raise UnreadableFile(_DAMAGED)


def _read_csv(data: bytes) -> Grid:
    text = _decode(data)
    if text is None or "\x00" in text or not text.strip():
        raise UnreadableFile(_NOT_A_WORKBOOK)
    first_line = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    delimiter = "\t" if first_line.count("\t") > first_line.count(",") else ","
    if delimiter not in text or first_line.lstrip().startswith("<"):
        raise UnreadableFile(_NOT_A_WORKBOOK)
    grid = Grid(name="CSV")
    try:
        for number, values in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1
        ):
            if number > MAX_ROWS:
                raise UnreadableFile(f"超过 {MAX_ROWS:,} 行，系统不读取。请把目录拆成几个文件后再导入。")
            if len(values) > MAX_COLUMNS:
                raise UnreadableFile(_NOT_A_WORKBOOK)
            row = {
                column: Cell("text", value[:MAX_CELL_CHARACTERS])
                for column, value in enumerate(values, start=1)
                if value.strip()
            }
            if row:
                grid.cells[number] = row
    except csv.Error as error:
        raise UnreadableFile(_NOT_A_WORKBOOK) from error
    return grid


def _decode(data: bytes) -> str | None:
    # UTF-8 first: its byte patterns hardly ever arise by chance, while GB18030 accepts nearly anything.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
