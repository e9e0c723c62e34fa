"""批量发布: a table of short notices, submitted as one and signed as one; the rows become documents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from agencies.models import Agency, User
from disclosure import rules
from disclosure.models import Document, NoticeBatch, NoticeRow
from disclosure.notice_rows import KEYS, MOST_ROWS, Checked
from disclosure.services import documents, findings, publication
from disclosure.services.attachments import add_attachment
from disclosure.services.batch_checks import checked_rows
from disclosure.services.batch_files import collecting_batch, forget_kept, locked_batch
from disclosure.services.errors import NotAllowed
from disclosure.services.manner import having_read
from disclosure.states import BatchState, Publication

logger = logging.getLogger(__name__)
TASK = "disclosure.work_batch"
#: So many rows are done while the person waits; more are the worker's.
AT_ONCE = 20
#: So often an order is taken up again whose worker was killed.
MOST_TRIES = 3
_OPEN = (Publication.SUBMITTED, Publication.SCHEDULED)


def create_batch(*, agency: Agency, name: str, by: User, now: datetime | None = None) -> NoticeBatch:
    """Begin a batch. Raises NotAllowed outside `by`'s scope or role."""
    with publication.act(by=by, action="create"):
        if not rules.can_create(by, agency):
            raise NotAllowed(f"您不能为「{agency.name}」起草，请联系该单位的经办人。")
        moment = now or timezone.now()
        title = name.strip()[:120] or f"{timezone.localdate(moment):%Y-%m-%d} 批量发布"
        return NoticeBatch.objects.create(agency=agency, name=title, created_by=by, created_at=moment)


def put_rows(batch: NoticeBatch, *, rows: Sequence[Mapping[str, str]], by: User) -> int:
    """Put a table in the place of the rows that stand there; returns how many. Raises NotAllowed."""
    with publication.act(by=by, action="update"):
        fresh = collecting_batch(batch, by)
        if len(rows) > MOST_ROWS:
            raise NotAllowed(f"一批最多{MOST_ROWS}条，现在有{len(rows)}条，请分几批。")
        fresh.rows.all().delete()
        NoticeRow.objects.bulk_create(
            NoticeRow(batch=fresh, position=number, values=_texts(row))
            for number, row in enumerate(rows, start=1)
        )
        return len(rows)


def change_rows(batch: NoticeBatch, *, changes: Mapping[int, Mapping[str, str]], by: User) -> int:
    """Correct rows in place: ids, each with its texts by column; returns how many differ. Raises
    NotAllowed."""
    with publication.act(by=by, action="update"):
        fresh = collecting_batch(batch, by)
        changed = []
        for row in fresh.rows.filter(pk__in=list(changes)):
            values = {**row.values, **_texts(changes[row.pk])}
            if values != row.values:
                row.values = values
                changed.append(row)
        NoticeRow.objects.bulk_update(changed, ["values"])
        return len(changed)


def drop_rows(batch: NoticeBatch, *, pks: Sequence[int], by: User) -> int:
    """Take rows out before submission; returns how many went. Raises NotAllowed."""
    with publication.act(by=by, action="update"):
        return int(collecting_batch(batch, by).rows.filter(pk__in=list(pks)).delete()[0])


def check_batch(batch: NoticeBatch, *, by: User) -> list[Checked]:
    """Every row with its errors and findings. A fixed number of queries, however many rows."""
    return checked_rows(batch, by=by)


def submit_batch(batch: NoticeBatch, *, by: User, now: datetime | None = None) -> NoticeBatch:
    """Make a document of each row and hand all of them to the reviewer, or none. Raises NotAllowed with the
    rows that are not ready."""
    with publication.act(by=by, action="submit_batch"):
        fresh = collecting_batch(batch, by, also=BatchState.WORKING)
        rows = checked_rows(fresh, by=by)
        if not rows:
            raise NotAllowed("这一批还没有内容，请先上传清单或文件。")
        if unready := [row for row in rows if not row.is_ready]:
            first = "、".join(str(row.position) for row in unready[:10])
            more = "等" if len(unready) > 10 else ""
            raise NotAllowed(f"有{len(unready)}条还没有改好（第{first}条{more}），请改好再提交。")
        for row in rows:
            _as_document(row, by=by, now=now)
        fresh.state, fresh.order, fresh.problem = BatchState.SUBMITTED, {}, ""
        fresh.submitted_by, fresh.submitted_at = by, now or timezone.now()
        fresh.save()
    return fresh


