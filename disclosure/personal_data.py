"""Personal data (个人信息) in a text: mobile numbers, ID numbers, bank cards, addresses. Pure, no Django.

Precision goes first: 统一社会信用代码, telephones of offices, document numbers, amounts and what is masked
already (138****1234) are none. Every hit bears its masked form; nobody else has to see the number again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MOBILE, ID_NUMBER, BANK_CARD, ADDRESS = "mobile", "id_number", "bank_card", "address"

#: First two digits of an ID number: the provinces (GB/T 2260), and 91 for foreigners' residence cards.
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91"  # one alternation for both lengths
_FREE = r"(?<![0-9A-Za-z.*＊])"
_END = r"(?![0-9A-Za-z*＊])(?!\.\d)"
#: An amount or a count, not a telephone.
_AMOUNT = r"(?!\s*(?:元|万|亿|平方|立方|公里|千瓦|千克|公斤|吨|亩|株|[%％]))"
_MOBILE = re.compile(
    rf"(?<![0-9A-Za-z.*＊¥￥])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}){_END}{_AMOUNT}"
)
_LONG_NUMBER = re.compile(r"\d[\d -]{9}\d")
_ID18 = re.compile(rf"{_FREE}((?:{_PROVINCES})\d{{4}}[ -]?(?:18|19|20)\d{{6}}[ -]?\d{{3}}[\dXx]){_END}")
_ID15 = re.compile(rf"{_FREE}((?:{_PROVINCES})\d{{13}}){_END}{_AMOUNT}")
_CARD = re.compile(rf"{_FREE}(\d{{4}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?|\d{{16,19}}){_END}{_AMOUNT}")
#: UnionPay 62 and 60, the older ones of ICBC (9558) and of Visa, MasterCard and JCB.
_ISSUERS = re.compile(
    r"62\d{14,17}$|60\d{14,17}$|9558\d{15}$|4\d{15}$|436742\d{13}$|5[1-5]\d{14}$|35[2-8]\d{13}$"
)
#: What names a number before it: none of these is a card, or an old ID number.
_NAMED = re.compile(
    r"(?:代码|编码|编号|注册号|标识码|许可证|证书|证号|文号|合同|订单|流水|备案|产权|宗地|图号|批号|条码|单号)[^\d。；]{0,8}$"
)
_CN = "[一二三四五六七八九十]"
_UNIT = re.compile(
    rf"(?:\d{{1,3}}|[A-Za-z]\d{{0,2}}|{_CN}{{1,3}})(?:号楼|栋|幢|座|号)[ -]?"
    rf"(?:\d{{1,2}}|{_CN}{{1,2}})单元[ -]?\d{{2,4}}(?:室|号|户)?"
)
_GROUP = re.compile(
    rf"(?:村|社区|屯)(?:村?民委员会|委会)?[\u4e00-\u9fff]{{0,6}}?"
    rf"(?:第?\d{{1,3}}|第?{_CN}{{1,3}})(?:村民小组|小组|组|社|队|屯)\s?附?\d{{1,4}}(?:-\d{{1,3}})?号"
    r"(?![楼地线桥路令文井点机泵坝车池库厂标片区段宗])"
)
_HOME = re.compile(
    r"(?:家庭住址|家庭地址|现住址|现住地址|户籍地址|户籍所在地|经常居住地|居住地址|住址|家住|现住)[:：为在是\s]{0,3}"
    r"([\u4e00-\u9fff\dA-Za-z（）()-]{3,40}?"
    rf"(?:\d{{1,4}}号|(?:\d{{1,3}}|{_CN}{{1,3}})(?:村民小组|组|栋|幢|社|队)|\d{{2,4}}室)"
    r"(?:\d{1,4}号|\d{1,2}单元|\d{2,4}室|\d{1,4}户)*)"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = str.maketrans(
    "０１２３４５６７８９\uff38\uff58－＋．　\u00a0\u2010\u2011\u2013", "0123456789Xx-+.  ---"
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something personal at `start:end` of a folded text; `masked` may be shown."""

    kind: str
    start: int
    end: int
    masked: str


