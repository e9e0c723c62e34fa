"""Chinese numerals as limits, days and terms write them. Pure."""

from __future__ import annotations

#: A zero as papers print it: the sign itself, circles and letters that look like it.
ZEROS = "〇○零ＯOo\u039f0"
_VALUES = {c: n for n, c in enumerate("〇一二三四五六七八九")} | dict.fromkeys(ZEROS, 0) | {"两": 2}


def number_of(numeral: str) -> int:
    """A number below a hundred: 五 → 5, 十一 → 11, 廿三 → 23, 两 → 2, 12 → 12. Raises ValueError for none."""
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.replace("廿", "二十").replace("卅", "三十").partition("十")
    if not ten:
        if len(tens) != 1:
            raise ValueError(numeral)
        return _value(tens)
    if len(tens) > 1 or len(ones) > 1:
        raise ValueError(numeral)
    return (_value(tens) if tens else 1) * 10 + (_value(ones) if ones else 0)


def digits_of(numeral: str) -> int:
    """A number said digit by digit, as years are: 二〇二六 → 2026. Raises ValueError for none."""
    return int("".join(str(_value(sign)) for sign in numeral))


def _value(sign: str) -> int:
    try:
        return _VALUES[sign]
    except KeyError:
        raise ValueError(sign) from None
