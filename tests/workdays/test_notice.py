"""Reading the notices: the official prose of five years, its variants, and what must not pass."""

import re
from datetime import date, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workdays.calendar import WorkCalendar
from workdays.notice import parse_notice

FRAME = """国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
现将2026年元旦等节日放假调休日期的具体安排通知如下。
{items}
国务院办公厅
2025年11月4日
"""


def read(items):
    return parse_notice(FRAME.format(items=items))


def as_table(notice):
    return {day.date: day.is_work for day in notice.special_days()}


def messages(remarks):
    return [(remark.line, remark.message) for remark in remarks]


@pytest.mark.parametrize(
    ("year", "number", "issued_on", "items"),
    [
        (2024, "国办发明电〔2023〕7号", date(2023, 10, 25), 7),
        (2025, "国办发明电〔2024〕12号", date(2024, 11, 12), 6),
        (2026, "国办发明电〔2025〕7号", date(2025, 11, 4), 7),
    ],
)
def test_the_notices_give_exactly_the_table_of_the_domain(
    notice_text, domain_days, year, number, issued_on, items
):
    notice = parse_notice(notice_text(year))
    assert as_table(notice) == domain_days[year]
    assert (notice.year, notice.number, notice.issued_on) == (year, number, issued_on)
    assert notice.title == f"国务院办公厅关于{year}年部分节假日安排的通知"
    assert (notice.errors, notice.warnings) == ((), ())
    assert len(notice.holidays) == items


def test_advice_to_rest_on_a_day_is_no_day_off(notice_text):
    notice = parse_notice(notice_text(2024))
    assert date(2024, 2, 9) not in as_table(notice)
    assert [(r.line, "除夕(2月9日)" in r.text) for r in notice.ignored] == [(11, True)]


def test_a_new_year_that_begins_in_december(notice_text):
    notice = parse_notice(notice_text(2019))
    assert (notice.errors, notice.warnings) == ((), ())
    new_year = notice.holidays[0]
    assert new_year.off == (date(2018, 12, 30), date(2018, 12, 31), date(2019, 1, 1))
    assert new_year.work == (date(2018, 12, 29),)
    assert WorkCalendar([2019], notice.special_days()).workdays_in(2019).days == 250


@pytest.mark.parametrize(
    "item",
    [
        "一、元旦：12月30日至1月1日放假调休，共3天。12月29日（星期六）上班。",
        "一、元旦：2018年12月30日至1月1日放假调休，共3天。12月29日上班。",
        "一、元旦：自2018年12月30日起至2019年1月1日止放假调休，共3天。2018年12月29日（周六）上班。",
    ],
)
def test_the_year_of_a_december_may_be_left_out(item):
    text = FRAME.format(items=item).replace("2026", "2019").replace("2025", "2018")
    notice = parse_notice(text)
    assert notice.errors == ()
    assert notice.holidays[0].off == (date(2018, 12, 30), date(2018, 12, 31), date(2019, 1, 1))
    assert notice.holidays[0].work == (date(2018, 12, 29),)


def test_a_day_off_in_lieu(notice_text):
    notice = parse_notice(notice_text(2017))
    assert (notice.errors, notice.warnings) == ((), ())
    assert notice.holidays[0].off == (date(2017, 1, 1), date(2017, 1, 2))
    assert notice.holidays[5].name == "中秋节、国庆节"


@pytest.mark.parametrize(
    ("item", "off", "work"),
    [
        ("元旦:1月1日至3日放假调休,共3天,1月4日(周日)上班", 3, 1),
        ("（一）元旦：1月1日（星期四）—3日（星期六）调休放假，共3天。", 3, 0),
        ("1. 元旦：１月１日（周四）放假１天，不调休。", 1, 0),
        ("一、元旦 1月1日放假，1月2日补休。", 2, 0),
        ("一、元旦：1月1日、2日放假，1月4日、10日照常上班。", 2, 2),
        ("一、元旦：1 月 1 日（ 周四 ）至 3 日（ 周六 ）放假，\n共 3 \n天 。", 3, 0),
        ("一、元旦：1月1日（周四）放假1天；1月4日（周日）补班。", 1, 1),
        ("一、元旦：1⽉1⽇（周四）放假1天。", 1, 0),
    ],
    ids=range(8),
)
def test_other_ways_to_write_it(item, off, work):
    notice = read(item)
    assert notice.errors == ()
    assert [(len(h.off), len(h.work)) for h in notice.holidays] == [(off, work)]
    assert notice.holidays[0].name == "元旦"


