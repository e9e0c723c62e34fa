"""Writes to users: accounts, roles, passwords."""

from datetime import date

import pytest
from zeal import zeal_ignore

from agencies import services
from agencies.models import User
from agencies.roles import ADMINISTRATOR, CLERK, OFFICE, REVIEWER
from tests.factories import PASSWORD, AdministratorFactory, AgencyFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return AdministratorFactory()


def refused(call, **kwargs):
    with pytest.raises(services.NotAllowed) as caught:
        call(**kwargs)
    return "".join(caught.value.messages)


def new_user(by, **details):
    data = {
        "username": "zhou01",
        "full_name": "周览",
        "agency": details.pop("agency", None) or AgencyFactory(),
        "roles": [CLERK],
        "password": PASSWORD,
    }
    return services.create_user(**{**data, **details}, by=by)


def test_an_account_is_opened_with_roles_and_password(administrator):
    user = new_user(administrator, roles=[CLERK, REVIEWER])
    user = User.objects.get(pk=user.pk)
    assert user.role_names == {"经办人", "审核人"}
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_active, user.is_superuser) == (True, True, False)
    assert user.has_perm("disclosure.approve_document")


def test_without_a_password_nobody_gets_in(administrator):
    assert not new_user(administrator, password=None).has_usable_password()


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"password": "12345678901"}, "数字"),
        ({"password": "short"}, "10"),
        ({"username": "zhou01 !"}, "用户名"),
        ({"full_name": ""}, "不能为空"),
    ],
)
def test_accounts_that_are_refused(administrator, details, says):
    assert says in refused(new_user, by=administrator, **details)
    assert not User.objects.filter(full_name="周览").exists()


def test_nobody_works_for_a_closed_agency(administrator):
    closed = AgencyFactory(active_to=date(2020, 1, 1))
    assert "已撤销" in refused(new_user, by=administrator, agency=closed)
    user = UserFactory()
    assert "已撤销" in refused(services.update_user, user=user, agency=closed, by=administrator)


@pytest.mark.parametrize("role", [CLERK, REVIEWER, OFFICE])
def test_only_administrators_manage_users(role):
    by, user = UserFactory(roles=[role]), UserFactory(full_name="原名")
    calls = [
        (new_user, {}),
        (services.update_user, {"user": user, "full_name": "新名"}),
        (services.set_roles, {"user": user, "roles": [ADMINISTRATOR]}),
        (services.deactivate_user, {"user": user}),
        (services.reactivate_user, {"user": user}),
        (services.reset_password, {"user": user, "password": PASSWORD + "x"}),
    ]
    for call, arguments in calls:
        assert "系统管理员" in refused(call, by=by, **arguments)
    fresh = User.objects.get(pk=user.pk)
    assert (fresh.full_name, fresh.role_names, fresh.check_password(PASSWORD)) == ("原名", {"经办人"}, True)


def test_an_administrator_cannot_take_over_a_superuser(administrator):
    chief = UserFactory(is_superuser=True, roles=[])
    for call, arguments in [
        (services.reset_password, {"password": PASSWORD + "x"}),
        (services.set_roles, {"roles": []}),
        (services.deactivate_user, {}),
        (services.update_user, {"username": "mine"}),
    ]:
        assert "超级用户" in refused(call, user=chief, by=administrator, **arguments)


def test_nobody_takes_away_the_own_administrator_role(administrator):
    AdministratorFactory()
    assert "自己" in refused(services.set_roles, user=administrator, roles=[CLERK], by=administrator)
    assert "自己" in refused(services.deactivate_user, user=administrator, by=administrator)


def test_the_last_administrator_stays(administrator):
    only = administrator
    assert "最后一位系统管理员" in refused(services.set_roles, user=only, roles=[], by=None)
    assert "最后一位系统管理员" in refused(services.deactivate_user, user=only, by=None)
    second = AdministratorFactory()
    services.set_roles(user=only, roles=[OFFICE], by=second)
    assert User.objects.get(pk=only.pk).role_names == {"县政府办公室"}
    assert "最后一位系统管理员" in refused(services.deactivate_user, user=second, by=None)


def test_a_stopped_administrator_is_no_other_one(administrator):
    stopped = AdministratorFactory(is_active=False)
    assert "最后一位" in refused(services.set_roles, user=administrator, roles=[], by=None)
    second = services.reactivate_user(user=stopped, by=administrator)
    services.set_roles(user=administrator, roles=[], by=second)
    assert User.objects.get(pk=administrator.pk).role_names == frozenset()


def test_set_roles_leaves_foreign_groups_alone(administrator):
    from django.contrib.auth.models import Group

    user = UserFactory()
    user.groups.add(Group.objects.create(name="别的组"))
    services.set_roles(user=user, roles=[REVIEWER], by=administrator)
    assert User.objects.get(pk=user.pk).role_names == {"别的组", "审核人"}
    assert user.role_names == {"别的组", "审核人"}


def test_a_stopped_account_is_out_at_once(client, administrator):
    user = UserFactory()
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
    services.deactivate_user(user=user, by=administrator)
    assert client.get("/admin/").status_code == 302


def test_a_new_password_ends_other_sessions(client, administrator):
    user = UserFactory()
    client.force_login(user)
    services.reset_password(user=user, password="another-Good-one-7", by=administrator)
    # Django reads the ended session twice, once to see it and once to delete it; zeal takes that for a loop.
    with zeal_ignore():
        assert client.get("/admin/").status_code == 302


def test_passwords_stand_in_no_history(administrator):
    user = new_user(administrator)
    services.reset_password(user=user, password="another-Good-one-7", by=administrator)
    assert "password" not in {field.name for field in user.events.model._meta.get_fields()}


def test_nobody_adds_roles_to_the_own_account(administrator):
    AdministratorFactory()
    more = {"user": administrator, "roles": [ADMINISTRATOR, CLERK, REVIEWER], "by": administrator}
    assert "不能给自己增加角色" in refused(services.set_roles, **more)
    assert "不能给自己增加角色" in refused(services.update_user, **more)
    assert User.objects.get(pk=administrator.pk).role_names == {"系统管理员"}
    services.update_user(user=administrator, full_name="新名", roles=[ADMINISTRATOR], by=administrator)
    assert User.objects.get(pk=administrator.pk).full_name == "新名"
    chief = UserFactory(is_superuser=True, roles=[])
    assert services.set_roles(user=chief, roles=[CLERK], by=chief).role_names == {"经办人"}
