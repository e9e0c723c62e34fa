"""Pieces of the living catalog beside each other: second persons, stale pages, merges, late jobs, undo."""

import io
import json
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from catalog import services
from catalog.drafts import Draft
from catalog.exchange.imports import apply, propose, read_and_plan
from catalog.forms import ConfirmForm
from catalog.history import items_on
from catalog.models import Adjustment, AdjustmentLine, Field, Item, Law, Matter
from catalog.services import draft_of
from catalog.states import AdjustmentState, LawState
from disclosure import services as disclosure
from disclosure.models import Document
from tests.catalog.conftest import row
from tests.catalog.test_admin_items import form_data
from tests.factories import AgencyFactory, ItemFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
ROWS = [row(1, "低保", "政策文件"), row(2, None, "办事指南"), row(3, "特困", "名单")]
UPLOAD = "admin:catalog_item_import"


@pytest.fixture
def field(db):
    return Field.objects.get(slug="shehui-jiuzhu")


@pytest.fixture
def item(people, field):
    return ItemFactory(
        agency=people.minzheng,
        field=field,
        levels=["低保", "办事指南"],
        content="旧",
        telephone="0799-1",
        in_force_from=TODAY - timedelta(days=30),
    )


@pytest.fixture
def bring(people, catalog_file):
    """Import rows as 民政局's catalog by the office."""

    def make(rows, agency=None, name="目录.xlsx"):
        agency = agency or people.minzheng
        read = read_and_plan(catalog_file(rows, name=name), agency=agency, by=people.office)
        assert read.ok, [error.message for error in read.result.errors]
        return apply(read, agency=agency, file_name=name, by=people.office).written

    return make


def changed(item, **values):
    draft = draft_of(item)
    for name, value in values.items():
        setattr(draft, name, value)
    return draft


def upload(client, path, agency, **other):
    with path.open("rb") as file:
        return client.post(reverse(UPLOAD), {"file": file, "agency": agency.pk, **other})


# Two people at one item


def open_form(client, item):
    """What a browser would send back of the page as it is now, with the fields of `form_data`."""
    page = client.get(reverse("admin:catalog_item_change", args=[item.pk]))
    form = page.context["adminform"].form
    kept = {name: form[name].value() for name in form.fields if form[name].is_hidden}
    return form_data(in_force_on="", **kept)


def test_a_form_opened_before_a_colleague_saved_overwrites_nothing(client, people, item):
    client.force_login(people.office)
    data = open_form(client, item)
    services.change_item(item=item, draft=changed(item, basis="《新依据》"), by=people.office, reason="同事")
    answer = client.post(reverse("admin:catalog_item_change", args=[item.pk]), data)
    assert answer.status_code == 200
    assert "打开这一页以后" in answer.content.decode()
    assert Item.objects.get(pk=item.pk).basis == "《新依据》"


def test_a_proposal_from_a_stale_form_is_refused_too(client, people, item):
    client.force_login(people.clerk)
    data = open_form(client, item)
    services.change_item(item=item, draft=changed(item, basis="《新依据》"), by=people.office, reason="同事")
    answer = client.post(reverse("admin:catalog_item_change", args=[item.pk]), data)
    assert answer.status_code == 200
    assert not Adjustment.objects.exists()


def test_saving_a_field_never_takes_codes_back(people, field):
    """The form of a field read before an import must not set the counter of codes back."""
    read_before = Field.objects.get(pk=field.pk)
    services.create_item(
        agency=people.minzheng, field=field, draft=Draft(levels=["低保", "名单"]), by=people.office
    )
    read_before.order = 7
    services.save_field(field=read_before, by=people.office)
    stored = Field.objects.get(pk=field.pk)
    assert (stored.order, stored.last_item_number) == (7, 1)


