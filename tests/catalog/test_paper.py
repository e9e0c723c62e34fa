"""How the books lie on paper, and what their cells do when somebody enters them anew."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from django.utils.timezone import localdate

from catalog.drafts import ChannelUse, Draft, comparable
from catalog.exchange.differences import write_difference
from catalog.exchange.layout import TableSpec
from catalog.exchange.paper import MAX_ROW_POINTS, fitting, line_count, put_head, sheet_name, when_entered
from catalog.exchange.reader import read_catalog
from catalog.exchange.writer import Table, write_xlsx
from catalog.layouts import LayoutColumn
from tests.factories import ItemFactory

A4, A3 = 9, 8
LONG = "申请人应当如实提供家庭成员的收入和财产情况，并配合调查核实。" * 120


def one(*levels, **values):
    common = {"content": "内容", "audience": ["全社会"], "tiers": ["县级"], "manner": ["主动公开"]}
    return Draft(levels=list(levels), field_slug="shehui-jiuzhu", **{**common, **values})


def written(drafts, own=(), **options):
    spec = TableSpec("社会救助", 19, own=tuple(own), **options)
    for draft in drafts:
        spec.note(draft)
    target = io.BytesIO()
    write_xlsx(target, [Table(spec, lambda: drafts)])
    return target.getvalue()


def sheet_of(data):
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


class TestHeights:
    """A printed page shows only what fits into its row."""

    @pytest.mark.parametrize(
        "more", [{}, {"content": ["其二", LONG]}, {"subject": ["乡镇人民政府"], "content": ["其二"]}]
    )
    def test_a_text_higher_than_a_row_stands_in_full_and_reads_back_as_one_item(self, more, tmp_path, fields):
        extra = {"more": more} if more else {}
        items = [
            one("低保", "政策"),
            one("低保", "标准", content=LONG, subject="民政局", extra=extra),
            one("低保", "公示"),
            one("特困", "政策"),
        ]
        data = written(items)
        (tmp_path / "long.xlsx").write_bytes(data)
        result = read_catalog(tmp_path / "long.xlsx", fields)
        assert [error.message for error in result.errors] == []
        assert [comparable(draft) for draft in result.drafts] == [comparable(item) for item in items]
        sheet = sheet_of(data)
        cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == LONG)
        merge = next(m for m in sheet.merged_cells.ranges if cell.coordinate in m)
        heights = [sheet.row_dimensions[row].height for row in range(merge.min_row, merge.max_row + 1)]
        assert max(heights) <= MAX_ROW_POINTS
        # 11.25 points is what Excel gives a line of 宋体 9.
        width = sheet.column_dimensions[cell.column_letter].width
        assert sum(heights) >= 11.25 * line_count(LONG, width)
        assert cell.alignment.vertical == "top"

    def test_a_narrow_table_shows_its_caption_and_legend(self):
        own = [LayoutColumn("serial", "序号"), LayoutColumn("level", "公开事项")]
        bare = Draft(levels=["甲"], field_slug="shehui-jiuzhu")
        narrow = sheet_of(written([bare], own, owner="青澜县人力资源和社会保障局"))
        wide = sheet_of(written([one("甲", "乙")]))
        for row in (1, 2):
            assert narrow.row_dimensions[row].height > 1.9 * wide.row_dimensions[row].height

    def test_long_captions_of_a_county_are_shown(self):
        caption = "公开渠道和载体（在相应的渠道前打勾，可以多选）" * 3
        own = [
            LayoutColumn("serial", "序号"),
            LayoutColumn("level", "公开事项"),
            LayoutColumn("tiers", "公开层级", "县直部门和开发区管委会所属各单位", "县级"),
            LayoutColumn("remark", caption, "", "remark"),
        ]
        sheet = sheet_of(written([one("甲")], own))
        both = sheet.row_dimensions[3].height + sheet.row_dimensions[4].height
        assert both >= 11.25 * line_count(caption, 12.2)
        assert sheet.row_dimensions[4].height >= 11.25 * line_count(own[2].sub, 5.5)

    def test_a_line_holds_whole_characters(self):
        # 13 units are 91 pixels: seven characters of 12 pixels, not seven and a half.
        assert [line_count("字" * n, 13) for n in (7, 8, 14, 15)] == [1, 2, 2, 3]
        assert line_count("甲\n乙\n\n丙", 13) == 4


class TestPage:
    """One page wide, and still to be read."""

    def test_the_official_table_is_on_a4_and_a_very_wide_one_on_a3(self):
        official = one("低保", "政策", telephone="12345", channels=[ChannelUse("政府网站", "required")])
        assert sheet_of(written([official])).page_setup.paperSize == A4
        extra = dict.fromkeys(("remark", "url", "办理地点", "责任领导"), "x")
        wide = one("一", "二", "三", "四", telephone="12345", tiers=["县级", "乡级", "村级"], extra=extra)
        sheet = sheet_of(written([wide]))
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (A3, "landscape")
        assert sheet.page_setup.fitToHeight == 0

    def test_the_name_of_a_run_hangs_from_its_upper_edge(self):
        # In the middle of the merged cell it could stand on the edge between two printed pages.
        sheet = sheet_of(written([one("低保", "政策"), one("低保", "指南"), one("特困", "政策")]))
        assert "B5:B6" in {str(merge) for merge in sheet.merged_cells.ranges}
        assert [sheet[cell].alignment.vertical for cell in ("B5", "B7", "C5")] == ["top", "center", "center"]

    def test_an_empty_book_is_a_page_too(self):
        target = io.BytesIO()
        write_xlsx(target, [])
        sheet = sheet_of(target.getvalue())
        assert sheet.page_setup.orientation == "landscape"
        assert "没有目录事项" in sheet["A1"].value


class TestEnteredAnew:
    """F2 and Enter in Excel or WPS leave a text as it is: the style says that it is one."""

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "=1+1",
                "+8613800000000",
                "-1",
                "@SUM(A1)",
                "＝１＋１",
                " =1",
                "'x",
                "0001",
                "3/5",
                "12%",
                "1e5",
            ),
            *(
                "370101199001011234",
                "11539921MB0000001A",
                "2026-03-02",
                "2026年3月2日",
                "TRUE",
                "0799-5210503",
            ),
        ],
    )
    def test_what_would_change(self, text):
        sheet = sheet_of(written([one("低保", "政策", content=text, telephone=text)]))
        for cell in (sheet["D5"], sheet["O5"]):
            assert (cell.value, cell.data_type) == (text, "s")
            assert (cell.quotePrefix, cell.number_format) == (True, "@")

    @pytest.mark.parametrize(
        "text",
        ["公开之日起20个工作日内", "《条例》（国务院令第711号）", "1.政策\n2.标准", "12345政务服务热线"],
    )
    def test_what_would_not(self, text):
        cell = sheet_of(written([one("低保", "政策", content=text)]))["D5"]
        assert (cell.value, cell.quotePrefix, cell.number_format) == (text, False, "General")

    def test_a_long_one_has_the_mark_alone(self):
        # Excel 2007 shows a text of more than 255 characters in a cell of the format 文本 as ####.
        text = "-" + "甲" * 300
        assert when_entered(text) == "mark"
        cell = sheet_of(written([one("低保", "政策", content=text)]))["D5"]
        assert (cell.value, cell.quotePrefix, cell.number_format) == (text, True, "General")

    def test_a_serial_number_stays_a_number(self):
        sheet = sheet_of(written([one("甲", serial="7"), one("乙", serial="0505")]))
        assert [(sheet[c].data_type, sheet[c].value) for c in ("A5", "A6")] == [("n", 7), ("s", "0505")]
        assert sheet["A5"].number_format == "General"


class TestSheetNames:
    """What Excel refuses as the name of a sheet never becomes one."""

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("a[b]:*?/\\c", "abc"),
            ("'引号'", "引号"),
            ("", "目录"),
            ("/", "目录"),
            ("History", "History2"),
            ("字" * 40, "字" * 31),
            ("\U00020000" * 20, "\U00020000" * 15),
        ],
    )
    def test_is_made_allowed(self, text, name):
        assert sheet_name(text, set()) == name

    def test_names_that_are_equal_after_cutting_are_told_apart(self):
        taken = set()
        names = [sheet_name("青澜县" * 12 + tail, taken) for tail in "ab" * 600]
        assert len({name.lower() for name in names}) == 1200
        assert max(len(name) for name in names) == 31
        assert [sheet_name(name, taken) for name in ("Plan", "PLAN")] == ["Plan", "PLAN2"]

    def test_a_book_of_such_names_opens(self):
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target)
        taken = set()
        for text in ("a'b", "#1", "R1C1", "A1", "TRUE", "名 称!", "history", "x" * 99):
            book.add_worksheet(sheet_name(text, taken)).repeat_rows(0)
        book.close()
        assert len(openpyxl.load_workbook(io.BytesIO(target.getvalue())).sheetnames) == 8


def test_a_text_that_a_cell_cannot_hold_says_where_the_whole_stands():
    assert fitting("字" * 32_767) == "字" * 32_767
    for text in ("字" * 32_768, "\U0001f600" * 16_384):
        cut = fitting(text)
        assert len(cut.encode("utf-16-le")) // 2 <= 32_767
        assert cut.endswith("全文见 CSV 或 JSON 导出）")


def test_a_head_does_not_take_markup_for_its_own(tmp_path):
    from catalog.exchange.paper import Formats

    path = tmp_path / "head.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    put_head(book.add_worksheet("x"), Formats(book), "<r><t>=1</t></r>", "x", [20.0])
    book.close()
    assert openpyxl.load_workbook(path).worksheets[0]["A1"].value == "<r><t>=1</t></r>"


@pytest.mark.django_db
def test_a_difference_of_long_texts_shows_them_whole():
    ItemFactory(levels=["甲", "乙"], content=LONG)
    ItemFactory(levels=["甲", "丙"])
    target = io.BytesIO()
    assert write_difference(target, date(2020, 1, 1), localdate())["added"] == 2
    sheet = openpyxl.load_workbook(io.BytesIO(target.getvalue()))["新增"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == LONG)
    merge = next(m for m in sheet.merged_cells.ranges if cell.coordinate in m)
    heights = [sheet.row_dimensions[row].height for row in range(merge.min_row, merge.max_row + 1)]
    assert max(heights) <= MAX_ROW_POINTS
    assert sum(heights) >= 11.25 * line_count(LONG, 31)
    assert f"A{merge.min_row}:A{merge.max_row}" in {str(m) for m in sheet.merged_cells.ranges}
    assert sheet.cell(merge.min_row, 1).alignment.vertical == "top"


def test_the_styles_of_a_book_are_few():
    data = written([one("低保", f"政策{n}", content=f"第{n}项", telephone=f"0799-{n}") for n in range(200)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("xl/styles.xml").count(b"<xf ") < 20
