"""The compound file ([MS-CFB]): the frame around .xls, the .et of WPS, and encrypted workbooks.

Only what is needed to fetch a stream by its name. Chains are followed no further than the file is long.
"""

from __future__ import annotations

import struct

from .filling import DAMAGED
from .problems import UnreadableFile

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_CHAIN = 0xFFFFFFFA  # and all above: end, free, FAT and DIFAT sectors
_MINI_CUTOFF = 4096
_ENTRY = 128
_MAX_ENTRIES = 10_000


class CompoundFile:
    """A compound file in memory. Raises UnreadableFile where it is damaged."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(SIGNATURE):
            raise UnreadableFile(DAMAGED)
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise UnreadableFile(DAMAGED)
        self._size = 1 << shift
        self._count = len(data) // self._size + 1
        self._fat = self._read_fat()
        (directory,) = struct.unpack_from("<I", data, 48)
        (mini_fat,) = struct.unpack_from("<I", data, 60)
        self._entries = self._read_directory(directory)
        self._mini_fat = _numbers(self._chain(mini_fat, self._fat))
        self._mini: bytes | None = None

    def names(self) -> set[str]:
        """The names of the streams, in lower case: files differ in it."""
        return set(self._entries)

    def stream(self, name: str) -> bytes:
        """A stream's bytes."""
        start, size = self._entries[name.lower()]
        if size >= _MINI_CUTOFF:
            return self._chain(start, self._fat)[:size]
        parts: list[bytes] = []
        mini = self._mini_stream()
        for sector in self._sectors(start, self._mini_fat):
            parts.append(mini[sector * 64 : sector * 64 + 64])
        return b"".join(parts)[:size]

    def _mini_stream(self) -> bytes:
        if self._mini is None:
            start, size = self._entries.get("root entry", (_END_OF_CHAIN, 0))
            self._mini = self._chain(start, self._fat)[:size]
        return self._mini

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self._size
        return self._data[begin : begin + self._size]

    def _sectors(self, start: int, table: tuple[int, ...]) -> list[int]:
        found: list[int] = []
        while start < _END_OF_CHAIN:
            # A chain that is longer than the table runs in a circle.
            if start >= len(table) or len(found) > len(table):
                raise UnreadableFile(DAMAGED)
            found.append(start)
            start = table[start]
        return found

    def _chain(self, start: int, table: tuple[int, ...]) -> bytes:
        return b"".join(self._sector(number) for number in self._sectors(start, table))

    def _read_fat(self) -> tuple[int, ...]:
        places = list(struct.unpack_from("<109I", self._data, 76))
        (following,) = struct.unpack_from("<I", self._data, 68)
        rounds = 0
        while following < _END_OF_CHAIN:
            rounds += 1
            block = _numbers(self._sector(following))
            if rounds > self._count or len(block) < 2:
                raise UnreadableFile(DAMAGED)
            places += block[:-1]
            following = block[-1]
        # A table that covers the file, no more: one that names a sector again and again would fill memory.
        needed = self._count // (self._size // 4) + 1
        used = [place for place in places if place < _END_OF_CHAIN][:needed]
        return _numbers(b"".join(self._sector(place) for place in used))

    def _read_directory(self, start: int) -> dict[str, tuple[int, int]]:
        directory = self._chain(start, self._fat)
        entries: dict[str, tuple[int, int]] = {}
        for begin in range(0, min(len(directory), _MAX_ENTRIES * _ENTRY) - _ENTRY + 1, _ENTRY):
            entry = directory[begin : begin + _ENTRY]
            (length,) = struct.unpack_from("<H", entry, 64)
            if entry[66] in (2, 5) and 2 <= length <= 64:
                name = entry[: length - 2].decode("utf-16-le", "replace").lower()
                first, size = struct.unpack_from("<II", entry, 116)
                entries.setdefault(name, (first, min(size, len(self._data))))
        return entries


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
