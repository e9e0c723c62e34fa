"""Between drafts and database rows: one place that says which value stands in which column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import User
from catalog.bases import BasisText, split_bases
from catalog.drafts import Draft, channel_use
from catalog.law_keys import LawIndex
from catalog.models import Basis, Field, Item
from catalog.planning import KnownItem
from catalog.services.errors import NotAllowed
from catalog.services.laws import link_laws
from catalog.states import Stage
from catalog.time_limits import parse_time_limit

_BATCH = 2000
#: What `stamp` sets; every write of an item that makes a version stores these columns too.
VERSION_FIELDS = ("version", "in_force_from", "change_reason", "changed_by")
WRITTEN_FIELDS = (
    "position",
    "serial",
    "levels",
    "content",
    "basis",
    "time_limit",
    "time_limit_parsed",
    "subject",
    "channels",
    "audience",
    "manner",
    "tiers",
    "telephone",
    "stage",
    "extra",
    "updated_at",
)
_STAGES = {stage.label: stage.value for stage in Stage}


def draft_of(item: Item, *, field_slug: str | None = None) -> Draft:
    """An item of the catalog as a draft: for comparing and for printing. `field_slug`: where the caller knows
    it, so that the field need not be fetched for every item."""
    extra = dict(item.extra)
    words = extra.pop("tier_words", {})
    return Draft(
        levels=list(item.levels),
        content=item.content,
        basis=item.basis,
        time_limit=item.time_limit,
        subject=item.subject,
        serial=item.serial or None,
        channels=[channel_use(use["name"], use["mark"]) for use in item.channels],
        audience=item.audience,
        manner=item.manner,
        tiers=item.tiers,
        tier_words=words,
        telephone=item.telephone,
        extra=extra,
        field_slug=item.field.slug if field_slug is None else field_slug,
    )


def known_items(items: QuerySet[Any]) -> list[KnownItem]:
    """The items of one catalog, in order, as a plan wants them."""
    slugs = dict(Field.objects.values_list("pk", "slug"))
    texts: dict[str, str] = {}
    return [
        KnownItem(
            item.pk,
            item.code,
            _held_once(draft_of(item, field_slug=slugs[item.field_id]), texts),
            item.stage,
            item.position,
        )
        for item in items.order_by("position", "pk").iterator(_BATCH)
    ]


def _held_once(draft: Draft, texts: dict[str, str]) -> Draft:
    """The draft with what items of a catalog repeat (not their own name and content) taken out of `texts`."""

    def once(text: str) -> str:
        return texts.setdefault(text, text)

    draft.basis, draft.time_limit, draft.subject = (
        once(draft.basis),
        once(draft.time_limit),
        once(draft.subject),
    )
    draft.levels = [*map(once, draft.levels[:-1]), *draft.levels[-1:]]
    draft.audience = draft.audience and list(map(once, draft.audience))
    draft.manner = draft.manner and list(map(once, draft.manner))
    draft.tiers = draft.tiers and list(map(once, draft.tiers))
    return draft


def fill(item: Item, draft: Draft, *, position: int) -> Item:
    """Put a draft's values into an item; what is understood of them is read anew."""
    item.position = position
    item.serial = (draft.serial or "")[:50]
    item.levels = draft.levels
    item.content, item.basis, item.subject = draft.content, draft.basis, draft.subject
    item.time_limit = draft.time_limit
    item.time_limit_parsed = parse_time_limit(draft.time_limit).as_dict()
    item.channels = [{"name": use.name, "mark": use.mark} for use in draft.channels or []]
    item.audience, item.manner, item.tiers = draft.audience, draft.manner, draft.tiers
    item.telephone = draft.telephone[:500]
    item.extra = dict(draft.extra)
    if draft.tier_words:
        item.extra["tier_words"] = draft.tier_words
    item.stage = _stage(draft) or item.stage
    return item


def stamp(
    item: Item,
    *,
    by: User | None,
    reason: str,
    on: date | None = None,
    new: bool = False,
    today: date | None = None,
) -> Item:
    """Make what is about to be saved a version of the item: number, day in force, reason, author. Every write
    that changes what an item says calls this once before it saves; a mere move in the table does not.

    `on`: the day from which it holds, today for None; `today`: the county's date (injectable); `new`: the
    first version. Raises NotAllowed for a day in the future or before that of the present version: the past
    that has been shown as it stood is never rewritten.
    """
    today = today or timezone.localdate()
    on = on or today
    if on > today:
        raise NotAllowed(f"生效日期不能晚于今天（{today:%Y-%m-%d}）。")
    if not new and item.in_force_from and on < item.in_force_from:
        raise NotAllowed(
            f"「{item.name}」现在的版本自{item.in_force_from:%Y-%m-%d}起生效，生效日期不能早于这一天。"
        )
    item.version = 1 if new else item.version + 1
    item.in_force_from = on
    item.change_reason = reason.strip()[:300]
    item.changed_by = by
    return item


def _stage(draft: Draft) -> str:
    """五公开, where the file's own column names exactly one."""
    five = draft.extra.get("five")
    chosen = five.get("selected", []) if isinstance(five, dict) else [str(five)] if five else []
    stages = [_STAGES[name.removesuffix("公开")] for name in chosen if name.removesuffix("公开") in _STAGES]
    return stages[0] if len(stages) == 1 else ""


def bases_of(basis: str, extra: Mapping[str, Any]) -> list[BasisText]:
    """All bases that an item or a draft names: in its cell and in its further rows."""
    texts = [basis, *(extra.get("more") or {}).get("basis", [])]
    return [found for text in texts for found in split_bases(text)]


def write_bases(items: Iterable[Item], laws: LawIndex | None = None) -> None:
    """Replace the basis rows of these items by what their 公开依据 says, each linked to its law: out of
    `laws` where the caller has seen to it that all are known (`ensure_laws`)."""
    items = list(items)
    Basis.objects.filter(item__in=items).delete()
    rows = []
    for item in items:
        rows += [
            Basis(
                item=item,
                position=position,
                category=basis.category,
                title=basis.title,
                number=basis.number,
                text=basis.text,
            )
            for position, basis in enumerate(bases_of(item.basis, item.extra), start=1)
        ]
    link_laws(rows, laws)
    Basis.objects.bulk_create(rows, batch_size=_BATCH)
