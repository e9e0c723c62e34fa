"""三审三校 (DOMAIN §6.7): a round of steps for each submission, each by another person, each over the very
words that go out. Called by `publication` on a locked thing, inside its transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import User
from disclosure import rules
from disclosure.models import DraftingNote, Publishable, ReviewRoute
from disclosure.services import manner
from disclosure.services.errors import NotAllowed
from disclosure.states import Publication, ReviewLevel, StepOutcome
from workdays.models import load_calendar

#: What a reviewer reads, and what must be the same when it goes out.
_READ = (
    "title",
    "summary",
    "body",
    "keywords",
    "doc_number",
    "issuer",
    "written_on",
    "topic_id",
    "agency_id",
    "openness",
    "openness_ground",
    "openness_reason",
    "genre",
    "effective_on",
    "expires_on",
    "forms",
    "interpreter",
    "contact",
)
_DAYS = 2
_LINK_DAYS = 3


def content_hash(thing: Any) -> str:
    """Fingerprint (SHA-256, hex) of what a reviewer reads: texts, metadata, attachments by their own; of a
    document also the interpretations that wait to go out with it (同步审核)."""
    read = {name: str(getattr(thing, name)) for name in _READ if hasattr(thing, name)}
    if elements := getattr(thing, "elements", None):
        read["elements"] = json.dumps(elements, ensure_ascii=False, sort_keys=True)
    if note := getattr(thing, "correction_note", ""):
        read["correction_note"] = note
    if getattr(thing, "closes_earlier", False):
        read["closes_earlier"] = "1"
    rows = sorted(thing.attachments.all(), key=lambda row: (row.position, row.pk))
    files = [[row.title, row.sha256, row.source_url, *_alternatives(row)] for row in rows]
    package = [content_hash(one) for one in package_of(thing)] + _drafting(thing)
    text = json.dumps([read, files, package], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(thing: Any) -> str:
    """What a page says of the words that stand on it, to be compared when they are signed (`is_unread`)."""
    return f"{thing.review_round}-{content_hash(thing)[:16]}"


def is_unread(thing: Any, read: str | None) -> bool:
    """Whether other words stand there than those that were read: a mark, or the round alone, within which the
    thing itself does not change (what goes with it may)."""
    if read is None:
        return False
    return read != (mark_of(thing) if "-" in read else str(thing.review_round))


NOT_READ = (
    "您打开这一页以后，内容有了变化（收回改过、重新提交，或者解读有变动）。请回到这份内容，重新看过再签。"
)


def package_of(thing: Any) -> list[Any]:
    """What goes out with a document and is read and signed with it (同步审签); once public, it stays in the
    document's fingerprint."""
    if not hasattr(thing, "interpretations"):
        return []
    waiting = Q(status=Publication.SUBMITTED, waiting_level="")
    gone_out = Q(status__in=[Publication.SCHEDULED, Publication.PUBLISHED])
    found = thing.interpretations.filter(waiting | gone_out).order_by("pk")
    return list(found.prefetch_related("attachments"))


def _alternatives(row: Any) -> list[str]:
    """Alternative text and transcript of a picture or recording; nothing where there are none, so that what
    was signed before there were any keeps its fingerprint."""
    found = [str(getattr(row, name, "")) for name in ("alt", "text")]
    return found if any(found) else []


def _drafting(thing: Any) -> list[Any]:
    if not hasattr(thing, "interpretations"):
        return []
    note = DraftingNote.objects.filter(document=thing).first()
    return [[note.body, note.sha256, str(note.is_public), note.absence_reason]] if note else []


def route_of(thing: Publishable) -> tuple[Sequence[str], int]:
    """The levels that the thing goes through, and working days a step: its agency's own row, for a village
    its township's, else the county's; where there is none, the last step alone."""
    row = _route_row(thing)
    return (row.levels, row.days) if row else ([ReviewLevel.FINAL], _DAYS)


def link_days_of(thing: Publishable) -> int:
    """How many days a link to the phone holds for this thing: its route says so."""
    row = _route_row(thing)
    return row.link_days if row else _LINK_DAYS


def _route_row(thing: Publishable) -> ReviewRoute | None:
    agency = thing.agency
    own = [agency.pk] + ([agency.parent_id] if agency.kind == AgencyKind.VILLAGE else [])
    rows = ReviewRoute.objects.filter(Q(agency=None) | Q(agency__in=own), lane=thing.lane)
    found = {row.agency_id: row for row in rows}
    return next((found[key] for key in (*own, None) if key in found), None)


def open_round(fresh: Publishable, *, at: datetime) -> None:
    """Put the steps of a new round there; the first one waits. The caller saves."""
    levels, days = route_of(fresh)
    fresh.review_round += 1
    fresh.signer_ids = []
    step = _steps(fresh).model
    step.objects.bulk_create(
        step(**_owner(fresh), round=fresh.review_round, position=number, level=level)
        for number, level in enumerate(levels, start=1)
    )
    _note_waiting(fresh, days=days, at=at)


