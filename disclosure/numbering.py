"""Document numbers (发文字号) and index numbers (索引号): pure text, no Django (DOMAIN §4.2, §4.3)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_OPEN = "〔﹝［\\[【(（〈<《「"
_CLOSE = "〕﹞］\\]】)）〉>》」"
_YEAR = r"(?:19|20)\d{2}"
#: A year in any kind of bracket, the pair perhaps mismatched, as letterheads and web pages really have it.
_BRACKETED_YEAR = re.compile(rf"[{_OPEN}](?P<year>{_YEAR})年?[{_CLOSE}]")
_REGULAR = re.compile(rf"^(?P<prefix>.*?)〔(?P<year>{_YEAR})〕第?0*(?P<serial>[1-9]\d*)号?$")
_ORDER = re.compile(r"^(?P<prefix>.*令)第?0*(?P<serial>[1-9]\d*)号?$")
#: Run together or typed without brackets: 岚综管综202391, 交政办发2020 78, 2020年78号.
_LOOSE = re.compile(rf"^(?P<prefix>\D*)(?P<year>{_YEAR})(?:年第?|第|[-—/.])?0*(?P<serial>[1-9]\d{{0,4}})号?$")
_PREFIX = re.compile(r"^[\u4e00-\u9fff（）]*[\u4e00-\u9fff]$")
_NONE = frozenset(["", "无", "暂无", "没有", "/", "-", "--", "—", "——", "_", "null", "none"])


@dataclass(frozen=True)
class DocNumber:
    """A document number as understood.

    `text` is the normalised form (六角括号 around the year, no 第, no leading zeros); a number that does not
    follow DOMAIN §4.3 is kept as found, less blanks, and `flaw` says in words what is wrong with it.
    `key` is the same for all writings of one number (`青政办发2026-7`, `国务院令-711`), empty where none is.
    """

    text: str
    key: str
    flaw: str = ""

    @property
    def is_regular(self) -> bool:
        """Whether the number has one of the forms of DOMAIN §4.3 (no number at all is also a form)."""
        return not self.flaw


def fold(text: str) -> str:
    """Return `text` in half-width form (NFKC) without blanks and invisible characters."""
    folded = unicodedata.normalize("NFKC", text)
    bare = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})
    # Without the blank a mark may join the letter before it: fold again until nothing changes.
    return bare if bare == text else fold(bare)


def parse_doc_number(text: str) -> DocNumber:
    """Read a document number in whatever writing. Never raises: a broken one is kept and flagged."""
    folded = fold(text)
    if folded.lower() in _NONE:
        return DocNumber("", "")
    folded = _BRACKETED_YEAR.sub(lambda m: f"〔{m['year']}〕", folded)
    if match := _REGULAR.match(folded):
        return _numbered(match)
    if match := _ORDER.match(folded):
        prefix = _restore_brackets(match["prefix"])
        return DocNumber(f"{prefix}第{match['serial']}号", f"{match['prefix']}-{match['serial']}")
    if match := _LOOSE.match(folded):
        key = f"{match['prefix']}{match['year']}-{match['serial']}"
        return DocNumber(folded, key, "年份没有放在六角括号〔〕里，请对照原件改正。")
    return DocNumber(
        _restore_brackets(folded), folded, "不像发文字号（机关代字〔年份〕序号号），请对照原件核对。"
    )


def _numbered(match: re.Match[str]) -> DocNumber:
    prefix = _restore_brackets(match["prefix"])
    # An order keeps its 第 (…令〔1997〕第205号), as 第 belongs to the form of orders.
    ordinal = "第" if prefix.endswith("令") else ""
    text = f"{prefix}〔{match['year']}〕{ordinal}{match['serial']}号"
    key = f"{match['prefix']}{match['year']}-{match['serial']}"
    if not prefix:
        return DocNumber(text, key, "缺少机关代字，请对照原件补上。")
    if not _PREFIX.match(prefix):
        return DocNumber(text, key, "机关代字里有汉字以外的字符，请对照原件核对。")
    return DocNumber(text, key)


def _restore_brackets(text: str) -> str:
    """Undo what NFKC did to Chinese round brackets: they belong to the name, not to the year."""
    return text.replace("(", "（").replace(")", "）")


def normalise_doc_number(text: str) -> str:
    """Return the form in which a document number is stored and shown."""
    return parse_doc_number(text).text


def doc_number_key(text: str) -> str:
    """Return the comparable key of a document number: equal for all its writings."""
    return parse_doc_number(text).key


# --- Index numbers (索引号)

#: What this system issues: {统一社会信用代码}/{year}-{five digits} (DOMAIN §4.2).
_ISSUED = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{18}/(?:19|20)\d{2}-\d{5,}$")
#: What other systems issued and an archive brings along: code, year and serial in many arrangements.
_LEGACY = re.compile(
    r"^[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff()（）._/\-]{3,58}[0-9A-Za-z\u4e00-\u9fff]$"
)


def index_number(*, credit_code: str, year: int, serial: int) -> str:
    """Return the index number with this serial. Raises ValueError when a part cannot belong to one."""
    number = f"{credit_code}/{year}-{serial:05d}"
    if serial < 1 or not _ISSUED.match(number):
        raise ValueError(f"not an index number: {number}")
    return number


def is_own_index_number(text: str) -> bool:
    """Tell whether `text` has the form that this system issues."""
    return bool(_ISSUED.match(text))


def is_index_number(text: str) -> bool:
    """Tell whether `text` may stand as an index number: ours, or one of the legacy forms of DOMAIN §4.2.

    It must be usable in an address (no blanks, no ? # %), have at least three digits and no `//` or `..`.
    """
    if "//" in text or ".." in text or sum(c.isdigit() for c in text) < 3:
        return False
    return bool(_LEGACY.match(text))
