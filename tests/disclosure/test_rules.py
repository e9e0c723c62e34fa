"""Who may do what: a table over state and person (pretalx manner: every state, every person)."""

import pytest
from django.contrib.auth.models import AnonymousUser

from agencies.roles import DUTY
from disclosure import rules
from disclosure.states import Publication
from tests.factories import DocumentFactory, UserFactory

D, S, P, W = Publication.DRAFT, Publication.SUBMITTED, Publication.PUBLISHED, Publication.WITHDRAWN
N, X = Publication.SCHEDULED, Publication.OFFLINE
M, G, A = Publication.MERGED, Publication.PURGED, Publication.APPLIED
EVERYONE = (
    "clerk colleague reviewer both stranger foreign_reviewer office administrator superuser anonymous "
    "dismissed duty"
).split()
# rule → state → who may. The document belongs to 民政局, was drafted and submitted by `clerk`.
TABLE = {
    rules.can_view: dict.fromkeys(
        (D, S, N, P, W, X, M, G, A), "clerk colleague reviewer both office administrator superuser duty"
    ),
    rules.can_edit: {D: "clerk colleague both office"},
    rules.can_correct: {P: "clerk colleague both office"},
    rules.can_submit: {D: "clerk colleague both office"},
    rules.can_approve: {S: "reviewer both office"},
    rules.can_agree: {},
    rules.can_hold: {N: "clerk colleague reviewer both office"},
    rules.can_recall: {S: "clerk"},
    rules.can_send_back: {S: "reviewer both office"},
    rules.can_withdraw: {P: "reviewer both office", X: "office"},
    rules.can_take_offline: dict.fromkeys((P, W), "reviewer both office duty"),
    rules.can_restore: {X: "office"},
    rules.can_delete: {D: "clerk colleague both office"},
    rules.can_copy: dict.fromkeys((D, S, N, P, W, M), "clerk colleague both office"),
}


@pytest.fixture
def everyone(people):
    people.superuser = UserFactory(username="super", agency=people.minzheng, roles=[], is_superuser=True)
    people.anonymous = AnonymousUser()
    people.duty = UserFactory(username="zhiban", agency=people.minzheng, roles=[DUTY])
    people.dismissed = UserFactory(username="lizhi", agency=people.minzheng, is_active=False)
    return people


@pytest.fixture
def document(people):
    return DocumentFactory(agency=people.minzheng, created_by=people.clerk)


@pytest.mark.parametrize("state", list(Publication))
@pytest.mark.parametrize("rule", list(TABLE), ids=lambda rule: rule.__name__)
def test_rule_state_by_state(rule, state, everyone, document):
    document.status = state
    document.submitted_by = everyone.clerk if state != D else None
    allowed = {name for name in EVERYONE if rule(getattr(everyone, name), document)}
    assert allowed == set(TABLE[rule].get(state, "").split())


def test_nobody_approves_what_he_drafted_or_submitted(people, document):
    document.status = S
    document.created_by, document.submitted_by = people.both, people.clerk
    assert not rules.can_approve(people.both, document)
    document.created_by, document.submitted_by = people.clerk, people.both
    assert not rules.can_approve(people.both, document)
    document.created_by = document.submitted_by = people.office
    assert not rules.can_approve(people.office, document)
    assert rules.can_approve(people.reviewer, document)


def test_a_draft_that_once_was_public_is_not_deleted(people):
    document = DocumentFactory(agency=people.minzheng, published=True)
    document.status = D
    assert not rules.can_delete(people.clerk, document)


def test_creating_is_for_the_own_subtree(people):
    assert rules.can_create(people.clerk, people.minzheng)
    assert not rules.can_create(people.clerk, people.nongye)
    assert not rules.can_create(people.reviewer, people.minzheng)
    assert not rules.can_create(people.administrator, people.minzheng)
    assert rules.can_create(people.office, people.nongye)


def test_scope_of_a_sibling_with_a_longer_code_is_not_mine(people):
    from tests.factories import AgencyFactory

    other = AgencyFactory(code="minzheng-2", path="county/minzheng-2/")
    assert not rules.covers(people.clerk, other)
    below = AgencyFactory(code="minzheng-fulibu", parent=people.minzheng)
    assert rules.covers(people.clerk, below)


def test_every_move_has_its_rule_and_roles():
    from disclosure.states import MOVES

    assert rules.OF_MOVE.keys() == rules.ROLES_OF_MOVE.keys() == MOVES.keys()
