"""What belongs to a thing that is purged, found by the models' own relations: a part that somebody adds later
(whatever hangs on a document, or names it by kind and id) is found without a word here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from disclosure.models import Publishable, Purge


@dataclass
class Parts:
    """What hangs on the things: rows by model, how history finds their events, and all their ids (`ids`, rows
    that are gone among them). `beside`: ids of rows that point to the things and stay for their own sake.
    `gone`: ids of things that were deleted as drafts and said the same: history alone knows them."""

    rows: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    owners: dict[type[models.Model], list[Q]] = field(default_factory=dict)
    ids: dict[type[models.Model], set[int]] = field(default_factory=dict)
    beside: dict[type[models.Model], set[int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def take(self, part: type[models.Model], which: Q) -> set[int]:
        """Add what `which` finds; returns the ids, those that only history knows among them."""
        known = {row.pk for row in self.rows.get(part, [])}
        rows = [row for row in part._default_manager.filter(which).order_by("pk") if row.pk not in known]
        self.rows.setdefault(part, []).extend(rows)
        self.owners.setdefault(part, []).append(which)
        pks = {row.pk for row in rows} | _once(part, which)
        self.ids.setdefault(part, set()).update(pks)
        return pks

    def rows_beside(self) -> list[Any]:
        """The rows of `beside`."""
        return [row for part, pks in self.beside.items() for row in part._default_manager.filter(pk__in=pks)]


def parts_of(things: Sequence[Publishable]) -> Parts:
    """Everything that goes with the things (CASCADE, or by kind and id), and what hangs on that in turn."""
    found = Parts()
    model, pks = type(things[0]), {one.pk for one in things}
    found.gone = _gone(model, pks)
    pks |= found.gone
    level: list[tuple[type[models.Model], set[int]]] = [(model, pks)]
    for part, which in _of_thing(model, pks):
        level.append((part, found.take(part, which)))
    for part, column in hanging_on(model, models.PROTECT, models.SET_NULL):
        found.beside.setdefault(part, set()).update(_pointing(part, column, pks))
    for part, _column in hanging_on(model, models.SET_NULL):
        level.append((part, found.beside[part]))
    while level:
        following: list[tuple[type[models.Model], set[int]]] = []
        for owner, ids in level:
            # What leans on a part goes with it; what leans on the thing itself may stand for its own sake.
            how = (models.CASCADE,) if owner is model else (models.CASCADE, models.PROTECT)
            for part, column in hanging_on(owner, *how):
                if ids and (known := found.take(part, Q(**{f"{column}__in": ids}))):
                    following.append((part, known))
        level = following
    for part, which in _of_same_files(found):
        found.take(part, which)
    return found


def hanging_on(model: type[models.Model], *how: Any) -> Iterator[tuple[type[models.Model], str]]:
    """Models that point to `model` and do so on its deletion, with the column that points."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        part = relation.related_model
        automatic = bool(part._meta.auto_created) or hasattr(part, "pgh_id")
        if not automatic and part is not model and relation.on_delete in how:
            yield part, relation.field.attname


def _of_thing(model: type[models.Model], pks: set[int]) -> Iterator[tuple[type[models.Model], Q]]:
    """Models that name a thing by its kind and id: steps done elsewhere, certificates, autosaves."""
    kind = ContentType.objects.get_for_model(model)
    for part in _ours():
        names = {one.name for one in part._meta.concrete_fields}
        if {"content_type", "object_id"} <= names:
            yield part, Q(content_type=kind, object_id__in=pks)
        elif {"kind", "object_id", "user"} <= names:
            yield part, Q(kind__iendswith=model._meta.model_name, object_id__in=pks)


def _of_same_files(parts: Parts) -> Iterator[tuple[type[models.Model], Q]]:
    """What was read out of the same files, replaced ones too, and uploads of the same content that wait
    elsewhere: mere derivations, without history. The same file in another paper's record is that one's."""
    shas = {getattr(row, "sha256", "") for rows in parts.rows.values() for row in rows}
    for part, pks in parts.ids.items():
        events = event_model(part)
        if events is not None and "sha256" in {one.name for one in events._meta.concrete_fields}:
            shas |= set(events._default_manager.filter(pgh_obj_id__in=pks).values_list("sha256", flat=True))
    for part in _ours():
        names = {one.name for one in part._meta.concrete_fields}
        if shas - {""} and "sha256" in names and event_model(part) is None:
            yield part, Q(sha256__in=shas - {""})


def _ours() -> list[type[models.Model]]:
    """The models of the rooms, histories left out."""
    found = [apps.get_app_config(room).get_models() for room in ("disclosure", "interpretation")]
    return [one for some in found for one in some if not hasattr(one, "pgh_id") and one not in _RECORD]


#: What a purge itself writes.
_RECORD = (Purge,)


def _gone(model: type[models.Model], pks: set[int]) -> set[int]:
    """Drafts that were copied from the things, or made of the same row of a batch or the same registration,
    and deleted since: history alone knows them."""
    events = event_model(model)
    gone: set[int] = set()
    waiting = set(pks) if events else set()
    while waiting:
        keys = [str(pk) for pk in waiting]
        copied = events._default_manager.filter(pgh_label="insert", pgh_context__metadata__origin__in=keys)
        ids = set(copied.values_list("pgh_obj_id", flat=True))
        for part, column in hanging_on(model, models.SET_NULL):
            if same := event_model(part):
                rows = same._default_manager.filter(pgh_obj_id__in=_pointing(part, column, waiting))
                ids |= set(rows.values_list(column, flat=True)) - {None}
        ids -= set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
        waiting = ids - gone
        gone |= ids
    return gone


def _pointing(part: type[models.Model], column: str, pks: set[int]) -> set[int]:
    """Ids of rows whose column names one of the things, now or at some time."""
    which = Q(**{f"{column}__in": pks})
    now = part._default_manager.filter(which).values_list("pk", flat=True)
    return set(now) | _once(part, which)


def _once(part: type[models.Model], which: Q) -> set[int]:
    """Ids of rows that history knows by `which`; not of those that belong to something else by now."""
    ids = _ids_in_history(part, which)
    elsewhere = part._default_manager.filter(pk__in=ids).exclude(which)
    for told in which.children:
        name = told[0] if isinstance(told, tuple) else ""
        if name.endswith("__in"):  # what points nowhere now was left behind
            elsewhere = elsewhere.filter(**{f"{name.removesuffix('__in')}__isnull": False})
    return ids - set(elsewhere.values_list("pk", flat=True))


def event_model(model: type[models.Model]) -> Any:
    """The history table of a model, or None."""
    for one in apps.get_models():
        names = {column.name for column in one._meta.concrete_fields}
        if {"pgh_id", "pgh_obj"} <= names and tracked(one) is model:
            return one
    return None


def tracked(event: Any) -> Any:
    """The model whose history a table of events is."""
    return event._meta.get_field("pgh_obj").related_model


def _ids_in_history(model: type[models.Model], which: Q) -> set[int]:
    events = event_model(model)
    if events is None:
        return set()
    rows = events._default_manager.filter(which)
    return set(rows.values_list("pgh_obj_id", flat=True))
