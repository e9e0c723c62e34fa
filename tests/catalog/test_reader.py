"""Reading files as officials lay them out; the files are made here."""

from catalog.exchange.reader import read_catalog
from tests.catalog.conftest import CAPTION, HEADER, HEADER_MERGES, row, save_book


def messages(problems):
    return [(problem.sheet, problem.cell, problem.message) for problem in problems]


def test_the_official_table(catalog_file, fields):
    result = read_catalog(catalog_file([row(1, "综合业务", "监督检查")]), fields)
    assert result.errors == []
    (draft,) = result.drafts
    assert (draft.serial, draft.levels, draft.field_slug) == ("1", ["综合业务", "监督检查"], "shehui-jiuzhu")
    assert draft.content == "检查结果"
    assert draft.time_limit == "信息形成之日起20个工作日内"
    assert [(use.name, use.mark) for use in draft.channels] == [
        ("政府网站", "required"),
        ("政府公报", "optional"),
    ]
    assert (draft.audience, draft.manner, draft.tiers) == (["全社会"], ["主动公开"], ["县级"])
    assert (draft.rows, draft.address("basis")) == ([4], "E4")


def test_merged_blank_and_ditto_cells_are_filled(catalog_file, fields):
    rows = [
        row(1, "低保", "政策文件"),
        row(2, None, "办事指南", limit="同上", subject="同上"),
        row(3, None, "审核信息", basis=None, channels=None),
    ]
    result = read_catalog(catalog_file(rows, merges=["B4:B6", "E5:E6", "H5:H6"]), fields)
    assert [draft.levels for draft in result.drafts] == [
        ["低保", "政策文件"], ["低保", "办事指南"], ["低保", "审核信息"],
    ]  # fmt: skip
    assert {draft.time_limit for draft in result.drafts} == {"信息形成之日起20个工作日内"}
    assert {draft.subject for draft in result.drafts} == {"青澜县民政局"}
    assert {draft.basis for draft in result.drafts} == {"《中华人民共和国政府信息公开条例》"}
    assert [len(draft.channels) for draft in result.drafts] == [2, 2, 2]


def test_several_rows_of_one_item(catalog_file, fields):
    rows = [
        row(1, "征地", "现状调查", limit="调查结束后5个工作日内", channels="■政府网站"),
        [None, None, None, "另一部分内容", None, "收到批准文件之日起10个工作日内", None, "□政府公报"],
        row(2, None, "批准文件"),
    ]
    merges = ["A4:A5", "B4:B6", "C4:C5", "E4:E5", "G4:G5"]
    first, second = read_catalog(catalog_file(rows, merges=merges), fields).drafts
    assert first.rows == [4, 5]
    assert first.extra == {
        "more": {"content": ["另一部分内容"], "time_limit": ["收到批准文件之日起10个工作日内"]}
    }
    assert [use.name for use in first.channels] == ["政府网站", "政府公报"]
    assert second.levels == ["征地", "批准文件"]


def test_captions_of_a_group_not_merged_and_words_split_over_two_rows(tmp_path, fields):
    rows = [
        ["养老服务领域标准目录"],
        ["序\n号", "公开 事项", None, "公开内容", "公开", None, "公开渠道", "公开对象", None],
        [None, "一级目录", "二级目录", "（要素）", "时限", "主体", None, "社会", "特定群众(请写明)"],
        [1, "养老", "机构名录", "名录", "及时公开", "县民政局", "政府网站、公示栏", "√", "√入住老人"],
    ]
    path = save_book(tmp_path / "a.xlsx", {"表": rows}, {"表": ["E2:F2"]})
    (draft,) = read_catalog(path, fields).drafts
    assert (draft.field_slug, draft.time_limit, draft.subject) == ("yanglao-fuwu", "及时公开", "县民政局")
    assert draft.audience == ["全社会", "特定群众：入住老人"]
    assert (draft.manner, draft.tiers) == (None, None)


def test_three_levels_own_tiers_phone_and_further_columns(tmp_path, fields):
    rows = [
        ["青澜县就业领域目录"],
        ["序号", "公开类别", "公开事项", None, "公开内容", "公开依据", "公开层级", None,
         "咨询电话", "公开格式", "办理地点"],
        [None, None, "一级事项", "二级事项", None, None, "东阳市级", "镇街乡", None, None, None],
        [1, "决策公开", "就业信息", "岗位发布", "岗位", "《就业促进法》", "√", "部分镇街",
         6123456, "■文本 □图表", "一楼"],
    ]  # fmt: skip
    path = save_book(tmp_path / "a.xlsx", {"表": rows}, {"表": ["C2:D2", "G2:H2", "I2:I3"]})
    result = read_catalog(path, fields)
    (draft,) = result.drafts
    assert draft.levels == ["决策公开", "就业信息", "岗位发布"]
    assert (draft.tiers, draft.tier_words) == (["东阳市级", "镇街乡"], {"镇街乡": "部分镇街"})
    assert draft.telephone == "6123456"
    assert draft.extra == {
        "format": {"selected": ["文本"], "offered": ["图表"]},
        "办理地点": "一楼",
        "category": "决策公开",
    }


def test_index_instructions_hidden_and_empty_sheets_are_no_catalogs(tmp_path, fields):
    table = [[CAPTION], *HEADER, row(1, "综合业务", "监督检查")]
    sheets = {
        "目录": [["序号", "领域", "责任单位"], [1, "社会救助", "民政局"]],
        "填表说明": [
            ["一、公开事项：填写到二级事项。"],
            ["二、公开时限：按规定填写。公开依据、公开主体照填。"],
        ],
        "社会救助": table,
        "空": [],
    }
    path = save_book(tmp_path / "a.xlsx", sheets, {"社会救助": HEADER_MERGES})
    result = read_catalog(path, fields)
    assert result.errors == []
    assert [draft.sheet for draft in result.drafts] == ["社会救助"]


