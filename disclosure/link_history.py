"""What a thing was linked with, and when that changed: read from the events of its join tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import ManyToManyField, Model

from agencies.models import User
from disclosure.link_events import CAME
from disclosure.models import Document


@dataclass(frozen=True)
class LinkChange:
    """Links of one kind (领域, 目录事项, 解读的文件) that came and went in one transaction."""

    at: datetime
    label: str
    came: tuple[str, ...]
    gone: tuple[str, ...]
    context: dict[str, Any]
    #: The newest event of the change, for the order among others.
    event_id: int


#: What is said of something linked that the reader may not know of, or that is gone.
_UNKNOWN = "（不在您的管理范围内）"


def changes_of(thing: Any, *, user: User, most: int) -> list[LinkChange]:
    """The newest changes of all links of `thing`, newest first; at most `most` events of a kind are read.
    Documents that `user` may not know of are not named."""
    found = [change for field in _tracked(type(thing)) for change in _changes(thing, field, user, most)]
    return sorted(found, key=lambda change: (change.at, change.event_id), reverse=True)


def links_now(thing: Any, *, user: User) -> dict[str, list[str]]:
    """Kind of link -> names, as they stand."""
    fields = _tracked(type(thing))
    return {str(field.verbose_name): _names(field, _present(thing, field), user) for field in fields}


def links_at(thing: Any, moment: datetime, *, user: User) -> dict[str, list[str]]:
    """Kind of link -> names, as they stood at `moment`: what stands now, one event after another undone.

    So links that were made before their history began count as well.
    """
    found = {}
    for field in _tracked(type(thing)):
        keys = _present(thing, field)
        later = _events(thing, field).filter(pgh_created_at__gt=moment).order_by("-pgh_id")
        for label, key in later.values_list("pgh_label", _target(field)):
            if label in CAME:
                keys.discard(key)
            else:
                keys.add(key)
        found[str(field.verbose_name)] = _names(field, keys, user)
    return found


def _tracked(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.many_to_many if _event_model(field) is not None]


def _event_model(field: Any) -> Any:
    """The event model of a join table, which is that of its tracked proxy."""
    through = field.remote_field.through
    for model in apps.get_app_config(through._meta.app_label).get_models():
        tracked = getattr(model, "pgh_tracked_model", None)
        if tracked is not None and tracked._meta.concrete_model is through:
            return model
    return None


def _events(thing: Any, field: ManyToManyField[Any, Any]) -> Any:
    owner = field.m2m_field_name()
    return _event_model(field)._default_manager.filter(**{owner: thing.pk})


def _target(field: Any) -> str:
    return f"{field.m2m_reverse_field_name()}_id"


def _present(thing: Any, field: Any) -> set[int]:
    # Not through the thing's own relation, of which the admin prefetches a part.
    rows = field.remote_field.through._default_manager.filter(**{field.m2m_field_name(): thing.pk})
    return set(rows.values_list(_target(field), flat=True))


def _names(field: Any, keys: set[int], user: User) -> list[str]:
    named = _named(field, keys, user)
    return [named.get(key, _UNKNOWN) for key in sorted(keys)]


def _named(field: Any, keys: set[int], user: User) -> dict[int, str]:
    rows = field.related_model._default_manager.all()
    if field.related_model is Document:
        rows = Document.objects.linkable_by(user)
    return {row.pk: str(row) for row in rows.filter(pk__in=keys)}


def _changes(thing: Any, field: Any, user: User, most: int) -> list[LinkChange]:
    events = list(
        _events(thing, field)
        .order_by("-pgh_id")
        .values_list("pgh_id", "pgh_created_at", "pgh_label", "pgh_context__metadata", _target(field))[:most]
    )
    names = _named(field, {key for *_, key in events}, user)
    grouped: dict[datetime, list[Any]] = {}
    for event in events:
        grouped.setdefault(event[1], []).append(event)
    found = []
    for at, members in grouped.items():
        came = [names.get(key, _UNKNOWN) for _, _, label, _, key in reversed(members) if label in CAME]
        gone = [names.get(key, _UNKNOWN) for _, _, label, _, key in reversed(members) if label not in CAME]
        if came or gone:
            label, context = str(field.verbose_name), members[0][3] or {}
            found.append(LinkChange(at, label, tuple(came), tuple(gone), context, members[0][0]))
    return found
