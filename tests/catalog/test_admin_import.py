"""The import page: preview before anything is written; permission and scope at each step."""

from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse

from catalog import services
from catalog.drafts import Draft
from catalog.models import CatalogImport, Field, Item, PendingImport
from tests.catalog.conftest import row

pytestmark = pytest.mark.django_db
ROWS = [row(1, "低保", "政策文件"), row(2, None, "办事指南", limit="及时公开")]
UPLOAD = "admin:catalog_item_import"
LIST = "admin:catalog_item_changelist"


@pytest.fixture
def clerk(client, people):
    client.force_login(people.clerk)
    return client


@pytest.fixture
def office(client, people):
    """县政府办公室, which imports at once; a clerk's import becomes an adjustment."""
    client.force_login(people.office)
    return client


def upload(client, path, agency, **other):
    with path.open("rb") as file:
        return client.post(reverse(UPLOAD), {"file": file, "agency": agency.pk, **other})


def preview_of(client, path, agency, **other):
    response = upload(client, path, agency, **other)
    assert response.status_code == 302, response.context["form"].errors
    return response.url, client.get(response.url)


def confirm(client, url, page, **other):
    return client.post(url, {"confirm": "1", "seen": page.context["read"].plan.seen, **other}, follow=True)


def test_upload_preview_confirm(office, people, catalog_file, storage):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    text = page.content.decode()
    assert "现在还没有写入任何内容" in text
    assert "低保 / 办事指南" in text
    assert (Item.objects.count(), PendingImport.objects.count()) == (0, 1)
    done = confirm(office, url, page)
    assert "新增 2 项" in done.content.decode()
    assert Item.objects.filter(agency=people.minzheng).count() == 2
    assert CatalogImport.objects.get().imported_by == people.office
    assert PendingImport.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_file_is_gone_after_confirming(office, people, catalog_file, storage):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 1
    confirm(office, url, page)
    assert [path for path in storage.rglob("*") if path.is_file()] == []


def test_the_preview_shows_old_and_new_by_cell(office, people, catalog_file):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    confirm(office, url, page)
    changed = [row(1, "低保", "政策文件"), row(2, None, "办事指南", limit="实时公开"), row(3, "特困", "名录")]
    _url, page = preview_of(office, catalog_file(changed[1:], name="b.xlsx"), people.minzheng)
    counts = page.context["counts"]
    assert counts == {"rows": 2, "created": 1, "changed": 1, "unchanged": 0, "missing": 1}
    text = page.content.decode()
    assert "<del>及时公开</del>" in text
    assert "<ins>实时公开</ins>" in text
    assert "F4" in text
    assert "低保 / 政策文件（shehui-jiuzhu-00001）" in text


def test_cancel_writes_nothing(clerk, people, catalog_file):
    url, _page = preview_of(clerk, catalog_file(ROWS), people.minzheng)
    response = clerk.post(url, {"cancel": "1"}, follow=True)
    assert "没有写入任何内容" in response.content.decode()
    assert (Item.objects.count(), PendingImport.objects.count()) == (0, 0)


def test_errors_stand_at_their_cells_and_cannot_be_confirmed(clerk, people, catalog_file):
    rows = [*ROWS, row(3, None, "审核信息", content=0.5)]
    url, page = preview_of(clerk, catalog_file(rows), people.minzheng)
    text = page.content.decode()
    assert "有 1 处错误，不能导入" in text
    assert "<td>D6</td>" in text
    assert 'name="confirm"' not in text
    clerk.post(url, {"confirm": "1", "seen": ""})
    assert Item.objects.count() == 0


def test_the_clerk_says_what_the_file_does_not(office, people, catalog_file):
    path = catalog_file(ROWS, caption="白石乡人民政府2026年公开事项表")
    url, page = preview_of(office, path, people.minzheng)
    assert "看不出属于哪个领域" in page.content.decode()
    jiuye = Field.objects.get(slug="jiuye")
    page = office.post(url, {"again": "1", "field": jiuye.pk, "marks": "chosen"}, follow=True)
    confirm(office, url, page)
    assert {item.field.slug for item in Item.objects.all()} == {"jiuye"}
    assert {use["mark"] for item in Item.objects.all() for use in item.channels} == {"required", "unused"}


def test_a_catalog_that_moved_shows_the_preview_again(office, people, catalog_file):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    services.import_catalog(
        drafts=[Draft(levels=["低保", "政策文件"], field_slug="shehui-jiuzhu")],
        agency=people.minzheng,
        file_name="x",
        sha256="",
        by=people.office,
    )
    again = confirm(office, url, page)
    assert "预览以后目录有了变化" in again.content.decode()
    assert again.context["counts"]["changed"] == 1
    assert Item.objects.count() == 1
    confirm(office, url, again)
    assert Item.objects.count() == 2


