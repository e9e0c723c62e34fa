"""What the search learns: counts without a person in them, synonyms, best bets."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.services import NotAllowed
from portal.search import (
    asked,
    best_bets,
    counts,
    forgetting,
    index,
    reference,
    services,
    synonyms,
    tasks,
    words,
)
from portal.search.models import Asked, BestBet, Choice, Synonym, Want, Way
from tests.factories import AgencyFactory, DocumentFactory, OfficeUserFactory, UserFactory

TODAY = date(2026, 11, 23)


# --- What may be kept


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("低保 怎么申请？", "低保怎么申请"),
        ("\uff24IBAO\u3000补贴", "dibao补贴"),
        ("低保標準", "低保标准"),
        ("5g 基站 A4", "5g基站a4"),
        ("wi-fi 2.5", "wi fi 2.5"),
        ("青政办发〔2026〕12号", "青政办发2026 12号"),
    ],
)
def test_queries_are_folded_to_one_form(query, kept):
    assert asked.folded(query) == kept
    assert asked.may_be_kept(query, today=TODAY)


@pytest.mark.parametrize(
    "query",
    [
        "13812345678",
        "138 1234 5678 是谁",
        "电话一三八一二三四五六七八",
        "12345678",
        "1 2 3 4 5 6 7 8",
        "身份证11010519491231002X",
        "6222021234567890123",
        "京A12345",
        "粤B·D12345",
        "张三 zhang@qinglan.example",
        "柳湾村3组12号",
        "家住柳湾路12号的李四",
        "https://qinglan.example/?token=a",
        "水",
        "我叫王小明家在白石乡石门村去年申请低保一直没有批下来想问问到底是什么原因要找谁才能解决",
    ],
)
def test_what_is_personal_or_a_story_is_never_kept(query):
    assert not asked.may_be_kept(query, today=TODAY)


@pytest.mark.parametrize(
    "query", ["〔2026〕1234号", "2025-2026年招生", "2026年12月", "低保标准 800元", "12345热线"]
)
def test_numbers_that_name_nobody_are_kept(query):
    assert asked.may_be_kept(query, today=TODAY)


# --- Counting


@pytest.fixture
def county(db):
    """One public document in the index."""
    document = DocumentFactory(published=True, title="青澜县最低生活保障办法", body="<p>低保申请</p>")
    index.drain()
    return document


def test_a_search_by_a_person_is_counted_once_a_day_and_query(client, county):
    client.get("/search/?q=最低生活保障")
    client.get("/search/?q=最低生活保障？")
    client.get("/search/?q=没有这样的话呀")
    rows = {row.words: row for row in Asked.objects.all()}
    found = rows["最低生活保障"]
    assert (found.times, found.nothing, found.last_count) == (2, 0, 1)
    assert rows["没有这样的话呀"].nothing == 1
    assert {row.day for row in rows.values()} == {timezone.localdate()}
    columns = {column.name for column in Asked._meta.concrete_fields}
    assert columns == {"id", "day", "words", "times", "nothing", "last_count", "chosen"}


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/search/?q=最低生活保障&page=2", {}),
        ("/search/?q=最低生活保障&kind=document", {}),
        ("/search/?q=最低生活保障&sort=newest", {}),
        ("/search/?q=13812345678", {}),
        ("/search/", {}),
        ("/search/?q=最低生活保障", {"Sec-Purpose": "prefetch"}),
        ("/search/?q=最低生活保障", {"Sec-Fetch-Dest": "empty"}),
        ("/search/?q=最低生活保障", {"Cache-Control": "max-age=0"}),
        ("/search/?q=最低生活保障", {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}),
        ("/search/?q=最低生活保障", {"User-Agent": "python-requests/2.32"}),
        ("/feeds/search.atom?q=最低生活保障", {}),
        ("/api/v1/search?q=最低生活保障", {}),
        ("/search/suggest?q=最低生活保障", {}),
    ],
)
def test_what_no_person_opens_is_not_counted(client, county, address, headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    assert not Asked.objects.exists()
    assert b"data-chosen" not in response.content
    client.head("/search/?q=最低生活保障")
    assert not Asked.objects.exists()


def test_the_page_asks_one_question_more_when_it_counts(client, county):
    def queries(agent):
        with CaptureQueriesContext(connection) as captured:
            client.get("/search/?q=最低生活保障", headers={"User-Agent": agent})
        return len([one for one in captured if "SAVEPOINT" not in one["sql"]])

    assert queries("Mozilla/5.0 (Linux; Android 10)") == queries("Sogou web spider/4.0") + 1


def test_counting_is_one_statement_and_fails_in_silence(client, county):
    with CaptureQueriesContext(connection) as captured:
        assert counts.record("低保", count=1, nothing=False, day=TODAY)
    told = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(told) == 1
    assert "synchronous_commit" in told[0]
    assert "lock_timeout" in told[0]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE search_asked RENAME TO search_asked_away")
    response = client.get("/search/?q=最低生活保障")
    assert response.status_code == 200
    assert f"/documents/{county.pk}/" in response.content.decode()


def test_nobody_waits_for_another_persons_row(db):
    settings = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: settings[name] for name in names if settings.get(name)}) as other:
        other.execute("INSERT INTO search_asked (day, words) VALUES (%s, '低保')", [TODAY])
        assert not counts.record("低保", count=1, nothing=False, day=TODAY)
        other.rollback()
    assert counts.record("低保", count=1, nothing=False, day=TODAY)


def test_a_day_takes_only_so_many_different_queries(db, monkeypatch):
    monkeypatch.setattr(counts, "MOST_A_DAY", 2)
    assert [
        counts.record(word, count=0, nothing=True, day=TODAY) for word in ("甲乙", "丙丁", "戊己", "甲乙")
    ] == [
        True,
        True,
        False,
        True,
    ]
    assert set(Asked.objects.values_list("words", "times")) == {("甲乙", 2), ("丙丁", 1)}


def tell(client, document, *, q="最低生活保障", place="1", url=None, **headers):
    headers = {"Sec-Fetch-Site": "same-origin"} | headers
    said = {"q": q, "url": url or f"/documents/{document.pk}/", "place": place}
    response = client.post("/search/chosen", said, headers=headers)
    assert (response.status_code, response["Cache-Control"]) == (204, "no-store")
    return list(Choice.objects.values_list("key", "times", "places"))


def test_a_choice_is_counted_with_its_place(client, county):
    page = client.get("/search/?q=最低生活保障").content.decode()
    assert 'data-chosen="/search/chosen" data-query="最低生活保障"' in page
    assert f'href="/documents/{county.pk}/" data-place="1"' in page
    key = f"document:{county.pk}"
    assert tell(client, county, place="3") == [(key, 1, 3)]
    assert tell(client, county) == [(key, 1, 3)], "no oftener than it was asked"
    client.get("/search/?q=最低生活保障")
    assert tell(client, county, place="2") == [(key, 2, 5)]
    assert Asked.objects.get().chosen == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"q": "没有人问过的"},
        {"q": "13812345678"},
        {"place": "-1"},
        {"place": "x"},
        {"url": "/documents/999999999/"},
        {"url": "/search/"},
        {"url": "https://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"User-Agent": "curl/8.0"},
    ],
)
def test_a_choice_that_nobody_made_is_not_counted(client, county, wrong):
    client.get("/search/?q=最低生活保障")
    assert tell(client, county, **wrong) == []


def test_an_old_browser_is_known_by_its_origin_and_what_is_withdrawn_is_not_counted(client, county):
    client.get("/search/?q=最低生活保障")
    said = {"q": "最低生活保障", "url": f"/documents/{county.pk}/", "place": "1"}
    client.post("/search/chosen", said, headers={"Origin": "https://evil.example"})
    client.post("/search/chosen", said)
    assert not Choice.objects.exists()
    client.post("/search/chosen", said, headers={"Origin": "http://testserver"})
    assert Choice.objects.count() == 1
    client.get("/search/?q=最低生活保障")
    type(county).objects.filter(pk=county.pk).update(
        status="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="误"
    )
    assert tell(client, county) == [(f"document:{county.pk}", 1, 1)]
    assert client.get("/search/chosen").status_code == 405


def put(words_, day=TODAY, times=1, nothing=0, last_count=5, chosen=0):
    return Asked.objects.create(
        day=day, words=words_, times=times, nothing=nothing, last_count=last_count, chosen=chosen
    )


def test_what_is_rare_is_shown_to_nobody_and_deleted(db):
    old = TODAY - timedelta(days=31)
    put("张三李四", day=old, times=2)
    put("王五赵六", times=2)
    put("低保标准", day=old, times=2)
    put("低保标准", day=TODAY, times=1)
    put("早年的话", day=TODAY - timedelta(days=732), times=99)
    Choice.objects.create(asked=Asked.objects.get(words="早年的话"), key="document:1", times=1, places=1)
    first = TODAY - timedelta(days=89)
    assert [row.words for row in counts.rows("sought", first, TODAY)] == ["低保标准"]
    assert counts.rows("sought", TODAY, TODAY) == [], "not of the period alone either"
    noon = timezone.make_aware(timezone.datetime(2026, 11, 23, 12))
    tasks.prune_counts(int(noon.timestamp()))
    assert set(Asked.objects.values_list("words", flat=True)) == {"王五赵六", "低保标准"}
    assert counts.prune(today=TODAY) == 0


def test_of_a_past_day_the_most_frequent_stay(db, monkeypatch):
    monkeypatch.setattr(counts, "KEPT_A_DAY", 2)
    for number, word in enumerate(("一百", "二百", "三百")):
        put(word, day=TODAY - timedelta(days=1), times=5 + number)
        put(word, day=TODAY, times=5 + number)
    assert counts.prune(today=TODAY) == 1
    assert not Asked.objects.filter(words="一百").exclude(day=TODAY).exists()
    assert Asked.objects.filter(day=TODAY).count() == 3


def test_the_three_views_and_what_may_be_suggested(county):
    yesterday = TODAY - timedelta(days=1)
    for day in (yesterday, TODAY):
        row = put("最低生活保障", day=day, times=20, chosen=9)
        Choice.objects.create(asked=row, key=f"document:{county.pk}", times=9, places=18)
        Choice.objects.create(asked=row, key="document:999999", times=1, places=1)
    put("彩礼标准", times=12, nothing=12, last_count=0)
    put("低保电话", times=15, last_count=8)
    views = {view: counts.rows(view, yesterday, TODAY) for view in counts.VIEWS}
    assert [row.words for row in views["sought"]] == ["最低生活保障", "低保电话", "彩礼标准"]
    assert [row.words for row in views["nothing"]] == ["彩礼标准"]
    assert [row.words for row in views["ignored"]] == ["低保电话"]
    (chosen,) = views["sought"][0].results
    assert (chosen.title, chosen.times, chosen.place) == (county.title, 18, 2.0)
    assert counts.frequent(today=TODAY) == [("最低生活保障", 40)]
    assert counts.totals(TODAY, TODAY) == (47, 12)


# --- Synonyms


@pytest.fixture
def office(db):
    return OfficeUserFactory()


def test_the_seed_is_planted_once_and_never_overwrites(office):
    assert len(reference.seeds()) >= 150
    assert Synonym.objects.exclude(seed="").count() == len(reference.seeds())
    for seed in reference.seeds():
        group = services.tidy(seed.words[0], seed.words[1:])
        assert group == seed.words, "each word once"
        services._refuse_bad_words(group, group[0])
    assert synonyms.expansions("低保")[0] == "最低生活保障"
    assert "不动产权证书" in synonyms.expansions("房产证")
    assert synonyms.expansions("不动产权证书") == (), "one way only"
    row = Synonym.objects.get(head="最低生活保障")
    services.keep_synonym(row, term="最低生活保障制度", others=["低保"], is_active=False, by=office)
    reference.plant_synonyms()
    assert Synonym.objects.filter(words__contains=["低保"]).get().words == ["最低生活保障制度", "低保"]
    assert synonyms.expansions("低保") == ()


def test_groups_are_read_both_ways_or_one_way():
    table = synonyms.table_of(
        [
            (["甲乙", "丙丁", "甲 乙"], Way.BOTH),
            (["规范用语", "俗话"], Way.TO_FIRST),
            (["丙丁", "戊己"], Way.BOTH),
        ]
    )
    assert table.expansions("丙丁") == ("甲乙", "戊己")
    assert table.expansions("「俗話」") == ("规范用语",)
    assert table.expansions("规范用语") == ()
    assert set(table.terms) == {"甲乙", "丙丁", "戊己", "俗话"}
    assert table.longest == 2


def test_another_process_sees_a_change_and_a_request_asks_once(office, client):
    assert synonyms.expansions("青屏茶") == ()
    with connection.cursor() as cursor:  # As another program would.
        cursor.execute(
            "INSERT INTO search_synonym (words, head, way, note, is_active, seed) "
            "VALUES ('{青屏云雾茶,青屏茶}', '青屏云雾茶', 'both', '', true, '')"
        )
    assert synonyms.expansions("青屏茶") == ("青屏云雾茶",)
    synonyms.request_begins()
    try:
        with CaptureQueriesContext(connection) as captured:
            assert synonyms.expansions("青屏茶")
            assert "青屏茶" in synonyms.all_terms()
        assert len(captured) == 1
    finally:
        synonyms.request_ends()


@pytest.mark.parametrize(
    ("term", "others", "field", "cure"),
    [
        ("", ["低保"], "term", "请写规范用语"),
        ("最低生活保障", [], "others", "至少一个不同的说法"),
        ("低保", ["低保", "「低保」", "低 保"], "others", "至少一个不同的说法"),
        ("低保", ["保"], "others", "太短"),
        ("低保", ["，，"], "others", "太短"),
        ("低保", ["长" * 41], "others", "最多40个字"),
        ("最低生活保障", ["低保金额"], "term", "已经有一组"),
    ],
)
def test_a_bad_group_is_refused_at_its_field_with_a_cure(office, term, others, field, cure):
    with pytest.raises(NotAllowed) as refused:
        services.keep_synonym(term=term, others=others, by=office)
    assert cure in " ".join(refused.value.message_dict[field])


def test_only_the_office_keeps_the_tables(db):
    clerk = UserFactory()
    for write in (
        lambda: services.keep_synonym(term="甲乙", others=["丙丁"], by=clerk),
        lambda: services.keep_best_bet(queries=["甲乙"], target="document:1", by=clerk),
        lambda: services.settle_want("甲乙", settlement="left", note="无关", by=clerk),
    ):
        with pytest.raises(NotAllowed, match="县政府办公室"):
            write()


def test_a_word_in_several_groups_is_told_and_history_is_kept(office):
    row = services.keep_synonym(term="青屏云雾茶", others=["青屏茶"], note="茶办", by=office)
    assert services.overlaps(row) == []
    other = services.keep_synonym(term="青澜茶叶", others=["青屏茶"], by=office)
    assert "青屏云雾茶" in services.overlaps(other)[0]
    services.keep_synonym(row, term="青屏云雾茶", others=["青屏茶"], is_active=False, by=office)
    events = Synonym.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
    assert [event.is_active for event in events] == [True, False]
    assert {event.pgh_context.metadata["user"] for event in events} == {office.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Synonym.objects.create(words=["一个"], head="一个")


# --- Best bets


def test_a_best_bet_stands_first_while_it_is_public_and_its_days_last(client, county, office):
    key = f"document:{county.pk}"
    bet = services.keep_best_bet(
        queries=["吃低保", "生活保障"], target=key, line="办理条件看第三条", by=office
    )
    page = client.get("/search/?q=生活保障").content.decode()
    assert "编辑推荐" in page
    assert "办理条件看第三条" in page
    assert page.count(f'href="/documents/{county.pk}/"') == 1, "not once more in the list"
    assert "编辑推荐" not in client.get("/search/?q=生活保障&kind=document").content.decode()
    assert "编辑推荐" not in client.get("/search/?q=生活保障办法").content.decode()
    with CaptureQueriesContext(connection) as captured:
        assert [one.title for one in best_bets.for_query("「吃低保」")] == [county.title]
    assert len([query for query in captured if "search_bestbet" in query["sql"]]) == 1
    bet.first_day = TODAY + timedelta(days=1)
    bet.save()
    assert best_bets.for_query("吃低保", today=TODAY) == []
    assert best_bets.for_query("吃低保", today=TODAY + timedelta(days=1))
    bet.last_day = TODAY + timedelta(days=1)
    bet.save()
    assert best_bets.for_query("吃低保", today=TODAY + timedelta(days=2)) == []
    type(county).objects.filter(pk=county.pk).update(status="draft")
    assert best_bets.for_query("吃低保", today=TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"queries": []}, "queries"),
        ({"queries": ["……"]}, "queries"),
        ({"target": "document:999999"}, "target"),
        ({"target": ""}, "target"),
        ({"first_day": TODAY, "last_day": TODAY - timedelta(days=1)}, "last_day"),
    ],
)
def test_a_bad_best_bet_is_refused_at_its_field(county, office, values, field):
    with pytest.raises(NotAllowed) as refused:
        services.keep_best_bet(
            **{"queries": ["低保"], "target": f"document:{county.pk}", "by": office} | values
        )
    assert field in refused.value.message_dict
    assert not BestBet.objects.exists()


# --- Wants


def test_a_want_goes_to_an_agency_and_comes_back_answered(office):
    agency = AgencyFactory()
    clerk, stranger = UserFactory(agency=agency), UserFactory(agency=AgencyFactory())
    want = services.settle_want("彩礼 标准", settlement="passed_on", agency=agency, by=office)
    assert list(Want.objects.in_scope_of(clerk).waiting()) == [want]
    assert not Want.objects.in_scope_of(stranger).exists()
    with pytest.raises(NotAllowed, match="转到的单位"):
        services.answer_want(want, answer="已公开", by=stranger)
    services.answer_want(want, answer="已公开指导意见", by=clerk)
    assert not Want.objects.waiting().exists()
    with pytest.raises(NotAllowed, match="已经办结"):
        services.answer_want(want, answer="再办", by=clerk)
    again = services.settle_want("彩礼标准", settlement="left", note="不是公开事项", by=office)
    assert (again.pk, again.answer, again.agency) == (want.pk, "", None)
    assert words.plain(again.words) == "彩礼标准"


def test_a_purge_takes_along_what_names_the_thing(county, office):
    key = f"document:{county.pk}"
    kept, named = put("低保", times=9), put("青澜县最低生活保障办法全文", times=9)
    put("最低生活保障办法附件一", times=9)
    piece = put("青澜县最低生活保障办", times=9)
    for row in (kept, named):
        Choice.objects.create(asked=row, key=key, times=1, places=1)
    services.keep_best_bet(queries=["低保"], target=key, line="暗记", by=office)
    services.settle_want("青澜县最低生活保障办法", settlement="left", note="暗记", by=office)
    done = forgetting.forget("document", [county.pk], [county.title, "特此通知全县各单位遵照执行"])
    assert done == {"search_choice": 2, "search_asked": 2, "search_bestbet": 1, "search_want": 1}
    assert set(Asked.objects.values_list("words", flat=True)) == {"低保", "最低生活保障办法附件一"}
    assert piece.words == words.plain(county.title)[: len(piece.words)]
    for model in (BestBet, Want):
        assert not model.objects.exists()
        told = str(list(model.pgh_event_model.objects.values()))
        assert "暗记" not in told
        assert "最低生活保障" not in told
