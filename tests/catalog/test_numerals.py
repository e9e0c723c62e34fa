"""Chinese numerals, read in one place."""

import pytest

from catalog.numerals import digits_of, number_of


def written(number):
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else "〇一二三四五六七八九"[tens]) + "十" if tens else ""
    return head + ("一二三四五六七八九"[ones - 1] if ones else "")


def test_every_number_below_a_hundred():
    assert [number_of(written(n)) for n in range(1, 100)] == list(range(1, 100))
    assert [number_of(one) for one in ("两", "廿三", "卅", "卅一", "零", "12", "１２")] == [
        2,
        23,
        30,
        31,
        0,
        12,
        12,
    ]


def test_years_digit_by_digit_whatever_the_zero():
    assert {digits_of(f"二{zero}二六") for zero in "〇○零ＯOo\u039f0"} == {2026}


@pytest.mark.parametrize("text", ["", "一二", "十十", "二十五六", "一十二十", "百", "年"])
def test_what_is_no_such_number(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the numeral, or the sign that is none
        number_of(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the sign that is none
        digits_of(f"{text}百")
