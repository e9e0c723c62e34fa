"""Personal data in texts: what is planted is found, and official prose holds none (properties)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from disclosure import personal_data, scanning
from disclosure.scanning import Line, WrongWord

TODAY = date(2026, 3, 2)
MOBILE, ID, CARD, ADDRESS = "mobile", "id_number", "bank_card", "address"


def kinds(text):
    return [hit.kind for hit in personal_data.hits(personal_data.fold(text), today=TODAY)]


def id_number(region, born, serial):
    digits = f"{region}{born:%Y%m%d}{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def card_number(prefix, length, body):
    digits = (prefix + body)[: length - 1]
    for last in "0123456789":
        doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits + last))]
        if sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0:
            return digits + last
    raise AssertionError(digits)


mobiles = st.builds(
    lambda head, tail: f"1{head}{tail:09d}"[:11], st.sampled_from("3456789"), st.integers(0, 999_999_999)
)
ids = st.builds(
    id_number,
    st.sampled_from(["530102", "110101", "539921", "440305", "653101"]),
    st.dates(date(1930, 1, 1), date(2020, 12, 31)),
    st.integers(1, 999),
)
cards = st.builds(
    lambda prefix, length, body: card_number(prefix, length, body),
    st.sampled_from(["621700", "622848", "622202"]),
    st.sampled_from([16, 19]),
    st.from_regex(r"[1-9]0[2-8]4[0-9]{12}", fullmatch=True).map(lambda text: text[:13]),
)
#: What official prose is full of, and none of it personal.
harmless = st.one_of(
    st.builds("青政发〔{}〕{}号".format, st.integers(1990, 2026), st.integers(1, 400)),
    st.builds("咨询电话：0{}-{}".format, st.integers(311, 999), st.integers(2_000_000, 8_999_999)),
    st.builds("拨付资金{}.{:02d}万元".format, st.integers(1, 99_999_999), st.integers(0, 99)),
    st.builds("合计{}元".format, st.integers(13_000_000_000, 19_999_999_999)),
    st.builds(
        "统一社会信用代码：{}".format,
        st.from_regex(r"[19][1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", fullmatch=True),
    ),
    st.builds("{}年{}月{}日".format, st.integers(1990, 2026), st.integers(1, 12), st.integers(1, 28)),
    st.builds("联系人：王某，13{}****{:04d}".format, st.integers(0, 9), st.integers(0, 9999)),
    st.builds("索引号11539921MB0003551L/{}-{:05d}".format, st.integers(2008, 2026), st.integers(1, 99999)),
    st.builds("项目代码：2026-539921-{}-01-{:06d}".format, st.integers(10, 99), st.integers(0, 999999)),
    st.builds("备案编号{}".format, st.from_regex(r"62[0-9]{14}", fullmatch=True)),
    st.builds("县政务服务中心（人民路{}号）".format, st.integers(1, 400)),
    st.builds("临江镇柳湾村{}组共{}户".format, st.integers(1, 12), st.integers(2, 200)),
    st.sampled_from(["现将有关事项通知如下", "根据《条例》第十四条", "各乡镇人民政府，县政府各部门"]),
)
prose = st.lists(harmless, min_size=1, max_size=8).map("，".join)


@given(prose)
def test_official_prose_holds_nothing_personal(text):
    assert kinds(text) == []


@given(prose, prose, st.one_of(mobiles.map(lambda n: (MOBILE, n)), ids.map(lambda n: (ID, n))))
def test_what_is_planted_is_found_and_masked(before, after, planted):
    kind, number = planted
    assume(number not in before + after)
    text = f"{before}，联系{number}，{after}"
    assert kinds(text) == [kind]
    found = personal_data.hits(text, today=TODAY)
    shown, places = personal_data.masked(text, found)
    assert number not in shown
    assert shown[places[0] :].startswith(found[0].masked)
    excerpts = scanning.in_lines("正文", [Line("正文第1段", text)], words=(), today=TODAY)
    assert all(number not in one.excerpt and number not in one.mark for one in excerpts)


@given(prose, cards)
def test_cards_are_found(before, number):
    assert kinds(f"{before}，银行卡号{number}。") == [CARD]
    assert kinds(" ".join([f"卡号{number[:4]}", number[4:8], number[8:12], number[12:16], number[16:]])) == [
        CARD
    ]


@given(ids, st.integers(0, 16))
def test_a_wrong_digit_is_no_id_number(number, at):
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert ID not in kinds(f"编码{wrong}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("联系电话：138 1234 5678", [MOBILE]),
        ("联系电话：１３８１２３４５６７８", [MOBILE]),
        ("手机+86-13812345678", [MOBILE]),
        ("138\u200b1234\u200b5678", [MOBILE]),
        ("138****5678", []),
        ("13812345678元", []),
        ("¥13812345678.00", []),
        ("20260113812345678901", []),
        ("身份证号539921850312123", [ID]),
        ("注册号539921850312123", []),
        ("5399********1234", []),
        ("人民路8号5栋2单元301室", [ADDRESS]),
        ("临江镇柳湾村三组12号", [ADDRESS]),
        ("家庭住址：临江镇柳湾村三组", [ADDRESS]),
        ("住址：青澜县月湾路8号", [ADDRESS]),
        ("家住松岗镇大坪村18号", [ADDRESS]),
        ("征收柳湾村三组集体土地12.5亩", []),
        ("柳湾村三组2号地块", []),
        ("地址：青澜县人民路8号行政中心2号楼302室", []),
        ("建设安置房5栋，每栋2单元", []),
    ],
)
def test_cases(text, expected):
    assert kinds(text) == expected


def test_hits_never_overlap_and_stand_in_order():
    text = "张某 13812345678 " + id_number("530102", date(1985, 3, 12), 123) + " 柳湾村三组12号 13987654321"
    found = personal_data.hits(text, today=TODAY)
    assert [hit.kind for hit in found] == [MOBILE, ID, ADDRESS, MOBILE]
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_nobody_is_born_tomorrow():
    unborn = id_number("530102", date(2026, 3, 3), 1)
    assert kinds(f"身份证{unborn}") == []
    assert personal_data.is_id_number(unborn, today=date(2026, 3, 3))


def findings(*lines, words=()):
    placed = [Line(f"正文第{n}段", text) for n, text in enumerate(lines, start=1)]
    return list(scanning.in_lines("正文", placed, words=words, today=TODAY))


def test_a_finding_is_another_one_when_the_words_around_change():
    one, moved, changed = (
        findings("请联系张某13812345678。")[0],
        findings("前面加了一段。", "请联系张某13812345678。")[1 - 1],
        findings("请联系李某13812345678。")[0],
    )
    assert one.mark == moved.mark != changed.mark
    assert (one.place, moved.place) == ("正文第1段", "正文第2段")


def test_wrong_words_and_where_they_are_right():
    words = [WrongWord("布署", "部署", ("发布署",)), WrongWord("防犯", "防范", ("防犯罪",))]
    found = findings("会议布署了工作，并发布署名文章，预防犯罪，防犯风险。", words=words)
    assert [one.advice[:4] for one in found] == ["「布署」", "「防犯」"]
    assert found[0].excerpt.startswith("会议布署了工作")
    assert found[1].excerpt.endswith("防犯风险。")


def lines(*texts):
    return [Line(str(n), text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "day", "count"),
    [
        (["青澜县民政局", "2026年2月27日"], date(2026, 2, 27), 0),
        (["青澜县民政局", "二〇二六年二月二十七日"], date(2026, 2, 27), 0),
        (["青澜县民政局", "2026年2月26日"], date(2026, 2, 27), 1),
        (["于2026年2月26日前报送。"], date(2026, 2, 27), 0),
        (["无落款"], date(2026, 3, 3), 1),
        (["2026年13月40日"], date(2026, 2, 27), 0),
        (["无落款"], None, 0),
    ],
)
def test_dates(texts, day, count):
    assert len(list(scanning.dates(lines(*texts), written_on=day, today=TODAY))) == count


FORM = scanning.File("申请表", "docx", "a")


@pytest.mark.parametrize(
    ("texts", "files", "expected"),
    [
        (["请填写申请表（详见附件）。"], [], ["attachment_missing"]),
        (["附件：申请表"], [], ["attachment_missing"]),
        (["附件：1.申请表", "青澜县民政局", "附件1", "申请表", "姓名"], [], []),
        (["详见附件。"], [FORM], []),
        (["请填写申请表。"], [FORM], []),
        (["请办理。"], [FORM], ["attachment_unmentioned"]),
        (["请办理。"], [scanning.File("关于办理的通知", "pdf", "a")], []),
        (["一图读懂。"], [scanning.File("IMG_20260302", "jpg", "a")], ["no_alt"]),
        (["一图读懂。"], [scanning.File("低保怎么申请", "jpg", "a")], []),
        ([], [FORM], []),
    ],
)
def test_attachments(texts, files, expected):
    found = scanning.attachments("关于办理的通知", lines(*texts), files)
    assert [one.kind for one in found] == expected


def test_no_excerpt_shows_what_another_finding_masks():
    texts = lines("张某13812345678，详见附件。")
    named = scanning.File("张某13812345678", "pdf", "a")
    found = [
        *scanning.attachments("通知", texts, []),
        *scanning.attachments("通知", lines("请办理。"), [named]),
        scanning.unread(named, "没有检查。"),
        scanning.dead_link("/x/?tel=13812345678", "张某13812345678"),
    ]
    assert len(found) == 4
    assert not [one for one in found if "13812345678" in f"{one.area}{one.place}{one.excerpt}{one.advice}"]


def test_pictures_and_links():
    html = '<p><img src="a.png"><img src="b.png" alt="图"><a href="/documents/1/">那份<b>通知</b></a></p>'
    assert [one.place for one in scanning.pictures_without_words(html)] == ["正文第1张图"]
    assert scanning.links(html) == [("/documents/1/", "那份通知")]
