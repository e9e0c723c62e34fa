"""The official layout as .xlsx in constant memory, and the same rows as CSV and JSON.

Printed from Excel it is a finished page: caption, legend, two-row header repeated on every page, landscape,
one page wide. Texts are written as strings: nothing in a cell can run as a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import xlsxwriter
from django.utils.timezone import localdate

from catalog.drafts import Draft, as_item

from .layout import PrintColumn, TableSpec, captions
from .paper import Formats, print_page, put_head, sheet_name
from .sheets import SheetWriter, contents_sheet, finish
from .tables import Table, Tables

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_CONTENTS = "目录页"
_EMPTY = (120.0,)


def write_xlsx(target: IO[bytes], tables: Iterable[Table]) -> int:
    """Write a book with one sheet a table; returns the number of items written. Several tables that are
    known beforehand (`Tables`) get a contents sheet in front."""
    book = xlsxwriter.Workbook(target, OPTIONS)
    formats = Formats(book)
    taken: set[str] = set()
    specs = tables.specs if isinstance(tables, Tables) else []
    names: list[str] = []
    if len(specs) > 1:
        contents = book.add_worksheet(sheet_name(_CONTENTS, taken))
        names = [_name(spec, taken) for spec in specs]
        contents_sheet(contents, formats, _contents(specs, names))
        finish(contents)
    written = count = 0
    for count, table in enumerate(tables, start=1):
        name = names[count - 1] if names else _name(table.spec, taken)
        sheet = book.add_worksheet(name)
        written += SheetWriter(sheet, formats, table).write()
        finish(sheet)
    if not count:
        empty = book.add_worksheet("没有事项")
        print_page(empty, _EMPTY, 1, 0)
        put_head(
            empty, formats, "所选范围内没有目录事项", "换一个范围，或者少选几个条件，再导出一次。", _EMPTY
        )
    book.close()
    return written


def _name(spec: TableSpec, taken: set[str]) -> str:
    return sheet_name(f"{spec.owner}{spec.field_name}", taken)


def _contents(specs: Sequence[TableSpec], names: Sequence[str]) -> list[tuple[str, str, int, str]]:
    return [
        (name, spec.caption, spec.items, f"{spec.as_of or localdate():%Y-%m-%d}")
        for spec, name in zip(specs, names, strict=True)
    ]


def write_csv(target: IO[str], tables: Iterable[Table]) -> int:
    """Write all tables below each other, with their captions and headers; returns the number of items.

    UTF-8 with BOM is the caller's part. In CSV a cell cannot be marked as text: a spreadsheet that opens
    the file may take "=…" for a formula. Nothing is altered here to prevent that: .xlsx is the safe form.
    """
    writer = csv.writer(target)
    written = 0
    for table in tables:
        columns = table.spec.columns()
        writer.writerow(_padded([table.spec.caption], columns))
        writer.writerow(_padded([table.spec.legend], columns))
        writer.writerows(captions(columns))
        serial = next((number for number, column in enumerate(columns) if column.kind == "serial"), None)
        for count, draft in enumerate(table.drafts(), start=1):
            written += 1
            texts = [column.text(draft) for column in columns]
            if serial is not None:
                texts[serial] = texts[serial] or str(count)
            writer.writerow(texts)
            for row in _more_rows(draft, columns):
                writer.writerow(row)
    return written


def _padded(texts: list[str], columns: list[PrintColumn]) -> list[str]:
    return texts + [""] * (len(columns) - len(texts))


def _more_rows(draft: Draft, columns: list[PrintColumn]) -> Iterator[list[str]]:
    # One text a row: without merged cells, a row with several would read back as an item of its own.
    more: dict[str, list[str]] = draft.extra.get("more") or {}
    for number, column in enumerate(columns):
        for text in more.get(column.more, []) if column.more else []:
            row = [""] * len(columns)
            row[number] = text
            yield row


def write_json(target: IO[str], tables: Iterable[Table]) -> int:
    """Write `{"items": […]}` with the keys of `import_catalog --items`; returns the number of items."""
    written = 0
    target.write('{"items": [')
    for table in tables:
        for draft in table.drafts():
            target.write(",\n" if written else "\n")
            item: dict[str, Any] = as_item(draft, table.spec.field_name)
            item["sheet"] = item["sheet"] or table.spec.field_name
            json.dump(item, target, ensure_ascii=False)
            written += 1
    target.write("\n]}\n")
    return written


def encoded_text(target: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """A text layer over a binary target that does not close it."""
    return io.TextIOWrapper(target, encoding=encoding, newline="", write_through=True)
