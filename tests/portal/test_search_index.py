"""The index in step with what is public: every kind of write, inside one transaction."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from agencies.models import Agency, FormerName
from catalog.models import Field, FieldAlias, Item
from disclosure.models import Attachment, Document, Topic
from disclosure.states import Ground, Openness, Publication
from interpretation.models import Interpretation
from portal.search import index
from portal.search.models import Entry, IndexState, Outbox
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    FieldFactory,
    InterpretationFactory,
    ItemFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


def public() -> set[str]:
    """Keys of everything that stands on the public site."""
    return {
        f"{place}:{pk}"
        for place, model in (
            ("document", Document),
            ("interpretation", Interpretation),
            ("item", Item),
            ("agency", Agency),
        )
        for pk in model.objects.published().values_list("pk", flat=True)
    }


def visible() -> set[str]:
    return set(Entry.objects.filter(hidden=False).values_list("key", flat=True))


def settle() -> None:
    """Work off the outbox and hold the index against what is public."""
    index.drain()
    assert Outbox.objects.count() == 0
    assert visible() == public()
    assert index.verify() == []


@pytest.fixture(autouse=True)
def _dictionary() -> None:
    IndexState.objects.update_or_create(
        pk=1, defaults={"words_version": index.words.version(), "rebuilt_at": "2026-03-02T09:00:00+08:00"}
    )


class County:
    """One of everything public, and a draft."""

    def __init__(self) -> None:
        self.topic = TopicFactory(code="T1", name="民政", parent=TopicFactory(code="T", name="社会保障"))
        self.agency = AgencyFactory(code="minzheng", name="青澜县民政局")
        self.village = AgencyFactory(code="liuwan", name="柳湾村", parent=self.agency)
        self.field = FieldFactory(slug="shehui-jiuzhu", name="社会救助")
        self.other_field = FieldFactory(slug="yanglao-fuwu", name="养老服务")
        self.item = ItemFactory(agency=self.agency, field=self.field)
        self.document = DocumentFactory(
            published=True, agency=self.agency, fields=[self.field], items=[self.item], topic=self.topic
        )
        self.draft = DocumentFactory(agency=self.agency)
        self.interpretation = InterpretationFactory(
            published=True, agency=self.agency, documents=[self.document]
        )

    def documents(self):
        return Document.objects.filter(pk=self.document.pk)

    def interpretations(self):
        return Interpretation.objects.filter(pk=self.interpretation.pk)

    def items(self):
        return Item.objects.filter(pk=self.item.pk)

    def agencies(self):
        return Agency.objects.filter(pk=self.agency.pk)


@pytest.fixture
def county() -> County:
    found = County()
    settle()
    return found


def raw(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


WITHDRAW = {"status": "withdrawn", "withdrawn_at": "2026-03-09T10:00:00+08:00", "withdrawn_reason": "有误"}
#: Writes after which something is public that was not, or is shown otherwise.
CHANGES: dict[str, Callable[[County], object]] = {
    "document saved": lambda c: c.documents().get().save(),
    "document titled by update()": lambda c: c.documents().update(title="新标题"),
    "document titled by raw SQL": lambda c: raw("UPDATE disclosure_document SET title = '又一标题'"),
    "document of another agency": lambda c: c.documents().update(agency=c.village),
    "document of another topic": lambda c: c.documents().update(topic=c.topic.parent),
    "document repealed": lambda c: c.documents().update(validity="repealed", repealed_on=date(2026, 3, 1)),
    "attachment added": lambda c: Attachment.objects.create(document=c.document, title="申请表"),
    "attachments by bulk_create": lambda c: Attachment.objects.bulk_create(
        [Attachment(document=c.document, title="申请表"), Attachment(document=c.draft, title="内部表")]
    ),
    "attachment moved to another": lambda c: (
        Attachment.objects.create(document=c.document, title="申请表"),
        index.drain(),
        Attachment.objects.update(document=c.draft),
    ),
    "attachment deleted": lambda c: (
        Attachment.objects.create(document=c.document, title="申请表"),
        index.drain(),
        Attachment.objects.all().delete(),
    ),
    "field added": lambda c: c.document.fields.add(c.other_field),
    "field removed": lambda c: c.document.fields.remove(c.field),
    "fields cleared": lambda c: c.document.fields.clear(),
    "items cleared": lambda c: c.document.items.clear(),
    "items set": lambda c: c.document.items.set([ItemFactory(agency=c.agency, field=c.other_field)]),
    "draft given a field": lambda c: c.draft.fields.add(c.field),
    "explained no more": lambda c: c.interpretation.documents.clear(),
    "explained too": lambda c: c.interpretation.documents.add(DocumentFactory(published=True)),
    "interpretation by update()": lambda c: c.interpretations().update(title="怎么领"),
    "interpretations by bulk_create": lambda c: Interpretation.objects.bulk_create(
        [
            Interpretation(title="存档解读", agency=c.agency, status="published", source_id="a1"),
            Interpretation(title="草稿解读", agency=c.agency),
        ]
    ),
    "documents by bulk_create": lambda c: Document.objects.bulk_create(
        [
            Document(title="存档", agency=c.agency, status="published", openness="proactive", source_id="b1"),
            Document(title="内部", agency=c.agency),
        ]
    ),
    "document inserted by raw SQL": lambda c: raw(
        "INSERT INTO disclosure_document (title, agency_id, summary, body, keywords, index_number, "
        "doc_number, issuer, topic_text, status, source_id, source_url, created_at, updated_at, "
        "withdrawn_reason, remarks, kind, genre, validity, openness, openness_ground, openness_reason, "
        "is_policy, is_normative, no_interpretation_reason, stage, editor_ids, is_notice, review_round, "
        "waiting_level, steps_left, signer_ids, offline_reason, restored_reason) "
        "VALUES ('原始', %s, '', '', '{}', '', '', '', "
        "'', 'published', 'raw1', '', now(), now(), '', '', 'document', '', '', 'proactive', '', '', false, "
        "false, '', '', '{}', false, 0, '', 0, '{}', '', '')",
        c.agency.pk,
    ),
    "draft published": lambda c: Document.objects.filter(pk=c.draft.pk).update(
        status="published", openness="proactive", source_id="taken-over", published_on=date(2020, 1, 1)
    ),
    "item renamed": lambda c: c.items().update(levels=["救助", "名单"]),
    "item of another field": lambda c: c.items().update(field=c.other_field),
    "items by bulk_create": lambda c: Item.objects.bulk_create(
        [Item(code="x-00001", agency=c.agency, field=c.field, levels=["甲"])]
    ),
    "item back in force": lambda c: (
        c.items().update(retired_on=date(2026, 1, 1)),
        index.drain(),
        c.items().update(retired_on=None),
    ),
    "agency renamed": lambda c: c.agencies().update(name="青澜县民政和社会事务局"),
    "agency moved": lambda c: Agency.objects.filter(pk=c.village.pk).update(path="county/liuwan/"),
    "agency open again": lambda c: (
        c.agencies().update(active_to=date(2026, 1, 1)),
        index.drain(),
        c.agencies().update(active_to=None),
    ),
    "agency with a former name": lambda c: FormerName.objects.create(
        agency=c.agency, name="救济局", valid_to=date(2001, 1, 1)
    ),
    "field renamed": lambda c: Field.objects.filter(pk=c.field.pk).update(name="救助", slug="jiuzhu"),
    "field with an alias": lambda c: FieldAlias.objects.create(field=c.field, name="困难帮扶"),
    "topic renamed": lambda c: Topic.objects.filter(pk=c.topic.pk).update(name="优抚"),
    "topic's class renamed": lambda c: Topic.objects.filter(code="T").update(name="保障"),
}
#: Writes after which something is public no more.
ENDINGS: dict[str, Callable[[County], object]] = {
    "document withdrawn": lambda c: c.documents().update(**WITHDRAW),
    "document withdrawn by raw SQL": lambda c: raw(
        "UPDATE disclosure_document SET status = 'withdrawn', withdrawn_at = now(), withdrawn_reason = '误'"
    ),
    "document withheld": lambda c: c.documents().update(
        status=Publication.DRAFT,
        openness=Openness.WITHHELD,
        openness_ground=Ground.INTERNAL,
        openness_reason="内部",
    ),
    "interpretation withdrawn": lambda c: c.interpretations().update(**WITHDRAW),
    "item retired": lambda c: c.items().update(retired_on=date(2026, 3, 1)),
    "item given to a closed agency": lambda c: c.items().update(
        agency=AgencyFactory(active_to=date(2020, 1, 1))
    ),
    "item deleted": lambda c: (c.document.items.clear(), c.item.agencies.clear(), c.item.delete()),
    "agency closed": lambda c: c.agencies().update(active_to=date(2026, 3, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_is_followed(county: County, name: str) -> None:
    CHANGES[name](county)
    assert visible() <= public(), "something not public stands in the index"
    settle()


@pytest.mark.parametrize("name", ENDINGS)
def test_what_ends_is_hidden_at_once(county: County, name: str) -> None:
    before = visible()
    ENDINGS[name](county)
    gone = before - public()
    assert gone
    # No draining yet: the writer's own statement has hidden it, and emptied what it held.
    assert not visible() & gone
    for entry in Entry.objects.filter(key__in=gone):
        assert (entry.title, entry.body, entry.tokens, entry.numbers) == ("", "", None, [])
    settle()


def test_a_closed_agency_takes_its_items_along(county: County) -> None:
    county.agencies().update(active_to=date(2026, 3, 1))
    assert f"item:{county.item.pk}" not in visible()
    assert f"document:{county.document.pk}" in visible(), "what it published stays public"


def test_a_field_of_an_item_is_a_field_of_its_documents(county: County) -> None:
    county.document.fields.clear()
    county.items().update(field=county.other_field)
    settle()
    assert Entry.objects.get(key=f"document:{county.document.pk}").fields == ["yanglao-fuwu"]


def test_a_draft_never_enters(county: County) -> None:
    county.draft.fields.add(county.field)
    Document.objects.filter(pk=county.draft.pk).update(title="内部掌握")
    settle()
    assert not Entry.objects.filter(title__contains="内部掌握").exists()


def test_draining_twice_changes_nothing(county: County) -> None:
    county.documents().update(title="新标题")
    assert index.drain() == (1, 0)
    entry = Entry.objects.filter(key=f"document:{county.document.pk}").values().get()
    assert index.drain() == (0, 0)
    assert Entry.objects.filter(key=f"document:{county.document.pk}").values().get() == entry


def test_the_same_thing_queued_many_times_is_written_once(county: County) -> None:
    for n in range(5):
        county.documents().update(title=f"标题{n}")
    assert Outbox.objects.count() == 5
    assert index.drain() == (1, 0)


def test_draining_stops_at_its_limit(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_CLAIM", 2)
    for n in range(5):
        county.documents().update(title=f"标题{n}")
    index.drain(limit=2)
    assert Outbox.objects.count() == 3


def test_what_the_outbox_names_of_unknown_places_is_passed_over(county: County) -> None:
    Outbox.objects.create(place="question", source_pk=1, version=1)
    assert index.drain() == (0, 0)
    assert Outbox.objects.count() == 0


DIFFERENCES = {
    "missing": (lambda c, key: Entry.objects.filter(key=key).delete(), "缺少"),
    "hidden": (lambda c, key: Entry.objects.filter(key=key).update(hidden=True), "缺少"),
    "title": (lambda c, key: Entry.objects.filter(key=key).update(title="旧"), "title 已变"),
    "body": (lambda c, key: Entry.objects.filter(key=key).update(body="旧"), "body 已变"),
    "agency": (lambda c, key: Entry.objects.filter(key=key).update(agency_id=0), "agency_id 已变"),
    "numbers": (lambda c, key: Entry.objects.filter(key=key).update(numbers=["x"]), "numbers 已变"),
    "fields": (lambda c, key: Entry.objects.filter(key=key).update(fields=[]), "fields 已变"),
    "day": (lambda c, key: Entry.objects.filter(key=key).update(published_on=None), "published_on 已变"),
    "words": (lambda c, key: Entry.objects.filter(key=key).update(tokens=None), "没有切分出的词"),
    "surplus": (
        lambda c, key: Entry.objects.create(key="document:0", place="document", source_pk=0, hidden=False),
        "多出",
    ),
    "dictionary": (lambda c, key: IndexState.objects.update(words_version="old"), "词典"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_verify_names_each_kind_of_difference(county: County, name: str) -> None:
    spoil, words = DIFFERENCES[name]
    spoil(county, f"document:{county.document.pk}")
    (difference,) = index.verify()
    assert words in difference


def test_reindex_prints_json_and_verify_answers_with_its_exit_code(
    county: County, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("reindex", "--verify")
    assert capsys.readouterr().out.strip() == '{"differences": []}'
    Entry.objects.all().delete()
    with pytest.raises(SystemExit):
        call_command("reindex", "--verify")
    capsys.readouterr()
    call_command("reindex")
    assert '"rebuilt": true' in capsys.readouterr().out
    call_command("reindex", "--if-needed")
    assert capsys.readouterr().out.strip() == '{"rebuilt": false}'
    settle()
