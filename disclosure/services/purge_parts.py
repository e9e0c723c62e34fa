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

from disclosure.models import AttachedFile, Publishable, Purge


@dataclass
class Parts:
    """What hangs on the things: rows by model, and how history finds their events (gone ones too)."""

    rows: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    owners: dict[type[models.Model], list[Q]] = field(default_factory=dict)

    def take(self, part: type[models.Model], which: Q) -> set[int]:
        """Add what `which` finds; returns the ids, those that only history knows among them."""
        known = {row.pk for row in self.rows.get(part, [])}
        rows = [row for row in part._default_manager.filter(which).order_by("pk") if row.pk not in known]
        self.rows.setdefault(part, []).extend(rows)
        self.owners.setdefault(part, []).append(which)
        return {row.pk for row in rows} | _ids_in_history(part, which)


def parts_of(things: Sequence[Publishable]) -> Parts:
    """Everything that goes with the things (CASCADE, or by kind and id), and what hangs on that in turn."""
    found = Parts()
    model, pks = type(things[0]), {one.pk for one in things}
    if events := event_model(model):
        pks |= deleted_copies(events, pks)
    level: list[tuple[type[models.Model], set[int]]] = [(model, pks)]
    for part, which in _of_thing(model, level[0][1]):
        level.append((part, found.take(part, which)))
    for part, column in hanging_on(model, models.SET_NULL):
        rows = part._default_manager.filter(**{f"{column}__in": level[0][1]})
        level.append((part, set(rows.values_list("pk", flat=True))))
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
    """What was read out of the same files, and uploads of the same content that wait elsewhere."""
    shas = {getattr(row, "sha256", "") for rows in parts.rows.values() for row in rows} - {""}
    for part in _ours():
        names = {one.name for one in part._meta.concrete_fields}
        if shas and "sha256" in names and not issubclass(part, AttachedFile):
            yield part, Q(sha256__in=shas)


def _ours() -> list[type[models.Model]]:
    """The models of the rooms, histories left out."""
    found = [apps.get_app_config(room).get_models() for room in ("disclosure", "interpretation")]
    return [one for some in found for one in some if not hasattr(one, "pgh_id") and one not in _RECORD]


#: What a purge itself writes.
_RECORD = (Purge,)


def deleted_copies(events: Any, pks: set[int]) -> set[int]:
    """Drafts that were copied from the things and deleted since: history alone knows them."""
    copied = events._default_manager.filter(
        pgh_label="insert", pgh_context__metadata__origin__in=[str(pk) for pk in pks]
    )
    ids = set(copied.values_list("pgh_obj_id", flat=True))
    return ids - set(tracked(events)._default_manager.filter(pk__in=ids).values_list("pk", flat=True))


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