def test_a_telephone_changed_while_a_file_waits_stays(people, item, catalog_file):
    rows = [row(1, "低保", "办事指南", content="新")]
    read = read_and_plan(catalog_file(rows), agency=people.minzheng, by=people.clerk)
    (adjustment,) = propose(
        read, agency=people.minzheng, file_name="f.xlsx", by=people.clerk, reason="理由", seen=read.plan.seen
    )
    services.set_own_particulars(item=item, by=people.clerk, values={"telephone": "0799-2"})
    services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
    item.refresh_from_db()
    assert (item.content, item.telephone) == ("新", "0799-2")


def test_the_same_new_items_proposed_twice_are_added_once(people, field, catalog_file):
    for _ in range(2):
        read = read_and_plan(catalog_file(ROWS), agency=people.minzheng, by=people.clerk)
        propose(read, agency=people.minzheng, file_name="f.xlsx", by=people.clerk, reason="理由")
    first, second = Adjustment.objects.order_by("pk")
    services.approve(adjustment=first, in_force_on=TODAY, by=people.office)
    with pytest.raises(services.NotAllowed, match="政策文件"):
        services.approve(adjustment=second, in_force_on=TODAY, by=people.office)
    assert Item.objects.count() == 3


def test_equal_rows_of_one_file_are_still_added(people, field, catalog_file):
    """Equal items are lawful where the file itself holds them (identity counts by order among equals)."""
    rows = [row(1, "低保", "名单"), row(2, "低保", "名单")]
    read = read_and_plan(catalog_file(rows), agency=people.minzheng, by=people.clerk)
    (one,) = propose(read, agency=people.minzheng, file_name="f.xlsx", by=people.clerk, reason="理由")
    services.approve(adjustment=one, in_force_on=TODAY, by=people.office)
    assert Item.objects.count() == 2


# The day comes late


def test_a_late_job_still_writes_after_a_new_telephone(people, item):
    adjustment = services.propose(
        agency=people.minzheng, title="t", reason="r", by=people.clerk,
        lines=[services.line_changing(item, changed(item, content="新"))],
    )  # fmt: skip
    services.approve(adjustment=adjustment, in_force_on=TODAY + timedelta(days=1), by=people.office)
    later = timezone.now() + timedelta(days=3)
    services.set_own_particulars(item=item, by=people.clerk, values={"telephone": "0799-2"}, now=later)
    assert services.apply_due(now=later) == 1
    item.refresh_from_db()
    assert (item.content, item.telephone) == ("新", "0799-2")


def test_a_closed_lead_agency_holds_nobody_up(people, item, field):
    field.lead_agency = people.nongye
    field.save()
    adjustment = services.propose(
        agency=people.minzheng, title="t", reason="r", by=people.clerk,
        lines=[services.line_changing(item, changed(item, content="新"))],
    )  # fmt: skip
    people.nongye.active_to = TODAY
    people.nongye.save()
    adjustment = Adjustment.objects.get(pk=adjustment.pk)
    services.pass_on(adjustment=adjustment, by=people.office)
    second = services.propose(
        agency=people.minzheng, title="t2", reason="r", by=people.clerk,
        lines=[services.line_changing(item, changed(item, content="又新"))],
    )  # fmt: skip
    assert second.state == AdjustmentState.PASSED


# Undo beside the rest


def test_undo_in_spite_of_a_new_telephone_of_a_row_that_only_moved(people, bring):
    bring(ROWS)
    second = bring([ROWS[2], *[row(n, "低保", name) for n, name in ((2, "政策文件"), (3, "公示"))]])
    listed = Item.objects.get(levels__contains=["名单"])
    assert listed.version == 1
    services.set_own_particulars(item=listed, by=people.clerk, values={"telephone": "0799-2"})
    services.undo_import(catalog_import=second, by=people.office)
    listed.refresh_from_db()
    assert (listed.position, listed.telephone) == (3, "0799-2")


def test_undo_goes_on_to_who_began_to_follow_afterwards(people, bring, field):
    bring(ROWS)
    second = bring([row(1, "低保", "政策文件", limit="及时公开"), *ROWS[1:]])
    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    services.follow_template(agency=town, field=field, source=people.minzheng, by=people.office)
    services.undo_import(catalog_import=second, by=people.office)
    limits = Item.objects.filter(levels__contains=["政策文件"]).values_list("time_limit", flat=True)
    assert set(limits) == {"信息形成之日起20个工作日内"}


