"""How promptly papers were explained in a period: read from documents and interpretations in one query."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min, Q

from agencies.models import User
from disclosure.models import Document
from disclosure.states import Publication
from interpretation.promptness import Judged, Paper, judge
from workdays.models import load_calendar


def judged_papers(*, user: User, first: date, last: date) -> list[Judged]:
    """The papers in scope of 解读 (政策文件, 行政规范性文件) in the user's scope that were published from
    `first` to `last`, both included, each judged; oldest first."""
    public = Q(interpretations__status=Publication.PUBLISHED)
    rows = (
        (Document.objects.in_scope_of(user) & Document.objects.published().needing_explanation())
        .filter(published_on__gte=first, published_on__lte=last)
        .annotate(
            explanations=Count("interpretations", filter=public),
            first_explained=Min("interpretations__published_on", filter=public),
        )
        .order_by("published_on", "pk")
        .values_list(
            "pk",
            "title",
            "agency__code",
            "published_on",
            "explanations",
            "first_explained",
            "no_interpretation_reason",
        )
    )
    calendar = load_calendar()

    def working_days(after: date, until: date) -> tuple[int, bool]:
        found = calendar.between(after, until)
        return found.days, found.provisional

    return [
        judge(Paper(pk, title, agency, day, bool(number), told_on, bool(reason.strip())), working_days)
        for pk, title, agency, day, number, told_on, reason in rows
    ]
