"""The text of a PDF, by pypdfium2. Runs in a child process alone (`disclosure.papers.child`): the library is
C++, no two threads may use it, and a hostile file may bring it down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from disclosure.papers.characters import plain
from disclosure.papers.layout import in_reading_order
from disclosure.papers.reading import (
    BROKEN,
    ENCRYPTED,
    MOST_CHARACTERS,
    MOST_PAGES,
    TOO_LONG,
    PrintedLine,
    RefusedPaper,
    UnreadPaper,
)

_BREAKS = frozenset("\r\n\x0b\x0c\u2028\u2029")


def read_lines(path: Path) -> dict[str, Any]:
    """Pages, lines, and pages of pictures alone. Raises UnreadPaper; RefusedPaper where it does not open."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        raise RefusedPaper(ENCRYPTED if locked else BROKEN) from error
    if len(document) > MOST_PAGES:
        raise UnreadPaper(TOO_LONG)
    # What was typed into the fields of a form is text of the paper too.
    forms = document.get_formtype() != pdfium.FORMTYPE_NONE
    if forms:
        document.init_forms()
    lines: list[PrintedLine] = []
    pictures: list[int] = []
    left = MOST_CHARACTERS
    for number in range(1, len(document) + 1):
        found, is_picture = _of_page(document, number, forms)
        left -= sum(len(line.text) for line in found)
        if left < 0:
            raise UnreadPaper(TOO_LONG)
        lines += found
        if is_picture:
            pictures.append(number)
    return {
        "pages": len(document),
        "pictures": pictures,
        "lines": [[x.page, x.text, x.left, x.top, x.right, x.bottom] for x in lines],
    }


def _of_page(document: Any, number: int, forms: bool) -> tuple[list[PrintedLine], bool]:
    try:
        page = document[number - 1]
        if forms and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return [], True  # One broken page among readable ones: somebody has to look at it.
    lines = in_reading_order(list(_pieces(text, number, page.get_height())))
    drawn = not lines and pdfium.FPDFPage_CountObjects(page) > 0
    text.close()
    page.close()
    return lines, drawn


def _pieces(text: Any, number: int, height: float) -> Iterator[PrintedLine]:
    """The characters of a page, gathered between the breaks that the library sees."""
    line = _Line(number, height)
    box = pdfium.FS_RECTF()
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        character = chr(code) if 0 < code <= 0x10FFFF else ""
        if character in _BREAKS:
            yield from line.taken()
        elif character:
            # The loose box: as high as the font, so that 「一」 is no lower than its neighbours.
            known = not character.isspace() and pdfium.FPDFText_GetLooseCharBox(text, index, box)
            line.add(character, (box.left, box.right, box.bottom, box.top) if known else None)
    yield from line.taken()


class _Line:
    """Characters that stand on one line, and the box around them."""

    def __init__(self, page: int, height: float) -> None:
        self._page, self._height = page, height
        self._words: list[str] = []
        self._boxes: list[tuple[float, float, float, float]] = []

    def add(self, character: str, box: tuple[float, float, float, float] | None) -> None:
        """One more character; `box` is left, right, bottom, top from the lower left corner of the page."""
        self._words.append(character)
        if box is not None:
            self._boxes.append(box)

    def taken(self) -> Iterator[PrintedLine]:
        """The line, if there is any; then a new one begins."""
        # High and low halves of a rare character come one by one.
        joined = "".join(self._words).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        words = plain(joined.replace("\x02", "-")).strip()
        if words:
            yield PrintedLine(self._page, words, *self._place())
        self._words, self._boxes = [], []

    def _place(self) -> tuple[float, float, float, float]:
        if not self._boxes:
            return 0.0, 0.0, 0.0, 0.0
        lefts, rights, bottoms, tops = zip(*self._boxes, strict=True)
        # Most characters of a line are of one size; a bracket of another font makes it no higher.
        top, bottom = self._height - median(tops), self._height - median(bottoms)
        return min(lefts), top, max(rights), bottom
