"""解读率: by agency and by month, with a drawing beside the table, and as Excel.

For whoever sees interpretations: the office sees the county, a clerk the own agency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from agencies.admin.acts import staff
from agencies.models import Agency, User
from catalog.exchange.paper import (
    Formats,
    line_count,
    print_page,
    put_head,
    put_text,
    row_points,
    when_entered,
)
from interpretation import explained, promptness
from interpretation.models import Interpretation
from interpretation.promptness import TIMINGS, Judged, Row
from interpretation.querysets import OtherChannels

#: Papers named below the tables; the rest is counted.
NAMED = 100
_WIDTH, _HEIGHT, _BAR = 720, 220, 40
_HEADINGS = ("应解读", "已解读", "解读率", *TIMINGS.values())


class PeriodForm(forms.Form):
    """From which day to which."""

    first = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label="到", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        """The end comes after the start."""
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "结束日期不能早于开始日期。")
        return data


@dataclass(frozen=True)
class Stretch:
    """A piece of a bar: where it stands, and what it counts."""

    x: int
    y: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class Drawing:
    """Bars of months, explained above the line of what is not."""

    stretches: list[Stretch]
    labels: list[tuple[int, str]]
    width: int
    height: int = _HEIGHT
    base: int = _HEIGHT - 30
    bar: int = _BAR


@dataclass(frozen=True)
class Report:
    """All that page and workbook show."""

    first: date
    last: date
    agencies: list[Row]
    months: list[Row]
    total: Row
    late: list[Judged]
    missing: list[Judged]
    provisional: bool
    elsewhere: OtherChannels

    @property
    def drawing(self) -> Drawing:
        """The months as bars."""
        return draw(self.months)


def report(*, user: User, first: date, last: date) -> Report:
    """Reckon the period for what the user has in scope."""
    judged = explained.judged_papers(user=user, first=first, last=last)
    agencies = {agency.code: agency.label for agency in Agency.objects.in_scope_of(user).in_tree_order()}
    by_agency = promptness.tally(
        judged, by=lambda paper: agencies.get(paper.agency, paper.agency), order=list(agencies.values())
    )
    return Report(
        first,
        last,
        by_agency,
        promptness.tally(judged, by=promptness.month_of),
        promptness.total(by_agency),
        [one for one in judged if one.timing == promptness.LATE],
        [one for one in judged if one.timing in {promptness.NONE, promptness.EXEMPT}],
        any(one.provisional for one in judged),
        Interpretation.objects.in_scope_of(user).other_channels(first, last),
    )


def draw(months: list[Row]) -> Drawing:
    """A bar a month: in time at the bottom, then late, then none."""
    room, most = _HEIGHT - 50, max((row.papers for row in months), default=1)
    kinds = (
        ("good", "按时", (promptness.SAME_DAY, promptness.IN_TIME, promptness.UNDATED)),
        ("late", "迟了", (promptness.LATE,)),
        ("none", "没有解读", (promptness.EXEMPT, promptness.NONE)),
    )
    stretches, labels = [], []
    for place, row in enumerate(months):
        x, y = 20 + place * (_BAR + 20), float(_HEIGHT - 30)
        for kind, words, timings in kinds:
            number = sum(row.counts.get(timing, 0) for timing in timings)
            height = round(room * number / most, 1)
            y -= height
            if number:
                stretches.append(Stretch(x, round(y, 1), height, kind, f"{row.name} {words} {number}件"))
        labels.append((x + _BAR // 2, row.name))
    return Drawing(stretches, labels, max(_WIDTH, 20 + len(months) * (_BAR + 20)))


class RatePages:
    """Adds the page and its workbook to the admin of interpretations."""

    def get_urls(self: Any) -> Any:
        """With both."""
        view = self.admin_site.admin_view
        ours = [
            path("rate/", view(self.rate_view), name="interpretation_interpretation_rate"),
            path("rate.xlsx", view(self.rate_export), name="interpretation_interpretation_rate_export"),
        ]
        return ours + super().get_urls()  # type: ignore[misc]

    def changelist_view(self: Any, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the way to the page."""
        words = {"links": [("解读率", reverse("admin:interpretation_interpretation_rate"))]}
        return super().changelist_view(request, {**words, **(extra_context or {})})  # type: ignore[misc]

    def _rate_of(self: Any, request: HttpRequest) -> tuple[PeriodForm, Report]:
        """The period asked for; this year so far where none is, or none that can stand."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        usual = {"first": date(today.year, 1, 1), "last": today}
        asked = "first" in request.GET or "last" in request.GET
        form = PeriodForm(request.GET if asked else None, initial=usual)
        period = form.cleaned_data if asked and form.is_valid() else usual
        return form, report(user=staff(request), first=period["first"], last=period["last"])

    def rate_view(self: Any, request: HttpRequest) -> HttpResponse:
        """The page."""
        form, found = self._rate_of(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": "解读率",
            "form": form,
            "report": found,
            "headings": _HEADINGS,
            "tables": [("按单位", "单位", found.agencies), ("按月份", "月份", found.months)],
            "goal": promptness.GOAL,
            "named": NAMED,
        }
        return TemplateResponse(request, "admin/interpretation/rate.html", context)

    def rate_export(self: Any, request: HttpRequest) -> FileResponse:
        """The same as a workbook."""
        _, found = self._rate_of(request)
        name = f"解读率-{found.first:%Y%m%d}-{found.last:%Y%m%d}.xlsx"
        return FileResponse(workbook(found), as_attachment=True, filename=name)


def workbook(found: Report) -> BytesIO:
    """Both tables, a finished page each; names as strings and counts as numbers."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    formats = Formats(book)
    for caption, heading, rows in (("按单位", "单位", found.agencies), ("按月份", "月份", found.months)):
        _sheet(book, formats, found, caption, heading, rows)
    book.close()
    target.seek(0)
    return target


def _sheet(
    book: xlsxwriter.Workbook, formats: Formats, found: Report, caption: str, heading: str, rows: list[Row]
) -> None:
    sheet = book.add_worksheet(caption)
    widths = [36.0, *(12.0 for _ in _HEADINGS)]
    print_page(sheet, widths, 3, 1)
    legend = f"{found.first:%Y-%m-%d}至{found.last:%Y-%m-%d}公开的政策文件、行政规范性文件，单位：件。"
    if found.provisional:
        legend += "有的工作日历还没有公布，天数暂定。"
    put_head(sheet, formats, f"解读率（{caption}）", legend, widths)
    sheet.set_row(2, 30)
    for place, words in enumerate((heading, *_HEADINGS)):
        put_text(sheet, 2, place, words, formats.header)
    for line, row in enumerate([*rows, found.total], start=3):
        sheet.set_row(line, row_points(line_count(row.name, widths[0])) + 4)
        put_text(sheet, line, 0, row.name, formats.cell(entered=when_entered(row.name)))
        percent = "—" if row.percent is None else f"{row.percent}%"
        for place, number in enumerate((row.papers, row.explained)):
            sheet.write_number(line, place + 1, number, formats.centred)
        sheet.write_string(line, 3, percent, formats.centred)
        for place, number in enumerate(row.cells, start=4):
            sheet.write_number(line, place, number, formats.centred)
