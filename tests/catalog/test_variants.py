"""Layouts that other counties use, each on a small file of our own: understood, or said at its cell."""

import datetime

import openpyxl
import pytest

from catalog.exchange.reader import read_catalog
from tests.catalog.conftest import CAPTION, HEADER, HEADER_MERGES, row, save_book

PLAIN = ["序号", "一级事项", "二级事项", "公开内容", "公开依据", "公开时限", "公开主体"]
BODY = [1, "低保", "指南", "内容", "《条例》", "及时公开", "民政局"]


@pytest.fixture
def read(tmp_path, fields):
    """Read sheets of rows: `read({"社会救助": rows}, merges=…)`, or one sheet named after a field."""

    def make(sheets, merges=None, change=None, **options):
        if isinstance(sheets, list):
            sheets = {"社会救助": [[CAPTION], *sheets]}
        path = save_book(tmp_path / "a.xlsx", sheets, merges)
        if change:
            book = openpyxl.load_workbook(path)
            change(book)
            book.save(path)
        result = read_catalog(path, fields, **options)
        assert [error.message for error in result.errors] == []
        return result

    return make


def warnings(result, word):
    return [(w.cell, w.message) for w in result.warnings if word in w.message]


def test_columns_in_another_order_and_a_first_item_that_looks_like_a_second_header_row(read):
    result = read(
        [
            [
                "公开主体",
                "公开方式",
                "公开对象",
                "二级事项",
                "公开时限",
                "公开依据",
                "公开内容",
                "一级事项",
                "序号",
            ],
            ["民政局", "主动公开", "全社会", "指南", "及时", "《条例》", "内容", "低保", 1],
            ["民政局", "依申请", "特定群体", "名单", "及时", "《条例》", "名单", None, 2],
        ]
    )
    assert [(d.serial, d.levels[-1], d.manner, d.audience) for d in result.drafts] == [
        ("1", "指南", ["主动公开"], ["全社会"]),
        ("2", "名单", ["依申请公开"], ["特定群体"]),
    ]


def test_a_header_of_three_rows_with_words_split_over_them(read):
    rows = [HEADER[0], [*HEADER[1][:9], "特定", *HEADER[1][10:]], [None] * 9 + ["群体"] + [None] * 4]
    result = read([*rows, row(1, "低保", "指南"), row(2, None, "名单")])
    assert [(d.serial, d.levels, d.tiers) for d in result.drafts] == [
        ("1", ["低保", "指南"], ["县级"]),
        ("2", ["低保", "名单"], ["县级"]),
    ]


def test_captions_with_numbers_marks_and_blanks(read):
    header = ["NO.", "(1)一级事项", "（2）二级 事项", "③公开内容", "4.公开依据", "５、公开时限", "公开主体*"]
    (draft,) = read([header, BODY]).drafts
    assert (draft.levels, draft.content, draft.basis, draft.time_limit, draft.subject) == (
        ["低保", "指南"], "内容", "《条例》", "及时公开", "民政局",
    )  # fmt: skip


def test_words_of_other_counties_for_the_levels(read):
    for names in (["主项", "子项"], ["事项分类", "事项名称"], ["大类", "小类"]):
        (draft,) = read([["序号", *names, *PLAIN[3:]], BODY]).drafts
        assert draft.levels == ["低保", "指南"]


def test_each_channel_a_column_to_be_ticked(read):
    result = read(
        [
            [*PLAIN, "公开渠道和载体", None, None],
            [None] * 7 + ["政府网站", "两微一端", "其他"],
            [*BODY, "√", "□", "√公示栏"],
            [2, None, "名单", "名单", "《条例》", "及时", "民政局", None, "√", None],
        ],
        {"社会救助": ["H2:J2", *(f"{letter}2:{letter}3" for letter in "ABCDEFG")]},
    )
    assert [[(use.name, use.mark) for use in d.channels] for d in result.drafts] == [
        [("政府网站", "required"), ("其他：公示栏", "required"), ("两微一端", "optional")],
        [("两微一端", "required")],
    ]
    assert [c.top for c in result.layouts[0].columns if c.kind == "channels"] == ["公开渠道和载体"]


