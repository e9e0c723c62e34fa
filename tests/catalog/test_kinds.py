"""Two catalogs that papers confuse stay two: the agency's 主动公开基本目录 and the fields' 标准目录."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from catalog.exchange.imports import known_fields
from catalog.models import Field, Item
from catalog.reference import plant_fields
from catalog.states import CatalogKind
from tests.factories import AgencyFactory, FieldFactory, ItemFactory

pytestmark = pytest.mark.django_db


def test_migrate_plants_both_and_leaves_what_people_changed():
    assert Field.objects.of_standard_catalog().count() == 26
    assert Field.objects.get(slug="basic").catalog == CatalogKind.BASIC
    assert Field.objects.get(slug="village").catalog == CatalogKind.VILLAGE
    Field.objects.filter(slug="basic").update(name="本单位主动公开基本目录")
    Field.objects.get(slug="village").aliases.all().delete()
    plant_fields()
    assert Field.objects.get(slug="basic").name == "本单位主动公开基本目录"
    assert not Field.objects.get(slug="village").aliases.exists()
    assert Field.objects.count() == 28


@pytest.mark.parametrize(
    ("caption", "slug"),
    [
        ("保安镇人民政府政务信息主动公开基本目录", "basic"),
        ("青澜县民政局主动公开基本目录", "basic"),
        ("附件2：青澜县教育体育局政府信息主动公开基本目录（2026年版）", "basic"),
        ("青澜县民政局主动公开目录", "basic"),
        ("主动公开目录", "basic"),
        ("村（居）务公开基本目录", "village"),
        ("临江镇柳湾村村务公开目录", "village"),
        ("松岗社区居务公开目录", "village"),
        ("青澜县村级公开目录", "village"),
        ("青澜县村(居)务公开基本目录（试行）", "village"),
        # These are fields of the standard catalog, whatever words they borrow.
        ("义务教育主动公开目录", "yiwu-jiaoyu"),
        ("社会救助领域主动公开目录", "shehui-jiuzhu"),
        ("（19）青澜县民政局社会救助领域基层政务公开标准目录", "shehui-jiuzhu"),
        ("社会救助领域基层政务公开标准目录", "shehui-jiuzhu"),
        ("青澜县就业领域公开基本目录", "jiuye"),
    ],
)
def test_caption_names_the_catalog(caption, slug):
    found = known_fields().of_caption(caption)
    assert found is not None
    assert found.slug == slug


def test_a_sheet_called_so_names_the_catalog():
    assert known_fields().of_sheet("基本目录").slug == "basic"
    assert known_fields().of_sheet("15.社会救助领域").slug == "shehui-jiuzhu"


def test_file_of_a_bureau_goes_into_its_basic_catalog(catalog_file, capsys, people):
    from tests.catalog.conftest import row

    path = catalog_file([row(1, "机构", "机构职能")], caption="青澜县民政局主动公开基本目录")
    call_command("import_catalog", str(path), "--agency", "minzheng")
    assert json.loads(capsys.readouterr().out)["created"] == 1
    item = Item.objects.get()
    assert (item.code, item.field.catalog, item.agency.code) == ("basic-00001", "basic", "minzheng")
    assert not Item.objects.of_standard_catalog().exists()
    assert Item.objects.of_catalog(CatalogKind.BASIC).get() == item


def test_lists_of_the_standard_catalog_leave_the_others_out(client):
    agency = AgencyFactory(code="minzheng", name="青澜县民政局")
    basic, welfare = Field.objects.get(slug="basic"), Field.objects.get(slug="shehui-jiuzhu")
    ItemFactory(agency=agency, field=basic, code="basic-00001", levels=["机构职能"])
    ItemFactory(agency=agency, field=welfare, code="shehui-jiuzhu-00001")

    home = client.get("/").content.decode()
    assert "/catalog/shehui-jiuzhu/" in home
    assert "/catalog/basic/" not in home
    assert client.get("/api/v1/fields").json()["count"] == 26
    assert [row["id"] for row in client.get("/api/v1/catalog/items").json()["results"]] == [
        "shehui-jiuzhu-00001"
    ]
    asked = client.get("/api/v1/catalog/items?field=basic").json()
    assert [row["id"] for row in asked["results"]] == ["basic-00001"]
    fields = client.get("/sitemap-fields.xml").content.decode()
    assert "/catalog/jiuye/" in fields
    assert "/catalog/basic/" not in fields


def test_a_field_of_the_county_counts_as_standard_and_an_ended_one_is_left_out(client):
    from datetime import date

    FieldFactory(slug="lvyou", name="旅游")
    FieldFactory(slug="jiu", name="旧领域", active_to=date(2025, 1, 1))
    slugs = {row["id"] for row in client.get("/api/v1/fields").json()["results"]}
    assert "lvyou" in slugs
    assert "jiu" not in slugs


def test_open_government_keeps_the_three_catalogs_apart(client, django_assert_max_num_queries):
    agency = AgencyFactory(code="minzheng", name="青澜县民政局")
    village = AgencyFactory(code="linjiang-liuwan", name="临江镇柳湾村", kind="village")
    empty = client.get("/open-government/catalog/").content.decode()
    assert "各单位的基本目录还在整理" in empty
    assert "村（居）务公开基本目录" not in empty
    ItemFactory(agency=agency, field=Field.objects.get(slug="basic"), agencies=[])
    ItemFactory(agency=village, field=Field.objects.get(slug="village"), agencies=[])
    ItemFactory(agency=agency, field=Field.objects.get(slug="jiuye"))
    ItemFactory(agency=agency, field=Field.objects.get(slug="basic"), retired_on="2026-01-01")
    with django_assert_max_num_queries(8):
        page = client.get("/open-government/catalog/").content.decode()
    basic, standard = page.split('<h2 id="standard">')
    assert '/catalog/basic/?agency=minzheng"><span>青澜县民政局</span><span class="count">1</span>' in basic
    assert "/catalog/village/?agency=linjiang-liuwan" in basic
    assert "/catalog/jiuye/" in standard
    assert "/catalog/jiuye/" not in basic
    assert client.get("/catalog/basic/?agency=minzheng").status_code == 200
