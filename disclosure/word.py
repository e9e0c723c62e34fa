"""A document as Word file, set as an official paper (公文): for `/documents/<id>.docx`.

Page, margins, type sizes and fonts after GB/T 9704: A4, title in 小标宋 22 pt centred, body in 仿宋 16 pt
with two characters' indent and 28 pt lines, 一、 in 黑体, (一) in 楷体, 落款 on the right. A font that the
reader's machine lacks is replaced there by its nearest; the names stand as the office programs know them.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from html4docx import HtmlToDocx

from disclosure.models import Publishable
from disclosure.rich_text import cleaned_markup, storable

BODY, TITLE, FIRST, SECOND, LATIN = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "Times New Roman"
BODY_SIZE, TITLE_SIZE, TABLE_SIZE, LINE = Pt(16), Pt(22), Pt(12), Pt(28)
_CLASS = re.compile(r' class="([^"]*)"')
_BLACK = RGBColor(0, 0, 0)


def document_to_docx(document: Publishable) -> bytes:
    """Return the document as the bytes of a .docx file."""
    paper = docx.Document()
    _set_page(paper)
    _set_style(paper, "Normal", BODY)
    _set_style(paper, "Heading 2", FIRST)
    _set_style(paper, "Heading 3", SECOND)
    _set_style(paper, "Heading 4", BODY, bold=True)
    paper.core_properties.title = storable(document.title)
    paper.core_properties.author = storable(document.issuer or document.agency.name)
    _centred(paper, storable(document.title), TITLE, TITLE_SIZE)
    if document.doc_number:
        _centred(paper, storable(document.doc_number), BODY, BODY_SIZE)
    _add_body(paper, document.body)
    _add_attachment_list(paper, document)
    out = BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_page(paper: Any) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)


def _set_style(paper: Any, name: str, font: str, *, bold: bool = False) -> None:
    style = paper.styles[name]
    style.font.size, style.font.bold, style.font.italic = BODY_SIZE, bold, False
    style.font.color.rgb = _BLACK
    _set_font(style, font)
    shape = style.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    shape.space_before = shape.space_after = Pt(0)


def _set_font(holder: Any, font: str) -> None:
    """Name the font for Latin letters and, by hand, the one for Chinese (w:eastAsia)."""
    holder.font.name = LATIN
    fonts = holder.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _centred(paper: Any, text: str, font: str, size: Any) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
    paragraph.paragraph_format.line_spacing = 1.4
    paragraph.paragraph_format.space_after = Pt(14)
    run = paragraph.add_run(text)
    run.font.size = size
    _set_font(run, font)


def _add_body(paper: Any, body: str) -> None:
    """Add the cleaned body. Pictures and links to files are not in our rich text, so nothing is fetched."""
    start = len(paper.paragraphs)
    HtmlToDocx().add_html_to_document(_CLASS.sub(_as_style, cleaned_markup(body)), paper)
    for paragraph in paper.paragraphs[start:]:
        # What no class aligned is running text; 顶格 paragraphs say "left" outright (`_as_style`).
        if paragraph.alignment is None and paragraph.style.name == "Normal":
            _indent_two_characters(paragraph)
    for table in paper.tables:
        _set_table(table)


def _as_style(match: re.Match[str]) -> str:
    names = match.group(1).split()
    for name in names:
        if name.startswith("align-"):
            return f' style="text-align: {name.removeprefix("align-")}"'
    return ' style="text-align: left"' if "no-indent" in names else ""


def _indent_two_characters(paragraph: Any) -> None:
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(BODY_SIZE.pt * 2 * 20)))


def _set_table(table: Any) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    if "Table Grid" in {style.name for style in table.part.document.styles}:
        table.style = "Table Grid"
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
                for run in paragraph.runs:
                    run.font.size = TABLE_SIZE
    if table.rows:
        _repeat_header(table.rows[0])


def _repeat_header(row: Any) -> None:
    """Repeat the first row on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _add_attachment_list(paper: Any, document: Any) -> None:
    """附件: the names in order, as GB/T 9704 sets them under the text."""
    titles = [storable(attachment.title) for attachment in document.attachments.all()]
    for number, title in enumerate(titles, start=1):
        lead = "附件：" if number == 1 else "　　　"
        count = f"{number}. " if len(titles) > 1 else ""
        _indent_two_characters(paper.add_paragraph(f"{lead}{count}{title}"))