def test_a_page_copied_whole_with_what_stands_around(notice_text, domain_days):
    page = (
        "首页 | 政策 | 2025年11 05\n责任编辑：张某\n新华社北京11月4日电 "
        + notice_text(2026)
        + "[责编：某某]\n12月13日，人们在公园放假游玩。\n相关：国务院办公厅关于2025年部分节假日安排的通知\n"
    )
    notice = parse_notice(page)
    assert as_table(notice) == domain_days[2026]
    assert notice.errors == ()
    assert [r.line for r in notice.ignored if "标题之前" in r.message] == [1, 2]
    assert any("公园" in r.text and "落款之后" in r.message for r in notice.ignored)


@pytest.mark.parametrize(
    ("item", "line", "message"),
    [
        ("一、元旦：1月1日（周五）放假1天。", 4, "「1月1日(周五)」写的是周五，但 2026-01-01 是周四。"),
        ("一、元旦：1月1日至3日（周日）放假，共3天。", 4, "「3日(周日)」写的是周日，但 2026-01-03 是周六。"),
        ("一、元旦：1月1日至3日放假，共4天。", 4, "写的是 4 天，但按日期算是 3 天。"),
        ("一、元旦：1月1日放假2天。", 4, "写的是 2 天，但按日期算是 1 天。"),
        (
            "\n一、元旦：1月1日放假。\n1月5日（周一）上班。",
            6,
            "2026-01-05（周一）写作上班，但这天本来就是工作日",
        ),
        ("一、元旦：1月3日至1日放假。", 4, "「至1日」早于开始日期 2026-01-03。"),
        ("一、元旦：2月30日放假。", 4, "「2月30日」在 2026 年不存在。"),
        ("一、元旦：1月1日至30日放假，共30天。", 4, "超过 15 天，不像一次放假"),
        ("一、元旦：1日放假。", 4, "「1日」没有写月份"),
        ("一、元旦：2016年1月1日放假。", 4, "2016-01-01（周五）不在 2026 年前后"),
        ("一、元旦：1月1日放假，与周末连休。", 4, "写的是「与周末连休」，但2026-01-01（周四）不与周末相连。"),
        ("一、元旦：1月1日放假，1月1日上班。", 4, "2026-01-01（周四）在「元旦」里写了两次。"),
        (
            "一、元旦：1月1日放假。\n二、春节：1月1日放假。",
            5,
            "2026-01-01（周四）同时写在「元旦」和「春节」里。",
        ),
        ("一、元旦：1月1日放假。\n二、元旦：1月2日放假。", 5, "第 4 行已经有「元旦」，是不是粘贴了两次？"),
        ("一、元旦：1月1日放假。\n1月4日不上班。", 5, "这句话里有日期，但没有读懂。"),
        ("一、元旦：1月1日由各单位酌情安排。", 4, "这句话里有日期，但没有读懂。"),
        ("1月2日全体放假。\n一、元旦：1月1日放假。", 4, "没有归到哪个节日"),
    ],
    ids=range(17),
)
def test_a_contradiction_is_an_error_that_names_its_line(item, line, message):
    found = messages(read(item).errors)
    assert any(at == line and message in said for at, said in found), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "没有找到年份"),
        ("今天天气很好，我们去公园。", "没有找到任何节日安排"),
        ("一、元旦：1月1日放假。", "没有找到年份"),
        ("关于延长2020年春节假期的通知\n延长2020年春节假期至2月2日。", "请到「个别日期调整」中登记"),
        (
            FRAME.replace("现将2026", "现将2025").format(items="一、元旦：1月1日放假。"),
            "正文写的是「现将2025年」",
        ),
        (FRAME.replace("11月4日", "11月31日").format(items="一、元旦：1月1日放假。"), "落款日期不存在"),
    ],
    ids=range(6),
)
def test_what_is_no_notice_is_refused(text, message):
    assert any(message in remark.message for remark in parse_notice(text).errors)


