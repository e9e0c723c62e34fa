"""The back-office page: paste, see what was understood, confirm; and who may not."""

import re
from datetime import date
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from workdays.models import CalendarDay, CalendarYear, DayOverride, load_calendar

pytestmark = pytest.mark.django_db
ADD = reverse("admin:workdays_calendaryear_add")
LIST = reverse("admin:workdays_calendaryear_changelist")
OVERRIDES = reverse("admin:workdays_dayoverride_changelist")
# Invented: the notice for 2027 does not exist yet.
TEXT_2027 = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕99号
现将2027年元旦等节日放假调休日期的具体安排通知如下。
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）上班。
国务院办公厅
2026年11月3日
"""


@pytest.fixture
def office_client(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def clerk_client(client, clerk):
    client.force_login(clerk)
    return client


def shown(response):
    """The text of the page's content as a reader sees it."""
    html = response.content.decode().split('id="content-start"')[1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def seen_of(response):
    return response.context["preview"].seen


def preview(client, text, **more):
    return client.post(ADD, {"text": text, "url": "", "read": "1", **more})


def confirm(client, text, seen, **more):
    return client.post(ADD, {"text": text, "url": "", "seen": seen, "confirm": "1", **more})


def test_from_prose_to_calendar(office_client, officer):
    page = preview(office_client, TEXT_2027)
    text = shown(page)
    assert "2027 年还没有录入，将新增 11 天" in text
    assert "春节 2027-02-05（星期五） 至 2027-02-11（星期四） 7 天 2027-01-31（星期日）" in text
    assert "没有读到：清明节、劳动节、端午节、中秋节、国庆节" in text
    assert not CalendarYear.objects.filter(year=2027).exists()

    saved = confirm(office_client, TEXT_2027, seen_of(page), checked="on")
    year = CalendarYear.objects.get(year=2027)
    assert saved.status_code == 302
    assert saved.url == reverse("admin:workdays_calendaryear_change", args=[year.pk])
    assert (year.number, year.issued_on, year.confirmed_by) == (
        "国办发明电〔2026〕99号",
        date(2026, 11, 3),
        "周览",
    )
    assert load_calendar().is_workday(date(2027, 1, 31))
    after = office_client.get(saved.url)
    assert "2027 年工作日历已保存：放假 10 天，调休上班 1 天。" in after.content.decode()
    assert "周览" in shown(after)
    assert LogEntry.objects.get().user == officer


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_real_notice_pasted_again_changes_nothing(office_client, notice_text, year):
    before = list(CalendarDay.objects.values_list())
    page = preview(office_client, notice_text(year))
    assert f"与已保存的 {year} 年日历完全一致，没有变动" in shown(page)
    assert "需要核对的提示" not in shown(page)
    url = "https://www.gov.cn/zhengce/x.htm"
    confirm(office_client, notice_text(year), seen_of(page), url=url)
    assert list(CalendarDay.objects.values_list()) == before
    assert CalendarYear.objects.get(year=year).url == url


def test_differences_from_what_is_stored_are_shown_day_by_day(office_client, notice_text):
    CalendarDay.objects.filter(date="2026-10-10").delete()
    CalendarDay.objects.filter(date="2026-05-09").update(is_work=False)
    CalendarDay.objects.create(
        calendar_year=CalendarYear.objects.get(year=2026), date="2026-08-10", is_work=False, name="误录"
    )
    text = shown(preview(office_client, notice_text(2026)))
    assert "将变动 3 天" in text
    assert "2026-10-10（星期六） 没有安排 上班（国庆节）" in text
    assert "2026-05-09（星期六） 放假（劳动节） 上班（劳动节）" in text
    assert "2026-08-10（星期一） 放假（误录） 取消安排" in text


def test_contradictions_go_back_to_the_text_with_their_lines(office_client, notice_text):
    wrong = notice_text(2026).replace("1月4日（周日）上班", "1月4日（周六）上班")
    page = preview(office_client, wrong)
    assert "第 9 行：「1月4日(周六)」写的是周六，但 2026-01-04 是周日。" in shown(page)
    assert 'href="#id_text"' in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert page.context["form"]["text"].value() == wrong
    assert "第 11 行 春节：放假 9 天，调休上班 2 天" in shown(page)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "请粘贴通知全文。"),
        (" \n ", "请粘贴通知全文。"),
        ("今天天气很好。", "没有找到任何节日安排"),
        ("字" * 20_001, "粘贴的文字太长"),
    ],
    ids=["empty", "blank", "nonsense", "long"],
)
def test_nonsense_is_refused_kindly(office_client, text, message):
    page = preview(office_client, text)
    assert page.status_code == 200
    assert message in shown(page)
    assert "确认保存" not in page.content.decode()


def test_a_text_with_errors_cannot_be_confirmed_past_the_preview(office_client):
    page = confirm(office_client, TEXT_2027.replace("共7天", "共8天"), "x")
    assert "写的是 8 天，但按日期算是 7 天" in shown(page)
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_warnings_want_a_tick(office_client):
    page = preview(office_client, TEXT_2027)
    again = confirm(office_client, TEXT_2027, seen_of(page))
    assert "请核对后勾选，再保存" in shown(again)
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_calendar_that_moved_meanwhile_is_shown_again(office_client, notice_text):
    seen = seen_of(preview(office_client, notice_text(2026)))
    CalendarDay.objects.filter(date="2026-10-10").delete()
    page = confirm(office_client, notice_text(2026), seen)
    assert "日历有了变动" in shown(page)
    assert "将变动 1 天" in shown(page)
    assert not CalendarDay.objects.filter(date="2026-10-10").exists()
    assert confirm(office_client, notice_text(2026), seen_of(page)).status_code == 302
    assert CalendarDay.objects.filter(date="2026-10-10").exists()


