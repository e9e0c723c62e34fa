"""One line of a JSONL archive read into a record: pure, no database. Declares the keys of `import_documents`.

Gaps stay gaps: what is missing is empty, what cannot be understood is left empty with a warning; an
impossible date, an unknown kind, a missing id or title is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from disclosure import numbering
from disclosure.body_text import to_html
from disclosure.rich_text import storable
from disclosure.states import SAID_VALIDITY, DocumentKind, Validity

INTERPRETATION = "interpretation"
KINDS = frozenset([*DocumentKind.values, INTERPRETATION])
#: The kinds for people, each with its code: clerks write the one into Excel, programs the other into JSON.
_KINDS_IN_WORDS = "、".join(
    f"{label}（{value}）" for value, label in [*DocumentKind.choices, (INTERPRETATION, "解读")]
)
#: Longest text that a column takes, by key.
LENGTHS = {
    "id": 100,
    "title": 400,
    "doc_number": 100,
    "index_number": 60,
    "issuer": 300,
    "topic": 200,
    "source_url": 1000,
}
_VALIDITY = {
    "有效": Validity.IN_FORCE,
    "现行有效": Validity.IN_FORCE,
    "修改": Validity.AMENDED,
    "已修改": Validity.AMENDED,
    "已被修改": Validity.AMENDED,
    "失效": Validity.EXPIRED,
    "已失效": Validity.EXPIRED,
    "废止": Validity.REPEALED,
    "已废止": Validity.REPEALED,
    "不适用": Validity.NOT_APPLICABLE,
} | {str(value): value for value in Validity}
_VALIDITY_IN_WORDS = "、".join(str(label) for _, label in SAID_VALIDITY)
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}.*)?$")
_UNFILLED = re.compile(r"^\s*年\s*月\s*日\s*$")
_BREAK = re.compile(r"<br\s*/?>", re.I)
_TAG = re.compile(r"</?(?:p|b|i|u|em|strong|span|font|a|div|script|style|img|sub|sup|h[1-6])\b[^<>]*>", re.I)
EARLIEST = date(1900, 1, 1)


@dataclass
class Message:
    """A warning or an error at its place in the file."""

    line: int
    id: str
    key: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as the report prints it."""
        return {"line": self.line, "id": self.id, "key": self.key, "message": self.message}


@dataclass
class Record:
    """One record as understood; `values` are model fields, the rest waits for the database."""

    line: int
    id: str
    kind: str
    values: dict[str, Any]
    attachments: list[tuple[str, str]] = field(default_factory=list)
    relates_to_ids: list[str] = field(default_factory=list)
    relates_to: str = ""

    @property
    def is_interpretation(self) -> bool:
        """Whether it goes into the room `interpretation/`."""
        return self.kind == INTERPRETATION


@dataclass
class Reading:
    """All records of a file, with what there was to say about them."""

    rows: int = 0
    records: list[Record] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    errors: list[Message] = field(default_factory=list)


def read(lines: Iterable[bytes]) -> Reading:
    """Read a JSONL file: every line is read, whatever is wrong with others. Never raises for content."""
    reading = Reading()
    seen: dict[str, int] = {}
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        reading.rows += 1
        data = _decode(raw, number, reading)
        if data is None:
            continue
        record = _Reader(data, number, reading).record()
        if record is None:
            continue
        if record.id in seen:
            message = f"编号与第{seen[record.id]}行重复，请删去一行或改编号。"
            reading.errors.append(Message(number, record.id, "id", message))
            continue
        seen[record.id] = number
        reading.records.append(record)
    return reading


def _decode(raw: bytes, number: int, reading: Reading) -> dict[str, Any] | None:
    def refuse(message: str) -> None:
        reading.errors.append(Message(number, "", "", message))

    try:
        data = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        refuse("这一行不是 UTF-8 编码，请把文件另存为 UTF-8 后再导入。")
        return None
    except (ValueError, RecursionError):
        refuse("这一行不是一条完整的 JSON 记录，请检查引号、括号和逗号。")
        return None
    if not isinstance(data, dict):
        refuse("这一行不是 JSON 对象，每行应是一条 {…} 记录。")
        return None
    return data


