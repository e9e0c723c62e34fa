"""The overview for 县政府办公室: agencies and fields against the states, each number a link, as Excel too."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency
from catalog.exchange.paper import (
    Formats,
    line_count,
    print_page,
    put_head,
    put_text,
    row_points,
    when_entered,
)
from catalog.models import Field, Item
from disclosure import services
from disclosure.models import Coverage
from disclosure.states import CoverageState

STATES = [(state.value, str(state.label)) for state in CoverageState]
#: Items reckoned while the page waits.
WHILE_WAITING = 500


@dataclass(frozen=True)
class Row:
    """One agency or field: its name, the address of its items, and for each state number and address."""

    name: str
    url: str
    total: int
    cells: list[tuple[str, int, str]]


@dataclass(frozen=True)
class Matrix:
    """A table of the overview; the last row sums up."""

    caption: str
    heading: str
    rows: list[Row]
    total: Row


class CoverageOverview:
    """Mixin of the admin of `Coverage`: the overview."""

    admin_site: Any
    opts: Any
    media: Any
    has_view_permission: Any

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """By agency and by field, of the user's scope."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": "公开情况一览",
            "states": STATES,
            "matrices": self._matrices(request),
            "today": timezone.localdate(),
        }
        return TemplateResponse(request, "admin/disclosure/coverage/overview.html", context)

    def overview_export(self, request: HttpRequest) -> FileResponse:
        """The same as a workbook."""
        book = _workbook(self._matrices(request))
        name = f"公开情况一览-{timezone.localdate():%Y%m%d}.xlsx"
        return FileResponse(book, as_attachment=True, filename=name)

    def _matrices(self, request: HttpRequest) -> list[Matrix]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = request.user
        services.refresh_stale(Item.objects.in_scope_of(user).in_force(), limit=WHILE_WAITING)
        rows = Coverage.objects.in_scope_of(user).in_force().order_by()
        agencies = {agency.code: agency.label for agency in Agency.objects.in_scope_of(user).in_tree_order()}
        fields = dict(Field.objects.order_by("order", "slug").values_list("slug", "name"))
        return [
            _matrix("按单位", "单位", "agency", agencies, _counted(rows, "item__agency__code")),
            _matrix("按领域", "领域", "field", fields, _counted(rows, "item__field__slug")),
        ]


def _counted(rows: Any, lookup: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for key, state, number in rows.values_list(lookup, "state").annotate(number=Count("pk")):
        found.setdefault(key, {})[state] = number
    return found


def _matrix(
    caption: str, heading: str, name: str, labels: dict[str, str], counts: dict[str, dict[str, int]]
) -> Matrix:
    rows = [_row(labels[key], {name: key}, counts[key]) for key in labels if key in counts]
    sums = {state: sum(one.get(state, 0) for one in counts.values()) for state, _ in STATES}
    return Matrix(caption, heading, rows, _row("合计", {}, sums))


def _row(label: str, chosen: dict[str, str], counts: dict[str, int]) -> Row:
    address = reverse("admin:disclosure_coverage_changelist")
    cells = [
        (words, counts.get(state, 0), f"{address}?{urlencode({**chosen, 'state': state})}")
        for state, words in STATES
    ]
    query = f"?{urlencode(chosen)}" if chosen else ""
    return Row(label, f"{address}{query}", sum(counts.values()), cells)


def _workbook(matrices: list[Matrix]) -> BytesIO:
    """Names are written as strings and counts as numbers: nothing in a cell runs as a formula. A finished
    page each: caption, day, repeated head, a line that sums up."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    formats = Formats(book)
    widths = [36.0, 9.0, *(11.0 for _ in STATES)]
    for matrix in matrices:
        sheet = book.add_worksheet(matrix.caption)
        print_page(sheet, widths, 3, 1)
        caption = f"公开情况一览（{matrix.caption}）"
        put_head(sheet, formats, caption, f"截至{timezone.localdate():%Y-%m-%d}，单位：项。", widths)
        sheet.set_row(2, 30)
        for place, heading in enumerate([matrix.heading, "事项数", *(words for _, words in STATES)]):
            put_text(sheet, 2, place, heading, formats.header)
        for line, row in enumerate([*matrix.rows, matrix.total], start=3):
            sheet.set_row(line, row_points(line_count(row.name, widths[0])) + 4)
            put_text(sheet, line, 0, row.name, formats.cell(entered=when_entered(row.name)))
            for place, number in enumerate([row.total, *(number for _, number, _ in row.cells)], start=1):
                sheet.write_number(line, place, number, formats.centred)
    book.close()
    target.seek(0)
    return target
