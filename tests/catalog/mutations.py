"""Workbooks mutated on purpose: cells, merges, styles, broken zip and XML, bombs, links, entities, records.

`mutate(rng, seeds)` gives one file; the same seed of the random numbers gives the same file.
"""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

Parts = dict[str, bytes]
Seeds = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"
WEIRD_NUMBERS = [
    "",
    "-1",
    "0",
    "1e999",
    "NaN",
    "-Infinity",
    "99999999999999999999",
    "4294967296",
    "٣",
    "1;2",
    "x",
]
WEIRD_CELLS = ["", "A0", "ZZZ9999999", "XFD1048576", "A1:B2", "$A$1", "a1", "1A", "GS200001", "AAAA1"]
WEIRD_TYPES = ["s", "str", "b", "e", "d", "n", "inlineStr", "zz", ""]
WEIRD_TEXTS = [
    "=1+1",
    "_x0000_",
    "_xD800_",
    "\ufffe",
    "同上" * 4000,
    "■" * 9000,
    "公开事项",
    "\t\r\n",
    "[" * 4000,
    "《" * 4000,
    "、" * 8000,
    "1" * 400,
    "√",
    "合计",
    "（" * 2000 + "）",
    "社会救助领域",
    "9" * 32000,
    "政\n府" * 5000,
]


def unpacked(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def flipped(rng: random.Random, data: bytes, most: int = 12) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, most)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))] if data else data


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\ufffe", "")


def some_part(rng: random.Random, seeds: Seeds) -> bytes:
    kind = rng.choice(["xlsx", "xlsb", "ods"])
    parts = unpacked(seeds[kind])
    name = rng.choice(sorted(parts))
    parts[name] = rng.choice([flipped, cut])(rng, parts[name])
    if rng.random() < 0.2:
        del parts[name]
    return packed(parts)


