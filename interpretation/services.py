"""The one door for writes to interpretations. The moves themselves live once, in `disclosure/services`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from agencies.models import User
from disclosure import rich_text, rules
from disclosure.models import Document
from disclosure.services import findings, moves, publication, review
from disclosure.services.attachments import forget_files
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication
from interpretation.models import Interpretation

FIELDS = publication.FIELDS | frozenset(["forms", "interpreter", "contact"])
_LINKS = ("documents",)
#: What may be corrected once it is public, with a reason. A link to a document is metadata too.
CORRECTABLE = publication.CORRECTABLE | frozenset(["forms", "interpreter", "contact", "documents"])


def create_interpretation(
    *, by: User, source_id: str = "", now: datetime | None = None, **values: Any
) -> Interpretation:
    """Write a draft. `values`: the names of `FIELDS`, and `documents` (解读的文件). Raises NotAllowed."""
    own, links = _split(values)
    with publication.act(by=by, action="create"):
        _refuse_foreign_links(links, by=by, interpretation=None)
        own["source_id"] = source_id
        interpretation = publication.create(Interpretation, by=by, values=own, check=_check_forms, now=now)
        if links:
            interpretation.documents.set(links["documents"])
    return interpretation


def update_interpretation(
    interpretation: Interpretation, *, by: User, reason: str = "", seen: int | None = None, **values: Any
) -> Interpretation:
    """Change a draft; or correct `CORRECTABLE` of something public, with `reason`. `seen`: the `edit_version`
    before the writer's eyes. Raises NotAllowed; Outdated for another one."""
    own, links = _split(values)
    with publication.act(by=by, action="update", **({"reason": reason} if reason else {})):
        _refuse_foreign_links(links, by=by, interpretation=interpretation)
        _refuse_lost_links(links, interpretation=interpretation)
        return publication.revise(
            interpretation,
            by=by,
            values=own,
            links=links,
            correctable=CORRECTABLE,
            check=_check_forms,
            reason=reason,
            seen=seen,
        )


def submit(interpretation: Interpretation, *, by: User, now: datetime | None = None) -> Interpretation:
    """Hand the draft to the reviewer (提交审核). Raises NotAllowed with all that is missing."""
    with publication.act(by=by, action="submit"):
        return moves.submit(interpretation, by=by, now=now, problems=_unfit_to_submit, alone=_goes_alone)


def recall(interpretation: Interpretation, *, by: User) -> Interpretation:
    """Take one's own submission back (收回), to go on writing. Raises NotAllowed."""
    with publication.act(by=by, action="recall"):
        return moves.recall(interpretation, by=by)


def send_back(
    interpretation: Interpretation,
    *,
    by: User,
    remarks: str,
    to: int | None = None,
    now: datetime | None = None,
) -> Interpretation:
    """Return with remarks, to the clerk (退回修改) or `to` an earlier step. Raises NotAllowed."""
    with publication.act(by=by, action="send_back", reason=remarks):
        return moves.send_back(interpretation, by=by, remarks=remarks, to=to, now=now)


def agree(
    interpretation: Interpretation,
    *,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    now: datetime | None = None,
) -> Interpretation:
    """Agree to the step that waits, when it is not the last (初审, 保密审查). Raises NotAllowed."""
    with publication.act(by=by, action="agree"):
        return moves.agree(interpretation, by=by, now=now, secrecy_cleared=secrecy_cleared, remarks=remarks)


def approve(
    interpretation: Interpretation,
    *,
    by: User,
    secrecy_cleared: bool = False,
    remarks: str = "",
    now: datetime | None = None,
) -> Interpretation:
    """Sign and publish on its own: possible once a document that it explains is public. Raises NotAllowed.

    An interpretation of a document still under review goes out with that document (同步发布).
    """
    with publication.act(by=by, action="approve"):
        return moves.publish(
            interpretation,
            by=by,
            now=now,
            problems=_unfit_to_publish,
            secrecy_cleared=secrecy_cleared,
            remarks=remarks,
        )


def withdraw(
    interpretation: Interpretation, *, by: User, reason: str, now: datetime | None = None
) -> Interpretation:
    """Take down (撤下). The document's page no longer shows it from then on. Raises NotAllowed."""
    with publication.act(by=by, action="withdraw", reason=reason):
        return moves.withdraw(interpretation, by=by, reason=reason, now=now)


def take_offline(
    interpretation: Interpretation, *, by: User, reason: str, now: datetime | None = None
) -> Interpretation:
    """Take off every public output at once (紧急下线). `reason` stays inside. Raises NotAllowed."""
    with publication.act(by=by, action="take_offline", reason=reason):
        return moves.take_offline(interpretation, by=by, reason=reason, now=now)


