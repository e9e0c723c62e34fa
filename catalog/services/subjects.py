"""公开主体 resolved to agencies: by name, by short name, by what people have said a text means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from agencies.kinds import AgencyKind
from agencies.models import Agency, FormerName, User
from catalog import rules
from catalog.drafts import Draft, bare
from catalog.models import Item, SubjectMapping
from catalog.services.errors import NotAllowed
from catalog.subjects import SubjectIndex, split_subjects

_BATCH = 2000


def subject_index() -> SubjectIndex:
    """All names of the active agencies, and the mappings remembered so far."""
    names: dict[str, set[int]] = defaultdict(set)
    county = ""
    kinds: dict[str, set[int]] = defaultdict(set)
    for agency in Agency.objects.published().only("pk", "name", "short_name", "aliases", "code", "kind"):
        kinds[agency.kind].add(agency.pk)
        for name in (agency.name, agency.short_name, *agency.aliases):
            if name:
                names[bare(name)].add(agency.pk)
        if agency.code == "county":
            county = bare(agency.name).removesuffix("人民政府")
    for name, pk in FormerName.objects.filter(agency__active_to=None).values_list("name", "agency_id"):
        names.setdefault(bare(name), {pk})
    mappings: dict[str, set[int]] = defaultdict(set)
    through = SubjectMapping.agencies.through.objects
    for text, pk in through.values_list("subjectmapping__text", "agency_id"):
        mappings[text].add(pk)
    return SubjectIndex(
        names={name: frozenset(pks) for name, pks in names.items()},
        mappings={text: frozenset(pks) for text, pks in mappings.items()},
        villages=frozenset(kinds[AgencyKind.VILLAGE]),
        townships=frozenset(kinds[AgencyKind.TOWNSHIP]),
        county=county if len(county) > 1 else "",
    )


def subject_texts(draft: Draft) -> list[str]:
    """All texts of a draft that name bodies: the cell and its further rows."""
    return [draft.subject, *(draft.extra.get("more") or {}).get("subject", [])]


def subject_pieces(draft: Draft) -> set[str]:
    """The names that a draft's 公开主体 holds, one by one."""
    return {piece for text in subject_texts(draft) for piece in split_subjects(text)}


def literals_of(item: Item) -> list[str]:
    """All texts of an item that name bodies: the cell and its further rows."""
    return [item.subject, *(item.extra.get("more") or {}).get("subject", [])]


def link_agencies(items: Iterable[Item], index: SubjectIndex) -> None:
    """Set the agencies of many items to what their 公开主体 names, in a few statements."""
    items = list(items)
    through = Item.agencies.through
    wanted = {item.pk: index.resolve(literals_of(item), holder=item.agency_id) for item in items}
    present: dict[int, set[int]] = defaultdict(set)
    for item_id, agency_id in through.objects.filter(item_id__in=list(wanted)).values_list(
        "item_id", "agency_id"
    ):
        present[item_id].add(agency_id)
    new = [
        through(item_id=pk, agency_id=agency_id)
        for pk, agency_ids in wanted.items()
        for agency_id in sorted(agency_ids - present[pk])
    ]
    stale: dict[int, list[int]] = defaultdict(list)
    for pk in wanted:
        for agency_id in present[pk] - wanted[pk]:
            stale[agency_id].append(pk)
    for agency_id, pks in stale.items():
        through.objects.filter(item_id__in=pks, agency_id=agency_id).delete()
    through.objects.bulk_create(new, batch_size=_BATCH)


def remember_unresolved(index: SubjectIndex) -> None:
    """Put every text that named nobody on the list, so that people can say once what it means."""
    SubjectMapping.objects.bulk_create(
        [SubjectMapping(text=text) for text in sorted(index.unresolved)],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )


@transaction.atomic
def map_subject(*, text: str, agencies: Iterable[Agency], by: User) -> SubjectMapping:
    """Say which agencies a literal 公开主体 means, and apply it to every item that names it.

    Raises NotAllowed without `catalog.change_subjectmapping`, and for an empty text.
    """
    if not rules.can_map_subjects(by):
        raise NotAllowed("公开主体对照由县政府办公室维护。")
    text = bare(text)[:300]
    if not text:
        raise NotAllowed("请填写公开主体原文。")
    mapping, _created = SubjectMapping.objects.select_for_update().get_or_create(text=text)
    mapping.agencies.set(agencies)
    _relink(text)
    return mapping


@transaction.atomic
def forget_subject(*, mapping: SubjectMapping, by: User) -> None:
    """Take a mapping back; items that leaned on it are resolved anew. Raises NotAllowed."""
    if not rules.can_map_subjects(by):
        raise NotAllowed("公开主体对照由县政府办公室维护。")
    text = mapping.text
    mapping.delete()
    _relink(text)


def _relink(text: str) -> None:
    # White space may stand anywhere in the literal text, so the candidates are read and compared bare.
    head = text[:1]
    items = [
        item
        for item in Item.objects.filter(subject__contains=head)
        .only("pk", "agency", "subject", "extra")
        .iterator(_BATCH)
        if any(text == bare(literal) or text in split_subjects(literal) for literal in literals_of(item))
    ]
    link_agencies(items, subject_index())
