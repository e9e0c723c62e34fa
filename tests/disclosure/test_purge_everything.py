"""封存清除 leaves nothing: a marker in every text column and file that hangs on a thing, then one look into
every table of the database and every file. The rows are made from the models, so that a part that somebody
adds later is planted, and looked for, without a word here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import connection, models

from agencies.models import Agency, User
from disclosure import services
from disclosure.models import Autosave, BatchFile, ErrorReport, NoticeBatch, Publishable, ReadText
from disclosure.services.publication import act
from interpretation import services as meaning
from interpretation.models import ArchiveUpload
from portal.search import index
from tests.factories import DocumentFactory, InterpretationFactory, OfficeUserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
MARK = "杉坳暗记"
ORDER = {"order_number": "青保密决〔2026〕1号", "authority": "青澜县国家保密局", "reason": "含不应公开的内容"}
#: What a constraint or a guard asks of a row beyond its columns.
GIVEN = {
    "Registration": {"state": "accepted", "openness": "proactive", "openness_ground": "", "round": 1},
    "Withholding": {"state": "lifted", "openness": "proactive", "filed_openness": "withheld"},
    "Recheck": {"result": "proactive", "before": "withheld", "after": "proactive"},
    "SigningLink": {"expires_at": NOW + timedelta(days=3), "used_at": None, "outcome": ""},
    "ReviewStep": {
        "outcome": "agreed",
        "secrecy_cleared": True,
        "for_user": None,
        "handed_by": None,
        "signed_on": None,
    },
    "Correction": {"of_words": True},
}


class Planter:
    """Plants rows that hang on `thing`, and on what hangs on it, with the marker wherever there is room."""

    def __init__(self, thing, people):
        self.thing = thing
        self.by = people.clerk
        #: Who has to be another person than the rest.
        self.others = dict.fromkeys(("accepted_by", "confirmed_by", "signed_by"), people.reviewer)
        self.others["filed_by"] = people.office
        self.rows: dict[type, models.Model] = {}
        self.lent: dict[type, models.Model] = {}

    def plant_all(self):
        kinds = [
            one
            for room in ("disclosure", "interpretation")
            for one in apps.get_app_config(room).get_models()
            if not hasattr(one, "pgh_id") and not one._meta.proxy and not self.is_anothers(one)
        ]
        todo = [type(self.thing)]
        for kind in kinds:
            if {"content_type", "object_id"} <= {column.name for column in kind._meta.concrete_fields}:
                self.plant(kind)
                todo.append(kind)
        while todo:
            owner = todo.pop(0)
            for kind in kinds:
                column = next((one for one in kind._meta.concrete_fields if one.related_model is owner), None)
                if column is not None and kind not in self.rows:
                    self.plant(kind)
                    todo.append(kind)
        return self.rows

    def is_anothers(self, kind):
        """A thing itself, and what belongs to the other kind of thing."""
        things = set(Publishable.__subclasses__())
        needs = {c.related_model for c in kind._meta.concrete_fields if not c.null}
        return kind in things or bool(needs & (things - {type(self.thing)}))

    def plant(self, kind):
        """One row: inserted before it knows its thing where it can be, written anew with another file."""
        given = GIVEN.get(kind.__name__, {})
        row = kind(**{c.name: self.value(c) for c in kind._meta.concrete_fields if self.is_ours(c)} | given)
        files = [c for c in kind._meta.concrete_fields if isinstance(c, models.FileField)]
        self.put_files(row, files, "旧")
        row.save()
        self.rows[kind] = row
        later = {
            c.name: self.thing
            for c in kind._meta.concrete_fields
            if c.null and c.related_model is type(self.thing) and c.name not in ("draft", "cause")
        }
        for name, value in later.items():
            setattr(row, name, value)
        if kind.__name__ not in ("SignedOriginal", "ScannedPage", "Certificate", "Recheck"):
            self.put_files(row, files, "新")
        if kind.__name__ not in ("Recheck", "SignedOriginal"):
            row.save()
        return row

    @staticmethod
    def is_ours(column):
        named = column.null and column.is_relation and column.related_model is not User
        return not (column.primary_key or isinstance(column, models.FileField) or named)

    def related(self, column):
        kind = column.related_model
        if kind is User:
            return self.others.get(column.name, self.by)
        if column.name == "target":
            return DocumentFactory(agency=self.thing.agency)
        known = {type(self.thing): self.thing, Agency: self.thing.agency}
        known[ContentType] = ContentType.objects.get_for_model(self.thing)
        return known.get(kind) or self.rows.get(kind) or self.lent.get(kind) or self.lend(kind)

    def lend(self, kind):
        """A row that one of ours belongs to and that is others' too (a batch, a law): without the marker."""
        values = {c.name: self.value(c) for c in kind._meta.concrete_fields if self.is_ours(c)}
        plain = {name: value.replace(MARK, "借") for name, value in values.items() if isinstance(value, str)}
        lists = {name: type(value)() for name, value in values.items() if isinstance(value, list | dict)}
        self.lent[kind] = kind.objects.create(**values | plain | lists)
        return self.lent[kind]

    def value(self, column):  # noqa: C901 - one line a kind of column
        if column.is_relation:
            return self.related(column)
        if column.name == "object_id":
            return self.thing.pk
        if column.choices:
            return column.flatchoices[0][0]
        if isinstance(column, models.CharField | models.TextField):
            if column.name == "kind" or column.name == "sha256":
                return ""
            return f"{MARK}{column.name}"[: column.max_length]
        if isinstance(column, ArrayField):
            base = column.base_field
            if not isinstance(base, models.CharField):
                return []
            return [base.flatchoices[0][0] if base.choices else MARK]
        if isinstance(column, models.JSONField):
            return {"words": [f"{MARK}{column.name}"]}
        if isinstance(column, models.DateTimeField):
            return NOW
        if isinstance(column, models.DateField):
            return NOW.date()
        return column.get_default() if column.has_default() else 1

    def put_files(self, row, files, which):
        for column in files:
            content = f"{MARK}{which}{type(row).__name__}".encode()
            digest = hashlib.sha256(content).hexdigest()
            getattr(row, column.name).save(f"{digest[:24]}.pdf", ContentFile(content), save=False)
            row.sha256 = digest
            ReadText.objects.create(
                sha256=digest, extension="pdf", reader=1, lines=[["第1页", MARK]], problem=MARK, read_at=NOW
            )


