"""The one door for writes to documents."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import User
from catalog.models import Field, Item
from disclosure import requirements, rich_text
from disclosure.models import Document
from disclosure.register_states import NO_SECRETS, is_secret
from disclosure.services import corrections, findings, moves, publication, texts
from disclosure.services.attachments import forget_files
from disclosure.services.drafting import copy_drafting_note, forget_drafting_file, missing_drafting_note
from disclosure.services.errors import NotAllowed
from disclosure.services.laws import repeal_laws_of
from disclosure.services.originals import forget_original
from disclosure.services.withholding import refuse_less_open
from disclosure.states import Openness, Publication

logger = logging.getLogger(__name__)
_LINKS = ("fields", "items")
_OWN = (
    "kind",
    "genre",
    "stage",
    "effective_on",
    "expires_on",
    "validity",
    "openness",
    "openness_ground",
    "openness_reason",
    "is_notice",
    "is_policy",
    "is_normative",
    "no_interpretation_reason",
    *sorted(corrections.ABOUT),
)
FIELDS = publication.FIELDS | frozenset(_OWN)
#: Metadata that may be corrected once the document is public, with a reason.
CORRECTABLE = publication.CORRECTABLE | frozenset(
    ["genre", "stage", "effective_on", "expires_on", "validity", "is_normative", *_LINKS]
)


def create_document(*, by: User, source_id: str = "", now: datetime | None = None, **values: Any) -> Document:
    """Write a draft. `values`: the names of `FIELDS`, and `fields`, `items` (领域, 目录事项).

    Raises NotAllowed when the agency is out of `by`'s scope or a value cannot stand.
    """
    own, links = _split(values)
    with publication.act(by=by, action="create"):
        _refuse_foreign_items(links, by=by, document=None)
        own["source_id"] = source_id
        document = publication.create(Document, by=by, values=own, check=_check_consistency, now=now)
        _set_links(document, links)
    return document


def update_document(
    document: Document, *, by: User, reason: str = "", seen: int | None = None, **values: Any
) -> Document:
    """Change a draft; or correct metadata (`CORRECTABLE`) of a public document, with `reason` (更正原因).

    Title and body of something public are locked: withdraw it, copy it to a draft, change, submit.
    `seen`: the `edit_version` before the writer's eyes. Raises NotAllowed; Outdated for another one.
    """
    own, links = _split(values)
    with publication.act(by=by, action="update", **({"reason": reason} if reason else {})):
        _refuse_foreign_items(links, by=by, document=document)
        if document.corrects_id:
            corrections.refuse_metadata(document, _changed_names(document, own, links))
        held = corrections.before(document, _LINKS)
        fresh = publication.revise(
            document,
            by=by,
            values=own,
            links=links,
            correctable=CORRECTABLE,
            check=_check_consistency,
            reason=reason,
            seen=seen,
        )
        corrections.note_metadata(held, fresh, by=by, reason=reason)
        repeal_laws_of(fresh)
    return fresh


def _changed_names(document: Document, own: Mapping[str, Any], links: Mapping[str, Any]) -> set[str]:
    return publication.changed_names(publication.locked(document), {**own, **links})


def submit(document: Document, *, by: User, now: datetime | None = None) -> Document:
    """Hand the draft to the reviewer (提交审核). Raises NotAllowed with all that is missing."""
    texts.read_ahead(document)
    with publication.act(by=by, action="submit"):
        fresh = moves.submit(document, by=by, now=now, problems=_unfit_to_submit)
        requirements.run_submission_companions(fresh)
    return fresh


def recall(document: Document, *, by: User) -> Document:
    """Take one's own submission back (收回), to go on writing. Raises NotAllowed."""
    with publication.act(by=by, action="recall"):
        fresh = moves.recall(document, by=by)
        requirements.run_return_companions(fresh)
    return fresh


def send_back(
    document: Document, *, by: User, remarks: str, to: int | None = None, now: datetime | None = None
) -> Document:
    """Return with remarks, to the clerk (退回修改) or `to` an earlier step. Raises NotAllowed."""
    with publication.act(by=by, action="send_back", reason=remarks):
        fresh = moves.send_back(document, by=by, remarks=remarks, to=to, now=now)
        if to is None:
            requirements.run_return_companions(fresh, fresh.remarks)
    return fresh


def agree(
    document: Document,
    *,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    now: datetime | None = None,
) -> Document:
    """Agree to the step that waits, when it is not the last (初审, 复审, 保密审查). Raises NotAllowed."""
    with publication.act(by=by, action="agree"):
        return moves.agree(document, by=by, now=now, secrecy_cleared=secrecy_cleared, remarks=remarks)


