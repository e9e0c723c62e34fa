"""A document as Word file, set as an official paper."""

import io

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm

from disclosure.models import Attachment
from disclosure.rich_text import cleaned_markup, to_text
from disclosure.word import document_to_docx
from tests.factories import DocumentFactory

BODY = (
    '<p class="no-indent">各乡镇人民政府:</p><h2>一、总体要求</h2><h3>(一)标准</h3>'
    "<p>城市每月<strong>905元</strong>。</p>"
    "<ol><li>第一</li><li>第二</li></ol>"
    '<table><thead><tr><th colspan="2">标准</th></tr></thead>'
    '<tbody><tr><td rowspan="2">城市</td><td>905</td></tr>'
    "<tr><td>710</td></tr></tbody></table>"
    '<p class="align-right">青澜县民政局</p><p class="align-right">2026年3月2日</p>'
    '<p>见<a href="https://example.gov.cn/">网站</a><br>下一行 &lt;完&gt;</p>'
)


@pytest.fixture
def paper(db):
    document = DocumentFactory(
        title="关于提高低保标准的通知", doc_number="青民发〔2026〕7号", body=BODY, issuer="青澜县民政局"
    )
    for position, title in enumerate(["标准表", "申请表"]):
        Attachment.objects.create(document=document, title=title, position=position)
    return docx.Document(io.BytesIO(document_to_docx(document)))


def _by_text(paper, text):
    return next(paragraph for paragraph in paper.paragraphs if paragraph.text == text)


def test_title_number_and_signature_stand_where_they_belong(paper):
    title = _by_text(paper, "关于提高低保标准的通知")
    assert title.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert _by_text(paper, "青民发〔2026〕7号").alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert _by_text(paper, "2026年3月2日").alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert paper.core_properties.author == "青澜县民政局"


def test_running_text_is_indented_and_the_salutation_is_not(paper):
    def indent(text):
        found = _by_text(paper, text)._p.pPr.find(qn("w:ind"))
        return None if found is None else found.get(qn("w:firstLineChars"))

    assert indent("城市每月905元。") == "200"
    assert indent("各乡镇人民政府:") is None
    assert indent("2026年3月2日") is None


def test_page_and_chinese_fonts(paper):
    section = paper.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert abs(section.left_margin - Cm(2.8)) < Cm(0.01)

    def chinese(name):
        return paper.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))

    assert (chinese("Normal"), chinese("Heading 2"), chinese("Heading 3")) == (
        "仿宋_GB2312",
        "黑体",
        "楷体_GB2312",
    )
    run = _by_text(paper, "关于提高低保标准的通知").runs[0]
    assert run._r.rPr.rFonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    assert [p.style.name for p in paper.paragraphs if p.text.startswith(("一、", "(一)"))] == [
        "Heading 2",
        "Heading 3",
    ]


def test_tables_keep_merged_cells_and_repeat_their_header(paper):
    table = paper.tables[0]
    assert table.cell(0, 0)._tc is table.cell(0, 1)._tc
    assert table.cell(1, 0)._tc is table.cell(2, 0)._tc
    assert [table.cell(1, 1).text.strip(), table.cell(2, 1).text.strip()] == ["905", "710"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_no_word_is_lost(paper):
    words = "".join("".join(node.text or "" for node in paper.element.body.iter(qn("w:t"))).split())
    listed = "附件：1.标准表2.申请表"
    assert "".join(to_text(cleaned_markup(BODY)).split()) in words.replace(listed, "")
    # 附件说明 above the 落款
    assert f"{listed}青澜县民政局2026年3月2日" in words


def test_head_signature_and_page_numbers(paper):
    mark, number, *_ = (one for one in paper.paragraphs if one.text)
    assert (mark.text, str(mark.runs[0].font.color.rgb)) == ("青澜县民政局文件", "C81010")
    assert number._p.pPr.find(qn("w:pBdr")) is not None

    def right(text):
        return _by_text(paper, text)._p.pPr.find(qn("w:ind")).get(qn("w:rightChars"))

    # 2026年3月2日 is six characters wide, as the name is: the date begins two characters in from it.
    assert (right("青澜县民政局"), right("2026年3月2日")) == ("400", "200")
    footers = [paper.sections[0].footer, paper.sections[0].even_page_footer]
    assert [one.paragraphs[0].alignment for one in footers] == [
        WD_ALIGN_PARAGRAPH.RIGHT,
        WD_ALIGN_PARAGRAPH.LEFT,
    ]
    assert all("PAGE" in one.paragraphs[0]._p.xml for one in footers)


@pytest.mark.parametrize(
    "body", ["", "<p></p>", "<table></table>", "<table><tr></tr></table>", "<li>甲</li>", "甲<td>乙"]
)
@pytest.mark.django_db
def test_odd_bodies_make_a_file_all_the_same(body):
    assert docx.Document(io.BytesIO(document_to_docx(DocumentFactory(body=body))))
