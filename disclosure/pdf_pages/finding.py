"""Where personal data (个人信息) stands on the pages: boxes to propose. In the child process alone."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_double, c_int
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from disclosure import personal_data
from disclosure.papers.characters import plain
from disclosure.pdf_pages.boxes import MOST_BOXES, Box
from disclosure.pdf_pages.pixels import opened

_BREAKS = frozenset("\r\n\x0b\x0c\u2028\u2029")
#: Places of a page in so many parts, so that per cent keep two decimals.
_PARTS = 100_000
#: Of the height of the characters, added above and below; and per cent of the page, left and right.
_MARGIN, _SIDE = 0.2, 0.15
Edges = tuple[float, float, float, float]


@dataclass(slots=True)
class _Line:
    """Characters as folded for the scanner, each with its place in the text of the page."""

    text: str = ""
    places: list[int] = field(default_factory=list)

    def add(self, character: str, place: int) -> None:
        """One more character; one that folds to nothing is left out, one that folds to two counts twice."""
        folded = personal_data.fold(plain(character))
        self.text += folded
        self.places += [place] * len(folded)


def find(path: Path, *, today: date) -> dict[str, Any]:
    """Sizes of the pages in points, boxes of what is personal with kind and masked words, and the numbers of
    pages without text. Raises Refused."""
    document = opened(path)
    forms = document.get_formtype() != pdfium.FORMTYPE_NONE
    sizes: list[tuple[float, float]] = []
    found: list[tuple[str, str, str]] = []
    silent: list[int] = []
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        sizes.append(page.get_size())
        if forms and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]
        try:
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            silent.append(number)
            continue
        lines = list(_lines(text))
        if not lines:
            silent.append(number)
        for hit, places in _hits(lines, today):
            if box := _box(page, text, number, places):
                found.append((box.wire, hit.kind, hit.masked))
        text.close()
        page.close()
    return {"sizes": sizes, "found": found[:MOST_BOXES], "silent": silent}


def _lines(text: Any) -> Iterator[_Line]:
    line = _Line()
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        character = chr(code) if 0 < code <= 0x10FFFF else ""
        if character in _BREAKS:
            if line.text.strip():
                yield line
            line = _Line()
        elif character:
            line.add(character, index)
    if line.text.strip():
        yield line


def _edges(page: Any, text: Any, index: int) -> Edges | None:
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    if not pdfium.FPDFText_GetCharBox(text, index, byref(left), byref(right), byref(bottom), byref(top)):
        return None
    if left.value == right.value or bottom.value == top.value:
        return None  # A blank, or one that the library put between words.
    corners = [_place(page, x.value, y.value) for x in (left, right) for y in (bottom, top)]
    across, down = zip(*corners, strict=True)
    return min(across), min(down), max(across), max(down)


def _place(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the file as per cent of the page as it is seen: turned and cropped as it says."""
    across, down = c_int(), c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _PARTS, _PARTS, 0, x, y, byref(across), byref(down))
    return across.value * 100 / _PARTS, down.value * 100 / _PARTS


def _hits(lines: list[_Line], today: date) -> Iterator[tuple[personal_data.Hit, list[int]]]:
    """What is personal, and its characters on one line."""
    for line in lines:
        for hit in personal_data.hits(line.text, today=today):
            yield hit, line.places[hit.start : hit.end]
    for line, following in pairwise(lines):
        # A number broken over two lines is in neither of them.
        end = len(line.text)
        for hit in personal_data.hits(line.text + following.text, today=today):
            if hit.start < end < hit.end:
                yield hit, line.places[hit.start :]
                yield hit, following.places[: hit.end - end]


def _box(page: Any, text: Any, number: int, places: list[int]) -> Box | None:
    """The box around characters of one line, a little wider than they are."""
    known = [edges for place in places if (edges := _edges(page, text, place))]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    margin = (max(bottoms) - min(tops)) * _MARGIN
    left, top = max(min(lefts) - _SIDE, 0.0), max(min(tops) - margin, 0.0)
    right, bottom = min(max(rights) + _SIDE, 100.0), min(max(bottoms) + margin, 100.0)
    return Box(number, left, top, right - left, bottom - top) if right > left and bottom > top else None
