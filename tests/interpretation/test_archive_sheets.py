"""存量导入 by Excel: the same records as JSON Lines, with a preview in which nothing is written."""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from disclosure.models import Document
from interpretation.exchange.archive_sheets import COLUMNS, NoTable, read_sheet, write_template
from interpretation.models import ArchiveUpload, Interpretation

pytestmark = pytest.mark.django_db
LIST = "/admin/interpretation/archiveupload/"


def a_list(*rows):
    keys = [column.key for column in COLUMNS]
    lines = [",".join(column.heading for column in COLUMNS)]
    lines += [",".join(f'"{one.get(key, "")}"' for key in keys) for one in rows]
    return ContentFile("\n".join(lines).encode("utf-8-sig"), name="旧网站.csv")


PAPER = {
    "id": "a1",
    "kind": "文件",
    "title": "关于冬春救助的通知",
    "written_on": "2019年3月2日",
    "validity": "有效",
}
TOLD = {"id": "a2", "kind": "解读", "title": "冬春救助怎么申请", "relates_to_ids": "a1"}


def upload(client, people, *rows, **data):
    client.force_login(people.office)
    sent = {"agency": people.minzheng.pk, "file": a_list(*rows), **data}
    return client.post(LIST, sent, follow=True)


def test_previewed_then_written_then_the_same_again(client, people):
    page = upload(client, people, PAPER, TOLD, publish="on")
    assert (page.context["report"].created, Document.objects.count()) == (2, 0)
    address = page.request["PATH_INFO"]
    assert client.post(address, {"confirm": "1"}).status_code == 302
    paper = Document.objects.get()
    assert (paper.source_id, paper.status, str(paper.written_on)) == ("a1", "published", "2019-03-02")
    assert list(Interpretation.objects.get().documents.all()) == [paper]
    # A second click finds nothing, and the file is gone.
    assert client.post(address, {"confirm": "1"}).url == LIST
    assert not ArchiveUpload.objects.exists()
    again = upload(client, people, {**PAPER, "title": "关于冬春救助工作的通知"}, TOLD, publish="on")
    report = again.context["report"]
    assert (report.created, report.changed, report.unchanged) == (0, 1, 1)
    [(row, outcome, _)] = again.context["changed"]
    assert (row, outcome.changes) == (2, (("标题", "关于冬春救助的通知", "关于冬春救助工作的通知"),))
    client.post(again.request["PATH_INFO"], {"cancel": "1"})
    paper.refresh_from_db()
    assert paper.title == "关于冬春救助的通知"


def test_errors_are_named_by_row_and_column_and_nothing_is_written(client, people):
    page = upload(client, people, PAPER, {**TOLD, "written_on": "2019-02-30", "kind": "说明"})
    assert {(row, heading) for row, heading, _, _ in page.context["errors"]} == {(3, "成文日期"), (3, "类型")}
    client.post(page.request["PATH_INFO"], {"confirm": "1"})
    assert not Document.objects.exists()


def test_a_changed_body_is_shown_without_markup_where_it_parts(client, people):
    text = "各乡镇人民政府、县直各单位：现将冬春救助有关事项通知如下，请认真贯彻执行。"
    text += "标准分三档，按家庭困难程度确定，请逐户公示后发放。第一档每人"
    page = upload(client, people, {**PAPER, "body": f"{text}300元。"}, publish="on")
    client.post(page.request["PATH_INFO"], {"confirm": "1"})
    again = upload(client, people, {**PAPER, "body": f"{text}500元。"}, publish="on")
    said = "正文：…户公示后发放。第一档每人300元。 → …户公示后发放。第一档每人500元。"
    assert said in again.content.decode()


def test_what_is_wrong_is_said_in_the_words_and_rows_of_the_sheet(client, people):
    gap = dict.fromkeys(PAPER, "")
    page = upload(client, people, gap, PAPER, {**TOLD, "id": "a1"}, {**TOLD, "id": "", "kind": "通知"})
    said = {(row, heading): message for row, heading, _, message in page.context["errors"]}
    assert said[4, "编号"].startswith("编号与第3行重复")
    assert said[5, "编号"].startswith("缺少编号（id）：再次导入时凭它认出同一条")
    assert "文件（document）、" in said[5, "类型"]
    data = {"agency": people.minzheng.pk}
    assert "请选择要导入的 Excel 文件。" in client.post(LIST, data).content.decode()


@pytest.mark.parametrize("who", ["clerk", "reviewer", "administrator"])
def test_the_office_alone(client, people, who):
    page = upload(client, people, PAPER)
    client.force_login(getattr(people, who))
    assert client.get(LIST).status_code == 403
    assert client.post(page.request["PATH_INFO"], {"confirm": "1"}).status_code in {302, 403}
    assert client.get(reverse("admin:interpretation_archiveupload_template")).status_code == 403
    assert not Document.objects.exists()


def test_the_template_is_read_back(tmp_path):
    target = io.BytesIO()
    write_template(target)
    path = tmp_path / "t.xlsx"
    path.write_bytes(target.getvalue())
    assert read_sheet(path).lines == []
    path.write_text("单价,数量\n1,2\n")
    with pytest.raises(NoTable, match="编号"):
        read_sheet(path)
