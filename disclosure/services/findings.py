"""审前检查: run the scanner over a thing, and keep what the clerk says to its findings.

Submission asks `settle`: each finding is gone, or justified in words that still stand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import salted_hmac

from agencies.models import User
from disclosure import attached_text, rich_text, rules, scanning
from disclosure.models import Document, Note, Publishable, WrongWord
from disclosure.scanning import File, Finding, Line
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import FindingKind, Publication

_ORDER = {kind: place for place, kind in enumerate(FindingKind.values)}
_SAID_AT_ONCE = 5
_PUBLIC_PAGE = re.compile(r"^/(documents|interpretations)/(\d+)(?:/|\.docx$)")
_BY_INDEX = re.compile(r"^/i/(.+)$")
_INTERNAL = re.compile(r"^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[?::1)|\.local$")


def scan(thing: Publishable, *, today: date | None = None) -> list[Finding]:
    """All findings in title, summary, body and attachments, the weightiest kinds first. Writes nothing."""
    day = today or timezone.localdate()
    words = [
        scanning.WrongWord(wrong, right, tuple(unless))
        for wrong, right, unless in WrongWord.objects.filter(is_active=True).values_list(
            "wrong", "right", "unless"
        )
    ]
    body = _body_lines(thing.body)
    files = [(row, _file(row)) for row in _attachments(thing)]
    found: list[Finding] = []
    for area, lines in (
        ("标题", [Line("标题", thing.title)]),
        ("一句话看懂", [Line("一句话看懂", thing.summary)]),
        ("正文", body),
        ("附件名称", [Line("附件名称", file.title) for _, file in files]),
    ):
        found.extend(scanning.in_lines(area, lines, words=words, today=day))
    found.extend(scanning.dates(body, written_on=thing.written_on, today=day))
    found.extend(_of_number(thing))
    found.extend(scanning.pictures_without_words(thing.body))
    found.extend(
        scanning.dead_link(address, text)
        for address, text in scanning.links(thing.body)
        if not _opens(address)
    )
    found.extend(scanning.attachments(thing.title, body, [file for _, file in files]))
    for row, file in files:
        found.extend(_inside(row, file, words=words, today=day))
    return sorted(scanning.once(found), key=lambda one: _ORDER[one.kind])


def _body_lines(body: str) -> list[Line]:
    lines = rich_text.to_text(body).split("\n")
    return [Line(f"正文第{number}段", line) for number, line in enumerate(lines, start=1) if line]


def _attachments(thing: Any) -> Any:
    return thing.attachments.order_by("position", "pk")


def _file(row: Any) -> File:
    name = str(row.file.name) if row.file else row.source_url
    return File(row.title, PurePosixPath(name).suffix.lstrip(".").lower(), row.sha256 or row.source_url)


def _inside(row: Any, file: File, *, words: list[scanning.WrongWord], today: date) -> Iterator[Finding]:
    if file.extension in scanning.RECORDINGS or not row.file:
        return
    try:
        lines = attached_text.read(Path(row.file.path), file.extension)
    except (attached_text.UnreadText, OSError) as error:
        why = str(error) if isinstance(error, attached_text.UnreadText) else "这个附件打不开，没有检查文字。"
        yield scanning.unread(file, why)
        return
    placed = [Line(f"{file.area}{line.place}", line.text) for line in lines]
    yield from scanning.in_lines(file.area, placed, words=words, today=today)


def _of_number(thing: Publishable) -> Iterator[Finding]:
    """Another paper that is not withdrawn bears the same number; an interpretation has none of its own."""
    if isinstance(thing, Document) and thing.doc_number:
        others = Document.objects.filter(doc_number=thing.doc_number).exclude(pk=thing.pk)
        if others.exclude(status=Publication.WITHDRAWN).exists():
            yield scanning.number_taken(thing.doc_number)


def _opens(address: str) -> bool:
    """Whether the public can follow a link: to a page of this site only where it is public; elsewhere unless
    it lies in an internal network. Nothing is asked of other sites."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme in {"mailto", "tel"} or (not parts.netloc and not parts.path):
        return True
    own = {settings.SITE["domain"].lower(), *(host.lower() for host in settings.ALLOWED_HOSTS)} - {"", "*"}
    host = (parts.hostname or "").lower()
    if host and (host not in own or _INTERNAL.search(host)):
        return not _INTERNAL.search(host)
    return _is_public_page(unquote(parts.path))


