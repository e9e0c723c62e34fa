"""Catalogs that follow a template of the county (村（居）务公开基本目录, 乡镇的目录), kept in step with it.

A derived item that still says what the template said goes with it; one that was altered keeps its text,
and the difference stays visible (`catalog.inheritance`). A follower drops an item by retiring it. Whom to
call and the stage are the follower's own business: copied once, they never count as an alteration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.drafts import Draft, comparable
from catalog.models import CatalogInheritance, Field, Item
from catalog.services.errors import NotAllowed
from catalog.services.records import VERSION_FIELDS, WRITTEN_FIELDS, draft_of, fill, stamp, write_bases
from catalog.services.subjects import link_agencies, subject_index

#: The reason of a version that retired a derived item because its template was: it comes back with it, while
#: one that the follower dropped stays dropped.
RETIRED_WITH_TEMPLATE = "随县级模板停用"
_BATCH = 1000
_WRITTEN = list(dict.fromkeys([*WRITTEN_FIELDS, *VERSION_FIELDS, "retired_on"]))
_OFFICE_ONLY = "沿用哪份县级模板由县政府办公室设定。"


def follow_template(
    *, agency: Agency, field: Field, source: Agency, by: User, now: datetime | None = None
) -> CatalogInheritance:
    """Let one agency's catalog of a field follow another's: `follow_templates`."""
    return follow_templates(agencies=[agency], field=field, source=source, by=by, now=now)[0]


@transaction.atomic
def follow_templates(
    *, agencies: Iterable[Agency], field: Field, source: Agency, by: User, now: datetime | None = None
) -> list[CatalogInheritance]:
    """Let the agencies' catalogs of a field follow another's, all or none: its items in force are taken over,
    with codes of their own. Items that an agency has already under the same names are tied to their template
    and keep their text; what it had dropped when it followed before stays dropped.

    Raises NotAllowed without permission, for a template that is empty or follows one itself.
    """
    now = now or timezone.now()
    if not rules.can_set_inheritance(by):
        raise NotAllowed(_OFFICE_ONLY)
    locked = Field.objects.select_for_update().get(pk=field.pk)
    chosen = list(agencies)
    for agency in chosen:
        _check_following(agency, locked, source)
    templates = list(_items(source, locked).in_force().order_by("position", "pk"))
    if not templates:
        raise NotAllowed(f"「{source.name}」的「{locked.name}」还没有在用的事项，不能作为模板。")
    followers: list[CatalogInheritance] = []
    with pghistory.context(action="follow_template", source=source.code):
        writer = _Writer(by, now)
        for agency in chosen:
            row = CatalogInheritance(
                agency=agency, field=locked, source=source, since=timezone.localdate(now)
            )
            row.save(force_insert=True)
            followers.append(row)
            for template in _tie(templates, agency, locked):
                writer.create(template, row)
        writer.write()
    return followers


@transaction.atomic
def stop_following(*, inheritance: CatalogInheritance, by: User) -> None:
    """Stop following: the items stay as they are and are the agency's own from now on. Raises NotAllowed."""
    if not rules.can_stop_inheritance(by):
        raise NotAllowed(_OFFICE_ONLY)
    with pghistory.context(action="stop_following"):
        CatalogInheritance.objects.select_for_update().get(pk=inheritance.pk).delete()


def propagate(items: Iterable[Item], *, by: User | None, now: datetime | None = None) -> int:
    """Carry what was just written into items on to the catalogs that follow them, within the transaction and
    the history entry of the writer. Called once after every write of items (new, changed, retired, moved).
    Returns the number of derived items written.
    """
    now = now or timezone.now()
    written = list(items)
    catalogs = {(item.agency_id, item.field_id) for item in written}
    followers: dict[tuple[int, int], list[CatalogInheritance]] = defaultdict(list)
    rows = CatalogInheritance.objects.filter(
        source__in={agency for agency, _field in catalogs}, field__in={pk for _agency, pk in catalogs}
    )
    for row in rows.select_related("agency", "source"):
        followers[row.source_id, row.field_id].append(row)
    templates = [item for item in written if (item.agency_id, item.field_id) in followers]
    if not templates:
        return 0
    _lock_fields(templates)
    writer = _Writer(by, now)
    for start in range(0, len(templates), _BATCH):
        _propagate(templates[start : start + _BATCH], followers, writer)
    written_items = writer.write()
    _stand_as_in_template({row.pk for rows in followers.values() for row in rows})
    return written_items


