"""Document and index numbers in any writing (DOMAIN §4.3; STACK, Search): exact or not at all."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = "〔〕﹝﹞［］[]【】()（）〈〉<>"
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2015\uff0d", "-" * 7)
_YEAR_SERIAL = re.compile(
    r"^(?P<prefix>.*?)(?:第)?(?P<year>(?:19|20)\d{2})年?(?:第|-)?(?P<serial>\d{1,6})号?$"
)
_ORDER = re.compile(r"^(?P<prefix>.*?)(?:令)第?(?P<serial>\d{1,5})号?$")
_INDEX = re.compile(r"^[0-9A-Z-]{4,20}/[0-9-]{4,20}$|^[A-Z]{2,12}-\d{4}-\d{1,6}$|^\d{8,9}X?-\d{4}-\d{3,8}$")


def squeeze(text: str) -> str:
    """Fold width, case, dashes and blanks of a number, and take the brackets around the year away."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    return "".join(c for c in folded if not c.isspace() and c not in _BRACKETS)


def keys(number: str) -> list[str]:
    """Return the keys under which a number is stored: whole first, then year and serial alone.

    `交政办发〔2020〕78 号` → `交政办发2020#78`, `2020#78`; an index number → itself.
    """
    plain = squeeze(number)
    if not plain or plain == "无":
        return []
    if order := _ORDER.match(plain):
        prefix = order["prefix"].replace("中华人民共和国", "").replace("国务院", "国")
        return [f"{prefix}令#{int(order['serial'])}"]
    if _INDEX.match(plain):
        return [plain]
    if match := _YEAR_SERIAL.match(plain):
        tail = f"{match['year']}#{int(match['serial'])}"
        return [f"{match['prefix']}{tail}", tail] if match["prefix"] else [tail]
    return [plain]


def in_query(query: str) -> list[str]:
    """Return the keys that `query` asks for if it is a number as a whole, most exact first; else nothing.

    A run of digits without a mark between year and serial (`2023911`) is no number: reading it as
    year + number would answer with the wrong document as if it were exact.
    """
    text = unicodedata.normalize("NFKC", query).strip()
    plain = squeeze(text)
    if len(plain) < 4 or len(plain) > 40:
        return []
    if _INDEX.match(plain):
        return [plain]
    if _ORDER.match(plain):
        return keys(plain)
    marked = re.search(r"(?:19|20)\d{2}\s*[^\d\s]+\s*(?:第\s*)?\d{1,6}|(?:19|20)\d{2}\s+\d{1,6}\s*号?$", text)
    return keys(plain) if marked and _YEAR_SERIAL.match(plain) else []
