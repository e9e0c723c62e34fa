"""报审登记: a policy paper handed in before it is issued, accepted or returned (退文) by 县政府办公室."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models
from django.utils import timezone

from agencies.models import User
from disclosure import register_rules, rich_text, rules
from disclosure.file_dangers import without_endings
from disclosure.models import Document, Registration, RegistrationFile, RegistrationReturn
from disclosure.register_states import (
    NO_SECRETS,
    NOT_PROACTIVE,
    REGISTRATION_MOVES,
    PaperRole,
    RegistrationState,
    ReturnReason,
    is_secret,
)
from disclosure.services import publication
from disclosure.services.attachments import forget_files, identified, safe_name, sha256_of, store_file
from disclosure.services.documents import create_document
from disclosure.services.errors import NotAllowed

FIELDS = frozenset(
    "title agency issuer genre is_normative openness openness_ground openness_reason "
    "no_interpretation_reason legality legality_by legality_on legality_note".split()
)
#: What a document takes over from its registration.
_TAKEN_OVER = (
    "title agency issuer genre is_normative openness openness_ground openness_reason no_interpretation_reason"
).split()


def create_registration(*, by: User, now: datetime | None = None, **values: Any) -> Registration:
    """Register a policy paper. `values`: the names of `FIELDS`. Raises NotAllowed."""
    with publication.act(by=by, action="create"):
        registration = Registration(created_by=by, created_at=now or timezone.now())
        _fill(registration, values)
        if registration.agency_id is None:
            raise NotAllowed("请选择报审单位。")
        if not register_rules.can_edit_registration(by, registration):
            raise NotAllowed(f"您不能为「{registration.agency.name}」报审，请联系该单位的经办人。")
        return _stored(registration)


def update_registration(registration: Registration, *, by: User, **values: Any) -> Registration:
    """Change it while it is in the agency's hands. Raises NotAllowed."""
    with publication.act(by=by, action="update"):
        fresh = _editable(registration, by)
        _fill(fresh, values)
        if not register_rules.can_edit_registration(by, fresh):
            raise NotAllowed(f"您不能为「{fresh.agency.name}」报审，请联系该单位的经办人。")
        return _stored(fresh)


def delete_registration(registration: Registration, *, by: User) -> None:
    """Delete what was never handed in, its files with it. Raises NotAllowed."""
    with publication.act(by=by, action="delete"):
        fresh = _editable(registration, by)
        if not register_rules.can_delete_registration(by, fresh):
            raise NotAllowed("报审过的登记不能删除：退文要统计。")
        forget_files(fresh.attachments.all())
        fresh.delete()


def add_paper(
    registration: Registration, *, by: User, file: File[bytes], role: PaperRole, title: str = ""
) -> RegistrationFile:
    """Add a file, judged by its content as every attachment is. Raises NotAllowed."""
    name = safe_name(file.name or "")
    kind = identified(file, name)
    digest = sha256_of(file)
    with publication.act(by=by, action="add_attachment"):
        fresh = _editable(registration, by)
        if fresh.attachments.filter(sha256=digest, role=role).exists():
            raise NotAllowed(f"「{name}」已经上传过了，内容完全一样。")
        last = fresh.attachments.aggregate(last=models.Max("position"))["last"] or 0
        paper = RegistrationFile(
            registration=fresh,
            role=role,
            position=last + 1,
            title=safe_name(title) if title.strip() else without_endings(name),
            size=file.size,
            media_type=kind.media_type,
            sha256=digest,
        )
        store_file(paper, file, kind, digest)
    return paper


def change_paper(paper: RegistrationFile, *, by: User, role: PaperRole, title: str) -> None:
    """Say anew what a file is and how it is called. Raises NotAllowed."""
    with publication.act(by=by, action="rename_attachment"):
        _editable(paper.registration, by)
        if not title.strip():
            raise NotAllowed("请填写材料名称。")
        paper.role, paper.title = role, safe_name(title)
        paper.save(update_fields=["role", "title"])


def remove_paper(paper: RegistrationFile, *, by: User) -> None:
    """Take a file away; it goes once the transaction stands. Raises NotAllowed."""
    with publication.act(by=by, action="remove_attachment"):
        _editable(paper.registration, by)
        forget_files([paper])
        paper.delete()


def missing_of(registration: Registration) -> list[ReturnReason]:
    """What it lacks as it stands (one query)."""
    roles = registration.attachments.values_list("role", flat=True)
    return register_rules.missing_of(registration, roles)


def submit_registration(registration: Registration, *, by: User, now: datetime | None = None) -> Registration:
    """Hand it in (报审). Without draft or openness it is not taken at all (没有公开属性的不予发文); what else
    it lacks the office returns. Raises NotAllowed."""
    with publication.act(by=by, action="submit_registration"):
        fresh = _begin("submit", registration, by=by)
        if blocking := register_rules.blocks_submission(missing_of(fresh)):
            raise NotAllowed(*(f"不能报审：{one.label}。" for one in blocking))
        fresh.state, fresh.round = RegistrationState.SUBMITTED, fresh.round + 1
        fresh.submitted_by, fresh.submitted_at = by, now or timezone.now()
        fresh.save()
    return fresh


def recall_registration(registration: Registration, *, by: User) -> Registration:
    """Take one's own back (收回). Raises NotAllowed."""
    with publication.act(by=by, action="recall_registration"):
        return _given_back(_begin("recall", registration, by=by), RegistrationState.DRAFT)