def _lock_fields(templates: Iterable[Item]) -> None:
    """Codes are given out under the lock of the field; what the writer's own objects hold may be older."""
    fields = {item.field_id for item in templates}
    fresh = {field.pk: field for field in Field.objects.select_for_update().filter(pk__in=fields)}
    for item in templates:
        item.field = fresh[item.field_id]


def _propagate(
    templates: Sequence[Item], followers: dict[tuple[int, int], list[CatalogInheritance]], writer: _Writer
) -> None:
    pks = [template.pk for template in templates]
    derived: dict[tuple[int, int], Item] = {}
    found = Item.objects.select_for_update(of=("self",)).filter(template__in=pks)
    # One in force counts before one that was retired.
    for item in found.order_by("retired_on", "pk"):
        derived.setdefault((item.template_id, item.agency_id), item)
    before = _previous(templates)
    for template in templates:
        for row in followers[template.agency_id, template.field_id]:
            item = derived.get((template.pk, row.agency_id))
            if item is None:
                if template.retired_on is None:
                    writer.create(template, row)
                continue
            item.field = template.field
            _carry(template, before.get(template.pk), item, writer)


def _stand_as_in_template(inheritances: set[int]) -> None:
    """Derived items stand where the template has them; a move is no version. One statement."""
    rows = CatalogInheritance.objects.filter(
        pk__in=inheritances, agency=OuterRef("agency"), field=OuterRef("field")
    )
    template = Item.objects.filter(pk=OuterRef("template")).values("position")
    derived = Item.objects.in_force().filter(Exists(rows), template__isnull=False)
    derived.exclude(position=F("template__position")).update(position=Subquery(template))


def _carry(template: Item, before: Item | None, item: Item, writer: _Writer) -> None:
    """One derived item after its template was written."""
    follows = _same(item, template) or (before is not None and _same(item, before))
    if item.retired_on is not None:
        # Retired with its template, not dropped: it comes back with it.
        if template.retired_on is None and item.change_reason == RETIRED_WITH_TEMPLATE:
            writer.change(template, item)
    elif template.retired_on is not None:
        if follows:
            writer.retire(template, item)
    elif follows and not _same(item, template):
        writer.change(template, item)


def _same(one: Item, other: Item) -> bool:
    return {**comparable(draft_of(one)), "telephone": ""} == {**comparable(draft_of(other)), "telephone": ""}


def _previous(templates: Sequence[Item]) -> dict[int, Item]:
    """Each template as it stood in its version before the present one, out of the history."""
    version = {template.pk: template.version for template in templates}
    fields = {template.field_id: template.field for template in templates}
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    found: dict[int, Item] = {}
    # An item bears few versions; the last row of each older one is the state that was taken over.
    for event in events.filter(pgh_obj_id__in=version).order_by("pgh_obj_id", "-pgh_id").iterator(_BATCH):
        if event.pgh_obj_id not in found and event.version < version[event.pgh_obj_id]:
            event.field = fields[event.field_id]
            found[event.pgh_obj_id] = event
    return found


@transaction.atomic
def drop_item(*, item: Item, by: User, reason: str = "", now: datetime | None = None) -> Item:
    """Leave an item of the template out (本地未涉及): the derived one is retired and stays so, whatever
    becomes of the template. Raises NotAllowed outside `by`'s scope or permission, or where the item follows
    no template."""
    fresh = _locked(item)
    if fresh.template_id is None:
        raise NotAllowed("这一事项不是沿用来的，不用的话请直接停用。")
    if not rules.can_retire_item(by, fresh):
        raise NotAllowed("您没有停用这一事项的权限，或它已经停用。请提交调整申请，由县政府办公室批准。")
    today = timezone.localdate(now) if now else timezone.localdate()
    fresh.retired_on = today
    with pghistory.context(action="drop_item"):
        stamp(fresh, by=by, reason=reason or "本单位未涉及", today=today)
        fresh.save(update_fields=["retired_on", "updated_at", *VERSION_FIELDS])
    return fresh


@transaction.atomic
def take_up_again(*, item: Item, by: User, now: datetime | None = None) -> Item:
    """Take an item of the template up again: a dropped one returns, an altered one says again what the
    template says. Raises NotAllowed outside `by`'s scope or permission, or where the template is retired."""
    fresh = _locked(item)
    template = fresh.template
    if template is None or template.retired_on is not None:
        raise NotAllowed("县级模板里已经没有这一事项，不能重新沿用。")
    if not rules.can_take_up_again(by, fresh):
        raise NotAllowed("您没有恢复这一事项的权限。请提交调整申请，由县政府办公室批准。")
    writer = _Writer(by, now or timezone.now())
    with pghistory.context(action="take_up_again"):
        template.field = fresh.field
        # From today: until now the catalog was shown without it, or with the agency's own words.
        writer.change(template, fresh, reason="重新沿用县级模板", on=timezone.localdate(now))
        writer.write()
    return fresh


