"""Filing (归类): items, topic, stage and column of public documents in one act, and taking that act back.

Filing corrects metadata of something public, the reason being 归类; title, body and dates stay. One
transaction and one context of history for all documents of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from agencies.models import User
from catalog.models import Item
from catalog.states import Stage
from disclosure import backlog, rules
from disclosure.models import Document, FilingBatch, FilingLine, Topic
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import GENRES, DocumentKind, Publication

REASON = "归类"
_OWN = ("topic_id", "stage", "kind", "genre")
_AGAIN = "请刷新页面，看看现在的内容。"


@dataclass(frozen=True)
class Choice:
    """What somebody chose for one document. None leaves a thing as it is; `items=[]` says that none fits.

    `seen` is the mark (`backlog.stamp`) of what stood there when the choice was made; empty: not asked.
    """

    document: int
    items: Sequence[int] | None = None
    topic: int | None = None
    stage: str | None = None
    kind: str | None = None
    genre: str | None = None
    seen: str = ""


@dataclass
class _Row:
    """A locked document beside what stands there now."""

    document: Any
    before: dict[str, Any]
    last_line: int | None


def file_documents(*, choices: Sequence[Choice], by: User, now: datetime | None = None) -> FilingBatch:
    """File the documents of `choices` (归类) and return the batch.

    A document that somebody changed meanwhile, or that may not be filed so, is left out and named in
    `batch.skipped`; the others are filed. Raises NotAllowed, with all the reasons, when none is left.
    """
    with publication.act(by=by, action="file", reason=REASON):
        rows = _locked((choice.document for choice in choices), by)
        check = _Checks(choices, by)
        skipped, work = [], []
        for choice in _once(choices):
            row = rows.get(choice.document)
            if row is None:
                skipped.append("有一份文件不在您的管理范围内，或者已经删除了，没有归类。")
            elif problem := check.problem(choice, row):
                skipped.append(f"《{row.document.title}》{problem}")
            else:
                work.append((row, check.after(choice, row)))
        if not work:
            raise NotAllowed(*(skipped or ["还没有选中任何文件：请先接受几行，再保存。"]))
        _write(work)
        batch = FilingBatch.objects.create(by=by, at=now or timezone.now(), count=len(work))
        FilingLine.objects.bulk_create(
            FilingLine(batch=batch, document=row.document, before=row.before, after=after)
            for row, after in work
        )
    batch.skipped = tuple(skipped)
    return batch


def undo_filing(*, batch: FilingBatch, by: User, now: datetime | None = None) -> FilingBatch:
    """Put back, exactly, what stood before a batch (撤销归类). Whoever filed it, or the office, may.

    A document that was changed since keeps what it has and is named in `batch.skipped`. Raises NotAllowed
    when the batch was undone already, is somebody else's, or nothing of it can be put back.
    """
    with publication.act(by=by, action="undo_filing", reason="撤销归类"):
        fresh = FilingBatch.objects.select_for_update().get(pk=batch.pk)
        if fresh.undone_at is not None:
            raise NotAllowed("这一批已经撤销过了，不用再撤销。")
        if fresh.by_id != by.pk and not rules.may_undo_filing_of_others(by):
            raise NotAllowed("这一批是别人归类的，请由本人或县政府办公室撤销。")
        lines = list(fresh.lines.filter(undone=False).order_by("document_id"))
        rows = _locked((line.document_id for line in lines), by)
        skipped, work, undone = [], [], []
        for line in lines:
            row = rows.get(line.document_id)
            if row is None:
                skipped.append("有一份文件不在您的管理范围内，或者已经删除了，没有恢复。")
            elif row.before != line.after or row.last_line != line.pk:
                skipped.append(f"《{row.document.title}》在归类以后又改过，保留现在的内容。")
            elif not rules.can_correct(by, row.document):
                skipped.append(
                    f"《{row.document.title}》现在不是已公开的状态，或者您的角色不能更正，没有恢复。"
                )
            else:
                work.append((row, line.before))
                undone.append(line.pk)
        if not work:
            raise NotAllowed(*skipped)
        _write(work)
        FilingLine.objects.filter(pk__in=undone).update(undone=True)
        fresh.undone_by, fresh.undone_at = by, now or timezone.now()
        fresh.save(update_fields=["undone_by", "undone_at"])
    fresh.skipped = tuple(skipped)
    return fresh


def _once(choices: Iterable[Choice]) -> list[Choice]:
    return list({choice.document: choice for choice in choices}.values())


def _locked(pks: Iterable[int], by: User) -> dict[int, _Row]:
    """Lock the documents among `pks` in `by`'s scope, by the order of their ids, and read them."""
    wanted = Document.objects.in_scope_of(by).filter(pk__in=set(pks)).order_by("pk")
    documents = list(wanted.select_for_update(of=("self",)).select_related("agency").defer("body"))
    # Read under the locks: whoever filed first has written by now.
    states = backlog.states_of([document.pk for document in documents])
    return {
        document.pk: _Row(
            document, backlog.state_of(document, states[document.pk][0]), states[document.pk][1]
        )
        for document in documents
    }


