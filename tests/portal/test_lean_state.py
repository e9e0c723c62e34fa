"""Migrations render historical models anew only where a field itself changes (`portal.lean_state`)."""

import pytest
from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, AlterField, CreateModel, RemoveIndex
from django.db.migrations.state import ProjectState
from pgtrigger.compiler import Trigger, UpsertTriggerSql
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from portal.lean_state import fields_in_place, lean_state

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


def test_a_field_is_added_to_the_model_that_is_there(state):
    paper = state.apps.get_model("room", "paper")
    with fields_in_place():
        AddField("paper", "day", models.DateField(null=True)).state_forwards("room", state)
    assert state.apps.get_model("room", "paper") is paper
    assert [field.name for field in paper._meta.concrete_fields] == ["id", "name", "day"]


def test_a_relation_is_known_at_both_its_ends(state):
    paper = state.apps.get_model("room", "paper")
    with fields_in_place():
        # A model that came later than the one that points to it.
        CreateModel("Box", [("id", models.AutoField(primary_key=True))]).state_forwards("room", state)
        key = models.ForeignKey("room.Box", models.CASCADE, null=True, related_name="papers")
        AddField("paper", "box", key).state_forwards("room", state)
    box = state.apps.get_model("room", "box")
    assert state.apps.get_model("room", "paper") is paper
    assert paper._meta.get_field("box").related_model is box
    assert [relation.related_model for relation in box._meta.related_objects] == [paper]
    assert str(box(id=7).papers.all().query).endswith("= 7")


def test_a_table_between_is_rendered(state):
    with fields_in_place():
        AddField("paper", "others", models.ManyToManyField("room.Paper")).state_forwards("room", state)
    assert state.apps.get_model("room", "paper_others")


def test_a_field_added_without_its_default_keeps_none(state):
    with fields_in_place():
        field = models.TextField(default="暂缺")
        AddField("paper", "note", field, preserve_default=False).state_forwards("room", state)
    assert not state.apps.get_model("room", "paper")._meta.get_field("note").has_default()


def test_only_the_way_forwards_adds_fields_in_place(state):
    # On the way back the model of an earlier step must not know a column that is gone.
    earlier = state.clone()
    with lean_state():
        AddField("paper", "day", models.DateField(null=True)).state_forwards("room", state)
    assert [field.name for field in earlier.apps.get_model("room", "paper")._meta.fields] == ["id", "name"]


def test_a_changed_field_renders_its_model_anew(state):
    before = state.apps.get_model("room", "paper")
    with lean_state():
        AlterField("paper", "name", models.CharField(max_length=20)).state_forwards("room", state)
    after = state.apps.get_model("room", "paper")
    assert after is not before
    assert after._meta.get_field("name").max_length == 20


def test_outside_django_does_as_ever(state):
    with lean_state():
        pass
    before = state.apps.get_model("room", "paper")
    AddIndex("paper", INDEX).state_forwards("room", state)
    assert state.apps.get_model("room", "paper") is not before
