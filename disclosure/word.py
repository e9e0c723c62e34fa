"""A document as Word file, set as an official paper (公文): for `/documents/<id>.docx`.

Page, margins, type sizes and fonts after GB/T 9704: A4, title in 小标宋 22 pt centred, body in 仿宋 16 pt
with two characters' indent and 28 pt lines, 一、 in 黑体, (一) in 楷体. A numbered paper has its 版头: the
issuer's mark in red 小标宋, the number, a red line. 附件说明 stands under the text and above the 落款, which
is set as for a paper without seal; page numbers in 四号宋体 between dashes, odd ones right, even ones left.
A font that the reader's machine lacks is replaced there by its nearest; the names are the office programs'.
"""

from __future__ import annotations

import re
import unicodedata
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
NUMBERS = "宋体"
BODY_SIZE, TITLE_SIZE, TABLE_SIZE, LINE = Pt(16), Pt(22), Pt(12), Pt(28)
#: The mark of the issuer (发文机关标志): never higher than 22 × 15 mm, on one line of 156 mm.
_MARK_LARGEST, _MARK_WIDTH = 52, 442
_RED = RGBColor(0xC8, 0x10, 0x10)
_DATE = re.compile(r"[年]\s*\S{1,3}\s*月\s*\S{1,3}\s*日")
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
    if document.doc_number:
        _add_head(paper, document)
    _centred(paper, storable(document.title), TITLE, TITLE_SIZE)
    start = len(paper.paragraphs)
    _add_body(paper, document.body)
    signature = _signature(paper, start)
    _add_attachment_list(paper, document, before=signature[0] if signature else None)
    _set_signature(signature)
    _number_pages(paper)
    out = BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_page(paper: Any) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)


def _add_head(paper: Any, document: Publishable) -> None:
    """版头: mark of the issuer, number, red line (GB/T 9704, 7.2)."""
    issuer = storable(document.issuer or document.agency.name)
    # A letter (函) and a notice to the public bear the name alone.
    genre = getattr(document, "genre", "")
    mark = issuer if genre in {"函", "公告", "通告", "命令", "纪要"} else f"{issuer}文件"
    size = max(20, min(_MARK_LARGEST, int(_MARK_WIDTH / _width(mark))))
    head = _centred(paper, mark, TITLE, Pt(size))
    head.paragraph_format.space_before, head.paragraph_format.space_after = Pt(28), Pt(36)
    head.runs[0].font.color.rgb = _RED
    number = _centred(paper, storable(document.doc_number), BODY, BODY_SIZE)
    number.paragraph_format.space_after = Pt(34)
    line = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "11"), ("color", "C81010")):
        bottom.set(qn(f"w:{name}"), value)
    line.append(bottom)
    shape = number._p.get_or_add_pPr()
    # The schema wants borders before spacing and alignment.
    shape.insert_element_before(
        line, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr"
    )


def _number_pages(paper: Any) -> None:
    """Page numbers: 四号, — 1 —, odd pages right, even pages left, one character from the edge."""
    paper.settings.odd_and_even_pages_header_footer = True
    section = paper.sections[0]
    section.footer_distance = Cm(2.5)
    for footer, place, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left"),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = place
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn(f"w:{side}Chars"), "100")
        for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
            run = paragraph.add_run(text)
            run.font.size = Pt(14)
            _set_font(run, NUMBERS)
            if field:
                _add_field(run, field)


def _add_field(run: Any, name: str) -> None:
    for kind in ("begin", "", "end"):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = f" {name} "
        run._r.append(mark)


def _width(text: str) -> float:
    """Width in Chinese characters."""
    return sum(1 if unicodedata.east_asian_width(letter) in "WF" else 0.5 for letter in text)


def _signature(paper: Any, start: int) -> list[Any]:
    """The 落款: the last run of paragraphs on the right that ends in a date."""
    found: list[Any] = []
    for paragraph in reversed(paper.paragraphs[start:]):
        if paragraph.alignment == WD_ALIGN_PARAGRAPH.RIGHT and paragraph.text.strip():
            found.insert(0, paragraph)
        elif found:
            break
    return found if found and _DATE.search(found[-1].text) else []


def _set_signature(paragraphs: list[Any]) -> None:
    """Two characters from the right, the date two characters in from the name (GB/T 9704, 7.3.5.2)."""
    if not paragraphs:
        return
    *names, date = paragraphs
    width = _width(date.text.strip())
    name = _width(names[-1].text.strip()) if names else 0
    date_right = max(2.0, name - width) if names else 4.0
    name_right = max(2.0, 2 + date_right + width - name) if names else 2.0
    for paragraph, right in [*((one, name_right) for one in names), (date, date_right)]:
        indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
        indent.set(qn("w:rightChars"), str(round(right * 100)))
        indent.set(qn("w:right"), str(round(right * BODY_SIZE.pt * 20)))


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


def _centred(paper: Any, text: str, font: str, size: Any) -> Any:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
    paragraph.paragraph_format.line_spacing = 1.4
    paragraph.paragraph_format.space_after = Pt(14)
    run = paragraph.add_run(text)
    run.font.size = size
    _set_font(run, font)
    return paragraph


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


def _add_attachment_list(paper: Any, document: Any, *, before: Any = None) -> None:
    """附件说明: the names in order under the text, above the 落款 `before` (GB/T 9704, 7.3.4)."""
    titles = [storable(attachment.title) for attachment in document.attachments.all()]
    for number, title in enumerate(titles, start=1):
        lead = "附件：" if number == 1 else "　　　"
        count = f"{number}. " if len(titles) > 1 else ""
        text = f"{lead}{count}{title}"
        new = before.insert_paragraph_before(text) if before is not None else paper.add_paragraph(text)
        _indent_two_characters(new)
        if number == 1:
            new.paragraph_format.space_before = LINE
    if titles and before is not None:
        before.paragraph_format.space_before = Pt(LINE.pt * 2)
