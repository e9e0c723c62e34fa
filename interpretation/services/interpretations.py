"""The one door for writes to interpretations. The moves themselves live once, in `disclosure/services`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agencies.models import User
from disclosure.models import Document
from disclosure.services import corrections, moves, publication, texts
from disclosure.services.attachments import forget_files
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication
from interpretation import elements
from interpretation.models import Interpretation
from interpretation.services import completeness

FIELDS = publication.FIELDS | corrections.ABOUT | {"forms", "interpreter", "contact", "elements"}
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
        if interpretation.corrects_id:
            stands = publication.locked(interpretation)
            corrections.refuse_metadata(stands, publication.changed_names(stands, {**own, **links}))
        held = corrections.before(interpretation, _LINKS)
        fresh = publication.revise(
            interpretation,
            by=by,
            values=own,
            links=links,
            correctable=CORRECTABLE,
            check=_check_forms,
            reason=reason,
            seen=seen,
        )
        corrections.note_metadata(held, fresh, by=by, reason=reason)
    return fresh


def start_correction(
    interpretation: Interpretation, *, by: User, now: datetime | None = None
) -> Interpretation:
    """Begin a correction draft (更正稿) with what stands in public now. Raises NotAllowed."""
    names = FIELDS - {"topic_text"} - corrections.ABOUT
    return corrections.start(interpretation, by=by, names=names, now=now)


def submit(interpretation: Interpretation, *, by: User, now: datetime | None = None) -> Interpretation:
    """Hand the draft to the reviewer (提交审核). Raises NotAllowed with all that is missing."""
    texts.read_ahead(interpretation)
    with publication.act(by=by, action="submit"):
        return moves.submit(
            interpretation, by=by, now=now, problems=_unfit_to_hand_in, alone=completeness.goes_alone
        )


def recall(interpretation: Interpretation, *, by: User) -> Interpretation:
    """Take one's own submission back (收回), to go on writing. Raises NotAllowed."""
    with publication.act(by=by, action="recall"):
        _refuse_alone(interpretation, "收回")
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
        _refuse_alone(interpretation, "退回修改")
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
            finish=corrections.finish_of(interpretation),
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
    gone = (Publication.WITHDRAWN, Publication.OFFLINE, Publication.PURGED, Publication.MERGED)
    with publication.act(by=by, action="create", origin=str(interpretation.pk)):
        original = publication.locked_for_copy(interpretation, by=by)
        values = {
            name: getattr(original, name)
            for name in FIELDS - {"topic_text", "source_url"} - corrections.ABOUT
        }
        documents = list(original.documents.exclude(status__in=gone))
        copy = create_interpretation(by=by, now=now, documents=documents, **values)
        return publication.inherit_editors(copy, original=original)


def _explains_nothing_public(interpretation: Interpretation) -> list[str]:
    if interpretation.withdrawn_at or completeness.goes_alone(interpretation):
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
    if wrong := elements.problems(interpretation.elements):
        raise NotAllowed(*wrong)
    if len(set(interpretation.forms)) != len(interpretation.forms):
        raise NotAllowed("解读形式有重复，请每种只选一次。")


def _unfit_to_hand_in(interpretation: Interpretation) -> list[str]:
    document = completeness.reviewed_with(interpretation)
    if document is not None:
        return [
            f"「{document.title}」正在审核：解读要和它在一个公文包里送审，请先收回或退回那份文件，再一起提交。"
        ]
    return completeness.unfit_to_submit(interpretation) + corrections.problems(interpretation)


def _unfit_to_publish(interpretation: Interpretation) -> list[str]:
    found = completeness.incomplete(interpretation) + corrections.problems(interpretation)
    if not completeness.goes_alone(interpretation):
        found.append("所解读的文件还没有公开：请审核那份文件，解读会与它同时公开。")
    return found


def _refuse_alone(interpretation: Interpretation, act: str) -> None:
    """What is under review with a document moves with it, and not by itself. Raises NotAllowed."""
    document = completeness.reviewed_with(interpretation)
    if document is not None:
        raise NotAllowed(
            f"这份解读和「{document.title}」在一个公文包里审核，不能单独{act}：请对那份文件{act}。"
        )
