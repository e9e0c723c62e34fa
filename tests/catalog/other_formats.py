"""A grid written in every format that a county may hand in: the tests' own writers (xlwt, and small ones
for .ods, .xlsb, Excel 2003's XML and web pages)."""

from __future__ import annotations

import csv
import html
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlwt

from catalog.exchange.grid import Cell, Grid


def value_of(cell: Cell) -> str | float | bool:
    if cell.kind == "number":
        return float(cell.text)
    if cell.kind == "bool":
        return cell.text == "1"
    return cell.text


def covered(grid: Grid) -> set[tuple[int, int]]:
    return {
        (row, column)
        for merge in grid.merges
        for row in range(merge.top, merge.bottom + 1)
        for column in range(merge.left, merge.right + 1)
        if (row, column) != (merge.top, merge.left)
    }


def write_xls(path: Path, grids: list[Grid]) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    padded: dict[int, xlwt.XFStyle] = {}
    for grid in grids:
        sheet = book.add_sheet(grid.name[:31], cell_overwrite_ok=True)
        sheet.visibility = 1 if grid.hidden else 0
        for row, cells in grid.cells.items():
            for column, cell in cells.items():
                if cell.kind == "formula":
                    sheet.write(row - 1, column - 1, xlwt.Formula("1+1"))
                elif cell.zeros:
                    style = padded.setdefault(cell.zeros, xlwt.easyxf(num_format_str="0" * cell.zeros))
                    sheet.write(row - 1, column - 1, value_of(cell), style)
                else:
                    sheet.write(row - 1, column - 1, value_of(cell))
        for merge in grid.merges:
            sheet.merge(merge.top - 1, merge.bottom - 1, merge.left - 1, merge.right - 1)
        for row in grid.hidden_rows:
            sheet.row(row - 1).hidden = True
        for column in grid.hidden_columns:
            sheet.col(column - 1).hidden = True
    book.save(str(path))
    return path


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_NAMES = "".join(f' xmlns:{p}="{_ODF}:{p}:1.0"' for p in ("office", "table", "text", "style", "manifest"))


def write_ods(path: Path, grids: list[Grid]) -> Path:
    parts = [
        f"<office:document-content{_ODF_NAMES}><office:automatic-styles>"
        '<style:style style:name="shown" style:family="table"/>'
        '<style:style style:name="hidden" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles><office:body><office:spreadsheet>"
    ]
    for grid in grids:
        style = "hidden" if grid.hidden else "shown"
        parts.append(f'<table:table table:name={quoteattr(grid.name)} table:style-name="{style}">')
        parts += _ods_columns(grid)
        parts += _ods_rows(grid)
        parts.append("</table:table>")
    parts.append("</office:spreadsheet></office:body></office:document-content>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "".join(parts))
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest{_ODF_NAMES}></manifest:manifest>")
    return path


def _ods_columns(grid: Grid) -> list[str]:
    hidden = ' table:visibility="collapse"'
    return [
        f"<table:table-column{hidden if column in grid.hidden_columns else ''}/>"
        for column in range(1, grid.last_column + 1)
    ] + ['<table:table-column table:number-columns-repeated="16000"/>']


def _ods_rows(grid: Grid) -> list[str]:
    parts: list[str] = []
    hidden = covered(grid)
    spans = {
        (m.top, m.left): f' table:number-rows-spanned="{m.bottom - m.top + 1}"'
        f' table:number-columns-spanned="{m.right - m.left + 1}"'
        for m in grid.merges
    }
    last_column = max([grid.last_column, *(m.right for m in grid.merges)], default=0)
    needed = set(grid.cells) | {m.top for m in grid.merges if m.top <= grid.last_row}
    empty = 0
    for row in range(1, grid.last_row + 1):
        if row not in needed and not any(m.top <= row <= m.bottom for m in grid.merges):
            empty += 1
            continue
        if empty:
            parts.append(
                f'<table:table-row table:number-rows-repeated="{empty}">'
                '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
            )
            empty = 0
        collapsed = ' table:visibility="collapse"' if row in grid.hidden_rows else ""
        parts.append(f"<table:table-row{collapsed}>")
        for column in range(1, last_column + 1):
            if (row, column) in hidden:
                parts.append("<table:covered-table-cell/>")
            else:
                parts.append(_ods_cell(grid.get(row, column), spans.get((row, column), "")))
        parts.append("</table:table-row>")
    return parts


def _ods_cell(cell: Cell | None, span: str) -> str:
    if cell is None:
        return f"<table:table-cell{span}/>"
    if cell.kind == "formula":
        return f'<table:table-cell{span} table:formula="of:=1+1"/>'
    shown = cell.text
    if cell.kind == "number":
        shown = f"{int(float(cell.text)):0{cell.zeros}d}" if cell.zeros else cell.text
        value = f'office:value-type="float" office:value="{cell.text}"'
    elif cell.kind == "bool":
        value = f'office:value-type="boolean" office:boolean-value="{str(cell.text == "1").lower()}"'
    elif cell.kind == "date" and "月" not in cell.text:
        value = f'office:value-type="date" office:date-value="{cell.text}"'
    else:
        value = 'office:value-type="string"'
    # As LibreOffice writes them: runs of blanks as elements, the rest as text.
    lines = [
        escape(line).replace("  ", '<text:s text:c="2"/>') for line in shown.replace("\r", "").split("\n")
    ]
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in lines)
    return f"<table:table-cell{span} {value}>{paragraphs}</table:table-cell>"


