"""Papers and pastes of odd structure: no exception but a sentence for people, and the text kept in full.

A few dozen each time; `ODD_PAPERS=300 pytest tests/disclosure/test_odd_papers.py` tries that many. Texts are
those of real documents (../shared/data) where they are there, else our own.
"""

import io
import json
import os
import random
from contextlib import suppress
from html import escape
from pathlib import Path

import docx
import pytest
from docx.exceptions import InvalidSpanError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from disclosure.body_text import to_html
from disclosure.papers import UnreadPaper, read_paper
from disclosure.papers.characters import bare, plain
from disclosure.papers.facts import propose
from disclosure.rich_text import to_text
from disclosure.services.paper_body import MOST_CHARACTERS, body_of
from tests.papers_made import Paper, ofd, pdf, printed, word

COUNT = int(os.environ.get("ODD_PAPERS", "24"))
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
OWN = (
    Paper().body,
    ("一、总则", "第一条 为了加强澜水河道管理，根据有关法律，制定本办法。", "（一）月湾水库；", "1.杉树坳村"),
    ("姓名 金额 住址", "某某 400元 柳湾村", "合计　１２３４５．６７", "http://example.test/a?b=c&d=<e>"),
    ("各村（居）：", "", "“引号”——破折号……（括号）《书名》〔六角〕", "A & B < C > D", "　　缩进"),
)
ODD = "𠮷𡘙⻘⾏é—‘’“”①Ⅳ㎡℃\u3000〇々"
SHAPES = ("pdf", "ofd", "ofd split", "docx", "docx tables", "docx boxes", "broken", "paste")


def texts():
    """Bodies of documents as lines."""
    found = [list(filter(None, lines)) for lines in OWN]
    if (SHARED / "documents.jsonl").exists():
        with (SHARED / "documents.jsonl").open(encoding="utf-8") as file:
            for line in file:
                body = json.loads(line).get("body") or ""
                lines = [" ".join(one.split()) for one in body.split("\n")]
                found.append([one for one in lines if one][:120])
    return [lines for lines in found if lines]


TEXTS = texts()


def odd_paper(chance):
    """A paper in which anything may be missing, empty or long."""
    lines = chance.choice(TEXTS)
    given = {"body": tuple(lines)}
    for name, empty in (("letterhead", ""), ("number", ""), ("title", ()), ("recipients", ""), ("day", "")):
        if chance.random() < 0.35:
            given[name] = empty
    for name in ("attachments", "signers", "imprint"):
        if chance.random() < 0.4:
            given[name] = ()
    if chance.random() < 0.2:
        given["title"] = tuple(chance.choice(lines)[:60] for _ in range(4))
    return Paper(**given)


def in_gb(text):
    """What the font of the PDFs here knows."""
    return text.encode("gb2312", "ignore").decode("gb2312")


def pages_of(paper, chance, only_gb):
    pages = printed(paper)
    if only_gb:
        pages = [[(*place, in_gb(text)) for *place, text in page] for page in pages]
    if chance.random() < 0.3:
        pages.insert(chance.randrange(len(pages) + 1), [])
    return pages


def check_printed(read, pages, order):
    given = plain("".join(text for page in pages for *_, text in page))
    assert sorted(bare("".join(line.text for line in read.lines))) == sorted(bare(given)), order


def check_body(read):
    """What stands in the paragraphs of the body stands in the markup."""
    proposal = propose(read.paragraphs)
    html = body_of(read, proposal).html
    given = bare("".join(one.text for one in proposal.body))
    if len(given) <= MOST_CHARACTERS:
        assert bare(to_text(html)) == given
    assert "<script" not in html
    for fact in proposal.facts.values():
        assert fact.value
        assert fact.place.startswith("第")


@pytest.mark.parametrize("seed", range(COUNT))
def test_nothing_is_lost_and_nothing_breaks(seed, tmp_path):
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    shape = SHAPES[seed % len(SHAPES)]
    if shape == "paste":
        paste(chance)
        return
    paper = odd_paper(chance)
    extension = shape.partition(" ")[0]
    file = tmp_path / "paper"

    def shuffled(page):
        return chance.sample(page, len(page)) if chance.random() < 0.3 else page

    if shape == "broken":
        extension = chance.choice(("pdf", "ofd", "docx"))
        make = {"pdf": lambda: pdf(pages_of(paper, chance, True)), "ofd": lambda: ofd(printed(paper))}
        file.write_bytes(damaged(make.get(extension, lambda: word(paper))(), chance))
        read = read_or_told(file, extension)
        if read is not None:
            check_body(read)
        return
    if extension == "docx":
        check_word(paper, shape, file, chance)
        return
    pages = pages_of(paper, chance, extension == "pdf")
    if extension == "ofd":
        pages[0].append((80, 800, 10, ODD))
    made = (
        pdf(pages, order=shuffled)
        if extension == "pdf"
        else ofd(pages, order=shuffled, split="split" in shape)
    )
    file.write_bytes(made)
    if not any(text.strip() for page in pages for *_, text in page):
        return
    read = read_paper(file, extension)
    check_printed(read, pages, shape)
    check_body(read)


