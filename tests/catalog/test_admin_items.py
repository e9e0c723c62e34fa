"""Items, fields and mappings in the back office: scope, forms, export, number of queries."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from catalog.models import Field, Item, SubjectMapping
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db
LIST, ADD = reverse_lazy("admin:catalog_item_changelist"), reverse_lazy("admin:catalog_item_add")


@pytest.fixture
def items(people):
    """Three items of 民政局, two of 农业农村局."""
    welfare, farming = Field.objects.get(slug="shehui-jiuzhu"), Field.objects.get(slug="shenong-butie")
    mine = [
        ItemFactory(
            agency=people.minzheng,
            field=welfare,
            code=f"shehui-jiuzhu-{n:05d}",
            levels=["低保", f"事项{n}"],
            channels=[{"name": "政府网站", "mark": "required"}, {"name": "12345热线", "mark": "optional"}],
        )
        for n in range(1, 4)
    ]
    theirs = [
        ItemFactory(
            agency=people.nongye, field=farming, code=f"shenong-butie-{n:05d}", levels=["补贴", f"农项{n}"]
        )
        for n in range(1, 3)
    ]
    return mine, theirs


def change_url(item):
    return reverse("admin:catalog_item_change", args=[item.pk])


def form_data(**other):
    return {
        "level_names": "低保\n办事指南",
        "content": "条件",
        "basis": "《社会救助暂行办法》（国务院令第649号）",
        "time_limit": "20个工作日",
        "subject": "民政局",
        "required_channels": ["政府网站"],
        "optional_channels": ["政府公报"],
        "other_channels": "□12345政务服务热线",
        "whole_society": "on",
        "groups": "",
        "manner_choice": ["主动公开"],
        "tier_choice": ["县级"],
        "telephone": "0799-5210503",
        "stage": "service",
        "responsible_office": "",
        "responsible_post": "",
        "matter": "",
        "reason": "国办发〔2026〕1号",
        **other,
    }


def listed(response):
    return {item.code for item in response.context["cl"].result_list}


def test_the_list_holds_the_own_agency_only(client, people, items):
    client.force_login(people.clerk)
    response = client.get(LIST)
    assert listed(response) == {item.code for item in items[0]}
    assert people.nongye.label not in response.content.decode()
    client.force_login(people.office)
    assert len(listed(client.get(LIST))) == 5


def test_filters_and_search(client, people, items):
    client.force_login(people.office)
    assert listed(client.get(LIST, {"agency": "nongye"})) == {item.code for item in items[1]}
    assert listed(client.get(LIST, {"q": "事项2"})) == {"shehui-jiuzhu-00002"}
    assert listed(client.get(LIST, {"q": "shenong-butie-00001"})) == {"shenong-butie-00001"}
    assert listed(client.get(LIST, {"state": "retired"})) == set()


def test_foreign_items_open_for_nobody_else(client, people, items):
    client.force_login(people.clerk)
    assert client.get(change_url(items[1][0])).status_code == 302
    client.post(change_url(items[1][0]), form_data())
    assert Item.objects.get(pk=items[1][0].pk).levels == ["补贴", "农项1"]


def test_the_list_costs_the_same_at_one_row_and_at_three(client, people, items):
    client.force_login(people.clerk)
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as three:
        client.get(LIST)
    Item.objects.filter(pk__in=[items[0][0].pk, items[0][1].pk]).delete()
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    assert len(one) == len(three)
    assert len(one) <= 12


def test_add_through_the_form(client, people):
    client.force_login(people.office)
    field = Field.objects.get(slug="shehui-jiuzhu")
    response = client.post(ADD, form_data(agency=people.minzheng.pk, field=field.pk), follow=True)
    assert response.status_code == 200
    item = Item.objects.get()
    assert (item.code, item.levels, item.stage) == ("shehui-jiuzhu-00001", ["低保", "办事指南"], "service")
    assert item.channels == [
        {"name": "政府网站", "mark": "required"},
        {"name": "政府公报", "mark": "optional"},
        {"name": "12345政务服务热线", "mark": "optional"},
    ]
    assert (item.audience, item.manner, item.tiers) == (["全社会"], ["主动公开"], ["县级"])
    assert item.time_limit_parsed["n"] == 20
    assert [agency.code for agency in item.agencies.all()] == ["minzheng"]
    assert item.bases.get().number == "国务院令第649号"


def test_another_agency_cannot_be_chosen(client, people):
    client.force_login(people.clerk)
    field = Field.objects.get(slug="shehui-jiuzhu")
    response = client.post(ADD, form_data(agency=people.nongye.pk, field=field.pk))
    assert "agency" in response.context["adminform"].form.errors
    assert Item.objects.count() == 0


def test_change_keeps_what_the_form_does_not_show(client, people, items):
    item = items[0][0]
    Item.objects.filter(pk=item.pk).update(
        extra={"remark": "旧", "more": {"content": ["乙"]}}, tiers=["县级", "镇街"]
    )
    client.force_login(people.clerk)
    page = client.get(change_url(item))
    form = page.context["adminform"].form
    assert form.initial["required_channels"] == ["政府网站"]
    assert form.initial["other_channels"] == "□12345热线"
    assert ("镇街", "镇街") in form.fields["tier_choice"].choices
    client.force_login(people.office)
    client.post(change_url(item), form_data(tier_choice=["镇街"], groups="低保对象"))
    stored = Item.objects.get(pk=item.pk)
    assert (stored.levels, stored.tiers) == (["低保", "办事指南"], ["镇街"])
    assert stored.audience == ["全社会", "特定群体：低保对象"]
    assert stored.extra == {"remark": "旧", "more": {"content": ["乙"]}}
    assert stored.code == item.code


def test_five_levels_are_refused_with_a_sentence(client, people, items):
    client.force_login(people.clerk)
    response = client.post(change_url(items[0][0]), form_data(level_names="一\n二\n三\n四\n五"))
    assert "最多四级" in response.content.decode()
    assert Item.objects.get(pk=items[0][0].pk).levels == ["低保", "事项1"]


def test_a_reviewer_may_look_and_not_touch(client, people, items):
    client.force_login(people.reviewer)
    page = client.get(change_url(items[0][0]))
    assert page.status_code == 200
    assert "■政府网站" in page.content.decode()
    assert client.post(change_url(items[0][0]), form_data()).status_code == 403
    assert client.get(ADD).status_code == 403


def test_items_are_retired_never_deleted(client, people, items):
    client.force_login(people.office)
    assert client.get(reverse("admin:catalog_item_delete", args=[items[0][0].pk])).status_code == 403
    chosen = {
        "action": "retire_selected", "_selected_action": [items[0][0].pk], "reason": "职能划转",
        "in_force_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    assert "确定停用这 1 项吗" in client.post(LIST, chosen).content.decode()
    assert Item.objects.in_force().count() == 5
    assert "这个字段是必填项" in client.post(LIST, {**chosen, "reason": "", "confirm": "1"}).content.decode()
    assert Item.objects.in_force().count() == 5
    client.post(LIST, {**chosen, "confirm": "1"})
    assert Item.objects.in_force().count() == 4
    assert Item.objects.get(pk=items[0][0].pk).change_reason == "职能划转"


def exported(response):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return {cell.value for sheet in book.worksheets for cell in sheet["C"][4:]}


def test_the_export_button_keeps_filter_and_scope(client, people, items):
    client.force_login(people.clerk)
    url = reverse("admin:catalog_item_export")
    response = client.get(url)
    assert "attachment" in response["Content-Disposition"]
    assert exported(response) == {"事项1", "事项2", "事项3"}
    assert exported(client.get(url, {"q": "事项2"})) == {"事项2"}
    assert exported(client.get(url, {"agency": "nongye"})) <= {"事项1", "事项2", "事项3", None}


def test_the_export_action_takes_the_chosen_rows_in_scope(client, people, items):
    client.force_login(people.clerk)
    chosen = [items[0][0].pk, items[1][0].pk]
    response = client.post(LIST, {"action": "export_admin_action", "_selected_action": chosen})
    assert exported(response) == {"事项1"}


def test_no_export_without_the_right_to_see(client, people):
    from tests.factories import UserFactory

    client.force_login(UserFactory(agency=people.minzheng, roles=[]))
    assert client.get(reverse("admin:catalog_item_export")).status_code == 403


def test_fields_are_kept_by_the_office(client, people):
    field = Field.objects.get(slug="jiuye")
    url = reverse("admin:catalog_field_change", args=[field.pk])
    data = {"name": "就业", "order": 17, "alias_names": "就业创业\n人社就业"}
    client.force_login(people.clerk)
    assert client.post(url, data).status_code == 403
    client.force_login(people.office)
    assert client.post(url, data).status_code == 302
    assert set(field.aliases.values_list("name", flat=True)) == {"就业创业", "人社就业"}
    assert client.get(reverse("admin:catalog_field_changelist")).status_code == 200


def test_the_office_says_what_a_subject_means(client, people, items):
    Item.objects.filter(pk=items[0][0].pk).update(subject="县级民政部门")
    items[0][0].agencies.clear()
    mapping = SubjectMapping.objects.create(text="县级民政部门")
    url = reverse("admin:catalog_subjectmapping_change", args=[mapping.pk])
    client.force_login(people.clerk)
    assert client.get(url).status_code == 403
    client.force_login(people.office)
    assert client.get(reverse("admin:catalog_subjectmapping_changelist")).status_code == 200
    assert client.post(url, {"agencies": [people.minzheng.pk]}).status_code == 302
    assert [agency.code for agency in items[0][0].agencies.all()] == ["minzheng"]
    client.post(reverse("admin:catalog_subjectmapping_delete", args=[mapping.pk]), {"post": "yes"})
    assert (SubjectMapping.objects.count(), items[0][0].agencies.count()) == (0, 0)


def test_pages_hold_no_inline_style_or_script(client, people, items):
    client.force_login(people.office)
    for url in (LIST, ADD, change_url(items[0][0]), reverse("admin:catalog_item_import")):
        text = client.get(url).content.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert "onclick=" not in text
