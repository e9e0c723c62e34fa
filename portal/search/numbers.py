"""Document and index numbers asked for in any writing (DOMAIN §4.2, §4.3): exact or not at all."""

from __future__ import annotations

import re
import unicodedata

from disclosure.numbering import fold, parse_doc_number

_TAIL = re.compile(r"^(?P<prefix>.*?)(?P<tail>(?:19|20)\d{2}-\d+)$")
_INDEX = re.compile(r"^[0-9A-Z-]{4,20}/[0-9-]{4,20}$|^[A-Z]{2,12}-\d{4}-\d{1,6}$|^\d{8,9}X?-\d{4}-\d{3,8}$")
#: Year and serial with a mark between them. A bare run of digits (201691) is no number to be answered
#: exactly: reading it as year + serial would give the wrong document as if it were the right one.
_MARKED = re.compile(r"(?:19|20)\d{2}\s*[^\d\s]+\s*(?:第\s*)?\d{1,6}\s*号?$|(?:19|20)\d{2}\s+\d{1,6}\s*号?$")
_ORDER = re.compile(r"令\s*第?\s*\d{1,5}\s*号?$")
_LONGEST = 60


def keys(number: str) -> list[str]:
    """Return the keys under which a number is stored: the whole, then year and serial alone.

    `交政办发〔2020〕78 号` → `交政办发2020-78`, `2020-78`; an index number → itself.
    """
    plain = fold(number).upper()
    if _INDEX.match(plain):
        return [plain]
    key = parse_doc_number(number).key
    if not key:
        return []
    # 国令第707号 and 国务院令第707号 are one number.
    key = key.replace("中华人民共和国国务院令", "国令").replace("国务院令", "国令")
    match = _TAIL.match(key)
    found = [key, match["tail"]] if match and match["prefix"] else [key]
    return [*found, plain] if parse_doc_number(number).flaw and plain not in found else found


def in_query(query: str) -> list[str]:
    """Return the keys that `query` asks for if it is a number as a whole, most exact first; else nothing."""
    text = unicodedata.normalize("NFKC", query).strip()
    if not 4 <= len(text) <= _LONGEST:
        return []
    if _INDEX.match(fold(text).upper()) or _MARKED.search(text) or _ORDER.search(text):
        return keys(text)
    return []
