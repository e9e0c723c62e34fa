"""Filing the backlog through its services: one act, scope, two clerks at once, and the way back."""

import threading
from datetime import date, datetime

import pghistory.models
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from agencies.roles import CLERK
from disclosure import backlog
from disclosure.models import Coverage, Document, FilingBatch, FilingLine, Topic
from disclosure.services import NotAllowed, file_documents, recompute_coverage, undo_filing, update_document
from disclosure.services.filing import Choice
from disclosure.states import DocumentKind, Publication
from tests.factories import SHANGHAI, AgencyFactory, DocumentFactory, FieldFactory, ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)


def archived(agency, **values):
    """A document of an archive taken over: public, nobody of ours approved it."""
    number = Document.objects.count()
    values = {
        "title": f"关于第{number}批旧事的通知",
        "published_on": date(2019, 5, 4),
        "genre": "",
        "openness": "proactive",
        **values,
    }
    return DocumentFactory(
        agency=agency, status=Publication.PUBLISHED, source_id=f"old-{number}", created_by=None, **values
    )


def mark_of(document):
    items, line = backlog.states_of([document.pk])[document.pk]
    return backlog.stamp(backlog.state_of(document, items), line)


def linked(document):
    return sorted(document.items.values_list("pk", flat=True))


@pytest.fixture
def topic():
    return Topic.objects.get(code="1703")


@pytest.fixture
def item(people):
    return ItemFactory(agency=people.minzheng)


def test_items_topic_stage_and_column_in_one_act(people, item, topic):
    paper, other = archived(people.minzheng), archived(people.minzheng, topic=topic)
    batch = file_documents(
        choices=[
            Choice(paper.pk, [item.pk], topic.pk, "result", "guide", "通知", mark_of(paper)),
            Choice(other.pk, [item.pk]),
        ],
        by=people.clerk,
        now=NOW,
    )
    paper.refresh_from_db()
    other.refresh_from_db()
    assert (paper.topic, paper.stage, paper.kind, paper.genre) == (topic, "result", "guide", "通知")
    assert linked(paper) == linked(other) == [item.pk]
    assert (other.topic, other.stage, other.kind, other.genre) == (topic, "", "document", "")
    assert (batch.by, batch.at, batch.count, batch.skipped) == (people.clerk, NOW, 2, ())
    line = batch.lines.get(document=paper)
    assert line.before == {"items": [], "topic": None, "stage": "", "kind": "document", "genre": ""}
    assert line.after == {
        "items": [item.pk],
        "topic": topic.pk,
        "stage": "result",
        "kind": "guide",
        "genre": "通知",
    }


def test_the_history_says_who_and_why(people, item):
    paper = archived(people.minzheng)
    file_documents(choices=[Choice(paper.pk, [item.pk], stage="result")], by=people.clerk)
    event = pghistory.models.Events.objects.references(paper).filter(pgh_label="update").last()
    assert event.pgh_diff["stage"] == ["", "result"]
    assert event.pgh_context["action"] == "file"
    assert event.pgh_context["reason"] == "归类"
    assert event.pgh_context["user"] == people.clerk.pk


def test_title_and_body_stay(people, item):
    paper = archived(people.minzheng, body="<p>原文</p>")
    file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    after = Document.objects.get(pk=paper.pk)
    assert (after.title, after.body, after.published_on, after.written_on) == (
        paper.title,
        "<p>原文</p>",
        paper.published_on,
        paper.written_on,
    )


def test_what_is_filed_leaves_the_backlog_even_without_an_item(people, item):
    with_item, without, waiting = (archived(people.minzheng) for _ in range(3))
    file_documents(choices=[Choice(with_item.pk, [item.pk]), Choice(without.pk, [])], by=people.clerk)
    assert list(Document.objects.unfiled()) == [waiting]
    assert backlog.progress(people.clerk) == (2, 3)


def test_only_what_is_public_waits(people):
    DocumentFactory(agency=people.minzheng)
    DocumentFactory(agency=people.minzheng, withdrawn=True)
    assert not Document.objects.unfiled().exists()


