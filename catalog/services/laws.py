"""Laws and papers that items lean on (公开依据): recognised, merged, marked as repealed or amended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pghistory
from django.db import connection, transaction
from django.db.models import QuerySet

from agencies.models import User
from catalog import rules
from catalog.law_keys import KnownLaw, LawIndex, law_key, title_key
from catalog.models import Basis, Law
from catalog.services.errors import NotAllowed
from catalog.states import LawState

_BATCH = 2000
_OFFICE_ONLY = "法规依据由县政府办公室维护。"


def link_laws(bases: Sequence[Basis], index: LawIndex | None = None) -> None:
    """Set the law of many unsaved bases; laws that are not known yet are added, unless `index` is given,
    which knows them all. A few statements, however many bases."""
    if index is None:
        index = ensure_laws({(basis.category, basis.title, basis.number) for basis in bases})
    found: dict[tuple[str, str], int | None] = {}
    for basis in bases:
        name = basis.title, basis.number
        if name not in found:
            found[name] = index.law_of(*name) if basis.title else None
        basis.law_id = found[name]


def ensure_laws(named: Iterable[tuple[str, str, str]]) -> LawIndex:
    """Add the laws that bases (category, title, number) name and that are not known yet; returns all laws.
    Merged ones lead to the one that they were merged into."""
    names = {name for name in named if name[1]}
    index = law_index()
    # The second round is for a title without number that two new papers of this very batch share.
    for _round in range(2):
        found = index.recognise(names)
        if not found.new and not found.numbered:
            break
        for pk, (key, number) in found.numbered.items():
            Law.objects.filter(pk=pk).update(key=key, number=number)
        Law.objects.bulk_create(
            [
                Law(key=key, category=category, title=title, number=number)
                for key, (category, title, number) in found.new.items()
            ],
            batch_size=_BATCH,
            ignore_conflicts=True,  # another import may have added one a moment ago
        )
        index = law_index()
    return index


def law_index() -> LawIndex:
    """All laws that are known, as recognising needs them."""
    known: list[KnownLaw] = []
    merged: dict[str, int] = {}
    rows = Law.objects.values_list("pk", "key", "title", "number", "merged_into_id")
    for pk, key, title, number, into in rows:
        if into is None:
            known.append(KnownLaw(pk, key, title, number))
        else:
            merged[key] = into
    return LawIndex(known, merged)


@transaction.atomic
def link_unlinked_bases() -> int:
    """Link the bases that stand without a law, written before laws were kept. Returns how many were."""
    linked = 0
    rows = Basis.objects.filter(law=None).exclude(title="").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        link_laws(batch)
        found = [basis for basis in batch if basis.law_id]
        _store_laws(found)
        linked += len(found)
    return linked


def _store_laws(bases: Sequence[Basis]) -> None:
    """One join instead of `bulk_update`, whose CASE compares every row with every other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_basis SET law_id = found.law FROM unnest(%s::bigint[], %s::bigint[]) "
            "AS found (basis, law) WHERE id = found.basis",
            [[basis.pk for basis in bases], [basis.law_id for basis in bases]],
        )


@transaction.atomic
def save_law(*, law: Law, by: User) -> Law:
    """Store what people say of a law: category, title, number, where its text stands; or add one that no
    item names yet. What it is recognised by stays as it was, so that files go on finding it.

    State and repeal have services of their own. Raises NotAllowed, ValidationError.
    """
    _refuse(by)
    if law.pk is None:
        law.key = law_key(law.title, law.number)
        if not law.key:
            raise NotAllowed({"title": ["看不出是哪一部法规或文件，请写全名称。"]})
        if same := Law.objects.filter(key=law.key).first():
            raise NotAllowed({"title": [f"已经有这一条：{same.merged_into or same}。"]})
    law.full_clean()
    with pghistory.context(action="save_law"):
        law.save(update_fields=["category", "title", "number", "source_url"] if law.pk else None)
    return law


@transaction.atomic
def repeal_law(*, law: Law, on: date, replaced_by: Law | None = None, by: User) -> Law:
    """Mark a law as repealed from `on`, perhaps replaced by another: the items that lean on it are listed
    until they name another basis. Raises NotAllowed."""
    _refuse(by)
    with pghistory.context(action="repeal_law"):
        return record_repeal(law=law, on=on, replaced_by=replaced_by)


