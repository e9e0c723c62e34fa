"""Reads over catalogs that follow a template: what was added, dropped and changed against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agencies.models import Agency
from catalog.models import CatalogInheritance, Field, Item
from catalog.planning import CellChange, compare
from catalog.services import draft_of


@dataclass(frozen=True, slots=True)
class Changed:
    """A derived item that no longer says what the template says: cell by cell, old is the template's. Whom
    to call is the follower's own business."""

    item: Item
    template: Item
    cells: list[CellChange]


@dataclass(slots=True)
class Difference:
    """A follower's catalog against its template."""

    followed: list[Item] = field(default_factory=list)  # taken over and unaltered
    changed: list[Changed] = field(default_factory=list)
    added: list[Item] = field(default_factory=list)
    #: Templates in force that the follower left out, each with the retired item that remembers it.
    dropped: list[tuple[Item, Item | None]] = field(default_factory=list)
    #: Altered items whose template was retired meanwhile: the follower decides.
    orphaned: list[Item] = field(default_factory=list)


def difference(inheritance: CatalogInheritance) -> Difference:
    """Added, dropped, changed against the template; three queries, however large the catalogs."""
    of_field = Item.objects.filter(field_id=inheritance.field_id).select_related("field", "agency")
    in_order = of_field.order_by("position", "pk")
    templates = {item.pk: item for item in in_order.in_force().filter(agency_id=inheritance.source_id)}
    own = list(in_order.filter(agency_id=inheritance.agency_id).select_related("template"))
    found = Difference()
    left = dict(templates)
    gone: dict[int, Item] = {}
    for item in own:
        template = templates.get(item.template_id or 0)
        if item.retired_on is not None:
            if template is not None:
                gone[template.pk] = item
        elif template is not None:
            left.pop(template.pk, None)
            cells = [c for c in compare(draft_of(template), draft_of(item)) if c.attribute != "telephone"]
            if cells:
                found.changed.append(Changed(item, template, cells))
            else:
                found.followed.append(item)
        elif item.template_id and item.template.agency_id == inheritance.source_id:
            found.orphaned.append(item)
        else:
            found.added.append(item)
    found.dropped = [(template, gone.get(template.pk)) for template in left.values()]
    return found


def following(agency: Agency, catalog_field: Field) -> Any:
    """The inheritance of an agency's catalog of a field, with its counts (`template_count`, `taken_count`,
    `added_count`, `dropped_count`); None where it follows no template. One query. For the public line
    「沿用县级模板 n 项，新增 a 项，未涉及 d 项」."""
    rows = CatalogInheritance.objects.with_counts().select_related("source")
    return rows.filter(agency=agency, field=catalog_field).first()
