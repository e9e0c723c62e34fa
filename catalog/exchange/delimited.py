"""Text tables: CSV in the encodings and with the separators that Excel and WPS write in China."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from .filling import NOT_A_WORKBOOK, Budget, GridFiller
from .grid import Grid
from .problems import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS, UnreadableFile

_SEPARATORS = ",;\t"
_SAMPLE = 65_536
# One row in one piece: 200 columns of what people write. The reader below holds a row until it ends.
_LONGEST_ROW = 2_000_000


def read_csv(text: str, budget: Budget) -> Grid:
    """The one table of a text file. Raises UnreadableFile where the text is no table."""
    separator = _separator(text)
    if separator is None:
        raise UnreadableFile(NOT_A_WORKBOOK)
    filler = GridFiller(Grid(name="CSV"), budget)
    pieces = _Pieces(text)
    try:
        lines = csv.reader(pieces, delimiter=separator)
        for number, values in enumerate(lines, start=1):
            pieces.taken = 0
            if number > MAX_ROWS:
                message = f"超过 {MAX_ROWS:,} 行，系统不读取。请把目录拆成几个文件后再导入。"
                raise UnreadableFile(message)
            if len(values) > MAX_COLUMNS:
                raise UnreadableFile(NOT_A_WORKBOOK)
            for column, value in enumerate(values, start=1):
                filler.put_text(number, column, value[:MAX_CELL_CHARACTERS])
    except csv.Error as error:
        raise UnreadableFile(NOT_A_WORKBOOK) from error
    return filler.grid


class _Pieces:
    """The lines of a text; `taken` counts what was given out since it was last set to nothing."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken += len(line)
            if self.taken > _LONGEST_ROW:
                raise UnreadableFile(NOT_A_WORKBOOK)
            yield line


def _separator(text: str) -> str | None:
    """The character that parts the columns: the one that parts most lines into the same number."""
    sample = text[:_SAMPLE]
    best: tuple[int, str] | None = None
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        try:
            counts = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator)]
        except csv.Error:
            continue
        wide = max(counts, default=0)
        # A table parts every line alike; a comma inside sentences parts some of them somehow.
        score = sum(1 for count in counts if count == wide) * min(wide, 20) if wide > 1 else 0
        if score and (best is None or score > best[0]):
            best = (score, separator)
    return best[1] if best else None


def decoded(data: bytes) -> str | None:
    """The text of a file: UTF-8, UTF-16 (with or without its mark) or GB18030; None where it is none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16")
    # UTF-8 first: its byte patterns hardly ever arise by chance, while GB18030 accepts nearly anything.
    for encoding in ("utf-8-sig", *_wide_encodings(data), "gb18030"):
        text = _decoded(data, encoding)
        if text is not None and "\x00" not in text:
            return text
    return None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide_encodings(data: bytes) -> list[str]:
    """UTF-16 without a mark: commas and line ends leave zeros at every other byte."""
    sample = data[:4096]
    if b"\x00" not in sample:
        return []
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    return ["utf-16-le"] if odd > even else ["utf-16-be"]
