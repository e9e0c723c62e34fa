"""A Word file as blocks of markup, by mammoth. Runs in a child process alone (`disclosure.papers.child`).

Beside what mammoth does: numbers that Word counts by itself (一、（一）第一条) become text, alignment becomes
our classes, formulas their characters; what stays behind (pictures, comments, changes not accepted, text that
no block holds) is said in words.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mammoth

from catalog.exchange.archive import BROKEN_ZIP, Archive
from catalog.exchange.filling import Budget
from catalog.exchange.problems import UnreadableFile
from disclosure.papers.characters import bare, plain
from disclosure.papers.reading import BROKEN, ENCRYPTED, MOST_CHARACTERS, TOO_LONG, RefusedPaper, UnreadPaper
from disclosure.papers.word_numbers import with_numbers

_MAIN = "word/document.xml"
_ALIGNED = {"right": "align-right", "end": "align-right", "center": "align-center"}
_STYLES = """
p[style-name='oa align-right'] => p.align-right:fresh
p[style-name='oa align-center'] => p.align-center:fresh
p[style-name='Title'] => p.align-center:fresh
p[style-name='标题'] => p.align-center:fresh
p[style-name='heading 1'] => h2:fresh
p[style-name='Heading 1'] => h2:fresh
p[style-name='heading 2'] => h3:fresh
p[style-name='Heading 2'] => h3:fresh
p[style-name='heading 3'] => h4:fresh
p[style-name='Heading 3'] => h4:fresh
p[style-name='heading 4'] => h4:fresh
p[style-name='heading 5'] => h4:fresh
p[style-name='heading 6'] => h4:fresh
p => p:fresh
u => u
strike => s
"""


def read_blocks(path: Path) -> dict[str, Any]:
    """`blocks`: kind of element, alignment, markup, text, in order; `notes`. Raises UnreadPaper."""
    told = _look_through(path)
    pictures: list[str] = []

    def left_out(image: Any) -> list[Any]:
        pictures.append(image.alt_text or "")
        return []

    content = with_numbers(path.read_bytes())
    result = mammoth.convert_to_html(
        io.BytesIO(content),
        style_map=_STYLES,
        convert_image=left_out,
        transform_document=mammoth.transforms.paragraph(_with_alignment),
        include_embedded_style_map=False,
    )
    blocks = list(_blocks(result.value))
    return {"blocks": blocks, "notes": _notes(told, pictures, blocks)}


def _with_alignment(paragraph: Any) -> Any:
    name = _ALIGNED.get(paragraph.alignment or "")
    is_heading = "eading" in (paragraph.style_name or "") or (paragraph.style_name or "").startswith("标题")
    if not name or is_heading or paragraph.numbering:
        return paragraph
    return paragraph.copy(style_id=None, style_name=f"oa {name}")


# --- What the file holds, by one streamed pass


class _Told:
    """Texts and things of one part, by the names of its elements."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.seen: dict[str, int] = {}
        self._open = False
        self._left = MOST_CHARACTERS

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """Count, and open a text."""
        self.seen[name] = self.seen.get(name, 0) + 1
        self._open = name == "t"

    def end(self, name: str) -> None:
        """Close it; a paragraph ends a line."""
        self._open = False
        if name == "p":
            self.text.append("\n")

    def text_(self, data: str) -> None:
        """Keep a text."""
        if self._open:
            self._left -= len(data)
            if self._left < 0:
                raise UnreadPaper(TOO_LONG)
            self.text.append(data)


class _Part:
    """A `_Told` as the archive wants its handler."""

    def __init__(self, told: _Told) -> None:
        self.start, self.end, self.text = told.start, told.end, told.text_


def _look_through(path: Path) -> _Told:
    """Read the main part within the bounds of our own reader before any other code sees the file."""
    told = _Told()
    try:
        with path.open("rb") as file:
            archive = Archive(file, Budget())
            for name in archive.names():
                if name.endswith((".xml", ".rels")):
                    archive.parse(name, _Part(told if name == _MAIN else _Told()))
    except UnreadableFile as error:
        raise RefusedPaper(ENCRYPTED if "密码" in str(error) else BROKEN) from error
    except (*BROKEN_ZIP, zipfile.BadZipFile, KeyError, RecursionError) as error:
        raise RefusedPaper(BROKEN) from error
    return told


def _notes(told: _Told, pictures: list[str], blocks: list[list[str]]) -> list[str]:
    notes = []
    drawn = max(len(pictures), told.seen.get("blip", 0))
    if drawn:
        notes.append(f"{drawn}张图片没有带入，请作为附件上传，并在文中说明。")
    for name, sentence in (
        ("chart", "图表没有带入，请把图表的数字写成表格，或作为附件上传。"),
        ("oMath", "公式按文字带入，请核对。"),
        ("del", "文件里有没接受的修订：删去的文字没有带入，请核对。"),
        ("commentReference", "批注没有带入。"),
        ("footnoteReference", "脚注放在文末。"),
    ):
        if told.seen.get(name):
            notes.append(sentence)
    there = bare(plain("".join(block[3] for block in blocks)))
    missing = [
        line.strip()
        for line in plain("".join(told.text)).split("\n")
        if line.strip() and bare(line) not in there
    ]
    # A line that mammoth parts (a table in a text box, a ruby) is there in pieces.
    missing = [line for line in missing if not all(word in there for word in line.split())]
    if missing:
        shown = "」「".join(line[:30] for line in missing[:5])
        notes.append(f"有{len(missing)}段文字没有带入正文（文本框、图形里的文字）：「{shown}」，请核对补上。")
    return notes


# --- The markup in blocks


def _blocks(html: str) -> Iterator[list[str]]:
    """The elements of the top level: name, alignment, markup, text."""
    parser = _Splitter()
    parser.feed(html)
    parser.close()
    yield from parser.blocks


class _Splitter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[str]] = []
        self._depth = 0
        self._name = self._align = ""
        self._html: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open; at the top level a new block begins."""
        named = {key: value or "" for key, value in attrs}
        if not self._depth:
            self._name, self._html, self._text = tag, [], []
            self._align = named.get("class", "").removeprefix("align-")
        if tag in {"br", "p", "tr", "li", "td", "th"} and self._text:
            self._text.append("\n" if tag not in {"td", "th"} else " ")
        self._html.append(_start_tag(tag, named))
        if tag not in {"br", "img", "hr", "input"}:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        """Close; at the top level the block is whole."""
        self._html.append(f"</{tag}>")
        self._depth = max(0, self._depth - 1)
        if not self._depth:
            lines = (" ".join(plain(line).split()) for line in "".join(self._text).split("\n"))
            text = "\n".join(line for line in lines if line)
            self.blocks.append([self._name, self._align, plain("".join(self._html)), text])

    def handle_data(self, data: str) -> None:
        """A text; one that stands outside every element is a block of its own."""
        if self._depth:
            self._html.append(escape(data, quote=False))
            self._text.append(data)
        elif data.strip():
            words = " ".join(plain(data).split())
            self.blocks.append(["p", "", f"<p>{escape(words, quote=False)}</p>", words])


def _start_tag(tag: str, attrs: dict[str, str]) -> str:
    kept = {name: attrs[name] for name in ("href", "class", "rowspan", "colspan", "start") if name in attrs}
    # A link into the file itself (a bookmark, a footnote) leads nowhere on the site.
    if kept.get("href", "").startswith("#"):
        del kept["href"]
    named = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{tag}{named}>"