def plant_around(planter, client, data_dir):
    """What no relation leads to: logs, sessions, reports of readers, uploads, files that were kept."""
    thing, rows, by = planter.thing, planter.rows, planter.by
    place = thing._meta.model_name
    for row in (thing, *rows.values()):
        kind = ContentType.objects.get_for_model(row)
        said = {"object_repr": MARK, "action_flag": CHANGE, "change_message": MARK}
        LogEntry.objects.create(user=by, content_type=kind, object_id=str(row.pk), **said)
    for address in (f"/{place}s/{thing.pk}/", f"/{'d' if place == 'document' else 'j'}/{thing.pk}"):
        told = {"page_title": MARK, "words": MARK, "answer": MARK, "contact": MARK, "kind": "wording"}
        ErrorReport.objects.create(
            agency=thing.agency, address=address, reported_at=NOW, due_on=NOW.date(), **told
        )
    Autosave.objects.create(
        user=by, kind=thing._meta.label_lower, object_id=thing.pk, data=[["title", MARK]], saved_at=NOW
    )
    upload = ArchiveUpload(agency=thing.agency, file_name=MARK, uploaded_by=by, uploaded_at=NOW)
    upload.file.save("archive.xlsx", ContentFile(MARK.encode()))
    if batch := planter.lent.get(NoticeBatch):
        attachment = next(row for kind, row in rows.items() if kind.__name__ == "Attachment")
        kept = BatchFile(batch=batch, name=MARK, findings=[MARK])
        old = attachment.events.order_by("pgh_id").first()
        kept.sha256 = old.sha256
        kept.file.save("kept.pdf", ContentFile(MARK.encode()))
        batch.order = {"strike": {"1": f"《{thing.title}》不合适"}}
        batch.save()
        batch.order = {}
        batch.problem = f"第1条《{thing.title}》不能提交"
        batch.save()
    paper = data_dir / "paper" / str(thing.pk) / "kept.pdf"
    if place == "document":
        paper.parent.mkdir(parents=True)
        paper.write_bytes(MARK.encode())
    with act(by=by, action="update", reason=MARK):
        type(thing)._default_manager.filter(pk=thing.pk).update(topic_text=f"{MARK}旧")
    client.force_login(by)
    session = client.session
    session["said"] = thing.title
    session.save()


def left_over(folder):
    """Every column of every table, and every file, that holds the marker."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        for table, column, kind in cursor.fetchall():
            text = f"convert_from(\"{column}\", 'UTF8')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {text} LIKE %s', [f"%{MARK}%"])
            found += [f"{table}.{column}"] if cursor.fetchone()[0] else []
    files = [path for path in folder.rglob("*") if path.is_file()]
    return found + [str(path) for path in files if MARK.encode() in path.read_bytes()]


@pytest.mark.parametrize("factory", [DocumentFactory, InterpretationFactory])
def test_nothing_is_left_of_what_was_purged(
    factory, people, settings, tmp_path, client, django_capture_on_commit_callbacks
):
    settings.DATA_DIR = tmp_path
    names = ("title", "summary", "doc_number", "issuer", "topic_text", "source_url", "remarks")
    words = {name: f"{MARK}{name}" for name in names}
    extra = {"openness_reason": MARK, "no_interpretation_reason": MARK, "correction_note": MARK}
    if factory is InterpretationFactory:
        extra = {"interpreter": MARK, "contact": MARK, "elements": {"background": MARK}}
    thing = factory(
        agency=people.minzheng, published=True, body=f"<p>{MARK}</p>", keywords=[MARK], **words, **extra
    )
    with django_capture_on_commit_callbacks(execute=True):
        planter = Planter(thing, people)
        rows = planter.plant_all()
        plant_around(planter, client, tmp_path)
        take_offline = (services if factory is DocumentFactory else meaning).take_offline
        take_offline(thing, by=people.office, reason=f"{MARK}误发", now=NOW)
    index.drain()
    before = left_over(tmp_path)
    tables = {place.partition(".")[0] for place in before if not place.startswith("/")}
    unplanted = {kind._meta.db_table for kind in rows} - tables
    assert unplanted <= WORDLESS, "every row bears the marker"
    assert sum(place.startswith("/") for place in before) > (12 if factory is DocumentFactory else 3)
    with django_capture_on_commit_callbacks(execute=True):
        purge = services.propose_purge(thing, by=people.office, now=NOW, **ORDER)
        purge = services.confirm_purge(purge, by=OfficeUserFactory(username="zhengfuban2"), now=NOW)
    left = left_over(tmp_path)
    assert left == [], left
    assert purge.content_hash
    assert purge.order_number == ORDER["order_number"]


#: Rows that say who, when and which, and nothing in words.
WORDLESS = {"disclosure_lawtext", "disclosure_filingline", "disclosure_filingbatch", "disclosure_reminder"}