def approve(
    document: Document,
    *,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    now: datetime | None = None,
) -> Document:
    """Sign and publish (签发并公开), together with what waits for it (同步发布), or not at all.

    Checks: another person than drafter, submitter and earlier reviewers; 主动公开; complete; the secrecy
    check; every registered requirement. Raises NotAllowed with all that stands against it.
    """
    with publication.act(by=by, action="approve"):
        fresh = moves.publish(
            document,
            by=by,
            now=now,
            problems=_unfit_to_publish,
            secrecy_cleared=secrecy_cleared,
            remarks=remarks,
            finish=corrections.finish_of(document),
        )
        if not fresh.corrects_id:
            requirements.run_companions(fresh)
    return fresh


def schedule(
    document: Document,
    *,
    publish_at: datetime,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    now: datetime | None = None,
) -> Document:
    """Sign now, publish at a minute to come (定时公开); checked as `approve` is, and again then."""
    with publication.act(by=by, action="schedule"):
        fresh = moves.schedule(
            document,
            publish_at=publish_at,
            by=by,
            now=now,
            problems=_unfit_to_publish,
            secrecy_cleared=secrecy_cleared,
            remarks=remarks,
        )
        requirements.run_schedule_companions(fresh)
    return fresh


def hold(document: Document, *, by: User, remarks: str) -> Document:
    """Stop what was to go out at a set minute (暂缓公开): a draft again. Raises NotAllowed."""
    with publication.act(by=by, action="hold", reason=remarks):
        fresh = moves.hold(document, by=by, remarks=remarks)
        requirements.run_return_companions(fresh, fresh.remarks)
    return fresh


def release_due(*, now: datetime | None = None) -> int:
    """Publish every document whose minute has come; returns how many. Found by query, each in a transaction
    of its own, so a second run or a missed minute does no harm. What cannot go out waits with the reason in
    its remarks, which the work queue shows. Where somebody else holds it now, or what it corrects, it is left
    for the next minute. Neither holds up any other."""
    moment, released = now or timezone.now(), 0
    due = Document.objects.filter(status=Publication.SCHEDULED, publish_at__lte=moment)
    for pk, corrects in due.order_by("publish_at", "pk").values_list("pk", "corrects"):
        try:
            released += _release_one(pk, corrects, moment)
        except Exception:
            logger.exception("release of document %s", pk)
            _say_unreleased(pk, "系统出错，请告诉系统管理员。")
    return released


def _say_unreleased(pk: int, why: str) -> None:
    remarks = f"到时没有公开：{why}"[:500]
    with publication.act(by=None, action="not_released"):
        Document.objects.filter(pk=pk).exclude(remarks=remarks).update(remarks=remarks)


def _release_one(pk: int, corrects: int | None, moment: datetime) -> bool:
    rows = Document.objects.select_for_update(of=("self",), skip_locked=True)
    with publication.act(by=None, action="release"):
        if not publication.lock_corrected(Document, corrects, wait=False):
            return False
        fresh = rows.filter(pk=pk, status=Publication.SCHEDULED, publish_at__lte=moment).first()
        if fresh is None:
            return False
        try:
            with transaction.atomic():
                moves.release(
                    fresh, now=moment, problems=_unfit_to_publish, finish=corrections.finish_of(fresh)
                )
                if not fresh.corrects_id:
                    requirements.run_companions(fresh)
        except NotAllowed as refusal:
            _say_unreleased(pk, " ".join(refusal.messages))
            return False
    return True


def withdraw(document: Document, *, by: User, reason: str, now: datetime | None = None) -> Document:
    """Take down (撤下). `reason` stands on the page that stays behind. Raises NotAllowed."""
    with publication.act(by=by, action="withdraw", reason=reason):
        fresh = moves.withdraw(document, by=by, reason=reason, now=now)
        requirements.run_withdrawal_companions(fresh)
    return fresh


def take_offline(document: Document, *, by: User, reason: str, now: datetime | None = None) -> Document:
    """Take off every public output at once (紧急下线), with the interpretations that explain nothing else
    public. `reason` stays inside. Raises NotAllowed."""
    with publication.act(by=by, action="take_offline", reason=reason):
        fresh = moves.take_offline(document, by=by, reason=reason, now=now)
        requirements.run_offline_companions(fresh)
    return fresh


def restore(document: Document, *, by: User, reason: str, now: datetime | None = None) -> Document:
    """Put back (恢复公开) what another person took offline, with what went with it. Raises NotAllowed."""
    with publication.act(by=by, action="restore", reason=reason):
        fresh = moves.restore(document, by=by, reason=reason, now=now)
        requirements.run_restoration_companions(fresh)
    return fresh


def delete_draft(document: Document, *, by: User) -> None:
    """Delete a draft that never was public, its files with it. Raises NotAllowed."""
    with publication.act(by=by, action="delete"):
        fresh = publication.locked(document)
        digests = list(fresh.attachments.values_list("sha256", flat=True))
        forget_files(fresh.attachments.all())
        forget_drafting_file(fresh)
        digests.append(forget_original(fresh))
        publication.delete(fresh, by=by)
        texts.forget_unused(digests)