class _Writer:
    """Gathers what becomes of derived items and writes it in a few statements."""

    def __init__(self, by: User | None, now: datetime) -> None:
        self._by, self._now = by, now
        self._today = timezone.localdate(now)
        self._created: list[Item] = []
        self._changed: list[Item] = []

    def create(self, template: Item, row: CatalogInheritance) -> None:
        """The template's item for a follower, with a code of its own."""
        template.field.last_item_number += 1
        item = Item(
            code=f"{template.field.slug}-{template.field.last_item_number:05d}",
            agency=row.agency,
            field=template.field,
            template=template,
            stage=template.stage,
        )
        fill(item, draft_of(template), position=template.position)
        stamp(item, by=self._by, reason=f"沿用{row.source.name}的模板", new=True, today=self._today)
        self._created.append(item)

    def change(self, template: Item, item: Item, *, reason: str = "", on: date | None = None) -> None:
        """The derived item says what the template says, and is in force: with the template, or from `on`."""
        stage, draft = item.stage, draft_of(template)
        draft.telephone = item.telephone or draft.telephone
        fill(item, draft, position=template.position)
        item.stage = stage or template.stage
        item.retired_on = None
        words = reason or f"县级模板调整：{template.change_reason}"
        self._stamp(item, words, on or template.in_force_from)
        self._changed.append(item)

    def retire(self, template: Item, item: Item) -> None:
        """The derived item goes with its template."""
        item.retired_on = template.retired_on
        self._stamp(item, RETIRED_WITH_TEMPLATE, template.in_force_from)
        self._changed.append(item)

    def _stamp(self, item: Item, reason: str, on: date | None) -> None:
        # In force with the template, but never before the item's own present version.
        days = [day for day in (on, item.in_force_from) if day]
        stamp(item, by=self._by, reason=reason, on=max(days, default=self._today), today=self._today)
        item.updated_at = self._now

    def write(self) -> int:
        """Write everything; returns how many items were created or changed."""
        Item.objects.bulk_create(self._created, batch_size=_BATCH)
        Item.objects.bulk_update(self._changed, _WRITTEN, batch_size=200)
        fields = {item.field_id: item.field for item in self._created}
        Field.objects.bulk_update(list(fields.values()), ["last_item_number"])
        both = [*self._created, *self._changed]
        if both:
            write_bases(both)
            link_agencies(both, subject_index())
        return len(both)


def _tie(templates: Sequence[Item], agency: Agency, field: Field) -> list[Item]:
    """Tie the agency's items to the templates whose names they bear; returns the templates left over."""
    own = list(_items(agency, field).order_by("retired_on", "position", "pk"))
    tied = {item.template_id for item in own if item.template_id}
    waiting: dict[Any, list[Item]] = defaultdict(list)
    for item in reversed(own):
        if item.template_id is None and item.retired_on is None:
            waiting[_names(item)].append(item)
    ties: list[Item] = []
    missing: list[Item] = []
    for template in templates:
        template.field = field
        if template.pk in tied:
            continue
        if same := waiting.get(_names(template)):
            item = same.pop()
            item.template = template
            ties.append(item)
        else:
            missing.append(template)
    Item.objects.bulk_update(ties, ["template"], batch_size=_BATCH)
    return missing


def _names(item: Item) -> tuple[str, ...]:
    return Draft(levels=list(item.levels)).level_key


def _items(agency: Agency, field: Field) -> Any:
    return Item.objects.filter(agency=agency, field=field)


def _check_following(agency: Agency, field: Field, source: Agency) -> None:
    of_field = CatalogInheritance.objects.filter(field=field)
    if agency.pk == source.pk:
        raise NotAllowed("目录不能沿用自己，请选择县级模板所属的单位。")
    if of_field.filter(agency=agency).exists():
        raise NotAllowed(f"「{agency.name}」的这份目录已经在沿用模板。要换模板，请先停止沿用。")
    if of_field.filter(agency=source).exists():
        raise NotAllowed(f"「{source.name}」自己也在沿用模板，请直接沿用那份模板。")
    if of_field.filter(source=agency).exists():
        raise NotAllowed(f"「{agency.name}」的这份目录是别的单位沿用的模板，它自己不能再沿用模板。")


def _locked(item: Item) -> Item:
    rows = Item.objects.select_for_update(of=("self",)).select_related("agency", "field", "template")
    fresh: Item = rows.get(pk=item.pk)
    return fresh
