"""What an address of the catalog asks for: which catalog, which day, which filters. One reading for the
list, the table, the exports and the printed page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from catalog.history import items_on
from catalog.models import Field, Item
from catalog.services.exports import within
from catalog.states import CatalogKind
from portal.catalog_filter import ItemFilter

TABLE_ORDER = ("field__order", "field__slug", "agency__order", "agency__code", "position", "pk")


@dataclass(frozen=True)
class Choice:
    """What was asked for. `day` is None for the catalog of today; `problem` says what was not understood."""

    kind: CatalogKind
    day: date | None
    problem: str
    filter: ItemFilter

    @property
    def rows(self) -> QuerySet[Any]:
        """The rows chosen, each once, in the order of the official tables."""
        rows: QuerySet[Any] = self.filter.qs.order_by(*TABLE_ORDER)
        return rows


def choice_of(request: HttpRequest, field: Field | None = None) -> Choice:
    """Read the address. `field` is the field that its path names."""
    day, problem = day_of(request.GET, "on")
    kind, named = kind_of(request.GET)
    rows = public_items(day)
    if field is not None:
        rows, kind = rows.filter(field=field), CatalogKind(field.catalog)
    elif named or not request.GET.get("field"):
        rows = rows.filter(field__catalog=kind)
    return Choice(kind, day, problem, ItemFilter(request.GET, queryset=rows))


def public_items(day: date | None) -> QuerySet[Any]:
    """The items that the public may see, today or as they stood at the end of a day (then: versions)."""
    if day is None:
        return Item.objects.published()
    rows = items_on(day).filter(Q(agency__active_to=None) | Q(agency__active_to__gt=day))
    # Looked up once: a page asks a dozen times for the rows of its day, each time through the whole history.
    events: Any = Item.pgh_event_model.objects  # type: ignore[attr-defined]
    return within(events.all(), list(rows.values_list("pk", flat=True)))


def kind_of(data: QueryDict) -> tuple[CatalogKind, bool]:
    """Which of the catalogs, and whether the address says so."""
    value = data.get("catalog", "")
    named = value in CatalogKind.values
    return (CatalogKind(value) if named else CatalogKind.STANDARD), named


def day_of(data: QueryDict, name: str) -> tuple[date | None, str]:
    """A day of the past; None for today and for what is no day, which the second value explains."""
    text = data.get(name, "").strip()
    if not text:
        return None, ""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, f"「{text[:20]}」不是日期，已按今天显示。日期请写成 {today:%Y-%m-%d} 这样。"
    if day > today:
        return None, f"{day:%Y-%m-%d} 还没有到，已按今天显示。"
    return (None if day == today else day), ""
