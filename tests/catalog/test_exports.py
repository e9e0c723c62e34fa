"""The catalog out: one book with contents, the file's own columns, captions by kind, nothing lost or run."""

import io
import json
import zipfile
from datetime import date

import openpyxl
import pytest

from catalog.drafts import ChannelUse, Draft, comparable
from catalog.exchange.differences import write_difference
from catalog.exchange.exports import write_items
from catalog.exchange.layout import TableSpec
from catalog.exchange.reader import read_catalog
from catalog.exchange.tables import tables_of
from catalog.exchange.writer import Table, write_csv, write_xlsx
from catalog.history import items_on
from catalog.layouts import LayoutColumn, to_json
from catalog.models import CatalogLayout, Field, Item
from catalog.services import draft_of
from tests.factories import AgencyFactory, FieldFactory, ItemFactory, root_agency

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "\tx", " x ", "x\ry",
    "<r><t>x</t></r>", "a&b<c>\"d'", "_x000D_", "https://example.org/?a=1&b=2", "00123", "370101199001011234",
    "1e5", "TRUE", "'quoted", "第一行\n第二行", "\U0001f600",
]  # fmt: skip


def book_of(items, **options):
    target = io.BytesIO()
    write_items(items, target, "xlsx", **options)
    return openpyxl.load_workbook(io.BytesIO(target.getvalue())), target.getvalue()


def draft(*levels, **other):
    values = {"content": "内容", "audience": ["全社会"], "tiers": ["县级"], "manner": ["主动公开"], **other}
    return Draft(levels=list(levels), **values)


def printed(drafts, own=(), **options):
    spec = TableSpec("社会救助", 19, own=tuple(own), **options)
    for one in drafts:
        spec.note(one)
    return Table(spec, lambda: drafts)


def written(drafts, own=(), **options):
    target = io.BytesIO()
    write_xlsx(target, [printed(drafts, own, **options)])
    return target.getvalue()


def header(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=4)]


OWN = [
    LayoutColumn("serial", "编号"),
    LayoutColumn("level", "公开事项", "一级事项"),
    LayoutColumn("level", "公开事项", "二级事项"),
    LayoutColumn("content", "公开内容"),
    LayoutColumn("time_limit", "公开期限"),
    LayoutColumn("audience", "公开对象", "全社会", "全社会"),
    LayoutColumn("audience", "公开对象", "特定群众", "特定群众"),
    LayoutColumn("tiers", "公开层级", "镇级", "镇级"),
]


class TestOwnColumns:
    """The file's own set of columns and tiers, in its order and words."""

    def test_are_printed_as_they_were(self):
        data = written([draft("甲", "乙", tiers=["镇级"], manner=None)], OWN)
        assert header(data) == [
            ["编号", "公开事项", None, "公开内容", "公开期限", "公开对象", None, "公开层级"],
            [None, "一级事项", "二级事项", None, None, "全社会", "特定群众", "镇级"],
        ]

    def test_what_they_lack_is_appended(self):
        one = draft(
            *("甲", "乙", "丙"),
            basis="《条例》",
            audience=["全社会", "特定对象：户主"],
            tiers=["村级"],
            manner=["依申请公开"],
            telephone="12345",
            channels=[ChannelUse("政府网站", "required")],
            extra={"url": "https://x.example"},
        )
        top, sub = header(written([one], OWN))
        own = [
            "编号",
            "公开事项",
            None,
            None,
            "公开内容",
            "公开期限",
            "公开对象",
            None,
            None,
            "公开层级",
            None,
        ]
        assert top == [*own, "公开依据", "公开渠道和载体", "公开方式", "咨询电话", "网址"]
        assert {"三级事项", "特定对象", "村级", "依申请"} <= set(sub)

    @pytest.mark.parametrize(
        "own",
        [
            [*OWN[1:]],
            [LayoutColumn("level", "公开类别", "", "category"), *OWN[1:5]],
            [OWN[0], LayoutColumn("level", "公开事项"), *OWN[3:5], LayoutColumn("audience", "公开对象")],
            [*OWN[:5], LayoutColumn("manner", "公开方式"), LayoutColumn("tiers", "公开层级")],
        ],
    )
    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"audience": ["特定群众：户主"], "manner": ["主动公开", "依申请公开"]},
            {"audience": ["全社会", "特定群体：户主"], "basis": "《条例》", "tiers": ["县级", "村级"]},
            {"extra": {"more": {"content": ["其二"]}, "备用": "x"}, "telephone": "12345"},
        ],
    )
    def test_nothing_is_lost(self, own, values, fields, tmp_path):
        items = [draft("甲", "乙", **values), draft("甲", "丙"), draft("丁", "戊", **values)]
        path = tmp_path / "own.xlsx"
        path.write_bytes(written(items, own))
        again = read_catalog(path, fields)
        assert [error.message for error in again.errors] == []
        got, wanted = [comparable(d) for d in again.drafts], [comparable(d) for d in items]
        for one in got:
            one["extra"].pop("category", None)
        assert got == wanted


