"""A file as sheets, whatever kind of file it is: judged by its content, never by its name.

Every reader here is ours and keeps its bounds while reading (`filling`); none hands the file to foreign
code that could take the process down with it (ADR 12).
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from .archive import BROKEN_ZIP, MAX_LIST_BYTES, Archive
from .biff import OLD_BIFF, read_biff
from .delimited import decoded, read_csv
from .filling import DAMAGED, ENCRYPTED, NOT_A_WORKBOOK, Budget
from .grid import Grid
from .markup import looks_like_markup, read_markup
from .ods import OdsContent, OdsManifest
from .ole import SIGNATURE, CompoundFile
from .problems import MAX_FILE_BYTES, UnreadableFile
from .xlsb import read_xlsb
from .xlsx import read_xlsx, workbook_part

_MAX_TEXT_BYTES = 20 * 1024 * 1024
# A bare stream of records, without the compound file around it: Excel 2 to 5.
_BARE_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
_WORD = "这是 Word 文档，不是表格。请把其中的目录表复制到 Excel 或 WPS 表格中，另存为 .xlsx 后再导入。"


def read_workbook(path: Path) -> list[Grid]:
    """All sheets of the file: .xlsx, .xlsb, .xls, .et, .ods, CSV, or a table that only calls itself .xls.

    Raises UnreadableFile: not a workbook, encrypted, older than Excel 97, damaged, or past the bounds of
    `problems` (rows, columns, cells, bytes, seconds).
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableFile(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB。请只保留目录表，另存后再导入。")
    budget = Budget()
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        try:
            if start.startswith(SIGNATURE):
                return _read_compound(file.read(), budget)
            if start.startswith(b"PK"):
                return _read_zip(file, budget)
        except (*BROKEN_ZIP, IndexError) as error:
            raise UnreadableFile(DAMAGED) from error
        if start.startswith(_BARE_BIFF):
            raise UnreadableFile(OLD_BIFF)
        if start.startswith(_OTHER_FILES):
            raise UnreadableFile(NOT_A_WORKBOOK)
        return _read_text(file.read(_MAX_TEXT_BYTES + 1), budget)


def _read_compound(data: bytes, budget: Budget) -> list[Grid]:
    # [MS-OFFCRYPTO]: an encrypted workbook is a compound file with a stream of this name (UTF-16).
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFile(ENCRYPTED)
    compound = CompoundFile(data)
    names = compound.names()
    for name in ("workbook", "et"):
        if name in names:
            return read_biff(compound.stream(name), budget)
    if "book" in names:
        raise UnreadableFile(OLD_BIFF)
    raise UnreadableFile(_WORD if "worddocument" in names else NOT_A_WORKBOOK)


def _read_zip(file: BinaryIO, budget: Budget) -> list[Grid]:
    archive = Archive(file, budget)
    if "content.xml" in archive:
        return _read_ods(archive, budget)
    if part := workbook_part(archive):
        return (read_xlsb if part.lower().endswith(".bin") else read_xlsx)(archive, part, budget)
    raise UnreadableFile(_WORD if "word/document.xml" in archive else NOT_A_WORKBOOK)


def _read_ods(archive: Archive, budget: Budget) -> list[Grid]:
    manifest = OdsManifest()
    if "META-INF/manifest.xml" in archive:
        archive.parse("META-INF/manifest.xml", manifest, MAX_LIST_BYTES)
    if manifest.encrypted:
        raise UnreadableFile(ENCRYPTED)
    content = OdsContent(budget)
    archive.parse("content.xml", content)
    if not content.grids:
        raise UnreadableFile(_WORD)
    return content.grids


def _read_text(data: bytes, budget: Budget) -> list[Grid]:
    text = decoded(data)
    if text is None or "\x00" in text or not text.strip():
        raise UnreadableFile(NOT_A_WORKBOOK)
    if len(data) > _MAX_TEXT_BYTES:
        raise UnreadableFile("文本文件超过 20 MB，不像是一份目录。请只保留目录表，另存为 .xlsx 后再导入。")
    return read_markup(text, budget) if looks_like_markup(text) else [read_csv(text, budget)]
