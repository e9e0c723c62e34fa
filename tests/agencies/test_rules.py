"""Who may do what, in one table: each row a person, each column a predicate."""

import pytest
from django.contrib.auth.models import AnonymousUser

from agencies import rules
from agencies.models import Agency
from agencies.roles import ADMINISTRATOR, CLERK, OFFICE, REVIEWER
from tests.factories import AgencyFactory, UserFactory

pytestmark = pytest.mark.django_db

# person: (manage users, shape tree, change agency, see own, see another department)
TABLE = {
    "anonymous": (False, False, False, False, False),
    "no role": (False, False, False, True, False),
    "clerk": (False, False, False, True, False),
    "reviewer": (False, False, False, True, False),
    "office": (False, False, True, True, True),
    "administrator": (True, True, True, True, True),
    "superuser": (True, True, True, True, True),
    "stopped administrator": (False, False, False, False, False),
    "administrator without staff flag": (False, False, False, False, False),
}


def person(name, agency):
    roles = {
        "no role": [],
        "clerk": [CLERK],
        "reviewer": [REVIEWER],
        "office": [OFFICE],
        "administrator": [ADMINISTRATOR],
        "superuser": [],
        "stopped administrator": [ADMINISTRATOR],
        "administrator without staff flag": [ADMINISTRATOR],
    }
    if name == "anonymous":
        return AnonymousUser()
    return UserFactory(
        agency=agency,
        roles=roles[name],
        is_superuser=name == "superuser",
        is_active=name != "stopped administrator",
        is_staff=name != "administrator without staff flag",
    )


@pytest.mark.parametrize(("name", "expected"), TABLE.items())
def test_table(name, expected):
    own, other = AgencyFactory(), AgencyFactory()
    user = person(name, own)
    got = (
        rules.may_manage_users(user),
        rules.may_shape_tree(user),
        rules.may_change_agency(user, other),
        rules.may_view_agency(user, own),
        rules.may_view_agency(user, other),
    )
    assert got == expected


@pytest.mark.parametrize("name", TABLE)
def test_the_predicate_and_the_queryset_agree_on_scope(name):
    own = AgencyFactory()
    AgencyFactory(parent=own)
    AgencyFactory()
    user = person(name, own)
    seen = set(Agency.objects.in_scope_of(user))
    assert seen == {agency for agency in Agency.objects.all() if rules.may_view_agency(user, agency)}


def test_a_code_that_begins_like_another_is_not_in_its_subtree():
    mine, alike = AgencyFactory(code="min"), AgencyFactory(code="minzheng")
    user = UserFactory(agency=mine)
    assert list(Agency.objects.in_scope_of(user)) == [mine]
    assert not rules.may_view_agency(user, alike)


def test_only_superusers_touch_superusers():
    chief = UserFactory(is_superuser=True, roles=[])
    administrator = UserFactory(roles=[ADMINISTRATOR])
    assert not rules.may_manage_user(administrator, chief)
    assert rules.may_manage_user(administrator, administrator)
    assert rules.may_manage_user(chief, chief)