def test_a_stranger_files_nothing_and_learns_no_title(people, item):
    paper = archived(people.minzheng, title="保密的题目")
    with pytest.raises(NotAllowed) as refusal:
        file_documents(choices=[Choice(paper.pk, [])], by=people.stranger)
    assert refusal.value.messages == ["有一份文件不在您的管理范围内，或者已经删除了，没有归类。"]
    assert not FilingBatch.objects.exists()


def test_a_foreign_document_among_own_ones_is_left_out(people, item):
    mine, foreign = archived(people.minzheng), archived(people.nongye)
    batch = file_documents(
        choices=[Choice(mine.pk, [item.pk]), Choice(foreign.pk, [item.pk])], by=people.clerk
    )
    assert batch.count == 1
    assert len(batch.skipped) == 1
    assert linked(foreign) == []


@pytest.mark.parametrize("who", ["reviewer", "administrator"])
def test_whoever_does_not_correct_does_not_file(people, item, who):
    paper = archived(people.minzheng)
    with pytest.raises(NotAllowed, match="您的角色不能更正"):
        file_documents(choices=[Choice(paper.pk, [item.pk])], by=getattr(people, who))
    assert linked(paper) == []


def test_the_office_files_for_the_whole_county(people, item):
    first, second = archived(people.minzheng), archived(people.nongye)
    batch = file_documents(
        choices=[Choice(first.pk, [item.pk]), Choice(second.pk, [item.pk])], by=people.office
    )
    assert (batch.count, batch.skipped) == (2, ())


def test_items_that_are_not_linkable_are_refused(people, item):
    foreign, retired = (
        ItemFactory(agency=people.nongye),
        ItemFactory(agency=people.minzheng, retired_on=NOW.date()),
    )
    first, second, good = (archived(people.minzheng) for _ in range(3))
    batch = file_documents(
        choices=[Choice(first.pk, [foreign.pk]), Choice(second.pk, [retired.pk]), Choice(good.pk, [item.pk])],
        by=people.clerk,
    )
    assert batch.count == 1
    assert [
        f"《{paper.title}》选的事项已经停用" in said
        for paper, said in zip((first, second), batch.skipped, strict=True)
    ]
    assert all("选的事项已经停用，或者不是本单位能关联的" in said for said in batch.skipped)
    assert linked(first) == linked(second) == []


def test_a_bureau_item_that_names_the_township_is_open_to_it(people):
    township = AgencyFactory(code="linjiang", name="临江镇人民政府")
    named = ItemFactory(agency=people.minzheng, agencies=[township])
    paper = archived(township)
    file_documents(choices=[Choice(paper.pk, [named.pk])], by=UserFactory(agency=township))
    assert linked(paper) == [named.pk]


def test_an_item_retired_since_may_stay_where_it_is(people, item):
    gone = ItemFactory(agency=people.minzheng, retired_on=NOW.date())
    paper = archived(people.minzheng, items=[gone])
    file_documents(choices=[Choice(paper.pk, [gone.pk, item.pk])], by=people.clerk)
    assert linked(paper) == sorted([gone.pk, item.pk])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"stage": "later"}, "五公开"),
        ({"genre": "诗歌"}, "体裁"),
        ({"kind": "novel"}, "栏目"),
        ({"topic": 0}, "主题分类"),
    ],
)
def test_words_that_nobody_offered(people, values, word):
    paper = archived(people.minzheng)
    with pytest.raises(NotAllowed, match=word):
        file_documents(choices=[Choice(paper.pk, [], **values)], by=people.clerk)


def test_the_column_of_what_was_approved_here_stays(people, item):
    paper = DocumentFactory(agency=people.minzheng, published=True)
    with pytest.raises(NotAllowed, match="栏目在审核时已经定了"):
        file_documents(choices=[Choice(paper.pk, [item.pk], kind=DocumentKind.GUIDE)], by=people.clerk)
    file_documents(choices=[Choice(paper.pk, [item.pk], kind=DocumentKind.DOCUMENT)], by=people.clerk)
    assert linked(paper) == [item.pk]


