"""An import: planned without writing anything, then applied in one transaction and as one history entry."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pghistory
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from catalog import rules
from catalog.drafts import Draft
from catalog.law_keys import LawIndex
from catalog.layouts import FileLayout
from catalog.models import CatalogImport, CatalogInheritance, Field, Item
from catalog.planning import Plan, PlannedItem, plan_import
from catalog.services.errors import CatalogMoved, NotAllowed
from catalog.services.inheritance import propagate
from catalog.services.laws import ensure_laws
from catalog.services.layouts import as_stored, keep_layouts
from catalog.services.records import (
    VERSION_FIELDS,
    WRITTEN_FIELDS,
    bases_of,
    fill,
    known_items,
    stamp,
    write_bases,
)
from catalog.services.subjects import link_agencies, remember_unresolved, subject_index, subject_texts
from catalog.subjects import SubjectIndex

_BATCH = 1000


@dataclass(slots=True)
class ImportPlan:
    """What an import would do. `seen` names the state of the catalog that it was compared with."""

    plans: list[Plan] = field(default_factory=list)
    seen: str = ""
    unresolved: dict[str, int] = field(default_factory=dict)  # 公开主体 that names no agency -> how often
    layouts: list[tuple[int, FileLayout]] = field(default_factory=list)  # with the id of the agency
    written: CatalogImport | None = None  # once it is imported

    def of(self, status: str) -> list[PlannedItem]:
        """All planned items of a status ("new", "changed", "unchanged")."""
        return [item for plan in self.plans for item in plan.of(status)]

    @property
    def moved(self) -> int:
        """How many items stand at another place among the others."""
        return sum(plan.moved for plan in self.plans)

    @property
    def counts(self) -> dict[str, int]:
        """The figures of the report."""
        return {
            "rows": sum(len(plan.items) for plan in self.plans),
            "created": len(self.of("new")),
            "changed": len(self.of("changed")),
            "unchanged": len(self.of("unchanged")),
            "missing": sum(len(plan.missing) for plan in self.plans),
        }


def plan_catalog(
    *,
    drafts: Sequence[Draft],
    agency: Agency,
    by: User | None,
    by_caption: bool = False,
    layouts: Sequence[FileLayout] = (),
) -> ImportPlan:
    """Compare drafts with the catalog they belong to; writes nothing.

    That is the catalog of `agency`; with `by_caption` a draft whose caption names another agency exactly
    belongs to that one's. All drafts must bear the slug of a known field. `by` is None for the command,
    which the operator of the machine runs. Raises NotAllowed when a catalog concerned lies outside `by`'s
    scope or permission: the preview, too, shows what stands in it.
    """
    owners = {one.name: one for one in Agency.objects.published()} if by_caption else {}
    groups: dict[tuple[int, str], list[Draft]] = defaultdict(list)
    concerned = {agency.pk: agency}
    for draft in drafts:
        owner = owners.get(draft.owner, agency)
        concerned[owner.pk] = owner
        groups[owner.pk, draft.field_slug].append(draft)
    if by is not None:
        for owner in concerned.values():
            if not rules.can_import(by, owner):
                raise NotAllowed(
                    f"「{owner.name}」不在您的管理范围内，您只能导入本单位（含下属单位）的目录。"
                )
    result = ImportPlan()
    result.layouts = [(owners.get(layout.owner, agency).pk, layout) for layout in layouts]
    for (agency_id, slug), group in groups.items():
        known = known_items(Item.objects.in_force().filter(agency_id=agency_id, field__slug=slug))
        result.plans.append(plan_import(agency_id, slug, known, group))
    result.seen = state_mark(groups)
    index = subject_index()
    for part in result.plans:
        for planned in part.items:
            if planned.status in {"new", "changed"}:
                index.resolve(subject_texts(planned.draft), holder=part.agency_id)
    result.unresolved = index.unresolved
    return result


def state_mark(groups: Iterable[tuple[int, str]]) -> str:
    """A mark of these catalogs (agency, slug of the field) as they stand; another one after every version."""
    digest = hashlib.sha256()
    for agency_id, slug in sorted(groups):
        digest.update(f"{agency_id}/{slug}\n".encode())
        items = Item.objects.in_force().filter(agency_id=agency_id, field__slug=slug).order_by("pk")
        for pk, updated_at in items.values_list("pk", "updated_at").iterator(_BATCH):
            digest.update(f"{pk}:{updated_at.isoformat()}\n".encode())
    return digest.hexdigest()


@transaction.atomic
def import_catalog(
    *,
    drafts: Sequence[Draft],
    agency: Agency,
    file_name: str,
    sha256: str,
    by: User | None,
    by_caption: bool = False,
    layouts: Sequence[FileLayout] = (),
    seen: str | None = None,
    retire: Sequence[int] = (),
    now: datetime | None = None,
) -> ImportPlan:
    """Write drafts into the catalog, all or nothing, as one entry of the history. Items missing from the
    file are kept, but for those whose ids stand in `retire`.

    Arguments and NotAllowed as for `plan_catalog`; NotAllowed too for who may only propose (动态调整 is
    approved by 县政府办公室). Raises CatalogMoved when `seen` (the mark of the preview) no longer holds, or
    an item to be retired is none of the missing ones.
    """
    now = now or timezone.now()
    fields = _lock_fields({draft.field_slug for draft in drafts})
    plan = plan_catalog(drafts=drafts, agency=agency, by=by, by_caption=by_caption, layouts=layouts)
    if by is not None and not rules.can_change_directly(by):
        raise NotAllowed("目录调整要经县政府办公室批准，请在预览页提交调整申请。")
    leaving = chosen_missing(plan, retire)
    if (seen is not None and seen != plan.seen) or leaving is None:
        raise CatalogMoved("预览以后目录有了变化，请核对新的预览，再确认导入。")
    version = _Version(f"导入《{file_name}》", by, now)
    with pghistory.context(action="import_catalog", file=file_name, sha256=sha256) as context:
        written = _write(plan, fields, version)
        written += _retire(leaving, version)
        propagate(written, by=by, now=now)
        keep_layouts(as_stored(plan.layouts, fields))
    plan.written = CatalogImport.objects.create(
        agency=agency,
        file_name=file_name[:255],
        sha256=sha256,
        counts={**plan.counts, "retired": len(leaving)},
        imported_by=by,
        imported_at=now,
        history_context=context.id,
    )
    return plan


def _lock_fields(slugs: set[str]) -> dict[str, Field]:
    """The fields of an import by slug, they and their items locked. Raises NotAllowed for one unknown."""
    # The lock on the fields serialises imports and gives out the codes.
    fields = {f.slug: f for f in Field.objects.select_for_update().filter(slug__in=slugs).order_by("pk")}
    if slugs - fields.keys():
        raise NotAllowed("有事项没有确定领域，请指定领域后再导入。")
    # Who changes a single item, or its telephone, is through before the comparison, or waits until the end.
    rows = Item.objects.select_for_update(of=("self",)).in_force().filter(field__slug__in=slugs)
    list(rows.order_by("pk").values_list("pk", flat=True))
    return fields


def chosen_missing(plan: ImportPlan, retire: Sequence[int]) -> list[int] | None:
    """The ids of `retire` in order; None where one of them is no missing item of this plan."""
    missing = {item.pk for part in plan.plans for item in part.missing}
    return sorted(set(retire)) if missing.issuperset(retire) else None


@dataclass(frozen=True, slots=True)
class _Version:
    """What every version that an import makes says of itself."""

    reason: str
    by: User | None
    now: datetime

    def put(self, item: Item, *, first: bool = False) -> Item:
        item.updated_at = self.now
        today = timezone.localdate(self.now)
        return stamp(item, by=self.by, reason=self.reason, new=first, today=today)


def _write(plan: ImportPlan, fields: dict[str, Field], version: _Version) -> list[Item]:
    """Write what is new, changed or moved, batch by batch: a large catalog need not be held whole. Returns
    the items of catalogs that others follow."""
    index = subject_index()
    laws = ensure_laws(
        (basis.category, basis.title, basis.number)
        for planned in (*plan.of("new"), *plan.of("changed"))
        for basis in bases_of(planned.draft.basis, planned.draft.extra)
    )
    followed = set(CatalogInheritance.objects.values_list("source_id", "field_id"))
    templates: list[Item] = []
    for part in plan.plans:
        catalog_field = fields[part.field_slug]
        is_followed = (part.agency_id, catalog_field.pk) in followed
        rows = [planned for planned in part.items if planned.status != "unchanged" or _moves(planned)]
        for start in range(0, len(rows), _BATCH):
            batch = _Batch.of(rows[start : start + _BATCH], part.agency_id, catalog_field, version)
            batch.write(index, laws)
            templates += [*batch.created, *batch.changed, *batch.moved] if is_followed else []
    Field.objects.bulk_update(list(fields.values()), ["last_item_number"])
    remember_unresolved(index)
    return templates


def _moves(planned: PlannedItem) -> bool:
    known = planned.known
    return known is not None and (known.position, known.draft.serial or "") != _place(planned)


def _place(planned: PlannedItem) -> tuple[int, str]:
    return planned.position, (planned.draft.serial or "")[:50]


@dataclass(slots=True)
class _Batch:
    """Items that are written together."""

    created: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    moved: list[Item] = field(default_factory=list)

    @classmethod
    def of(
        cls, rows: Sequence[PlannedItem], agency_id: int, catalog_field: Field, version: _Version
    ) -> _Batch:
        """The items of these rows, filled in; new ones get their codes."""
        batch = cls()
        stored: dict[int, Item] = Item.objects.in_bulk(
            [planned.known.pk for planned in rows if planned.known]
        )
        for planned in rows:
            if planned.known is None:
                catalog_field.last_item_number += 1
                code = f"{catalog_field.slug}-{catalog_field.last_item_number:05d}"
                item = Item(code=code, agency_id=agency_id, field=catalog_field)
                batch.created.append(
                    version.put(fill(item, planned.draft, position=planned.position), first=True)
                )
                continue
            item = stored[planned.known.pk]
            if planned.status == "changed":
                batch.changed.append(version.put(fill(item, planned.draft, position=planned.position)))
            else:
                # The place in the table is no change of the item: no version, its time of change stays.
                item.position, item.serial = _place(planned)
                batch.moved.append(item)
        return batch

    def write(self, index: SubjectIndex, laws: LawIndex) -> None:
        """Write them, with what is understood of their texts."""
        Item.objects.bulk_create(self.created)
        Item.objects.bulk_update(self.changed, [*WRITTEN_FIELDS, *VERSION_FIELDS], batch_size=200)
        Item.objects.bulk_update(self.moved, ["position", "serial"])
        written = [*self.created, *self.changed]
        write_bases(written, laws)
        link_agencies(written, index)


def _retire(pks: Sequence[int], version: _Version) -> list[Item]:
    items = [version.put(item) for item in Item.objects.in_bulk(pks).values()]
    for item in items:
        item.retired_on = timezone.localdate(version.now)
    Item.objects.bulk_update(items, ["retired_on", "updated_at", *VERSION_FIELDS], batch_size=_BATCH)
    return items
