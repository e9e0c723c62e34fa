"""手机签批, paper, 公开凭证: what the pages show, to whom, and what they never do (ADR 26, 27)."""

import hashlib
import logging
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pghistory.models import Context

import agencies.services
from agencies.roles import OFFICE, REVIEWER
from disclosure import pdf, services
from disclosure.models import Certificate, Document, DraftingNote, SignedPaper, SigningLink
from disclosure.services import review
from disclosure.services.certificates import public_hash, still_fits
from disclosure.services.papers import short_hash
from disclosure.states import Openness, OwnerWord, Publication, StepChannel
from portal.quiet_logs import WithoutTokens
from tests.factories import (
    PASSWORD,
    AgencyFactory,
    DocumentFactory,
    InterpretationFactory,
    ReviewerFactory,
    TopicFactory,
    UserFactory,
)
from tests.people import CREDIT_CODE, confirmed, storage

__all__ = ["storage"]
pytestmark = pytest.mark.django_db
PIN = "730518"
TITLE = "关于做好山洪灾害防御工作的通知"


@pytest.fixture
def bureau(db):
    return AgencyFactory(code="shuiwu-ju", name="青澜县水务局", credit_code=CREDIT_CODE)


@pytest.fixture
def clerk(bureau):
    return UserFactory(username="shuiwu-jingban", full_name="王经办", agency=bureau)


@pytest.fixture
def leader(bureau):
    one = ReviewerFactory(username="lingdao", full_name="李分管", agency=bureau)
    agencies.services.set_pin(user=one, pin=PIN, by=one)
    return one


@pytest.fixture
def submitted(bureau, clerk):
    draft = services.create_document(
        by=clerk,
        agency=bureau,
        title=TITLE,
        summary="汛期怎么办。",
        body="<p>请做好防御工作，附件：值守表。</p>",
        written_on=timezone.localdate(),
        openness=Openness.PROACTIVE,
        topic=TopicFactory(),
        is_notice=True,
    )
    services.add_attachment(draft, by=clerk, file=ContentFile(b"%PDF-1.4\nx\n%%EOF", name="值守表.pdf"))
    return services.submit(confirmed(draft, clerk), by=clerk)


@pytest.fixture
def made(submitted, clerk, leader):
    return services.make_link(submitted, user=leader, by=clerk)


def where(made):
    return reverse("sign", args=[made.token])


AGREED = {"outcome": "agreed", "secrecy_cleared": "on", "remarks": ""}


# --- Phone


def test_opening_shows_everything_and_changes_nothing(client, made, submitted):
    tokens = [made.link.pk]
    for _ in range(3):
        response = client.get(where(made))
        page = response.content.decode()
    assert response.status_code == 200
    for words in (
        TITLE,
        "汛期怎么办",
        "请做好防御工作",
        "值守表",
        "李分管",
        "王经办",
        "终审签发",
        "已逐页看过",
    ):
        assert words in page, words
    assert TITLE not in re.search(r"<title>(.*?)</title>", page)[1]  # previews of chat programs
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert "style=" not in page
    assert client.head(where(made)).status_code == 200
    assert list(SigningLink.objects.filter(used_at=None).values_list("pk", flat=True)) == tokens
    submitted.refresh_from_db()
    assert submitted.status == Publication.SUBMITTED


def test_decided_confirmed_done(client, made, submitted, leader, clerk):
    assert "请先作保密审查" in client.post(where(made), {"outcome": "agreed"}).content.decode()
    assert "请选「同意」" in client.post(where(made), {}).content.decode()
    asked = client.post(where(made), AGREED).content.decode()
    assert "确定后马上公开" in asked
    assert "李分管" in asked
    submitted.refresh_from_db()
    assert submitted.status == Publication.SUBMITTED  # asked, not done
    assert "还可以试4次" in client.post(where(made), {**AGREED, "pin": "111222"}).content.decode()
    done = client.post(where(made), {**AGREED, "pin": PIN}, HTTP_ORIGIN="null", follow=True)
    assert "已经办完" in done.content.decode()
    assert TITLE not in done.content.decode()
    submitted.refresh_from_db()
    assert (submitted.status, submitted.approved_by) == (Publication.PUBLISHED, leader)
    assert submitted.steps.get().channel == StepChannel.PHONE
    assert client.get(where(made).rstrip("/") + "/files/1/").status_code == 200  # the page that says: done
    assert made.token not in str(list(Context.objects.values_list("metadata", flat=True)))


