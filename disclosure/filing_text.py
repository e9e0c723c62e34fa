"""Titles and names as the backlog tool (归类) compares them: folded, cut into pairs of characters. No Django.

Pairs of neighbouring characters, weighted by how rare they are, need no dictionary and never miss a word that
one would have cut differently; whole runs of them are shown to people as the words that agreed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from disclosure.filing_words import GENERIC, SYNONYMS

_HAN_RUN = re.compile("[㐀-\u9fff\uf900-\ufaff]+")
_YEARS = re.compile(
    r"(?:19|20)\d{2}(?:[—\-–~至]+(?:19|20)?\d{2})?年?度?|第?[一二三四五六七八九十百零〇\d]+[届期批次号季轮]度?"
)
#: What heads and ends a title without saying what it is about.
_FRAME = re.compile(
    "(?:关于)?(?:印发|转发|批转|公布|发布|下达|做好|进一步|切实|认真|贯彻落实|贯彻|落实|开展|公开征求|调整|修订|实施)|"
    "关于|有关(?:工作|事项|问题)|工作的|的?(?:通知|公告|通告|公示|批复|决定|意见|报告|函|复函)$|"
    "(?:试行|暂行|征求意见稿|修订稿|修订|摘要|草案)"
)
_ISSUERS = re.compile(
    "[\u4e00-\u9fff]{2,14}?(?:人民政府(?:办公[室厅])?|管委会(?:办公室)?|管理委员会|(?:管理|监督)?局|委员会|"
    "[\u4e00-\u9fff]{0,6}厅)(?=[关印、 的等转调和])"
)
_PLACES = re.compile("[\u4e00-\u9fff]{2,6}?(?:自治县|自治州|县|市|省|区|镇|乡|街道)(?=[\u4e00-\u9fff])")
#: More of a body than this says nothing new of what it is about.
OPENING = 1500


def fold(text: str) -> str:
    """Return `text` in half-width lower case without blanks (`NFKC`)."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def subject_of(title: str, names: Iterable[str] = ()) -> str:
    """Return what a title is about: years, serials, frame words and the `names` of agencies taken out."""
    text = fold(title)
    for name in sorted(map(fold, names), key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, "、")
    text = _YEARS.sub("", text)
    found = _FRAME.sub("、", _ISSUERS.sub("、", text))
    return found if _HAN_RUN.search(found) else text


def skeleton(title: str, names: Iterable[str] = ()) -> str:
    """Return what two years' editions of one paper share: the title without years, names and marks."""
    return "".join(_HAN_RUN.findall(subject_of(title, names)))


def expand(text: str) -> str:
    """Return `text` with the other names of what it names behind it."""
    more = [other for group in SYNONYMS if any(one in text for one in group) for other in group]
    return "、".join([text, *(one for one in more if one not in text)])


@lru_cache(maxsize=20_000)
def pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring Han characters in folded `text`."""
    return frozenset(run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1))


def weight_of(pair: str) -> float:
    """Return how much a pair may count: generic ones (管理, 工作, 通知 …) nearly nothing."""
    return 0.15 if pair in GENERIC else 1.0


def without_places(text: str) -> str:
    """Return `text` without the places that it begins with (青澜县…)."""
    return _PLACES.sub("", text, count=2)


def shared(left: str, right: str, *, most: int = 3) -> list[str]:
    """Return the longest runs of two and more characters that stand in both texts, generic ones left out."""
    common = pairs(left) & pairs(right)
    runs: set[str] = set()
    for run in _HAN_RUN.findall(left):
        start = 0
        while start < len(run) - 1:
            end = start + 1
            while end < len(run) and run[start : end + 1] in right:
                end += 1
            if run[start : start + 2] in common and end - start >= 2:
                runs.add(run[start:end])
            start = max(end - 1, start + 1)
    telling = [run for run in runs if any(pair not in GENERIC for pair in pairs(run))]
    inside = {one for one in telling for other in telling if one != other and one in other}
    return sorted(set(telling) - inside, key=lambda run: (-len(run), run))[:most]
