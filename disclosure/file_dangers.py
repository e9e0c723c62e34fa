"""What an uploaded file may hide: macros, scripts, passwords, other files, bombs. Pure, no Django.

Everything is bounded: lists of contents are read before contents, parts are unpacked piece by piece, a PDF is
walked object by object up to a limit.
"""

from __future__ import annotations

import html
import io
import re
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pikepdf

from catalog.exchange.ole import CompoundFile
from catalog.exchange.problems import UnreadableFile

#: A document of a few megabytes never unpacks to more; a bomb does.
MAX_UNPACKED = 500 * 1024 * 1024
MAX_MEMBERS = 20_000
#: Office parts pack well, but not this well when they are large.
_RATIO, _RATIO_FROM = 300, 64 * 1024 * 1024
_LIST_BYTES = 4 * 1024 * 1024
_EMBEDDED_BYTES = 20 * 1024 * 1024
_PDF_OBJECTS, _PDF_SECONDS = 300_000, 10.0

MACROS = "里有宏，不能公开：请另存为不带宏的文件（如 .docx、.xlsx、PDF）。"
PASSWORD = "设了密码，公众打不开：请取消密码后再上传。"  # noqa: S105 - a sentence
TOO_BIG = "解开后过大，不能上传：请拆成几个文件。"
CARRIES = "里夹带了别的文件，不能公开：请把夹带的文件取出来单独上传，正文另存一份再上传。"
RUNS = "里有会自动运行的脚本或命令，不能公开：请用「打印」另存为一份普通的 PDF 再上传。"
REMOTE = "打开时会去外面取模板或内容，不能公开：请在 Word 里取消附加模板和链接，或另存为 PDF 再上传。"
ODD = "的内部结构不是办公软件写出来的样子，不能公开：请用 Word 或 WPS 打开，另存一份再上传。"
HOSTILE = "里有不安全的文件路径，不能上传：请重新打包，或解压后逐个上传。"
TWO_IN_ONE = "同时是两种文件（后面藏着一个压缩包），不能公开：请用原来的软件重新导出。"

#: VBA and the older Excel 4.0 macros of Office; the Basic and script folders of OpenDocument; ActiveX.
_MACRO_MEMBER = re.compile(
    r"vba(?:project|data)\.(?:bin|xml)$|^xl/macrosheets/|^xl/intlmacrosheets/|^(?:Basic|Scripts)/."
    r"|(?:^|/)activeX/",
    re.I,
)
_MACRO_TYPE = re.compile(r"vbaProject|macroEnabled|ms-excel\.(?:intl)?macrosheet|controlproperties", re.I)
_PROGRAM = re.compile(
    r"\.(?:exe|com|scr|bat|cmd|pif|msi|dll|js|jse|vbs|vbe|wsf|hta|ps1|lnk|jar|cpl|reg|apk|sh)$", re.I
)
#: What Word fetches by itself; a link to click on, or a table in another workbook, is none.
_REMOTE = re.compile(
    r"<(?:\w+:)?Relationship\b(?=[^>]*/(?:attachedTemplate|oleObject|frame|subDocument)\b)"
    r"(?=[^>]*TargetMode\s*=\s*[\"']External)",
    re.I,
)
_PACKAGED = "Ole10Native".encode("utf-16-le")
_VBA = "_VBA_PROJECT".encode("utf-16-le")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class RefusedFile(ValueError):  # noqa: N818 - an answer to a person
    """The file may not be taken; the message says in Chinese why, and what to do."""


def refuse_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """Raise RefusedFile for what the list of contents alone tells: bombs, passwords, paths, macros."""
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise RefusedFile(f"「{name}」{TOO_BIG}")
    if unpacked > _RATIO_FROM and unpacked > _RATIO * max(1, packed):
        raise RefusedFile(f"「{name}」{TOO_BIG}")
    if any(member.flag_bits & 0x1 for member in members):
        raise RefusedFile(f"「{name}」{PASSWORD}")
    if any(is_hostile_path(member) for member in members):
        raise RefusedFile(f"「{name}」{HOSTILE}")
    if any(_MACRO_MEMBER.search(member.filename) for member in members):
        raise RefusedFile(f"「{name}」{MACROS}")
    if any(_PROGRAM.search(member.filename) for member in members):
        raise RefusedFile(f"「{name}」{CARRIES}")


def is_hostile_path(member: zipfile.ZipInfo) -> bool:
    """Whether a member would leave the folder that it is unpacked into: `..`, a drive, a link."""
    parts = member.filename.replace("\\", "/").split("/")
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    return is_link or ".." in parts or "\0" in member.filename or bool(re.match(r"^[A-Za-z]:", parts[0]))


