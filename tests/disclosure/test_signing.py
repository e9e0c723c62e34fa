"""手机签批, 纸质审批表, 催办: steps done elsewhere hold to the same rules (ADR 26)."""

import hashlib
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

import agencies.services
from agencies.models import SigningPin
from agencies.roles import OFFICE
from agencies.services import NotAllowed as Refused
from disclosure import rules, services
from disclosure.models import (
    Document,
    ReviewPost,
    ReviewRoute,
    ReviewStep,
    ScannedPage,
    SignedPaper,
    SigningLink,
)
from disclosure.services import review
from disclosure.services.papers import Signature, short_hash
from disclosure.services.signing import Decision, find_link, why_dead
from disclosure.signers import signers_of
from disclosure.states import Lane, Openness, OwnerWord, Publication, ReviewLevel, StepChannel, StepOutcome
from tests.factories import AgencyFactory, ReviewerFactory, TopicFactory, UserFactory
from tests.people import CREDIT_CODE

pytestmark = pytest.mark.django_db
F, C, L = ReviewLevel.FIRST, ReviewLevel.SECRECY, ReviewLevel.FINAL
AGREE = Decision(StepOutcome.AGREED)
CLEARED = Decision(StepOutcome.AGREED, secrecy_cleared=True)
RETURN = Decision(StepOutcome.RETURNED, remarks="数字请核对")
PIN = "730518"


@pytest.fixture
def bureau(db):
    return AgencyFactory(code="shuiwu-ju", name="青澜县水务局", credit_code=CREDIT_CODE)


@pytest.fixture
def clerk(bureau):
    return UserFactory(username="shuiwu-jingban", agency=bureau)


@pytest.fixture
def leaders(bureau):
    return [ReviewerFactory(username=f"lingdao{n}", full_name=f"领导{n}", agency=bureau) for n in range(3)]


@pytest.fixture
def pins(leaders):
    for leader in leaders:
        agencies.services.set_pin(user=leader, pin=PIN, by=leader)


@pytest.fixture
def submitted(bureau, clerk, pins):
    draft = services.create_document(
        by=clerk,
        agency=bureau,
        title="关于做好山洪灾害防御工作的通知",
        body="<p>请做好防御工作。</p>",
        written_on=timezone.localdate(),
        openness=Openness.PROACTIVE,
        topic=TopicFactory(),
    )
    return services.submit(draft, by=clerk)


def use(made, decision=AGREE, **words):
    return services.sign_by_link(made.link, decision, room=services, **words)


