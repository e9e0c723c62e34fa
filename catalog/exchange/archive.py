"""A zip archive whose parts are streamed within bounds: what .xlsx, .xlsb and .ods have in common."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol
from xml.parsers import expat

from .filling import DAMAGED, ENCRYPTED, TOO_BIG, Budget
from .problems import MAX_UNPACKED_BYTES, UnreadableFile

# What `zipfile` and `zlib` raise on a broken archive, besides their own errors.
BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)
_BLOCK = 262_144
_MAX_PARTS = 10_000
# The list of the parts is read in one piece before anybody can count them: 10,000 of them need less.
_MAX_READ = 2 * 1024 * 1024
# What programs that make workbooks use. The other methods unpack a few bytes into gigabytes at one stroke.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# A part that lists things (sheets, relations) is short; styles may have grown over the years.
MAX_LIST_BYTES = 4 * 1024 * 1024
MAX_STYLE_BYTES = 32 * 1024 * 1024
# Nothing in a sheet lies deeper, has more names, or is longer before its ">" comes. expat keeps all of it,
# and up to 2.6 it reads an unfinished tag anew with every block.
_MAX_DEPTH = 200
_MAX_NAMES = 5_000
_MAX_TAG_BYTES = 1024 * 1024
# Of a binary part: no record of a sheet comes near.
_MAX_RECORD = 4 * 1024 * 1024


class PartHandler(Protocol):
    """What takes the elements and texts of one XML part, names without their prefix."""

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text inside the element."""


def local_name(name: str) -> str:
    """The element's name without its prefix: some writers put one before every element."""
    return name.rsplit(":", 1)[-1]


class Archive:
    """The parts of one archive, by name without regard to case. Raises UnreadableFile past the bounds."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._zip = zipfile.ZipFile(_Sparing(file))
        self._budget = budget
        infos = self._zip.infolist()
        if any(info.flag_bits & 0x1 for info in infos):
            raise UnreadableFile(ENCRYPTED)
        if len(infos) > _MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
            raise UnreadableFile(TOO_BIG)
        # Some writers begin names with "/" or part them with "\".
        self._parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def names(self) -> list[str]:
        """The names of the parts, in lower case, in the order of the archive."""
        return list(self._parts)

    def blocks(self, part: str, most: int = MAX_UNPACKED_BYTES) -> Iterator[bytes]:
        """The part's bytes, piece by piece; UnreadableFile where there are more than `most`."""
        info = self._parts[part.lower()]
        if info.compress_type not in _METHODS:
            raise UnreadableFile(DAMAGED)
        with self._zip.open(info) as stream:
            while block := stream.read(_BLOCK):
                most -= len(block)
                if most < 0:
                    raise UnreadableFile(TOO_BIG)
                self._budget.spend_bytes(len(block))
                yield block

    def parse(self, part: str, handler: PartHandler, most: int = MAX_UNPACKED_BYTES) -> None:
        """Stream an XML part of at most so many bytes through a handler."""
        parse_xml(self.blocks(part, most), handler)

    def records(self, part: str, most: int = MAX_UNPACKED_BYTES) -> Iterator[tuple[int, bytes]]:
        """The records of a binary part ([MS-XLSB] 2.1.4) of at most so many bytes: type and payload."""
        blocks = self.blocks(part, most)
        buffer, position = b"", 0
        while True:
            found = _record(buffer, position)
            if found is None:
                block = next(blocks, b"")
                if not block:
                    return  # what is left is no whole record
                buffer, position = buffer[position:] + block, 0
                continue
            kind, begin, end = found
            yield kind, buffer[begin:end]
            position = end


class _Sparing(io.RawIOBase):
    """A file that refuses to be read in one huge piece, as a forged list of parts would have it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > _MAX_READ:
            raise UnreadableFile(TOO_BIG)
        return self._file.read(size)


def _record(buffer: bytes, position: int) -> tuple[int, int, int] | None:
    """Type, begin and end of the payload of the record at a position; None where it is not all there."""
    have = len(buffer)
    if position >= have:
        return None
    kind = buffer[position]
    position += 1
    if kind & 0x80:
        if position >= have:
            return None
        kind = (kind & 0x7F) | (buffer[position] & 0x7F) << 7
        position += 1
    size = shift = 0
    while shift < 28:
        if position >= have:
            return None
        byte = buffer[position]
        position += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    if size > _MAX_RECORD:
        raise UnreadableFile(DAMAGED)
    return (kind, position, position + size) if position + size <= have else None


def parse_xml(blocks: Iterator[bytes], handler: PartHandler, encoding: str | None = None) -> None:
    """Stream XML through a handler. Raises UnreadableFile where it is broken, declares a document type, or
    goes past the bounds: depth, names, bytes of one tag."""
    names: dict[str, str] = {}
    parser = expat.ParserCreate(encoding, None, names)
    parser.buffer_text = True
    parser.buffer_size = 65_536
    _connect(parser, handler.start, handler.end)
    parser.CharacterDataHandler = handler.text
    # A workbook declares no document type: one that does wants entities expanded or files fetched.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        fed = 0
        for block in blocks:
            parser.Parse(block, False)
            fed += len(block)
            if len(names) > _MAX_NAMES or fed - parser.CurrentByteIndex > _MAX_TAG_BYTES:
                raise UnreadableFile(DAMAGED)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableFile(DAMAGED) from error


def _connect(parser: Any, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
    depth = 0

    def begun(name: str, attrs: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise UnreadableFile(DAMAGED)
        start(name, attrs)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    def first(name: str, attrs: dict[str, str]) -> None:
        # Few writers put a prefix before their elements; the others need not pay for it at every cell.
        if ":" in name:
            parser.StartElementHandler = lambda name, attrs: begun(local_name(name), attrs)
            parser.EndElementHandler = lambda name: ended(local_name(name))
        else:
            parser.StartElementHandler, parser.EndElementHandler = begun, ended
        begun(local_name(name), attrs)

    parser.StartElementHandler = first


def _refuse_doctype(*_args: object) -> None:
    raise UnreadableFile(DAMAGED)