def test_levels_of_government_named_otherwise(read):
    rows = [
        [*PLAIN, "公开层级", None, None],
        [None] * 7 + ["县", "乡镇（街道）", "村"],
        [*BODY, "√", "√", None],
    ]
    assert read(rows, {"社会救助": ["H2:J2"]}).drafts[0].tiers == ["县", "乡镇"]
    four = [[*HEADER[0], None, None], [*HEADER[1][:12], "省级", "市级", "县级", "乡级"]]
    (draft,) = read([*four, [*row(1, "低保", "指南")[:12], None, "√", "√", "√（镇）"]]).drafts
    assert (draft.tiers, draft.tier_words) == (["市级", "县级", "乡级"], {"乡级": "（镇）"})


@pytest.mark.parametrize(
    "tick", ["√", "✔️", "是", "Y", "P", "R", "ü", "\uf0fc", "●", "○", "〇", "√√", 1, True]
)
def test_ticks(read, tick):
    (draft,) = read([*HEADER, row(1, "低保", "指南", county=tick)]).drafts
    assert (draft.tiers, draft.tier_words) == (["县级"], {})


@pytest.mark.parametrize("cross", ["×", "/", "—", "否", "无", 0, False, "□"])
def test_crosses(read, cross):
    (draft,) = read([*HEADER, row(1, "低保", "指南", county=cross)]).drafts
    assert draft.tiers == []


@pytest.mark.parametrize(
    "text",
    [
        "■政府网站 □政府公报", "☑政府网站；□政府公报", "√政府网站 口政府公报", "t政府网站\n£政府公报",
        "[√]政府网站 [ ]政府公报", "（√）政府网站（ ）政府公报", "政府网站√ 政府公报□",
        "▲政府网站、○政府公报",
    ],
)  # fmt: skip
def test_boxes(read, text):
    (draft,) = read([*HEADER, row(1, "低保", "指南", channels=text)]).drafts
    assert [(use.name, use.mark) for use in draft.channels] == [
        ("政府网站", "required"),
        ("政府公报", "optional"),
    ]


def test_a_legend_that_says_to_tick_the_box(read):
    header = [*PLAIN, "公开渠道和载体（在□内打√）"]
    result = read([header, [*BODY, "☑政府网站 □政府公报"]])
    assert (result.marks, result.marks_known) == ("chosen", True)


def test_total_and_signature_lines_and_unfilled_numbers_are_no_items(read):
    result = read(
        [
            *HEADER,
            row(1, "低保", "指南"),
            [2],
            [3] + [None] * 7 + ["√", None, "√"],
            ["合计", None, None, "1项"],
            ["填报人：某某", None, None, "联系电话：0799-123", None, "审核人："],
        ]
    )
    assert [d.serial for d in result.drafts] == ["1"]
    assert warnings(result, "只有序号") == [("A5", "第 5、6 行只有序号，没有事项，已略过。")]


def test_remarks_between_the_rows(read):
    rows = [*HEADER, row(1, "低保", "指南"), ["（以下由各乡镇公开）"], row(2, None, "名单")]
    result = read(rows, {"社会救助": ["A5:N5"]})
    assert [d.levels for d in result.drafts] == [["低保", "指南"], ["低保", "名单"]]


def test_a_date_in_a_column_of_text_is_said_at_its_cell(read):
    rows = [*HEADER, row(1, "低保", "指南", limit=datetime.date(2026, 1, 31))]
    result = read(rows)
    assert warnings(result, "日期")[0][0] == "F4"

    def chinese(book):
        book.active["F4"].number_format = 'm"月"d"日"'

    assert read(rows, change=chinese).drafts[0].time_limit == "1月31日"


def test_same_as_above_in_its_forms_and_where_nothing_stands_above(read):
    rows = [
        *HEADER,
        row(1, "低保", "指南", limit="同上"),
        row(2, "同上", "名单", basis="〃", subject="同上。", channels="（同上）"),
        row(3, "″", "公示", basis="同 上", subject="同上一条", channels="同前"),
    ]
    result = read(rows)
    assert {(d.levels[0], d.basis, d.subject) for d in result.drafts} == {
        ("低保", "《中华人民共和国政府信息公开条例》", "青澜县民政局")
    }
    assert {len(d.channels) for d in result.drafts} == {2}
    assert [cell for cell, _ in warnings(result, "没有可以沿用")] == ["F4"]


def test_hidden_rows_and_columns_are_read_and_named(read):
    def hide(book):
        book.active.row_dimensions[5].hidden = True
        book.active.column_dimensions["E"].hidden = True

    result = read([*HEADER, row(1, "低保", "指南"), row(2, None, "名单")], change=hide)
    assert len(result.drafts) == 2
    assert [cell for cell, _ in warnings(result, "隐藏")] == ["A5", "E2"]


