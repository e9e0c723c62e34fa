"""Written Chinese as it is read out: numbers, dates, times, money, telephone numbers, brackets, symbols.

For the village loudspeaker and for whoever listens. Pure Python.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_DIGITS = "零一二三四五六七八九"
#: A sentence longer than this is broken at its commas.
LONGEST = 32

_URL = re.compile(r"(?:https?://|www\.)[^\s，。；、）)]+")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年)")
_DOC_NUMBER = re.compile(r"〔(\d{4})〕(\d+)号")
_TIME = re.compile(r"(?<!\d)(?<!\d:)([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_PHONE = re.compile(
    r"(?<![\d.])(?:\d{3,4}-)?\d{7,8}(?![\d.]|万|亿|元)|(?<![\d.])1[3-9]\d{9}(?!\d)|(?<!\d)1[12]\d{3}(?=热线|电话|平台)"
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_RANGE = re.compile(r"(?<=[\d%点分年月日时])\s*[-—–~～]+\s*(?=\d)")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_REFERENCE = re.compile(r"（(?:详?见?附件[^）]*|以下简?统?称[^）]*|略|[^）]*〔\d{4}〕[^）]*)）")
_ASIDE = re.compile(r"（([^）]*)）")
_HEADING = re.compile(
    r"^(?:（([一二三四五六七八九十]+)）|([一二三四五六七八九十]+)、|(\d{1,2})[.．、](?!\d))\s*"
)
#: Before the text is normalised, which would take them apart.
_UNITS = {
    "㎡": "平方米",
    "m²": "平方米",
    "m³": "立方米",
    "℃": "摄氏度",
    "㎞": "公里",
    "㎏": "公斤",
    "…": "，",
}
_SYMBOLS = {
    "km": "公里", "kg": "公斤", "≥": "不低于", "≤": "不超过", ">": "大于", "<": "小于",
    "+": "加", "×": "乘", "&": "和",
    "/": "或者", "—": "，", "·": "", "★": "", "●": "", "■": "", "□": "", "#": "号", "*": "",
}  # fmt: skip


def say(text: str) -> str:
    """Return one piece of text as it is spoken."""
    for sign, words in _UNITS.items():
        text = text.replace(sign, words)
    text = unicodedata.normalize("NFKC", text).translate(_WIDE)
    text = re.sub(r"(?<!\d),|,(?!\d)", "，", text)
    text = _URL.sub("县政府网站", text)
    text = _REFERENCE.sub("", text)
    text = _DOC_NUMBER.sub(lambda m: f"{digits(m[1])}年第{number(m[2])}号", text)
    text = _DATE.sub(lambda m: f"{digits(m[1])}年{_whole(int(m[2]))}月{_whole(int(m[3]))}日", text)
    text = _YEAR.sub(lambda m: digits(m[1]), text)
    text = _PHONE.sub(lambda m: _phone(m[0]), text)
    text = _TIME.sub(lambda m: number(m[1]) + "点" + (number(m[2]) + "分" if m[2] != "00" else "整"), text)
    text = _RANGE.sub("到", re.sub(r"(?<=[点分整])\s*[-—–~～]+\s*", "到", text))
    text = _PERCENT.sub(lambda m: f"百分之{number(m[1])}", text)
    text = _NUMBER.sub(_in_words(text), text)
    for symbol, words in _SYMBOLS.items():
        text = text.replace(symbol, words)
    text = _ASIDE.sub(lambda m: f"，{m[1]}，" if m[1].strip() else "", text)
    text = re.sub(r"[《》〈〉“”‘’\"'「」【】〔〕\[\]]", "", text)
    text = re.sub(r"[：:]", "，", text)
    text = re.sub(r"[，、]{2,}", "，", text)
    text = re.sub(r"[，、]+(?=[。；！？])", "", text)
    return re.sub(r"\s+", "", text).strip("，")


def sentences(text: str) -> list[str]:
    """Return one paragraph as short lines: a sentence a line, a long one broken at its commas."""
    heading = _HEADING.match(text)
    order = ""
    if heading:
        order = f"第{heading[1] or heading[2] or number(heading[3])}，"
        text = text[heading.end() :]
    found: list[str] = []
    for part in re.split(r"(?<=[。！？])|；", say(text)):
        if part := part.strip("，；、 "):
            found += _broken(part if part[-1] in "。！？" else part + "。")
    if found and order:
        found[0] = order + found[0]
    return found


def number(digits_text: str) -> str:
    """A number in words: `1080` 一千零八十, `12.5` 十二点五, `10000` 一万. What is longer than
    twelve digits is read digit by digit."""
    whole, _, rest = digits_text.replace(",", "").partition(".")
    rest = rest.rstrip("0")
    words = (
        digits(whole)
        if len(whole) > 12 or (len(whole) > 1 and whole[0] == "0")
        else _whole(int(whole or "0"))
    )
    return f"{words}点{digits(rest)}" if rest else words


def digits(text: str) -> str:
    """Digit by digit: `2026` 二零二六."""
    return "".join(_DIGITS[int(letter)] for letter in text if letter.isdecimal())


def _whole(value: int) -> str:
    if value == 0:
        return "零"
    words, groups = "", []
    while value:
        value, group = divmod(value, 10_000)
        groups.append(group)
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            continue
        gap = words and group < 1000
        words += ("零" if gap else "") + _group(group) + ("", "万", "亿")[place]
    return words.removeprefix("一") if words.startswith("一十") else words


def _group(value: int) -> str:
    words, gap = "", False
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, value = divmod(value, size)
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return words


def _phone(text: str) -> str:
    """Digit by digit, with a breath between the parts; 一 is said 幺."""
    groups = text.split("-")
    if len(groups) == 1 and len(text) == 11:
        groups = [text[:3], text[3:7], text[7:]]
    return "、".join(digits(group) for group in groups).replace("一", "幺")


def _in_words(text: str) -> Callable[[re.Match[str]], str]:
    def words(match: re.Match[str]) -> str:
        before = match.string[max(0, match.start() - 1) : match.start()]
        # What stands behind a Latin letter is a name (G318, A4), read digit by digit.
        return digits(match[0]) if before.isascii() and before.isalpha() else number(match[0])

    return words


def _broken(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST:
        return [sentence]
    lines, line = [], ""
    for piece in re.split(r"(?<=，)", sentence):
        if line and len(line) + len(piece) > LONGEST:
            lines.append(line)
            line = ""
        line += piece
    return [*lines, line] if line else lines


_WIDE = str.maketrans({"(": "（", ")": "）", ";": "；", "?": "？", "!": "！"})