def test_undo_after_a_proposal_was_taken_back(people, bring):
    """The refused paper keeps its item: it leaves the catalog, its code stays traceable."""
    written = bring(ROWS)
    guide = Item.objects.get(levels__contains=["办事指南"])
    adjustment = services.propose(
        agency=people.minzheng, title="t", reason="r", by=people.clerk,
        lines=[services.line_changing(guide, changed(guide, content="新"))],
    )  # fmt: skip
    with pytest.raises(services.NotAllowed, match="请先收回"):
        services.undo_import(catalog_import=written, by=people.office)
    services.recall(adjustment=adjustment, by=people.clerk)
    services.undo_import(catalog_import=written, by=people.office)
    assert list(Item.objects.values_list("pk", "retired_on")) == [(guide.pk, TODAY)]


# Fields merged, renamed


@pytest.fixture
def merged(people, field):
    target = Field.objects.get(slug="yanglao-fuwu")
    services.merge_fields(source=field, target=target, reason="合并", by=people.office)
    return target


def test_an_upload_for_a_field_that_was_merged_goes_to_its_successor(client, people, field, catalog_file):
    client.force_login(people.office)
    path = catalog_file(ROWS, caption="目录")
    page = upload(client, path, people.minzheng, field=field.pk)
    target = Field.objects.get(slug="yanglao-fuwu")
    services.merge_fields(source=field, target=target, reason="合并", by=people.office)
    answer = client.get(page.url)
    assert answer.status_code == 200
    assert {draft.field_slug for draft in answer.context["read"].result.drafts} == {"yanglao-fuwu"}


def test_a_merged_field_is_not_offered(client, people, merged):
    client.force_login(people.office)
    choices = client.get(reverse(UPLOAD)).context["form"].fields["field"].queryset
    assert merged in choices
    assert not choices.filter(slug="shehui-jiuzhu").exists()


def test_the_slug_of_a_merged_field_goes_to_its_last_successor(people, merged, catalog_file):
    last = Field.objects.get(slug="jiuye")
    services.merge_fields(source=merged, target=last, reason="再合并", by=people.office)
    read = read_and_plan(
        catalog_file(ROWS, caption="目录"), agency=people.minzheng, field_slug="shehui-jiuzhu"
    )
    assert {draft.field_slug for draft in read.result.drafts} == {"jiuye"}


def test_a_field_cannot_take_a_name_that_leads_files_to_another(people, field):
    """民政 is an alias of 社会救助: files with it must not silently go elsewhere."""
    other = Field.objects.get(slug="yanglao-fuwu")
    with pytest.raises(services.NotAllowed, match="社会救助"):
        services.rename_field(field=other, name="民政", by=people.office)
    with pytest.raises(services.NotAllowed, match="社会救助"):
        services.save_field(field=other, aliases=["民政"], by=people.office)
    with pytest.raises(services.NotAllowed, match="社会救助"):
        services.save_field(field=other, aliases=["社会救助"], by=people.office)


# Pages


def test_retiring_nothing_is_no_error(client, people, item):
    client.force_login(people.stranger)
    data = {"action": "retire_selected", "_selected_action": [item.pk], "confirm": "1", "reason": "r"}
    answer = client.post(reverse("admin:catalog_item_changelist"), data, follow=True)
    assert answer.status_code == 200
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize("action", ["retire_selected", "export_admin_action"])
def test_a_selection_of_no_numbers_is_no_error(client, people, item, action):
    client.force_login(people.office)
    data = {"action": action, "_selected_action": ["x", "²"], "confirm": "1"}
    answer = client.post(reverse("admin:catalog_item_changelist"), data, follow=True)
    assert "没有认出所选的事项" in answer.content.decode()


def test_one_item_stands_in_an_adjustment_once(people, item):
    line = services.line_changing(item, changed(item, content="新"))
    with pytest.raises(services.NotAllowed, match="两次"):
        services.propose(agency=people.minzheng, title="t", reason="r", by=people.clerk, lines=[line, line])