def test_footnotes_sections_blank_rows_and_repeated_headers(catalog_file, fields):
    rows = [
        ["一、综合"] + [None] * 13,
        row(1, "综合业务", "监督检查"),
        [None] * 14,
        *HEADER,
        row(2, None, "政策文件"),
        ["备注：■为必选项，□为可选项。"] + [None] * 13,
    ]
    result = read_catalog(catalog_file(rows, merges=["A4:N4", "A10:N10"]), fields)
    assert [(d.serial, d.levels) for d in result.drafts] == [
        ("1", ["综合业务", "监督检查"]), ("2", ["政策文件"]),
    ]  # fmt: skip
    assert (result.marks, result.marks_known) == ("required", True)
    assert [w.message for w in result.warnings] == ["「一、综合」只占一行，按分节标题略过。"]


def test_two_tables_in_one_sheet_each_with_its_caption(tmp_path, fields):
    rows = [
        ["社会救助领域标准目录"], *HEADER, row(1, "低保", "办事指南"),
        ["养老服务领域标准目录"], *HEADER, row(1, "养老", "机构名录"),
    ]  # fmt: skip
    result = read_catalog(save_book(tmp_path / "a.xlsx", {"表": rows}), fields)
    assert [(d.field_slug, d.rows) for d in result.drafts] == [("shehui-jiuzhu", [4]), ("yanglao-fuwu", [8])]


def test_the_meaning_of_boxes_comes_from_legend_or_option(catalog_file, fields):
    rows = [row(1, "综合业务", "监督检查"), ["说明：选中的用“■”，未选中的用“□”。"] + [None] * 13]
    result = read_catalog(catalog_file(rows), fields)
    assert (result.marks, [use.mark for use in result.drafts[0].channels]) == (
        "chosen",
        ["required", "unused"],
    )
    assert read_catalog(catalog_file(rows), fields, marks="required").marks == "required"
    silent = read_catalog(catalog_file(rows[:1], name="b.xlsx"), fields)
    assert (silent.marks, silent.marks_known) == ("required", False)
    assert "■和□的含义" in silent.warnings[-1].message


def test_padded_and_full_width_serials(tmp_path, fields):
    import openpyxl

    path = save_book(
        tmp_path / "a.xlsx",
        {"社会救助": [[CAPTION], *HEADER, row(505, "低保", "指南"), row("２", None, "政策")]},
    )
    book = openpyxl.load_workbook(path)
    book.active["A4"].number_format = "0000"
    book.save(path)
    assert [draft.serial for draft in read_catalog(path, fields).drafts] == ["0505", "2"]


def test_serials_missing_repeated_or_formula_are_warnings(catalog_file, fields):
    rows = [
        row(1, "低保", "甲"),
        row(1, None, "乙"),
        row(None, None, "丙"),
        row("=ROW()-3", None, "丁"),
    ]
    result = read_catalog(catalog_file(rows), fields)
    assert result.errors == []
    assert [draft.serial for draft in result.drafts] == ["1", "1", "3", "4"]
    serials = [w for w in result.warnings if "序号" in w.message]
    assert [(w.cell, w.message[:6]) for w in serials] == [
        ("A5", "序号「1」重"),
        ("A6", "缺少序号，已"),
        ("A7", "序号是没有保"),
    ]


def test_fields_by_caption_sheet_name_option_and_column(tmp_path, catalog_file, fields):
    body = [row(1, "综合业务", "监督检查")]
    by_sheet = read_catalog(catalog_file(body, caption="2026年目录", sheet="15.社会救助领域"), fields)
    assert by_sheet.drafts[0].field_slug == "shehui-jiuzhu"
    alias = read_catalog(catalog_file(body, caption="青澜县卫生健康领域基层政务公开标准目录"), fields)
    assert alias.drafts[0].field_slug == "yiliao-weisheng"
    chosen = read_catalog(
        catalog_file(body, caption="白石乡人民政府主动公开基本目录"), fields, field_slug="jiuye"
    )
    assert (chosen.errors, chosen.drafts[0].field_slug) == ([], "jiuye")


def test_a_table_of_several_fields_takes_them_from_its_first_level(catalog_file, fields):
    rows = [row(i, name, f"事项{i}") for i, name in enumerate(["扶贫", "救灾", "就业", "社会保险"], start=1)]
    result = read_catalog(catalog_file(rows, caption="松岗镇政务公开标准目录"), fields)
    assert [draft.field_slug for draft in result.drafts] == ["fupin", "jiuzai", "jiuye", "shehui-baoxian"]


def test_csv_in_the_encoding_of_the_county(tmp_path, fields):
    text = (
        "户籍管理领域基层政务公开标准目录,,,,\n"
        "序号,公开事项,,公开内容(要素),公开依据\n"
        ",一级事项,二级事项,,\n"
        '1,"出生\n登记",出生登记,受理部门,《户口登记条例》\n'
    )
    for encoding in ("gb18030", "utf-8-sig"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        (draft,) = read_catalog(path, fields).drafts
        assert (draft.levels, draft.field_slug) == (["出生\n登记", "出生登记"], "huji-guanli")


def test_a_writer_that_puts_a_prefix_before_every_element(catalog_file, fields):
    import re
    import zipfile

    path = catalog_file([row(1, "综合业务", "监督检查")])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    sheet = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", sheet).replace("xmlns=", "xmlns:x=")
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert [draft.levels for draft in read_catalog(path, fields).drafts] == [["综合业务", "监督检查"]]