def copy_to_draft(document: Document, *, by: User, now: datetime | None = None) -> Document:
    """Start a new draft with the texts and metadata of this one; files, numbers and dates stay behind."""
    names = FIELDS - {"topic_text", "validity", "source_url"} - corrections.ABOUT
    with publication.act(by=by, action="create", origin=str(document.pk)):
        original = publication.locked_for_copy(document, by=by)
        values: dict[str, Any] = {name: getattr(original, name) for name in names}
        values["fields"] = list(original.fields.all())
        values["items"] = list(original.items.filter(pk__in=Item.objects.in_scope_of(by).values("pk")))
        copy = create_document(by=by, now=now, **values)
        copy_drafting_note(original, copy)
        return publication.inherit_editors(copy, original=original)


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    unknown = values.keys() - FIELDS - set(_LINKS)
    if unknown:
        raise TypeError(f"not fields of a document: {', '.join(sorted(unknown))}")
    own = {name: value for name, value in values.items() if name in FIELDS}
    return own, {name: list(values[name]) for name in _LINKS if name in values}


def _refuse_foreign_items(links: Mapping[str, Any], *, by: User, document: Document | None) -> None:
    """A new link leads to an item that is `by`'s to publish under (`linkable_by`); links of others stay."""
    wanted = {item.pk for item in links.get("items", [])}
    if document is not None:
        wanted -= set(document.items.values_list("pk", flat=True))
    if len(wanted) != Item.objects.linkable_by(by).filter(pk__in=wanted).count():
        raise NotAllowed(
            "只能关联本单位（含下属单位）目录里的事项，或公开主体写明由本单位公开的事项；"
            "其他的请由县政府办公室关联。"
        )


def _set_links(document: Document, links: Mapping[str, Any]) -> None:
    for name, value in links.items():
        getattr(document, name).set(value)


def _check_consistency(document: Document) -> None:
    """The end comes after the start; what is not 主动公开 has its ground and reason (条例 14–16)."""
    start = document.effective_on or document.written_on
    if start and document.expires_on and document.expires_on < start:
        raise NotAllowed("有效期至不能早于施行日期或成文日期，请核对。")
    if document.is_notice and (document.is_policy or document.is_normative):
        raise NotAllowed("政策文件、规范性文件须走完整的审核流程，不能按短信息办理。")
    if is_secret(document.openness_ground):
        raise NotAllowed(NO_SECRETS)
    refuse_less_open(document)
    if document.openness in {Openness.ON_REQUEST, Openness.WITHHELD} and not (
        document.openness_ground and document.openness_reason
    ):
        raise NotAllowed("依申请公开或不予公开，须选择法定依据并写明理由（条例第十四至十六条）。")


def incomplete(document: Document) -> list[str]:
    """What a draft must have before it goes to review (国办发〔2016〕80号: no openness, no submission)."""
    found = []
    if not rich_text.to_text(document.body) and not document.attachments.exists():
        found.append("正文是空的：请录入正文，或上传附件。")
    if document.written_on is None:
        found.append("请填写成文日期：领导签发的日期，或者会议通过的日期。")
    if document.topic_id is None:
        found.append("请选择主题分类：群众按它查找文件。")
    if not document.openness:
        found.append("请确定公开属性：没有公开属性的文件不予发文。")
    elif document.openness != Openness.PROACTIVE:
        label = Openness(document.openness).label
        found.append(f"公开属性是「{label}」的文件不上网，不用送审；请点「报备案」，向县政府办公室备案。")
    return found


def _unfit_to_submit(document: Document) -> list[str]:
    if document.corrects_id:
        return [*incomplete(document), *corrections.problems(document), *findings.settle(document)]
    return [
        *incomplete(document),
        *missing_drafting_note(document),
        *requirements.submission_problems(document),
        *findings.settle(document),
    ]


def _unfit_to_publish(document: Document) -> list[str]:
    found = incomplete(document)
    if document.written_on and document.written_on > timezone.localdate():
        found.append("成文日期在今天之后，请退回核对：先成文，后公开。")
    if document.corrects_id:
        return found + corrections.problems(document)
    return found + missing_drafting_note(document) + requirements.problems(document)


def follow_merged_field(source: Field, target: Field) -> None:
    """Documents of a field (领域) that is merged into another belong to that one from now on. Runs inside
    `catalog.services.merge_fields`, which has asked for the right."""
    links = Document.fields.through.objects
    there = links.filter(field=target).values("document")
    links.filter(field=source).exclude(document__in=there).update(field=target)
    links.filter(field=source).delete()