def test_a_draft_is_filed_in_its_own_form(people, item):
    draft = DocumentFactory(agency=people.minzheng)
    with pytest.raises(NotAllowed, match="草稿请在文件页面里填写"):
        file_documents(choices=[Choice(draft.pk, [item.pk])], by=people.clerk)


def test_nothing_accepted(people):
    with pytest.raises(NotAllowed, match="还没有选中任何文件"):
        file_documents(choices=[], by=people.clerk)


def test_a_row_filed_meanwhile_is_skipped_and_named(people, item, topic):
    paper, free = archived(people.minzheng), archived(people.minzheng)
    seen, seen_free = mark_of(paper), mark_of(free)
    file_documents(choices=[Choice(paper.pk, [], seen=seen)], by=people.colleague)
    batch = file_documents(
        choices=[Choice(paper.pk, [item.pk], seen=seen), Choice(free.pk, [item.pk], seen=seen_free)],
        by=people.clerk,
    )
    assert batch.count == 1
    assert batch.skipped == (
        f"《{paper.title}》刚才已经被人归类或者改过了，这一行没有保存：请刷新页面，看看现在的内容。",
    )
    assert linked(paper) == []


# --- The way back


def test_undo_restores_exactly(people, item, topic):
    old = ItemFactory(agency=people.minzheng)
    paper = archived(people.minzheng, items=[old], genre="公告", stage="service")
    plain = archived(people.minzheng)
    before = [mark_of(paper), mark_of(plain)]
    batch = file_documents(
        choices=[Choice(paper.pk, [item.pk], topic.pk, "result", "guide", "通知"), Choice(plain.pk, [])],
        by=people.clerk,
    )
    undone = undo_filing(batch=batch, by=people.clerk, now=NOW)
    paper.refresh_from_db()
    assert (undone.undone_by, undone.undone_at, undone.skipped) == (people.clerk, NOW, ())
    assert linked(paper) == [old.pk]
    assert (paper.topic, paper.stage, paper.kind, paper.genre) == (None, "service", "document", "公告")
    assert [mark_of(paper), mark_of(Document.objects.get(pk=plain.pk))] == before
    assert list(Document.objects.unfiled()) == [plain]
    assert set(FilingLine.objects.values_list("undone", flat=True)) == {True}


def test_undo_leaves_what_was_changed_since_and_names_it(people, item):
    touched, kept = archived(people.minzheng), archived(people.minzheng)
    batch = file_documents(
        choices=[Choice(touched.pk, [item.pk]), Choice(kept.pk, [item.pk])], by=people.clerk
    )
    update_document(Document.objects.get(pk=touched.pk), by=people.colleague, reason="写错了", genre="公告")
    undone = undo_filing(batch=batch, by=people.clerk)
    assert undone.skipped == (f"《{touched.title}》在归类以后又改过，保留现在的内容。",)
    assert linked(touched) == [item.pk]
    assert linked(kept) == []
    assert Document.objects.get(pk=touched.pk).genre == "公告"


def test_undo_of_an_older_batch_does_not_take_the_newer_away(people, item):
    paper = archived(people.minzheng)
    first = file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    second = file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    with pytest.raises(NotAllowed, match="又改过"):
        undo_filing(batch=first, by=people.clerk)
    assert undo_filing(batch=second, by=people.clerk).skipped == ()
    assert linked(paper) == [item.pk]  # As it stood before the second: filed by the first.


def test_undo_once_and_by_oneself_or_the_office(people, item):
    paper = archived(people.minzheng)
    batch = file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    with pytest.raises(NotAllowed, match="别人归类的"):
        undo_filing(batch=batch, by=people.colleague)
    undo_filing(batch=batch, by=people.office)
    with pytest.raises(NotAllowed, match="已经撤销过"):
        undo_filing(batch=batch, by=people.clerk)