def restore(
    interpretation: Interpretation, *, by: User, reason: str, now: datetime | None = None
) -> Interpretation:
    """Put back (恢复公开) what another person took offline. Raises NotAllowed."""
    with publication.act(by=by, action="restore", reason=reason):
        return moves.restore(interpretation, by=by, reason=reason, now=now, problems=_explains_nothing_public)


def delete_draft(interpretation: Interpretation, *, by: User) -> None:
    """Delete a draft that never was public, its files with it. Raises NotAllowed."""
    with publication.act(by=by, action="delete"):
        fresh = publication.locked(interpretation)
        forget_files(fresh.attachments.all())
        publication.delete(fresh, by=by)


def copy_to_draft(interpretation: Interpretation, *, by: User, now: datetime | None = None) -> Interpretation:
    """Start a new draft with the texts and metadata of this one; files, numbers and dates stay behind."""
    gone = (Publication.WITHDRAWN, Publication.OFFLINE)
    with publication.act(by=by, action="create", origin=str(interpretation.pk)):
        original = publication.locked_for_copy(interpretation, by=by)
        values = {name: getattr(original, name) for name in FIELDS - {"topic_text", "source_url"}}
        documents = list(original.documents.exclude(status__in=gone))
        copy = create_interpretation(by=by, now=now, documents=documents, **values)
        return publication.inherit_editors(copy, original=original)


# --- What a document asks of this room (registered in apps.py)


def missing_interpretation(document: Document) -> list[str]:
    """A policy document goes out with its interpretation, or with a recorded reason (三同步; DOMAIN §5)."""
    if not _needs_interpretation(document):
        return []
    ready = (Publication.SUBMITTED, Publication.PUBLISHED)
    if document.interpretations.filter(status__in=ready).exists():
        return []
    return ["政策文件须与解读同步公开：请先提交一份解读并关联本文件，或写明不作解读的理由。"]


def undrafted_interpretation(document: Document) -> list[str]:
    """A policy document goes to review once its interpretation is at least drafted (同步起草; DOMAIN §5)."""
    alive = (Publication.DRAFT, Publication.SUBMITTED, Publication.PUBLISHED)
    if not _needs_interpretation(document) or document.interpretations.filter(status__in=alive).exists():
        return []
    return ["政策文件须同步起草解读：请先用「为本文件写解读」起草一份，或写明不作解读的理由。"]


def _needs_interpretation(document: Document) -> bool:
    return document.is_policy and not document.no_interpretation_reason.strip()


def publish_with_document(document: Document) -> None:
    """Publish, in the document's own transaction, the interpretations that wait for it (同步发布).

    The document's approver approves them too where he or she may (`rules.can_approve`): one of another
    agency, or one that the approver drafted, changed or submitted, waits for another reviewer. Raises
    NotAllowed when a policy document would go out without any.
    """
    by, now = document.approved_by, document.approved_at
    if by is None:
        return
    waiting: list[Interpretation] = []
    for interpretation in document.interpretations.filter(status=Publication.SUBMITTED).order_by("pk"):
        fresh = publication.locked(interpretation)
        if rules.can_approve(by, fresh):
            # Whoever signed the document read and cleared the whole package.
            review.sign(fresh, by=by, at=now or timezone.now(), secrecy_cleared=True)
            moves.publish_locked(fresh, by=by, now=now)
        elif fresh.status == Publication.SUBMITTED:
            waiting.append(fresh)
    if not (waiting and _needs_interpretation(document)):
        return
    if not document.interpretations.filter(status=Publication.PUBLISHED).exists():
        raise NotAllowed(*dict.fromkeys(_why_waiting(interpretation, by) for interpretation in waiting))


def _why_waiting(interpretation: Interpretation, by: User) -> str:
    if not rules.covers(by, interpretation.agency):
        return (
            f"与本文件同步公开的解读属于「{interpretation.agency.name}」，不在您的管理范围内，不能由您审核："
            "请县政府办公室审核本文件，解读随之公开。"
        )
    return (
        "与本文件同步公开的解读由您本人起草、修改或提交，不能由您审核："
        "请另一位审核人来审核本文件，解读随之公开。"
    )


def withdraw_with_document(document: Document) -> None:
    """Take down the interpretations that explain nothing public any more, so that no dead link stays."""
    by, now = document.withdrawn_by, document.withdrawn_at
    if by is None:
        return
    for fresh in [*_explaining_it_alone(document, Publication.PUBLISHED), *_gone_offline_with(document)]:
        moves.take_down(fresh, by=by, reason="所解读的文件已撤下。", now=now)


