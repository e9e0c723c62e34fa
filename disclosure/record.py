"""The public record of a document for whoever shows it: corrections, and changes of validity both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from disclosure.models import AttachedFile, CorrectionOf, Document, ValidityChange
from disclosure.states import Validity
from disclosure.versions import FileState

#: So many documents that one changed stand on its page.
MOST = 20
_WORD = {Validity.AMENDED.value: "修改", Validity.EXPIRED.value: "宣布失效", Validity.REPEALED.value: "废止"}


@dataclass(frozen=True)
class Relation:
    """修改, 废止 or 失效 between two documents, or on a basis in words; `document`: the other, public."""

    kind: str
    word: str
    on: date | None
    document: Document | None = None
    basis: str = ""
    caused_here: bool = False

    @property
    def words(self) -> str:
        """In words, beside the other document."""
        return f"被本文件{self.word}" if self.caused_here else f"本文件被它{self.word}"


@dataclass
class Relations:
    """What changed a document (`by`: 被…), and what it changed itself (`of`)."""

    by: list[Relation] = field(default_factory=list)
    of: list[Relation] = field(default_factory=list)

    @property
    def amendments(self) -> list[Relation]:
        """修改 and 失效 with the other public document, both ways."""
        return [one for one in [*self.by, *self.of] if one.document and one.kind != Validity.REPEALED]

    def __bool__(self) -> bool:
        return bool(self.by or self.of)


def relations_of(document: Document) -> Relations:
    """The changes of validity that stand, both ways; other documents only where they are public. Two queries.

    What a document repealed is no part of it: that list has a page of its own. Of what else it changed the
    latest stand here, `MOST` in all. What an archive brought as columns alone (`repealed_by`) counts too.
    """
    caused = Q(cause=document) & ~Q(kind=Validity.REPEALED)
    standing = ValidityChange.objects.filter(revoked_at=None).filter(Q(document=document) | caused)
    # What was done to it goes first: no long list of its own may push that out.
    done_to_it = Case(When(document=document, then=Value(0)), default=Value(1))
    rows = list(standing.order_by(done_to_it, "-on", "-pk")[:MOST])
    wanted = {row.cause_id for row in rows} | {row.document_id for row in rows} | {document.repealed_by_id}
    public = Document.objects.published().select_related("agency").defer("body")
    others = {one.pk: one for one in public.filter(pk__in=wanted - {None, document.pk})}
    known = Relations()
    for row in rows:
        if row.document_id == document.pk:
            cause = others.get(row.cause_id or 0)
            if cause is not None or row.basis or row.cause_id is None:
                known.by.append(Relation(row.kind, _WORD[row.kind], row.on, cause, row.basis))
        elif (changed := others.get(row.document_id)) is not None:
            known.of.append(Relation(row.kind, _WORD[row.kind], row.on, changed, row.basis, True))
    repealed = any(row.kind == Validity.REPEALED for row in rows)
    if not repealed and document.repealed_by_id in others:
        word, cause = _WORD[Validity.REPEALED], others[document.repealed_by_id]
        known.by.append(Relation(Validity.REPEALED, word, document.repealed_on, cause))
    return known


def corrections_of(thing: Any) -> list[CorrectionOf]:
    """Corrections with their public note, the latest first; bodies left out."""
    return list(thing.corrections.defer("body", "title", "summary").order_by("-number"))


@dataclass(frozen=True)
class EarlierVersion:
    """The words before a correction, and those that took their place."""

    correction: CorrectionOf
    attachments: list[AttachedFile]
    next_title: str
    next_body: str
    next_files: list[FileState]

    @property
    def files(self) -> list[FileState]:
        """The attachments as a comparison reads them."""
        return [_state(row) for row in self.attachments]


def earlier_version(thing: Any, number: int) -> EarlierVersion | None:
    """The words as they stood before the `number`-th correction, beside those of the next version that is
    open; None where it changed no words or is closed to the public."""
    open_ones = thing.corrections.filter(of_words=True, closed_at=None)
    correction = open_ones.filter(number=number).first()
    if correction is None:
        return None
    after: Any = open_ones.filter(number__gt=number).order_by("number").first()
    following = after or thing
    rows: Any = following.attachments.order_by("position", "pk")
    return EarlierVersion(
        correction,
        list(correction.attachments.order_by("position", "pk")),
        following.title,
        following.body,
        [_state(row) for row in rows],
    )


@dataclass(frozen=True)
class ClosedVersion:
    """All that the public is told of an earlier version that was closed; `first` and `last`: its days."""

    number: int
    first: date | None
    last: date
    note: str


def closed_version(thing: Any, number: int) -> ClosedVersion | None:
    """What stands in the place of a closed version; None for one that is open and for none at all."""
    words = thing.corrections.filter(of_words=True)
    row = words.filter(number=number, closed_at__isnull=False).only("number", "at", "note").first()
    if row is None:
        return None
    before = words.filter(number__lt=number).order_by("-number").values_list("at", flat=True).first()
    began = before or thing.published_at
    first = timezone.localdate(began) if began else thing.published_on
    return ClosedVersion(row.number, first, timezone.localdate(row.at), row.note)


def file_of_version(thing: Any, number: int, pk: int, *, public: bool = False) -> AttachedFile | None:
    """A file of an earlier version; with `public` only of one that is open."""
    rows = thing.corrections.filter(number=number, of_words=True)
    row = (rows.filter(closed_at=None) if public else rows).first()
    return row.attachments.filter(pk=pk).first() if row is not None else None


def _state(row: AttachedFile) -> FileState:
    return FileState(row.title, row.sha256 or row.source_url)