def _as_document(row: Checked, *, by: User, now: datetime | None) -> None:
    try:
        document = documents.create_document(by=by, now=now, **row.values)
        for kept in row.files:
            with kept.file.open("rb") as content:
                add_attachment(document, by=by, file=File(content, name=kept.name))
        note = row.texts.get("note", "").strip()
        # A note on a row in which nothing is found says nothing.
        if note and (keys := [findings.key_of(one) for one in findings.scan(document)]):
            findings.justify(document, keys=keys, reason=note, by=by, now=now)
        documents.submit(document, by=by, now=now)
    except NotAllowed as refusal:
        raise NotAllowed(
            f"第{row.position}条《{row.texts['title'][:40]}》：{' '.join(refusal.messages)}"
        ) from refusal
    NoticeRow.objects.filter(pk=row.pk).update(document=document)


def sign_batch(
    batch: NoticeBatch,
    *,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    strike: Mapping[int, str] | None = None,
    rounds: Mapping[int, int] | None = None,
    now: datetime | None = None,
) -> NoticeBatch:
    """Do the waiting step of every member: where it is the last one all of them are public, in one
    transaction, at one moment. `strike` (document id: reason) goes back to the clerk instead. `rounds`
    (document id: round of review): what the signer read.

    Raises NotAllowed, naming the notice that stands against it; then nothing is done.
    """
    with publication.act(by=by, action="sign_batch"):
        fresh = locked_batch(batch)
        if fresh.state not in {BatchState.SUBMITTED, BatchState.WORKING}:
            raise NotAllowed("这一批现在不在待审核状态，可能同事已经办理了，请刷新页面查看。")
        moment, struck = now or timezone.now(), dict(strike or {})
        waiting = list(_members(fresh).filter(status=Publication.SUBMITTED).order_by("pk"))
        if not waiting:
            raise NotAllowed("这一批里没有等待审核的内容。")
        for document in waiting:
            reason = struck.get(document.pk)
            # What came in since the signer opened the page is of no round that was read.
            with having_read(document, None if rounds is None else str(rounds.get(document.pk, 0))):
                _sign_one(
                    document,
                    by=by,
                    secrecy_cleared=secrecy_cleared,
                    remarks=remarks,
                    reason=reason,
                    now=moment,
                )
            if reason:
                NoticeRow.objects.filter(document=document).update(struck_reason=reason[:500])
        fresh.state, fresh.order, fresh.problem = BatchState.SUBMITTED, {}, ""
        if not _members(fresh).filter(status__in=_OPEN).exists():
            fresh.state = BatchState.DONE
            fresh.signed_by, fresh.signed_at = by, moment
        fresh.save()
    return fresh


def _sign_one(
    document: Document,
    *,
    by: User,
    secrecy_cleared: bool,
    remarks: str,
    reason: str | None,
    now: datetime,
) -> None:
    given: dict[str, Any] = {"by": by, "secrecy_cleared": secrecy_cleared, "remarks": remarks, "now": now}
    try:
        if reason is not None:
            documents.send_back(document, by=by, remarks=reason, now=now)
        elif document.is_at_last_step:
            documents.approve(document, **given)
        else:
            documents.agree(document, **given)
    except NotAllowed as refusal:
        raise NotAllowed(f"《{document.title[:40]}》：{' '.join(refusal.messages)}") from refusal


def recall_batch(batch: NoticeBatch, *, by: User) -> NoticeBatch:
    """Take the whole batch back (收回) while nobody has signed anything: rows to correct again. Raises
    NotAllowed."""
    with publication.act(by=by, action="recall"):
        fresh = locked_batch(batch)
        if fresh.state != BatchState.SUBMITTED:
            raise NotAllowed("只有待审核的批次能收回，请刷新页面查看。")
        members = list(_members(fresh))
        if any(one.status != Publication.SUBMITTED or one.signer_ids for one in members):
            raise NotAllowed("这一批已经有人审核过，不能整批收回；要改哪一条，请审核人剔除那一条。")
        for document in members:
            documents.recall(document, by=by)
            documents.delete_draft(document, by=by)
        fresh.state, fresh.submitted_by, fresh.submitted_at = BatchState.COLLECTING, None, None
        fresh.save()
    return fresh


