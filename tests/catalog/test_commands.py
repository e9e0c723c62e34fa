"""`import_catalog` and `export_catalog` as a script meets them: JSON alone on standard output, exit codes."""

import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import CatalogImport, Field, Item, SubjectMapping
from tests.catalog.conftest import row
from tests.factories import AgencyFactory, ItemFactory, root_agency

pytestmark = pytest.mark.django_db
ROWS = [row(1, "低保", "政策文件"), row(2, None, "办事指南", limit="及时公开"), row(3, "特困", "政策文件")]


def run(command, *args, **options):
    """The parsed JSON and the exit code."""
    out = io.StringIO()
    code = 0
    try:
        call_command(command, *args, stdout=out, stderr=io.StringIO(), **options)
    except SystemExit as error:
        code = error.code
    return json.loads(out.getvalue()), code


def counts(report):
    return [report[key] for key in ("rows", "created", "changed", "unchanged", "missing")]


def test_import_twice_then_change_one_cell(catalog_file):
    path = catalog_file(ROWS, merges=["B4:B5"])
    report, code = run("import_catalog", str(path))
    assert (counts(report), report["errors"], code) == ([3, 3, 0, 0, 0], [], 0)
    assert counts(run("import_catalog", str(path))[0]) == [3, 0, 0, 3, 0]
    book = openpyxl.load_workbook(path)
    book.active["F5"] = "实时公开"
    book.save(path)
    assert counts(run("import_catalog", str(path))[0]) == [3, 0, 1, 2, 0]
    item = Item.objects.get(levels=["低保", "办事指南"])
    assert (item.time_limit, item.time_limit_parsed["kind"]) == ("实时公开", "immediate")
    assert item.code == "shehui-jiuzhu-00002"
    assert CatalogImport.objects.count() == 3


def test_dry_run_writes_nothing(catalog_file):
    report, code = run("import_catalog", str(catalog_file(ROWS)), "--dry-run", "--items")
    assert (counts(report), code) == ([3, 3, 0, 0, 0], 0)
    assert report["items"][0]["levels"] == ["低保", "政策文件"]
    assert (Item.objects.count(), CatalogImport.objects.count(), SubjectMapping.objects.count()) == (0, 0, 0)


def test_items_bear_exactly_the_keys_of_the_design(catalog_file):
    report, _code = run("import_catalog", str(catalog_file(ROWS)), "--dry-run", "--items")
    assert set(report) == {
        "rows",
        "created",
        "changed",
        "unchanged",
        "missing",
        "warnings",
        "errors",
        "items",
    }
    assert set(report["items"][0]) == {
        "sheet", "rows", "field", "serial", "levels", "content", "basis", "time_limit", "subject",
        "channels", "audience", "manner", "tiers", "extra",
    }  # fmt: skip
    assert report["items"][0]["channels"] == {"marked": ["政府网站"], "unmarked": ["政府公报"]}
    assert report["items"][0]["field"] == "社会救助"


def test_errors_write_nothing_and_exit_with_one(catalog_file):
    rows = [*ROWS, row(4, None, "审核信息", content=1234567890123456)]
    report, code = run("import_catalog", str(catalog_file(rows)), "--items")
    assert (code, counts(report)) == (1, [4, 0, 0, 0, 0])
    assert report["errors"] == [
        {"sheet": "Sheet1", "row": 7, "column": "D", "message": report["errors"][0]["message"]}
    ]
    assert len(report["items"]) == 4
    assert Item.objects.count() == 0


def test_the_field_decides_and_an_unknown_one_is_refused(catalog_file):
    path = catalog_file(ROWS, caption="白石乡人民政府公开事项一览")
    assert run("import_catalog", str(path))[1] == 1
    report, code = run("import_catalog", str(path), "--field", "jiuye")
    assert (report["created"], code) == (3, 0)
    with pytest.raises(CommandError, match="就业"):
        call_command("import_catalog", str(path), "--field", "jiuyee")


def test_marks_chosen_leaves_empty_boxes_unused(catalog_file):
    run("import_catalog", str(catalog_file(ROWS)), "--marks", "chosen")
    assert {use["mark"] for use in Item.objects.first().channels} == {"required", "unused"}


def test_agency_and_file_must_exist(catalog_file, tmp_path):
    with pytest.raises(CommandError, match="没有代码"):
        call_command("import_catalog", str(catalog_file(ROWS)), "--agency", "nobody")
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("import_catalog", str(tmp_path / "none.xlsx"))


def test_missing_items_are_reported_and_kept(catalog_file):
    run("import_catalog", str(catalog_file(ROWS)))
    report, _code = run("import_catalog", str(catalog_file(ROWS[:1])))
    assert counts(report) == [1, 0, 0, 1, 2]
    assert Item.objects.in_force().count() == 3