def said(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return " ".join(refused.value.messages)


# --- Phone


def test_a_link_does_one_step_once_and_the_step_says_how(submitted, clerk, leaders):
    made = services.make_link(submitted, user=leaders[0], by=clerk)
    assert find_link(made.token) == made.link
    stored = SigningLink.objects.get()
    assert made.token not in str(vars(stored))
    assert stored.token_hash == hashlib.sha256(made.token.encode()).hexdigest()
    use(made)
    step = submitted.steps.get(level=F)
    assert (step.by, step.channel, step.handed_by) == (leaders[0], StepChannel.PHONE, clerk)
    submitted.refresh_from_db()
    assert submitted.waiting_level == C
    assert "已经办完" in said(use, made)
    event = Document.pgh_event_model.objects.filter(pgh_obj=submitted).order_by("-pgh_id").first()
    assert event.pgh_context.metadata["user"] == leaders[0].pk
    assert event.pgh_context.metadata["handed_by"] == str(clerk.pk)


def test_from_the_first_step_to_publication_by_links_alone(submitted, clerk, leaders):
    for leader, decision in zip(leaders, (AGREE, CLEARED, AGREE), strict=True):
        use(services.make_link(submitted, user=leader, by=clerk), decision)
    submitted.refresh_from_db()
    assert submitted.status == Publication.PUBLISHED
    assert submitted.approved_by == leaders[2]
    assert set(submitted.steps.values_list("channel", flat=True)) == {StepChannel.PHONE}


def test_secrecy_is_said_over_a_link_too(submitted, clerk, leaders):
    use(services.make_link(submitted, user=leaders[0], by=clerk))
    made = services.make_link(submitted, user=leaders[1], by=clerk)
    assert "保密审查" in said(use, made)
    made.link.refresh_from_db()
    assert made.link.used_at is None  # nothing was done, the link is whole
    use(made, CLEARED)


def test_returned_over_a_link(submitted, clerk, leaders):
    use(services.make_link(submitted, user=leaders[0], by=clerk), RETURN)
    submitted.refresh_from_db()
    assert (submitted.status, submitted.remarks) == (Publication.DRAFT, "数字请核对")
    assert submitted.steps.get(outcome=StepOutcome.RETURNED).channel == StepChannel.PHONE


def void_recall(thing, clerk, leader, link):
    services.recall(thing, by=clerk)


def void_words(thing, clerk, leader, link):
    Document.objects.filter(pk=thing.pk).update(body="<p>别的话。</p>")


def void_stopped(thing, clerk, leader, link):
    leader.is_active = False
    leader.save()


def void_role(thing, clerk, leader, link):
    leader.groups.clear()


def void_post(thing, clerk, leader, link):
    ReviewPost.objects.create(agency=thing.agency, level=F, user=ReviewerFactory(agency=thing.agency))


def void_signed_by_another(thing, clerk, leader, link):
    services.agree(thing, by=ReviewerFactory(agency=thing.agency))


def void_taken_back(thing, clerk, leader, link):
    services.take_back_link(link, by=clerk)


def void_new_one(thing, clerk, leader, link):
    services.make_link(thing, user=leader, by=clerk)


def void_submitted_again(thing, clerk, leader, link):
    services.recall(thing, by=clerk)
    services.submit(Document.objects.get(pk=thing.pk), by=clerk)


@pytest.mark.parametrize(
    "change",
    [
        void_recall,
        void_words,
        void_stopped,
        void_role,
        void_post,
        void_signed_by_another,
        void_taken_back,
        void_new_one,
        void_submitted_again,
    ],
)
def test_a_link_falls_with_whatever_it_was_made_for(submitted, clerk, leaders, change):
    made = services.make_link(submitted, user=leaders[0], by=clerk)
    link = find_link(made.token)
    assert why_dead(link, link.thing) == ""
    change(submitted, clerk, leaders[0], made.link)
    link = find_link(made.token)
    assert why_dead(link, link.thing) != ""
    before = list(ReviewStep.objects.order_by("pk").values_list("pk", "outcome"))
    assert said(use, made)
    assert list(ReviewStep.objects.order_by("pk").values_list("pk", "outcome")) == before


def test_a_link_expires_when_its_route_says(submitted, clerk, leaders):
    ReviewRoute.objects.filter(agency=None, lane=Lane.ORDINARY).update(link_days=1)
    made = services.make_link(submitted, user=leaders[0], by=clerk)
    soon = timezone.now() + timedelta(days=1, minutes=1)
    assert "有效期" in said(use, made, now=soon)
    use(made, now=timezone.now() + timedelta(hours=23))


def test_for_whom_no_link_is_made(submitted, clerk, leaders, bureau):
    other = ReviewerFactory(agency=AgencyFactory())
    assert "签批密码" in said(services.make_link, submitted, user=ReviewerFactory(agency=bureau), by=clerk)
    assert "不由" in said(services.make_link, submitted, user=other, by=clerk)
    assert "起草、修改或提交" in said(services.make_link, submitted, user=clerk, by=leaders[0])
    assert "本单位的经办人" in said(
        services.make_link, submitted, user=leaders[0], by=UserFactory(agency=AgencyFactory())
    )
    services.agree(submitted, by=leaders[0])
    assert "已经办过一步" in said(services.make_link, submitted, user=leaders[0], by=clerk)


def test_those_to_choose_from_are_those_who_may(submitted, clerk, leaders, bureau):
    people = [*leaders, clerk, UserFactory(roles=[OFFICE]), ReviewerFactory(agency=AgencyFactory())]
    today = timezone.localdate()
    may = {one.pk for one in people if rules.can_sign(one, submitted)}
    assert {one.pk for one in signers_of(submitted, on=today)} == may
    ReviewPost.objects.create(agency=bureau, level=F, user=leaders[1])
    assert signers_of(submitted, on=today) == [leaders[1]]


# --- 签批密码


def test_a_pin_locks_after_five_wrong_tries_and_stays_locked(leaders, pins):
    leader = leaders[0]
    for left in (4, 3, 2, 1):
        assert f"还可以试{left}次" in said(agencies.services.check_pin, user=leader, pin="111222")
    assert "锁定" in said(agencies.services.check_pin, user=leader, pin="111222")
    assert "锁定" in said(agencies.services.check_pin, user=leader, pin=PIN)
    assert not agencies.services.has_pin(leader)
    agencies.services.set_pin(user=leader, pin="290417", by=leader)
    agencies.services.check_pin(user=leader, pin="290417")
    assert "290417" not in SigningPin.objects.get(user=leader).pin


def test_a_right_number_forgets_the_wrong_ones(leaders, pins):
    said(agencies.services.check_pin, user=leaders[0], pin="111222")
    agencies.services.check_pin(user=leaders[0], pin=PIN)
    assert SigningPin.objects.get(user=leaders[0]).wrong_tries == 0


@pytest.mark.parametrize("pin", ["12345", "123456", "987654", "111111", "121212", "abcdef", "１２３４７９"])
def test_numbers_that_are_no_secret(leaders, pin):
    assert said(agencies.services.set_pin, user=leaders[0], pin=pin, by=leaders[0])


def test_nobody_sets_anothers_pin_but_an_administrator(leaders, clerk, people):
    assert said(agencies.services.set_pin, user=leaders[0], pin=PIN, by=clerk)
    row = agencies.services.set_pin(user=leaders[0], pin=PIN, by=people.administrator)
    assert row.set_by == people.administrator


# --- Paper


def scan(name="审批表.pdf", body=b"%PDF-1.4\nsigned\n%%EOF"):
    return ContentFile(body, name=name)


def line(position, user, decision=AGREE, on=None):
    return Signature(position, user, on or timezone.localdate(), decision)


def register(thing, clerk, lines, **words):
    printed = words.pop("printed", None) or short_hash(review.content_hash(thing))
    files = words.pop("files", None) or [scan()]
    return services.register_paper(
        thing, files=files, printed=printed, signatures=lines, room=services, by=clerk, **words
    )


def test_a_signed_paper_is_the_steps(submitted, clerk, leaders):
    lines = [line(1, leaders[0]), line(2, leaders[1], CLEARED), line(3, leaders[2])]
    paper = register(submitted, clerk, lines)
    submitted.refresh_from_db()
    assert submitted.status == Publication.PUBLISHED
    assert submitted.published_at >= paper.at - timedelta(seconds=1)  # the moment, not the day on the paper
    steps = submitted.steps.order_by("position")
    assert [step.by for step in steps] == leaders
    assert {(step.channel, step.handed_by, step.paper) for step in steps} == {
        (StepChannel.PAPER, clerk, paper)
    }
    assert paper.steps == 3
    page = ScannedPage.objects.get()
    assert page.sha256 == hashlib.sha256(b"%PDF-1.4\nsigned\n%%EOF").hexdigest()
    event = SignedPaper.pgh_event_model.objects.order_by("-pgh_id").first()
    assert event.pgh_context.metadata["user"] == clerk.pk  # the history says who registered


def test_part_of_the_steps_and_a_return(submitted, clerk, leaders):
    register(submitted, clerk, [line(1, leaders[0])])
    submitted.refresh_from_db()
    assert submitted.waiting_level == C
    register(submitted, clerk, [line(2, leaders[1], RETURN)], files=[scan("退回.jpg", b"\xff\xd8\xff\xe0x")])
    submitted.refresh_from_db()
    assert (submitted.status, submitted.remarks) == (Publication.DRAFT, "数字请核对")


def test_what_a_paper_cannot_do(submitted, clerk, leaders, storage):
    today = timezone.localdate()
    one = [line(1, leaders[0])]
    refusals = {
        "对不上": {"printed": "0" * 16},
        "四组": {"printed": "3F2A"},
        "不是扫描件": {"files": [scan("审批表.txt", "签了".encode())]},
        "选了两次": {"files": [scan(), scan("又一个.pdf")]},
    }
    for words, how in refusals.items():
        assert words in said(register, submitted, clerk, one, **how)
    for words, lines in {
        "按顺序": [line(2, leaders[1], CLEARED)],
        "签字日期": [line(1, leaders[0], on=today + timedelta(days=1))],
        "以后、今天以前": [line(1, leaders[0], on=date(2020, 1, 1))],
        "起草、修改或提交": [line(1, clerk)],
        "已经办过一步": [line(1, leaders[0]), line(2, leaders[0], CLEARED)],
        "保密审查": [line(1, leaders[0]), line(2, leaders[1])],
        "不由": [line(1, ReviewerFactory(agency=AgencyFactory()))],
    }.items():
        assert words in said(register, submitted, clerk, lines)
    stranger = UserFactory(agency=AgencyFactory())
    assert "不归您办" in said(register, submitted, stranger, one)
    submitted.refresh_from_db()
    assert submitted.waiting_level == F
    assert not SignedPaper.objects.exists()
    assert not [path for path in storage.rglob("signed/**/*") if path.is_file()]


def test_a_paper_signed_over_other_words_is_worthless(submitted, clerk, leaders):
    printed = short_hash(review.content_hash(submitted))
    services.recall(submitted, by=clerk)
    services.update_document(submitted, by=clerk, body="<p>改过的话。</p>")
    services.submit(submitted, by=clerk)
    assert "对不上" in said(register, submitted, clerk, [line(1, leaders[0])], printed=printed)


def test_the_database_knows_how_a_step_was_done(submitted, clerk, leaders):
    services.agree(submitted, by=leaders[0])
    step = ReviewStep.objects.filter(level=F)
    for wrong in (
        {"channel": StepChannel.PHONE},
        {"handed_by": clerk},
        {"channel": StepChannel.PAPER, "handed_by": clerk},
    ):
        with pytest.raises(IntegrityError, match="how_and_by_whose_hand"), transaction.atomic():
            step.update(**wrong)


# --- 催办, 以我的名义签过的


def test_asked_once_a_day_and_seen_by_whose_it_is(submitted, clerk, leaders):
    mine = Document.objects.waiting_for(leaders[0], timezone.localdate())
    assert not mine.asked_for().exists()
    services.remind(submitted, by=clerk)
    assert "今天已经催办" in said(services.remind, submitted, by=leaders[1])
    services.remind(submitted, by=clerk, now=timezone.now() + timedelta(days=1))
    assert list(mine.asked_for()) == [submitted]
    services.agree(submitted, by=leaders[0])
    later = Document.objects.waiting_for(leaders[1], timezone.localdate())
    assert later.exists()
    assert not later.asked_for().exists()  # another step, nobody asked for it yet


def test_the_signer_says_whether_it_was_he(submitted, clerk, leaders):
    use(services.make_link(submitted, user=leaders[0], by=clerk))
    step = submitted.steps.get(level=F)
    assert said(services.say_of_signature, step, word=OwnerWord.MINE, by=clerk)
    services.say_of_signature(step, word=OwnerWord.NOT_MINE, by=leaders[0])
    step.refresh_from_db()
    assert step.owner_word == OwnerWord.NOT_MINE
    services.agree(submitted, by=leaders[1], secrecy_cleared=True)
    own = submitted.steps.get(level=C)
    assert said(services.say_of_signature, own, word=OwnerWord.MINE, by=leaders[1])


def test_no_link_for_a_locked_pin(submitted, clerk, leaders):
    for _ in range(5):
        said(agencies.services.check_pin, user=leaders[0], pin="000111")
    assert "签批密码" in said(services.make_link, submitted, user=leaders[0], by=clerk)
