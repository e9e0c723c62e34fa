"""Every sentence of the issue on bad input: errors at their cells, as Excel shows them."""

import zipfile

import openpyxl
import pytest

from catalog.exchange import problems
from catalog.exchange.reader import read_catalog
from tests.catalog.conftest import CAPTION, HEADER, row, save_book


def only_error(result):
    assert len(result.errors) == 1, [e.message for e in result.errors]
    return result.errors[0]


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"",
        b"<html><p>\xe7\x9b\xae\xe5\xbd\x95</p></html>",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"%PDF-1.4",
    ],
)
def test_not_a_workbook(tmp_path, fields, data):
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    assert only_error(read_catalog(path, fields)).message.startswith("这不是 Excel 工作簿")


def test_a_zip_that_is_no_workbook_and_a_broken_one(tmp_path, fields):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert only_error(read_catalog(path, fields)).message.startswith("这不是 Excel 工作簿")
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 100)
    assert only_error(read_catalog(path, fields)).message.startswith("文件已损坏")


def test_any_broken_archive_is_a_sentence(catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")])
    whole = path.read_bytes()
    directory = whole.index(b"PK\x01\x02")
    for position in (30, directory + 8, directory + 46, len(whole) - 10):
        broken = bytearray(whole)
        broken[position : position + 3] = b"\xd3\xff\xfe"
        path.write_bytes(bytes(broken))
        assert read_catalog(path, fields).errors or read_catalog(path, fields).drafts
    path.write_bytes(whole[: len(whole) // 2])
    assert only_error(read_catalog(path, fields)).message.startswith("文件已损坏")


def test_encrypted_and_old_formats(tmp_path, fields):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    path = tmp_path / "a.xlsx"
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 100)
    assert "密码" in only_error(read_catalog(path, fields)).message
    path.write_bytes(ole)
    assert "已损坏" in only_error(read_catalog(path, fields)).message
    path.write_bytes(b"\x09\x08\x08\x00\x00\x05\x05\x00" + b"\x00" * 100)
    assert "Excel 95" in only_error(read_catalog(path, fields)).message


def test_no_header_row(tmp_path, fields):
    path = save_book(tmp_path / "a.xlsx", {"表一": [[CAPTION], ["一", "二", "三"], [1, "甲", "乙"]]})
    error = only_error(read_catalog(path, fields))
    assert (error.sheet, error.message[:8]) == ("表一", "没有找到表头。标")


def test_a_table_of_site_columns_is_refused(tmp_path, fields):
    rows = [
        ["生态环境领域公开目录（栏目表）"],
        ["一级栏目", "二级栏目", "三级栏目", "备注"],
        ["首页", "通知公告", None, "按实际更新"],
    ]
    error = only_error(read_catalog(save_book(tmp_path / "a.xlsx", {"表": rows}), fields))
    assert error.message.startswith("这是网站栏目表")


def test_a_header_without_items(catalog_file, fields):
    assert "没有事项" in only_error(read_catalog(catalog_file([]), fields)).message


def test_a_formula_without_a_value_outside_the_serials(catalog_file, fields):
    rows = [row(1, "低保", "甲"), row(2, None, "乙", limit='="20个工作日"')]
    error = only_error(read_catalog(catalog_file(rows), fields))
    assert (error.sheet, error.row, error.column) == ("Sheet1", 5, "F")
    assert "公式" in error.message


def test_a_formula_without_a_value_in_caption_or_footnote(catalog_file, fields):
    error = only_error(
        read_catalog(
            catalog_file([row(1, "低保", "甲")], caption='=A9&"社会救助领域标准目录"'),
            fields,
            field_slug="jiuye",
        )
    )
    assert error.cell == "A1"


@pytest.mark.parametrize(
    ("value", "words"),
    [(1234567890123456, "16 位"), (370101199001011234, "18 位"), (3.14, "3.14"), (0.5, "0.5")],
)
def test_numbers_in_a_column_of_text(catalog_file, fields, value, words):
    result = read_catalog(catalog_file([row(1, "低保", "甲", content=value)]), fields)
    error = only_error(result)
    assert (error.sheet, error.cell) == ("Sheet1", "D4")
    assert words in error.message


def test_whole_numbers_become_text_and_long_digits_typed_as_text_stay(catalog_file, fields):
    result = read_catalog(
        catalog_file([row(1.0, "低保", "甲", content=12345.0, basis="370101199001011234")]), fields
    )
    assert result.errors == []
    draft = result.drafts[0]
    assert (draft.serial, draft.content, draft.basis) == ("1", "12345", "370101199001011234")


def test_all_errors_stand_in_one_report(catalog_file, fields):
    rows = [
        row(1, "低保", "甲", content=0.5),
        row(2, None, "乙", basis='=1&"x"'),
        row(3, None, "丙", subject=1.5),
    ]
    assert {e.cell for e in read_catalog(catalog_file(rows), fields).errors} == {"D4", "E5", "G6"}


def test_error_values(tmp_path, catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")])
    book = openpyxl.load_workbook(path)
    book.active["E4"] = "#REF!"
    book.active["E4"].data_type = "e"
    book.save(path)
    error = only_error(read_catalog(path, fields))
    assert (error.cell, "#REF!" in error.message) == ("E4", True)


@pytest.mark.parametrize(
    ("cell", "words"), [("A200001", "200001"), ("XFD1048576", "1048576"), ("GS4", "201")]
)
def test_too_many_rows_or_columns(catalog_file, fields, cell, words):
    path = catalog_file([row(1, "低保", "甲")])
    book = openpyxl.load_workbook(path)
    book.active[cell] = "x"
    book.save(path)
    error = only_error(read_catalog(path, fields))
    assert (error.sheet, error.row) == (None, None)
    assert words in error.message


def test_formatting_far_away_is_no_content(catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")])
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"].number_format = "0.00"
    book.save(path)
    assert read_catalog(path, fields).errors == []


def _rewrite(path, part, change):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_entities_are_not_expanded(catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")])
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    _rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda data: doctype + data.partition(b"?>")[2] if b"?>" in data else doctype + data,
    )
    assert only_error(read_catalog(path, fields)).message.startswith("文件已损坏")


def test_broken_xml_and_huge_parts(catalog_file, fields, monkeypatch):
    path = catalog_file([row(1, "低保", "甲")])
    monkeypatch.setattr("catalog.exchange.archive.MAX_UNPACKED_BYTES", 2_000)
    assert "过大" in only_error(read_catalog(path, fields)).message
    monkeypatch.undo()
    _rewrite(path, "xl/worksheets/sheet1.xml", lambda data: data[: len(data) // 2])
    assert only_error(read_catalog(path, fields)).message.startswith("文件已损坏")


def test_a_merge_over_the_whole_sheet_costs_nothing(catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")])
    _rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b'ref="A2:A3"', b'ref="A1:XFD1048576"'),
    )
    assert "合并" in only_error(read_catalog(path, fields)).message


def test_an_unknown_field_offers_the_nearest(catalog_file, fields):
    path = catalog_file([row(1, "低保", "甲")], caption="青澜县社会求助领域基层政务公开标准目录")
    error = only_error(read_catalog(path, fields))
    assert (error.cell, "社会救助（shehui-jiuzhu）" in error.message) == ("A1", True)


def test_a_name_that_only_looks_like_a_field(catalog_file, fields):
    # 人民政府 holds 民政, an alias of 社会救助.
    path = catalog_file([row(1, "政策", "甲")], caption="保安镇人民政府政务信息主动公开基本目录")
    assert "看不出属于哪个领域" in only_error(read_catalog(path, fields)).message


def test_an_unknown_first_level_stands_at_its_cell(catalog_file, fields):
    rows = [row(i, name, f"事项{i}") for i, name in enumerate(["扶贫", "救灾", "就业", "食品监管"], start=1)]
    error = only_error(read_catalog(catalog_file(rows, caption="松岗镇标准目录"), fields))
    assert (error.cell, "食品药品监管" in error.message) == ("B7", True)


def test_a_report_has_an_end(catalog_file, fields, monkeypatch):
    monkeypatch.setattr("catalog.exchange.reader.MAX_PROBLEMS", 3)
    rows = [row(i, "低保", f"事项{i}", content=0.5) for i in range(1, 9)]
    assert len(read_catalog(catalog_file(rows), fields).errors) == 3


def test_the_bounds_are_those_of_the_design():
    assert (problems.MAX_ROWS, problems.MAX_COLUMNS) == (200_000, 200)


def test_row_and_column_names():
    assert [problems.column_letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert problems.column_number("AAA") == 703
    assert problems.Problem("x", "表", 7, "E").cell == "E7"


def test_header_row_alone_is_found_below_leading_rows(tmp_path, fields):
    path = save_book(
        tmp_path / "a.xlsx", {"社会救助": [[], [], ["附件1"], [CAPTION], *HEADER, row(1, "低保", "甲")]}
    )
    assert [draft.rows for draft in read_catalog(path, fields).drafts] == [[7]]


@pytest.mark.parametrize("escape", ["_x0000_", "_x0008_", "_x001F_", "_xD800_", "_xDFFF_", "_xFFFF_"])
def test_escaped_characters_that_no_database_holds_are_left_out(catalog_file, fields, escape):
    result = read_catalog(catalog_file([row(1, "低保", "甲", f"检查{escape}结果_x0041_")]), fields)
    assert result.errors == []
    assert result.drafts[0].content == "检查结果A"
