"""Who may do a step of review, as a list to choose from: `rules.can_sign` for many people in few queries."""

from __future__ import annotations

from datetime import date
from itertools import accumulate

from django.db.models import Q

from agencies.models import User
from agencies.roles import ADMINISTRATOR, OFFICE, REVIEWER
from disclosure.models import Deputy, Publishable


def signers_of(thing: Publishable, *, on: date, level: str | None = None) -> list[User]:
    """Those who may do the waiting step, or one of `level` that comes after it; by name.

    Nobody who had a hand in the thing or signed in this round; where somebody is appointed to the step, those
    and their deputies on the day.
    """
    parts = [part for part in thing.agency.path.split("/") if part]
    above = list(accumulate(f"{part}/" for part in parts))
    wide = User.objects.filter(groups__name__in=[OFFICE.name, ADMINISTRATOR.name]).values("pk")
    people = User.objects.filter(
        Q(agency__path__in=above) | Q(is_superuser=True) | Q(pk__in=wide),
        is_active=True,
        is_staff=True,
        groups__name__in=[REVIEWER.name, OFFICE.name],
    )
    hands = {thing.created_by_id, thing.submitted_by_id, *thing.editor_ids, *thing.signer_ids} - {None}
    people = people.exclude(pk__in=hands).select_related("agency").distinct()
    posts = thing.agency.review_posts.model.objects.of(thing, level)
    appointed = set(posts.values_list("user", flat=True)) if thing.waiting_level else set()
    if appointed:
        absent = Deputy.objects.filter(user__in=appointed, first_day__lte=on, last_day__gte=on)
        people = people.filter(Q(pk__in=appointed) | Q(pk__in=absent.values("deputy")))
    return list(people.order_by("full_name", "pk"))