def drop_batch(batch: NoticeBatch, *, by: User) -> None:
    """Throw away a batch that was never submitted. Raises NotAllowed."""
    with publication.act(by=by, action="delete"):
        fresh = collecting_batch(batch, by)
        for kept in fresh.files.all():
            forget_kept(kept)
        fresh.delete()


# --- The worker's part


def order(batch: NoticeBatch, *, act: str, by: User, **given: Any) -> NoticeBatch:
    """Do `submit` or `sign` now, or leave it to the worker where it is long (state 正在办理). Raises
    NotAllowed for what is refused at once; what the worker is refused stands in `problem`."""
    if batch.rows.count() <= AT_ONCE:
        return _ACTS[act](batch, by=by, **given)
    with transaction.atomic():
        fresh = locked_batch(batch)
        wanted = BatchState.COLLECTING if act == "submit" else BatchState.SUBMITTED
        if fresh.state != wanted:
            raise NotAllowed("这一批正在办理，或者同事已经办理了，请刷新页面查看。")
        if not rules.covers(by, fresh.agency):
            raise NotAllowed("这一批不在您的管理范围内。")
        # JSON has texts for keys: those of whole numbers are read back.
        keyed = {name: given.pop(name) for name in _KEYED & given.keys() if given[name] is not None}
        fresh.order = {"act": act, "by": by.pk, "given": given, "keyed": keyed}
        fresh.state, fresh.problem = BatchState.WORKING, ""
        fresh.save()
        app.configure_task(TASK).defer(batch_id=fresh.pk)
    return fresh


def work_order(*, batch_id: int) -> None:
    """Do what was ordered; a refusal is written down and the batch is as before. Runs twice without harm."""
    batch = NoticeBatch.objects.filter(pk=batch_id, state=BatchState.WORKING).first()
    if batch is None or not batch.order:
        return
    act, given = batch.order["act"], dict(batch.order["given"])
    by = User.objects.get(pk=batch.order["by"])
    for name, held in batch.order.get("keyed", {}).items():
        given[name] = {int(pk): one for pk, one in held.items()}
    try:
        _ACTS[act](batch, by=by, **given)
    except NotAllowed as refusal:
        give_up(batch_id=batch_id, problem=" ".join(refusal.messages))
    except Exception:
        give_up(batch_id=batch_id, problem="办理中断了，什么都没有写入。请再办一次；还不行请告诉系统管理员。")
        raise


def resume_batches() -> int:
    """Take up again what a worker was killed over: a batch that is 正在办理 and that nobody holds. Returns
    how many. One that never comes to its end is given up with a sentence: it would block the worker."""
    with transaction.atomic():
        rows = NoticeBatch.objects.select_for_update(skip_locked=True).filter(state=BatchState.WORKING)
        left = list(rows.order_by("pk"))
        for batch in left:
            batch.order = {**batch.order, "tries": batch.order.get("tries", 0) + 1}
            batch.save(update_fields=["order"])
    for batch in left:
        if batch.order["tries"] > MOST_TRIES or "act" not in batch.order:
            give_up(batch_id=batch.pk, problem="几次都中断了，什么都没有写入。请分成小批再办。")
            continue
        try:
            work_order(batch_id=batch.pk)
        except Exception:
            # The batch says so itself; the next one must not wait for it.
            logger.exception("batch %s", batch.pk)
    return len(left)


def give_up(*, batch_id: int, problem: str) -> None:
    """A batch whose order was refused or broken off is as it was, with the reason."""
    with transaction.atomic():
        rows = NoticeBatch.objects.select_for_update().filter(pk=batch_id, state=BatchState.WORKING)
        if (fresh := rows.first()) is not None:
            submitted = fresh.submitted_at is not None
            fresh.state = BatchState.SUBMITTED if submitted else BatchState.COLLECTING
            fresh.order, fresh.problem = {}, problem
            fresh.save()


#: What is handed over by the id of a document.
_KEYED = frozenset({"strike", "rounds"})
_ACTS: dict[str, Callable[..., NoticeBatch]] = {"submit": submit_batch, "sign": sign_batch}


def _texts(row: Mapping[str, str]) -> dict[str, str]:
    return {key: str(row[key]).strip() for key in KEYS if key in row}


def _members(batch: NoticeBatch) -> Any:
    return Document.objects.filter(notice_row__batch=batch).select_related("agency")