def test_who_moved_to_another_bureau_undoes_nothing_there(people, item):
    paper = archived(people.minzheng)
    batch = file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    people.clerk.agency = people.nongye
    people.clerk.save()
    with pytest.raises(NotAllowed, match="不在您的管理范围内"):
        undo_filing(batch=batch, by=people.clerk)
    assert linked(paper) == [item.pk]
    batch.refresh_from_db()
    assert batch.undone_at is None


def test_as_many_statements_for_fifty_as_for_one(people, item, topic):
    def statements(count):
        papers = [archived(people.minzheng) for _ in range(count)]
        choices = [
            Choice(paper.pk, [item.pk], topic.pk, "result", None, "通知", mark_of(paper)) for paper in papers
        ]
        with CaptureQueriesContext(connection) as filing:
            batch = file_documents(choices=choices, by=people.clerk)
        with CaptureQueriesContext(connection) as undoing:
            undo_filing(batch=batch, by=people.clerk)
        return len(filing), len(undoing)

    statements(1)  # Roles are read once a person.
    one, fifty = statements(1), statements(50)
    assert fifty == one
    assert max(one) <= 20


# --- What the page reads


def test_what_waits_by_agency_year_words_and_what_is_missing(people, item, topic):
    village = AgencyFactory(
        code="minzheng-zhan", name="救助站", parent=people.minzheng, path="county/minzheng/minzheng-zhan/"
    )
    old = archived(people.minzheng, title="低保提标", published_on=date(2015, 1, 1), topic=topic)
    new = archived(
        village, title="救助站 开放日", doc_number="青民发〔2024〕3号", published_on=date(2024, 1, 1)
    )
    filed = archived(people.minzheng, title="归过的", items=[item], published_on=None)
    foreign = archived(people.nongye, title="农机")

    def found(user=people.clerk, **conditions):
        return list(backlog.waiting(user, **conditions))

    assert found() == [new, old]
    assert found(user=people.office, agency="nongye") == [foreign]
    assert found(agency="minzheng") == [new, old]
    assert found(agency="minzheng-zhan") == [new]
    assert found(agency="nongye") == []
    assert found(year=2015) == [old]
    assert found(words="救助 开放") == [new]
    assert found(words="青民发〔2024〕") == [new]
    assert found(missing="topic") == [new, filed]
    assert found(missing="genre") == [new, old, filed]
    assert found(missing="nonsense") == [new, old]


def test_a_stage_is_missing_where_neither_paper_nor_item_has_one(people):
    staged, bare = ItemFactory(agency=people.minzheng, stage="result"), ItemFactory(agency=people.minzheng)
    archived(people.minzheng, items=[staged])
    archived(people.minzheng, stage="service")
    missing = archived(people.minzheng, items=[bare])
    assert list(backlog.waiting(people.clerk, missing="stage")) == [missing]


def test_the_catalog_offered_is_linkable_in_force_and_of_ones_own_tier(people, item):
    township = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    other = AgencyFactory(code="baishi", name="白石乡人民政府", kind="township")
    theirs, foreign = ItemFactory(agency=township), ItemFactory(agency=other)
    retired = ItemFactory(agency=people.minzheng, retired_on=NOW.date())
    county = {one.pk for one in backlog.catalog_for(people.office, [township.pk])}
    assert county == {item.pk, theirs.pk}
    assert {one.pk for one in backlog.catalog_for(people.clerk, [people.minzheng.pk])} == {item.pk}
    assert foreign.pk not in county
    assert retired.pk not in county


def test_an_item_is_read_with_field_aliases_stage_and_agencies(people):
    field = FieldFactory(slug="shehui-jiuzhu", name="社会救助")
    field.aliases.get_or_create(name="低保救助")
    ItemFactory(
        agency=people.minzheng, field=field, stage="result", agencies=[people.minzheng, people.nongye]
    )
    (read,) = backlog.catalog_for(people.clerk, [people.minzheng.pk])
    assert read.field == "社会救助"
    assert "低保救助" in read.field_aliases
    assert read.agencies == {people.minzheng.pk, people.nongye.pk}
    assert read.stage == "result"


