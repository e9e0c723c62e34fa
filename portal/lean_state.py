"""A migration that adds a field, an index, a constraint or a trigger renders no historical model anew.

Django renders a model and all that are related to it anew after each such operation, and we have some nine
hundred: most of the time that a new database took to make. Indexes, constraints and triggers bring what they
add with them; a field is added to the model that is there, as Django does when it reads a class. That only on
the way forwards: on the way back Django keeps the models of every step, and they must not share their fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.state import ProjectState
from django.db.models import Field
from pgtrigger.migrations import AddTrigger, RemoveTrigger

#: What changes a list among a model's options, and which argument holds the state.
_OF_OPTIONS: tuple[tuple[type[Any], str, int], ...] = (
    (ProjectState, "_append_option", 0),
    (ProjectState, "_remove_option", 0),
    (ProjectState, "_alter_option", 0),
    (AddTrigger, "state_forwards", 2),
    (RemoveTrigger, "state_forwards", 2),
)
#: What Django itself reads from a model that it renders: names that a changed field must spare.
_READ = ("indexes", "constraints")


def _lean(change: Callable[..., None], place: int) -> Callable[..., None]:
    def changed(*args: Any) -> None:
        state = args[place]
        rendered = state.__dict__.pop("apps", None)
        try:
            change(*args)
        finally:
            if rendered is not None:
                state.__dict__["apps"] = rendered
        if rendered is not None:
            # A method of the state is told label and name; an operation knows its model by itself.
            name = args[0].model_name if place else args[2]
            _carry(state, args[1], name.lower())

    return changed


def _carry(state: ProjectState, label: str, name: str) -> None:
    """The lists of names stand in the rendered model too."""
    options = state.models[label, name].options
    meta = state.apps.get_model(label, name)._meta
    for key in _READ:
        setattr(meta, key, list(options.get(key, ())))


def _adding(add: Callable[..., None]) -> Callable[..., None]:
    def added(
        state: ProjectState, label: str, model: str, name: str, field: Field[Any, Any], default: bool
    ) -> None:
        rendered = state.__dict__.pop("apps", None)
        try:
            add(state, label, model, name, field, default)
        finally:
            if rendered is not None:
                state.__dict__["apps"] = rendered
        if rendered is None:
            return
        if field.many_to_many:
            # Its table between is a model of its own: Django's own way.
            state.reload_model(label, model)
            return
        state.models[label, model].fields[name].clone().contribute_to_class(
            rendered.get_model(label, model), name
        )
        rendered.clear_cache()

    return added


@contextmanager
def fields_in_place() -> Iterator[None]:
    """Within, a field is added to the rendered model itself; earlier copies of the state see it too."""
    before = ProjectState.add_field
    ProjectState.add_field = _adding(before)  # type: ignore[method-assign]
    try:
        yield
    finally:
        ProjectState.add_field = before  # type: ignore[method-assign]


def _forwards(apply: Callable[..., ProjectState]) -> Callable[..., ProjectState]:
    def applied(*args: Any, **options: Any) -> ProjectState:
        with fields_in_place():
            return apply(*args, **options)

    return applied


@contextmanager
def lean_state() -> Iterator[None]:
    """Within, operations on indexes, constraints and triggers render no model anew, nor does a new field."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _OF_OPTIONS]
    before.append((Migration, "apply", Migration.apply))
    for owner, name, place in _OF_OPTIONS:
        setattr(owner, name, _lean(getattr(owner, name), place))
    Migration.apply = _forwards(Migration.apply)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)
