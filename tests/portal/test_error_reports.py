"""本页纠错: from the form without an account to the queue of the agency, against robots, without traces."""

from datetime import date, datetime, timedelta

import pghistory.models
import pytest
from django.core import signing
from django.urls import reverse

from disclosure import services
from disclosure.models import Document, ErrorReport
from disclosure.services import NotAllowed, Place
from disclosure.services.error_reports import KEPT_AFTER_CLOSING, MOST_FROM_ONE
from disclosure.states import ErrorOutcome, Publication
from portal.work_queue import queue_for
from tests.factories import SHANGHAI, AgencyFactory, ReviewerFactory, UserFactory
from tests.portal.site_county import build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
#: A Monday.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def county():
    return build()


def moment(seconds=30):
    """The signed moment of a form that was opened so long ago."""
    signer = signing.TimestampSigner(salt="report-error")
    old = signing.b62_encode(int(datetime.now(tz=SHANGHAI).timestamp()) - seconds)
    value = f"1:{old}"
    return f"{value}:{signer.signature(value)}"


def send(client, county, **changes):
    return client.post(
        "/report-error/",
        {
            "page": f"/documents/{county.document.pk}/",
            "kind": "wording",
            "words": "第二段“岁”写成了“年”。",
            "contact": "王先生 0799-5210000",
            "moment": moment(),
            **changes,
        },
    )


def test_a_report_lands_in_the_queue_of_whoever_published_the_page(client, county):
    form = client.get(f"/report-error/?page=/documents/{county.document.pk}/")
    assert county.document.title in form.content.decode()
    assert "no-store" in form["Cache-Control"]
    response = send(client, county)
    assert response.status_code == 302
    assert "青澜县民政局" in client.get(response["Location"]).content.decode()
    report = ErrorReport.objects.get()
    assert (report.agency, report.page_title) == (county.agency, county.document.title)
    clerk = UserFactory(agency=county.agency)
    tasks = {task.title: task for section in queue_for(clerk) for task in section.tasks}
    task = tasks["读者的网页纠错，等处理"]
    assert task.count == 1
    client.force_login(clerk)
    assert county.document.title in client.get(task.url).content.decode()
    assert {t.title: t.count for s in queue_for(UserFactory()) for t in s.tasks}[
        "读者的网页纠错，等处理"
    ] == 0


def test_the_same_words_twice_are_one_report(client, county):
    send(client, county)
    send(client, county)
    assert ErrorReport.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"website": "http://spam.example"}, "没有提交成功"),
        ({"moment": ""}, "打开得太久了"),
        ({"moment": "1:abc:def"}, "打开得太久了"),
        ({"moment": moment(2 * 24 * 3600)}, "打开得太久了"),
        ({"moment": moment(0)}, "太快了"),
        ({"words": "  "}, "请写明哪里有问题"),
        ({"words": "字" * 1001}, "1000字以内"),
        ({"kind": "x"}, "请从列出的几类里选择"),
    ],
)
def test_robots_and_slips_are_told_what_to_do_and_keep_their_words(client, county, changes, words):
    if changes.get("moment") and ":" in changes["moment"] and words == "太快了":
        changes = {"moment": moment(0)}  # the parameter was made when the tests were collected
    response = send(client, county, **changes)
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert 'role="alert"' in page
    assert "王先生" in page
    assert not ErrorReport.objects.exists()


def test_one_address_and_all_of_them_are_bounded(client, county, monkeypatch):
    for number in range(MOST_FROM_ONE):
        assert send(client, county, words=f"错字{number}").status_code == 302
    refused = send(client, county, words="又一个")
    assert refused.status_code == 429
    assert "0799-5210001" in refused.content.decode()
    assert send(client, county, words="别人的", moment=moment()).status_code == 429
    client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert send(client, county, words="另一个人").status_code == 302
    monkeypatch.setattr(services.error_reports, "MOST_IN_ALL", 3)
    client.defaults["REMOTE_ADDR"] = "203.0.113.10"
    assert send(client, county, words="再一个人").status_code == 429


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "https://evil.example/x",
        "javascript:alert(1)",
        "/admin/",
        "/nothing/",
        # Keys: whoever holds such an address may act, so it is written down nowhere.
        "/sign/kX3vQ9aYw2Zr7TtLmN0pBs1cDe4fGh5i/",
        "/catalog/exports/5b0c7d0e-0d5e-4c0e-9a52-0f5f4a3f2f11/",
        "",
        "x" * 900,
    ],
)
def test_a_page_that_is_none_is_the_whole_site(client, county, path):
    page = client.get("/report-error/", {"page": path}).content.decode()
    assert 'name="page" value="/"' in page
    assert "青澜县人民政府会在三个工作日内" in page


