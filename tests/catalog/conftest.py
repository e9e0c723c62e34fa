"""Workbooks made for the tests, the known fields, people of two bureaus, a storage that is thrown away."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from catalog.exchange.fields import FieldIndex, KnownField
from tests.factories import AgencyFactory, OfficeUserFactory, ReviewerFactory, UserFactory, root_agency

FIELDS = Path(__file__).parents[2] / "catalog" / "reference" / "fields.csv"
CAPTION = "社会救助领域基层政务公开标准目录"
HEADER = [
    ["序号", "公开事项", None, "公开内容(要素)", "公开依据", "公开时限", "公开主体", "公开渠道和载体",
     "公开对象", None, "公开方式", None, "公开层级", None],
    [None, "一级事项", "二级事项", None, None, None, None, None,
     "全社会", "特定群体", "主动", "依申请", "县级", "乡级"],
]  # fmt: skip
HEADER_MERGES = [
    "A2:A3", "B2:C2", "D2:D3", "E2:E3", "F2:F3", "G2:G3", "H2:H3", "I2:J2", "K2:L2", "M2:N2",
]  # fmt: skip


def row(serial, first, second, content="检查结果", **other):
    """One body row of the official table."""
    return [
        serial,
        first,
        second,
        content,
        other.get("basis", "《中华人民共和国政府信息公开条例》"),
        other.get("limit", "信息形成之日起20个工作日内"),
        other.get("subject", "青澜县民政局"),
        other.get("channels", "■政府网站 □政府公报"),
        other.get("whole", "√"),
        other.get("group"),
        other.get("active", "√"),
        other.get("asked"),
        other.get("county", "√"),
        other.get("town"),
    ]


def save_book(
    path: Path, sheets: dict[str, list[list]], merges: dict[str, Iterable[str]] | None = None
) -> Path:
    """Write sheets of rows with openpyxl: a formula is written without a stored value."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
        for merge in (merges or {}).get(name, ()):
            sheet.merge_cells(merge)
    book.save(path)
    return path


@pytest.fixture
def catalog_file(tmp_path):
    """A file with one official table: `catalog_file(rows, caption=…, merges=[…], sheet=…)`."""

    def make(rows, *, caption=CAPTION, merges=(), sheet="Sheet1", name="catalog.xlsx"):
        table = [[caption], *HEADER, *rows]
        return save_book(tmp_path / name, {sheet: table}, {sheet: [*HEADER_MERGES, *merges]})

    return make


@pytest.fixture
def fields():
    """The 26 fields as the reader knows them, without a database."""
    with FIELDS.open(encoding="utf-8", newline="") as file:
        return FieldIndex(
            KnownField(r["slug"], r["name"], tuple(a for a in r["aliases"].split(";") if a))
            for r in csv.DictReader(file)
        )


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """Files of a test go into its own folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files", "base_url": None},
        },
    }
    return tmp_path / "files"


@pytest.fixture
def people(db):
    """民政局 with a clerk and a reviewer, 农业农村局 with a clerk, the county's office."""
    county = root_agency()
    county.name = "青澜县人民政府"
    county.save()
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局", short_name="县民政局")
    nongye = AgencyFactory(code="nongye", name="青澜县农业农村局", short_name="县农业农村局")
    return SimpleNamespace(
        county=county,
        minzheng=minzheng,
        nongye=nongye,
        clerk=UserFactory(username="jingban", agency=minzheng),
        reviewer=ReviewerFactory(username="shenhe", agency=minzheng),
        stranger=UserFactory(username="waidan", agency=nongye),
        office=OfficeUserFactory(username="zhengfuban"),
    )
