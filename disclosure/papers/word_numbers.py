"""Numbers that Word counts by itself, written as text into the main part: 一、（一）第一条 stand in the
paper, and HTML lists know none of them. Plain lists (1. and bullets) stay lists."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

# In a child process, after our own reader has refused document types and bombs (`word.read_blocks`).
from xml.etree import ElementTree as ET

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DIGITS = "〇一二三四五六七八九"
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "ideographDigital",
        "japaneseDigitalTenThousand",
        "chineseLegalSimplified",
    }
)
#: Elements around runs that mammoth knows nothing of, and would leave out with all they hold.
_READ_THROUGH = frozenset(f"{_W}{name}" for name in ("fldSimple", "customXml", "moveTo", "dir", "bdo"))
_PLACE = re.compile(r"%(\d)")


@dataclass
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""


@dataclass
class _Numbering:
    """The levels of each numbering, and which style uses which."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)

    def label(self, number: str, level: int) -> str:
        """The label of the next paragraph of this numbering; empty where it may stay a list."""
        levels = self.levels.get(number, {})
        counts = self.counts.setdefault(number, [0] * 9)
        own = levels.get(level, _Level())
        counts[level] = counts[level] + 1 if counts[level] else own.start
        counts[level + 1 :] = [0] * (8 - level)
        if own.form in {"bullet", "none"} or (own.form == "decimal" and own.text in {"", f"%{level + 1}."}):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            of_level = levels.get(at, _Level())
            return written(counts[at] or of_level.start, of_level.form)

        return _PLACE.sub(shown, own.text)


def written(number: int, form: str) -> str:
    """A number in the form that Word names `form`; in digits where we know no other."""
    if form in _CHINESE and 0 < number < 100:
        tens, ones = divmod(number, 10)
        head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return head + (_DIGITS[ones] if ones or not tens else "")
    if form in {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"} and 0 < number <= 20:
        return chr(0x245F + number)
    if form in {"upperLetter", "lowerLetter"} and 0 < number <= 26:
        return chr((64 if form == "upperLetter" else 96) + number)
    return str(number)


def with_numbers(content: bytes) -> bytes:
    """The file with its counted numbers and formulas as text. What is not understood stays as it is."""
    source = zipfile.ZipFile(io.BytesIO(content))
    names = {info.filename for info in source.infolist()}
    if "word/document.xml" not in names:
        return content
    numbering = _numbering(source, names)
    root = ET.fromstring(source.read("word/document.xml"))  # noqa: S314 - see the import
    for paragraph in root.iter(f"{_W}p"):
        _number(paragraph, numbering)
    for element in root.iter():
        if element.tag in _READ_THROUGH:
            element.tag = f"{_W}smartTag"
    _formulas_as_text(root)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written_file:
        for name in names:
            part = ET.tostring(root, "utf-8") if name == "word/document.xml" else source.read(name)
            written_file.writestr(name, part)
    return target.getvalue()


def _numbering(source: zipfile.ZipFile, names: set[str]) -> _Numbering:
    found = _Numbering()
    if "word/numbering.xml" not in names:
        return found
    root = ET.fromstring(source.read("word/numbering.xml"))  # noqa: S314 - see the import
    abstract = {one.get(f"{_W}abstractNumId", ""): _levels(one) for one in root.iter(f"{_W}abstractNum")}
    for one in root.iter(f"{_W}num"):
        levels = dict(abstract.get(_value(one, "abstractNumId"), {}))
        for override in one.iter(f"{_W}lvlOverride"):
            levels |= _levels(override)
        found.levels[one.get(f"{_W}numId", "")] = levels
    if "word/styles.xml" in names:
        styles = ET.fromstring(source.read("word/styles.xml"))  # noqa: S314 - see the import
        for style in styles.iter(f"{_W}style"):
            number, level = _numbered(style)
            if number:
                found.of_style[style.get(f"{_W}styleId", "")] = (number, level)
    return found


def _levels(parent: ET.Element) -> dict[int, _Level]:
    return {
        _whole(level.get(f"{_W}ilvl")): _Level(
            _whole(_value(level, "start") or "1"),
            _value(level, "numFmt") or "decimal",
            _value(level, "lvlText"),
        )
        for level in parent.iter(f"{_W}lvl")
    }


def _numbered(element: ET.Element) -> tuple[str, int]:
    """Which numbering and level an element names; an empty one where none."""
    own = element.find(f"{_W}pPr/{_W}numPr")
    if own is None:
        return "", 0
    return _value(own, "numId"), min(8, _whole(_value(own, "ilvl")))


def _number(paragraph: ET.Element, numbering: _Numbering) -> None:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return
    own = properties.find(f"{_W}numPr")
    number, level = _numbered(paragraph)
    if own is None:
        number, level = numbering.of_style.get(_value(properties, "pStyle"), ("", 0))
    if not number or number == "0" or number not in numbering.levels:
        return
    label = numbering.label(number, level)
    if not label or not any((text.text or "").strip() for text in paragraph.iter(f"{_W}t")):
        return
    if own is not None:
        properties.remove(own)
    run = ET.Element(f"{_W}r")
    ET.SubElement(run, f"{_W}t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"}).text = label
    paragraph.insert(list(paragraph).index(properties) + 1, run)


def _formulas_as_text(root: ET.Element) -> None:
    for parent, formula in list(_formulas(root)):
        run = ET.Element(f"{_W}r")
        text = ET.SubElement(run, f"{_W}t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
        text.text = "".join(one.text or "" for one in formula.iter(f"{_M}t"))
        run.tail = formula.tail
        parent[list(parent).index(formula)] = run


def _formulas(root: ET.Element) -> Iterator[tuple[ET.Element, ET.Element]]:
    for parent in root.iter():
        if parent.tag not in {f"{_M}oMathPara"}:
            for child in parent:
                if child.tag == f"{_M}oMath":
                    yield parent, child
        else:
            parent.tag = f"{_W}smartTag"  # mammoth reads through it to what it holds
            for child in parent:
                if child.tag == f"{_M}oMath":
                    yield parent, child


def _value(parent: ET.Element, name: str) -> str:
    child = parent.find(f"{_W}{name}")
    return child.get(f"{_W}val", "") if child is not None else ""


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 6 else 0
