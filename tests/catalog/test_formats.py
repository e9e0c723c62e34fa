"""One table in every format: the same items, judged by content whatever the file is called."""

import codecs
import contextlib

import pytest
import python_calamine

from catalog.exchange.problems import UnreadableFile
from catalog.exchange.reader import read_catalog
from catalog.exchange.workbook import read_workbook
from tests.catalog.conftest import CAPTION, HEADER, HEADER_MERGES, row, save_book
from tests.catalog.other_formats import WRITERS, csv_text, write_html, write_ods, write_xls

MERGES = {"社会救助": HEADER_MERGES}
ROWS = [
    row(505, "低保", "政策\n文件", channels="■政府网站  □政府公报\n■其他：浙江政务服务网"),
    row(506, None, "办事指南", limit="同上", group="√入住老人"),
    row(507, "特困", "审核信息 <&>", basis='《条例》"第三条"', whole=None, town="√"),
]


@pytest.fixture
def grids(tmp_path):
    import openpyxl

    path = save_book(
        tmp_path / "source.xlsx",
        {"社会救助": [[CAPTION], *HEADER, *ROWS], "旧表": [[CAPTION], *HEADER, row(1, "旧", "旧")]},
        {"社会救助": [*HEADER_MERGES, "B4:B5", "A1:N1"], "旧表": HEADER_MERGES},
    )
    book = openpyxl.load_workbook(path)
    for number in (4, 5, 6):
        book.worksheets[0].cell(number, 1).number_format = "0000"
    book.worksheets[0].row_dimensions[5].hidden = True
    book.worksheets[1].sheet_state = "hidden"
    book.save(path)
    return read_workbook(path)


def essence(result):
    return [
        (
            d.serial,
            d.levels,
            d.content,
            d.basis,
            d.time_limit,
            d.channels,
            d.audience,
            d.manner,
            d.tiers,
            d.rows,
        )
        for d in result.drafts
    ]


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb"])
@pytest.mark.parametrize("name", ["目录.{}", "目录.et", "目录.xlsx"])
def test_the_same_items_under_any_name(tmp_path, fields, grids, kind, name):
    wanted = read_catalog(tmp_path / "source.xlsx", fields)
    assert [draft.serial for draft in wanted.drafts] == ["0505", "0506", "0507"]
    result = read_catalog(WRITERS[kind](tmp_path / name.format(kind), grids), fields)
    assert [error.message for error in result.errors] == []
    assert essence(result) == essence(wanted)


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_hidden_sheets_rows_and_merges_are_known(tmp_path, grids, kind):
    found = WRITERS[kind](tmp_path / "a", grids)
    shown, hidden = read_workbook(found)
    assert (shown.name, shown.hidden, hidden.name, hidden.hidden) == ("社会救助", False, "旧表", True)
    assert shown.hidden_rows == {5}
    assert sorted(shown.merges, key=lambda m: (m.top, m.left)) == sorted(
        grids[0].merges, key=lambda m: (m.top, m.left)
    )