def test_suggestions_remember_what_the_agency_filed_before(people, item):
    archived(people.minzheng, title="2021年春节慰问安排", items=[item], published_on=date(2021, 1, 1))
    paper = archived(people.minzheng, title="2022年春节慰问安排")
    (document,) = backlog.page_of(backlog.waiting(people.clerk))
    best = backlog.suggestions([document], user=people.clerk)[paper.pk].items[0]
    assert best.value == item.pk
    assert "2021年已归入这一项" in best.reason


def test_nothing_waits(people):
    assert backlog.page_of(backlog.waiting(people.clerk)) == []
    assert backlog.suggestions([], user=people.clerk) == {}


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once(people):
    """Both press 保存 on the same row: one files it, the other is told."""
    item = ItemFactory(agency=people.minzheng)
    second = ItemFactory(agency=people.minzheng)
    paper = archived(people.minzheng)
    seen = mark_of(paper)
    start, said = threading.Barrier(2), {}

    def press(user, chosen):
        try:
            start.wait(5)
            said[user.pk] = file_documents(choices=[Choice(paper.pk, [chosen.pk], seen=seen)], by=user).count
        except NotAllowed as refusal:
            said[user.pk] = refusal.messages
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=press, args=pair)
        for pair in ((people.clerk, item), (people.colleague, second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(str, said.values()))[0] == "1"
    assert sum(isinstance(answer, list) for answer in said.values()) == 1
    assert FilingBatch.objects.count() == 1
    assert len(linked(paper)) == 1


def test_a_clerk_of_two_roles_files_too(people, item):
    paper = archived(people.minzheng)
    assert file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.both).count == 1
    assert CLERK.name in people.both.role_names


def test_the_stage_of_a_paper_is_its_own_or_that_of_its_items(client, people):
    executed, bare = (
        ItemFactory(agency=people.minzheng, stage="execution"),
        ItemFactory(agency=people.minzheng),
    )
    by_item = archived(people.minzheng, items=[executed, bare])
    by_itself = archived(people.minzheng, items=[executed], stage="decision")
    client.force_login(people.clerk)

    def listed(stage):
        page = client.get(f"/admin/disclosure/document/?stage={stage}")
        return list(page.context["cl"].queryset)

    assert listed("execution") == [by_item]
    assert listed("decision") == [by_itself]
    assert listed("result") == []


def test_the_stage_can_be_corrected_in_the_form_too(people):
    paper = archived(people.minzheng)
    update_document(paper, by=people.clerk, reason="补填环节", stage="result")
    assert Document.objects.get(pk=paper.pk).stage == "result"


def test_the_history_page_names_the_act(client, people, item):
    paper = archived(people.minzheng)
    batch = file_documents(choices=[Choice(paper.pk, [item.pk], stage="result")], by=people.clerk)
    undo_filing(batch=batch, by=people.clerk)
    client.force_login(people.clerk)
    entries = client.get(f"/admin/disclosure/document/{paper.pk}/history/").context["entries"]
    assert [entry.what for entry in entries][:2] == ["撤销归类", "归类"]
    assert entries[1].reason == "归类"
    assert ("五公开", "(空)", "结果") in [
        (a, b.replace("（", "(").replace("）", ")"), c) for a, b, c in entries[1].changes
    ]


def test_an_act_that_only_links_stands_in_the_history_too(client, people, item):
    paper = archived(people.minzheng)
    file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    client.force_login(people.clerk)
    entries = client.get(f"/admin/disclosure/document/{paper.pk}/history/").context["entries"]
    assert entries[0].what == "归类"


@pytest.mark.django_db(transaction=True)
def test_coverage_of_the_items_follows(people):
    """Through the marks that links leave and the reckoning after commit."""
    item = ItemFactory(agency=people.minzheng)
    recompute_coverage([item.pk])
    paper = archived(people.minzheng)
    batch = file_documents(choices=[Choice(paper.pk, [item.pk])], by=people.clerk)
    assert Coverage.objects.get(item=item).document_count == 1
    undo_filing(batch=batch, by=people.clerk)
    assert Coverage.objects.get(item=item).document_count == 0
