"""Files and texts made to harm: refused with a sentence or made harmless, never an error or a hang."""

import io
import tracemalloc
import zipfile

import pytest

from disclosure import file_types, rich_text, services
from disclosure.models import Document
from disclosure.word import document_to_docx
from interpretation.exchange.records import read
from tests.factories import DocumentFactory

ODT = "application/vnd.oasis.opendocument.text"


def _archive(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _identify(content, name):
    return file_types.identify(io.BytesIO(content), name=name, size=len(content))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_huge_mimetype_is_not_unpacked(compression):
    content = _archive({"mimetype": bytes(60_000_000)}, compression)
    tracemalloc.start()
    try:
        with pytest.raises(file_types.RefusedFile):
            _identify(content, "文.odt")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_broken_mimetype_is_refused_in_words():
    content = bytearray(_archive({"mimetype": ODT}))
    start = 30 + len("mimetype")
    content[start : start + 8] = b"\xff" * 8
    with pytest.raises(file_types.RefusedFile, match="损坏"):
        _identify(bytes(content), "文.odt")


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"xl/workbook.bin": "x", "xl/macrosheets/sheet1.bin": "x"}, "表.xlsb"),
        ({"xl/workbook.xml": "x", "xl/MacroSheets/sheet1.xml": "x"}, "表.xlsx"),
        ({"mimetype": ODT, "Basic/Standard/Module1.xml": "x"}, "文.odt"),
    ],
)
def test_macros_outside_vba_are_refused(members, name):
    with pytest.raises(file_types.RefusedFile, match="宏"):
        _identify(_archive(members), name)


@pytest.mark.parametrize(
    ("span", "kept"), [("20000", "100"), ("9" * 5000, "100"), ("3", "3"), ("0", "1"), ("x", "1")]
)
def test_spans_of_cells_have_a_limit(span, kept):
    cell = f'<table><tr><th scope="a>b" colspan="{span}" rowspan="{span}">一</th></tr></table>'
    cleaned = rich_text.clean(cell).html
    assert f'colspan="{kept}"' in cleaned
    assert f'rowspan="{kept}"' in cleaned
    assert rich_text.clean(cleaned).html == cleaned


def test_words_that_look_like_a_span_stay():
    text = '<p>写 colspan="20000" 即可</p>'
    assert rich_text.clean(text).html == text


@pytest.mark.django_db
def test_control_characters_do_not_come_in(people):
    document = services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="低保\x0b标准\x01",
        summary="一\x02句",
        body="<p>正\x0b文&#1;一\n\t二</p>",
    )
    document.refresh_from_db()
    assert (document.title, document.summary) == ("低保标准", "一句")
    assert document.body == "<p>正文一\n\t二</p>"
    Document.objects.filter(pk=document.pk).update(body="无标记\x01")
    document.refresh_from_db()
    assert document.body == "无标记"


def test_control_characters_do_not_come_in_with_an_archive():
    line = '{"id": "a", "kind": "document", "title": "通\\u0001知", "body": "正\\u000b文"}'.encode()
    record = read([line]).records[0]
    assert record.values["title"] == "通知"
    assert record.values["body"] == "<p>正文</p>"


@pytest.mark.django_db
def test_what_is_stored_already_still_becomes_a_word_file(people):
    document = DocumentFactory(agency=people.minzheng, title="通\x0b知\x01", doc_number="青民发\x02")
    assert document_to_docx(document).startswith(b"PK")