# .xlsb: [MS-XLSB]


def record(kind: int, payload: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(payload), b""
    while True:
        size, low = size >> 7, size & 0x7F
        length += bytes([low | (0x80 if size else 0)])
        if not size:
            return head + length + payload


def wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def _xlsb_cell(cell: Cell, column: int, style: int, strings: dict[str, int]) -> bytes:
    head = struct.pack("<II", column - 1, style)
    if cell.kind == "number":
        value = float(cell.text)
        if value == int(value) and abs(value) < 2**28:
            return record(2, head + struct.pack("<i", int(value) << 2 | 2))
        return record(5, head + struct.pack("<d", value))
    if cell.kind == "bool":
        return record(4, head + bytes([cell.text == "1"]))
    if len(cell.text) % 2:
        return record(6, head + wide(cell.text))
    return record(7, head + struct.pack("<I", strings.setdefault(cell.text, len(strings))))


def write_xlsb(path: Path, grids: list[Grid]) -> Path:
    """A formula without a value cannot be written: such a cell is left out."""
    strings: dict[str, int] = {}
    zeros = sorted({c.zeros for g in grids for cells in g.cells.values() for c in cells.values()} | {0})
    sheets = []
    for grid in grids:
        data = record(129) + record(145)
        for row in sorted(grid.cells):
            hidden = 0x10 if row in grid.hidden_rows else 0
            data += record(0, struct.pack("<IIHBBB", row - 1, 0, 300, 0, hidden, 0))
            for column, cell in sorted(grid.cells[row].items()):
                if cell.kind != "formula":
                    data += _xlsb_cell(cell, column, zeros.index(cell.zeros), strings)
        data += record(146)
        for merge in grid.merges:
            place = struct.pack("<4I", merge.top - 1, merge.bottom - 1, merge.left - 1, merge.right - 1)
            data += record(176, place)
        sheets.append(data + record(130))
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = record(131) + record(153, struct.pack("<II", 0, 0)) + record(143)
    lines = ""
    for number, grid in enumerate(grids, start=1):
        state = struct.pack("<II", 1 if grid.hidden else 0, number)
        book += record(156, state + wide(f"rId{number}") + wide(grid.name))
        target = f"worksheets/sheet{number}.bin"
        lines += f'<Relationship Id="rId{number}" Type="{relations}/worksheet" Target="{target}"/>'
    lines += f'<Relationship Id="s" Type="{relations}/sharedStrings" Target="sharedStrings.bin"/>'
    lines += f'<Relationship Id="t" Type="{relations}/styles" Target="styles.bin"/>'
    formats = b"".join(
        record(44, struct.pack("<H", 164 + i) + wide("0" * width)) for i, width in enumerate(zeros) if width
    )
    styles = b"".join(
        record(47, struct.pack("<HH", 0, 164 + i if width else 0) + b"\0" * 12)
        for i, width in enumerate(zeros)
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "xl/workbook.bin": book + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{package}">{lines}</Relationships>',
        "xl/sharedStrings.bin": b"".join(record(19, b"\0" + wide(text)) for text in strings),
        "xl/styles.bin": record(278) + formats + record(617, struct.pack("<I", len(zeros))) + styles
        + record(618) + record(279),
    }  # fmt: skip
    parts |= {f"xl/worksheets/sheet{n}.bin": data for n, data in enumerate(sheets, start=1)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_xml(path: Path, grids: list[Grid]) -> Path:
    """The XML workbook of Excel 2003."""
    parts = [
        '<?xml version="1.0" encoding="GB18030"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    ]
    for grid in grids:
        hidden = covered(grid)
        spans = {(m.top, m.left): m for m in grid.merges}
        parts.append(f"<Worksheet ss:Name={quoteattr(grid.name)}><Table>")
        for row in sorted(grid.cells):
            parts.append(f'<Row ss:Index="{row}">')
            for column, cell in sorted(grid.cells[row].items()):
                if (row, column) in hidden:
                    continue
                merge = spans.get((row, column))
                span = (
                    f' ss:MergeAcross="{merge.right - merge.left}" ss:MergeDown="{merge.bottom - merge.top}"'
                    if merge
                    else ""
                )
                # Its styles are not written: a padded number goes as text.
                kind = "Number" if cell.kind == "number" and not cell.zeros else "String"
                text = escape(cell.text.zfill(cell.zeros)).replace("\n", "&#10;")
                if cell.kind == "formula":
                    parts.append(f'<Cell ss:Index="{column}"{span} ss:Formula="=1+1"/>')
                else:
                    parts.append(
                        f'<Cell ss:Index="{column}"{span}><Data ss:Type="{kind}">{text}</Data></Cell>'
                    )
            parts.append("</Row>")
        parts.append("</Table></Worksheet>")
    path.write_bytes(("".join(parts) + "</Workbook>").encode("gb18030"))
    return path


def write_html(path: Path, grids: list[Grid]) -> Path:
    """A web page's tables, as a site offers them under the name of .xls."""
    parts = ['<html><head><meta charset="gbk"><style>td{mso-number-format:"\\@"}</style></head><body>']
    for grid in grids:
        hidden = covered(grid)
        spans = {(m.top, m.left): m for m in grid.merges}
        parts.append("<table border=1>")
        for row in range(1, grid.last_row + 1):
            parts.append("<tr>")
            for column in range(1, grid.last_column + 1):
                if (row, column) in hidden:
                    continue
                cell, merge = grid.get(row, column), spans.get((row, column))
                span = ""
                if merge:
                    span = f' rowspan="{merge.bottom - merge.top + 1}" colspan={merge.right - merge.left + 1}'
                text = html.escape(cell.text).replace("\n", "<br>") if cell else "&nbsp;"
                parts.append(f"<td{span}>{text}</td>")
            parts.append("</tr>")
        parts.append("</table>")
    path.write_bytes("".join(parts).encode("gb18030"))
    return path


def csv_text(grid: Grid, separator: str = ",") -> str:
    """The one sheet as text; what a merge covers is written out, as a table without merges needs it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    for row in range(1, grid.last_row + 1):
        writer.writerow(
            [cell.text if (cell := grid.get(row, c)) else "" for c in range(1, grid.last_column + 1)]
        )
    return out.getvalue()


WRITERS: dict[str, Callable[[Path, list[Grid]], Path]] = {
    "xls": write_xls,
    "ods": write_ods,
    "xlsb": write_xlsb,
    "xml": write_xml,
    "html": write_html,
}
