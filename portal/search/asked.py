"""What people type, as it may be kept: folded, and never with anything personal in it. Pure, no Django.

Cautious where `disclosure.personal_data` is precise: a query that is not counted costs nothing, one that
names a person costs trust (个人信息保护法 4条, 6条).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from disclosure import personal_data
from portal.search import words

#: Longer ones are sentences in which people tell of themselves.
LONGEST, SHORTEST = 40, 2
_PART = re.compile(r"[0-9a-z]+(?:\.[0-9]+)?|(?:(?![0-9a-z])[^\W_])+")
#: Years, as a document's number and a span of years bear them, count for no long number.
_YEAR = re.compile(r"[\[(〔【{]\s*(?:19|20)\d\d\s*[\])〕】}]|(?:19|20)\d\d\s*[-—–~至到]\s*(?=(?:19|20)\d\d)")
_DIGIT = "0-9〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖"
#: Telephones of a house have seven digits; receipts, accounts and ID numbers more.
_LONG_NUMBER = re.compile(rf"[{_DIGIT}](?:[^\w]{{0,3}}[{_DIGIT}]){{6}}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]\s*[a-z]\s*[·.\-]?\s*(?=[a-z]*\d)[a-z0-9]{4,6}(?![a-z0-9])"
)
_ADDRESS = re.compile(r"@|://|\bwww\.")


def folded(query: str) -> str:
    """Return `query` as it is counted and compared: width, case, script and punctuation do not matter.

    Parts are joined without a blank, but between two in Latin letters or digits. At most 60 characters.
    """
    found = ""
    for part in _PART.findall(words.fold(query)):
        apart = found and found[-1].isascii() and part[0].isascii()
        found += f" {part}" if apart else part
    return found[:60]


def may_be_kept(query: str, *, today: date) -> bool:
    """Whether a query may be counted: neither too long nor too short, and nothing personal in it."""
    if len(query.strip()) > LONGEST or len(folded(query)) < SHORTEST:
        return False
    plain = personal_data.fold(unicodedata.normalize("NFKC", query)).lower()
    if _ADDRESS.search(plain) or _PLATE.search(plain) or _LONG_NUMBER.search(_YEAR.sub("年", plain)):
        return False
    return not personal_data.hits(plain.upper(), today=today) and not personal_data.hits(plain, today=today)
