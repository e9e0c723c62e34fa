"""The 25 real catalogs of ../shared/data: each reads to what a careful person reads, and comes back.

The data stand beside the project and are no part of it. Where they are missing these tests say so and are
skipped; `test_reader` holds the same layouts on files of our own.
"""

import json
from pathlib import Path

import pytest

from catalog.drafts import as_item, bare, comparable
from catalog.exchange.layout import TableSpec
from catalog.exchange.reader import read_catalog
from catalog.exchange.workbook import read_workbook
from catalog.exchange.writer import Table, write_csv, write_xlsx
from catalog.time_limits import parse_time_limit
from tests.catalog.other_formats import WRITERS

DATA = Path(__file__).parents[3] / "shared" / "data" / "catalogs"
NAMES = sorted(path.stem for path in DATA.glob("*.xlsx"))
pytestmark = pytest.mark.skipif(not NAMES, reason=f"real catalogs are not there: {DATA}")
TEXTS = ("serial", "content", "basis", "time_limit", "subject")
LISTS = ("audience", "manner", "tiers")


def loose(value):
    """Texts without white space, lists as sets: how the README says they are compared."""
    if isinstance(value, str):
        return bare(value)
    if isinstance(value, list):
        return frozenset(json.dumps(loose(v), ensure_ascii=False, default=sorted) for v in value)
    if isinstance(value, dict):
        return {key: loose(inner) for key, inner in value.items()}
    return value


def comparable_item(item):
    channels = item["channels"]
    return {
        "rows": item["rows"],
        "levels": [bare(level) for level in item["levels"]],
        "channels": channels and {key: loose(channels[key]) for key in ("marked", "unmarked")},
        "extra": loose(item.get("extra", {})),
        **{key: loose(item[key]) for key in (*TEXTS, *LISTS)},
    }


@pytest.mark.parametrize("name", NAMES)
def test_reads_to_the_expected_items(fields, name):
    expected = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    result = read_catalog(DATA / f"{name}.xlsx", fields, field_slug="jiuye")
    for sheet in expected["sheets"]:
        if sheet.get("refuse"):
            assert result.errors
            continue
        got = [as_item(draft, "") for draft in result.drafts if draft.sheet == sheet["sheet"]]
        wanted = sheet.get("items", [])
        assert [comparable_item(item) for item in got] == [comparable_item(item) for item in wanted]
    if not any(sheet.get("refuse") for sheet in expected["sheets"]):
        assert [error.message for error in result.errors] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb", "xml"])
def test_reads_to_the_same_items_in_another_format(fields, tmp_path, name, kind):
    """What a county's older and newer office programs make of the same table."""
    grids = read_workbook(DATA / f"{name}.xlsx")
    wanted = read_catalog(DATA / f"{name}.xlsx", fields, field_slug="jiuye")
    found = read_catalog(WRITERS[kind](tmp_path / f"a.{kind}", grids), fields, field_slug="jiuye")
    assert [error.message for error in found.errors] == [error.message for error in wanted.errors]
    assert [(draft.sheet, loose(as_item(draft, ""))) for draft in found.drafts] == [
        (draft.sheet, loose(as_item(draft, ""))) for draft in wanted.drafts
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_comes_back_unchanged(fields, tmp_path, name, kind):
    first = read_catalog(DATA / f"{name}.xlsx", fields, field_slug="jiuye")
    by_field = {}
    for draft in first.drafts:
        by_field.setdefault(draft.field_slug, []).append(draft)
    tables = []
    for number, (slug, drafts) in enumerate(by_field.items(), start=1):
        spec = TableSpec(fields.by_slug[slug].name, number)
        for draft in drafts:
            spec.note(draft)
        tables.append(Table(spec, lambda drafts=drafts: drafts))
    if not tables:
        assert first.errors
        return
    path = tmp_path / f"out.{kind}"
    if kind == "xlsx":
        with path.open("wb") as target:
            write_xlsx(target, tables)
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as target:
            write_csv(target, tables)
    again = read_catalog(path, fields)
    assert [error.message for error in again.errors] == []
    written = [draft for drafts in by_field.values() for draft in drafts]
    assert [(d.field_slug, comparable(d)) for d in again.drafts] == [
        (d.field_slug, comparable(d)) for d in written
    ]


@pytest.mark.parametrize("name", NAMES)
def test_time_limits_agree_with_the_hints(name):
    expected = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    for sheet in expected["sheets"]:
        for item in sheet.get("items", []):
            hint, found = item["time_limit_read"], parse_time_limit(item["time_limit"] or "")
            assert found.kind == {"other": "text"}.get(hint["kind"], hint["kind"])
            if "n" in hint:
                assert found.n == hint["n"]


def test_the_same_table_as_csv_of_a_county(fields):
    table = read_catalog(DATA / "taierzhuang_huji.xlsx", fields)
    text = read_catalog(DATA / "taierzhuang_huji_gb18030.csv", fields)
    assert text.errors == []
    assert [comparable(d) for d in text.drafts] == [comparable(d) for d in table.drafts]


def test_fields_of_several_sheets(fields):
    result = read_catalog(DATA / "multi_xian_1.xlsx", fields)
    assert result.errors == []
    assert set(result.fields) == {
        "shehui-jiuzhu",
        "huji-guanli",
        "anquan-shengchan",
        "shipin-yaopin-jianguan",
    }
