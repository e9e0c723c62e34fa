"""收文上网: a signed file comes in, its facts are proposed, a draft is made, the original is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Agency, User
from disclosure import attached_text, rules
from disclosure.file_types import FileType
from disclosure.models import Document, SignedOriginal
from disclosure.papers import READABLE, Paper, RefusedPaper, UnreadPaper, read_paper
from disclosure.papers.facts import LABELS, Proposal, propose
from disclosure.services import publication, texts
from disclosure.services.attachments import identified, safe_name, sha256_of
from disclosure.services.documents import create_document
from disclosure.services.errors import NotAllowed
from disclosure.services.originals import attach_original
from disclosure.services.paper_body import body_of
from disclosure.states import GENRES, Openness

_OLD = frozenset({"doc", "wps", "xls", "et", "ppt", "dps"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that was looked through: what it is, what it says, what is proposed. Nothing is stored yet."""

    name: str
    kind: FileType
    sha256: str
    paper: Paper
    proposal: Proposal
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft made from a file, and in words what did not come along."""

    document: Document
    missing: list[str]
    notes: list[str]


def receive_signed_file(
    *,
    by: User,
    agency: Agency,
    file: File[bytes],
    publish_original: bool = False,
    now: datetime | None = None,
) -> SignedOriginal:
    """Keep a signed file (PDF, OFD, Word) as the record of a new draft with what its text proposes.

    `publish_original`: 原件随文公开, it also becomes an attachment. Raises NotAllowed: out of scope, a file
    that cannot be taken (old formats, passwords, macros, a mark of secrecy), or one that was received before.
    """
    incoming = _look_through(by=by, agency=agency, file=file)
    _refuse_known(incoming, by=by)
    with publication.act(by=by, action="receive"):
        document, notes = _draft(incoming, by=by, agency=agency, now=now)
        original = SignedOriginal(
            document=document,
            file_name=incoming.name,
            size=file.size or 0,
            media_type=incoming.kind.media_type,
            sha256=incoming.sha256,
            pages=incoming.paper.pages,
            proposal=_as_json(incoming.proposal, notes),
            received_by=by,
            received_at=now or timezone.now(),
        )
        _store(original, file, incoming)
        if incoming.paper.lines and incoming.kind.extension != "docx":
            lines, problem = attached_text.of_paper(incoming.paper)
            texts.keep(
                sha256=incoming.sha256, extension=incoming.kind.extension, lines=lines, problem=problem
            )
        if publish_original:
            attach_original(original, by=by)
    return original


def open_word_file(*, by: User, agency: Agency, file: File[bytes], now: datetime | None = None) -> Opened:
    """从 Word 打开: a new draft from a `.docx` (or the text of a PDF or OFD); the file itself is not kept.

    Raises NotAllowed as `receive_signed_file` does.
    """
    incoming = _look_through(by=by, agency=agency, file=file)
    if not incoming.paper.lines:
        raise NotAllowed(*incoming.notes)
    with publication.act(by=by, action="open_word"):
        document, notes = _draft(incoming, by=by, agency=agency, now=now)
    return Opened(document, [LABELS[name] for name in incoming.proposal.missing], notes)


# --- Looking through


def _look_through(*, by: User, agency: Agency, file: File[bytes]) -> Incoming:
    if not rules.can_create(by, agency):
        raise NotAllowed(f"您不能为「{agency.name}」收文，请联系该单位的经办人。")
    name = safe_name(file.name or "")
    kind = _kind_of(file, name)
    digest = sha256_of(file)
    notes: list[str] = []
    paper = Paper(kind.extension)
    try:
        with texts.on_disk(file, kind.extension) as path:
            paper = read_paper(path, kind.extension)
    except RefusedPaper as refusal:
        raise NotAllowed(f"「{name}」{refusal}") from refusal
    except UnreadPaper as unread:
        notes.append(str(unread))
    proposal = propose(paper.paragraphs)
    if proposal.secrecy:
        raise NotAllowed(
            f"「{name}」标着密级「{proposal.secrecy}」：涉密文件不得传入本系统，这次没有保存任何内容。"
            "请按保密规定处理这台电脑上的文件，并马上告诉本单位的保密员。"
        )
    return Incoming(name, kind, digest, paper, proposal, notes)


def _kind_of(file: File[bytes], name: str) -> FileType:
    kind = identified(file, name)
    if kind.extension in READABLE:
        return kind
    if kind.extension in _OLD:
        raise NotAllowed(
            f"「{name}」是旧格式（.{kind.extension}），系统读不出里面的文字：请用 WPS 或 Word 打开，"
            "另存为 .docx；已经签发的，请导出成 PDF 或 OFD，再上传。"
        )
    raise NotAllowed(
        f"「{name}」是{kind.label}，不是公文正文：收文上网请选 PDF、OFD 或 Word（.docx）文件；"
        "表格和图片请在草稿里作为附件上传。"
    )


def _refuse_known(incoming: Incoming, *, by: User) -> None:
    known = SignedOriginal.objects.filter(sha256=incoming.sha256).select_related("document__agency").first()
    if known is not None:
        raise NotAllowed(_said_of(known, incoming, by=by))


def _said_of(known: SignedOriginal, incoming: Incoming, *, by: User) -> str:
    document = known.document
    if not rules.covers(by, document.agency):
        return f"「{incoming.name}」已经由「{document.agency.name}」收过，内容完全一样：请与该单位联系。"
    state = document.get_status_display()
    return (
        f"「{incoming.name}」已经收过，内容完全一样：就是「{document.title}」（{state}），请在那一份上办理。"
    )


# --- The draft


def _draft(
    incoming: Incoming, *, by: User, agency: Agency, now: datetime | None
) -> tuple[Document, list[str]]:
    body = body_of(incoming.paper, incoming.proposal)
    notes = [*incoming.notes, *incoming.paper.notes, *incoming.proposal.notes]
    if incoming.paper.lines and not body.html:
        notes.append("全文太长，没有带入正文：请把原件作为附件公开，正文写明要点。")
    if body.removed:
        notes.append(f"{'、'.join(body.removed)}没有带入。")
    values = _values(incoming.proposal)
    if "title" not in values:
        values["title"] = PurePosixPath(incoming.name).stem[:200] or "未命名"
        notes.append("没有找到标题，先用了文件名，请对照原件改正。")
    document = create_document(by=by, agency=agency, body=body.html, now=now, **values)
    return document, notes


def _values(proposal: Proposal) -> dict[str, Any]:
    """What goes into the draft. 依申请公开 and 不予公开 want a ground, so only the note says them."""
    facts: Mapping[str, Any] = proposal.facts
    values: dict[str, Any] = {}
    for name, most in (("title", 400), ("doc_number", 100), ("issuer", 300)):
        if name in facts and len(facts[name].value) <= most:
            values[name] = facts[name].value
    if "genre" in facts and facts["genre"].value in GENRES:
        values["genre"] = facts["genre"].value
    for name in ("written_on", "effective_on", "expires_on"):
        if day := proposal.day(name):
            values[name] = day
    if "openness" in facts and facts["openness"].value == Openness.PROACTIVE:
        values["openness"] = Openness.PROACTIVE
    return values


def _as_json(proposal: Proposal, notes: list[str]) -> dict[str, Any]:
    shown = {"openness": dict(Openness.choices)}
    return {
        "facts": [
            {
                "name": name,
                "label": LABELS[name],
                "value": str(shown.get(name, {}).get(fact.value, fact.value)),
                "place": fact.place,
                "quote": fact.quote,
                "warning": fact.warning,
            }
            for name in LABELS
            if (fact := proposal.facts.get(name))
        ],
        "attachments": proposal.attachments,
        "missing": [LABELS[name] for name in proposal.missing],
        "notes": notes,
    }


def _store(original: SignedOriginal, file: File[bytes], incoming: Incoming) -> None:
    """Save file and row; a row that cannot be written leaves no file behind."""
    file.seek(0)
    original.file.save(f"{incoming.sha256[:24]}.{incoming.kind.extension}", file, save=False)
    try:
        with transaction.atomic():
            original.save()
    except IntegrityError as error:
        original.file.delete(save=False)
        raise NotAllowed(f"「{incoming.name}」刚刚由同事收过，请返回列表刷新。") from error
    except BaseException:
        original.file.delete(save=False)
        raise