def sign(
    fresh: Publishable,
    *,
    by: User,
    at: datetime,
    secrecy_cleared: bool,
    remarks: str = "",
) -> None:
    """Agree to the step that waits; the caller has asked the rule and saves. Raises NotAllowed while the
    secrecy check, which is this step's, is not said to be done, and for words not read by the signer."""
    if is_unread(fresh, manner.mark_read(fresh)):
        raise NotAllowed(NOT_READ)
    step = waiting_step(fresh)
    if owes_secrecy(fresh) and not secrecy_cleared:
        raise NotAllowed("请确认已作保密审查：不涉及国家秘密、工作秘密，不含个人隐私（条例第十七条）。")
    absent = rules.stands_in(by, fresh, timezone.localdate(at))
    step.outcome, step.by, step.at = StepOutcome.AGREED, by, at
    step.for_user_id = min(absent) if absent else None
    step.secrecy_cleared = secrecy_cleared
    step.remarks = remarks.strip()[:500]
    step.content_hash = content_hash(fresh)
    manner.stamp(step)
    step.save()
    fresh.signer_ids = [*fresh.signer_ids, by.pk]
    _note_waiting(fresh, days=route_of(fresh)[1], at=at)


def refuse_other_words(fresh: Publishable) -> None:
    """Raise NotAllowed unless every step of this round read the words that stand there now."""
    now = content_hash(fresh)
    signed = _round(fresh).filter(outcome=StepOutcome.AGREED)
    if signed.exclude(content_hash=now).exists():
        raise NotAllowed("审核过程中内容有变化，前面的审核意见不再有效。请退回，由经办人重新提交。")


def send_back_to(fresh: Publishable, *, position: int, by: User, at: datetime, remarks: str) -> None:
    """Return to an earlier step of this round: it and all after it are to be done again. The caller saves.

    Raises NotAllowed for a place that lies not before the waiting step.
    """
    step = waiting_step(fresh)
    if not 1 <= position < step.position:
        raise NotAllowed("只能退回到前面的步骤，请刷新页面重新选择。")
    _return(step, by=by, at=at, remarks=remarks)
    again = _round(fresh).filter(
        position__gte=position,
        outcome__in=[StepOutcome.WAITING, StepOutcome.AGREED],
    )
    places = sorted({*again.values_list("position", "level"), (step.position, step.level)})
    again.update(outcome=StepOutcome.VOID)
    step.__class__.objects.bulk_create(
        step.__class__(**_owner(fresh), round=fresh.review_round, position=number, level=level)
        for number, level in places
    )
    signed = _round(fresh).filter(outcome=StepOutcome.AGREED)
    fresh.signer_ids = list(signed.order_by("position").values_list("by", flat=True))
    _note_waiting(fresh, days=route_of(fresh)[1], at=at)


def end_round(
    fresh: Publishable, *, by: User | None = None, at: datetime | None = None, remarks: str = ""
) -> None:
    """Nothing of this round waits any more: returned to the clerk by `by`, or recalled. The caller saves."""
    if fresh.waiting_level and by is not None and at is not None:
        _return(waiting_step(fresh), by=by, at=at, remarks=remarks)
    _round(fresh).filter(outcome__in=[StepOutcome.WAITING, StepOutcome.AGREED]).update(
        outcome=StepOutcome.VOID
    )
    fresh.waiting_level, fresh.steps_left, fresh.step_due_on, fresh.signer_ids = "", 0, None, []


def _return(step: Any, *, by: User, at: datetime, remarks: str) -> None:
    step.outcome, step.by, step.at = StepOutcome.RETURNED, by, at
    step.remarks = remarks.strip()[:500]
    manner.stamp(step)
    step.save()


def _steps(thing: Publishable) -> Any:
    return thing.steps  # type: ignore[attr-defined]


def _round(thing: Publishable) -> Any:
    """The steps of the round that runs or ran last."""
    return _steps(thing).filter(round=thing.review_round)


def _owner(thing: Publishable) -> dict[str, Any]:
    return {thing._meta.model_name or "": thing}


def waiting_step(fresh: Publishable) -> Any:
    """The step that waits; one that was submitted before there were steps gets its only one here."""
    step = _round(fresh).filter(outcome=StepOutcome.WAITING).order_by("position").first()
    if step is None:
        model = _steps(fresh).model
        fresh.review_round = max(1, fresh.review_round)
        step = model(**_owner(fresh), round=fresh.review_round, position=1, level=ReviewLevel.FINAL)
    return step


def owes_secrecy(thing: Publishable) -> bool:
    """Whether the step that waits includes the secrecy check: its own step, or the last one where the route
    has none."""
    if thing.waiting_level == ReviewLevel.SECRECY:
        return True
    own = _round(thing).filter(level=ReviewLevel.SECRECY).exclude(outcome=StepOutcome.VOID)
    return thing.is_at_last_step and not own.exists()


def _note_waiting(fresh: Publishable, *, days: int, at: datetime) -> None:
    waiting = _round(fresh).filter(outcome=StepOutcome.WAITING).order_by("position")
    steps = list(waiting)
    fresh.steps_left = len(steps)
    fresh.waiting_level = steps[0].level if steps else ""
    fresh.step_due_on = None
    if steps:
        fresh.step_due_on = load_calendar().add(timezone.localdate(at), days).date
        steps[0].due_on = fresh.step_due_on
        steps[0].save(update_fields=["due_on"])