def test_the_upload_belongs_to_one_person_and_expires(client, people, catalog_file):
    client.force_login(people.clerk)
    url, page = preview_of(client, catalog_file(ROWS), people.minzheng)
    client.force_login(people.office)
    assert client.get(url).status_code == 302
    assert client.post(url, {"confirm": "1", "seen": page.context["read"].plan.seen}).status_code == 302
    assert Item.objects.count() == 0
    client.force_login(people.clerk)
    assert client.get(url).status_code == 200
    PendingImport.objects.update(uploaded_at=PendingImport.objects.get().uploaded_at - timedelta(hours=3))
    assert "已经过期" in client.get(url, follow=True).content.decode()


def test_other_agencies_cannot_be_chosen(clerk, people, catalog_file):
    response = upload(clerk, catalog_file(ROWS), people.nongye)
    assert "agency" in response.context["form"].errors
    assert PendingImport.objects.count() == 0
    assert people.nongye.name not in clerk.get(reverse(UPLOAD)).content.decode()


def test_a_clerk_who_moved_to_another_agency_may_no_longer_confirm(clerk, people, catalog_file):
    url, page = preview_of(clerk, catalog_file(ROWS), people.minzheng)
    people.clerk.agency = people.nongye
    people.clerk.save()
    assert clerk.get(url).status_code == 302
    confirm(clerk, url, page)
    assert Item.objects.count() == 0


def test_a_caption_of_another_agency_is_refused_at_the_preview(clerk, people, catalog_file):
    path = catalog_file(ROWS, caption="青澜县农业农村局社会救助领域基层政务公开标准目录")
    response = upload(clerk, path, people.minzheng, by_caption="on")
    page = clerk.get(response.url, follow=True)
    assert "不在您的管理范围内" in page.content.decode()
    _url, page = preview_of(clerk, path, people.minzheng)
    assert {part.agency_id for part in page.context["read"].plan.plans} == {people.minzheng.pk}


def test_who_may_not_import_sees_no_door(client, people, catalog_file):
    client.force_login(people.reviewer)
    assert client.get(reverse(UPLOAD)).status_code == 403
    assert reverse(UPLOAD) not in client.get(reverse(LIST)).content.decode()
    client.logout()
    assert client.get(reverse(UPLOAD)).status_code == 302


def test_a_file_that_is_no_workbook_gets_a_sentence(clerk, people, tmp_path):
    path = tmp_path / "照片.xlsx"
    path.write_bytes(b"\xff\xd8\xff\xe0 no workbook")
    _url, page = preview_of(clerk, path, people.minzheng)
    assert "这不是 Excel 工作簿" in page.content.decode()


def test_wrong_methods(clerk, people, catalog_file):
    assert clerk.put(reverse(UPLOAD)).status_code == 405


def test_exported_from_the_list_it_comes_back_unchanged(office, people, catalog_file, tmp_path):
    url, page = preview_of(office, catalog_file(ROWS), people.minzheng)
    confirm(office, url, page)
    response = office.get(reverse("admin:catalog_item_export"))
    path = tmp_path / "out.xlsx"
    path.write_bytes(b"".join(response.streaming_content))
    assert openpyxl.load_workbook(path).worksheets[0]["A3"].value == "序号"
    _url, page = preview_of(office, path, people.minzheng)
    assert page.context["counts"] == {"rows": 2, "created": 0, "changed": 0, "unchanged": 2, "missing": 0}
    assert page.context["nothing_to_do"] is True


def test_the_office_brings_a_whole_county_back_where_it_belongs(client, people, catalog_file, tmp_path):
    client.force_login(people.office)
    form = client.get(reverse(UPLOAD)).context["form"]
    assert (form["agency"].initial, form["by_caption"].initial) == (people.county, True)
    for agency in (people.county, people.minzheng):
        services.import_catalog(
            drafts=[Draft(levels=["低保", "政策文件"], field_slug="shehui-jiuzhu")],
            agency=agency,
            file_name="x",
            sha256="",
            by=None,
        )
    path = tmp_path / "county.xlsx"
    path.write_bytes(b"".join(client.get(reverse("admin:catalog_item_export")).streaming_content))
    _url, page = preview_of(client, path, people.county, by_caption="on")
    assert page.context["counts"] == {"rows": 2, "created": 0, "changed": 0, "unchanged": 2, "missing": 0}