class _Reader:
    """Reads one record key by key, collecting warnings and errors at their keys."""

    def __init__(self, data: dict[str, Any], line: int, reading: Reading) -> None:
        self.data, self.line, self.reading = data, line, reading
        self.failed = False
        self.id = ""

    def record(self) -> Record | None:
        """Return the record, or None when it has an error."""
        self.id = self.text("id", required="缺少编号（id）：再次导入时凭它认出同一条，请补上，每条不同。")
        kind = self.text("kind", required=f"缺少类型，应是以下之一：{_KINDS_IN_WORDS}。")
        if kind and kind not in KINDS:
            self.error("kind", f"不认识的类型「{kind}」，应是以下之一：{_KINDS_IN_WORDS}。")
        title = self.title()
        values: dict[str, Any] = {
            "title": title,
            "body": self.body(title),
            "doc_number": self.doc_number(),
            "index_number": self.index_number(),
            "issuer": self.text("issuer"),
            "topic_text": self.text("topic"),
            "written_on": self.date("written_on"),
            "published_on": self.date("published_on"),
            "source_url": self.text("source_url"),
        }
        validity = self.validity()
        if kind != INTERPRETATION:
            values |= {"kind": kind, "validity": validity}
        elif validity:
            self.warn("validity", "解读没有有效性，这一项未导入。")
        if values["written_on"] and values["published_on"] and values["published_on"] < values["written_on"]:
            self.warn("published_on", "发布日期早于成文日期，请核对；先按原样导入。")
        attachments, ids = self.attachments(), self.relates_to_ids()
        relates_to = self.text("relates_to") if kind == INTERPRETATION else ""
        if self.failed:
            return None
        return Record(self.line, self.id, kind, values, attachments, ids, relates_to)

    def error(self, key: str, message: str) -> None:
        """Note an error: the record cannot be imported."""
        self.failed = True
        self.reading.errors.append(Message(self.line, self.id, key, message))

    def warn(self, key: str, message: str) -> None:
        """Note a warning: the record is imported, something in it is not as it should be."""
        self.reading.warnings.append(Message(self.line, self.id, key, message))

    def text(self, key: str, *, required: str = "") -> str:
        """Return a text, stripped; empty for null. A number is taken for its digits."""
        value = self.data.get(key)
        if value is None or value == "":
            value = ""
        elif isinstance(value, bool | float | list | dict):
            self.error(key, "这里应是文本。")
            return ""
        text = storable(str(value)).strip()
        if not text and required and not self.failed_at(key):
            self.error(key, required)
        if len(text) > LENGTHS.get(key, 10**7):
            self.error(key, f"超过{LENGTHS[key]}个字，请缩短后再导入。")
        return text

    def failed_at(self, key: str) -> bool:
        """Whether this key of this line already has its error."""
        return any(e.line == self.line and e.key == key for e in self.reading.errors[-8:])

    def title(self) -> str:
        """Return the title on one line, page markup taken out."""
        found = self.text("title", required="缺少标题。")
        plain = _TAG.sub("", _BREAK.sub("", found))
        if plain != found:
            self.warn("title", "标题里的网页标记已去掉。")
        plain = " ".join(plain.split())
        if found and not plain:
            self.error("title", "标题里只有网页标记，没有文字。")
        return plain

    def body(self, title: str) -> str:
        """Return the body as clean rich text, and say what was taken out of it."""
        cleaned = to_html(self.text("body"), title=title)
        if cleaned.removed:
            self.warn("body", f"正文里的{'、'.join(cleaned.removed)}已清除，其余文字保留。")
        return cleaned.html

    def doc_number(self) -> str:
        """Return the document number in its normal form; a broken one is kept and flagged."""
        number = numbering.parse_doc_number(self.text("doc_number"))
        if number.flaw:
            self.warn("doc_number", f"发文字号「{number.text}」{number.flaw}")
        return number.text

    def index_number(self) -> str:
        """Return the index number as issued elsewhere; one that cannot stand in an address is left empty."""
        number = numbering.fold(self.text("index_number"))
        if number and not numbering.is_index_number(number):
            self.warn("index_number", f"索引号「{number}」不合格式，未导入。")
            return ""
        return number

    def date(self, key: str) -> date | None:
        """Return a date; an impossible one is an error, an unfilled form (年 月 日) is no date."""
        text = self.text(key)
        if not text:
            return None
        if _UNFILLED.match(text):
            self.warn(key, "日期没有填写（年 月 日），留空。")
            return None
        match = _DATE.match(numbering.fold(text) if ":" not in text else text)
        try:
            found = date(*map(int, match.groups())) if match else None
        except ValueError:
            found = None
        if found is None or found < EARLIEST:
            self.error(key, f"「{text}」不是可能的日期，请写成 2026-03-02 这样。")
            return None
        return found

    def validity(self) -> str:
        """Return the validity; an unknown word is left empty with a warning."""
        text = self.text("validity")
        if text and text not in _VALIDITY:
            self.warn("validity", f"不认识的有效性「{text}」，留空。可以写：{_VALIDITY_IN_WORDS}。")
        return str(_VALIDITY.get(text, ""))

    def attachments(self) -> list[tuple[str, str]]:
        """Return (name for people, address) of each attachment. Addresses are kept, never fetched."""
        value = self.data.get("attachments")
        if value is None:
            return []
        if not isinstance(value, list):
            self.error("attachments", "附件应是地址的列表。")
            return []
        found: dict[str, str] = {}
        for entry in value:
            url, name = (entry.get("url"), entry.get("title")) if isinstance(entry, dict) else (entry, None)
            url = storable(url).strip() if isinstance(url, str) else ""
            if not re.match(r"https?://", url, re.I) or len(url) > LENGTHS["source_url"]:
                self.warn("attachments", "有一个附件地址不是网址，未导入。")
                continue
            found.setdefault(url, storable(str(name or _file_name(url) or f"附件{len(found) + 1}"))[:300])
        return [(name, url) for url, name in found.items()]

    def relates_to_ids(self) -> list[str]:
        """Return the ids of the documents that an interpretation explains."""
        several = self.data.get("relates_to_ids") or []
        if not isinstance(several, list):
            self.error("relates_to_ids", "应是编号的列表。")
            return []
        one = self.data.get("relates_to_id")
        wanted = [str(each).strip() for each in [one, *several] if each not in (None, "")]
        return list(dict.fromkeys(wanted))


def _file_name(url: str) -> str:
    """Return the file's own name out of an address, where the address ends in one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    for text in (parts.path, parts.query):
        name = PurePosixPath(unquote(text)).name
        if re.search(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|zip|rar|jpe?g|png|txt|csv)$", name, re.I):
            return storable(name)
    return ""