def test_a_repealed_law_is_not_merged_into_a_standing_one_in_silence(people):
    old = Law.objects.create(key="a", title="旧条例", state=LawState.REPEALED, repealed_on=TODAY)
    new = Law.objects.create(key="b", title="条例", state=LawState.IN_FORCE)
    with pytest.raises(services.NotAllowed, match="有效性"):
        services.merge_laws(laws=[old], into=new, by=people.office)


def test_items_beyond_the_page_stay_in_their_matter(client, people, field, monkeypatch):
    from catalog.admin import matters

    monkeypatch.setattr(matters, "MOST_ITEMS", 2)
    items = [ItemFactory(agency=people.minzheng, field=field, position=n) for n in range(1, 5)]
    matter = services.save_matter(
        matter=Matter(name="低保", agency=people.minzheng, field=field), by=people.clerk
    )
    services.set_matter_items(matter=matter, stages={items[3].pk: "service"}, by=people.clerk)
    client.force_login(people.clerk)
    url = reverse("admin:catalog_matter_items", args=[matter.pk])
    assert str(items[3].pk) in client.get(url).content.decode()
    client.post(url, {"item": [items[0].pk, items[3].pk], f"stage-{items[3].pk}": "service"})
    assert set(Item.objects.filter(matter=matter)) == {items[0], items[3]}


def test_a_great_many_are_not_retired_at_one_stroke(client, people, item, monkeypatch):
    from catalog.admin import items as page

    monkeypatch.setattr(page, "MOST_RETIRED", 1)
    ItemFactory(agency=people.minzheng, field=item.field)
    client.force_login(people.office)
    data = {"action": "retire_selected", "_selected_action": [item.pk], "select_across": "1"}
    answer = client.post(reverse("admin:catalog_item_changelist"), data, follow=True)
    assert "一次最多停用 1 项，您选了 2 项" in answer.content.decode()
    assert not Item.objects.exclude(retired_on=None).exists()


def test_thousands_of_ticks_are_checked_by_look_up():
    form = ConfirmForm({"retire": [str(n) for n in range(5000)]}, missing=list(range(23_000)))
    assert form.is_valid()
    assert form.cleaned_data["retire"] == list(range(5000))
    assert form.fields["retire"].choices == []
    assert not ConfirmForm({"retire": ["7"]}, missing=[8]).is_valid()


# Time


def test_what_was_left_out_stays_left_out_on_the_days_before(people, item, field):
    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    ago = timezone.now() - timedelta(days=10)
    services.follow_template(agency=town, field=field, source=people.minzheng, by=people.office, now=ago)
    own = Item.objects.get(agency=town)
    services.drop_item(item=own, by=people.office, now=ago + timedelta(days=2))
    services.take_up_again(item=own, by=people.office)
    days = {n: items_on(TODAY - timedelta(days=n)).filter(agency=town).count() for n in (9, 5, 1, 0)}
    assert days == {9: 1, 5: 0, 1: 0, 0: 1}


def test_one_that_breaks_holds_up_none_behind_it(people, field):
    items = [ItemFactory(agency=people.minzheng, field=field) for _ in range(2)]
    for one in items:
        adjustment = services.propose(
            agency=people.minzheng, title="t", reason="r", by=people.clerk,
            lines=[services.line_changing(one, changed(one, content="新"))],
        )  # fmt: skip
        services.approve(adjustment=adjustment, in_force_on=TODAY + timedelta(days=1), by=people.office)
    AdjustmentLine.objects.filter(item=items[0]).update(values={"levels": []})  # the database refuses it
    with pytest.raises(ExceptionGroup, match="1 were"):
        services.apply_due(now=timezone.now() + timedelta(days=1))
    assert [Item.objects.get(pk=one.pk).content for one in items] == [items[0].content, "新"]


# At the same moment