def _is_public_page(path: str) -> bool:
    if match := _PUBLIC_PAGE.match(path):
        model: Any = Document
        if match[1] == "interpretations":
            model = Document._meta.get_field("interpretations").related_model
        # A number with more digits than any id is no page, and no integer of the database.
        public = model._default_manager.published()
        return len(match[2]) < 18 and bool(public.filter(pk=int(match[2])).exists())
    if match := _BY_INDEX.match(path):
        return Document.objects.published().filter(index_number=match[1].rstrip("/")).exists()
    try:
        return resolve(path).app_name != "admin"
    except Resolver404:
        return False


# --- What the clerk says to it


def key_of(finding: Finding) -> str:
    """The key under which a justification is kept: nobody gets the number back by trying all numbers."""
    return salted_hmac("disclosure.findings", finding.mark, algorithm="sha256").hexdigest()


def notes_of(thing: Any) -> dict[str, Note]:
    """Justifications that stand, by key."""
    return {note.mark: note for note in thing.finding_notes.filter(stands=True).select_related("by")}


def justify(
    thing: Publishable, *, keys: Collection[str], reason: str, by: User, now: datetime | None = None
) -> int:
    """Say why findings of a draft may stay; returns how many were new. Whoever says so has a hand in it.

    Raises NotAllowed: for what is no draft in `by`'s hands, without words, or when nothing of `keys` is
    found in the draft any more.
    """
    with publication.act(by=by, action="justify", reason=reason.strip()[:300]):
        fresh: Any = publication.locked(thing)
        if not rules.can_edit(by, fresh):
            raise NotAllowed("只有草稿能写检查说明，由本单位经办人办理。")
        if len(reason.strip()) < 2:
            raise NotAllowed("请写明理由：为什么这一处可以保留。")
        if len(reason.strip()) > 300:
            raise NotAllowed("说明最多300个字，请写短些。")
        found = {key_of(one): one for one in scan(fresh)}
        chosen = {key: one for key, one in found.items() if key in set(keys)}
        if not chosen:
            raise NotAllowed("请勾选要说明的地方；如果内容刚改过，请刷新页面重新检查。")
        _forget_stale(fresh, found)
        known = notes_of(fresh)
        model, owner = fresh.finding_notes.model, fresh.finding_notes.field.name
        moment = now or timezone.now()
        new = [
            model(
                **{owner: fresh},
                mark=key,
                kind=one.kind,
                place=one.place[:400],
                excerpt=one.excerpt[:200],
                reason=reason.strip(),
                by=by,
                at=moment,
            )
            for key, one in chosen.items()
            if key not in known
        ]
        model.objects.bulk_create(new)
        publication.add_editor(fresh, by=by)
        fresh.save(update_fields=["editor_ids", "updated_at"])
    return len(new)


def settle(fresh: Publishable) -> list[str]:
    """On a locked draft that goes to review: let justifications of words that are gone fall, and return in
    sentences what is neither gone nor justified."""
    found = {key_of(one): one for one in scan(fresh)}
    _forget_stale(fresh, found)
    known = notes_of(fresh)
    still_open = [one for key, one in found.items() if key not in known]
    if not still_open:
        return []
    said = [
        f"{FindingKind(one.kind).label}（{one.place}）：{one.excerpt}" for one in still_open[:_SAID_AT_ONCE]
    ]
    more = len(still_open) - len(said)
    rest = f"还有{more}处。" if more else ""
    return [*said, f"{rest}审前检查有{len(still_open)}处要处理：请点「审前检查」，逐处改正或写明理由。"]


def _forget_stale(fresh: Any, found: Collection[str]) -> None:
    fresh.finding_notes.filter(stands=True).exclude(mark__in=list(found)).update(stands=False)


def keep_wrong_word(word: WrongWord, *, by: User) -> WrongWord:
    """Write a common wrong expression (常见错误表述), which all agencies' papers are then looked through for.

    Raises NotAllowed: without the role, for one that is shorter than two characters or stands already.
    """
    if not rules.may_keep_wrong_words(by):
        raise NotAllowed("常见错误表述由县政府办公室维护。")
    word.wrong, word.right = word.wrong.strip(), word.right.strip()
    if len(word.wrong) < 2:
        raise NotAllowed("错误写法至少两个字：一个字会误报太多。")
    with publication.act(by=by, action="keep_wrong_word"):
        return publication.stored(word)
