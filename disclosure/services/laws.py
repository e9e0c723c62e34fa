"""Laws that items lean on and the documents of the library that hold their text, repealed together."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

import catalog.rules
import catalog.services
from agencies.models import User
from catalog.models import Basis, Item, Law
from catalog.states import LawState
from disclosure import numbering
from disclosure.models import Document, LawText
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Validity

_COUNTRY = "中华人民共和国"
_MOST_PROPOSED = 3
_ENDED = frozenset({Validity.REPEALED, Validity.EXPIRED})


def link_law(*, law: Law, document: Document, by: User, now: datetime | None = None) -> LawText:
    """Say that a public document holds the text of a law; takes the place of another document. A law whose
    document is repealed is repealed with it. Raises NotAllowed."""
    with publication.act(by=by, action="link_law"):
        _refuse(by)
        locked = Law.objects.select_for_update().filter(pk=law.pk, merged_into=None).first()
        if locked is None:
            raise NotAllowed("这条依据已经并入别的依据，请到那一条关联。")
        public = Document.objects.published().filter(pk=document.pk).first()
        if public is None:
            raise NotAllowed("只能关联已公开的文件，请先公开这份文件。")
        text, _created = LawText.objects.update_or_create(
            law=locked,
            defaults={"document": public, "linked_by": by, "linked_at": now or timezone.now()},
        )
        repeal_laws_of(public)
    return text


def unlink_law(*, text: LawText, by: User) -> None:
    """Take a link back; the state of the law stays as it is. Raises NotAllowed."""
    with publication.act(by=by, action="unlink_law"):
        _refuse(by)
        LawText.objects.filter(pk=text.pk).delete()


def repeal_laws_of(document: Document, on: date | None = None) -> list[Law]:
    """Mark the laws whose text is a repealed or expired document as repealed too, from the same day, replaced
    by the law whose text is the repealing document. Within the transaction of the caller, which has checked
    the right. Does nothing for a document that stands today."""
    if document.validity_now not in _ENDED:
        return []
    day = on or end_of(document) or timezone.localdate()
    laws = _laws_of(document.pk).exclude(state=LawState.REPEALED)
    by_other = _laws_of(document.repealed_by_id).first() if document.repealed_by_id else None
    return [
        catalog.services.record_repeal(
            law=law, on=day, replaced_by=by_other if by_other and by_other.pk != law.pk else None
        )
        for law in laws
    ]


def end_of(document: Document) -> date | None:
    """The first day on which a document that has ended is no longer in force; None where nobody said."""
    after = document.expires_on + timedelta(days=1) if document.expires_on else None
    days = [day for day in (document.repealed_on, document.lapsed_on, after) if day]
    return min(days, default=None)


def with_law_texts(pks: Iterable[int]) -> QuerySet[Document]:
    """Those of these documents that hold the text of a law and are repealed: after a write in bulk."""
    held = LawText.objects.filter(document__in=list(pks)).values("document")
    documents: QuerySet[Document] = Document.objects.filter(pk__in=held, validity=Validity.REPEALED)
    return documents


def _laws_of(document_id: int) -> QuerySet[Law]:
    """Laws whose text the document is, or the text of one that was merged into them."""
    texts = LawText.objects.filter(document=document_id)
    own = Q(pk__in=texts.values("law")) | Q(pk__in=texts.values("law__merged_into"))
    laws: QuerySet[Law] = Law.objects.standing().filter(own)
    return laws


def proposed_documents(laws: Iterable[Law]) -> dict[int, list[Document]]:
    """For laws without a text: public documents with exactly the number or exactly the title, at most three
    each, for a person to confirm. One query for all."""
    numbers: dict[str, set[int]] = defaultdict(set)
    titles: dict[str, set[int]] = defaultdict(set)
    for law in laws:
        number = numbering.normalise_doc_number(law.number) if law.number else ""
        if number:
            numbers[number].add(law.pk)
        for title in _titles(law.title):
            titles[title].add(law.pk)
    public = Document.objects.published()
    found = public.filter(doc_number__in=numbers) | public.filter(title__in=titles)
    proposed: dict[int, list[Document]] = defaultdict(list)
    for document in found.select_related("agency").defer("body"):
        for pk in numbers.get(document.doc_number, set()) | titles.get(document.title, set()):
            if len(proposed[pk]) < _MOST_PROPOSED:
                proposed[pk].append(document)
    return dict(proposed)


def _titles(title: str) -> set[str]:
    """The title as files write it and as letterheads do: with and without blanks and 中华人民共和国."""
    folded = "".join(unicodedata.normalize("NFKC", title).split())
    bare = folded.removeprefix(_COUNTRY)
    return {title, folded, bare, _COUNTRY + bare}


def laws_with_documents(items: Iterable[Item]) -> dict[int, Document]:
    """Law id → public document that holds its text, for all bases of these items; one query. A page asks
    `found.get(basis.law_id)`."""
    used = Basis.objects.filter(item__in=list(items), law__isnull=False).values("law")
    texts = LawText.objects.public().filter(Q(law__in=used) | Q(law__merged_into__in=used))
    rows = list(texts.select_related("document", "law").defer("document__body"))
    # A law's own text goes before that of one merged into it.
    of_merged = {row.law.merged_into_id: row.document for row in rows if row.law.merged_into_id}
    return of_merged | {row.law_id: row.document for row in rows if row.law.merged_into_id is None}


def _refuse(by: User) -> None:
    if not catalog.rules.can_change_law(by):
        raise NotAllowed("法规依据由县政府办公室维护。")
