"""公文包: a policy document, its 起草说明 and interpretations, handed in, returned and published as one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from disclosure import services as documents
from disclosure.models import Document, DraftingNote
from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services
from interpretation.models import Interpretation
from tests.factories import DocumentFactory, InterpretationFactory, ReviewerFactory, TopicFactory

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
WHO = {"interpreter": "青澜县民政局", "contact": "0799-5210306"}
CLEARED = {"secrecy_cleared": True}
pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(people):
    paper = documents.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="高龄津贴发放办法",
        body="<p>年满八十周岁的老年人按月领取。</p>",
        openness="proactive",
        is_normative=True,
        written_on=date(2026, 2, 27),
        topic=TopicFactory(),
    )
    documents.keep_drafting_note(paper, by=people.clerk, body="<p>原办法到期。</p>")
    return paper


@pytest.fixture
def told(people, policy):
    return services.create_interpretation(
        by=people.colleague,
        agency=people.minzheng,
        title="八十岁以后每月领多少",
        body="<p>王大爷今年八十三岁，每月能领八十元。</p>",
        documents=[policy],
        **WHO,
    )


def _states(policy):
    rows = Interpretation.objects.filter(documents=policy).order_by("pk").values_list("status", flat=True)
    return [Document.objects.get(pk=policy.pk).status, *rows]


def _said(act, *args, **kwargs):
    with pytest.raises(NotAllowed) as refusal:
        act(*args, **kwargs)
    return " ".join(refusal.value.messages)


def test_the_parts_go_the_same_way(people, policy, told):
    """Submitted, recalled, returned, signed for a minute, held, released: with the document."""
    documents.submit(policy, by=people.clerk)
    assert _states(policy) == ["submitted", "submitted"]
    assert "在一个公文包里审核" in _said(services.recall, told, by=people.clerk)
    assert "在一个公文包里审核" in _said(services.send_back, told, by=people.reviewer, remarks="改")
    documents.recall(policy, by=people.clerk)
    assert _states(policy) == ["draft", "draft"]
    documents.submit(policy, by=people.clerk)
    documents.send_back(policy, by=people.reviewer, remarks="金额不对")
    told.refresh_from_db()
    assert (told.status, "金额不对" in told.remarks) == (Publication.DRAFT, True)
    documents.submit(policy, by=people.clerk)
    minute = timezone.now() + timedelta(hours=3)
    documents.schedule(policy, by=people.reviewer, publish_at=minute, **CLEARED)
    told.refresh_from_db()
    assert (told.status, told.publish_at, told.approved_by) == ("scheduled", minute, people.reviewer)
    documents.hold(policy, by=people.clerk, remarks="等一等")
    assert _states(policy) == ["draft", "draft"]
    documents.submit(policy, by=people.clerk)
    signed = documents.schedule(policy, by=people.reviewer, publish_at=minute, **CLEARED).approved_at
    assert documents.release_due(now=minute) == 1
    told.refresh_from_db()
    assert (told.status, told.published_at, told.approved_at) == ("published", minute, signed)
    assert told.steps.filter(outcome="agreed").count() == 1


def test_it_is_signed_as_one(people, policy, told):
    """No part waits for a signature of its own; whoever wrote a part signs nothing."""
    documents.submit(policy, by=people.clerk)
    today = timezone.localdate()
    assert list(Interpretation.objects.waiting_for(people.reviewer, today)) == []
    assert list(Interpretation.objects.in_packages()) == [told]
    assert list(Document.objects.waiting_for(people.reviewer, today)) == [policy]
    policy.refresh_from_db()
    assert people.colleague.pk in policy.editor_ids
    documents.approve(policy, by=people.reviewer, **CLEARED)
    assert _states(policy) == ["published", "published"]


def test_nothing_joins_a_package_under_review(people, policy, told):
    documents.submit(policy, by=people.clerk)
    late = InterpretationFactory(agency=people.minzheng, documents=[policy])
    assert "正在审核" in _said(services.submit, late, by=people.clerk)
    before = documents.content_hash(Document.objects.get(pk=policy.pk))
    Interpretation.objects.filter(pk=told.pk).update(contact="别的电话")
    assert documents.content_hash(Document.objects.get(pk=policy.pk)) != before


def test_an_unready_part_keeps_the_whole_back(people, policy, told):
    services.update_interpretation(told, by=people.colleague, contact="")
    assert "解读「八十岁以后每月领多少」：请填写咨询方式" in _said(documents.submit, policy, by=people.clerk)
    assert _states(policy) == ["draft", "draft"]


def test_an_interpretation_of_two_papers_goes_out_with_the_first(people, policy, told):
    second = DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=TopicFactory())
    told.documents.add(second)
    documents.submit(policy, by=people.clerk)
    documents.submit(second, by=people.clerk)
    hashed = documents.content_hash(Document.objects.get(pk=second.pk))
    documents.recall(policy, by=people.clerk)
    assert _states(policy) == ["draft", "submitted"], "the other paper is still under review with it"
    documents.submit(policy, by=people.clerk)
    documents.approve(policy, by=people.reviewer, **CLEARED)
    assert _states(policy) == ["published", "published"]
    assert documents.content_hash(Document.objects.get(pk=second.pk)) == hashed


def test_a_drafting_note_or_the_reason_for_none(people, policy, told, pdf):
    documents.keep_drafting_note(policy, by=people.clerk)
    assert not DraftingNote.objects.exists()
    assert "须附起草说明" in _said(documents.submit, policy, by=people.clerk)
    documents.keep_drafting_note(policy, by=people.both, file=pdf("说明.pdf"), absence_reason="")
    policy.refresh_from_db()
    note = DraftingNote.objects.get()
    assert (note.file_title, note.is_public, people.both.pk in policy.editor_ids) == ("说明.pdf", False, True)
    assert "清空其中一个" in _said(
        documents.keep_drafting_note, policy, by=people.clerk, body="<p>有</p>", absence_reason="没有"
    )
    documents.keep_drafting_note(policy, by=people.clerk, drop_file=True, absence_reason="只改一个数字。")
    documents.submit(policy, by=people.clerk)
    assert "只能在草稿里改" in _said(documents.keep_drafting_note, policy, by=people.clerk, body="<p>晚</p>")
    copy = documents.copy_to_draft(policy, by=people.clerk)
    assert copy.drafting_note.absence_reason == "只改一个数字。"


@pytest.mark.parametrize("public", [True, False])
def test_the_note_is_public_only_by_a_tick(client, people, policy, told, pdf, public):
    documents.keep_drafting_note(
        policy, by=people.clerk, body="<p>内部讨论过三次。</p>", file=pdf("说明.pdf"), is_public=public
    )
    documents.submit(policy, by=people.clerk)
    file = f"/documents/{policy.pk}/drafting-note/"
    assert client.get(file).status_code == 404
    documents.approve(policy, by=people.reviewer, **CLEARED)
    page = client.get(f"/documents/{policy.pk}/").content.decode()
    assert ("内部讨论过三次" in page) is public
    assert client.get(file).status_code == (200 if public else 404)
    documents.withdraw(policy, by=people.reviewer, reason="有误")
    assert client.get(file).status_code == 410


def test_pictures_and_recordings_have_their_words(people, told, pdf):
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 64
    mp3 = b"ID3\x03\x00" + b"0" * 64
    picture = documents.add_attachment(
        told, by=people.colleague, file=ContentFile(png, name="a.png"), title="一图"
    )
    sound = documents.add_attachment(
        told, by=people.colleague, file=ContentFile(mp3, name="b.mp3"), title="广播"
    )
    said = _said(services.submit, told, by=people.colleague)
    assert "图片「一图」还没有图片说明" in said
    assert "音频「广播」还没有文字稿" in said
    services.describe_attachment(picture, by=people.both, alt="八十岁以上每月八十元", text="")
    services.describe_attachment(sound, by=people.colleague, alt="", text="乡亲们好。")
    told.refresh_from_db()
    assert people.both.pk in told.editor_ids
    said = _said(services.submit, told, by=people.colleague)
    assert "还没有文字稿" not in said
    assert "审前检查" in said


def test_elements_are_ticks_with_a_place(people, told):
    said = _said(services.update_interpretation, told, by=people.colleague, elements={"aims": " ", "x": "甲"})
    assert "「目标任务」：请写明在正文哪里" in said
    assert "没有「x」" in said
    services.update_interpretation(told, by=people.colleague, elements={"aims": "第一段"})
    part = documents.parts_of(told.documents.get(), user=people.clerk)[-1]
    assert ("目标任务", "第一段") in part.facts
    assert "内容要素只写了1项" in part.warnings[0]


def test_a_mere_abridgement_has_to_be_justified(people, policy, told):
    long = "年满八十周岁的老年人凭身份证到户籍所在地村民委员会登记，次月起按月领取高龄津贴，每人每月八十元。"
    body = "".join(f"<p>第{n}条　{long}</p>" for n in "一二三四")
    documents.update_document(policy, by=people.clerk, body=body)
    services.update_interpretation(told, by=people.colleague, body=body.replace("，", "、"))
    told.refresh_from_db()
    kinds = [finding.kind for finding in documents.scan(told)]
    assert kinds == ["abridged"]
    assert "解读像是摘抄" in _said(documents.submit, policy, by=people.clerk)
    own = "<p>李奶奶住在临江镇，今年八十一，她想知道自己能不能领、去哪里办、带什么材料。</p>"
    services.update_interpretation(told, by=people.colleague, body=f"<p>{long}</p>{own * 4}")
    told.refresh_from_db()
    assert documents.scan(told) == []


def test_the_pages_show_all_parts_at_a_fixed_price(client, people, policy, told):
    address = f"/admin/disclosure/document/{policy.pk}/package/"
    client.force_login(people.stranger)
    assert client.get(address).status_code == 403
    client.force_login(people.reviewer)
    with CaptureQueriesContext(connection) as few:
        page = client.get(address).content.decode()
    for words in ("年满八十周岁", "原办法到期", "王大爷今年八十三岁", "公文包"):
        assert words in page
    for n in range(3):
        InterpretationFactory(agency=people.minzheng, documents=[policy], title=f"解读{n}")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
    documents.submit(policy, by=people.clerk)
    page = client.get(f"/admin/disclosure/document/{policy.pk}/move/approve/").content.decode()
    assert "王大爷今年八十三岁" in page
    assert "原办法到期" in page
    inner = f"/admin/interpretation/interpretation/{told.pk}"
    assert "随文件一起审" in client.get(f"{inner}/change/").content.decode()
    assert f"{inner}/move/" not in client.get(f"{inner}/change/").content.decode()
    assert client.get(f"{inner}/move/send_back/").url == f"{inner}/change/"


def test_the_clerk_writes_the_note_on_its_page(client, people, policy):
    client.force_login(people.clerk)
    address = f"/admin/disclosure/document/{policy.pk}/drafting-note/"
    assert client.get(address).status_code == 200
    answer = client.post(address, {"body": "<p>改过的说明</p>", "is_public": "on", "absence_reason": ""})
    assert answer.url == f"/admin/disclosure/document/{policy.pk}/package/"
    note = DraftingNote.objects.get()
    assert (note.body, note.is_public) == ("<p>改过的说明</p>", True)
    bad = client.post(
        address, {"file": ContentFile(b"MZ\x90\x00", name="a.exe"), "body": "", "absence_reason": ""}
    )
    assert "不是可以公开的文件类型" in bad.content.decode()


def test_elements_and_alternatives_by_form(client, people, told):
    """As a clerk sends it: boxes for elements, words beside an attachment that stands there."""
    png = ContentFile(b"\x89PNG\r\n\x1a\n" + b"0" * 64, name="a.png")
    picture = documents.add_attachment(told, by=people.colleague, file=png, title="一图")
    client.force_login(people.colleague)
    address = f"/admin/interpretation/interpretation/{told.pk}/change/"
    page = client.get(address)
    form = page.context["adminform"].form
    data = {k: v for k, v in form.initial.items() if isinstance(v, str) and v}
    data |= {
        "documents": [policy.pk for policy in told.documents.all()],
        "agency": told.agency_id,
        "keywords": "",
        "elements_background": "said",
        "elements_background_where": "开头",
        "elements_procedure": "none",
        "attachments-TOTAL_FORMS": 1,
        "attachments-INITIAL_FORMS": 1,
        "attachments-0-id": picture.pk,
        "attachments-0-interpretation": told.pk,
        "attachments-0-title": "一图",
        "attachments-0-position": 1,
        "attachments-0-alt": "八十岁以上每月八十元",
        "attachments-0-text": "图上的字",
    }
    for name in ("edit_version",):
        if name in form.fields:
            data[name] = form[name].value()
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]
    told.refresh_from_db()
    picture.refresh_from_db()
    assert told.elements == {"background": "开头", "procedure": "不适用"}
    assert (picture.alt, picture.text) == ("八十岁以上每月八十元", "图上的字")
    assert "内容要素只写了1项" in client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_those_who_sign_at_once_one_wins(people, policy, told):
    documents.submit(policy, by=people.clerk)
    reviewers = [ReviewerFactory(agency=people.minzheng) for _ in range(4)]
    start = Barrier(len(reviewers))

    def sign(reviewer):
        start.wait()
        try:
            documents.approve(Document.objects.get(pk=policy.pk), by=reviewer, **CLEARED)
        except NotAllowed:
            return None
        finally:
            connections.close_all()
        return reviewer.pk

    with ThreadPoolExecutor(len(reviewers)) as pool:
        winners = [pk for pk in pool.map(sign, reviewers) if pk]
    policy.refresh_from_db()
    told.refresh_from_db()
    assert winners == [policy.approved_by_id]
    assert (told.approved_by_id, told.published_at) == (policy.approved_by_id, policy.published_at)