def test_catalogs_of_agencies_are_apart(catalog_file):
    AgencyFactory(code="minzheng")
    run("import_catalog", str(catalog_file(ROWS)))
    report, _code = run("import_catalog", str(catalog_file(ROWS)), "--agency", "minzheng")
    assert counts(report) == [3, 3, 0, 0, 0]
    codes = list(Item.objects.order_by("code").values_list("code", flat=True))
    assert codes == [f"shehui-jiuzhu-{n:05d}" for n in range(1, 7)]


def test_what_is_exported_comes_back_unchanged(catalog_file, tmp_path):
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局")
    rows = [row(1, "0012号", "政策文件", content="00123"), row(2, "低保", "指南", group="入住老人", town="√")]
    run("import_catalog", str(catalog_file(rows)))
    run("import_catalog", str(catalog_file(ROWS, name="b.xlsx")), "--agency", "minzheng", "--field", "jiuye")
    Item.objects.filter(content="00123").update(content="=1+1\n@x", telephone="0799-5210503")
    for name in ("out.xlsx", "out.csv"):
        out = tmp_path / name
        report, _code = run("export_catalog", str(out))
        assert report["items"] == 5
        # Each table's caption names its agency, the county's own none: without --agency they find home.
        assert counts(run("import_catalog", str(out))[0]) == [5, 0, 0, 5, 0]
    run("export_catalog", str(tmp_path / "one.xlsx"), "--agency", "minzheng", "--field", "jiuye")
    sheet = openpyxl.load_workbook(tmp_path / "one.xlsx").worksheets[0]
    assert sheet["A1"].value == f"（17）{minzheng.name}就业领域基层政务公开标准目录"
    assert counts(run("import_catalog", str(tmp_path / "one.xlsx"), "--agency", "minzheng")[0]) == [
        3,
        0,
        0,
        3,
        0,
    ]


def test_json_and_csv(catalog_file, tmp_path):
    run("import_catalog", str(catalog_file(ROWS)))
    run("export_catalog", str(tmp_path / "out.json"))
    data = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [item["levels"] for item in data["items"]] == [
        ["低保", "政策文件"],
        ["低保", "办事指南"],
        ["特困", "政策文件"],
    ]
    assert set(data["items"][0]) >= {"field", "channels", "tiers", "extra"}
    run("export_catalog", str(tmp_path / "out.csv"))
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))) == 4 + 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["out.doc"], "结尾"),
        (["none/out.xlsx"], "不存在"),
        (["out.xlsx", "--field", "nothing"], "没有地址名"),
        (["out.xlsx", "--agency", "nobody"], "没有代码"),
    ],
)
def test_export_says_what_is_wrong(tmp_path, args, words):
    with pytest.raises(CommandError, match=words):
        call_command("export_catalog", str(tmp_path / args[0]), *args[1:])


def test_the_catalog_as_it_stood_on_a_day(tmp_path, time_machine_days):
    agency, field = root_agency(), Field.objects.get(slug="jiuye")
    yesterday = timezone.localdate() - timedelta(days=1)
    ItemFactory(agency=agency, field=field, code="jiuye-00001")
    assert run("export_catalog", str(tmp_path / "a.json"))[0]["items"] == 1
    assert run("export_catalog", str(tmp_path / "a.json"), "--on", yesterday.isoformat())[0]["items"] == 0
    time_machine_days(1)
    assert run("export_catalog", str(tmp_path / "a.json"), "--on", yesterday.isoformat())[0]["items"] == 1
    Item.objects.update(content="后来的内容")
    run("export_catalog", str(tmp_path / "a.json"), "--on", yesterday.isoformat())
    then = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["items"][0]
    assert then["content"] == "检查结果、处理情况"


@pytest.fixture
def time_machine_days():
    """Shift the history written so far into the past (append-only in life, so by disabling its guard)."""
    from django.db import connection

    def shift(days):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE catalog_itemevent DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE catalog_itemevent SET pgh_created_at = pgh_created_at - %s * interval '1 day'",
                [days],
            )
            cursor.execute("ALTER TABLE catalog_itemevent ENABLE TRIGGER USER")

    return shift


def test_fields_are_planted_once_and_kept_as_people_changed_them():
    from catalog.reference import plant_fields

    assert Field.objects.of_standard_catalog().count() == 26
    assert set(Field.objects.get(slug="fupin").aliases.values_list("name", flat=True)) == {
        "巩固拓展脱贫攻坚成果", "乡村振兴", "脱贫攻坚",
    }  # fmt: skip
    Field.objects.filter(slug="fupin").update(name="乡村振兴和扶贫")
    Field.objects.filter(slug="jiuye").delete()
    plant_fields()
    assert Field.objects.get(slug="fupin").name == "乡村振兴和扶贫"
    assert Field.objects.get(slug="jiuye").aliases.count() == 2
