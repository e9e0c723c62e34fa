"""退文统计: how often registrations came back, by agency and by reason, in a year."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from agencies.models import Agency
from disclosure.admin.register_books import Table, workbook
from disclosure.models import RegistrationReturn
from disclosure.register_states import ReturnReason

_CAPTION = "退文统计"
_HEADS = [str(one.label) for one in ReturnReason]


@dataclass(frozen=True)
class Row:
    """An agency: how many returns, and how many for each reason (a return may have several)."""

    name: str
    total: int
    reasons: list[int]


class RegistrationReturns:
    """Mixin of the admin of `Registration`."""

    admin_site: Any
    opts: Any
    media: Any
    has_view_permission: Any

    def returns_view(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        year = _year(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"{_CAPTION}（{year}年）",
            "year": year,
            "years": range(timezone.localdate().year, timezone.localdate().year - 3, -1),
            "heads": _HEADS,
            "rows": self._rows(request, year),
        }
        return TemplateResponse(request, "admin/disclosure/registration/returns.html", context)

    def returns_export(self, request: HttpRequest) -> FileResponse:
        """The same as a workbook."""
        year = _year(request)
        rows = [(row.name, [row.total, *row.reasons]) for row in self._rows(request, year)]
        legend = f"{year}年，单位：次。一次退文可以有几个原因。"
        book = workbook([Table(f"{_CAPTION}{year}年", legend, ["单位", "退文次数", *_HEADS], rows)])
        return FileResponse(book, as_attachment=True, filename=f"{_CAPTION}-{year}.xlsx")

    def _rows(self, request: HttpRequest, year: int) -> list[Row]:
        """By agency of the user's scope, the last row sums up; two queries."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        first = timezone.make_aware(datetime(year, 1, 1))  # noqa: DTZ001 - made aware here
        end = timezone.make_aware(datetime(year + 1, 1, 1))  # noqa: DTZ001 - made aware here
        found = RegistrationReturn.objects.in_scope_of(request.user).filter(at__gte=first, at__lt=end)
        totals: Counter[str] = Counter()
        reasons: Counter[tuple[str, str]] = Counter()
        for code, given in found.order_by().values_list("registration__agency__code", "reasons"):
            totals[code] += 1
            reasons.update((code, reason) for reason in given)
        labels = {one.code: one.label for one in Agency.objects.in_scope_of(request.user).in_tree_order()}
        rows = [
            Row(labels[code], totals[code], [reasons[code, one] for one in ReturnReason.values])
            for code in labels
            if totals[code]
        ]
        sums = [sum(row.reasons[place] for row in rows) for place in range(len(_HEADS))]
        return [*rows, Row("合计", sum(totals.values()), sums)] if rows else []


def _year(request: HttpRequest) -> int:
    """The year asked for; this one for anything that is none."""
    asked = request.GET.get("year", "")
    known = asked.isascii() and asked.isdigit() and len(asked) == 4 and asked > "1999"
    return int(asked) if known else timezone.localdate().year