def offline_with_document(document: Document) -> None:
    """Take offline, with the document, the interpretations that explain nothing else public: what they are
    called tells what it was, on the page of a withdrawn one too."""
    by, reason = document.offline_by, document.offline_reason
    if by is None:
        return
    for fresh in _explaining_it_alone(document, Publication.PUBLISHED, Publication.WITHDRAWN):
        moves.put_offline(fresh, by=by, reason=reason, now=document.offline_at)


def restore_with_document(document: Document) -> None:
    """Put back, with the document, what went offline with it."""
    by, reason = document.restored_by, document.restored_reason
    if by is None:
        return
    for fresh in _gone_offline_with(document):
        moves.put_back(fresh, by=by, reason=reason, now=document.restored_at)


def _explaining_it_alone(document: Document, *states: Publication) -> list[Interpretation]:
    """The interpretations of the document that explain nothing public, each locked."""
    found = document.interpretations.filter(status__in=states).order_by("pk")
    alone = found.exclude(pk__in=found.filter(documents__status=Publication.PUBLISHED).values("pk"))
    return [publication.locked(interpretation) for interpretation in alone]


def _gone_offline_with(document: Document) -> list[Interpretation]:
    """Those that went offline by the same act as the document, and still are; each locked."""
    if document.offline_at is None:
        return []
    same = {"offline_at": document.offline_at, "offline_by": document.offline_by_id}
    found = document.interpretations.filter(status=Publication.OFFLINE, **same).order_by("pk")
    return [publication.locked(interpretation) for interpretation in found]


def _explains_nothing_public(interpretation: Interpretation) -> list[str]:
    if interpretation.withdrawn_at or _goes_alone(interpretation):
        return []
    return ["所解读的文件现在没有公开：请先恢复那份文件，随它下线的解读会一起恢复。"]


def _refuse_foreign_links(
    links: Mapping[str, Any], *, by: User, interpretation: Interpretation | None
) -> None:
    """A new link leads to what `by` has in scope, or to something public; old links of others stay."""
    wanted = {document.pk for document in links.get("documents", [])}
    if interpretation is not None:
        # Not through `interpretation.documents`: the admin prefetches there only what `by` may know of.
        linked = Document.objects.filter(interpretations=interpretation.pk)
        wanted -= set(linked.values_list("pk", flat=True))
    allowed = Document.objects.linkable_by(by).filter(pk__in=wanted)
    if len(wanted) != allowed.count():
        raise NotAllowed(
            "只能关联本单位（含下属单位）的文件，或已经公开的文件；其他单位未公开的文件请由该单位关联。"
        )


def _refuse_lost_links(links: Mapping[str, Any], *, interpretation: Interpretation) -> None:
    """What explains a public document in public goes on doing so (三同步): take it down to end that."""
    if "documents" not in links:
        return
    fresh = publication.locked(interpretation)
    if fresh.status != Publication.PUBLISHED:
        return
    kept = {document.pk for document in links["documents"]}
    lost = fresh.documents.filter(status=Publication.PUBLISHED).exclude(pk__in=kept).first()
    if lost is not None:
        raise NotAllowed(
            f"「{lost.title}」已经公开，不能取消与它的关联：解读有误的，请先撤下这份解读并写明原因。"
        )


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    unknown = values.keys() - FIELDS - set(_LINKS)
    if unknown:
        raise TypeError(f"not fields of an interpretation: {', '.join(sorted(unknown))}")
    own = {name: value for name, value in values.items() if name in FIELDS}
    return own, {name: list(values[name]) for name in _LINKS if name in values}


def _check_forms(interpretation: Interpretation) -> None:
    if len(set(interpretation.forms)) != len(interpretation.forms):
        raise NotAllowed("解读形式有重复，请每种只选一次。")


def _incomplete(interpretation: Interpretation) -> list[str]:
    found = []
    if not rich_text.to_text(interpretation.body) and not interpretation.attachments.exists():
        found.append("正文是空的：请写解读正文，或上传图解、音频、视频。")
    if not interpretation.documents.exists() and not interpretation.source_url:
        found.append("请关联所解读的文件；解读上级文件的，请在来源网址里填写原文地址。")
    return found


def _unfit_to_submit(interpretation: Interpretation) -> list[str]:
    return _incomplete(interpretation) + findings.settle(interpretation)


def _goes_alone(interpretation: Interpretation) -> bool:
    """Whether it is reviewed by itself: not while all that it explains is still to be published."""
    documents = interpretation.documents.all()
    return not documents or any(document.status == Publication.PUBLISHED for document in documents)


def _unfit_to_publish(interpretation: Interpretation) -> list[str]:
    found = _incomplete(interpretation)
    if not _goes_alone(interpretation):
        found.append("所解读的文件还没有公开：请审核那份文件，解读会与它同时公开。")
    return found