class _Checks:
    """What may be chosen, read once for all documents of a batch."""

    def __init__(self, choices: Sequence[Choice], by: User) -> None:
        self.by = by
        wanted = {pk for choice in choices for pk in choice.items or ()}
        linkable = Item.objects.linkable_by(by).in_force().filter(pk__in=wanted)
        self.items = set(linkable.values_list("pk", flat=True))
        self.topics = set(Topic.objects.values_list("pk", flat=True))

    def problem(self, choice: Choice, row: _Row) -> str:
        """Return why a choice cannot stand, in words that follow the title; empty when it can."""
        document = row.document
        if choice.seen and choice.seen != backlog.stamp(row.before, row.last_line):
            return f"刚才已经被人归类或者改过了，这一行没有保存：{_AGAIN}"
        if document.status != Publication.PUBLISHED:
            return "现在不是已公开的状态，不能在这里归类：草稿请在文件页面里填写。"
        if not rules.can_correct(self.by, document):
            return "您的角色不能更正，请由本单位经办人或县政府办公室归类。"
        if set(choice.items or ()) - self.items - set(row.before["items"]):
            return "选的事项已经停用，或者不是本单位能关联的：请另选一项。"
        if choice.topic is not None and choice.topic not in self.topics:
            return "选的主题分类已经没有了：请另选一类。"
        return self._wrong_word(choice, row)

    @staticmethod
    def _wrong_word(choice: Choice, row: _Row) -> str:
        if choice.stage and choice.stage not in Stage.values:
            return "选的五公开环节不认识：请从列表里选。"
        if choice.genre and choice.genre not in GENRES:
            return "选的体裁不认识：请从列表里选。"
        if choice.kind is not None and choice.kind != row.before["kind"]:
            if choice.kind not in DocumentKind.values:
                return "选的栏目不认识：请从列表里选。"
            if row.document.approved_by_id is not None:
                return "是在本系统审核公开的，栏目在审核时已经定了，不能在这里改。"
        return ""

    @staticmethod
    def after(choice: Choice, row: _Row) -> dict[str, Any]:
        """Return what stands there once the choice is written."""
        chosen = {"topic": choice.topic, "stage": choice.stage, "kind": choice.kind, "genre": choice.genre}
        after = row.before | {name: value for name, value in chosen.items() if value is not None}
        if choice.items is not None:
            after["items"] = sorted(set(choice.items))
        return after


def _write(work: Sequence[tuple[_Row, Mapping[str, Any]]]) -> None:
    """Write each row's state with a handful of statements, however many rows."""
    moment = timezone.now()
    for row, after in work:
        document = row.document
        document.topic_id, document.updated_at = after["topic"], moment
        document.stage, document.kind, document.genre = after["stage"], after["kind"], after["genre"]
    # Also where only items changed: the links have no history of their own, the document's shows the act.
    changed = [row.document for row, after in work if row.before != after]
    for document in changed:
        document.edit_version += 1
    Document.objects.bulk_update(changed, [*_OWN, "updated_at", "edit_version"])
    through = Document.items.through
    gone: set[tuple[int, int]] = set()
    new = []
    for row, after in work:
        old, now = set(row.before["items"]), set(after["items"])
        gone |= {(row.document.pk, pk) for pk in old - now}
        new += [through(document_id=row.document.pk, item_id=pk) for pk in sorted(now - old)]
    if gone:
        links = through.objects.filter(document_id__in={document for document, _ in gone})
        known = links.values_list("pk", "document_id", "item_id")
        through.objects.filter(pk__in=[pk for pk, *pair in known if tuple(pair) in gone]).delete()
    through.objects.bulk_create(new, ignore_conflicts=True)
