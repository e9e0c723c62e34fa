"""What a cell says: its text as Excel shows it, whether it is a tick, boxes in further columns."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from catalog.channels import has_boxes, parse_channels

from .grid import Cell

# 〇 and ○ are drawn for a tick; letters are what Wingdings leaves of one where its font is lost.
_TICKS = "√✓✔☑✅■●▲▄VvYy○〇◯*★对是有tTRPþü1\uf0fc\uf0fe\uf050\uf052\u2611"
_TICK_START = re.compile(r"^[√✓✔☑✅■●▲▄\uf0fc\uf0fe][\s\ufe0e\ufe0f]*")
_NEGATIVE = frozenset(
    ["×", "✗", "✘", "X", "x", "-", "--", "—", "——", "/", "\\", "否", "无", "□", "☐", "0", "N", "n"]
)
_BLANKS = " \t\r\f\v\u00a0\u3000\u200b\ufeff"
# Excel keeps 15 digits of a number; a longer one has lost its last digits already (STACK, trap 3).
_LOST_DIGITS = 16
DITTO = frozenset(["〃", "″", "''", '"', "“", "”"])
_DITTO_WORDS = re.compile(r"[（(]?同(?:上|前)(?:述|面)?(?:一)?(?:条|行|项|格|栏|款|内容)?[)）]?[。.]?")


def clean(text: str) -> str:
    """The text less stray blanks: at both ends of every line, and lines that hold nothing."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line for raw in lines if (line := raw.strip(_BLANKS)))


def is_ditto(text: str) -> bool:
    """同上 in its spellings."""
    return text in DITTO or _DITTO_WORDS.fullmatch(re.sub(r"\s+", "", text)) is not None


def number_text(cell: Cell) -> tuple[str, str | None]:
    """A number as text (1.0 -> "1", 505 under format 0000 -> "0505"), and what is wrong with it in a
    column of text: 16 digits or more, or decimals."""
    raw = cell.text
    try:
        value = float(raw)
    except ValueError:
        return raw, None
    if value != value or value in (float("inf"), float("-inf")):
        return raw, None
    if value == int(value):
        digits = str(abs(int(value)))
        text = ("-" if value < 0 else "") + digits.zfill(cell.zeros)
        if len(digits) >= _LOST_DIGITS:
            return text, (
                f"这里的数字有 {len(digits)} 位，Excel 只保留 15 位，后面的数字已经丢失。"
                "请把单元格格式改为「文本」，重新填写完整的号码。"
            )
        return text, None
    text = repr(value)
    return text, (f"这里是带小数的数字（{text}），本列应填文字。请把单元格格式改为「文本」，按原意重新填写。")


def serial_text(cell: Cell) -> str:
    """A serial number: full-width digits folded, no white space."""
    if cell.kind == "number":
        return number_text(cell)[0]
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell.text))


def tick(text: str) -> tuple[bool, str]:
    """Whether a cell of 对象/方式/层级 says yes, and the words that stand in place of or beside the tick."""
    text = clean(text)
    if not text or text in _NEGATIVE or text.startswith(("□", "☐")):
        return False, ""
    # A variation selector asks for a coloured tick; √√ is one that was typed twice.
    marks = text.replace("\ufe0f", "").replace("\ufe0e", "")
    if len(set(marks)) == 1 and len(marks) <= 3 and marks[0] in _TICKS:
        return True, ""
    words = _TICK_START.sub("", text)
    return True, words


def extra_value(text: str) -> Any:
    """A further column: the choice where it is written with boxes, else its text."""
    if has_boxes(text) and _starts_with_box(text):
        choice = parse_channels(text)
        return {"selected": list(choice.marked), "offered": list(choice.unmarked)}
    return text


def _starts_with_box(text: str) -> bool:
    return bool(re.match(r"\s*[■□☑☐√✓▲▄◼◻口]", text))
