"""What is written reads back unchanged, whatever stands in the cells."""

import zipfile

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.channels import STANDARD_CHANNELS
from catalog.drafts import ChannelUse, Draft, comparable
from catalog.exchange.layout import LEGEND, TableSpec
from catalog.exchange.reader import read_catalog
from catalog.exchange.writer import Table, write_csv, write_xlsx

# Texts as they may stand in a cell: beginning with "=", leading zeros, line breaks, XML's own characters,
# what looks like an escape or like markup. No 同上 and no lone surrogates.
_SAMPLES = st.sampled_from(
    ["=1+1", "=cmd|' /C calc'!A0", "+8613800000000", "-1", "@SUM(A1)", "00123", "0799-5210503", "1.0",
     "第一行\n第二行", "<r><t>x</t></r>", "a<b>&\"c'", "_x000D_", "370101199001011234",
     "https://example.org/a?b=1", "TRUE", "2026-03-02", "《条例》（国务院令第711号）", "1.政策\n2.标准；"]
)  # fmt: skip
_LETTERS = st.text(
    alphabet=st.sampled_from("甲乙丙丁公开事项政策文件标准办理条件ABCxyz0123456789，。（）、;:-/ "),
    min_size=1,
    max_size=24,
).filter(lambda text: text.strip() and text.strip() not in {"-", "/", "--", "0"})
_TEXT = st.one_of(_SAMPLES, _LETTERS)
_NAME = st.text(
    alphabet=st.sampled_from("甲乙丙丁戊综合业务政策文件低保救助标准公开指南"), min_size=2, max_size=8
)
_LEVELS = st.lists(_NAME, min_size=1, max_size=4)
_CHANNEL_NAMES = st.sampled_from([*STANDARD_CHANNELS, "12345政务服务热线", "征地信息公开平台"])
_CHANNELS = st.lists(_CHANNEL_NAMES, unique=True).flatmap(
    lambda names: st.tuples(*[
        st.builds(ChannelUse, st.just(name), st.sampled_from(["required", "optional"])) for name in names
    ])
)  # fmt: skip
_GROUP = st.sampled_from(["全社会", "特定群体", "特定群体：参建单位"])
_MORE = st.dictionaries(
    st.sampled_from(["content", "basis", "time_limit", "subject"]), st.lists(_LETTERS, min_size=1, max_size=2)
)


@st.composite
def drafts(draw):
    """One item with any mixture of columns; a further row needs a first one above it."""
    more = draw(_MORE)
    values = {name: draw(_TEXT) for name in ("content", "basis", "time_limit", "subject")}
    extra = draw(st.dictionaries(st.sampled_from(["remark", "url", "办理地点"]), _LETTERS, max_size=2))
    if draw(st.booleans()):
        extra["format"] = {"selected": ["文本"], "offered": ["图表", "视频"]}
    if more:
        extra["more"] = more
    return Draft(
        levels=draw(_LEVELS),
        channels=list(draw(_CHANNELS)),
        audience=draw(st.lists(_GROUP, unique_by=lambda label: label[:4], max_size=2)),
        manner=draw(st.lists(st.sampled_from(["主动公开", "依申请公开"]), unique=True)),
        tiers=draw(st.lists(st.sampled_from(["县级", "乡级", "东阳市级", "镇街乡"]), unique=True)),
        telephone=draw(st.sampled_from(["", "0799-5210503", "12345"])),
        extra=extra,
        field_slug="shehui-jiuzhu",
        **values,
    )


def tables(items):
    spec = TableSpec("社会救助", 19)
    for item in items:
        spec.note(item)
    return [Table(spec, lambda: items)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(drafts(), min_size=1, max_size=5))
def test_xlsx_and_csv_read_back_the_same(items, tmp_path, fields):
    for name in ("out.xlsx", "out.csv"):
        path = tmp_path / name
        if name.endswith("xlsx"):
            with path.open("wb") as target:
                assert write_xlsx(target, tables(items)) == len(items)
        else:
            with path.open("w", encoding="utf-8-sig", newline="") as target:
                assert write_csv(target, tables(items)) == len(items)
        result = read_catalog(path, fields)
        assert [error.message for error in result.errors] == []
        assert [comparable(draft) for draft in result.drafts] == [comparable(item) for item in items]
        assert {draft.field_slug for draft in result.drafts} == {"shehui-jiuzhu"}


def simple(*levels, **other):
    return Draft(levels=list(levels), content="内容", tiers=["县级"], audience=["全社会"], **other)


def write(path, items):
    with path.open("wb") as target:
        write_xlsx(target, tables(items))
    return path


def test_the_layout_is_the_official_one(tmp_path):
    items = [simple("低保", "政策"), simple("低保", "指南"), simple("特困", "政策")]
    sheet = openpyxl.load_workbook(write(tmp_path / "a.xlsx", items)).worksheets[0]
    assert sheet.title == "社会救助"
    assert sheet["A1"].value == "（19）社会救助领域基层政务公开标准目录"
    assert sheet["A2"].value == LEGEND
    assert [cell.value for cell in sheet[3]] == [
        "序号", "公开事项", None, "公开内容(要素)", "公开依据", "公开时限", "公开主体", "公开渠道和载体",
        "公开对象", None, "公开方式", None, "公开层级", None,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[4]] == [
        None, "一级事项", "二级事项", None, None, None, None, None,
        "全社会", "特定群体", "主动", "依申请", "县级", "乡级",
    ]  # fmt: skip
    merges = {str(merge) for merge in sheet.merged_cells.ranges}
    assert {"A1:N1", "A2:N2", "A3:A4", "B3:C3", "H3:H4", "I3:J3", "K3:L3", "M3:N3", "B5:B6"} <= merges
    assert "B7:B8" not in merges
    assert [cell.value for cell in sheet["A"]][4:] == [1, 2, 3]


def test_the_printed_page(tmp_path):
    sheet = openpyxl.load_workbook(write(tmp_path / "a.xlsx", [simple("低保", "政策")])).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$1:$4"
    assert sheet.freeze_panes == "D5"
    assert "&P" in sheet.oddFooter.center.text
    assert sheet.row_dimensions[5].height >= 15


def test_nothing_can_run_as_a_formula(tmp_path):
    path = write(tmp_path / "a.xlsx", [simple("=1+1", '=HYPERLINK("x")', basis="@x", telephone="+1")])
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]
    assert len(sheets) == 1
    assert "=1+1" in sheets[0]
    assert "<f>" not in sheets[0]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet["B5"].data_type, sheet["B5"].value) == ("s", "=1+1")


def test_a_path_that_ends_early_is_not_swallowed_by_a_merge(tmp_path, fields):
    items = [
        simple("政策", "文件"),
        simple("政策"),
        simple("政策"),
        simple("政策", "文件", "解读"),
        simple("政策", "文件"),
    ]
    result = read_catalog(write(tmp_path / "a.xlsx", items), fields)
    assert [draft.levels for draft in result.drafts] == [item.levels for item in items]


def test_no_tier_column_is_printed_where_the_file_had_none(tmp_path):
    sheet = openpyxl.load_workbook(
        write(tmp_path / "a.xlsx", [Draft(levels=["甲"], content="乙")])
    ).worksheets[0]
    assert "公开层级" not in [cell.value for cell in sheet[3]]


def test_an_empty_export_says_so(tmp_path):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as target:
        assert write_xlsx(target, []) == 0
    assert "没有目录事项" in openpyxl.load_workbook(path).worksheets[0]["A1"].value
