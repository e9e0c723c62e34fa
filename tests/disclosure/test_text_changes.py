"""What changed between two texts: a true account of both, by paragraph and by word, in bounded work."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.text_changes import Comparison, Run, blocks

WORDS = st.sampled_from(
    ["山洪", "防御", "工作", "2026年", "通知", "，", "。", "的", "临江镇", "<b>", "&", " "]
)
PARAGRAPH = st.lists(WORDS, max_size=12).map("".join)
TAG = st.sampled_from(["p", "h2", "li", "blockquote"])
BODY = st.lists(st.tuples(TAG, PARAGRAPH), max_size=8)


def html(paragraphs):
    escaped = [(tag, text.replace("&", "&amp;").replace("<", "&lt;")) for tag, text in paragraphs]
    return "".join(f"<{tag}>{text}</{tag}>" for tag, text in escaped)


def body(*texts):
    return html([("p", text) for text in texts])


def told(rows, side):
    """The paragraphs of one side, put together again from the rows."""
    other = {"was": "added", "now": "removed"}[side]
    return ["".join(run.text for run in getattr(row, side)) for row in rows if row.what != other]


def marked(runs):
    return [run.text for run in runs if run.marked]


@settings(max_examples=300, deadline=None)
@given(BODY, BODY, st.sampled_from([0, 500, 4_000_000]))
def test_the_account_is_true_whatever_the_budget(was, now, steps):
    was, now = html(was), html(now)
    rows = Comparison(steps=steps).bodies(was, now)
    assert told(rows, "was") == [one.text for one in blocks(was)]
    assert told(rows, "now") == [one.text for one in blocks(now)]
    for row in rows:
        kept = ["".join(run.text for run in side if not run.marked) for side in (row.was, row.now)]
        if row.what in {"same", "shape", "changed"}:
            assert kept[0] == kept[1]
        if row.what == "same":
            assert not marked(row.was + row.now)
        if row.what == "changed":
            assert marked(row.was + row.now)


@settings(max_examples=100, deadline=None)
@given(BODY)
def test_nothing_changed_says_nothing(same):
    assert {row.what for row in Comparison().bodies(html(same), html(same))} <= {"same"}


def test_words_inside_a_paragraph():
    (row,) = Comparison().bodies(body("到2026年底，完成防御工作。"), body("到2027年底，完成好防治工作。"))
    assert (marked(row.was), marked(row.now)) == (["2026", "防御"], ["2027", "好防治"])


def test_a_paragraph_more_one_less_and_one_rewritten():
    was = body("第一段不变。", "这一段要删去。", "第三段讲山洪灾害防御。", "末段。")
    now = body("第一段不变。", "第三段讲山洪灾害防治。", "末段。", "另加一句。")
    rows = Comparison().bodies(was, now)
    assert [row.what for row in rows] == ["same", "removed", "changed", "same", "added"]


def test_texts_without_anything_in_common_are_not_woven_together():
    rows = Comparison().bodies(body("各乡镇人民政府"), body("附件另行发送"))
    assert [row.what for row in rows] == ["removed", "added"]


def test_tables_by_row_pictures_and_links_by_their_words():
    table = "<table><tr><th>镇</th><th>户</th></tr><tr><td><p>临江镇</p></td><td>{}</td></tr></table>"
    was = (
        table.format(12)
        + '<p>见<a href="https://a.cn/1">办法</a></p><figure><img src="a.png" alt="路线"></figure>'
    )
    now = table.format(15) + '<p>见<a href="https://a.cn/2">办法</a></p><figure><img src="b.png"></figure>'
    rows = Comparison().bodies(was, now)
    assert [row.what for row in rows] == ["same", "changed", "changed", "changed"]
    assert told(rows, "was") == ["镇 │ 户", "临江镇 │ 12", "见办法〔https://a.cn/1〕", "［图片：路线 a.png］"]
    assert marked(rows[1].now) == ["15"]
    assert told(rows, "now")[3] == "［图片：没有说明 b.png］"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("<h2>一、目标</h2>", "<h3>一、目标</h3>"),
        ("<p>总的来看</p>", "<p><strong>总的</strong>来看</p>"),
        ("<p><strong>总</strong>的来看</p>", "<p><strong>总的</strong>来看</p>"),
        ('<p class="align-right">水务局</p>', "<p>水务局</p>"),
        ("<table><tr><td>甲</td></tr></table>", '<table><tr><td colspan="2">甲</td></tr></table>'),
    ],
)
def test_the_same_words_in_another_layout_are_said(was, now):
    (row,) = Comparison().bodies(was, now)
    assert (row.what, row.was, row.now) == ("shape", row.now, row.was)


def test_an_empty_text_on_either_side():
    assert Comparison().texts("", "新") == ([], [Run("新", True)])
    assert Comparison().texts("旧", "") == ([Run("旧", True)], [])


def long_text(seed, paragraphs, each):
    chance = Random(seed)  # noqa: S311
    letters = "的一是在不了有和人这中大为上个国我以要他时来用们山水田政务公开办法通知"
    return ["".join(chance.choices(letters, k=each)) for _ in range(paragraphs)]


def test_two_hundred_thousand_characters_changed_here_and_there():
    was = long_text(1, 2000, 100)
    now = [text if n % 40 else f"{text[:50]}改{text[51:]}" for n, text in enumerate(was)]
    rows = Comparison().bodies(body(*was), body(*now))
    assert Counter(row.what for row in rows) == {"same": 1950, "changed": 50}
    assert all(len(marked(row.now)) == 1 for row in rows if row.what == "changed")


@pytest.mark.parametrize("other", ["reversed", "one paragraph", "one paragraph by sentence", "rewritten"])
def test_what_could_take_for_ever_falls_back_and_stays_true(other):
    was = long_text(1, 2000, 100)
    now = {
        "reversed": was[::-1],
        "rewritten": long_text(2, 100, 2000),
        "one paragraph": ["".join(was)[::-1]],
        "one paragraph by sentence": ["。".join([*was[:500], "新添一句", *was[501:]])],
    }[other]
    if other == "one paragraph":
        was = ["".join(was)]
    if other == "one paragraph by sentence":
        was = ["。".join([*was[:1], "旧有一句", *was[2:]])]
    rows = Comparison().bodies(body(*was), body(*now))
    assert (told(rows, "was"), told(rows, "now")) == (was, now)
    if other == "one paragraph by sentence":
        assert marked(rows[0].was)[0] == "旧有一句。"