def refuse_archive(members: list[zipfile.ZipInfo], name: str) -> None:
    """Raise RefusedFile for an archive of files that is not unpacked: a bomb, a password, a hostile path.
    What it holds is judged file by file."""
    unpacked, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise RefusedFile(f"「{name}」{TOO_BIG}")
    if unpacked > _RATIO_FROM and unpacked > _RATIO * max(1, packed):
        raise RefusedFile(f"「{name}」{TOO_BIG}")
    if any(one.flag_bits & 0x1 for one in members):
        raise RefusedFile(f"「{name}」{PASSWORD}")
    if any(is_hostile_path(one) or one.filename.startswith(("/", "\\")) for one in members):
        raise RefusedFile(f"「{name}」{HOSTILE}")
    if any(one.compress_type not in _METHODS for one in members):
        raise RefusedFile(f"「{name}」的压缩方式不常用，打不开：请用系统自带的压缩功能重新打包。")


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member. Archives made by a Chinese Windows write it in GBK and say nothing of it."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


def refuse_office_parts(archive: zipfile.ZipFile, name: str) -> None:
    """Raise RefusedFile for what the parts of an Office file declare or carry, whatever the parts are called:
    macros, ActiveX, packaged files, templates fetched from outside."""
    for member in archive.infolist():
        lower = member.filename.replace("\\", "/").lstrip("/").lower()
        if lower == "[content_types].xml":
            declared = _declared(archive, member, name)
            binary_sheet = "sheet.binary.macroEnabled.main" in declared
            if _MACRO_TYPE.search(declared) and not (binary_sheet and "vbaproject" not in declared.lower()):
                raise RefusedFile(f"「{name}」{MACROS}")
        elif lower.endswith(".rels"):
            if _REMOTE.search(_declared(archive, member, name)):
                raise RefusedFile(f"「{name}」{REMOTE}")
        elif "/embeddings/" in f"/{lower}":
            _refuse_embedded(_part(archive, member, _EMBEDDED_BYTES), name)


def _declared(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> str:
    """What a list of an Office file (types, relationships) says, in whatever encoding and spelling. Raises
    RefusedFile for what no Office writes: packed oddly, endless, with entities (a DTD is forbidden, ECMA-376
    part 2, 9.1.4)."""
    content = _part(archive, member, _LIST_BYTES + 1)
    if member.compress_type not in _METHODS or len(content) > _LIST_BYTES:
        raise RefusedFile(f"「{name}」{ODD}")
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in content[:4]
    low = content[:2] == b"\xff\xfe" or content[1:2] == b"\0"
    text = content.decode(("utf-16-le" if low else "utf-16-be") if wide else "utf-8", "replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedFile(f"「{name}」{ODD}")
    return html.unescape(text)


def _part(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The first bytes of a part; one packed in a way that unpacks at one stroke is not opened."""
    if member.compress_type not in _METHODS:
        return b""
    with archive.open(member) as content:
        return content.read(most)


def _refuse_embedded(content: bytes, name: str) -> None:
    """A chart keeps its table as a workbook inside: that may stay. A packaged file may not."""
    if _VBA in content:
        raise RefusedFile(f"「{name}」{MACROS}")
    if _PACKAGED in content:
        raise RefusedFile(f"「{name}」{CARRIES}")
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                refuse_members(inner.infolist(), name)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            if isinstance(error, RefusedFile):
                raise
            raise RefusedFile(f"「{name}」{CARRIES}") from error


# --- Old Office files


def refuse_compound(content: bytes, name: str) -> None:
    """Raise RefusedFile for an old Office or WPS file with a password, macros, or packaged files."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise RefusedFile(f"「{name}」{PASSWORD}")
    if _VBA in content:
        raise RefusedFile(f"「{name}」{MACROS}")
    if _PACKAGED in content:
        raise RefusedFile(f"「{name}」{CARRIES}")
    try:
        _refuse_streams(CompoundFile(content), name)
    except (UnreadableFile, KeyError, IndexError, struct.error):
        return  # What cannot be followed is judged by the names alone.


def _refuse_streams(file: CompoundFile, name: str) -> None:
    streams = file.names()
    if "worddocument" in streams:
        flags = file.stream("worddocument")[10:12]
        # [MS-DOC] 2.5.2: bit fEncrypted.
        if len(flags) == 2 and struct.unpack("<H", flags)[0] & 0x0100:
            raise RefusedFile(f"「{name}」{PASSWORD}")
    for stream in {"workbook", "book", "et"} & streams:
        _refuse_records(file.stream(stream), name)
    # [MS-PPT] 2.3.2: headerToken of an encrypted presentation.
    if "current user" in streams and file.stream("current user")[12:16] == struct.pack("<I", 0xF3D1C4DF):
        raise RefusedFile(f"「{name}」{PASSWORD}")


def _refuse_records(stream: bytes, name: str) -> None:
    """The globals of a workbook ([MS-XLS]): FILEPASS is a password, a sheet of type 1 an Excel 4.0 macro."""
    at = 0
    for _ in range(5_000):
        if at + 4 > len(stream):
            return
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == 0x002F:
            raise RefusedFile(f"「{name}」{PASSWORD}")
        if kind == 0x0085 and at + 10 <= len(stream) and stream[at + 9] == 0x01:
            raise RefusedFile(f"「{name}」{MACROS}")
        if kind == 0x000A:
            return
        at += 4 + size


# --- PDF

_ACTIVE = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/RichMediaExecute"}
_RAW_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia)(?![A-Za-z])")
_RAW_FILES = re.compile(rb"/EmbeddedFiles?(?![A-Za-z])")
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")


def refuse_pdf(file: BinaryIO, name: str) -> None:
    """Raise RefusedFile for a PDF with a password to open, scripts, commands, forms of XFA or other files.

    A place to jump to at opening (/OpenAction to a page) is harmless and common; it stays. One that no reader
    of ours can follow is judged by its raw words.
    """
    file.seek(0)
    try:
        with pikepdf.open(file) as pdf:
            _refuse_objects(pdf, name)
    except pikepdf.PasswordError as error:
        raise RefusedFile(f"「{name}」{PASSWORD}") from error
    except RefusedFile:
        raise
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError):
        file.seek(0)
        raw = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), file.read())
        if _RAW_ACTIVE.search(raw):
            raise RefusedFile(f"「{name}」{RUNS}") from None
        if _RAW_FILES.search(raw):
            raise RefusedFile(f"「{name}」{CARRIES}") from None