def read_or_told(file, extension):
    """The paper, or None where a sentence for people said why not."""
    try:
        return read_paper(file, extension)
    except UnreadPaper as refusal:
        told = str(refusal)
    assert told.endswith("。")
    return None


def damaged(content, chance):
    """Bytes flipped, cut off or doubled."""
    mangled = bytearray(content)
    for _ in range(chance.choice((1, 5, 60))):
        mangled[chance.randrange(len(mangled))] = chance.randrange(256)
    if chance.random() < 0.3:
        del mangled[chance.randrange(len(mangled)) :]
    return bytes(mangled)


def check_word(paper, shape, file, chance):
    """Tables in tables, merged at random; boxes; every text stands in the blocks."""
    extra = []

    def text():
        extra.append(chance.choice(chance.choice(TEXTS))[:80] + chance.choice(("", ODD)))
        return extra[-1]

    def change(made):
        for _ in range(chance.randrange(4)):
            style = chance.choice(("Heading 1", "Heading 3", "List Bullet", "List Number", "Quote", "Title"))
            made.add_paragraph(text(), style=style)
        if "tables" in shape:
            rows, columns = chance.randrange(1, 6), chance.randrange(1, 6)
            table = made.add_table(rows, columns)
            for _ in range(3):
                with suppress(InvalidSpanError, ValueError):  # over an edge of what is merged already
                    one = table.cell(chance.randrange(rows), chance.randrange(columns))
                    one.merge(table.cell(chance.randrange(rows), chance.randrange(columns)))
            for cell in {id(c._tc): c for row in table.rows for c in row.cells}.values():
                cell.text = text()
                if chance.random() < 0.2:
                    cell.add_table(1, 1).cell(0, 0).text = text()
        if "boxes" in shape:
            paragraph = made.add_paragraph(text())
            for name in ("w:ins", "w:smartTag", "w:fldSimple", "w:sdt"):
                paragraph._p.append(around(name, text()))
        made.sections[0].header.paragraphs[0].text = "页眉"

    file.write_bytes(word(paper, change))
    read = read_paper(file, "docx")
    there = bare("".join(one.text for one in read.paragraphs))
    missing = [one for one in (*paper.body, *extra) if bare(plain(one)) not in there]
    assert missing == []
    check_body(read)


def around(name, text):
    """A run within an element that changes or marks it."""
    element, run, words = OxmlElement(name), OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    inner = element
    if name == "w:sdt":
        inner = OxmlElement("w:sdtContent")
        element.append(inner)
    inner.append(run)
    return element


TAGS = ("p", "div", "span", "b", "o:p", "font", "center", "section", "h1", "h5", "blockquote", "dl", "pre")


def paste(chance):
    """What comes from the clipboard of Word, WPS and web pages: half-closed, nested, styled."""
    parts, given = ["<meta charset=utf-8><!--StartFragment-->"], []
    for line in chance.choice(TEXTS)[:30]:
        tag = chance.choice(TAGS)
        close = f"</{tag}>" if chance.random() < 0.8 else ""
        style = chance.choice(
            ("", ' style="mso-list:l0 level1 lfo1;text-align:right"', " class=MsoNormal lang=ZH-CN")
        )
        given.append(line)
        parts.append(f"<{tag}{style}>{escape(line)}{close}")
        if chance.random() < 0.2:
            cell = chance.choice(OWN[2])
            given.append(cell)
            parts.append(
                f"<table border=1><tr><td colspan={chance.randrange(999)}>{escape(cell)}<td></table>"
            )
        if chance.random() < 0.1:
            parts.append("<script>alert(1)</script><img src=file:///C:/a.png onerror=x()>")
    cleaned = to_html("".join(parts))
    there = bare(to_text(cleaned.html))
    assert [one for one in given if bare(plain(one)) not in plain(there)] == []
    assert "alert" not in cleaned.html


def test_a_word_file_without_anything_is_answered(tmp_path):
    target, file = io.BytesIO(), tmp_path / "leer"
    docx.Document().save(target)
    file.write_bytes(target.getvalue())
    with pytest.raises(UnreadPaper, match="没有文字"):
        read_paper(file, "docx")