def cells(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    text = parts[SHEET].decode()
    for _ in range(rng.randint(1, 20)):
        found = list(re.finditer(r'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)', text, re.DOTALL))
        if not found:
            break
        match = rng.choice(found)
        reference = rng.choice([match.group(1)] * 3 + WEIRD_CELLS)
        value = rng.choice([*WEIRD_NUMBERS, *map(_escaped, WEIRD_TEXTS)])
        formula = rng.choice(["", "<f>1+1</f>", "<f/>"])
        inner = rng.choice([f"<v>{value}</v>", f"<is><t>{value}</t></is>", "<v/>", ""])
        style = rng.choice(["", ' s="7"', ' s="99999"', ' s="x"'])
        cell = f'<c r="{reference}" t="{rng.choice(WEIRD_TYPES)}"{style}>{formula}{inner}</c>'
        text = text[: match.start()] + cell + text[match.end() :]
    parts[SHEET] = text.encode()
    return packed(parts)


def merges(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    ranges = []
    for _ in range(rng.randint(1, 60)):
        top, left = rng.randint(1, 12), rng.choice("ABCDEFGHIJKLMN")
        bottom, right = rng.choice([top, top + 3, 1, 1048576]), rng.choice(["A", "H", "N", "XFD"])
        ranges.append(f'<mergeCell ref="{left}{top}:{right}{bottom}"/>')
    body = f"<mergeCells>{''.join(ranges)}</mergeCells></worksheet>".encode()
    parts[SHEET] = re.sub(rb"<mergeCells.*?</mergeCells>", b"", parts[SHEET], flags=re.DOTALL)
    parts[SHEET] = parts[SHEET].replace(b"</worksheet>", body)
    return packed(parts)


def styles(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    codes = ["yyyy", "0" * 400, "[" * 3000, 'm"月"d"日"', "@", "\\" * 999, "", "General;;;"]
    numbers = "".join(
        f'<numFmt numFmtId="{rng.choice([164, 14, 0, -3, "x"])}" formatCode="{_escaped(c)}"/>'.replace(
            '"月"', "&quot;月&quot;"
        ).replace('"日"', "&quot;日&quot;")
        for c in codes
    )
    formats = "".join(f'<xf numFmtId="{rng.choice([164, 14, 58, 99999, "x"])}"/>' for _ in range(9))
    parts["xl/styles.xml"] = (
        f"<styleSheet><numFmts>{numbers}</numFmts><cellXfs>{formats}</cellXfs></styleSheet>"
    ).encode()
    return packed(parts)


def broken_zip(rng: random.Random, seeds: Seeds) -> bytes:
    data = seeds[rng.choice(["xlsx", "xlsb", "ods"])]
    return rng.choice([flipped, cut])(rng, data)


def bomb(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    size = rng.choice([20, 60, 500]) * 1024 * 1024
    target = io.BytesIO()
    name = rng.choice([SHEET, "xl/sharedStrings.xml", "xl/media/a.bin"])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, data in parts.items():
            if part != name:
                archive.writestr(part, data)
        with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as stream:
            start = rng.choice([b"<sst><si><t>", b"<worksheet><sheetData>", b""])
            stream.write(start)
            block = rng.choice([b" ", b"a", b"<row/>", b"<si><t/></si>", b"<c><v>1</v></c>"]) * 100_000
            for _ in range(size // len(block)):
                stream.write(block)
    return target.getvalue()


def links(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    target = rng.choice(
        [
            "http://127.0.0.1:9/x",
            "file:///etc/passwd",
            "../../../../etc/passwd",
            "sheet1.xml",
            "/xl/workbook.xml",
            "workbook.xml",
            "worksheets/",
            "\\\\host\\share",
        ]
    )
    name = "xl/_rels/workbook.xml.rels"
    mode = rng.choice([b"", b' TargetMode="External"'])
    found = b'Target="' + target.encode() + b'"' + mode
    parts[name] = re.sub(rb'Target="[^"]*"', lambda _: found, parts[name], count=rng.randint(1, 3))
    return packed(parts)


def entities(rng: random.Random, seeds: Seeds) -> bytes:
    kind = rng.choice(["xlsx", "ods"])
    parts = unpacked(seeds[kind])
    name = rng.choice([name for name in sorted(parts) if name.endswith((".xml", ".rels"))])
    inner = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(9))
    doctype = rng.choice(
        [
            f"<!DOCTYPE a [{inner}]>",
            '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>',
        ]
    )
    body = re.sub(rb"^<\?xml[^>]*\?>", b"", parts[name])
    parts[name] = doctype.encode() + body.replace(b"</", b"&l8;</", 1)
    return packed(parts)


def nested(rng: random.Random, seeds: Seeds) -> bytes:
    kind, name = rng.choice([("xlsx", SHEET), ("ods", "content.xml"), ("xlsx", "xl/workbook.xml")])
    parts = unpacked(seeds[kind])
    tag = rng.choice(["a", "row", "c", "table:table", "table:table-cell", "si"])
    parts[name] = f"<{tag}>".encode() * rng.choice([100, 20_000, 300_000])
    return packed(parts)


def many_parts(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsx"])
    parts |= {f"xl/x{number}": b"" for number in range(rng.choice([500, 10_050]))}
    return packed(parts)


def compound(rng: random.Random, seeds: Seeds) -> bytes:
    data = bytearray(seeds["xls"])
    for _ in range(rng.randint(1, 8)):
        place = rng.choice([rng.randrange(512), rng.randrange(len(data))])
        value = rng.choice([0, 1, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFF, rng.randrange(200)])
        struct.pack_into("<I", data, min(place, len(data) - 4), value)
    return cut(rng, bytes(data)) if rng.random() < 0.2 else bytes(data)


def records(rng: random.Random, seeds: Seeds) -> bytes:
    """Records of the old workbook with other lengths, places and counts."""
    data = bytearray(seeds["xls"])
    kinds = [
        b"\xfd\x00",
        b"\xe5\x00",
        b"\xfc\x00",
        b"\x85\x00",
        b"\x06\x00",
        b"\xbd\x00",
        b"\x3c\x00",
        b"\x1e\x04",
    ]
    for _ in range(rng.randint(1, 6)):
        place = data.find(rng.choice(kinds), rng.randrange(512, len(data)))
        if place >= 0:
            struct.pack_into(
                "<H", data, min(place + rng.choice([0, 2, 4, 6, 8]), len(data) - 2), rng.randrange(65536)
            )
    return bytes(data)


def binary(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["xlsb"])
    name = rng.choice([name for name in sorted(parts) if name.endswith(".bin")])
    data = parts[name]
    place = rng.randrange(len(data) + 1)
    junk = rng.choice(
        [b"\xff" * 9, bytes(rng.randrange(256) for _ in range(40)), b"\x13\xff\xff\xff\x7f", b"\x00" * 60]
    )
    parts[name] = data[:place] + junk + data[place + rng.choice([0, len(junk)]) :]
    return packed(parts)


def repeats(rng: random.Random, seeds: Seeds) -> bytes:
    parts = unpacked(seeds["ods"])
    text = parts["content.xml"].decode()
    for element in ("table:table-row", "table:table-cell", "table:covered-table-cell", "table:table-column"):
        if rng.random() < 0.5:
            name = "rows" if element.endswith("row") else "columns"
            count = rng.choice(["2", "300", "1048576", "999999999999", "-5", "x", "0"])
            kind = rng.choice(["repeated", "spanned"])
            text = text.replace(
                f"<{element}", f'<{element} table:number-{name}-{kind}="{count}"', rng.randint(1, 40)
            )
    parts["content.xml"] = text.encode()
    return packed(parts)


def text_table(rng: random.Random, seeds: Seeds) -> bytes:
    data = seeds["csv"]
    extra = rng.choice(
        [b'"', b"\x00", b"\xff\xfe", b"," * 300, b"\n" * 250_000, b"a" * 300_000, b'"' * 5001, b";\t,"]
    )
    place = rng.randrange(len(data))
    return flipped(rng, data[:place] + extra + data[place:], 4)


def markup(rng: random.Random, seeds: Seeds) -> bytes:
    data = seeds[rng.choice(["html", "xml"])]
    pieces = [
        b"<td",
        b"<!--",
        b"<table>",
        b"</tr>",
        b"<script>",
        b"<td rowspan=99999 colspan=99999>x",
        b"&#x110000;",
        b"&#0;",
        b"<style>",
        b'<td rowspan="-1">',
        b"<tr>" * 5000,
        b"<td>" * 500,
        b"]]>",
        b"<![CDATA[",
    ]
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(data))
        data = data[:place] + rng.choice(pieces) * rng.choice([1, 1, 50]) + data[place:]
    return flipped(rng, data, 3) if rng.random() < 0.3 else data


MUTATIONS: list[Callable[[random.Random, Seeds], bytes]] = [
    some_part,
    cells,
    cells,
    merges,
    styles,
    broken_zip,
    links,
    entities,
    nested,
    many_parts,
    compound,
    records,
    binary,
    repeats,
    text_table,
    markup,
]


def mutate(rng: random.Random, seeds: Seeds) -> tuple[str, bytes]:
    """One mutated file, with the name of what was done to it. Bombs are rare: each takes seconds to make."""
    change = bomb if rng.random() < 0.01 else rng.choice(MUTATIONS)
    return change.__name__, change(rng, seeds)