def test_a_catalog_in_a_hidden_sheet_alone(tmp_path, fields):
    path = save_book(
        tmp_path / "a.xlsx", {"说明": [["请填写"]], "社会救助": [[CAPTION], *HEADER, row(1, "低保", "指南")]}
    )
    book = openpyxl.load_workbook(path)
    book.worksheets[1].sheet_state = "hidden"
    book.save(path)
    (error,) = read_catalog(path, fields).errors
    assert (error.sheet, "取消隐藏" in error.message) == ("社会救助", True)


def test_instructions_with_a_header_of_their_own(read):
    table = [[CAPTION], *HEADER, row(1, "低保", "指南")]
    result = read({"社会救助": table, "填报说明": [["怎样填"], ["序号", "公开事项", "公开内容", "公开依据"]]})
    assert [d.sheet for d in result.drafts] == ["社会救助"]
    assert warnings(result, "没有事项")[0][0] == "A2"


def test_fields_by_sections_within_one_table(read):
    rows = [
        ["青澜县临江镇基层政务公开标准目录"], *HEADER,
        ["一、社会救助领域"], row(1, "低保", "指南"), ["（二）养老服务领域"], row(2, "机构", "名录"),
    ]  # fmt: skip
    result = read({"Sheet1": rows}, {"Sheet1": ["A4:N4", "A6:N6"]})
    assert [d.field_slug for d in result.drafts] == ["shehui-jiuzhu", "yanglao-fuwu"]


def test_one_agency_a_sheet_named_by_its_caption(read):
    result = read(
        {
            "甲": [["青澜县民政局社会救助领域基层政务公开标准目录"], *HEADER, row(1, "低保", "指南")],
            "乙": [["青澜县临江镇基层政务公开标准目录（养老服务领域）"], *HEADER, row(1, "养老", "名录")],
        }
    )
    assert [(d.owner, d.field_slug) for d in result.drafts] == [
        ("青澜县民政局", "shehui-jiuzhu"),
        ("青澜县临江镇", "yanglao-fuwu"),
    ]


def test_further_columns_beside_the_official_ones_stay_apart(read):
    header = [*PLAIN, "责任单位", "责任科室", "公开时间", "备注"]
    (draft,) = read([header, [*BODY, "县民政局", "救助股", "长期", "无变化"]]).drafts
    assert (draft.subject, draft.time_limit) == ("民政局", "及时公开")
    assert draft.extra == {"责任单位": "县民政局", "office": "救助股", "公开时间": "长期", "remark": "无变化"}


def test_one_column_of_words_for_audience(read):
    header = [*PLAIN, "公开对象"]
    rows = [
        header,
        [*BODY, "社会公众、低保对象"],
        [2, None, "名单", "名单", "《条例》", "及时", "民政局", "全社会"],
    ]
    assert [d.audience for d in read(rows).drafts] == [["全社会", "特定群体：低保对象"], ["全社会"]]


def test_the_columns_of_the_file_are_kept_as_they_stand(read):
    header = [
        "序号",
        "一级\n事项",
        "公开内容（要素）",
        "公开依据",
        "公开主体",
        "公开对象",
        None,
        "公开格式",
        "备 注",
    ]
    rows = [
        header,
        [None] * 5 + ["全社会", "特定群众"],
        [1, "低保", "内容", "《条例》", "民政局", "√", None, "文本", "无"],
    ]
    (layout,) = read(rows, {"社会救助": ["F2:G2"]}).layouts
    assert [(c.kind, c.top, c.sub, c.name) for c in layout.columns] == [
        ("serial", "序号", "", ""),
        ("level", "一级事项", "", ""),
        ("content", "公开内容（要素）", "", ""),
        ("basis", "公开依据", "", ""),
        ("subject", "公开主体", "", ""),
        ("audience", "公开对象", "全社会", "全社会"),
        ("audience", "公开对象", "特定群众", "特定群众"),
        ("extra", "公开格式", "", "format"),
        ("extra", "备注", "", "remark"),
    ]
    assert (layout.field_slug, layout.marks) == ("shehui-jiuzhu", "")


def test_merges_of_the_official_header_change_nothing(read):
    plain = read([*HEADER, row(1, "低保", "指南")])
    merged = read([*HEADER, row(1, "低保", "指南")], {"社会救助": HEADER_MERGES})
    assert [d.key for d in plain.drafts] == [d.key for d in merged.drafts]
