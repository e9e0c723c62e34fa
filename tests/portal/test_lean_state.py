"""Migrations render historical models anew only where fields change (`portal.lean_state`)."""

import pytest
from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, RemoveIndex
from django.db.migrations.state import ProjectState
from pgtrigger.compiler import Trigger, UpsertTriggerSql
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from portal.lean_state import lean_state

INDEX = models.Index(fields=["name"], name="paper_name")
CONSTRAINT = models.CheckConstraint(condition=~models.Q(name=""), name="paper_has_a_name")
TRIGGER = Trigger(
    name="guard",
    sql=UpsertTriggerSql(
        func="RETURN NEW;",
        hash="1",
        operation="UPDATE",
        pgid="pgtrigger_guard_1",
        table="room_paper",
        when="BEFORE",
    ),
)
OPERATIONS = [
    AddIndex("paper", INDEX),
    AddConstraint("paper", CONSTRAINT),
    AddTrigger("paper", TRIGGER),
    RemoveTrigger("paper", "guard"),
    RemoveIndex("paper", "paper_name"),
]


@pytest.fixture
def state():
    """A paper, rendered."""
    found = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]
    CreateModel("Paper", fields).state_forwards("room", found)
    assert found.apps.get_model("room", "paper")
    return found


def test_indexes_constraints_and_triggers_render_nothing(state):
    rendered = state.apps.get_model("room", "paper")
    with lean_state():
        for operation in OPERATIONS:
            operation.state_forwards("room", state)
            assert state.apps.get_model("room", "paper") is rendered
    options = state.models["room", "paper"].options
    assert (options["indexes"], options["constraints"]) == ([], [CONSTRAINT])


def test_what_django_reads_of_a_model_is_carried_along(state):
    with lean_state():
        AddIndex("paper", INDEX).state_forwards("room", state)
        AddConstraint("paper", CONSTRAINT).state_forwards("room", state)
    meta = state.apps.get_model("room", "paper")._meta
    assert [index.name for index in meta.indexes] == ["paper_name"]
    assert [constraint.name for constraint in meta.constraints] == ["paper_has_a_name"]


def test_a_field_renders_its_model_anew(state):
    before = state.apps.get_model("room", "paper")
    with lean_state():
        AddField("paper", "day", models.DateField(null=True)).state_forwards("room", state)
    after = state.apps.get_model("room", "paper")
    assert after is not before
    assert after._meta.get_field("day")


def test_outside_django_does_as_ever(state):
    with lean_state():
        pass
    before = state.apps.get_model("room", "paper")
    AddIndex("paper", INDEX).state_forwards("room", state)
    assert state.apps.get_model("room", "paper") is not before