def in_thread(work):
    """Run `work` on a connection of its own; returns the thread and where its outcome will be."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.django_db(transaction=True)
def test_an_import_waits_for_who_is_changing_an_item(people, field, catalog_file):
    item = ItemFactory(agency=people.minzheng, field=field, levels=["低保", "办事指南"], content="旧")
    path = catalog_file([row(1, "低保", "办事指南", content="文件")])

    def bring():
        read = read_and_plan(path, agency=people.minzheng, by=people.office)
        return apply(read, agency=people.minzheng, file_name="f", by=people.office, seen=read.plan.seen)

    with transaction.atomic():
        services.set_own_particulars(item=item, by=people.clerk, values={"telephone": "0799-9"})
        thread, outcome = in_thread(bring)
        thread.join(2)
        assert thread.is_alive()
    thread.join(30)
    item.refresh_from_db()
    # Either the import read the telephone, or it asked for another look; it never takes it back.
    assert item.telephone == "0799-9"
    assert isinstance(outcome[0], services.CatalogMoved) or item.content == "文件"


@pytest.mark.django_db(transaction=True)
def test_an_approval_and_an_import_do_not_lock_each_other(people, field, catalog_file, monkeypatch):
    """Both lock the field first, then its items."""

    item = ItemFactory(agency=people.minzheng, field=field, levels=["低保", "办事指南"], content="旧")
    adjustment = services.propose(
        agency=people.minzheng, title="t", reason="r", by=people.clerk,
        lines=[services.line_retiring(item)],
    )  # fmt: skip
    with transaction.atomic():
        Field.objects.select_for_update().get(pk=field.pk)
        thread, outcome = in_thread(
            lambda: services.approve(adjustment=adjustment, in_force_on=TODAY, by=people.office)
        )
        thread.join(2)
        assert thread.is_alive()
        # Who waits for the field must not hold the item.
        Item.objects.select_for_update(nowait=True).get(pk=item.pk)
    thread.join(30)
    assert outcome[0].state == AdjustmentState.APPLIED


@pytest.mark.django_db(transaction=True)
def test_a_double_click_proposes_once(client, people, field, catalog_file):
    from django.test import Client

    client.force_login(people.clerk)
    url = upload(client, catalog_file(ROWS), people.minzheng).url
    seen = client.get(url).context["read"].plan.seen
    barrier = threading.Barrier(2)

    def click():
        browser = Client()
        browser.force_login(people.clerk)
        barrier.wait()
        return browser.post(url, {"confirm": "1", "seen": seen}).status_code

    threads = [in_thread(click) for _ in range(2)]
    for thread, _outcome in threads:
        thread.join(60)
    assert [outcome[0] for _thread, outcome in threads] == [302, 302]
    assert Adjustment.objects.count() == 1


# Beyond the room


def test_an_archive_that_says_repealed_repeals_the_law(people, tmp_path):
    """The text of a law comes back from the archive as 废止: the items that lean on the law are listed."""

    def bring(**validity):
        lines = [
            {"id": title, "kind": "document", "title": title, "body": "正文。", "validity": validity[title]}
            for title in ("临时救助办法", "殡葬办法")
        ]
        path = tmp_path / "archive.jsonl"
        path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
        options = ("--agency", "minzheng", "--publish")
        call_command("import_documents", str(path), *options, stdout=io.StringIO())

    bring(临时救助办法="有效", 殡葬办法="有效")
    laws = [Law.objects.create(key=title, title=title) for title in ("临时救助办法", "殡葬办法")]
    for law in laws:
        disclosure.link_law(law=law, document=Document.objects.get(title=law.title), by=people.office)
    bring(临时救助办法="废止", 殡葬办法="有效")
    repealed, standing = Law.objects.filter(pk__in=[law.pk for law in laws]).order_by("pk")
    assert (repealed.state, repealed.repealed_on) == (LawState.REPEALED, TODAY)
    assert standing.state == LawState.UNCHECKED


def test_robots_leave_the_exports_alone(client, db):
    text = b"".join(client.get("/robots.txt")).decode()
    for path in ("export", "print", "changes.xlsx"):
        assert f"Disallow: /catalog/{path}\n" in text
