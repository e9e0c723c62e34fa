"""From pieces of text on a page to printed lines in reading order, and from lines to paragraphs. Pure.

Nothing is dropped on the way to lines; paragraphs leave the page numbers out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from disclosure.papers.characters import without_gaps
from disclosure.papers.reading import Paragraph, PrintedLine

#: Two pieces stand on one line where they share so much of the lower one's height.
_SHARED = 0.6
#: 「— 1 —」, 「- 12 -」, 「第 3 页 共 8 页」 at the head or foot of a page.
_PAGE_NUMBER = re.compile(
    r"^(?:[-—–－一―·•\s]*\d{1,4}[-—–－一―·•\s]*|第\s*\d{1,4}\s*页(?:[,，/\s]*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4})$"
)
_NUMERAL = "一二三四五六七八九十百"
_BEGINS = re.compile(
    rf"^(?:第[{_NUMERAL}\d]+[编章节条]|[{_NUMERAL}]{{1,3}}、|[（(][{_NUMERAL}\d]{{1,3}}[）)]|\d{{1,2}}[.．、](?!\d)"
    r"|附\s*[件表：:]|[（(【\[]?此件|抄送|主送|主题词)"
)
_ENDS = "。；：！？;:!?"


def in_reading_order(pieces: Sequence[PrintedLine]) -> list[PrintedLine]:
    """The lines of one page: pieces of one line joined, bands of the page from top to bottom. Within a band
    of several columns the order of the file stands."""
    rows = _joined(piece for piece in pieces if piece.text.strip())
    if any(row.height <= 0 for row in rows):
        return rows
    ordered: list[PrintedLine] = []
    for band in _bands(rows):
        highest, lowest = max(row.top for row in band), min(row.bottom for row in band)
        one_line = lowest - highest >= _SHARED * min(row.height for row in band)
        ordered += _joined(sorted(band, key=lambda row: row.left)) if one_line else band
    return ordered


def _bands(rows: Sequence[PrintedLine]) -> Iterator[list[PrintedLine]]:
    """Parts of the page that share no height, from top to bottom, each in the order of the file."""
    band: list[tuple[int, PrintedLine]] = []
    bottom = 0.0
    for place, row in sorted(enumerate(rows), key=lambda one: one[1].top):
        if band and row.top >= bottom - 0.3 * row.height:
            yield [one for _, one in sorted(band, key=lambda one: one[0])]
            band = []
        bottom = max(bottom, row.bottom) if band else row.bottom
        band.append((place, row))
    if band:
        yield [one for _, one in sorted(band, key=lambda one: one[0])]


def _joined(pieces: Iterable[PrintedLine]) -> list[PrintedLine]:
    """Pieces that follow each other on one line, as one."""
    rows: list[PrintedLine] = []
    for piece in pieces:
        if rows and _goes_on(rows[-1], piece):
            last = rows[-1]
            gap = piece.left - last.right
            between = " " if gap > 0.2 * max(last.height, piece.height) else ""
            rows[-1] = replace(
                last,
                text=last.text + between + piece.text,
                right=max(last.right, piece.right),
                top=min(last.top, piece.top),
                bottom=max(last.bottom, piece.bottom),
            )
        else:
            rows.append(piece)
    return rows


def _goes_on(row: PrintedLine, piece: PrintedLine) -> bool:
    if row.height <= 0 or piece.height <= 0:
        return False
    shared = min(row.bottom, piece.bottom) - max(row.top, piece.top)
    lower = min(row.height, piece.height)
    return shared >= _SHARED * lower and piece.left >= row.right - 0.5 * lower


def to_paragraphs(lines: Sequence[PrintedLine]) -> list[Paragraph]:
    """Lines joined over their breaks; page numbers left out."""
    kept = [line for line in _without_page_numbers(lines) if line.text.strip()]
    margins = _Margins(kept)
    found: list[tuple[int, int, str]] = []
    before: PrintedLine | None = None
    for line in kept:
        text = without_gaps(line.text)
        if before is not None and margins.runs_on(before, line):
            page, _, so_far = found[-1]
            # A word of letters broken over two lines keeps its blank.
            between = " " if so_far[-1:].isascii() and so_far[-1:].isalnum() and text[:1].isascii() else ""
            found[-1] = (page, line.page, so_far + between + text)
        else:
            found.append((line.page, line.page, text))
        before = line
    return [
        Paragraph(number, page, text, last_page=last)
        for number, (page, last, text) in enumerate(found, start=1)
    ]


def _without_page_numbers(lines: Sequence[PrintedLine]) -> Iterator[PrintedLine]:
    for page, group in groupby(lines, key=lambda line: line.page):
        on_page = list(group)
        edges = {0, 1, len(on_page) - 1, len(on_page) - 2} if page else set()
        for place, line in enumerate(on_page):
            if not (place in edges and len(on_page) > 1 and _PAGE_NUMBER.match(line.text.strip())):
                yield line


class _Margins:
    """Where the lines of a paper begin and end, and so which of them run on."""

    def __init__(self, lines: Sequence[PrintedLine]) -> None:
        self.placed = bool(lines) and all(line.height > 0 for line in lines)
        heights = sorted(line.height for line in lines)
        self.em = heights[len(heights) // 2] if heights else 0.0
        self.longest = max((len(line.text.strip()) for line in lines), default=0)
        step = self.em or 1.0
        # The margin is where most lines begin: an indented line is the first of its paragraph.
        lefts = Counter(round(line.left / step * 2) for line in lines if len(line.text) > 8)
        often = [left for left, count in lefts.items() if count >= max(2, 0.12 * sum(lefts.values()))]
        self.left = min(often, default=min(lefts, default=0)) * step / 2
        rights = sorted(line.right for line in lines if len(line.text) > 8)
        self.right = rights[int(len(rights) * 0.9)] if rights else 0.0
        self.indents = any(line.left > self.left + 1.2 * step for line in lines if len(line.text) > 8)

    def runs_on(self, before: PrintedLine, line: PrintedLine) -> bool:
        """Whether `line` is the same paragraph as the line before it."""
        if _BEGINS.match(line.text.strip()) or line.page > before.page + 1:
            return False
        if not self.placed:
            full = len(before.text.strip()) >= 0.9 * self.longest and self.longest >= 20
            return full and before.text.strip()[-1] not in _ENDS
        if abs(before.height - line.height) > 0.2 * max(before.height, line.height):
            return False
        full = before.right >= self.right - 2.2 * self.em
        flush = line.left <= self.left + 0.9 * self.em
        return full and flush and (self.indents or before.text.strip()[-1] not in _ENDS)