def test_a_missing_holiday_and_a_wrong_sum_are_for_a_person_to_confirm(notice_text):
    cut = re.sub(r"　　七、国庆节.*\n", "", notice_text(2026))
    notice = parse_notice(cut)
    assert notice.errors == ()
    said = " ".join(remark.message for remark in notice.warnings)
    assert "没有读到：国庆节" in said
    assert "净放假 10 天" in said
    assert "2026 年应为 13 天" in said


def test_a_holiday_out_of_season_is_noticed(notice_text):
    """2026-07-04 is a Saturday like 04-04: no weekday gives the slip away."""
    wrong = notice_text(2026).replace("清明节：4月4日", "清明节：7月4日")
    assert messages(parse_notice(wrong).warnings) == [
        (13, "「清明节」的放假日期不在清明节前后，请核对月份。")
    ]


def test_a_make_up_day_far_from_its_holiday_is_noticed(notice_text):
    """2026-11-14 is a Saturday like 02-14."""
    wrong = notice_text(2026).replace("2月14日（周六）", "11月14日（周六）")
    assert messages(parse_notice(wrong).warnings) == [
        (11, "2026-11-14（周六）上班离「春节」太远，请核对月份。")
    ]


def test_a_sentence_without_dates_that_was_not_understood_is_told(notice_text):
    odd = notice_text(2026).replace("共9天。", "共9天。妇女节按惯例办理。")
    notice = parse_notice(odd)
    assert [(r.line, r.text) for r in notice.warnings] == [(11, "妇女节按惯例办理")]
    assert len(notice.special_days()) == 39


@pytest.mark.parametrize("year", [2025, 2026])
def test_one_wrong_digit_is_noticed_wherever_weekdays_are_written(notice_text, year):
    """Each digit of the items, replaced by each other: only a make-up day moved by weeks looks right."""
    text = notice_text(year)
    right = as_table(parse_notice(text))
    start, stop = text.index("一、元旦"), text.index("节假日期间")
    tried = 0
    for at in (i for i in range(start, stop) if text[i].isdigit()):
        for digit in set("0123456789") - {text[at]}:
            notice = parse_notice(text[:at] + digit + text[at + 1 :])
            tried += 1
            if notice.errors or notice.warnings or as_table(notice) == right:
                continue
            gone, come = right.items() - as_table(notice).items(), as_table(notice).items() - right.items()
            ((old, old_work),), ((new, new_work),) = gone, come
            assert old_work
            assert new_work
            assert abs(new - old) % timedelta(weeks=1) == timedelta(0)
    assert tried > 300


@given(data=st.data())
def test_line_breaks_anywhere_change_nothing(notice_text, domain_days, data):
    year = data.draw(st.sampled_from(sorted(domain_days)))
    text = notice_text(year)
    for at in sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=15)), reverse=True):
        text = text[:at] + data.draw(st.sampled_from(["\n", "\r\n", "　", " \n "])) + text[at:]
    notice = parse_notice(text)
    assert as_table(notice) == domain_days[year]
    assert (notice.errors, notice.warnings) == ((), ())


@given(
    st.text(
        alphabet="一二元旦春节：、，。（）周日月年天放假上班至共调休0123456789国务院办公厅关于通知\n",
        max_size=200,
    )
)
def test_no_text_whatever_makes_it_stumble(text):
    notice = parse_notice("国务院办公厅关于2026年部分节假日安排的通知\n一、元旦：" + text)
    lines = text.count("\n") + 2
    assert all(0 <= r.line <= lines for r in (*notice.errors, *notice.warnings, *notice.ignored))


def test_a_long_paste_takes_no_time():
    """No pattern may backtrack without bound on what somebody pastes."""
    for piece in ("1月1日、", "一、元旦：", "节日节日", "1月1日（", "自1月1日起至", "国办" * 4):
        started = process_time()
        parse_notice(
            "国务院办公厅关于2026年部分节假日安排的通知\n一、元旦：" + piece * (20_000 // len(piece))
        )
        assert process_time() - started < 2, piece
