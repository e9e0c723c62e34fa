"""The library of normative papers as an Excel book: the list as chosen, and the figures by agency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

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
from disclosure.states import Validity
from portal.normative import Days, Figures

_LIST = (
    ("序号", 6.0),
    ("文件名称", 46.0),
    ("发文字号", 20.0),
    ("索引号", 30.0),
    ("制发单位", 20.0),
    ("成文日期", 12.0),
    ("发布日期", 12.0),
    ("有效期至", 12.0),
    ("有效性", 10.0),
    ("废止、失效日期", 14.0),
)
_FIGURES = (
    ("制发单位", 36.0),
    ("制发件数", 12.0),
    ("废止件数", 12.0),
    ("失效件数", 12.0),
    ("现行有效件数", 14.0),
)
_TITLE_OF_FIGURES = "行政规范性文件制发、废止和现行有效件数"


def write_book(
    documents: Iterable[Any], lines: Sequence[Figures], total: Figures, days: Days, words: str
) -> BytesIO:
    """Write both sheets. Texts are strings, figures numbers: nothing in a cell runs as a formula. `words`
    names what was chosen."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    formats = Formats(book)
    legend = f"截至{days.last:%Y-%m-%d}。{words}"
    rows = [_row(number, one) for number, one in enumerate(documents, start=1)]
    _sheet(book, formats, "规范性文件", "行政规范性文件目录", legend, _LIST, rows)
    told = f"{days.first:%Y-%m-%d}至{days.last:%Y-%m-%d}，单位：件。现行有效件数截至{days.last:%Y-%m-%d}。"
    numbers = [[line.name, line.made, line.repealed, line.expired, line.standing] for line in [*lines, total]]
    _sheet(book, formats, "制发废止有效件数", _TITLE_OF_FIGURES, told, _FIGURES, numbers)
    book.close()
    target.seek(0)
    return target


def _row(number: int, one: Any) -> list[Any]:
    ended = one.repealed_on or one.lapsed_on
    known = one.validity_then in Validity.values
    return [
        number,
        one.title,
        one.doc_number,
        one.index_number,
        one.issuer or one.agency.name,
        _day(one.written_on),
        _day(one.published_on),
        _day(one.expires_on),
        _words(one) if known else "",
        _day(ended) if one.validity_then in {Validity.REPEALED, Validity.EXPIRED} else "",
    ]


def _words(one: Any) -> str:
    words = str(Validity(one.validity_then).label)
    return f"{words}（{one.effective_on:%Y-%m-%d}起施行）" if one.validity_then == Validity.NOT_YET else words


def _day(day: Any) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


def _sheet(
    book: Any,
    formats: Formats,
    name: str,
    caption: str,
    legend: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[Any]],
) -> None:
    sheet = book.add_worksheet(name)
    widths = [width for _, width in columns]
    print_page(sheet, widths, 3, 1)
    put_head(sheet, formats, caption, legend, widths)
    sheet.set_row(2, 30)
    for place, (heading, _width) in enumerate(columns):
        put_text(sheet, 2, place, heading, formats.header)
    for line, row in enumerate(rows, start=3):
        lines = max(line_count(str(value), widths[place]) for place, value in enumerate(row))
        sheet.set_row(line, row_points(lines) + 4)
        for place, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line, place, value, formats.centred)
            else:
                put_text(sheet, line, place, value, formats.cell(entered=when_entered(value)))
    if not rows:
        put_text(sheet, 3, 0, "没有符合条件的文件。", formats.cell())
