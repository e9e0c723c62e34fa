"""A table of one of the registers as a finished sheet: caption, day, repeated head, a line that sums up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter

from catalog.exchange.paper import (
    Formats,
    line_count,
    print_page,
    put_head,
    put_text,
    row_points,
    when_entered,
)


@dataclass(frozen=True)
class Table:
    """Rows of a name and numbers under headings; the last row sums up."""

    caption: str
    legend: str
    headings: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]


def workbook(tables: Sequence[Table]) -> BytesIO:
    """Names are written as strings and counts as numbers: nothing in a cell runs as a formula."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    formats = Formats(book)
    for table in tables:
        widths = [36.0, *(14.0 for _ in table.headings[1:])]
        sheet = book.add_worksheet(table.caption)
        print_page(sheet, widths, 3, 1)
        put_head(sheet, formats, table.caption, table.legend, widths)
        sheet.set_row(2, 30)
        for place, heading in enumerate(table.headings):
            put_text(sheet, 2, place, heading, formats.header)
        for line, (name, numbers) in enumerate(table.rows, start=3):
            sheet.set_row(line, row_points(line_count(name, widths[0])) + 4)
            put_text(sheet, line, 0, name, formats.cell(entered=when_entered(name)))
            for place, number in enumerate(numbers, start=1):
                sheet.write_number(line, place, number, formats.centred)
    book.close()
    target.seek(0)
    return target
