"""Comfort for whoever writes: words kept on the way (自动保存), who else has the thing open (正在编辑)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Autosave, Presence
from disclosure.register_states import NO_SECRETS, is_secret
from disclosure.services.errors import NotAllowed

#: Words that nobody came back for.
KEPT_FOR = timedelta(days=14)
#: A page gives a sign of life every 20 seconds; after three missed ones nobody is there.
PRESENT_FOR = timedelta(seconds=60)
#: More than any paper of a county; the request itself is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE.
MOST_CHARACTERS = 3_000_000


def kind_of(model: type[models.Model]) -> str:
    """How autosaves and presences name a model."""
    return model._meta.label_lower


def find_autosave(*, by: User, model: type[models.Model], pk: int = 0) -> Autosave | None:
    """What `by` typed into this thing and never saved; `pk` 0: into a new one."""
    return Autosave.objects.filter(user=by, kind=kind_of(model), object_id=pk).first()


def keep_autosave(
    *,
    by: User,
    model: type[models.Model],
    data: Sequence[Sequence[str]],
    pk: int = 0,
    base_version: int = 0,
    now: datetime | None = None,
) -> Autosave:
    """Keep what stands in the form. Raises NotAllowed for what is no draft in `by`'s hands, or no form; and
    for 国家秘密, whose words are never stored: what was kept on the way goes too."""
    if any(pair[0] == "openness_ground" and is_secret(str(pair[1])) for pair in data if len(pair) > 1):
        forget_autosave(by=by, model=model, pk=pk)
        raise NotAllowed(NO_SECRETS)
    return _keep_autosave(by, model, data, pk, base_version, now)


@transaction.atomic
def _keep_autosave(
    by: User,
    model: type[models.Model],
    data: Sequence[Sequence[str]],
    pk: int,
    base_version: int,
    now: datetime | None,
) -> Autosave:
    _require(by, model, pk)
    pairs = [[str(name), str(text)] for name, text in data]
    if sum(len(name) + len(text) for name, text in pairs) > MOST_CHARACTERS:
        raise NotAllowed("内容太长，没有自动保存：请点「保存」。")
    kept, _ = Autosave.objects.update_or_create(
        user=by,
        kind=kind_of(model),
        object_id=pk,
        defaults={"data": pairs, "base_version": base_version, "saved_at": now or timezone.now()},
    )
    return kept


def forget_autosave(*, by: User, model: type[models.Model], pk: int = 0) -> None:
    """The words are stored, or nobody wants them."""
    Autosave.objects.filter(user=by, kind=kind_of(model), object_id=pk).delete()


def forget_autosaves_of(*, model: type[models.Model], pk: int) -> int:
    """Whatever anybody typed into this thing goes (deleted draft, sealed purge); how many went."""
    Presence.objects.filter(kind=kind_of(model), object_id=pk).delete()
    return Autosave.objects.filter(kind=kind_of(model), object_id=pk).delete()[0]


@transaction.atomic
def note_presence(*, by: User, model: type[models.Model], pk: int, now: datetime | None = None) -> list[str]:
    """`by` has the page open; returns who else has. Raises NotAllowed for what `by` may not see."""
    _require(by, model, pk, look=True)
    moment = now or timezone.now()
    Presence.objects.update_or_create(
        user=by, kind=kind_of(model), object_id=pk, defaults={"seen_at": moment}
    )
    return others_at(by=by, model=model, pk=pk, now=moment)


def others_at(*, by: User, model: type[models.Model], pk: int, now: datetime | None = None) -> list[str]:
    """The names of others whose pages showed this thing a moment ago."""
    since = (now or timezone.now()) - PRESENT_FOR
    rows = Presence.objects.filter(kind=kind_of(model), object_id=pk, seen_at__gte=since).exclude(user=by)
    return [str(row.user) for row in rows.select_related("user").order_by("seen_at")[:5]]


def leave(*, by: User, model: type[models.Model], pk: int) -> None:
    """`by` has closed the page."""
    Presence.objects.filter(user=by, kind=kind_of(model), object_id=pk).delete()


@transaction.atomic
def clear_writing(*, now: datetime | None = None) -> int:
    """Remove presences of yesterday, words nobody came back for, and those of what is no draft any more; how
    many autosaves went."""
    moment = now or timezone.now()
    Presence.objects.filter(seen_at__lt=moment - timedelta(days=1)).delete()
    gone = Autosave.objects.filter(saved_at__lt=moment - KEPT_FOR).delete()[0]
    for model in _models_of(Autosave.objects.values_list("kind", flat=True).distinct()):
        drafts = model._default_manager.filter(status="draft").values("pk")
        mine = Autosave.objects.filter(kind=kind_of(model)).exclude(object_id=0)
        gone += mine.exclude(object_id__in=drafts).delete()[0]
    return gone


def _models_of(kinds: Any) -> list[type[models.Model]]:
    from django.apps import apps

    return [apps.get_model(kind) for kind in kinds]


def _require(by: User, model: type[models.Model], pk: int, *, look: bool = False) -> None:
    if pk == 0:
        if not rules.may_speak(by):
            raise NotAllowed("您的角色不能起草。")
        return
    thing: Any = model._default_manager.filter(pk=pk).select_related("agency").first()
    allowed = thing is not None and (rules.can_view(by, thing) if look else rules.can_edit(by, thing))
    if not allowed:
        raise NotAllowed("这一份现在不是您能修改的草稿，没有自动保存。")
