"""Files made to exhaust the server: small on disk, endless inside. Each is refused with a sentence, or read,
at once and within bounds of memory. Every one of them took minutes, gigabytes or an exception before."""

import bz2
import io
import struct
import time
import tracemalloc
import zipfile

import pytest

from catalog.exchange.archive import parse_xml
from catalog.exchange.biff import read_biff
from catalog.exchange.filling import Budget
from catalog.exchange.problems import UnreadableFile
from catalog.exchange.workbook import read_workbook

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
PARTS = {
    "_rels/.rels": '<Relationships><Relationship Id="a" Type="t/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="表" r:id="b"/></sheets></workbook>',
    RELATIONS: '<Relationships><Relationship Id="b" Type="t/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="c" Type="t/sharedStrings" Target="sharedStrings.xml"/>'
    '<Relationship Id="d" Type="t/styles" Target="styles.xml"/></Relationships>',
    SHEET: '<worksheet><sheetData><row><c t="inlineStr"><is><t>字</t></is></c></row></sheetData></worksheet>',
}
ODS = "<office:document-content><office:body><office:spreadsheet>"
SECONDS = 20


def book(parts, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in {**PARTS, **parts}.items():
            archive.writestr(name, data)
    return target.getvalue()


def sheet(inside):
    return book({SHEET: f"<worksheet>{inside}</worksheet>"})


def ods(content):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return target.getvalue()


def forged_bz2():
    """A part that says it has a few bytes, packed by a method that unpacks 2 KB into 2 GB at one stroke."""
    packer = bz2.BZ2Compressor()
    packed = b"".join(packer.compress(bytes(45_000_000)) for _ in range(4)) + packer.flush()
    plain = b"q" * len(packed)
    data = bytearray(book({SHEET: plain}, zipfile.ZIP_STORED).replace(plain, packed))
    for signature, method, name in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        place = -1
        while (place := data.find(signature, place + 1)) >= 0:
            if data[place + name :].startswith(SHEET.encode()):
                struct.pack_into("<H", data, place + method, zipfile.ZIP_BZIP2)
    return bytes(data)


def forged_list():
    """The list of the parts holds half a million of them."""
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0
    )
    listed = (entry[:46] + b"a") * 500_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), 4, 0)
    return b"PK\x03\x04" + listed + end


REFUSED = {
    "tags within tags": lambda: sheet("<a>" * 1_000_000),
    "tags within tags in a list": lambda: book({RELATIONS: "<Relationships>" + "<a>" * 1_000_000}),
    "names without end": lambda: sheet("".join(f"<a{n}/>" for n in range(200_000))),
    "a tag without end": lambda: sheet('<row r="' + "1" * 30_000_000 + '"/>'),
    "sheets without end": lambda: book(
        {"xl/workbook.xml": '<workbook xmlns:r="r">' + '<sheet name="表" r:id="b"/>' * 60_000 + "</workbook>"}
    ),
    "relations without end": lambda: book(
        {RELATIONS: "<Relationships>" + "".join(f'<Relationship Id="{n}"/>' for n in range(300_000))}
    ),
    "texts without end": lambda: book({STRINGS: "<sst>" + f"<si><t>{'字' * 30_000}</t></si>" * 3_500}),
    "a method that is no zip's": forged_bz2,
    "a list of parts without end": forged_list,
    "cells of one row": lambda: ods(
        f'{ODS}<table:table table:name="表"><table:table-row>'
        + '<table:table-cell office:value-type="string"><text:p>字</text:p></table:table-cell>' * 400_000
    ),
    "tables of an ods": lambda: ods(f"{ODS}{'<table:table/>' * 300_000}"),
    "tables of a page": lambda: b"<html>" + b"<table>" * 300_000,
    "tags within tags of a text": lambda: (
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">' + b"<a>" * 1_000_000
    ),
    "one line of a text": lambda: "甲,乙\n".encode() + "字字,".encode() * 2_500_000,
    "one row over many lines of a text": lambda: "甲,乙\n".encode() + '"字\n",'.encode() * 2_000_000,
    "a merge over everything": lambda: sheet(
        '<sheetData><row r="200000"><c r="S200000"><v>1</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="A1:S200000"/></mergeCells>'
    ),
}
READ = {
    "a text without end in a cell": lambda: sheet(
        f'<sheetData><row><c t="inlineStr"><is><t>{"a" * 60_000_000}</t></is></c></row></sheetData>'
    ),
    "a shared text without end": lambda: book({STRINGS: f"<sst><si><t>{'a' * 60_000_000}</t></si></sst>"}),
    "styles without end": lambda: book(
        {STYLES: f"<styleSheet><cellXfs>{'<xf/>' * 400_000}</cellXfs></styleSheet>"}
    ),
    "a format of brackets": lambda: book(
        {
            STYLES: f'<styleSheet><numFmt numFmtId="164" formatCode="{"[" * 300_000}"/>'
            '<cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>'
        }
    ),
    "blanks in a span": lambda: b"<table><tr><td rowspan=" + b" " * 400_000 + b">x</td></table>",
    "a character without end": lambda: b"<table><tr><td>x&#" + b"1" * 6_000 + b";</td></table>",
    "empty cells that span": lambda: (
        b"<table><tr><td>x</td>" + b"<td rowspan=9 colspan=200>" * 20_000 + b"</table>"
    ),
}


@pytest.fixture
def bounded(tmp_path):
    """Read a file; time and memory are bounds, not measures."""

    def read(data):
        path = tmp_path / "hostile"
        path.write_bytes(data)
        tracemalloc.start()
        begun = time.process_time()
        try:
            return read_workbook(path)
        finally:
            peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024
            tracemalloc.stop()
            # The text of a file may be held whole: 20 MB of it, three times over.
            assert peak < 260, peak
            assert time.process_time() - begun < SECONDS

    return read


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_sentence(bounded, name):
    with pytest.raises(UnreadableFile, match=r"。$"):
        bounded(REFUSED[name]())


@pytest.mark.parametrize("name", READ)
def test_read_all_the_same(bounded, name):
    assert bounded(READ[name]())[0].cells


def record(kind, payload=b""):
    return struct.pack("<HH", kind, len(payload)) + payload


BOOK = record(0x809, struct.pack("<HH", 0x600, 5).ljust(16, b"\0"))
LISTED = record(0x85, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"S")
END = record(0x0A)


def test_an_old_workbook():
    """Styles of a format that costs quadratic time; sheets that all lie at one place."""
    code = b"[" * 8_000
    shape = record(0x41E, struct.pack("<HHB", 164, len(code), 0) + code)
    styles = record(0xE0, struct.pack("<HH", 0, 164).ljust(20, b"\0")) * 3_000
    begun = time.process_time()
    assert len(read_biff(BOOK + shape + styles + LISTED + END, Budget())) == 1
    with pytest.raises(UnreadableFile, match="工作表超过"):
        read_biff(BOOK + LISTED * 100_000 + END, Budget())
    assert time.process_time() - begun < SECONDS


def test_what_lies_in_a_sheet_at_most():
    class Handler:
        def start(self, name, attrs): ...
        def end(self, name): ...
        def text(self, data): ...

    parse_xml(iter([b"<a>" * 200 + b"</a>" * 200]), Handler())
    with pytest.raises(UnreadableFile):
        parse_xml(iter([b"<a>" * 201 + b"</a>" * 201]), Handler())
    # Beside one another, not within one another, they may be any number.
    parse_xml(iter([b"<x:a>" + b"<x:b></x:b>" * 5_000 + b"</x:a>"]), Handler())