@transaction.atomic
def record_repeal(*, law: Law, on: date, replaced_by: Law | None = None) -> Law:
    """Mark a law as repealed without asking who may: for a higher room that has asked already (a document of
    the library was repealed) and whose history entry names the person. Raises NotAllowed where the law
    cannot be repealed so."""
    fresh = _locked(law)
    if replaced_by is not None and replaced_by.pk == fresh.pk:
        raise NotAllowed("依据不能由它自己替代，请另选替代它的依据。")
    fresh.state, fresh.repealed_on = LawState.REPEALED, on
    fresh.replaced_by = _standing(replaced_by) if replaced_by else None
    fresh.save(update_fields=["state", "repealed_on", "replaced_by"])
    return fresh


@transaction.atomic
def mark_law(*, law: Law, state: LawState, by: User) -> Law:
    """Say that a law stands (现行有效), was amended (已修改), or is not checked yet; takes a repeal back.

    Raises NotAllowed; for a repeal too, which needs its day: `repeal_law`.
    """
    _refuse(by)
    if state == LawState.REPEALED:
        raise NotAllowed("登记废止须写明废止日期，请用「登记废止」。")
    fresh = _locked(law)
    fresh.state, fresh.repealed_on, fresh.replaced_by = state, None, None
    with pghistory.context(action="mark_law"):
        fresh.save(update_fields=["state", "repealed_on", "replaced_by"])
    return fresh


@transaction.atomic
def merge_laws(*, laws: Iterable[Law], into: Law, by: User) -> int:
    """Merge laws that are the same as `into`: their bases lean on it, and what files write for them is
    recognised as it from now on. Returns the number of bases that moved. Raises NotAllowed.
    """
    _refuse(by)
    pks = sorted({law.pk for law in laws} | {into.pk})
    rows = {law.pk: law for law in Law.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    target = rows.pop(into.pk, None)
    if target is None or target.merged_into_id is not None:
        raise NotAllowed("要保留的依据已经并入别的依据，请刷新后重新选择。")
    if not rows:
        raise NotAllowed("请至少选择两条依据，再合并。")
    if any(law.merged_into_id is not None for law in rows.values()):
        raise NotAllowed("所选依据里有已经合并过的，请刷新后重新选择。")
    fallen = [law for law in rows.values() if law.state == LawState.REPEALED != target.state]
    if fallen:
        raise NotAllowed(
            f"{fallen[0]}已登记废止，{target}没有，合并以后看不出哪些事项要换依据。请先核对两条的有效性，再合并。"
        )
    with pghistory.context(action="merge_laws", into=target.pk):
        moved = Basis.objects.filter(law__in=rows).update(law=target)
        # What was merged into these, or replaced by them, follows them.
        for law in (*rows.values(), *Law.objects.filter(merged_into__in=rows)):
            law.merged_into = target
            law.save(update_fields=["merged_into"])
        Law.objects.filter(replaced_by__in=rows).exclude(pk=target.pk).update(replaced_by=target)
        if target.replaced_by_id in rows:
            target.replaced_by = None
            target.save(update_fields=["replaced_by"])
    return moved


def likely_same(law: Law, limit: int = 5) -> list[Law]:
    """Other laws that may be this one under another name: one title stands in the other (国务院办公厅关于…
    and 关于…). People look and merge; nothing is merged by itself."""
    own = _core(law.title)
    if len(own) < 4:
        return []
    found = [
        other
        for other in Law.objects.standing().exclude(pk=law.pk)
        if len(core := _core(other.title)) >= 4 and (own in core or core in own)
    ]
    return sorted(found, key=lambda other: abs(len(_core(other.title)) - len(own)))[:limit]


def merged_laws(law: Law) -> QuerySet[Law]:
    """Laws that were merged into this one."""
    rows: QuerySet[Law] = Law.objects.filter(merged_into=law).order_by("title")
    return rows


def _core(title: str) -> str:
    key = title_key(title)
    _issuer, about, rest = key.partition("关于")
    return about + rest if about else key


def _refuse(by: User) -> None:
    if not rules.can_change_law(by):
        raise NotAllowed(_OFFICE_ONLY)


def _locked(law: Law) -> Law:
    fresh: Law = Law.objects.select_for_update().get(pk=law.pk)
    if fresh.merged_into_id is not None:
        raise NotAllowed("这条依据已经并入别的依据，请到那一条办理。")
    return fresh


def _standing(law: Law) -> Law:
    return law.merged_into or law
