"""What a document asks of this room (registered in apps.py): its interpretations are handed in, returned,
signed, published and taken down with it, in its own transaction (同步起草、同步审签、同步发布; DOMAIN §5)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Document
from disclosure.package import Part
from disclosure.services import moves, publication, review
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication
from interpretation import elements
from interpretation.models import Interpretation
from interpretation.services import completeness

_ALIVE = (Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED, Publication.PUBLISHED)
_READY = (Publication.SUBMITTED, Publication.SCHEDULED, Publication.PUBLISHED)
_UNDER_REVIEW = (Publication.SUBMITTED, Publication.SCHEDULED)


def missing_interpretation(document: Document) -> list[str]:
    """A policy document goes out with its interpretation, or with a recorded reason (三同步; DOMAIN §5)."""
    if not needs_interpretation(document) or document.interpretations.filter(status__in=_READY).exists():
        return []
    return ["政策文件须与解读同步公开：请先提交一份解读并关联本文件，或写明不作解读的理由。"]


def unready_interpretations(document: Document) -> list[str]:
    """A policy document goes to review with at least one interpretation; drafts that go along are ready."""
    if not needs_interpretation(document):
        return []
    if not document.interpretations.filter(status__in=_ALIVE).exists():
        return ["政策文件须同步起草解读：请先用「为本文件写解读」起草一份，或写明不作解读的理由。"]
    return [
        f"解读「{one.title}」：{problem}"
        for one in _drafts(document)
        for problem in completeness.unfit_to_submit(publication.locked(one))
    ]


def needs_interpretation(document: Document) -> bool:
    """Whether it is a policy document without a reason for having none."""
    return document.is_package and not document.no_interpretation_reason.strip()


def members(document: Document) -> QuerySet[Interpretation]:
    """The interpretations that go with a document which is not public yet: those that explain nothing public
    by now, and that were neither taken down nor published."""
    found: QuerySet[Interpretation] = document.interpretations.filter(status__in=_ALIVE[:3])
    public = Interpretation.objects.filter(documents__status=Publication.PUBLISHED)
    return found.exclude(pk__in=public.values("pk")).order_by("pk")


def _drafts(document: Document) -> list[Interpretation]:
    """Drafts of the package of a policy document. A free interpretation of anything else is handed in by
    whoever writes it."""
    if not document.is_package:
        return []
    return list(members(document).filter(status=Publication.DRAFT).select_related("agency"))


def submit_with_document(document: Document) -> None:
    """Hand in the drafts of the package with the document, and note on it everybody who wrote any part: none
    of them signs the package. Raises NotAllowed while the only interpretation is another agency's draft."""
    by, now = document.submitted_by, document.submitted_at
    if by is None or now is None:
        return
    for one in _drafts(document):
        # What belongs to another agency is handed in there, before the document.
        if rules.can_submit(by, one):
            moves.submit(one, by=by, now=now, problems=lambda fresh: [], alone=lambda fresh: False)
    if missing_interpretation(document):
        theirs = "、".join(dict.fromkeys(one.agency.name for one in _drafts(document)))
        raise NotAllowed(f"解读还是「{theirs}」的草稿：请该单位先提交审核，再提交本文件。")
    hands: list[int | None] = list(document.editor_ids)
    for one in members(document).filter(status=Publication.SUBMITTED):
        hands += [one.created_by_id, one.submitted_by_id, *one.editor_ids]
    document.editor_ids = list(dict.fromkeys(pk for pk in hands if pk))
    document.save(update_fields=["editor_ids"])


def return_with_document(document: Document, remarks: str) -> None:
    """Make drafts again of what was under review with the document, unless another one still is."""
    for one in members(document).filter(status__in=_UNDER_REVIEW):
        if one.documents.filter(status__in=_UNDER_REVIEW).exclude(pk=document.pk).exists():
            continue
        fresh = publication.locked(one)
        if remarks:
            fresh.remarks = f"随文件「{document.title}」退回：{remarks}"[:500]
        moves.put_to_draft(fresh)


