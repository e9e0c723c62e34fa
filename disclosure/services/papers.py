"""纸质审签: the signed 信息发布审批表 and 保密审查表 come back as scans and are the steps (ADR 26)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.file_types import FileType, RefusedFile, identify
from disclosure.models import Publishable, ScannedPage, SignedPaper
from disclosure.services import publication, review
from disclosure.services.attachments import safe_name
from disclosure.services.errors import NotAllowed
from disclosure.services.manner import Manner, in_manner
from disclosure.services.signing import Decision, Room, do_step, person_now, refuse_signer
from disclosure.states import ReviewLevel, StepChannel, StepOutcome

#: Hexadecimal digits of the hash that a person compares, printed in groups of four: 64 bits.
SHORT = 16
MOST_FILES = 10
_SCANS = frozenset({"pdf", "jpg", "png"})
_NO_HEX = re.compile(r"[^0-9a-f]")


@dataclass(frozen=True)
class Signature:
    """A line of the paper: which step, signed by whom, on which day, and what stands there."""

    position: int
    user: User
    signed_on: date
    decision: Decision


def short_hash(content_hash: str) -> str:
    """The part of a hash that is printed for people: four groups of four."""
    head = content_hash[:SHORT].upper()
    return " ".join(head[start : start + 4] for start in range(0, SHORT, 4))


def register_paper(
    thing: Publishable,
    *,
    files: Sequence[File[bytes]],
    printed: str,
    signatures: Sequence[Signature],
    room: Room,
    by: User,
    now: datetime | None = None,
) -> SignedPaper:
    """Keep the scan and do the steps that were signed on it, each in its signer's name, in their order.

    `printed`: the hash on the paper, in full or its short form. Raises NotAllowed, and does nothing at all:
    where it does not fit the content that stands now, for a file that is no scan, for a signer who may not
    do the step, and with whatever the services refuse.
    """
    moment = now or timezone.now()
    kinds = [_scan_type(file) for file in files]
    if not files or len(files) > MOST_FILES:
        raise NotAllowed(f"请上传签好字的扫描件或照片，1到{MOST_FILES}个文件。")
    stored: list[ScannedPage] = []
    try:
        with publication.act(by=by, action="register_paper"):
            fresh = publication.locked(thing)
            if not rules.can_hand_on(by, fresh):
                raise NotAllowed("现在没有等着办的审核步骤，或者这份内容不归您办，请刷新页面。")
            paper = _paper(fresh, printed, by=by, at=moment)
            for file, kind in zip(files, kinds, strict=True):
                _store(paper, file, kind, stored)
            with publication.act(
                by=by, action="register_paper", channel=StepChannel.PAPER.value, handed_by=str(by.pk)
            ):
                for signature in signatures:
                    fresh = _sign(fresh, signature, paper, room=room, now=moment)
            # Last, and by the one who registered: the steps wrote under their signers' names.
            with publication.act(by=by, action="register_paper"):
                paper.steps = len(signatures)
                paper.save(update_fields=["steps"])
    except BaseException:
        for page in stored:
            page.file.delete(save=False)
        raise
    return paper


def _paper(fresh: Publishable, printed: str, *, by: User, at: datetime) -> SignedPaper:
    now = review.content_hash(fresh)
    typed = _NO_HEX.sub("", printed.lower())
    if len(typed) < SHORT:
        raise NotAllowed("请照审批表底部抄写内容指纹：四组，每组四个字符，例如 3F2A 91BC 04DE 77A1。")
    if not now.startswith(typed):
        raise NotAllowed(
            "纸上的内容指纹和现在的内容对不上：印出来以后内容改过，或者抄错了。"
            "请核对；确实改过的，要重新打印、重新签字。"
        )
    return SignedPaper.objects.create(
        content_type=ContentType.objects.get_for_model(type(fresh)),
        object_id=fresh.pk,
        round=fresh.review_round,
        content_hash=now,
        by=by,
        at=at,
    )


def _sign(fresh: Publishable, line: Signature, paper: SignedPaper, *, room: Room, now: datetime) -> Any:
    """One line of the paper. Returns the thing as it stands then."""
    step = review.waiting_step(fresh)
    if not fresh.waiting_level or step.position != line.position:
        raise NotAllowed("审核步骤要按顺序登记：前一步没有签的，后面的还不能登记。")
    label = ReviewLevel(step.level).label
    submitted = timezone.localdate(fresh.submitted_at) if fresh.submitted_at else line.signed_on
    if not submitted <= line.signed_on <= timezone.localdate(now):
        raise NotAllowed(f"{label}的签字日期应在提交审核（{submitted}）以后、今天以前，请核对。")
    agreed = line.decision.outcome == StepOutcome.AGREED
    if agreed and not line.decision.secrecy_cleared and review.owes_secrecy(fresh):
        raise NotAllowed(f"{label}一步要有保密审查的结论：请核对表上已勾选「可以公开」，再勾选这一项。")
    signer = person_now(line.user)
    refuse_signer(fresh, signer, on=now)
    with in_manner(Manner(StepChannel.PAPER, handed_by=paper.by, paper=paper, signed_on=line.signed_on)):
        do_step(fresh, line.decision, by=signer, room=room, now=now)
    return publication.locked(fresh)


def _scan_type(file: File[bytes]) -> FileType:
    name = safe_name(file.name or "")
    try:
        kind = identify(file.file, name=name, size=file.size)  # type: ignore[arg-type]
    except RefusedFile as error:
        raise NotAllowed(str(error)) from error
    if kind.extension not in _SCANS:
        raise NotAllowed(f"「{name}」不是扫描件：请上传 PDF，或者 JPG、PNG 照片。")
    return kind


def _store(paper: SignedPaper, file: File[bytes], kind: FileType, stored: list[ScannedPage]) -> None:
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    page = ScannedPage(
        paper=paper,
        name=safe_name(file.name or ""),
        size=file.size,
        media_type=kind.media_type,
        sha256=digest.hexdigest(),
    )
    if any(page.sha256 == other.sha256 for other in stored):
        raise NotAllowed(f"「{page.name}」选了两次，请去掉一个。")
    known = ScannedPage.objects.filter(sha256=page.sha256).select_related("paper")
    elsewhere = known.exclude(
        paper__content_type=paper.content_type, paper__object_id=paper.object_id, paper__round=paper.round
    )
    if elsewhere.exists():
        raise NotAllowed(
            f"「{page.name}」已经登记过，是另一轮送审或者另一份内容的签字件，不能再用：请领导在这一轮的表上签字。"
        )
    file.seek(0)
    page.file.save(f"{page.sha256[:24]}.{kind.extension}", file, save=False)
    stored.append(page)
    page.save()
