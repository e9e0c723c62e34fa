"""批量发布: a list with attachments, checked at its cells, submitted as one, signed as one, or not at all."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disclosure import services
from disclosure.admin.batch_signing import sign
from disclosure.exchange.notices import read_list, write_template
from disclosure.models import Document, NoticeBatch
from disclosure.notice_rows import COLUMNS, key_of_heading, read_date
from disclosure.services import NotAllowed, batches
from disclosure.states import BatchState, Publication

pytestmark = pytest.mark.django_db


def row(number, **changes):
    return {
        "title": f"第{number}季度高龄津贴发放公示",
        "written_on": "2026-03-02",
        "topic": "社会福利",
        "genre": "公告",
        "body": "现将名单予以公示。",
        **changes,
    }


def listed(*rows):
    head = ",".join(column.heading for column in COLUMNS)
    lines = [",".join(f'"{one.get(column.key, "")}"' for column in COLUMNS) for one in rows]
    return ContentFile("\n".join([head, *lines]).encode("utf-8-sig"), name="清单.csv")


@pytest.fixture
def batch(people):
    made = services.create_batch(agency=people.minzheng, name="3月第1周", by=people.clerk)
    services.put_rows(made, rows=[row(n) for n in (1, 2, 3)], by=people.clerk)
    return made


@pytest.fixture(autouse=True)
def by_the_worker(monkeypatch):
    """Every row goes through the services by itself: in a request zeal takes that for a loop."""
    monkeypatch.setattr(batches, "AT_ONCE", 0)


def open_(client, batch, user):
    client.force_login(user)
    return client.get(reverse("admin:disclosure_noticebatch_change", args=[batch.pk]))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("2026/3/2", date(2026, 3, 2)),
        ("2026年3月2日", date(2026, 3, 2)),
        ("20260302", date(2026, 3, 2)),
        ("46083", date(2026, 3, 2)),
        ("", None),
    ],
)
def test_days_as_clerks_and_excel_write_them(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize("text", ["2026-02-30", "下周一", "3月2日", "0001-01-01"])
def test_what_is_no_day(text):
    with pytest.raises(ValueError, match=text):
        read_date(text)


def test_other_words_for_a_column_and_two_for_the_same():
    head = "信息名称,主题,发布日期,成文时间（年-月-日）,内容,正文*,备注"
    lines = f"{head}\n公示,社会福利,2026-03-09,2026-03-02,旧,新,无".encode("utf-8-sig")
    assert read_list(ContentFile(lines, name="清单.csv")) == [
        {"title": "公示", "topic": "社会福利", "written_on": "2026-03-02", "body": "新"}
    ]


def test_the_template_is_read_back(people):
    target = io.BytesIO()
    write_template(target, agency=people.minzheng)
    # The example is none of the clerk's rows.
    assert read_list(ContentFile(target.getvalue(), name="模板.xlsx")) == []
    assert all(key_of_heading(f"{column.heading}*") == column.key for column in COLUMNS)
    named = [name for column in COLUMNS for name in (column.heading, *column.also)]
    assert len(named) == len(set(named))
    assert all(key_of_heading(name) == column.key for column in COLUMNS for name in column.also)
    assert read_list(ContentFile("单价,数量\n1,2".encode(), name="别的.csv")) is None


def test_errors_stand_at_their_cells_and_findings_want_a_note(people, batch, pdf):
    services.put_rows(
        batch,
        rows=[
            row(1, agency="农业农村局", written_on="2026-13-01", topic="没有这类", genre="请柬"),
            row(2, title="", attachments="没传的.pdf"),
            row(3, body="", items="没有这项"),
            row(4, body="联系人电话13812345678。"),
            row(4),
            row(5, body="联系人电话13812345678。", note="公示的咨询电话，需要公开"),
        ],
        by=people.clerk,
    )
    rows = services.check_batch(batch, by=people.clerk)
    assert [set(one.errors) for one in rows] == [
        {"agency", "written_on", "topic", "genre"},
        {"title", "attachments"},
        {"items", "body"},
        set(),
        {"title"},
        set(),
    ]
    assert [one.is_ready for one in rows] == [False, False, False, False, False, True]
    assert "138****5678" in rows[3].findings[0].excerpt
    with pytest.raises(NotAllowed, match="有5条还没有改好"):
        services.submit_batch(batch, by=people.clerk)
    assert not Document.objects.exists()


def test_a_zip_of_a_folder_becomes_rows_and_files(client, people, pdf):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("公示/名单.csv", "姓名,金额\n甲,100\n")
        archive.writestr("公示/清单.csv", listed(row(1, attachments="名单.csv")).read())
        archive.writestr("公示/setup.exe", "MZ")
        archive.writestr("__MACOSX/._名单.csv", "x")
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../名单.csv", "a,b\n")
    client.force_login(people.clerk)
    files = [
        ContentFile(packed.getvalue(), name="公示.zip"),
        ContentFile(hostile.getvalue(), name="坏.zip"),
    ]
    data = {"agency": people.minzheng.pk, "name": "3月", "files": files}
    page = client.post(reverse("admin:disclosure_noticebatch_add"), data, follow=True)
    text = page.content.decode()
    batch = NoticeBatch.objects.get()
    assert [one.name for one in batch.files.all()] == ["名单.csv"]
    assert "setup.exe" in text
    assert "「坏.zip」里有不安全的文件路径" in text
    [checked] = services.check_batch(batch, by=people.clerk)
    assert (checked.errors, [one.name for one in checked.files]) == ({}, ["名单.csv"])


def test_submitted_as_one_and_signed_as_one_with_one_struck_out(client, people, batch):
    client.force_login(people.clerk)
    address = reverse("admin:disclosure_noticebatch_change", args=[batch.pk])
    first = batch.rows.first()
    assert client.post(address, {"submit": "1", f"row-{first.pk}-title": "改过的标题"}).status_code == 302
    services.work_order(batch_id=batch.pk)
    batch.refresh_from_db()
    members = list(Document.objects.order_by("pk"))
    assert (batch.state, [one.status for one in members]) == (BatchState.SUBMITTED, ["submitted"] * 3)
    assert (members[0].title, members[0].is_notice, members[0].openness) == ("改过的标题", True, "proactive")
    # Whoever submitted signs nothing; a struck one needs its reason, and then all or nothing.
    client.post(address, {"sign": "1", "secrecy_cleared": "on"})
    services.work_order(batch_id=batch.pk)
    assert not Document.objects.published().exists()
    client.force_login(people.reviewer)
    # A refusal keeps what was typed against single ones.
    typed = {"strike": [members[0].pk, members[1].pk], f"reason-{members[1].pk}": "名单<不全"}
    page = client.post(address, {"sign": "1", "secrecy_cleared": "on", **typed})
    assert not Document.objects.published().exists()
    shown = page.content.decode()
    assert "都要写明原因" in shown
    assert shown.count(" checked>") == 3
    assert "名单&lt;不全" in shown
    assert "勾选「已逐条作保密审查」" in client.post(address, {"sign": "1"}).content.decode()
    client.post(
        address,
        {
            "sign": "1",
            "secrecy_cleared": "on",
            "strike": members[1].pk,
            f"reason-{members[1].pk}": "名单不全",
        },
    )
    services.work_order(batch_id=batch.pk)
    batch.refresh_from_db()
    states = list(Document.objects.order_by("pk").values_list("status", "remarks", "published_at"))
    assert [state for state, _, _ in states] == ["published", "draft", "published"]
    assert states[1][1] == "名单不全"
    assert states[0][2] == states[2][2] == batch.signed_at
    assert (batch.state, batch.signed_by) == (BatchState.DONE, people.reviewer)
    # Each notice has its own copy: those of the batch go after a month.
    batch.files.create(name="a.pdf", file="batches/a.pdf", sha256="0" * 64)
    assert services.clear_batch_files() == 0
    assert services.clear_batch_files(now=batch.signed_at + timedelta(days=31)) == 1


def test_one_that_cannot_go_out_holds_all_back(people, batch):
    services.submit_batch(batch, by=people.clerk)
    last = Document.objects.order_by("pk").last()
    Document.objects.filter(pk=last.pk).update(editor_ids=[people.reviewer.pk])
    with pytest.raises(NotAllowed, match=last.title[:10]):
        services.sign_batch(batch, by=people.reviewer, secrecy_cleared=True)
    assert not Document.objects.exclude(status=Publication.SUBMITTED).exists()


def test_taken_back_as_one(people, batch):
    services.submit_batch(batch, by=people.clerk)
    with pytest.raises(NotAllowed):
        services.recall_batch(batch, by=people.colleague)
    services.recall_batch(batch, by=people.clerk)
    batch.refresh_from_db()
    assert (batch.state, Document.objects.count(), batch.rows.count()) == (BatchState.COLLECTING, 0, 3)


def test_a_short_one_is_done_at_once(people, batch, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 3)
    assert services.order_batch(batch, act="submit", by=people.clerk).state == BatchState.SUBMITTED


def test_a_long_one_is_the_workers_and_a_refusal_is_written_down(people, batch):
    assert services.order_batch(batch, act="submit", by=people.clerk).state == BatchState.WORKING
    with pytest.raises(NotAllowed, match="正在办理"):
        services.order_batch(batch, act="submit", by=people.clerk)
    services.work_order(batch_id=batch.pk)
    services.work_order(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.state, Document.objects.count()) == (BatchState.SUBMITTED, 3)
    services.order_batch(batch, act="sign", by=people.clerk, secrecy_cleared=True)
    services.work_order(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.SUBMITTED
    assert "不能由您自己审核" in batch.problem


def test_the_signer_compares_what_goes_out_and_is_told_what_did(client, people, batch, monkeypatch):
    table = ContentFile("甲,乙\n".encode(), name="名单.csv")
    services.add_files(batch, file=table, by=people.clerk)
    rows = [row(1, written_on="46083", attachments="名单.doc"), row(2)]
    services.put_rows(batch, rows=rows, by=people.clerk)
    assert "上传的有「名单.csv」，是它的话请改文件名" in open_(client, batch, people.clerk).content.decode()
    rows[0] |= {"attachments": "名单.csv", "note": "附件自己说明"}
    services.put_rows(batch, rows=rows, by=people.clerk)
    monkeypatch.setattr(batches, "AT_ONCE", 20)
    services.order_batch(batch, act="submit", by=people.clerk)
    page = open_(client, batch, people.reviewer).content.decode()
    # The day as it was read, not as Excel stores it, and the file itself.
    assert "46083" not in page
    assert "<td>2026-03-02</td>" in page
    kept = Document.objects.order_by("pk").first().attachments.get()
    assert f"/attachments/{kept.pk}/" in page
    other = Document.objects.order_by("pk").last()
    posted = QueryDict(f"secrecy_cleared=on&strike={other.pk}&reason-{other.pk}=重复")
    assert sign(posted, batch, by=people.reviewer) == "已整批签发，1条同时公开了。剔除的1条已退回经办人。"


def test_others_see_and_change_nothing(client, people, batch):
    assert open_(client, batch, people.stranger).status_code in {302, 403}
    with pytest.raises(NotAllowed):
        services.put_rows(batch, rows=[], by=people.stranger)
    with pytest.raises(NotAllowed):
        services.create_batch(agency=people.minzheng, name="x", by=people.reviewer)
    page = open_(client, batch, people.reviewer)
    assert (page.context["may_edit"], page.context["may_sign"]) == (False, False)


def test_two_hundred_rows_take_no_more_queries_than_two(people, batch, client):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            services.check_batch(batch, by=people.clerk)
        return len(seen)

    few = queries()
    services.put_rows(
        batch, rows=[row(n, topic="民政、扶贫、救灾\\社会福利") for n in range(200)], by=people.clerk
    )
    assert queries() == few
    assert open_(client, batch, people.clerk).status_code == 200