@pytest.mark.parametrize(
    ("path", "agency"),
    [
        ("/catalog/items/jiuye-00001/", "青澜县民政局"),
        ("/agencies/minzheng/", "青澜县民政局"),
        ("/search/?q=低保", "青澜县人民政府"),
    ],
)
def test_other_pages_have_their_own_agency(client, county, path, agency):
    assert f"{agency}会在三个工作日内" in client.get("/report-error/", {"page": path}).content.decode()


def test_nothing_is_told_of_what_the_public_may_not_see(client, county):
    Document.objects.filter(pk=county.document.pk).update(
        status=Publication.OFFLINE, offline_by=UserFactory(), offline_at=NOW, offline_reason="误发"
    )
    page = client.get(f"/report-error/?page=/documents/{county.document.pk}/").content.decode()
    assert county.document.title not in page
    assert "青澜县人民政府会在" in page
    send(client, county)
    assert ErrorReport.objects.get().page_title == ""


def test_history_keeps_neither_words_nor_contact_nor_address(client, county):
    client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    send(client, county)
    report = ErrorReport.objects.get()
    assert "203.0.113.77" not in report.sender
    kept = str(list(report.events.values())) + str(
        list(pghistory.models.Context.objects.values_list("metadata"))
    )
    for personal in ("王先生", "写成了", "203.0.113.77", report.sender):
        assert personal not in kept


# --- Closing


@pytest.fixture
def report(county):
    place = Place(f"/documents/{county.document.pk}/", county.document.title, county.agency)
    return services.report_error(
        place=place, kind="fact", words="电话换了", contact="a@b.example", visitor="203.0.113.7", now=NOW
    )


def test_three_working_days(report):
    assert report.due_on == date(2026, 3, 5)


def test_closing_says_what_was_done_and_happens_once(county, report):
    clerk = UserFactory(agency=county.agency)
    with pytest.raises(NotAllowed, match="怎样处理"):
        services.close_report(report, by=clerk, outcome=ErrorOutcome.MENDED, answer=" ")
    closed = services.close_report(
        report, by=clerk, outcome=ErrorOutcome.MENDED, answer="电话已更新。", now=NOW
    )
    assert (closed.closed_by, closed.answer) == (clerk, "电话已更新。")
    with pytest.raises(NotAllowed, match="已经办结"):
        services.close_report(report, by=clerk, outcome=ErrorOutcome.VOID)


def test_strangers_neither_see_nor_close(client, county, report):
    stranger = UserFactory()
    with pytest.raises(NotAllowed, match="本单位"):
        services.close_report(report, by=stranger, outcome=ErrorOutcome.VOID)
    client.force_login(stranger)
    for view in ("change", "close", "hand_over"):
        address = reverse(f"admin:disclosure_errorreport_{view}", args=[report.pk])
        assert client.get(address).status_code in {302, 403}, view
    assert "电话换了" not in client.get(reverse("admin:disclosure_errorreport_changelist")).content.decode()


def test_pages_of_the_acts(client, county, report):
    other = AgencyFactory(name="青澜县财政局")
    reviewer = ReviewerFactory(agency=county.agency)
    client.force_login(reviewer)
    page = client.get(reverse("admin:disclosure_errorreport_change", args=[report.pk])).content.decode()
    assert "a@b.example" in page
    assert "办结" in page
    address = reverse("admin:disclosure_errorreport_hand_over", args=[report.pk])
    assert client.post(address, {"agency": other.pk}).status_code == 302
    report.refresh_from_db()
    assert report.agency == other
    client.force_login(UserFactory(agency=other))
    address = reverse("admin:disclosure_errorreport_close", args=[report.pk])
    assert client.post(address, {"outcome": "mended", "answer": ""}).status_code == 200
    assert client.post(address, {"outcome": "mended", "answer": "已改。"}).status_code == 302
    report.refresh_from_db()
    assert report.outcome == "mended"


def test_what_is_personal_is_erased(county, report):
    clerk = UserFactory(agency=county.agency)
    services.close_report(report, by=clerk, outcome=ErrorOutcome.VOID, now=NOW)
    assert services.erase_contacts(now=NOW + KEPT_AFTER_CLOSING - timedelta(days=1)) == 0
    assert services.erase_contacts(now=NOW + KEPT_AFTER_CLOSING + timedelta(days=1)) == 1
    report.refresh_from_db()
    assert (report.contact, report.sender, report.words) == ("", "", "")
    assert report.erased_at is not None
