"""What reading a signed paper gives: printed lines with their places, paragraphs, what was not read."""

from __future__ import annotations

from dataclasses import dataclass, field

#: More text than any paper has that people read (that of an attachment: `disclosure.attached_text`).
MOST_CHARACTERS = 20_000_000
#: More pages than any paper has; a budget book has some hundreds.
MOST_PAGES = 3_000

SCAN = "这是扫描件或图片，里面没有文字：原件照样保存，标题、文号、日期和正文请对照原件填写。"
ENCRYPTED = "文件设了密码，打不开：请取消密码，重新导出后再上传。"
BROKEN = "文件打不开或已损坏：请在原来的软件里重新导出后再上传。"
TOO_LONG = "文件太大太长，没有读出文字：原件照样保存，请对照原件填写。"
TOO_SLOW = "文件读得太久，已停止，没有读出文字：原件照样保存，请对照原件填写。"


class UnreadPaper(Exception):  # noqa: N818 - an answer to a person
    """No text was read, though the file may be kept; the message says why in Chinese."""


class RefusedPaper(UnreadPaper):
    """The file cannot be taken at all: nobody could open it; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line as it is printed. Page counts from 1, 0 where the format knows none (Word). Places in the
    file's own unit from the top left corner; all zero where they are not known."""

    page: int
    text: str
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, its line breaks joined. `html` and `align` where the file says them (Word); `number`
    counts the paragraphs of the paper from 1. `last_page` is where it ends: rows of a table that fill their
    lines are one paragraph over many pages."""

    number: int
    page: int
    text: str
    html: str = ""
    align: str = ""
    last_page: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"第{self.page}页" if self.page else f"第{self.number}段"


@dataclass(slots=True)
class Paper:
    """A paper that was read. `lines` hold its text in full, `paragraphs` the same joined, without the
    page numbers; `notes` say what did not come along; `picture_pages` are those without any text."""

    kind: str
    pages: int | None = None
    lines: list[PrintedLine] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    picture_pages: list[int] = field(default_factory=list)


def pages_in_words(pages: list[int]) -> str:
    """第2、3页; of many the first ten."""
    shown = "、".join(map(str, pages[:10]))
    return f"第{shown}页" + (f"等{len(pages)}页" if len(pages) > 10 else "")