def schedule_with_document(document: Document) -> None:
    """Sign what goes with a document that is signed for a minute to come: it goes out at the same minute."""
    by, now = document.approved_by, document.approved_at
    if by is None or now is None:
        return
    for fresh in _to_sign(document, by):
        review.sign(fresh, by=by, at=now, secrecy_cleared=True)
        fresh.status, fresh.publish_at = Publication.SCHEDULED, document.publish_at
        fresh.approved_by, fresh.approved_at, fresh.remarks = by, now, ""
        fresh.save()


def publish_with_document(document: Document) -> None:
    """Publish, in the document's own transaction, what was reviewed with it (同步发布).

    Whoever signed the document read and cleared the whole package. Raises NotAllowed where a part of a policy
    document's package may not be signed by that person: nothing goes out by halves.
    """
    by, signed = document.approved_by, document.approved_at
    if by is None:
        return
    moment = document.published_at or signed or timezone.now()
    # Not `members`: the document is public by now.
    for one in document.interpretations.filter(status=Publication.SCHEDULED).order_by("pk"):
        fresh = publication.locked(one)
        kept = fresh.approved_at
        moves.publish_locked(fresh, by=by, now=moment)
        fresh.approved_at = kept
        fresh.save(update_fields=["approved_at"])
    for fresh in _to_sign(document, by):
        review.sign(fresh, by=by, at=moment, secrecy_cleared=True)
        moves.publish_locked(fresh, by=by, now=moment)


def _to_sign(document: Document, by: User) -> list[Interpretation]:
    """What waits with the document, locked. Of anything but a policy document's package, what `by` may not
    sign waits for another reviewer. Raises NotAllowed."""
    waiting = document.interpretations.filter(status=Publication.SUBMITTED, waiting_level="").order_by("pk")
    found = [publication.locked(one) for one in waiting]
    for fresh in found:
        if document.is_package and not rules.can_approve(by, fresh):
            raise NotAllowed(_why_not(fresh, by))
    return [fresh for fresh in found if rules.can_approve(by, fresh)]


def _why_not(interpretation: Interpretation, by: User) -> str:
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


def package_parts(document: Document, user: User) -> list[Part]:
    """The interpretations of a document as parts of its package; drafts of others are not shown."""
    found = document.interpretations.filter(status__in=_ALIVE).select_related("agency").order_by("pk")
    found = found.prefetch_related("attachments", "documents")
    mine = set(
        found.filter(pk__in=Interpretation.objects.in_scope_of(user).values("pk")).values_list(
            "pk", flat=True
        )
    )
    shown = [one for one in found if one.pk in mine or one.status != Publication.DRAFT]
    parts = [_part(one) for one in shown]
    if not parts and document.is_package:
        parts.append(_absent(document))
    return parts


def _part(one: Interpretation) -> Part:
    thin = elements.thin(one.elements)
    facts = [
        ("解读形式", "、".join(one.form_labels)),
        ("解读机关", one.interpreter),
        ("咨询方式", one.contact),
        *elements.shown(one.elements),
    ]
    attachments = sorted(one.attachments.all(), key=lambda row: (row.position, row.pk))
    texts = [(f"图片说明：{row.title}", row.alt) for row in attachments if row.alt]
    texts += [(f"文字内容：{row.title}", row.text) for row in attachments if row.text]
    return Part(
        "解读",
        one.title,
        state=str(Publication(one.status).label),
        lacks=completeness.incomplete(one) if one.status == Publication.DRAFT else [],
        warnings=[thin] if thin else [],
        facts=[(name, value) for name, value in facts if value],
        summary=one.summary,
        body=one.body,
        texts=texts,
        attachments=attachments,
        thing=one,
    )


def _absent(document: Document) -> Part:
    if document.no_interpretation_reason.strip():
        reason = ("不作解读的理由", document.no_interpretation_reason)
        return Part("解读", "解读", state="不作解读", texts=[reason])
    return Part("解读", "解读", state="没有", lacks=missing_interpretation(document))
