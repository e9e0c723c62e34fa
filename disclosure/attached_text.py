"""The text of an attachment, within bounds: PDF, OFD, Word, Excel, WPS tables, PowerPoint, ODF, plain text.

The readers are those of the catalog's files (ADR 12) and of papers (`disclosure.papers`): every part is
streamed, nothing is expanded beyond its bounds, foreign code sees a file in a child process alone. What
cannot be read says so in words; nobody is told that it is clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from catalog.exchange.archive import BROKEN_ZIP, Archive
from catalog.exchange.delimited import decoded
from catalog.exchange.filling import Budget
from catalog.exchange.grid import Cell, Grid
from catalog.exchange.problems import UnreadableFile
from catalog.exchange.workbook import read_workbook
from disclosure.papers import Paper, UnreadPaper, pages_in_words, read_paper
from disclosure.papers.reading import ENCRYPTED, SCAN, TOO_LONG, TOO_SLOW
from disclosure.scanning import NOT_OPENED, PICTURES, Line

#: More text than any attachment has that people read.
MOST_CHARACTERS = 20_000_000
_TABLES = frozenset({"xlsx", "xlsb", "xls", "et", "ods", "csv"})
_PARTS = {
    "docx": re.compile(r"^word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml$"),
    "pptx": re.compile(r"^ppt/(?:slides|notesslides)/[^/]+\.xml$"),
    "odt": re.compile(r"^(?:content|styles)\.xml$"),
}
#: Elements that hold text, and those that end a line; by their names without prefix.
_TEXT = {"docx": {"t", "delText"}, "pptx": {"t"}, "odt": None}
_LINE_ENDS = frozenset({"p", "tr", "br", "h", "table-row", "list-item"})
_CELL_ENDS = frozenset({"tc", "tab", "table-cell", "s"})
_WHOLE = re.compile(r"^(\d+)\.0+$")
_POWER = re.compile(r"^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$")
_ADDRESS_COLUMN = re.compile(r"^(?:家庭住址|家庭地址|现?住址|户籍地址|户籍所在地|居住地址)$")


_PAPERS = frozenset({"pdf", "ofd"})
_WHY_NO_PAPER = {
    SCAN: "这个附件是扫描件或图片，没有文字可检查。",
    ENCRYPTED: "这个附件设了密码，打不开，没有检查文字。",
    TOO_LONG: "这个附件太长，没有检查文字。",
    TOO_SLOW: "这个附件太复杂，没有检查文字。",
}


class UnreadText(Exception):  # noqa: N818 - an answer to a person
    """No text was read, or not all of it; the message says why in Chinese, `lines` are what was."""

    def __init__(self, message: str, lines: list[Line] | None = None) -> None:
        super().__init__(message)
        self.lines = lines or []


def read(path: Path, extension: str) -> list[Line]:
    """The lines of the file at `path`, of the type `extension`. Raises UnreadText."""
    if extension in _PAPERS:
        lines, problem = _of_paper_file(path, extension)
        if problem:
            raise UnreadText(problem, lines)
        return lines
    try:
        lines = list(_lines(path, extension))
    except (UnreadableFile, *BROKEN_ZIP, IndexError, KeyError, RecursionError) as error:
        raise UnreadText(NOT_OPENED) from error
    if sum(len(line.text) for line in lines) > MOST_CHARACTERS:
        raise UnreadText("这个附件太长，没有检查文字。")
    if not lines:
        raise UnreadText("这个附件里没有读到文字（可能是图片）。")
    return lines


def of_paper(paper: Paper) -> tuple[list[Line], str]:
    """The paragraphs of a paper, line breaks joined: a number broken over two lines is one. And what was not
    read."""
    lines, page, number = [], 0, 0
    for one in paper.paragraphs:
        number = number + 1 if one.page == page else 1
        page = one.page
        pages = f"第{page}至{one.last_page}页" if one.last_page > page else f"第{page}页"
        lines.append(Line(f"{pages}第{number}段" if page else f"第{number}段", one.text))
    if not paper.picture_pages:
        return lines, ""
    return lines, f"{pages_in_words(paper.picture_pages)}是图片，没有检查文字。"


def _of_paper_file(path: Path, extension: str) -> tuple[list[Line], str]:
    try:
        return of_paper(read_paper(path, extension))
    except UnreadPaper as error:
        return [], _WHY_NO_PAPER.get(str(error), NOT_OPENED)


def _lines(path: Path, extension: str) -> Iterator[Line]:
    if extension in _TABLES:
        for grid in read_workbook(path):
            yield from _grid(grid)
    elif extension in _PARTS:
        with path.open("rb") as file:
            yield from _parts(Archive(file, Budget()), extension)
    elif extension == "txt":
        text = decoded(path.read_bytes()[:MOST_CHARACTERS])
        for number, line in enumerate((text or "").splitlines(), start=1):
            if line.strip():
                yield Line(f"第{number}行", line)
    else:
        raise UnreadText(_why(extension))


def _why(extension: str) -> str:
    return "图片里的文字没有检查。" if extension in PICTURES else f".{extension} 文件没有检查文字。"


def _grid(grid: Grid) -> Iterator[Line]:
    addresses: set[int] = set()
    for row in grid.rows():
        cells = []
        for column, cell in sorted(grid.cells[row].items()):
            text = _digits(cell)
            if _ADDRESS_COLUMN.match("".join(text.split())):
                addresses.add(column)
            elif column in addresses:
                text = f"住址：{text}"
            cells.append(text)
        yield Line(f"表「{grid.name}」第{row}行", "，".join(cells))


def _digits(cell: Cell) -> str:
    """A number as its digits: Excel keeps a telephone number as 1.38E+10, or with a decimal."""
    if cell.kind != "number":
        return cell.text
    if whole := _WHOLE.match(cell.text):
        return whole[1]
    if power := _POWER.match(cell.text):
        decimals, exponent = power[2] or "", int(power[3])
        if len(decimals) <= exponent <= 20:
            return power[1] + decimals.ljust(exponent, "0")
    return cell.text


def _parts(archive: Archive, extension: str) -> Iterator[Line]:
    wanted = _PARTS[extension]
    for part in archive.names():
        if wanted.match(part):
            words = _Words(_TEXT[extension])
            archive.parse(part, words)
            lines = "".join(words.parts).split("\n")
            yield from (Line(f"第{n}段", line) for n, line in enumerate(filter(str.strip, lines), start=1))


class _Words:
    """Takes the texts out of one part: Word breaks a number into runs, so runs are joined."""

    def __init__(self, inside: set[str] | None) -> None:
        self.parts: list[str] = []
        self._inside = inside
        self._open = inside is None
        self._left = MOST_CHARACTERS

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """A text element opens; a table cell, a tab or a break parts words."""
        if self._inside is not None and name in self._inside:
            self._open = True

    def end(self, name: str) -> None:
        """Close, and part lines and cells."""
        if name in _LINE_ENDS:
            self.parts.append("\n")
        elif name in _CELL_ENDS:
            self.parts.append("，" if name in {"tc", "table-cell"} else " ")
        if self._inside is not None and name in self._inside:
            self._open = False

    def text(self, data: str) -> None:
        """Keep what stands in a text element."""
        if self._open:
            self._left -= len(data)
            if self._left < 0:
                raise UnreadableFile("文字过多。")
            self.parts.append(data)