def fold(text: str) -> str:
    """Full-width digits in half width, invisible characters taken out, so that neither hides a number."""
    return _INVISIBLE.sub("", text.translate(_DIGITS))


def hits(text: str, *, today: date) -> list[Hit]:
    """All hits in a folded line, in order, none over another; `today` bounds dates of birth."""
    found: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for hit in (*_numbers(text, today), *_addresses(text)):
        if all(hit.end <= start or end <= hit.start for start, end in taken):
            found.append(hit)
            taken.append((hit.start, hit.end))
    return sorted(found, key=lambda hit: hit.start)


def masked(text: str, found: list[Hit]) -> tuple[str, list[int]]:
    """`text` with every hit masked, and where each begins in it."""
    parts: list[str] = []
    places: list[int] = []
    at = length = 0
    for hit in found:
        parts += [text[at : hit.start], hit.masked]
        places.append(length + hit.start - at)
        length += hit.start - at + len(hit.masked)
        at = hit.end
    return "".join([*parts, text[at:]]), places


def _numbers(text: str, today: date) -> Iterator[Hit]:
    if not _LONG_NUMBER.search(text):
        return
    for match in _ID18.finditer(text):
        digits = _bare(match[1])
        if (
            is_id_number(digits, today=today)
            and "信用代码" not in text[max(0, match.start() - 14) : match.start()]
        ):
            yield Hit(ID_NUMBER, match.start(1), match.end(1), f"{digits[:4]}************{digits[-2:]}")
    for match in _CARD.finditer(text):
        digits = _bare(match[1])
        if is_bank_card(digits) and not _has_other_name(text, match.start()):
            yield Hit(BANK_CARD, match.start(1), match.end(1), f"{digits[:4]}********{digits[-4:]}")
    for match in _ID15.finditer(text):
        if _is_old_id(match[1]) and not _has_other_name(text, match.start()):
            yield Hit(ID_NUMBER, match.start(1), match.end(1), f"{match[1][:4]}*********{match[1][-2:]}")
    for match in _MOBILE.finditer(text):
        digits = _bare(match[1])
        yield Hit(MOBILE, match.start(1), match.end(1), f"{digits[:3]}****{digits[-4:]}")


def _addresses(text: str) -> Iterator[Hit]:
    for pattern, sign in ((_UNIT, "单元"), (_GROUP, "号")):
        if sign in text:
            for match in pattern.finditer(text):
                yield Hit(ADDRESS, match.start(), match.end(), _without_numbers(match[0]))
    if "住" in text or "户籍" in text:
        for match in _HOME.finditer(text):
            yield Hit(ADDRESS, match.start(1), match.end(1), _without_numbers(match[1]))


def is_id_number(digits: str, *, today: date) -> bool:
    """Whether 18 characters are an ID number (GB 11643): check digit and date of birth right."""
    if not _is_day(digits[6:14]) or not date(1900, 1, 1) <= _day(digits[6:14]) <= today:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[-1].upper()


def _is_old_id(digits: str) -> bool:
    return _is_day(f"19{digits[6:12]}")


def is_bank_card(digits: str) -> bool:
    """Whether 16 to 19 digits are a card number: a known issuer, and the check digit (Luhn) right."""
    if not _ISSUERS.match(digits) or len(set(digits)) < 4:
        return False
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _has_other_name(text: str, start: int) -> bool:
    before = text[max(0, start - 16) : start]
    return bool(_NAMED.search(before)) and "身份证" not in before and "卡" not in before


def _bare(number: str) -> str:
    return number.replace(" ", "").replace("-", "")


def _without_numbers(address: str) -> str:
    return re.sub(rf"\d+|{_CN}+(?=组|社|队|单元|栋|幢|村民小组|小组)", "*", address)


@lru_cache(maxsize=4096)
def _is_day(digits: str) -> bool:
    try:
        _day(digits)
    except ValueError:
        return False
    return True


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