def test_a_minute_may_be_set(client, made, submitted):
    soon = timezone.localtime() + timedelta(days=1)
    words = {**AGREED, "publish_at": f"{soon:%Y-%m-%dT%H:%M}"}
    assert "自动公开" in client.post(where(made), words).content.decode()
    client.post(where(made), {**words, "pin": PIN})
    submitted.refresh_from_db()
    assert submitted.status == Publication.SCHEDULED
    past = {**AGREED, "publish_at": "2020-01-01T09:00"}
    assert submitted.publish_at
    assert client.post(where(made), past).status_code == 200


def test_returned_with_words(client, made, submitted):
    assert "退回请写明" in client.post(where(made), {"outcome": "returned"}).content.decode()
    client.post(where(made), {"outcome": "returned", "remarks": "请补值守电话", "pin": PIN})
    submitted.refresh_from_db()
    assert (submitted.status, submitted.remarks) == (Publication.DRAFT, "请补值守电话")


def test_files_only_while_the_link_lives(client, made, submitted, clerk):
    file = reverse("sign_file", args=[made.token, 1])
    response = client.get(file)
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/pdf", "no-store")
    assert client.get(reverse("sign_file", args=[made.token, 2])).status_code == 404
    assert client.get(reverse("sign_file", args=["x" * 43, 1])).status_code == 404
    services.recall(submitted, by=clerk)
    for address in (file, where(made)):
        gone = client.get(address)
        assert gone.status_code == 410
        assert TITLE not in gone.content.decode()


def test_guesses_are_slowed_down(client, made):
    for _ in range(20):
        assert client.get("/sign/" + "x" * 43 + "/").status_code == 404
    assert client.get("/sign/" + "y" * 43 + "/").status_code == 429
    assert client.get(where(made)).status_code == 429
    assert client.get(where(made), REMOTE_ADDR="10.1.1.9").status_code == 200


