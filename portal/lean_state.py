"""A migration that adds an index, a constraint or a trigger leaves the historical models as they are.

Django renders a model and all that are related to it anew after each such operation, and we have some five
hundred: most of the time that a new database took to make. Nothing that a migration does needs it: these
operations bring what they add with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState
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


@contextmanager
def lean_state() -> Iterator[None]:
    """Within, operations on indexes, constraints and triggers render no model anew."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _OF_OPTIONS]
    for owner, name, place in _OF_OPTIONS:
        setattr(owner, name, _lean(getattr(owner, name), place))
    try:
        yield
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)
