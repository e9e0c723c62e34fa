"""Agencies as an Excel table: what goes out comes in unchanged, and errors stand at their rows."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from zeal import zeal_ignore

from agencies.models import Agency
from tests.factories import AdministratorFactory, AgencyFactory, OfficeUserFactory, root_agency

pytestmark = pytest.mark.django_db
IMPORT, EXPORT = "admin:agencies_agency_import", "admin:agencies_agency_export"


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def workbook(client):
    return openpyxl.load_workbook(io.BytesIO(client.get(reverse(EXPORT)).content))


def upload(client, book):
    out = io.BytesIO()
    if isinstance(book, bytes):
        out.write(book)
    else:
        book.save(out)
    file = SimpleUploadedFile("单位.xlsx", out.getvalue())
    # Every row that differs goes through the services by itself: zeal takes that for a loop.
    with zeal_ignore():
        return client.post(reverse(IMPORT), {"import_file": file, "format": "0", "resource": "0"})


def confirm(client, response):
    data = response.context["confirm_form"].initial
    with zeal_ignore():
        return client.post(reverse("admin:agencies_agency_process_import"), data, follow=True)


def column(sheet, heading):
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def put(sheet, row, heading, value):
    sheet.cell(row, column(sheet, heading)).value = value


def errors(response):
    return {
        (row.number + 1, name): messages
        for row in response.context["result"].invalid_rows
        for name, messages in row.error_dict.items()
    }


def new_row(sheet, **cells):
    row = sheet.max_row + 1
    given = {"代码": "minzheng", "全称": "青澜县民政局", "性质": "部门", "上级单位代码": "county"}
    for heading, value in {**given, **cells}.items():
        put(sheet, row, heading, value)
    return row


def test_what_is_exported_comes_back_unchanged(client, administrator):
    town = AgencyFactory(code="linjiang", kind="township", aliases=["临江", "江边"], postcode="039920")
    AgencyFactory(parent=town, phone="=1+1", credit_code="11539921MB00000197", active_from="1984-05-01")
    response = upload(client, workbook(client))
    totals = response.context["result"].totals
    assert (totals["new"], totals["update"], totals["skip"]) == (0, 0, Agency.objects.count())


def test_every_exported_cell_is_text(client, administrator):
    AgencyFactory(phone="=1+1", order=7, postcode="039920")
    sheet = workbook(client).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert "=1+1" in [cell.value for row in sheet.iter_rows() for cell in row]
    assert "None" not in [cell.value for row in sheet.iter_rows() for cell in row]


def test_new_and_changed_rows_are_shown_first_and_written_on_confirmation(client, administrator):
    AgencyFactory(code="caizheng", phone="0799-1")
    book = workbook(client)
    sheet = book.active
    row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == "caizheng")
    put(sheet, row, "联系电话", "0799-2")
    new_row(sheet, 邮政编码=539920, 成立日期="1984-05-01")
    preview = upload(client, book)
    assert preview.context["result"].totals["new"] == 1
    assert "<del>0799-1</del> <ins>0799-2</ins>" in preview.content.decode()
    assert Agency.objects.get(code="caizheng").phone == "0799-1"
    assert not Agency.objects.filter(code="minzheng").exists()
    done = confirm(client, preview)
    assert "新增 1 个，修改 1 个" in done.content.decode()
    made = Agency.objects.get(code="minzheng")
    assert (made.path, made.postcode) == ("county/minzheng/", "539920")
    assert Agency.objects.get(code="caizheng").phone == "0799-2"


def test_a_parent_may_stand_in_the_same_file_above_its_child(client, administrator):
    book = workbook(client)
    new_row(book.active, 代码="linjiang", 全称="青澜县临江镇人民政府", 性质="乡镇街道")
    new_row(book.active, 代码="liuwan", 全称="柳湾村村民委员会", 性质="村居委会", 上级单位代码="linjiang")
    confirm(client, upload(client, book))
    assert Agency.objects.get(code="liuwan").path == "county/linjiang/liuwan/"


@pytest.mark.parametrize(
    ("cells", "heading", "says"),
    [
        ({"性质": "衙门"}, "性质", "性质应是下面之一"),
        ({"上级单位代码": "nowhere"}, "上级单位代码", "没有代码为「nowhere」"),
        ({"统一社会信用代码": 115399210000000001}, "统一社会信用代码", "已丢失"),
        ({"联系电话": 799.5}, "联系电话", "已丢失"),
        ({"邮政编码": 39920}, "邮政编码", "6位"),
        ({"成立日期": "去年"}, "成立日期", "日期"),
        ({"代码": None}, "代码", "不能空着"),
        ({"代码": "county"}, "代码", "两次"),
        ({"电子邮箱": "none"}, "电子邮箱", "Email"),
    ],
)
def test_errors_stand_at_their_row_and_nothing_is_written(client, administrator, cells, heading, says):
    book = workbook(client)
    new_row(book.active, 代码="good", 全称="好局")
    row = new_row(book.active, **cells)
    response = upload(client, book)
    found = errors(response)
    assert list(found) == [(row, heading)]
    assert says in found[(row, heading)][0]
    assert f"第 {row} 行" in response.content.decode()
    assert "confirm_form" not in response.context
    assert not Agency.objects.filter(code="good").exists()


def test_all_errors_are_told_at_once(client, administrator):
    book = workbook(client)
    first = new_row(book.active, 代码="a", 性质="衙门", 邮政编码="1")
    second = new_row(book.active, 代码="b", 联系电话=1.5)
    assert set(errors(upload(client, book))) == {(first, "性质"), (first, "邮政编码"), (second, "联系电话")}


def test_names_and_places_do_not_change_by_table(client, administrator):
    AgencyFactory(code="caizheng", name="青澜县财政局")
    book = workbook(client)
    row = next(r for r in range(2, book.active.max_row + 1) if book.active.cell(r, 1).value == "caizheng")
    put(book.active, row, "全称", "青澜县财税局")
    found = errors(upload(client, book))
    assert "更名" in found[(row, "全称")][0]


def test_the_office_changes_but_does_not_found(client):
    client.force_login(OfficeUserFactory())
    book = workbook(client)
    row = new_row(book.active)
    found = errors(upload(client, book))
    assert list(found) == [(row, "__all__")]
    assert "系统管理员" in found[(row, "__all__")][0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sheet: put(sheet, 1, "代码", "编号"), "没有找到这些列：代码"),
        (lambda sheet: put(sheet, 1, "简称", "全称"), "出现了两次：全称"),
        (lambda sheet: put(sheet, 1, "简称", "小名"), "不认识这些列：小名"),
    ],
)
def test_a_wrong_heading_is_named(client, administrator, change, says):
    book = workbook(client)
    change(book.active)
    assert says in upload(client, book).content.decode()


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_said_kindly(client, administrator, data):
    page = upload(client, data).content.decode()
    assert ".xlsx" in page
    assert "Traceback" not in page
    assert Agency.objects.count() == 2


def test_too_many_rows_are_refused(client, administrator):
    book = openpyxl.Workbook()
    for _ in range(5002):
        book.active.append(["x"])
    assert "超过 5000 行" in upload(client, book).content.decode()


def test_a_change_between_preview_and_confirmation_writes_nothing(client, administrator):
    book = workbook(client)
    new_row(book.active, 代码="good", 全称="好局")
    new_row(book.active)
    preview = upload(client, book)
    AgencyFactory(code="other", name="青澜县民政局", parent=root_agency())
    page = confirm(client, preview).content.decode()
    assert "没有导入任何一行" in page
    assert not Agency.objects.filter(code="good").exists()


@pytest.mark.parametrize(
    "forged",
    [
        {"import_file_name": "tmp-nobody-uploaded-this"},
        {"import_file_name": "."},
        {"format": "99"},
        {"format": "x"},
        {"resource": "99"},
        {"format": ""},
        {"import_file_name": ""},
    ],
)
def test_a_forged_confirmation_is_a_sentence(client, administrator, forged):
    data = upload(client, workbook(client)).context["confirm_form"].initial
    response = client.post(reverse("admin:agencies_agency_process_import"), {**data, **forged}, follow=True)
    assert response.redirect_chain == [(reverse(IMPORT), 302)]
    assert "找不到刚才核对的文件，这次没有导入任何一行。请重新上传，再核对一遍。" in response.content.decode()
