"""Document numbers and index numbers (DOMAIN §4.2, §4.3)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure import numbering

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PREFIXES = st.text(alphabet="青政民办发财农教卫应急市监自然资", min_size=1, max_size=6)
BRACKETS = st.sampled_from(["〔〕", "﹝﹞", "［］", "[]", "【】", "()", "（）", "〔]", "(〕"])
BLANKS = st.sampled_from(["", " ", "\u3000", "\u00a0", " \u200b"])


def _wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


@given(
    PREFIXES,
    st.integers(1949, 2099),
    st.integers(1, 9999),
    BRACKETS,
    BLANKS,
    BLANKS,
    st.booleans(),
    st.booleans(),
)
def test_every_writing_of_a_number_becomes_one(prefix, year, serial, brackets, a, b, wide, ordinal):
    written = (
        f"{prefix}{a}{brackets[0]}{b}{year}{a}{brackets[1]}{b}{'第' if ordinal else ''}00{serial}{a}号{b}"
    )
    number = numbering.parse_doc_number(_wide(written) if wide else written)
    assert number.text == f"{prefix}〔{year}〕{serial}号"
    assert number.key == f"{prefix}{year}-{serial}"
    assert number.is_regular


@given(st.text(max_size=40))
def test_any_text_is_taken_and_normalising_twice_changes_nothing(text):
    once = numbering.parse_doc_number(text)
    twice = numbering.parse_doc_number(once.text)
    assert (twice.text, twice.key) == (once.text, once.key)
    assert bool(once.text) == bool(once.key)


@pytest.mark.parametrize(
    ("written", "text", "key"),
    [
        ("国务院令第711号", "国务院令第711号", "国务院令-711"),
        ("中华人民共和国公安部令第１２５号", "中华人民共和国公安部令第125号", "中华人民共和国公安部令-125"),
        ("国科发政字〔2000〕063号", "国科发政字〔2000〕63号", "国科发政字2000-63"),
        ("河北省人民政府令〔1997〕第205号", "河北省人民政府令〔1997〕第205号", "河北省人民政府令1997-205"),
        ("青政发〔2026〕5", "青政发〔2026〕5号", "青政发2026-5"),
        ("无", "", ""),
        (" ", "", ""),
    ],
)
def test_forms_that_are_in_order(written, text, key):
    number = numbering.parse_doc_number(written)
    assert (number.text, number.key, number.flaw) == (text, key, "")


@pytest.mark.parametrize(
    ("written", "text", "key"),
    [
        ("〔2022〕 49 号", "〔2022〕49号", "2022-49"),
        ("岚综管综202391", "岚综管综202391", "岚综管综2023-91"),
        ("2020年78号", "2020年78号", "2020-78"),
        ("交政办发2020 78", "交政办发202078", "交政办发2020-78"),
        ("青政发〔2026〕0号", "青政发〔2026〕0号", "青政发〔2026〕0号"),
        ("见附件", "见附件", "见附件"),
    ],
)
def test_broken_ones_are_kept_and_flagged(written, text, key):
    number = numbering.parse_doc_number(written)
    assert (number.text, number.key) == (text, key)
    assert number.flaw
    assert not number.is_regular


def test_what_people_type_has_the_key_of_the_document():
    key = numbering.doc_number_key("交政办发〔2020〕78号")
    for typed in (
        "交政办发[2020]78号",
        "交政办发〔2020〕78 号",
        "交政办发2020 78",
        "交政办发（2020）第078号",
    ):
        assert numbering.doc_number_key(typed) == key


def test_index_number_of_our_own_pattern():
    number = numbering.index_number(credit_code="11539921MB0003551L", year=2026, serial=7)
    assert number == "11539921MB0003551L/2026-00007"
    assert numbering.is_own_index_number(number)
    assert numbering.is_index_number(number)
    assert numbering.index_number(credit_code="11539921MB0003551L", year=2026, serial=123456).endswith(
        "-123456"
    )


@pytest.mark.parametrize(("code", "serial"), [("", 1), ("11539921MB0003551", 1), ("11539921MB0003551L", 0)])
def test_an_index_number_that_cannot_be_is_refused(code, serial):
    with pytest.raises(ValueError, match="not an index number"):
        numbering.index_number(credit_code=code, year=2026, serial=serial)


@pytest.mark.parametrize(
    "legacy",
    [
        "000014349/2017-00110",
        "11440700007280420Y/2021-00050",
        "113708280043326001/2024-02411",
        "11341702486344515H/202110-00013",
        "11370322004222241N/2021-5135380",
        "01527918X-2020-153077",
        "20191202-189769",
        "0142768-8/2022-00185",
        "JCXZFBWJ-2020-0078",
        "11532323015172622Y-/2018-1220012",
    ],
)
def test_legacy_index_numbers_are_accepted(legacy):
    assert numbering.is_index_number(legacy)


@pytest.mark.parametrize(
    "bad", ["", "无", "a b 123", "x?y=123", "2021#00050", "../../2021", "a//b123", "/2021-00001"]
)
def test_what_cannot_stand_in_an_address_is_no_index_number(bad):
    assert not numbering.is_index_number(bad)


@pytest.mark.skipif(not DATA.exists(), reason="real data are not beside this checkout; own cases above")
def test_real_numbers_are_read():
    """Real data: every index number is accepted; of the document numbers only one is flagged."""
    lines = [
        line for name in ("documents", "archive") for line in (DATA / f"{name}.jsonl").open(encoding="utf-8")
    ]
    records = [json.loads(line) for line in lines]
    assert not [
        r["index_number"]
        for r in records
        if r["index_number"] and not numbering.is_index_number(r["index_number"])
    ]
    flawed = {
        r["doc_number"]
        for r in records
        if r["doc_number"] and numbering.parse_doc_number(r["doc_number"]).flaw
    }
    assert flawed == {"〔2022〕49号"}