def test_the_address_stands_in_no_log(made, caplog):
    record = logging.LogRecord("x", logging.WARNING, "", 1, "Gone: %s", (where(made),), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "Gone: /sign/…/"


def test_what_goes_out_with_it_is_read_with_it(client, bureau, clerk, leader):
    paper = DocumentFactory(agency=bureau, created_by=clerk, is_policy=True, topic=TopicFactory())
    InterpretationFactory(
        agency=bureau, submitted=True, submitted_by=clerk, title="这份通知怎么看", documents=[paper]
    )
    DraftingNote.objects.create(document=paper, absence_reason="照转上级文件")
    services.submit(paper, by=clerk)
    made = services.make_link(paper, user=leader, by=clerk)
    page = client.get(where(made)).content.decode()
    assert "这份通知怎么看" in page
    assert "照转上级文件" in page


# --- In the back office


def admin(document, page, *more):
    return reverse(f"admin:disclosure_document_{page}", args=[document.pk, *more])


def test_a_clerk_hands_the_link_on(client, submitted, clerk, leader, bureau):
    ReviewerFactory(agency=bureau, full_name="没设密码的")
    client.force_login(clerk)
    assert "请领导在手机上审签" in client.get(admin(submitted, "change")).content.decode()
    page = client.get(admin(submitted, "hand")).content.decode()
    assert "还没有签批密码" in page
    response = client.post(admin(submitted, "hand"), {"user": leader.pk})
    shown = response.content.decode()
    address = re.search(r"http://testserver(/sign/[^/]+/)", shown)[1]
    assert "<svg" in shown
    assert "no-store" in response["Cache-Control"]
    assert client.get(address).status_code == 200
    assert "等着签" in client.get(admin(submitted, "hand")).content.decode()
    link = SigningLink.objects.get()
    client.post(admin(submitted, "take_back", link.pk))
    assert client.get(address).status_code == 410
    client.force_login(UserFactory(agency=AgencyFactory()))
    assert client.get(admin(submitted, "hand")).status_code == 403


def test_the_forms_carry_the_hash_and_the_scan_comes_back(client, submitted, clerk, leader):
    client.force_login(clerk)
    short = short_hash(review.content_hash(submitted))
    form = client.get(admin(submitted, "paper_print")).content.decode()
    for words in ("信息发布审批表", TITLE, short, "已作保密审查", "请做好防御工作", "<svg"):
        assert words in form, words
    assert "style=" not in form
    page = client.get(admin(submitted, "paper") + f"?printed={short.replace(' ', '')}").content.decode()
    assert short.replace(" ", "") in page
    lines = {
        "printed": short,
        "outcome_1": "agreed",
        "user_1": leader.pk,
        "signed_on_1": f"{timezone.localdate()}",
    }
    refused = client.post(admin(submitted, "paper"), {**lines, "scans": scan()}).content.decode()
    assert "保密审查的结论" in refused
    done = client.post(admin(submitted, "paper"), {**lines, "secrecy_1": "on", "scans": scan()}, follow=True)
    page = done.content.decode()
    assert "已登记签字件" in page
    assert "纸质" in page
    assert "扫描.pdf" in page
    submitted.refresh_from_db()
    assert submitted.status == Publication.PUBLISHED
    stored = SignedPaper.objects.get().pages.get()
    file = client.get(admin(submitted, "scan_file", stored.pk))
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == stored.sha256
    assert "登记签字件" in client.get(admin(submitted, "history")).content.decode()
    client.force_login(UserFactory(agency=AgencyFactory()))
    assert client.get(admin(submitted, "scan_file", stored.pk)).status_code == 403


def scan():
    return ContentFile(b"%PDF-1.4\nsigned\n%%EOF", name="扫描.pdf")


def test_the_secrecy_form_is_a_sheet_of_its_own(client, submitted, clerk):
    services.recall(submitted, by=clerk)
    services.update_document(submitted, by=clerk, is_notice=False)
    services.submit(submitted, by=clerk)
    client.force_login(clerk)
    assert "保密审查表</h1>" in client.get(admin(submitted, "paper_print")).content.decode()


@pytest.mark.skipif(not pdf.is_available(), reason="WeasyPrint finds no pango here; the print page is tried")
def test_pdf_of_forms_and_certificate(client, submitted, clerk):
    client.force_login(clerk)
    response = client.get(admin(submitted, "paper_print") + "?pdf")
    assert response.content.startswith(b"%PDF")


def test_asked_for_by_a_button(client, submitted, clerk, leader):
    client.force_login(clerk)
    assert "李分管" in client.get(admin(submitted, "remind")).content.decode()
    client.post(admin(submitted, "remind"))
    assert "催办1次" in client.get(admin(submitted, "change")).content.decode()
    client.force_login(leader)
    assert "等我审核、有人催的文件" in client.get("/admin/").content.decode()
    listed = client.get("/admin/disclosure/document/?waiting=me_asked").content.decode()
    assert TITLE in listed


def test_the_signer_sees_it_at_the_next_login(client, made, submitted, leader):
    client.post(where(made), {**AGREED, "pin": PIN})
    client.force_login(leader)
    assert "以我的名义签过的" in client.get("/admin/").content.decode()
    mine = reverse("admin:signed_for_me")
    page = client.get(mine).content.decode()
    assert TITLE in page
    assert "链接由王经办发出" in page
    step = submitted.steps.get()
    client.post(mine, {"not_mine": f"document:{step.pk}"})
    step.refresh_from_db()
    assert step.owner_word == OwnerWord.NOT_MINE
    client.force_login(UserFactory(roles=[OFFICE, REVIEWER]))
    assert "本人说不是自己签的审签" in client.get("/admin/").content.decode()
    assert TITLE in client.get(f"{mine}?of=others").content.decode()
    client.force_login(UserFactory())
    assert client.get(f"{mine}?of=others").status_code == 403


def test_own_pin_and_anothers(client, leader, people_admin):
    client.force_login(leader)
    mine = reverse("admin:agencies_user_my_pin")
    assert "您自己" in client.get(mine).content.decode()
    easy, good = ({"password": PASSWORD, "pin": pin, "pin2": pin} for pin in ("123456", "480219"))
    assert "太容易" in client.post(mine, easy).content.decode()
    client.post(mine, good)
    agencies.services.check_pin(user=leader, pin="480219")
    other = reverse("admin:agencies_user_pin", args=[leader.pk])
    assert client.get(other).status_code == 403
    client.force_login(people_admin)
    client.post(other, {"pin": "591043", "pin2": "591043"})
    agencies.services.check_pin(user=leader, pin="591043")


@pytest.fixture
def people_admin(db):
    from tests.factories import AdministratorFactory

    return AdministratorFactory()


# --- 公开凭证


@pytest.fixture
def public(bureau):
    return DocumentFactory(
        agency=bureau, published=True, title=TITLE, index_number="11539921MB0003551L/2026-00001"
    )


def certify(public, clerk, render=lambda row: None):
    return services.make_certificate(public, address="https://x.example/d/1/", render=render, by=clerk)


def test_frozen_numbered_verified(client, public, clerk):
    client.force_login(clerk)
    client.post(admin(public, "certificates"))
    client.post(admin(public, "certificates"))
    newest, oldest = Certificate.objects.all()
    year = timezone.localdate().year
    assert [oldest.number, newest.number] == [f"{year}-000001", f"{year}-000002"]
    assert oldest.content_hash == public_hash(public)
    assert ["首次公开时间", "2026-03-02 10:00:00（北京时间）"] in oldest.facts
    assert bool(oldest.file) == pdf.is_available() == bool(oldest.sha256)
    page = client.get(admin(public, "certificate", oldest.pk)).content.decode()
    for words in (TITLE, oldest.number, short_hash(oldest.content_hash), f"/verify/{oldest.number}/", "<svg"):
        assert words in page, words
    if oldest.file:
        got = client.get(admin(public, "certificate", oldest.pk) + "?pdf")
        assert hashlib.sha256(b"".join(got.streaming_content)).hexdigest() == oldest.sha256
    client.logout()
    verified = client.get(f"/verify/{oldest.number}/").content.decode()
    assert "一致：" in verified
    assert TITLE in verified
    assert client.get("/verify/", {"number": f"{year} 1"})["Location"] == f"/verify/{year}-000001/"
    wide = f"{year}".translate({n: n + 0xFEE0 for n in range(48, 58)})
    assert client.get("/verify/", {"number": f"{wide}-1"})["Location"] == f"/verify/{year}-000001/"
    assert client.get("/verify/1999-000001/").status_code == 404


def test_other_words_no_longer_fit_and_what_is_gone_says_nothing(client, public, clerk):
    row = certify(public, clerk)
    Document.objects.filter(pk=public.pk).update(title="更正后的标题")
    page = client.get(f"/verify/{row.number}/").content.decode()
    assert "不一致" in page
    assert TITLE not in page  # the old words may be why it was corrected
    for state in (
        {"status": Publication.WITHDRAWN, "withdrawn_at": timezone.now(), "withdrawn_reason": "内容有误"},
        {
            "status": Publication.OFFLINE,
            "offline_at": timezone.now(),
            "offline_by": clerk,
            "offline_reason": "误发",
        },
    ):
        Document.objects.filter(pk=public.pk).update(**state)
        response = client.get(f"/verify/{row.number}/")
        page = response.content.decode()
        assert "该信息已撤下" in page
        assert not any(word in page for word in (TITLE, "更正后的标题", "内容有误", "误发", "MB0003551L"))
        assert response["Cache-Control"] == "no-store"


def test_the_hash_holds_what_readers_read(public, clerk):
    row = certify(public, clerk)
    for name, value, changes in (
        ("validity", "repealed", False),
        ("keywords", ["汛期"], False),
        ("body", "<p>别的</p>", True),
        ("doc_number", "青水发〔2026〕9号", True),
        ("published_at", timezone.now(), True),
    ):
        kept = getattr(public, name)
        setattr(public, name, value)
        assert still_fits(row, public) is not changes, name
        setattr(public, name, kept)


def test_only_what_is_public_is_certified(submitted, clerk, public):
    with pytest.raises(services.NotAllowed):
        certify(submitted, clerk)
    with pytest.raises(services.NotAllowed):
        certify(public, UserFactory(agency=AgencyFactory()))


def test_queries_do_not_grow_with_links(client, submitted, clerk, leader, bureau, django_assert_num_queries):
    client.force_login(clerk)
    services.make_link(submitted, user=leader, by=clerk)
    address = admin(submitted, "hand")
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for n in range(5):
        other = ReviewerFactory(agency=bureau, full_name=f"领导{n}")
        agencies.services.set_pin(user=other, pin=PIN, by=other)
        services.make_link(submitted, user=other, by=clerk)
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_nor_with_certificates(client, public, clerk, django_assert_num_queries):
    client.force_login(clerk)
    certify(public, clerk)
    client.get(admin(public, "certificates"))
    with CaptureQueriesContext(connection) as one:
        client.get(admin(public, "certificates"))
    for _ in range(5):
        certify(public, clerk)
    with django_assert_num_queries(len(one)):
        client.get(admin(public, "certificates"))