def test_back_keeps_the_text(office_client):
    page = office_client.post(ADD, {"text": TEXT_2027, "url": "https://www.gov.cn/x", "back": "1"})
    assert page.context["form"]["text"].value() == TEXT_2027
    assert page.context["form"]["url"].value() == "https://www.gov.cn/x"
    assert "还不能继续" not in shown(page)


def test_pasted_markup_is_shown_as_text(office_client):
    page = preview(office_client, TEXT_2027.replace("通知如下。", "通知如下。<script>alert(1)</script>。"))
    assert "<script>alert(1)" not in page.content.decode()
    assert "&lt;script&gt;alert(1)" in page.content.decode()


def test_a_clerk_reads_but_does_not_paste(clerk_client):
    listed = clerk_client.get(LIST)
    assert listed.status_code == 200
    assert ADD not in listed.content.decode().split('id="content-start"')[1]
    year = CalendarYear.objects.get(year=2026)
    detail = clerk_client.get(reverse("admin:workdays_calendaryear_change", args=[year.pk]))
    assert "全年工作日 248 天" in shown(detail)
    assert "重新粘贴通知" not in shown(detail)
    assert clerk_client.get(ADD).status_code == 403
    assert preview(clerk_client, TEXT_2027).status_code == 403
    assert confirm(clerk_client, TEXT_2027, "x", checked="on").status_code == 403
    assert clerk_client.get(f"{OVERRIDES}add/").status_code == 403
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_stranger_and_staff_without_a_role_see_nothing(client, make_user):
    for address in (LIST, ADD, OVERRIDES):
        assert client.get(address).status_code == 302
    client.force_login(make_user(""))
    for address in (LIST, ADD, OVERRIDES):
        assert client.get(address).status_code == 403
    year = CalendarYear.objects.get(year=2026)
    assert client.get(reverse("admin:workdays_calendaryear_change", args=[year.pk])).status_code == 403


def test_a_year_is_neither_edited_nor_deleted_by_hand(office_client, make_user, client):
    year = CalendarYear.objects.get(year=2026)
    change = reverse("admin:workdays_calendaryear_change", args=[year.pk])
    assert office_client.post(change, {"title": "x"}).status_code == 405
    client.force_login(make_user("系统管理员", "root"))
    delete = client.post(reverse("admin:workdays_calendaryear_delete", args=[year.pk]), {"post": "yes"})
    assert delete.status_code == 403
    assert CalendarYear.objects.filter(year=2026).exists()


def test_a_year_that_is_not_there_leads_back_to_the_list(office_client):
    page = office_client.get(reverse("admin:workdays_calendaryear_change", args=[999_999]), follow=True)
    assert page.redirect_chain[-1][0] == LIST
    assert "没有找到这一年的日历" in page.content.decode()


def test_the_list_says_which_year_is_missing(office_client, time_machine):
    time_machine.move_to("2026-11-22 12:00 +0800")
    text = shown(office_client.get(LIST))
    assert "2027 年的放假通知还没有录入" in text
    assert "2026 年的放假通知还没有录入" not in text
    assert timezone.localdate() == date(2026, 11, 22)


def test_the_list_asks_as_much_for_three_years_as_for_one(office_client, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert office_client.get(LIST).status_code == 200
        return len(queries)

    count()
    three = count()
    CalendarYear.objects.exclude(year=2026).delete()
    assert count() == three


def test_a_single_day_goes_through_the_services(office_client):
    form = {"date": "2026-08-10", "is_work": "False", "name": "火把节", "basis": "自治条例"}
    assert office_client.post(f"{OVERRIDES}add/", form).status_code == 302
    day = DayOverride.objects.get()
    assert not load_calendar().is_workday(day.date)
    event = DayOverride.pgh_event_model.objects.get()
    assert event.pgh_context.metadata["service"] == "workdays.save_day_override"

    change = reverse("admin:workdays_dayoverride_change", args=[day.pk])
    assert office_client.post(change, {**form, "name": "改名"}).status_code == 302
    assert DayOverride.objects.get().name == "改名"
    assert "依据：自治条例" in shown(
        office_client.get(
            reverse("admin:workdays_calendaryear_change", args=[CalendarYear.objects.get(year=2026).pk])
        )
    )
    delete = reverse("admin:workdays_dayoverride_delete", args=[day.pk])
    assert office_client.post(delete, {"post": "yes"}).status_code == 302
    assert not DayOverride.objects.exists()


def test_a_single_day_without_a_document_is_refused(office_client):
    page = office_client.post(
        f"{OVERRIDES}add/", {"date": "2026-08-10", "is_work": "False", "name": "火把节", "basis": " "}
    )
    assert page.status_code == 200
    assert page.context["adminform"].form.errors == {"basis": ["请写明依据的文件。没有依据不能调整。"]}
    assert not DayOverride.objects.exists()