@pytest.mark.parametrize("kind", ["xml", "html"])
def test_web_tables_and_xml_that_call_themselves_xls(tmp_path, fields, grids, kind):
    wanted = read_catalog(tmp_path / "source.xlsx", fields)
    for cells in grids[0].cells.values():  # without the formats of numbers
        for column, cell in cells.items():
            if cell.zeros:
                cells[column] = type(cell)("text", "0" + cell.text)
    result = read_catalog(WRITERS[kind](tmp_path / "目录.xls", grids[:1]), fields, field_slug="shehui-jiuzhu")
    assert [error.message for error in result.errors] == []
    assert [item[:9] for item in essence(result)] == [(*item[:5], *item[5:9]) for item in essence(wanted)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_tables(tmp_path, fields, grids, separator, encoding):
    path = tmp_path / "目录.csv"
    path.write_bytes(csv_text(grids[0], separator).encode(encoding))
    result = read_catalog(path, fields)
    assert [error.message for error in result.errors] == []
    wanted = read_catalog(tmp_path / "source.xlsx", fields)
    assert [(d.levels, d.content) for d in result.drafts] == [(d.levels, d.content) for d in wanted.drafts]


def test_a_formula_without_a_value_is_told_from_zero(tmp_path, fields):
    rows = [row(1, "低保", "甲", limit='="20个"&"工作日"')]
    source = save_book(
        tmp_path / "s.xlsx", {"社会救助": [[CAPTION], *HEADER, *rows]}, {"社会救助": HEADER_MERGES}
    )
    grids = read_workbook(source)
    for write in (write_xls, write_ods):
        result = read_catalog(write(tmp_path / "a", grids), fields)
        assert [(e.cell, "公式" in e.message) for e in result.errors] == [("F4", True)]


def test_texts_that_run_over_records_of_an_old_workbook(tmp_path):
    """The shared strings of a .xls are cut into records of 8,224 bytes, within a text too."""
    import xlwt

    texts = [("甲乙丙" * 700 if n % 3 else "abc" * 900) + str(n) for n in range(60)]
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for number, text in enumerate(texts):
        sheet.write(number, 0, text)
        sheet.write(number, 1, number / 4)
        sheet.write(number, 2, number * 1000)
    book.save(str(tmp_path / "a.xls"))
    (grid,) = read_workbook(tmp_path / "a.xls")
    assert [grid.cells[n + 1][1].text for n in range(60)] == texts
    assert [float(grid.cells[n + 1][2].text) for n in range(60)] == [n / 4 for n in range(60)]
    assert [grid.cells[n + 1][3].text for n in range(60)] == [str(n * 1000) for n in range(60)]


def test_our_reading_of_an_old_workbook_agrees_with_calamine(tmp_path, grids):
    path = write_xls(tmp_path / "a.xls", grids)
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    table = sheet.to_python(skip_empty_area=False)
    for number, cells in read_workbook(path)[0].cells.items():
        for column, cell in cells.items():
            other = table[number - 1][column - 1]
            assert cell.text == (str(int(other)) if isinstance(other, int | float) else other)


def unreadable(path, data):
    path.write_bytes(data)
    with pytest.raises(UnreadableFile) as raised:
        read_workbook(path)
    return str(raised.value)


def test_what_cannot_be_read_gets_a_sentence(tmp_path, grids):
    path = tmp_path / "a.xls"
    whole = write_xls(tmp_path / "b.xls", grids).read_bytes()
    assert "已损坏" in unreadable(path, whole[:600])
    position = whole.index(b"\x09\x08\x10\x00\x00\x06")
    old = whole[: position + 4] + b"\x00\x05" + whole[position + 6 :]
    assert "Excel 95" in unreadable(path, old)
    locked = whole[: position + 20] + b"\x2f\x00\x36\x00" + whole[position + 24 :]
    assert "打开密码" in unreadable(path, locked)
    name, other = ("Workbook".encode("utf-16-le"), "Nothing!".encode("utf-16-le"))
    assert "不是 Excel" in unreadable(path, whole.replace(name, other))
    assert "不是 Excel" in unreadable(path, b"<html><frameset></frameset></html>")
    assert "不是 Excel" in unreadable(path, codecs.BOM_UTF16_LE + b"\x00\xd8\x00\xd8")


def test_an_encrypted_ods(tmp_path, grids):
    import zipfile

    path = write_ods(tmp_path / "a.ods", grids)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = parts["META-INF/manifest.xml"].replace(
        b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (parts | {"META-INF/manifest.xml": manifest}).items():
            archive.writestr(name, data)
    with pytest.raises(UnreadableFile, match="密码"):
        read_workbook(path)


def test_repeats_of_an_ods_are_bounded(tmp_path, grids):
    import time
    import zipfile

    cell = '<table:table-cell office:value-type="string"{}><text:p>满</text:p></table:table-cell>'
    spans = ' table:number-rows-spanned="1048576" table:number-columns-spanned="16384"'
    for many, inside in (
        (' table:number-rows-repeated="1048576"', cell.format("") * 150),
        ("", cell.format(' table:number-columns-repeated="999999999"')),
        ("", cell.format(spans)),
    ):
        line = f'<table:table table:name="x"><table:table-row{many}>{inside}</table:table-row></table:table>'
        path = write_ods(tmp_path / "a.ods", grids)
        with zipfile.ZipFile(path) as archive:
            content = archive.read("content.xml").decode()
        content = content.replace("</office:spreadsheet>", line + "</office:spreadsheet>")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", content)
        before = time.monotonic()
        with contextlib.suppress(UnreadableFile):
            read_workbook(path)
        assert time.monotonic() - before < 60


def test_what_stands_beside_the_text_of_an_ods_cell_is_left_out(tmp_path):
    from catalog.exchange.archive import parse_xml
    from catalog.exchange.filling import Budget
    from catalog.exchange.ods import OdsContent

    names = "".join(
        f' xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"'
        for p in ("table", "office", "text", "draw")
    )
    content = OdsContent(Budget())
    data = (
        f"<office:document-content{names}><office:spreadsheet><table:tracked-changes><table:table-cell>"
        "<text:p>旧</text:p></table:table-cell></table:tracked-changes><table:table table:name='表'>"
        "<table:table-row><table:table-cell office:value-type='string'>"
        "<office:annotation><text:p>批注</text:p></office:annotation>"
        "<text:p>第一<text:span>行</text:span><text:s text:c='2'/>尾</text:p>"
        "<text:p>第二行</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
        "</office:document-content>"
    )
    parse_xml(iter([data.encode()]), content)
    (grid,) = content.grids
    assert grid.cells[1][1].text == "第一行  尾\n第二行"


def test_an_html_page_is_read_in_one_pass(tmp_path):
    import time

    path = tmp_path / "a.xls"
    for piece in ("<!--", "<td", "<script>", "<table><tr><td>", "<td rowspan=99999 colspan=99999>"):
        path.write_text("<html><table><tr><td>x</td><td>y</td></tr>" + piece * 60_000, encoding="utf-8")
        before = time.monotonic()
        with contextlib.suppress(UnreadableFile):
            read_workbook(path)
        assert time.monotonic() - before < 30


def test_a_workbook_part_that_bears_a_number(tmp_path, fields):
    """Excel on the web writes xl/workbook22.xml and says so in the relations."""
    import zipfile

    path = save_book(
        tmp_path / "a.xlsx",
        {"社会救助": [[CAPTION], *HEADER, row(1, "低保", "甲")]},
        {"社会救助": HEADER_MERGES},
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(
                name.replace("xl/workbook.xml", "xl/workbook22.xml")
                .replace("workbook.xml.rels", "workbook22.xml.rels")
                .replace("/", "\\"),
                data.replace(b"xl/workbook.xml", b"xl/workbook22.xml") if name == "_rels/.rels" else data,
            )
    assert [d.levels for d in read_catalog(path, fields).drafts] == [["低保", "甲"]]


def test_web_page_saved_under_the_name_of_xls_keeps_line_breaks(tmp_path, grids):
    path = write_html(tmp_path / "a.xls", grids[:1])
    assert read_workbook(path)[0].cells[4][3].text == "政策\n文件"