def _refuse_objects(pdf: pikepdf.Pdf, name: str) -> None:
    until = time.monotonic() + _PDF_SECONDS
    for number, one in enumerate(pdf.objects):
        if number > _PDF_OBJECTS or time.monotonic() > until:
            raise RefusedFile(f"「{name}」结构过于复杂，没有看完：请用「打印」另存为一份普通的 PDF 再上传。")
        for dictionary in _dictionaries(one):
            _refuse_dictionary(dictionary, name)


def _dictionaries(one: Any, depth: int = 0) -> Iterator[Any]:
    """The dictionaries of an object, direct ones inside it too; what is referred to comes by itself."""
    if depth > 20:
        return
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        yield one
        inner = [one.get(key) for key in one.keys()]  # noqa: SIM118 - no mapping
    elif isinstance(one, pikepdf.Array):
        inner = list(one)
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _dictionaries(value, depth + 1)


def _refuse_dictionary(found: Any, name: str) -> None:
    keys = set(found.keys())
    if "/JS" in keys or "/XFA" in keys or str(found.get("/S", "")) in _ACTIVE:
        raise RefusedFile(f"「{name}」{RUNS}")
    if _leaves_at_once(found):
        raise RefusedFile(f"「{name}」{RUNS}")
    if str(found.get("/Subtype", "")) in {"/RichMedia", "/Screen", "/3D"}:
        raise RefusedFile(f"「{name}」{RUNS}")
    if "/EmbeddedFiles" in keys or "/EF" in keys or str(found.get("/Subtype", "")) == "/FileAttachment":
        raise RefusedFile(f"「{name}」{CARRIES}")


def _leaves_at_once(found: Any) -> bool:
    """Whether opening, or turning a page, leads to another file or address: nobody clicked on anything."""
    actions = [found.get("/OpenAction")]
    events = found.get("/AA")
    if isinstance(events, pikepdf.Dictionary):
        actions += [events.get(key) for key in events.keys()]  # noqa: SIM118 - no mapping
    for action in actions:
        for _ in range(_CHAINED):
            if not isinstance(action, pikepdf.Dictionary):
                break
            if str(action.get("/S", "")) in _LEAVING:
                return True
            action = action.get("/Next")
    return False


_LEAVING, _CHAINED = {"/URI", "/GoToR", "/GoToE", "/Rendition"}, 50


# --- Others


def refuse_two_in_one(file: BinaryIO, name: str) -> None:
    """Raise RefusedFile for a picture, recording or PDF that is a zip archive as well."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.infolist():
                raise RefusedFile(f"「{name}」{TWO_IN_ONE}")
    except RefusedFile:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return


_ENDING = re.compile(
    r"\.(?:pdf|ofd|docx?|docm|xls[xmb]?|pptx?|pptm|wps|et|dps|od[ts]|jpe?g|png|gif|webp|svg|mp[34]|txt|csv|zip|rar"
    r"|exe|com|scr|bat|cmd|js|vbs|lnk|html?)$",
    re.I,
)


def without_endings(name: str) -> str:
    """The name for people less every ending that only says a type: 通知.pdf.exe is 通知."""
    stem = name
    while (shorter := _ENDING.sub("", stem).rstrip(" .")) and shorter != stem:
        stem = shorter
    return stem or PurePosixPath(name).stem
