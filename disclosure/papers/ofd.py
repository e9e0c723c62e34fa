"""The text of an OFD file (GB/T 33190): a zip of XML, streamed within bounds as workbooks are (ADR 12)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from catalog.exchange.archive import BROKEN_ZIP, MAX_LIST_BYTES, Archive
from catalog.exchange.filling import Budget
from catalog.exchange.problems import UnreadableFile
from disclosure.papers.characters import plain
from disclosure.papers.layout import in_reading_order, to_paragraphs
from disclosure.papers.reading import (
    BROKEN,
    ENCRYPTED,
    MOST_CHARACTERS,
    MOST_PAGES,
    SCAN,
    TOO_LONG,
    Paper,
    PrintedLine,
    RefusedPaper,
    UnreadPaper,
    pages_in_words,
)

_CONTENT = re.compile(r"(?:^|/)content\.xml$")
_DIGITS = re.compile(r"\d+")


def read(path: Path) -> Paper:
    """Read the file at `path`. Raises UnreadPaper; RefusedPaper where nobody could open it."""
    try:
        with path.open("rb") as file:
            archive = Archive(file, Budget())
            if any(name.endswith("encryptions.xml") for name in archive.names()):
                raise RefusedPaper(ENCRYPTED)
            return _read(archive)
    except UnreadableFile as error:
        raise RefusedPaper(str(error) if "密码" in str(error) else BROKEN) from error
    except (*BROKEN_ZIP, KeyError, IndexError, RecursionError) as error:
        raise RefusedPaper(BROKEN) from error


def _read(archive: Archive) -> Paper:
    parts = list(_page_parts(archive))
    if len(parts) > MOST_PAGES:
        raise UnreadPaper(TOO_LONG)
    paper, left = Paper("ofd", pages=len(parts)), MOST_CHARACTERS
    for number, of_page in enumerate(parts, start=1):
        pieces: list[PrintedLine] = []
        pictures = False
        for part in of_page:
            words = _Page(number, left)
            archive.parse(part, words)
            pieces += words.pieces
            pictures = pictures or words.pictures
            left -= sum(len(piece.text) for piece in words.pieces)
        lines = in_reading_order(pieces)
        paper.lines += lines
        if pictures and not lines:
            paper.picture_pages.append(number)
    if not paper.lines:
        raise UnreadPaper(SCAN)
    if paper.picture_pages:
        paper.notes.append(f"{pages_in_words(paper.picture_pages)}是图片，没有文字可读，请对照原件核对。")
    paper.paragraphs = to_paragraphs(paper.lines)
    return paper


def _page_parts(archive: Archive) -> Iterator[list[str]]:
    """For each page of each document in the file: its content, its templates before it, its annotations."""
    root = _Root()
    if "OFD.xml" in archive:
        archive.parse("OFD.xml", root, MAX_LIST_BYTES)
    found = [
        page for doc in root.documents if (at := _resolved(archive, "", doc)) for page in _of(archive, at)
    ]
    if found:
        yield from found
        return
    # A list of pages that names none of them: whatever is a page, in the order of its numbers.
    contents = [name for name in archive.names() if _CONTENT.search(name)]
    for name in sorted(contents, key=lambda one: [int(digits) for digits in _DIGITS.findall(one)]):
        yield [name]


def _of(archive: Archive, document: str) -> Iterator[list[str]]:
    """The parts of the pages of one document."""
    listed = _Root()
    archive.parse(document, listed, MAX_LIST_BYTES)
    annotations: dict[str, list[str]] = {}
    for place in listed.annotations:
        if index := _resolved(archive, document, place):
            on_page = _Annotations()
            archive.parse(index, on_page, MAX_LIST_BYTES)
            for page, file in on_page.files:
                if part := _resolved(archive, index, file):
                    annotations.setdefault(page, []).append(part)
    for page, place in listed.pages:
        part = _resolved(archive, document, place)
        if part is None:
            continue
        used = _Root()
        archive.parse(part, used)
        templates = [_resolved(archive, document, listed.templates.get(one, "")) for one in used.uses]
        yield [*(one for one in templates if one), part, *annotations.get(page, [])]


def _resolved(archive: Archive, base: str, place: str) -> str | None:
    """The part that `place` names, seen from the part `base`; None where there is none."""
    place = place.strip().replace("\\", "/")
    for name in (
        posixpath.normpath(posixpath.join(posixpath.dirname(base), place)),
        posixpath.normpath(place.lstrip("/")),
    ):
        if place and name in archive:
            return name
    return None


class _Root:
    """Reads OFD.xml, Document.xml, and of a page which templates it uses."""

    def __init__(self) -> None:
        self.documents: list[str] = []
        self.pages: list[tuple[str, str]] = []
        self.templates: dict[str, str] = {}
        self.annotations: list[str] = []
        self.uses: list[str] = []
        self._words: list[str] = []

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """A page or a template, with where it lies."""
        self._words = []
        if name == "Page" and "BaseLoc" in attrs:
            self.pages.append((attrs.get("ID", ""), attrs["BaseLoc"]))
        elif name == "TemplatePage" and "BaseLoc" in attrs:
            self.templates[attrs.get("ID", "")] = attrs["BaseLoc"]
        elif name == "Template":
            self.uses.append(attrs.get("TemplateID", ""))

    def end(self, name: str) -> None:
        """A document, or the list of its annotations."""
        if name == "DocRoot":
            self.documents.append("".join(self._words))
        elif name == "Annotations":
            self.annotations.append("".join(self._words))
        self._words = []

    def text(self, data: str) -> None:
        """The place of a part."""
        if len(self._words) < 100:
            self._words.append(data)


class _Annotations(_Root):
    """Reads which annotations lie on which page."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str]] = []
        self._page = ""

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """The page that is spoken of."""
        self._words = []
        if name == "Page":
            self._page = attrs.get("PageID", "")

    def end(self, name: str) -> None:
        """The file of its annotations."""
        if name == "FileLoc":
            self.files.append((self._page, "".join(self._words)))
        self._words = []


