"""催办, and what a leader says of what was signed in his or her name."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Publishable, Reminder, Step
from disclosure.services import publication, review
from disclosure.services.errors import NotAllowed
from disclosure.states import OwnerWord, StepChannel


def remind(thing: Publishable, *, by: User, now: datetime | None = None) -> Reminder:
    """Ask for the step that waits (催办), once a day whoever asks; whose it is sees it. Raises NotAllowed."""
    moment = now or timezone.now()
    with publication.act(by=by, action="remind"):
        fresh = publication.locked(thing)
        if not rules.can_hand_on(by, fresh):
            raise NotAllowed("现在没有等着办的审核步骤，或者这份内容不归您办，请刷新页面。")
        step, today = review.waiting_step(fresh), timezone.localdate(moment)
        rows = Reminder.objects.of(fresh).filter(round=fresh.review_round, position=step.position)
        if rows.filter(on=today).exists():
            raise NotAllowed("今天已经催办过了。急的话请打电话，或者发手机链接、送纸质审批表。")
        return Reminder.objects.create(
            content_type=ContentType.objects.get_for_model(type(fresh)),
            object_id=fresh.pk,
            round=fresh.review_round,
            position=step.position,
            level=step.level,
            by=by,
            at=moment,
            on=today,
        )


def say_of_signature(step: Step, *, word: OwnerWord, by: User, now: datetime | None = None) -> None:
    """Say that a step done in one's name, on the phone or on paper, was one's own or was not; the last word
    stands. Raises NotAllowed for anybody else's step."""
    rows = type(step)._default_manager.select_for_update()
    with publication.act(by=by, action="say_of_signature"):
        row = rows.get(pk=step.pk)
        if row.by_id != by.pk or row.channel == StepChannel.SYSTEM:
            raise NotAllowed("只能确认以您自己名义、在手机或纸上办理的签批。")
        row.owner_word, row.owner_word_at = word, now or timezone.now()
        row.save(update_fields=["owner_word", "owner_word_at"])
