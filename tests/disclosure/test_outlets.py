"""一稿多出: drafts that fit their outlet, uses on record, and the figure of other channels."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from disclosure import outlets, services, spoken, wechat
from disclosure.outlets import Source
from disclosure.services import NotAllowed
from disclosure.states import Outlet, Publication
from interpretation.models import Interpretation
from interpretation.models import OutletUse as InterpretationUse
from tests.factories import SHANGHAI, DocumentFactory, InterpretationFactory

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)
SOURCE = Source(
    title="青澜县民政局关于发放高龄津贴的通知",
    agency="青澜县民政局",
    summary="八十岁以上老人每月领钱，2026年4月起办。",
    lines=("一、对象：年满80周岁的老人。", "二、标准：80—89岁每月50元，90岁以上100元。"),
    address="www.qinglan.example/d/12",
    phone="0799-5210301",
)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-03-02", "二零二六年三月二日"),
        ("2026年12月10日", "二零二六年十二月十日"),
        ("1080元", "一千零八十元"),
        ("1,000,500.50元", "一百万零五百点五元"),
        ("15%", "百分之十五"),
        ("8:30-17:00", "八点三十分到十七点整"),
        ("20—30人", "二十到三十人"),
        ("电话0799-5210301", "电话零七九九、五二幺零三零幺"),
        ("13800001234", "幺三八、零零零零、幺二三四"),
        ("G318国道", "G三一八国道"),
        ("3㎡", "三平方米"),
        ("低保（含特困）对象", "低保，含特困，对象"),
        ("名单（详见附件1）", "名单"),
        ("《办法》（青民发〔2026〕3号）", "办法"),
        ("见 https://www.example.gov.cn/a?b=1", "见县政府网站"),
        ("", ""),
    ],
)
def test_numbers_and_brackets_as_they_are_spoken(written, said):
    assert spoken.say(written) == said


def test_sentences_are_short_and_headings_are_counted():
    assert spoken.sentences("（二）标准：每月50元；其他另行通知") == [
        "第二，标准，每月五十元。",
        "其他另行通知。",
    ]
    long = (
        "为了做好今年的高龄津贴发放工作，请各乡镇人民政府于四月十日以前，"
        "把符合条件的老人名单，报送县民政局社会福利股审核"
    )
    assert max(map(len, spoken.sentences(long))) <= 34
    assert "".join(spoken.sentences(long)).replace("。", "").replace("，", "") == long.replace("，", "")


@given(st.text(max_size=60))
def test_whatever_is_read_out_nothing_breaks_and_no_digit_is_left(text):
    assert not any("0" <= letter <= "9" for letter in "".join(spoken.sentences(text)))


@given(st.text(max_size=120), st.text(max_size=90), st.text(max_size=30), st.text(max_size=60))
def test_a_message_is_never_longer_than_one(title, summary, agency, address):
    source = Source(title, agency, summary, (), address, "0799-5210301")
    assert outlets.units(outlets.sms(source)) <= max(outlets.SMS_LENGTH, outlets.units(f"【{agency}】") + 1)


def test_message_and_line_say_who_what_and_where():
    assert (
        outlets.sms(SOURCE)
        == "【青澜县民政局】八十岁以上老人每月领钱，2026年4月起办，详见www.qinglan.example/d/12"
    )
    assert outlets.led(SOURCE).startswith("青澜县民政局：八十岁以上老人")
    assert (outlets.sms_parts("字" * 70), outlets.sms_parts("字" * 71), outlets.sms_parts("𠮷" * 36)) == (
        1,
        2,
        2,
    )


def test_loudspeaker_text_has_a_beginning_and_an_end():
    lines = outlets.loudspeaker(SOURCE).split("\n")
    assert lines[0] == "各位乡亲，大家好。"
    assert "八十到八十九岁每月五十元，九十岁以上一百元。" in "".join(lines)
    assert lines[-1] == "谢谢大家。"
    assert "以上是主要内容。" in outlets.loudspeaker(Source("题", "局", "", ("长" * 900,), "d/1"))


def test_wechat_file_has_every_style_inline_and_nothing_that_runs_or_loads():
    html = wechat.page(
        title="<题>",
        lead="导语",
        facts=["青澜县民政局"],
        body='<h2>一</h2><p class="align-right">局</p><p onclick="x()">看<a href="https://x.example/">网</a>'
        '<script>alert(1)</script></p><table><tr><td colspan="2" class="align-center">1</td></tr></table>',
        attachments=["表 & 单"],
        address="https://q.example/documents/1/",
    )
    for gone in ("<script", "onclick", "class=", "<a ", "href", "src="):
        assert gone not in html
    for kept in (
        "&lt;题&gt;",
        "text-align:right",
        'colspan="2"',
        "表 &amp; 单",
        "https://q.example/documents/1/",
    ):
        assert kept in html


# --- Uses


def use(thing, people, **changes):
    facts = {
        "outlet": Outlet.LOUDSPEAKER,
        "place": "柳湾村广播室",
        "used_at": NOW,
        "text": "各位乡亲",
        "now": NOW,
    }
    return services.record_use(thing, **{"by": people.clerk, **facts, **changes})


def test_a_use_is_on_record_with_place_time_and_words(people):
    document = DocumentFactory(published=True, agency=people.minzheng)
    made = use(document, people, place="  柳湾村 广播室 ")
    assert (made.place, made.text, made.recorded_by) == ("柳湾村 广播室", "各位乡亲", people.clerk)
    cancelled = services.cancel_use(document, use_id=made.pk, by=people.reviewer)
    assert cancelled.cancelled_by == people.reviewer
    with pytest.raises(NotAllowed, match="已经取消"):
        services.cancel_use(document, use_id=made.pk, by=people.reviewer)
    assert document.outlet_uses.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": " "}, "在哪里使用"),
        ({"outlet": "fax"}, "渠道"),
        ({"used_at": NOW + timedelta(days=2)}, "最多提前一天"),
        ({"used_at": datetime(2026, 3, 1, 9, 0, tzinfo=SHANGHAI)}, "不能早于网站公开"),
        ({"text": "字" * 20_001}, "太长"),
    ],
)
def test_what_cannot_be_a_use_is_refused_in_words(people, changes, words):
    with pytest.raises(NotAllowed, match=words):
        use(DocumentFactory(published=True, agency=people.minzheng), people, **changes)


def test_only_what_is_public_and_by_its_own_people(people):
    public = DocumentFactory(published=True, agency=people.minzheng)
    for thing, by in [
        (DocumentFactory(agency=people.minzheng), people.clerk),
        (DocumentFactory(withdrawn=True, agency=people.minzheng), people.clerk),
        (public, people.stranger),
        (public, people.administrator),
    ]:
        with pytest.raises(NotAllowed):
            use(thing, people, by=by)
    assert not public.outlet_uses.exists()


def test_the_figure_counts_interpretations_used_elsewhere_once(people):
    ours = [InterpretationFactory(published=True, agency=people.minzheng) for _ in range(3)]
    InterpretationFactory(agency=people.minzheng)
    use(ours[0], people)
    use(ours[0], people, outlet=Outlet.WECHAT)
    mistaken = use(ours[1], people)
    services.cancel_use(ours[1], use_id=mistaken.pk, by=people.clerk)
    figure = Interpretation.objects.other_channels(date(2026, 1, 1), date(2026, 12, 31))
    assert (figure.published, figure.used, figure.uses, figure.percent) == (3, 1, 2, 33)
    assert Interpretation.objects.other_channels(date(2027, 1, 1)).percent is None
    assert InterpretationUse.objects.count() == 3


# --- The page


def address(thing, view):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_{view}", args=[thing.pk])


@pytest.mark.parametrize("make", [DocumentFactory, InterpretationFactory])
def test_the_page_drafts_records_and_prints(client, people, make):
    thing = make(
        published=True, agency=people.minzheng, title="关于发放高龄津贴的通知", summary="八十岁以上领钱。"
    )
    client.force_login(people.clerk)
    assert address(thing, "outlets") in client.get(address(thing, "change")).content.decode()
    page = client.get(address(thing, "outlets")).content.decode()
    short = "d" if make is DocumentFactory else "j"
    assert f"【青澜县民政局】八十岁以上领钱，详见testserver/{short}/{thing.pk}" in page
    given = {
        "outlet": "sms",
        "sms-text": "改过的短信",
        "sms-place": "临江镇群发",
        "sms-used_at": "2026-03-05T09:00",
    }
    assert client.post(address(thing, "outlets"), given).status_code == 302
    assert thing.outlet_uses.get().text == "改过的短信"
    empty = client.post(address(thing, "outlets"), {**given, "sms-place": ""}).content.decode()
    assert "短信没有登记" in empty
    assert "改过的短信" in empty
    poster = client.post(
        address(thing, "outlets_poster"), {"paper": "a3", "poster-text": "第一行\n<b>"}
    ).content.decode()
    assert "poster-a3" in poster
    assert "&lt;b&gt;" in poster
    assert 'class="qr"' in poster
    file = client.post(address(thing, "outlets_wechat"), {"wechat-text": "我的导语"})
    assert file["Content-Disposition"].startswith("attachment")
    assert "我的导语" in file.content.decode()
    use_id = thing.outlet_uses.get().pk
    assert client.post(address(thing, "outlets_cancel"), {"use": use_id}).status_code == 302
    assert thing.outlet_uses.get().cancelled_at is not None


def test_the_pages_are_shut_to_strangers_and_to_what_is_not_public(client, people):
    document = DocumentFactory(published=True, agency=people.minzheng)
    draft = DocumentFactory(agency=people.minzheng)
    gone = DocumentFactory(
        published=True,
        agency=people.minzheng,
        status=Publication.OFFLINE,
        offline_by=people.reviewer,
        offline_at=NOW,
        offline_reason="误发",
    )
    for user, things in ((people.stranger, [document]), (people.clerk, [draft, gone])):
        client.force_login(user)
        for thing in things:
            for view in ("outlets", "outlets_wechat", "outlets_poster"):
                assert client.post(address(thing, view), {}).status_code == 403, (user, view)