class _Page:
    """Takes the texts of one page, each with its place."""

    def __init__(self, number: int, left: int) -> None:
        self.pieces: list[PrintedLine] = []
        self.pictures = False
        self._number, self._left = number, left
        self._box = (0.0, 0.0, 0.0, 0.0)
        self._size = 0.0
        self._at = (0.0, 0.0)
        self._steps = ""
        self._words: list[str] | None = None

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """A text object with its box; in it codes, each with its own place."""
        if name == "TextObject":
            box = [*_numbers(attrs.get("Boundary", "")), 0.0, 0.0, 0.0, 0.0][:4]
            self._box = (box[0], box[1], box[2], box[3])
            self._size = (_numbers(attrs.get("Size", "")) or [0.0])[0]
            scale = _numbers(attrs.get("CTM", ""))
            if len(scale) >= 4 and scale[3]:
                self._size *= abs(scale[3])
        elif name == "TextCode":
            self._at = (
                (_numbers(attrs.get("X", "")) or [0.0])[0],
                (_numbers(attrs.get("Y", "")) or [0.0])[0],
            )
            self._steps = attrs.get("DeltaX", "")
            self._words = []
        elif name in {"ImageObject", "PathObject", "CompositeObject"}:
            self.pictures = True

    def end(self, name: str) -> None:
        """Keep what the code says."""
        if name != "TextCode" or self._words is None:
            return
        text, self._words = plain("".join(self._words)), None
        if not text.strip():
            return
        # A code that goes on where the one before it ends bears no place of its own.
        size = self._size or self._box[3] or 1.0
        left = self._box[0] + self._at[0]
        baseline = self._box[1] + (self._at[1] or self._box[3])
        width = _width(self._steps, size) or sum(size if ord(c) > 255 else size / 2 for c in text)
        self.pieces.append(
            PrintedLine(
                self._number, text, left, baseline - 0.85 * size, left + width, baseline + 0.15 * size
            )
        )

    def text(self, data: str) -> None:
        """Text of a code."""
        if self._words is not None:
            self._left -= len(data)
            if self._left < 0:
                raise UnreadPaper(TOO_LONG)
            self._words.append(data)


def _width(steps: str, size: float) -> float:
    """The width that `DeltaX` says: numbers, or `g n x` for n times x; 0 where it says none."""
    words, total, at = steps.split(), 0.0, 0
    while at < len(words) and at < 10_000:
        if words[at].lower() == "g" and at + 2 < len(words):
            count, step = _numbers(words[at + 1]), _numbers(words[at + 2])
            total += min(count[0], 10_000) * step[0] if count and step else 0.0
            at += 3
        else:
            total += (_numbers(words[at]) or [0.0])[0]
            at += 1
    return total + size if total > 0 else 0.0


def _numbers(text: str) -> list[float]:
    """The numbers of an attribute; none of what is no number, or of no use as a place."""
    found = []
    for word in text.split()[:8]:
        try:
            number = float(word)
        except ValueError:
            return []
        found.append(number if abs(number) < 1e6 else 0.0)
    return found