def test_captions_by_kind_of_catalog():
    assert TableSpec("社会救助", 19).caption == "（19）社会救助领域基层政务公开标准目录"
    assert TableSpec("x", 1, owner="青澜县民政局", catalog="basic").caption == "青澜县民政局主动公开基本目录"
    assert TableSpec("x", 1, owner="柳湾村", catalog="village").caption == "柳湾村村（居）务公开基本目录"


def test_channels_that_are_not_used_are_not_printed():
    uses = [
        ChannelUse("政府网站", "required"),
        ChannelUse("政府公报", "optional"),
        ChannelUse("其他", "unused"),
    ]
    data = written([draft("甲", "乙", channels=uses)])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    assert "■政府网站 □政府公报" in texts
    assert any("■为必选" in str(text) for text in texts)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_cells_stay_text_and_unaltered(text):
    data = written([draft("甲", text.strip() or "x", content=text, basis=text, telephone=text)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f" not in sheet.replace("<fi", "")
    assert "<hyperlink" not in sheet
    assert not [name for name in names if "externalLink" in name or "_rels/sheet" in name]
    cell = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["D5"]
    assert cell.data_type == "s"
    # A carriage return and a literal escape are kept as Excel's own escapes, which Excel shows as they were.
    assert cell.value.replace("_x000D_", "\r").replace("_x005F\r", "_x000D_").replace("_x005F_", "_") in {
        text, text.replace("_x000D_", "\r"),
    }  # fmt: skip


def test_a_text_longer_than_a_cell_leaves_the_book_whole():
    data = written([draft("甲", "乙", content="字" * 40_000)])
    value = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["D5"].value
    assert len(value) <= 32_767
    assert value.endswith("全文见 CSV 或 JSON 导出）")


@pytest.fixture
def catalog(db):
    """Two fields of the county and one of a bureau."""
    county, bureau = root_agency(), AgencyFactory(code="minzheng", name="青澜县民政局")
    first = Field.objects.get(slug="jiuye")
    second = Field.objects.get(slug="shehui-jiuzhu")
    ItemFactory(agency=county, field=second, levels=["低保", "标准"], position=1, code="b-1")
    ItemFactory(agency=county, field=first, levels=["服务", "岗位"], position=2, code="a-2")
    ItemFactory(agency=county, field=first, levels=["服务", "政策"], position=1, code="a-1")
    ItemFactory(agency=bureau, field=second, levels=["特困"], position=1, code="c-1")
    return county, bureau


@pytest.mark.django_db
class TestBook:
    """All fields as one book."""

    def test_contents_sheet_lists_every_table_and_links_within_the_book_alone(self, catalog):
        book, data = book_of(Item.objects.all())
        assert book.sheetnames == ["目录页", "就业", "社会救助", "青澜县民政局社会救助"]
        rows = [[cell.value for cell in row] for row in book["目录页"].iter_rows(min_row=3)]
        assert rows[0] == ["序号", "工作表", "名称", "项数", "截至"]
        assert [row[:4] for row in rows[1:]] == [
            [1, "就业", "（17）就业领域基层政务公开标准目录", 2],
            [2, "社会救助", "（19）社会救助领域基层政务公开标准目录", 1],
            [3, "青澜县民政局社会救助", "（19）青澜县民政局社会救助领域基层政务公开标准目录", 1],
        ]
        links = [cell.hyperlink for row in book["目录页"].iter_rows() for cell in row if cell.hyperlink]
        assert [link.location for link in links] == ["就业!A1", "社会救助!A1", "青澜县民政局社会救助!A1"] or [
            link.location for link in links
        ] == ["'就业'!A1", "'社会救助'!A1", "'青澜县民政局社会救助'!A1"]
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert not [name for name in archive.namelist() if "sheet1.xml.rels" in name]

    def test_contents_sheet_reads_back_as_no_table(self, catalog, fields, tmp_path):
        path = tmp_path / "all.xlsx"
        path.write_bytes(book_of(Item.objects.all())[1])
        result = read_catalog(path, fields)
        assert [error.message for error in result.errors] == []
        assert [d.levels for d in result.drafts] == [
            ["服务", "政策"],
            ["服务", "岗位"],
            ["低保", "标准"],
            ["特困"],
        ]

    def test_one_table_has_no_contents_sheet(self, catalog):
        book, _data = book_of(Item.objects.filter(field__slug="jiuye"))
        assert book.sheetnames == ["就业"]

    def test_each_sheet_is_a_finished_page(self, catalog):
        book, _data = book_of(Item.objects.all())
        for sheet in book.worksheets:
            assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
            assert sheet.page_setup.fitToHeight == 0
            assert sheet.print_title_rows in {"$1:$3", "$1:$4"}
            assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
            assert 0.2 <= sheet.page_margins.left <= 0.6

    def test_the_own_layout_of_each_catalog_is_found(self, catalog):
        county, _bureau = catalog
        CatalogLayout.objects.create(
            agency=county, field=Field.objects.get(slug="jiuye"), columns=to_json(OWN)
        )
        book, _data = book_of(Item.objects.all())
        assert book["就业"]["A3"].value == "编号"
        assert book["社会救助"]["A3"].value == "序号"

    def test_a_catalog_of_a_past_day_says_so(self, catalog):
        book, _data = book_of(items_on(date.today()), as_of=date.today())  # noqa: DTZ011
        assert f"{date.today():%Y-%m-%d}" in book["就业"]["A2"].value  # noqa: DTZ011

    def test_queries_do_not_grow_with_tables(self, catalog, django_assert_max_num_queries):
        CatalogLayout.objects.create(
            agency=catalog[0], field=Field.objects.get(slug="jiuye"), columns=to_json(OWN)
        )
        for number in range(5):
            ItemFactory(field=FieldFactory(slug=f"f-{number}"))
        with django_assert_max_num_queries(14):
            write_items(Item.objects.all(), io.BytesIO(), "xlsx")

    def test_rows_are_what_the_services_make_of_an_item(self, catalog):
        ItemFactory(
            field__slug="jiuye",
            levels=["甲", "乙"],
            channels=[{"name": "政府网站", "mark": "required"}],
            audience=None,
            tiers=["县级"],
            serial="0505",
            telephone="12345",
            extra={"tier_words": {"县级": "局"}, "remark": "x", "more": {"basis": ["y"]}},
        )
        streamed = [one for table in tables_of(Item.objects.all()) for one in table.drafts()]
        order = ("field__order", "field__slug", "agency__order", "agency__code", "position", "pk")
        assert streamed == [draft_of(item) for item in Item.objects.order_by(*order)]

    def test_csv_and_json_say_the_same(self, catalog):
        csv, data = io.BytesIO(), io.BytesIO()
        assert (
            write_items(Item.objects.all(), csv, "csv") == write_items(Item.objects.all(), data, "json") == 4
        )
        assert csv.getvalue().startswith(b"\xef\xbb\xbf")
        items = json.loads(data.getvalue())["items"]
        assert [item["levels"][-1] for item in items] == ["政策", "岗位", "标准", "特困"]


@pytest.mark.django_db
def test_a_difference_has_its_three_sheets():
    target = io.BytesIO()
    ItemFactory(levels=["甲", "=1+1"])
    today = date.today()  # noqa: DTZ011
    counts = write_difference(target, date(2020, 1, 1), today)
    assert counts == {"added": 1, "changed": 0, "retired": 0}
    book = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
    assert book.sheetnames == ["新增", "修改", "停用"]
    assert book["新增"]["D4"].value == "甲 / =1+1"
    assert book["修改"]["A4"].value == "没有修改的事项。"
    assert book["新增"].print_title_rows == "$1:$3"


def test_csv_prints_the_own_columns(tmp_path):
    path = tmp_path / "own.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        write_csv(target, [printed([draft("甲", "乙", manner=None, tiers=["镇级"])], OWN)])
    assert "编号,公开事项,,公开内容,公开期限,公开对象,,公开层级" in path.read_text(encoding="utf-8-sig")
