"""The back office of agencies and users: scope at every door, errors kept in the form."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from agencies import services
from agencies.models import Agency, User
from agencies.role_changes import recent_role_changes
from agencies.roles import ADMINISTRATOR, CLERK, OFFICE
from tests.factories import (
    PASSWORD,
    AdministratorFactory,
    AgencyFactory,
    FormerNameFactory,
    OfficeUserFactory,
    UserFactory,
    root_agency,
)

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"admin:agencies_{name}", args=args)


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def agency_data(**changes):
    data = {
        "name": "青澜县民政局",
        "code": "minzheng",
        "kind": "department",
        "parent": root_agency().pk,
        "aliases": "民政局、县民政,民政局",
        "order": "3",
    }
    return {**data, **changes}


def text(response):
    return response.content.decode()


# --- agencies ---


def test_an_agency_is_founded_in_the_form(client, administrator):
    response = client.post(url("agency_add"), agency_data())
    assert response.status_code == 302
    agency = Agency.objects.get(code="minzheng")
    assert (agency.path, agency.aliases) == ("county/minzheng/", ["民政局", "县民政"])
    assert LogEntry.objects.get().object_id == str(agency.pk)


def test_what_the_service_refuses_stands_in_the_form_with_everything_kept(client, administrator):
    AgencyFactory(name="青澜县民政局")
    response = client.post(url("agency_add"), agency_data(phone="0799-1"))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["name"] == ["已有单位叫「青澜县民政局」，请核对名称。"]
    assert 'value="0799-1"' in text(response)
    assert not Agency.objects.filter(code="minzheng").exists()


def test_only_the_root_has_no_parent(client, administrator):
    response = client.post(url("agency_add"), agency_data(parent=""))
    assert "只有县政府没有上级" in text(response)


def test_code_name_and_place_cannot_be_posted_past_the_form(client, administrator):
    agency = AgencyFactory(code="caizheng", name="青澜县财政局")
    other = AgencyFactory()
    data = agency_data(code="x", name="别的名字", parent=other.pk, phone="0799-2")
    inline = {"former_names-TOTAL_FORMS": "0", "former_names-INITIAL_FORMS": "0"}
    assert client.post(url("agency_change", agency.pk), {**data, **inline}).status_code == 302
    agency.refresh_from_db()
    assert (agency.code, agency.name, agency.parent, agency.phone) == (
        "caizheng",
        "青澜县财政局",
        root_agency(),
        "0799-2",
    )


def test_a_clerk_sees_the_own_subtree_only_at_every_door(client):
    mine = AgencyFactory(name="青澜县民政局")
    child = AgencyFactory(parent=mine, name="青澜县救助站")
    other = AgencyFactory(name="青澜县财政局")
    client.force_login(UserFactory(agency=mine))
    assert set(client.get(url("agency_changelist")).context["cl"].queryset) == {mine, child}
    assert client.get(url("agency_change", child.pk)).status_code == 200
    for door in ("agency_change", "agency_history"):
        assert client.get(url(door, other.pk)).status_code == 302
    found = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "disclosure", "model_name": "document", "field_name": "agency", "term": "青澜"},
    )
    if found.status_code == 200:
        assert {row["text"] for row in found.json()["results"]} == {mine.name, child.name}
    export = client.get(url("agency_export"))
    assert export.status_code == 200
    assert "财政局".encode() not in _cells(export.content)
    filters = client.get(url("agency_changelist")).context["cl"].filter_specs
    assert [choice for spec in filters if spec.title == "上级单位" for choice in spec.lookup_choices] == [
        (mine.code, mine.label)
    ]


def _cells(workbook):
    import io
    import zipfile

    return zipfile.ZipFile(io.BytesIO(workbook)).read("xl/sharedStrings.xml")


@pytest.mark.parametrize("act", ["rename", "move", "close", "reopen"])
def test_acts_are_closed_to_clerks_by_get_and_post(client, act):
    agency = AgencyFactory(active_to=date(2020, 1, 1) if act == "reopen" else None)
    client.force_login(UserFactory(agency=agency))
    address = url(f"agency_{act}", agency.pk)
    assert client.get(address).status_code == 403
    assert client.post(address, {"name": "x", "on": "2020-01-01"}).status_code == 403


def test_add_and_import_are_closed_to_clerks(client):
    client.force_login(UserFactory())
    for door in ("agency_add", "agency_import", "user_changelist", "user_add"):
        assert client.get(url(door)).status_code == 403


def test_an_agency_is_renamed_on_its_page(client):
    client.force_login(OfficeUserFactory())
    agency = AgencyFactory(name="青澜县民政局")
    response = client.post(
        url("agency_rename", agency.pk),
        {"name": "青澜县民政和社会局", "on": "2025-03-01", "note": "机构改革方案"},
        follow=True,
    )
    assert "已更名为「青澜县民政和社会局」" in text(response)
    assert "青澜县民政局" in text(response)
    assert agency.former_names.get().valid_to == date(2025, 3, 1)


def test_renaming_wants_a_day_or_a_tick(client, administrator):
    agency = AgencyFactory(name="青澜县民正局")
    response = client.post(url("agency_rename", agency.pk), {"name": "青澜县民政局"})
    assert "请填写更名日期" in text(response)
    client.post(url("agency_rename", agency.pk), {"name": "青澜县民政局", "misspelt": "on"})
    agency.refresh_from_db()
    assert (agency.name, agency.former_names.count()) == ("青澜县民政局", 0)


def test_move_offers_no_place_inside_itself(client, administrator):
    agency = AgencyFactory()
    child = AgencyFactory(parent=agency)
    target = AgencyFactory()
    offered = set(client.get(url("agency_move", agency.pk)).context["form"].fields["parent"].queryset)
    assert target in offered
    assert not {agency, child} & offered
    client.post(url("agency_move", agency.pk), {"parent": target.pk})
    child.refresh_from_db()
    assert child.path == f"{target.path}{agency.code}/{child.code}/"


def test_close_shows_the_refusal_and_reopen_takes_it_back(client, administrator):
    agency = AgencyFactory()
    person = UserFactory(agency=agency)
    refused = client.post(url("agency_close", agency.pk), {"on": "2026-01-01"})
    assert "1 名在用人员" in text(refused)
    person.delete()
    client.post(url("agency_close", agency.pk), {"on": "2026-01-01"})
    agency.refresh_from_db()
    assert agency.active_to == date(2026, 1, 1)
    client.post(url("agency_reopen", agency.pk))
    agency.refresh_from_db()
    assert agency.active_to is None


def test_no_agency_and_no_user_is_deleted(client, administrator):
    agency, user = AgencyFactory(), UserFactory()
    assert client.post(url("agency_delete", agency.pk), {"post": "yes"}).status_code == 403
    assert client.post(url("user_delete", user.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["agency_changelist", "user_changelist"])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(
    client, administrator, name, django_assert_max_num_queries, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    AgencyFactory(parent=AgencyFactory())
    client.get(url(name))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url(name))
    for _ in range(3):
        FormerNameFactory()
        UserFactory(roles=[CLERK, OFFICE])
    with CaptureQueriesContext(connection) as more:
        client.get(url(name))
    assert len(more) == len(one)
    assert len(one) <= 14


# --- users ---


def user_data(**changes):
    data = {
        "full_name": "周览",
        "username": "zhou01",
        "agency": AgencyFactory().pk,
        "roles": ["clerk"],
        "password": PASSWORD,
        "password2": PASSWORD,
    }
    return {**data, **changes}


def test_a_user_is_opened_and_can_log_in(client, administrator):
    assert client.post(url("user_add"), user_data(roles=["clerk", "reviewer"])).status_code == 302
    user = User.objects.get(username="zhou01")
    assert user.role_names == {"经办人", "审核人"}
    client.logout()
    assert client.login(username="zhou01", password=PASSWORD)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password2": "other"}, "两次输入的密码不一样"),
        ({"password": "12345678901", "password2": "12345678901"}, "数字"),
        ({"agency": ""}, "所在单位"),
        ({"username": "taken"}, "已有人使用"),
    ],
)
def test_a_user_that_is_refused(client, administrator, changes, says):
    UserFactory(username="taken")
    response = client.post(url("user_add"), user_data(**changes))
    assert response.status_code == 200
    assert says in text(response)
    assert not User.objects.filter(full_name="周览").exists()


def test_roles_are_changed_with_ticks_and_descriptions(client, administrator):
    user = UserFactory(roles=[CLERK])
    page = text(client.get(url("user_change", user.pk)))
    assert "同意即发布" in page
    data = user_data(username=user.username, agency=user.agency.pk, roles=["office"])
    assert client.post(url("user_change", user.pk), data).status_code == 302
    assert User.objects.get(pk=user.pk).role_names == {"县政府办公室"}


def test_the_own_administrator_role_stays_and_nothing_else_is_half_saved(client, administrator):
    AdministratorFactory()
    data = user_data(username=administrator.username, agency=administrator.agency.pk, roles=["clerk"])
    response = client.post(url("user_change", administrator.pk), data)
    assert "不能取消自己的系统管理员角色" in text(response)
    fresh = User.objects.get(pk=administrator.pk)
    assert (fresh.role_names, fresh.full_name) == ({"系统管理员"}, administrator.full_name)


def test_rights_cannot_be_posted_into_the_user_form(client, administrator):
    user = UserFactory()
    data = user_data(username=user.username, agency=user.agency.pk, is_superuser="on", is_staff="")
    client.post(url("user_change", user.pk), {**data, "groups": ["1"], "user_permissions": ["1"]})
    fresh = User.objects.get(pk=user.pk)
    assert (fresh.is_superuser, fresh.is_staff, fresh.user_permissions.count()) == (False, True, 0)


def test_a_superuser_is_read_only_for_an_administrator(client, administrator):
    chief = UserFactory(is_superuser=True, roles=[])
    assert client.get(url("user_change", chief.pk)).status_code == 200
    assert client.post(url("user_change", chief.pk), user_data()).status_code == 403
    for act in ("password", "stop", "restart"):
        assert client.post(url(f"user_{act}", chief.pk), {"password": "x"}).status_code == 403


def test_password_stop_and_restart(client, administrator):
    user = UserFactory()
    new = "another-Good-one-7"
    differing = client.post(url("user_password", user.pk), {"password": new, "password2": "x"})
    assert "两次输入的密码不一样" in text(differing)
    client.post(url("user_password", user.pk), {"password": new, "password2": new})
    assert User.objects.get(pk=user.pk).check_password(new)
    client.post(url("user_stop", user.pk))
    assert not User.objects.get(pk=user.pk).is_active
    client.post(url("user_restart", user.pk))
    assert User.objects.get(pk=user.pk).is_active


def test_nobody_stops_the_own_account(client, administrator):
    AdministratorFactory()
    assert "不能停用自己的账号" in text(client.post(url("user_stop", administrator.pk)))


def test_the_role_page_tells_everybody_and_lets_nobody_change(client):
    client.force_login(UserFactory(roles=[ADMINISTRATOR]))
    page = client.get(reverse("admin:auth_group_changelist"))
    assert [role["name"] for role in page.context["roles"]] == [
        "经办人",
        "审核人",
        "县政府办公室",
        "值班",
        "系统管理员",
    ]
    powers = dict(page.context["roles"][1]["powers"])
    assert powers["文件"] == "查看、审核文件、撤下文件"
    assert client.get(reverse("admin:auth_group_add")).status_code == 403


def test_role_changes_are_shown_to_the_office_and_to_administrators(client, administrator):
    clerk = UserFactory(full_name="林小满", roles=[])
    services.set_roles(user=clerk, roles=[CLERK, OFFICE], by=administrator)
    services.set_roles(user=clerk, roles=[CLERK], by=administrator)
    newest = role_changes_seen_by(client, OFFICE, clerk)
    assert newest[0] == ("县政府办公室", False, administrator)
    assert set(newest[1:]) == {("县政府办公室", True, administrator), ("经办人", True, administrator)}
    assert role_changes_seen_by(client, ADMINISTRATOR, clerk) == newest
    assert role_changes_seen_by(client, CLERK, clerk) == []


def role_changes_seen_by(client, role, user):
    client.force_login(UserFactory(roles=[role]))
    page = client.get("/admin/auth/group/")
    assert ("角色变动" in page.content.decode()) == (role is not CLERK)
    return [(one.role, one.given, one.by) for one in page.context["changes"] if one.user == user]


def test_old_role_changes_fall_off_and_many_cost_two_queries(django_assert_num_queries, administrator):
    for _ in range(3):
        services.set_roles(user=UserFactory(roles=[]), roles=[CLERK], by=administrator)
    with django_assert_num_queries(2):
        assert len([one for one in recent_role_changes(now=timezone.now()) if one.by]) == 3
    assert recent_role_changes(now=timezone.now() + timedelta(days=31)) == []
