"""What an uploaded file really is: judged by its content, never by its name. Pure, no Django."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import filetype

from disclosure.file_dangers import (
    RefusedFile,
    refuse_compound,
    refuse_members,
    refuse_office_parts,
    refuse_pdf,
    refuse_two_in_one,
)

__all__ = ["ACCEPTED", "MAX_BYTES", "FileType", "RefusedFile", "identify"]

MAX_BYTES = 50 * 1024 * 1024

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, zlib.error)
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class FileType:
    """A kind of file that may be published: extension, media type, name for people."""

    extension: str
    media_type: str
    label: str


#: Old office files share one container; the stream that each must hold tells which it is.
_OLE_TYPES = (
    ("WordDocument", FileType("doc", "application/msword", "Word 97-2003 文档")),
    ("Workbook", FileType("xls", "application/vnd.ms-excel", "Excel 97-2003 工作簿")),
    ("Book", FileType("xls", "application/vnd.ms-excel", "Excel 97-2003 工作簿")),
    ("PowerPoint Document", FileType("ppt", "application/vnd.ms-powerpoint", "PowerPoint 97-2003")),
)
#: WPS writes the same containers under names of its own.
_WPS = {"doc": "wps", "xls": "et", "ppt": "dps"}
_ZIP_TYPES = (
    ("word/document.xml", FileType("docx", f"{_OOXML}wordprocessingml.document", "Word 文档")),
    ("xl/workbook.xml", FileType("xlsx", f"{_OOXML}spreadsheetml.sheet", "Excel 工作簿")),
    ("xl/workbook.bin", FileType("xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12", "Excel")),
    ("ppt/presentation.xml", FileType("pptx", f"{_OOXML}presentationml.presentation", "PowerPoint")),
    ("OFD.xml", FileType("ofd", "application/ofd", "OFD 版式文件")),
)
_ODF_TYPES = {
    f"{_ODF}text": FileType("odt", f"{_ODF}text", "OpenDocument 文档"),
    f"{_ODF}spreadsheet": FileType("ods", f"{_ODF}spreadsheet", "OpenDocument 表格"),
}
_PLAIN = {
    "application/pdf": FileType("pdf", "application/pdf", "PDF 文件"),
    "image/jpeg": FileType("jpg", "image/jpeg", "JPEG 图片"),
    "image/png": FileType("png", "image/png", "PNG 图片"),
    "image/gif": FileType("gif", "image/gif", "GIF 图片"),
    "image/webp": FileType("webp", "image/webp", "WebP 图片"),
    "audio/mpeg": FileType("mp3", "audio/mpeg", "MP3 音频"),
    "video/mp4": FileType("mp4", "video/mp4", "MP4 视频"),
}
_PACKED = frozenset(
    f"application/{kind}"
    for kind in ("x-rar-compressed", "x-7z-compressed", "gzip", "x-tar", "x-bzip2", "x-xz")
)
_SVG = re.compile(rb"<(?:svg|html|script|!doctype html)\b", re.I)
_TEXT = {
    "txt": FileType("txt", "text/plain", "文本文件"),
    "csv": FileType("csv", "text/csv", "CSV 表格"),
    "vtt": FileType("vtt", "text/vtt", "WebVTT 字幕"),
}
ACCEPTED = "PDF、OFD、Word、Excel、PowerPoint、WPS、图片(JPG、PNG、GIF、WebP)、MP3、MP4、字幕(VTT)、TXT、CSV"


def identify(file: BinaryIO, *, name: str, size: int, limit: int = MAX_BYTES) -> FileType:
    """Return what `file` (seekable, `size` bytes, at most `limit`, called `name`) is.

    Raises RefusedFile for what is empty, too large, of no accepted kind, encrypted, carries macros, scripts
    or other files, or is two kinds of file at once (`file_dangers`).
    """
    if size == 0:
        raise RefusedFile(f"「{name}」是空文件，请重新导出后再上传。")
    if size > limit:
        raise RefusedFile(f"「{name}」超过{limit // 1024 // 1024} MB，请压缩图片或拆成几个文件后再上传。")
    file.seek(0)
    head = file.read(8192)
    extension = PurePosixPath(name.replace("\\", "/")).suffix.lstrip(".").lower()
    try:
        if head.startswith(_OLE):
            return _ole(file, name, extension)
        if head.startswith(b"PK"):
            return _zip(file, name)
        return _other(file, head, name, extension)
    finally:
        file.seek(0)


def _ole(file: BinaryIO, name: str, extension: str) -> FileType:
    file.seek(0)
    content = file.read()
    refuse_compound(content, name)
    for stream, kind in _OLE_TYPES:
        if stream.encode("utf-16-le") in content:
            wps = _WPS[kind.extension]
            return FileType(wps, kind.media_type, "WPS 文件") if extension == wps else kind
    raise RefusedFile(f"「{name}」认不出是什么文件。可以上传：{ACCEPTED}。")


def _zip(file: BinaryIO, name: str) -> FileType:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_members(members, name)
            refuse_office_parts(archive, name)
            mimetype = _declared_type(archive)
    except RefusedFile:
        raise
    except _BROKEN as error:
        raise RefusedFile(f"「{name}」已损坏或加了密，请重新导出后再上传。") from error
    names = {member.filename for member in members}
    for member_name, kind in _ZIP_TYPES:
        if member_name in names:
            return kind
    if kind_of_odf := _ODF_TYPES.get(mimetype.decode("ascii", "replace")):
        return kind_of_odf
    raise RefusedFile(f"「{name}」是压缩包：请解压后逐个上传，方便群众直接打开。")


def _declared_type(archive: zipfile.ZipFile) -> bytes:
    """Return the start of the member `mimetype` of an OpenDocument file, empty without one.

    Only stored or deflated ones, which unpack piece by piece; other methods unpack a whole block at once.
    """
    member = archive.NameToInfo.get("mimetype")
    if member is None or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return b""
    with archive.open(member) as content:
        return content.read(200)


def _other(file: BinaryIO, head: bytes, name: str, extension: str) -> FileType:
    guessed = filetype.guess(head)
    if guessed is not None and guessed.mime in _PLAIN:
        refuse_two_in_one(file, name)
        if guessed.mime == "application/pdf":
            refuse_pdf(file, name)
        return _PLAIN[guessed.mime]
    if guessed is not None and guessed.mime in _PACKED:
        raise RefusedFile(f"「{name}」是压缩包：请解压后逐个上传，方便群众直接打开。")
    if _SVG.search(head):
        raise RefusedFile(
            f"「{name}」是 SVG 图或网页，里面可以藏脚本，不能公开：请另存为 PNG 或 PDF 再上传。"
        )
    if guessed is None and extension in _TEXT and _is_text(file):
        return _TEXT[extension]
    raise RefusedFile(f"「{name}」不是可以公开的文件类型。可以上传：{ACCEPTED}。")


def _is_text(file: BinaryIO) -> bool:
    file.seek(0)
    content = file.read()
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
