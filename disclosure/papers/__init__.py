"""Signed papers as they arrive: PDF, OFD and Word files read within bounds, and the facts that they state.

Pure: no Django. `read_paper` reads, `facts.propose` proposes. PDF and Word are read in a child process.
"""

from __future__ import annotations

from pathlib import Path

from disclosure.papers import ofd, process
from disclosure.papers.layout import to_paragraphs
from disclosure.papers.reading import (
    BROKEN,
    SCAN,
    Paper,
    Paragraph,
    PrintedLine,
    RefusedPaper,
    UnreadPaper,
    pages_in_words,
)

__all__ = ["READABLE", "Paper", "Paragraph", "RefusedPaper", "UnreadPaper", "pages_in_words", "read_paper"]

#: What `read_paper` reads.
READABLE = frozenset({"pdf", "ofd", "docx"})


def read_paper(path: Path, extension: str) -> Paper:
    """Read the file at `path`, of the type `extension` (one of `READABLE`, judged by content).

    Raises UnreadPaper where it holds no text or too much; RefusedPaper where nobody could open it.
    """
    if extension == "ofd":
        return ofd.read(path)
    if extension == "pdf" and b"obj" not in path.read_bytes():
        raise RefusedPaper(BROKEN)  # No object, no page: no child has to look.
    answer = process.ask(path, extension)
    return _word(answer) if extension == "docx" else _pdf(answer)


def _pdf(answer: dict[str, list[list[object]]]) -> Paper:
    found: list[PrintedLine] = [PrintedLine(*line) for line in answer["lines"]]  # type: ignore[arg-type]
    if not found:
        raise UnreadPaper(SCAN)
    pictures: list[int] = list(answer["pictures"])  # type: ignore[arg-type]
    paper = Paper("pdf", int(str(answer["pages"])), found, to_paragraphs(found), [], pictures)
    if pictures:
        paper.notes.append(f"{pages_in_words(pictures)}是图片，没有文字可读，请对照原件核对。")
    return paper


def _word(answer: dict[str, list[list[str]]]) -> Paper:
    paper = Paper("docx", notes=[str(note) for note in answer["notes"]])
    for number, (name, align, html, text) in enumerate(answer["blocks"], start=1):
        align = align or ("table" if name == "table" else "heading" if name in {"h2", "h3", "h4"} else "")
        paper.paragraphs.append(Paragraph(number, 0, text, html, align))
        paper.lines += [PrintedLine(0, line) for line in text.split("\n") if line.strip()]
    if not paper.lines:
        raise UnreadPaper(SCAN)
    return paper