def accept_registration(registration: Registration, *, by: User, now: datetime | None = None) -> Registration:
    """Accept it (受理): only what is complete. Raises NotAllowed with all that is missing."""
    with publication.act(by=by, action="accept_registration"):
        fresh = _begin("accept", registration, by=by)
        if missing := missing_of(fresh):
            raise NotAllowed("材料不齐，不能受理，请退文：" + "、".join(one.label for one in missing) + "。")
        fresh.state = RegistrationState.ACCEPTED
        fresh.accepted_by, fresh.accepted_at = by, now or timezone.now()
        fresh.save()
    return fresh


def return_registration(
    registration: Registration,
    *,
    by: User,
    reasons: Sequence[str],
    remarks: str,
    now: datetime | None = None,
) -> RegistrationReturn:
    """Return it (退文) for one or several `reasons` (`ReturnReason`), with a word. Raises NotAllowed."""
    with publication.act(by=by, action="return_registration", reason=remarks):
        fresh = _begin("send_back", registration, by=by)
        if not reasons or set(reasons) - set(ReturnReason.values):
            raise NotAllowed("请选择退文原因，退文按原因统计。")
        if not remarks.strip():
            raise NotAllowed("请写明退文意见，让报审单位知道要补什么、改什么。")
        written = RegistrationReturn.objects.create(
            registration=fresh,
            round=fresh.round,
            reasons=list(dict.fromkeys(str(one) for one in reasons)),
            remarks=remarks.strip()[:500],
            by=by,
            at=now or timezone.now(),
        )
        _given_back(fresh, RegistrationState.RETURNED)
    return written


def open_document(registration: Registration, *, by: User, now: datetime | None = None) -> Document:
    """Begin the draft of the document from an accepted registration; both know of each other. Raises
    NotAllowed."""
    with publication.act(by=by, action="open_document"):
        fresh = _begin("open_document", registration, by=by)
        values = {name: getattr(fresh, name) for name in _TAKEN_OVER}
        document = create_document(by=by, now=now, is_policy=True, **values)
        return _linked(fresh, document)


def linkable_documents(registration: Registration) -> models.QuerySet[Document]:
    """The policy papers that an accepted registration may have become: same agency, as open, not taken."""
    policy = models.Q(is_policy=True) | models.Q(is_normative=True)
    rows = Document.objects.filter(policy, agency=registration.agency_id, registration=None)
    return rows.filter(openness__in=["", registration.openness]).order_by("-id")


def link_document(registration: Registration, *, document: Document, by: User) -> Document:
    """Say which document an accepted registration became: one of the same agency, as open as was accepted.
    Raises NotAllowed."""
    with publication.act(by=by, action="link_document"):
        fresh = _begin("open_document", registration, by=by)
        locked: Document = publication.locked(document)
        if locked.agency_id != fresh.agency_id or not rules.can_view(by, locked):
            raise NotAllowed("只能关联报审单位自己的文件。")
        if locked.openness and locked.openness != fresh.openness:
            raise NotAllowed("这份文件的公开属性和受理时的不一样，请先核对。")
        if Registration.objects.filter(document=locked).exists():
            raise NotAllowed("这份文件已经有报审登记了。")
        return _linked(fresh, locked)


def _linked(registration: Registration, document: Document) -> Document:
    registration.document = document
    registration.save(update_fields=["document"])
    return document


def _fill(registration: Registration, values: Mapping[str, Any]) -> None:
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"not fields of a registration: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(registration, name, rich_text.storable(value).strip() if isinstance(value, str) else value)
    if is_secret(registration.openness_ground):
        raise NotAllowed(NO_SECRETS)
    if registration.openness not in NOT_PROACTIVE:
        registration.openness_ground = registration.openness_reason = ""


def _stored(registration: Registration) -> Registration:
    try:
        registration.full_clean(validate_unique=False)
    except ValidationError as error:
        raise NotAllowed(*error.messages) from error
    registration.save()
    return registration


def _given_back(registration: Registration, state: RegistrationState) -> Registration:
    registration.state = state
    registration.submitted_by = registration.submitted_at = None
    registration.save()
    return registration


def _locked(registration: Registration) -> Registration:
    rows = Registration.objects.select_for_update(of=("self",)).select_related("agency")
    fresh: Registration | None = rows.filter(pk=registration.pk).first()
    if fresh is None:
        raise NotAllowed(f"「{registration.title}」已经被删除了，请返回列表刷新。")
    return fresh


def _editable(registration: Registration, by: User) -> Registration:
    fresh = _locked(registration)
    if not register_rules.can_edit_registration(by, fresh):
        raise NotAllowed("报审登记在报审以前、退文以后才能修改，由报审单位经办人办理；报审中的可以先收回。")
    return fresh


def _begin(move: str, registration: Registration, *, by: User) -> Registration:
    fresh, label = _locked(registration), REGISTRATION_MOVES[move].label
    if register_rules.can_move_registration(move, by, fresh):
        return fresh
    if not rules.covers(by, fresh.agency):
        raise NotAllowed(f"这份登记属于「{fresh.agency.name}」，不在您的管理范围内，请联系该单位办理。")
    if fresh.state not in REGISTRATION_MOVES[move].sources:
        words = RegistrationState(fresh.state).label
        raise NotAllowed(f"这份登记现在是「{words}」，不能{label}。可能同事已经处理过了，请刷新页面查看。")
    if move == "open_document" and fresh.document_id:
        raise NotAllowed("这份登记已经关联了文件。")
    if move == "recall" and by.pk != fresh.submitted_by_id:
        raise NotAllowed("只有报审人能收回；县政府办公室可以退文。")
    if move == "accept" and by.pk in {fresh.submitted_by_id, fresh.created_by_id}:
        raise NotAllowed("这份登记由您报审，须由县政府办公室另一位同事受理。")
    names = "或".join(role.name for role in register_rules.REGISTRATION_ROLES[move])
    raise NotAllowed(f"您的角色不能{label}，请由{names}办理。")
