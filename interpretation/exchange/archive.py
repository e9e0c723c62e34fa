"""`import_documents`: an archive in JSONL into documents and interpretations of one agency, all or nothing.

Identity on re-import is (agency, source_id). What somebody took over in the back office (submitted,
approved, withdrawn, taken offline here) is never overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from disclosure import topics
from disclosure.models import Attachment, Document, Publishable, Topic
from disclosure.services.laws import repeal_laws_of, with_law_texts
from disclosure.states import Openness, Publication
from interpretation.exchange import records
from interpretation.exchange.links import Candidate, TitleIndex
from interpretation.exchange.records import Message, Reading, Record
from interpretation.models import Attachment as InterpretationAttachment
from interpretation.models import Interpretation

BATCH = 500
_FIELDS = (
    "title",
    "body",
    "doc_number",
    "index_number",
    "issuer",
    "topic_text",
    "topic",
    "written_on",
    "published_on",
    "source_url",
    "status",
    "updated_at",
)
_DOCUMENT_FIELDS = (*_FIELDS, "kind", "validity", "openness")


@dataclass(frozen=True)
class Outcome:
    """What becomes of one record: created, changed (with old and new by column) or unchanged."""

    line: int
    id: str
    title: str
    what: str
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Report:
    """What an import did, or with a dry run would do. `outcomes`: record by record, for a preview."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    warnings: list[Message] = field(default_factory=list)
    errors: list[Message] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as the command prints it, in the order of the file.

        `missing` is always 0: a file of documents never claims to be the whole.
        """
        return {
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "missing": 0,
            "warnings": [m.as_dict() for m in sorted(self.warnings, key=lambda m: m.line)],
            "errors": [m.as_dict() for m in sorted(self.errors, key=lambda m: m.line)],
        }


@dataclass
class _Plan:
    """One record beside the row that it becomes."""

    record: Record
    thing: Any
    is_new: bool
    is_changed: bool = False
    new_attachments: list[tuple[str, str]] | None = None
    changes: tuple[tuple[str, str, str], ...] = ()

    def outcome(self, linked: bool) -> Outcome:
        """What the preview says of it; `linked`: it gets a new link to a document."""
        what = "created" if self.is_new else "changed" if self.is_changed or linked else "unchanged"
        return Outcome(self.record.line, self.record.id, self.thing.title, what, self.changes)


def import_archive(
    lines: Iterable[bytes], *, agency: Agency, publish: bool, dry_run: bool = False, by: User | None = None
) -> Report:
    """Import JSONL `lines` (bytes) for `agency`; `publish` for an archive that is public already.

    With any error, and with `dry_run`, nothing is written. Returns the report; raises nothing for content.
    """
    reading = records.read(lines)
    report = Report(rows=reading.rows, warnings=reading.warnings, errors=reading.errors)
    context = pghistory.context(user=by.pk if by else None, action="import_documents")
    with context, transaction.atomic():
        Agency.objects.select_for_update().get(pk=agency.pk)  # One import for an agency at a time.
        importer = _Importer(agency, publish, reading)
        plans = importer.plans()
        links = importer.links(plans)
        if report.errors:
            return report
        report.outcomes = [plan.outcome(bool(links.get(plan.record.id))) for plan in plans]
        report.created = sum(one.what == "created" for one in report.outcomes)
        report.changed = sum(one.what == "changed" for one in report.outcomes)
        report.unchanged = sum(one.what == "unchanged" for one in report.outcomes)
        if not dry_run:
            importer.write(plans, links)
    return report


class _Importer:
    """Holds what is known of one agency's records while a file is worked through."""

    def __init__(self, agency: Agency, publish: bool, reading: Reading) -> None:
        self.agency, self.publish, self.reading = agency, publish, reading
        self.topics = {topic.code: topic for topic in Topic.objects.all()}
        ids = [record.id for record in reading.records]
        self.known: dict[type[Publishable], dict[str, Any]] = {
            model: {
                thing.source_id: thing
                for thing in model.objects.filter(agency=agency, source_id__in=ids).prefetch_related(
                    "attachments"
                )
            }
            for model in (Document, Interpretation)
        }
        # Words that were corrected here since are ours: the archive does not bring the old ones back.
        corrected = Document.objects.filter(agency=agency, source_id__in=ids, corrections__of_words=True)
        self.corrected = set(corrected.values_list("pk", flat=True))
        numbers = {r.values["index_number"] for r in reading.records} - {""}
        self.holders = {
            number: (model, source_id if owner == agency.pk else "")
            for model in (Document, Interpretation)
            for number, source_id, owner in model.objects.filter(index_number__in=numbers).values_list(
                "index_number", "source_id", "agency_id"
            )
        }

    def plans(self) -> list[_Plan]:
        """Return what each record becomes, noting warnings and errors in the reading."""
        plans = []
        for record in self.reading.records:
            model: type[Any] = Interpretation if record.is_interpretation else Document
            other: type[Any] = Document if record.is_interpretation else Interpretation
            if record.id in self.known[other]:
                name = other._meta.verbose_name
                self._error(record, "kind", f"这个编号以前作为{name}导入过，类型不能改变；请换一个编号。")
                continue
            thing = self.known[model].get(record.id)
            if thing is None:
                plans.append(self._new(record, model))
            elif self._taken_over(thing):
                label = Publication(thing.status).label
                self._warn(record, "id", f"这一条已在本系统办理({label}),导入不改动它。")
                plans.append(_Plan(record, thing, is_new=False))
            else:
                plans.append(self._old(record, thing))
        return plans

    def _taken_over(self, thing: Any) -> bool:
        ours = {
            Publication.SUBMITTED,
            Publication.WITHDRAWN,
            Publication.OFFLINE,
            Publication.MERGED,
            Publication.PURGED,
        }
        touched = isinstance(thing, Document) and thing.pk in self.corrected
        return touched or thing.status in ours or bool(thing.approved_by_id or thing.offline_by_id)

    def _new(self, record: Record, model: type[Any]) -> _Plan:
        thing = model(agency=self.agency, source_id=record.id)
        self._fill(record, thing)
        return _Plan(record, thing, is_new=True, new_attachments=record.attachments)

    def _old(self, record: Record, thing: Any) -> _Plan:
        names = _DOCUMENT_FIELDS if isinstance(thing, Document) else _FIELDS
        before = {name: getattr(thing, name) for name in names}
        self._fill(record, thing)
        changes = tuple(
            (str(thing._meta.get_field(name).verbose_name), str(before[name] or ""), str(now or ""))
            for name in names
            if (now := getattr(thing, name)) != before[name]
        )
        known = [(one.title, one.source_url) for one in thing.attachments.all() if not one.file]
        attachments = record.attachments if known != record.attachments else None
        return _Plan(record, thing, False, bool(changes) or attachments is not None, attachments, changes)

    def _fill(self, record: Record, thing: Any) -> None:
        values = dict(record.values)
        values["index_number"] = self._index_number(record, thing)
        code = topics.code_for(values["topic_text"])
        values["topic"] = self.topics.get(code) if code else None
        for name, value in values.items():
            setattr(thing, name, value)
        if self.publish:
            thing.status = Publication.PUBLISHED
            if isinstance(thing, Document):
                thing.openness = Openness.PROACTIVE

    def _index_number(self, record: Record, thing: Any) -> str:
        """The number to stand: an issued one stays, one that another record holds is left out."""
        wanted = str(record.values["index_number"])
        if thing.index_number and wanted not in {"", thing.index_number}:
            self._error(
                record,
                "index_number",
                f"索引号一经编定不得更改：原是「{thing.index_number}」，文件里是「{wanted}」。",
            )
        if thing.index_number or not wanted:
            return str(thing.index_number)
        holder = (type(thing), record.id)
        if self.holders.setdefault(wanted, holder) != holder:
            self._warn(record, "index_number", f"索引号「{wanted}」已属于另一条记录，这一条留空。")
            return ""
        return wanted

    def links(self, plans: list[_Plan]) -> dict[str, list[str]]:
        """Return the links still to be made: id of the interpretation → ids of documents."""
        interpretations = [plan for plan in plans if plan.record.is_interpretation]
        if not interpretations:
            return {}
        candidates = self._candidates(plans)
        index = TitleIndex(candidates.values())
        linked = self._linked(interpretations)
        found: dict[str, list[str]] = {}
        for plan in interpretations:
            wanted = self._wanted(plan.record, candidates, index)
            found[plan.record.id] = [one for one in wanted if one not in linked.get(plan.record.id, set())]
        return found

    def _candidates(self, plans: list[_Plan]) -> dict[str, Candidate]:
        """Documents of this agency, those of the file among them, by source id (or `#pk` without one)."""
        found = {}
        rows = Document.objects.filter(agency=self.agency).values_list(
            "pk", "source_id", "title", "written_on", "published_on"
        )
        for pk, source_id, title, written_on, published_on in rows:
            key = source_id or f"#{pk}"
            found[key] = Candidate(key, title, written_on or published_on)
        for plan in plans:
            if not plan.record.is_interpretation:
                thing = plan.thing
                day = thing.written_on or thing.published_on
                found[plan.record.id] = Candidate(plan.record.id, thing.title, day)
        return found

    def _linked(self, plans: list[_Plan]) -> dict[str, set[str]]:
        known = [plan.thing.pk for plan in plans if not plan.is_new]
        through = Interpretation.documents.through
        found: dict[str, set[str]] = {}
        rows = through.objects.filter(interpretation_id__in=known).values_list(
            "interpretation__source_id", "document__source_id", "document_id"
        )
        for interpretation, document, pk in rows:
            found.setdefault(interpretation, set()).add(document or f"#{pk}")
        return found

    def _wanted(self, record: Record, candidates: dict[str, Candidate], index: TitleIndex) -> list[str]:
        wanted = []
        for one in record.relates_to_ids:
            if one in candidates:
                wanted.append(one)
            else:
                self._warn(record, "relates_to_id", f"没有编号为「{one}」的文件，解读未关联到它。")
        if record.relates_to_ids or not record.relates_to:
            return wanted
        candidate, why_not = index.find(record)
        if candidate is None:
            self._warn(record, "relates_to", why_not)
            return []
        return [candidate.source_id]

    def write(self, plans: list[_Plan], links: dict[str, list[str]]) -> None:
        """Write new and changed rows in batches, then attachments and links."""
        models: tuple[tuple[type[Any], tuple[str, ...], type[Any], str], ...] = (
            (Document, _DOCUMENT_FIELDS, Attachment, "document"),
            (Interpretation, _FIELDS, InterpretationAttachment, "interpretation"),
        )
        for model, names, attachment_model, owner in models:
            mine = [plan for plan in plans if isinstance(plan.thing, model)]
            model.objects.bulk_create([plan.thing for plan in mine if plan.is_new], batch_size=BATCH)
            changed = [plan.thing for plan in mine if plan.is_changed and not plan.is_new]
            for thing in changed:
                thing.updated_at = timezone.now()
            model.objects.bulk_update(changed, names, batch_size=BATCH)
            self._write_attachments(mine, attachment_model, owner)
        self._write_links(plans, links)
        # As when somebody marks one document: the law whose text it is goes with it.
        changed_ids = [plan.thing.pk for plan in plans if plan.is_changed and not plan.is_new]
        for document in with_law_texts(changed_ids):
            repeal_laws_of(document)

    def _write_attachments(self, plans: list[_Plan], model: type[Any], owner: str) -> None:
        renewed = [plan for plan in plans if plan.new_attachments is not None]
        old = [plan.thing.pk for plan in renewed if not plan.is_new]
        model.objects.filter(**{f"{owner}__in": old}, file="").delete()
        model.objects.bulk_create(
            [
                model(**{owner: plan.thing}, position=position, title=title, source_url=url)
                for plan in renewed
                for position, (title, url) in enumerate(plan.new_attachments or [], start=1)
            ],
            batch_size=BATCH,
        )

    def _write_links(self, plans: list[_Plan], links: dict[str, list[str]]) -> None:
        wanted = {one for ids in links.values() for one in ids}
        if not wanted:
            return
        pks = {f"#{one[1:]}": int(one[1:]) for one in wanted if one.startswith("#")}
        rows = Document.objects.filter(agency=self.agency, source_id__in=wanted)
        pks |= dict(rows.values_list("source_id", "pk"))
        through = Interpretation.documents.through
        through.objects.bulk_create(
            [
                through(interpretation_id=plan.thing.pk, document_id=pks[one])
                for plan in plans
                if plan.record.is_interpretation
                for one in links.get(plan.record.id, [])
            ],
            batch_size=BATCH,
            ignore_conflicts=True,
        )

    def _warn(self, record: Record, key: str, message: str) -> None:
        self.reading.warnings.append(Message(record.line, record.id, key, message))

    def _error(self, record: Record, key: str, message: str) -> None:
        self.reading.errors.append(Message(record.line, record.id, key, message))
