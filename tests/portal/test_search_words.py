"""Words of the index: folding, cutting, and queries that PostgreSQL always takes."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.search import words
from portal.search.understanding import understand

HOSTILE = st.text(
    st.one_of(
        st.sampled_from("'\\&|!()<->:*\"%_ \t\n的低保ｔ０〇〔〕𠮷㵲éДى\x00\ufffd,.;-/"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
TITLES = (
    "关于提高2026年城乡最低生活保障标准的通知",
    "青澜县农村危房改造实施方案",
    "临江镇柳湾村惠农补贴发放公示(2026年第1批)",
    "国家税务总局青澜县税务局办税服务厅地址",
    "二〇二六年松岗镇杉树坳村茶叶产业奖补办法",
    "GB/T 9704-2012 党政机关公文格式",
    "𠮷家坳水库除险加固工程环评批复",
)
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def matches(text: str, query: str) -> bool:
    """Ask PostgreSQL whether `query` finds `text`, all groups together."""
    asked = " & ".join(word.tsquery() for word in understand(query))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [words.indexed(text, []).tokens, asked])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢ１２３", "ab123"),  # noqa: RUF001
        ("農村危房改造", "农村危房改造"),
        ("⾏政", "行政"),
        ("①", "1"),
    ],
)
def test_width_script_case_and_radicals_are_folded(written: str, folded: str) -> None:
    assert words.fold(written) == folded


def test_a_long_word_is_found_by_its_parts() -> None:
    assert words.cut("农村危房改造") == ["农村危房改造"]
    assert {"农村", "危房", "改造"} <= set(words.finer("农村危房改造"))


def test_no_part_of_a_word_straddles_two_others() -> None:
    assert words.finer("人民政府") == ("人民", "政府")
    assert "保障" in words.finer("最低生活保障金")


def test_the_user_dictionary_keeps_terms_whole() -> None:
    assert words.cut("最低生活保障金怎么领")[0] == "最低生活保障金"
    assert "高龄津贴" in words.cut("八十岁老人高龄津贴")


@pytest.mark.django_db
def test_fillers_are_optional_only_beside_something_else() -> None:
    assert [word.word for word in understand("低保怎么申请") if not word.is_optional] == ["低保"]
    assert [(word.word, word.is_optional) for word in understand("怎么")] == [("怎么", False)]
    assert understand("???") == []


@pytest.mark.django_db
def test_characters_of_an_unknown_name_stay_one_phrase() -> None:
    (name,) = (word for word in understand("岜沚坳补贴") if "坳" in word.word)
    assert name.ways == (("N岜沚", "N沚坳"),)
    assert name.nearness() == "('岜' <-> '沚' <-> '坳')"


@pytest.mark.parametrize("text", ["二〇二六", "𠮷家坳", "café", "Дом"])
def test_no_letter_is_lost(text: str) -> None:
    assert "".join(words.cut(words.fold(text))) == words.fold(text)


@pytest.mark.django_db
@pytest.mark.parametrize("title", TITLES)
def test_every_word_of_a_title_finds_it(title: str) -> None:
    for word in words.cut(words.fold(title)):
        assert matches(title, word), word
        for part in words.finer(word):
            assert matches(title, part), part


@pytest.mark.django_db
@given(st.sampled_from(TITLES), st.data())
@quickly
def test_every_run_of_words_of_a_title_finds_it(title: str, data: st.DataObject) -> None:
    cut = words.cut(words.fold(title))
    start = data.draw(st.integers(0, len(cut) - 1))
    end = data.draw(st.integers(start + 1, len(cut)))
    assert matches(
        title, "".join(cut[start:end]) if cut[start].isascii() is False else " ".join(cut[start:end])
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("维修信息", "维修"),
        ("农村危房改造实施方案", "危房改造"),
        ("農村危房改造實施方案", "农村危房改造"),
        ("城乡低保标准", "低保 标准"),
        ("惠农补贴发放公示", "惠农补贴 公示"),
    ],
)
def test_found_though_cut_or_written_otherwise(title: str, asked: str) -> None:
    assert matches(title, asked)
    assert not matches("关于防汛值班的通知", asked)


@pytest.mark.django_db
@given(HOSTILE)
@example("'); DROP TABLE search_entry; --")
@example("a" * 3000)
@example("\\' & | ! <-> :* ( )")
@quickly
def test_postgresql_takes_a_query_built_from_any_text(text: str) -> None:
    queries = [word.tsquery() for word in understand(text)]
    with connection.cursor() as cursor:
        for query in [*queries, " & ".join(queries), " | ".join(queries)]:
            cursor.execute("SELECT %s::tsquery", [query])
        cursor.execute("SELECT %s::tsvector", [words.indexed(text, [("D", text * 3)]).tokens])


@pytest.mark.django_db
@given(HOSTILE)
@quickly
def test_any_text_that_has_words_finds_itself(text: str) -> None:
    if understand(text):
        assert matches(text, text)


@pytest.mark.django_db
def test_a_long_body_fits_into_a_tsvector() -> None:
    body = "".join(chr(0x4E00 + n % 20_000) for n in range(60_000)) + " " + " ".join(map(str, range(20_000)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s::tsvector)", [words.indexed("题", [("D", body[:60_000])]).tokens])
        assert cursor.fetchone()[0] > 15_000


@pytest.mark.django_db
def test_at_most_twenty_groups_are_asked_for() -> None:
    assert len(understand(" ".join(f"w{n}" for n in range(90)))) == 20


def test_no_phrase_reaches_from_the_title_into_the_body() -> None:
    vector = words.indexed("低保", [("D", "标准")]).tokens
    places = [int(part.split(":")[1].rstrip("ABD")) for part in vector.split() if ":" in part]
    assert places[1] - places[0] > 1


def test_the_version_names_dictionary_and_code() -> None:
    assert len(words.version()) == 12
