"""Asking the index: order, facets, filters, pages, and anything that may be typed."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agencies.kinds import AgencyKind
from disclosure.states import DocumentKind, Ground, Openness, Publication, Validity
from portal.search import engine, index, snippets
from portal.search.params import FACETS, SearchParams
from portal.search.suggestions import suggest
from portal.search.understanding import understand
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    FieldFactory,
    InterpretationFactory,
    ItemFactory,
    TopicFactory,
    root_agency,
)

pytestmark = pytest.mark.django_db
QUERIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "queries.txt"
quickly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def found(q: str = "", **filters: object) -> engine.SearchResult:
    return engine.search(SearchParams(q=q, **filters))


def titles(q: str = "", **filters: object) -> list[str]:
    return [result.title for result in found(q, **filters).results]


@pytest.fixture
def county():
    """A handful of things that differ in what the facets count."""
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局", short_name="县民政局")
    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind=AgencyKind.TOWNSHIP)
    village = AgencyFactory(code="liuwan", name="柳湾村", parent=town, kind=AgencyKind.VILLAGE)
    closed = AgencyFactory(code="jiuju", name="青澜县旧物资局", active_to=date(2020, 1, 1))
    jiuzhu = FieldFactory(slug="shehui-jiuzhu", name="社会救助")
    yanglao = FieldFactory(slug="yanglao-fuwu", name="养老服务")
    topic = TopicFactory(code="T1", name="救济", parent=TopicFactory(code="T", name="民政"))
    facts = [
        (minzheng, [jiuzhu], topic, 2026, Validity.IN_FORCE, DocumentKind.DOCUMENT),
        (minzheng, [jiuzhu, yanglao], topic, 2025, Validity.REPEALED, DocumentKind.DOCUMENT),
        (town, [yanglao], None, 2026, Validity.IN_FORCE, DocumentKind.DOCUMENT),
        (village, [], None, 2024, "", DocumentKind.DOCUMENT),
        (village, [jiuzhu], topic, 2026, "", DocumentKind.REGULATION),
        (closed, [], None, 2019, "", DocumentKind.DOCUMENT),
        (root_agency(), [], None, 2026, Validity.IN_FORCE, DocumentKind.GUIDE),
    ]
    for number, (agency, fields, about, year, validity, kind) in enumerate(facts, start=1):
        DocumentFactory(
            published=True,
            title=f"关于救助工作的通知之{number}",
            body=f"<p>困难群众救助第{number}批。请各村遵照执行。</p>",
            doc_number=f"青民发〔{year}〕{number}号",
            agency=agency,
            fields=fields,
            topic=about,
            published_on=date(year, 3, number),
            validity=validity,
            kind=kind,
        )
    ItemFactory(agency=minzheng, field=jiuzhu, levels=["社会救助", "救助标准"])
    InterpretationFactory(published=True, agency=minzheng, title="救助标准怎么看")
    index.drain()


def test_every_facet_counts_what_choosing_it_gives(county: None) -> None:
    for q in ("", "救助", "救助 通知 标准", "青民发〔2026〕1号", "第2批"):
        for params in (SearchParams(q=q), SearchParams(q=q, year=("2026",), kind=("document",))):
            before = engine.search(params)
            for name in FACETS:
                for value in before.facets[name]:
                    chosen = SearchParams(**{**vars(params), name: (value.value,)})
                    assert engine.search(chosen).count == value.count, (q, name, value)


def test_a_facet_ignores_its_own_filter_and_heeds_the_others(county: None) -> None:
    free, chosen = found("救助"), found("救助", year=("2026",))
    assert chosen.facets["year"] == free.facets["year"]
    assert sum(v.count for v in chosen.facets["kind"]) == chosen.count < free.count


def test_several_values_of_a_facet_add_up(county: None) -> None:
    one, other = found("", year=("2025",)).count, found("", year=("2024",)).count
    assert found("", year=("2025", "2024")).count == one + other > one


def test_a_township_stands_for_its_villages_and_the_county_for_itself(county: None) -> None:
    counts = {value.value: value.count for value in found("通知").facets["agency"]}
    assert counts["linjiang"] == 3
    assert counts["county"] == 1
    assert "liuwan" not in counts
    assert found("通知", agency=("liuwan",)).count == 2


def test_what_a_closed_agency_published_stays_under_its_name(county: None) -> None:
    (result,) = found("通知", agency=("jiuju",)).results
    assert result.agency == "青澜县旧物资局"


def test_a_chosen_value_without_hits_keeps_its_words(county: None) -> None:
    assert found("旧物资", agency=("liuwan",)).labels["agency", "liuwan"] == "柳湾村"


@pytest.mark.parametrize("name", ["kind", "agency", "field", "validity"])
def test_a_value_that_there_is_not_is_named(county: None, name: str) -> None:
    result = found("救助", **{name: ("zzz",)})
    assert result.count == 0
    assert "zzz" in result.params.problems[0]


def test_number_first_then_year_and_serial(county: None) -> None:
    assert titles("青民发[2026]第1号") == ["关于救助工作的通知之1"]
    near = found("青政发〔2026〕1号")
    assert [r.doc_number for r in near.results] == ["青民发〔2026〕1号"]
    assert not near.exact
    assert "没有文号正好是" in near.note
    assert titles("", doc_number="青民发【2025】2号") == ["关于救助工作的通知之2"]


def test_exact_title_first_and_repealed_last(county: None) -> None:
    assert titles("关于救助工作的通知之2")[0] == "关于救助工作的通知之2"
    assert titles("救助工作 通知")[-1] == "关于救助工作的通知之2"


def test_title_before_body() -> None:
    DocumentFactory(published=True, title="关于防汛的通知", body="<p>顺带说明高龄津贴。</p>")
    DocumentFactory(published=True, title="高龄津贴发放办法", body="<p>略</p>")
    index.drain()
    assert titles("高龄津贴") == ["高龄津贴发放办法", "关于防汛的通知"]


def test_document_before_what_is_said_of_it() -> None:
    InterpretationFactory(published=True, title="高龄津贴")
    DocumentFactory(published=True, title="高龄津贴")
    index.drain()
    assert [r.kind for r in found("高龄津贴").results] == ["document", "interpretation"]


def test_sorting_by_day(county: None) -> None:
    newest = [r.published_on for r in found("", kind=("document",), sort="newest").results]
    oldest = [r.published_on for r in found("", kind=("document",), sort="oldest").results]
    assert newest == sorted(newest, reverse=True) != oldest == sorted(oldest)


def test_dates_bound_the_result(county: None) -> None:
    days = [
        r.published_on
        for r in found("", published_after=date(2025, 3, 2), published_before=date(2026, 3, 1)).results
    ]
    assert sorted(days) == [date(2025, 3, 2), date(2026, 3, 1)]


def test_pages_hold_everything_once_and_end(county: None) -> None:
    whole = found("救助", page_size=100)
    pages = [found("救助", page=n, page_size=2).results for n in range(1, 7)]
    assert [r.url for page in pages for r in page] == [r.url for r in whole.results]
    beyond = found("救助", page=9999)
    assert (beyond.results, beyond.count) == ([], whole.count)


def test_more_hits_than_are_ranked_can_be_paged_through_to_the_limit(
    county: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL", 4)
    result = found("救助", page_size=2, page=2)
    assert (result.reachable, len(result.results)) == (4, 2)
    assert result.count > 4
    assert found("救助", page_size=2, page=3).results == []
    assert len(found("救助", page_size=2, page=3, sort="newest").results) == 2


def test_a_count_beyond_the_cap_says_so(county: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "COUNT_CAP", 3)
    result = found("救助")
    assert (result.count, result.count_is_exact) == (3, False)


def test_some_words_where_all_are_too_few(county: None) -> None:
    result = found("救助标准 量子纠缠")
    assert result.count > 0
    assert not result.exact
    assert result.note
    assert found("量子纠缠").count == 0


def test_nothing_asked_shows_the_newest(county: None) -> None:
    assert found("").results[0].title == "关于救助工作的通知之7"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_is_bounded(county: None, client: Client, rows: int) -> None:
    for _ in range(rows):
        DocumentFactory(published=True, title="高龄津贴发放")
    index.drain()
    for params, most in (
        (SearchParams(q="高龄津贴"), 10),
        (SearchParams(q="高龄津贴 量子"), 18),
        (SearchParams(q="高龄津贴", kind=("document",), year=("2026",), agency=("minzheng",)), 14),
    ):
        with CaptureQueriesContext(connection) as queries:
            engine.search(params)
        assert len(queries) <= most, [query["sql"][:90] for query in queries]


def test_page_and_api_ask_as_often_for_one_row_as_for_three(county: None, client: Client) -> None:
    counts = []
    # What others ask is looked up once in ten minutes.
    client.get("/search/suggest?q=高龄")
    for more in (1, 2):
        for _ in range(more):
            DocumentFactory(published=True, title="高龄津贴发放")
        index.drain()
        for address in ("/search/?q=高龄津贴", "/api/v1/search?q=高龄津贴", "/search/suggest?q=高龄"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


HIDDEN = {
    "draft": {},
    "submitted": {"submitted": True},
    "withdrawn": {"withdrawn": True},
    "withheld": {
        "status": Publication.DRAFT,
        "openness": Openness.WITHHELD,
        "openness_ground": Ground.INTERNAL,
        "openness_reason": "内部工作流程",
    },
}
DOORS = (
    "/search/?q={q}",
    "/search/?q=",
    "/search/suggest?q={q}",
    "/api/v1/search?q={q}",
    "/feeds/search.atom?q={q}",
    "/api/v1/documents",
    "/sitemap-documents.xml",
    "/sitemap.xml",
)


@pytest.mark.parametrize("state", HIDDEN)
def test_what_is_not_public_leaks_by_no_door(client: Client, state: str) -> None:
    shown = DocumentFactory(published=True, title="月湾水库蓄水方案公开版")
    document = DocumentFactory(title="月湾水库蓄水方案内部版", body="<p>泄密词句</p>", **HIDDEN[state])
    index.drain()
    index.rebuild()
    seen = ""
    for door in DOORS:
        for q in ("月湾水库", "泄密词句"):
            answer = client.get(door.format(q=q))
            text = answer.content.decode() if answer.status_code == 200 else ""
            assert "内部版" not in text.replace("\\u5185\\u90e8\\u7248", "内部版"), door
            assert f"/documents/{document.pk}/" not in text, door
            seen += text
    assert "公开版" in seen
    assert f"/documents/{shown.pk}/" in seen
    assert client.get(f"/api/v1/documents/{document.pk}").status_code == (
        410 if state == "withdrawn" else 404
    )


def test_a_page_beyond_the_last_shows_the_last(county: None, client: Client) -> None:
    answer = client.get("/search/?q=救助&page=9999&page_size=2")
    assert answer.status_code == 200
    assert answer.context["results"]
    assert "没有找到" not in answer.content.decode()


TEXT = st.text(
    st.one_of(
        st.sampled_from("'\\&|!()<->:*\"%_ 救助的〔〕[]2026号第\x00"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=50,
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [*FACETS, "q", "q", "doc_number", "index_number", "published_after", "sort", "page", "x"]
            ),
            TEXT,
        ),
        max_size=6,
    )
)
@example([("q", "'"), ("doc_number", "〔〕"), ("year", "9999")])
@example([("q", "%_\\"), ("topic", "'"), ("agency", "%")])
@quickly
def test_nothing_that_is_typed_breaks_page_suggestions_api_or_feed(
    county: None, client: Client, pairs: list[tuple[str, str]]
) -> None:
    query = urlencode(pairs)
    for address in ("/search/", "/search/suggest", "/api/v1/search", "/feeds/search.atom"):
        # NUL is no text; everything else is words.
        expected = 400 if "%00" in query else 200
        assert client.get(f"{address}?{query}").status_code == expected, address


def test_what_people_type_never_ends_in_an_exception(county: None, client: Client) -> None:
    own = ["低保怎么申请", "青民发[2026]1号", '"救助', "-", "标题:救助", "di bao", "救助" * 99]
    real = QUERIES.read_text(encoding="utf-8").splitlines() if QUERIES.exists() else []
    for line in [*own, *(line.split("\t")[0] for line in real if line and not line.startswith("#"))]:
        result = engine.search(SearchParams(q=line[:200]))
        assert len(result.results) == min(10, result.reachable), line
        suggest(line)
    for line in own:
        assert client.get("/search/", {"q": line}).status_code == 200


def test_suggestions_begin_with_what_was_typed(county: None, client: Client) -> None:
    assert suggest("救助标")[0].title == "救助标准怎么看"
    answer = client.get("/search/suggest", {"q": "救助"}).json()
    assert len(answer["suggestions"]) == 8
    assert set(answer["suggestions"][0]) == {"title", "url", "kind", "kind_label"}
    assert client.get("/search/suggest").json() == {"suggestions": []}


@pytest.mark.parametrize("address", ["/search/", "/search/suggest", "/feeds/search.atom", "/api/v1/search"])
def test_reading_only(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


def marked(text: str, query: str) -> str:
    return snippets.marked(text, snippets.pattern(understand(query)))


def test_the_words_asked_for_are_marked_and_everything_is_escaped() -> None:
    assert marked("<b>低保</b>标准", "低保") == "&lt;b&gt;<mark>低保</mark>&lt;/b&gt;标准"
    assert marked("ＡＢ低保", "ab") == "<mark>ＡＢ</mark>低保"  # noqa: RUF001
    assert marked("低保", "") == "低保"


@given(TEXT, TEXT)
@quickly
def test_marking_loses_no_character(text: str, query: str) -> None:
    from html import escape

    assert marked(text, query).replace("<mark>", "").replace("</mark>", "") == escape(text)
    assert len(snippets.passage(text * 9, snippets.pattern(understand(query)))) <= snippets.LENGTH + 2


def test_the_passage_is_cut_at_a_sentence_near_the_words() -> None:
    text = "第一句说别的事情。" * 40 + "高龄津贴每月发放。" + "后面还有很多话。" * 40
    passage = snippets.passage(text, snippets.pattern(understand("高龄津贴")))
    assert passage.startswith("…高龄津贴每月发放")
    assert passage.endswith("…")
