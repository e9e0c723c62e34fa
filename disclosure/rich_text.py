"""The one policy for rich text: what markup a body may hold, cleaned at the model's door (STACK, trap 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nh3
from django.db import models

TAGS = frozenset(
    [
        "p",
        "br",
        "h2",
        "h3",
        "h4",
        "ol",
        "ul",
        "li",
        "strong",
        "em",
        "u",
        "s",
        "sub",
        "sup",
        "blockquote",
        "hr",
        "a",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
    ]
)
CLASSES = frozenset({"align-left", "align-center", "align-right", "align-justify", "no-indent"})
ATTRIBUTES = {
    "a": {"href", "title"},
    "th": {"scope", "rowspan", "colspan"},
    "td": {"rowspan", "colspan"},
    "ol": {"start", "type"},
    "col": {"span"},
    "colgroup": {"span"},
}
#: More columns or rows than any table of a paper has; without a limit Word files of one cell never end.
MAX_SPAN = 100
#: What neither PostgreSQL nor XML (so no Word file) may hold: control characters but tab and line ends.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPAN = re.compile(r'(?<= (?:colspan|rowspan)=")([^"]*)(?=")')
_ALIGNABLE = {"p", "h2", "h3", "h4", "th", "td"}
_ALIGNMENT = re.compile(r' (?:style|class)="[^"]*"')
_TEXT_ALIGN = re.compile(r"text-align:\s*(left|center|right|justify)")


@dataclass(frozen=True)
class CleanHtml:
    """Cleaned markup, and in plain words what was taken out."""

    html: str
    removed: tuple[str, ...]


class _Finder(HTMLParser):
    """Collects what the policy will take out, for the clerk to read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self.found["脚本" if tag == "script" else "样式表"] = None
        elif tag == "img":
            self.found["图片"] = None
        elif tag in {"iframe", "object", "embed", "form", "input", "svg", "video", "audio"}:
            self.found[f"<{tag}> 元素"] = None
        for name, value in attrs:
            if name.startswith("on"):
                self.found["事件代码"] = None
            elif name in {"href", "src"} and re.match(
                r"\s*(javascript|data|vbscript|file):", value or "", re.I
            ):
                self.found["不安全的链接"] = None


def clean(html: str) -> CleanHtml:
    """Return `html` under the policy. `text-align` becomes a class, since pages allow no inline style."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return CleanHtml(cleaned_markup(html), tuple(finder.found))


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "iframe", "object", "svg", "template"},
    attributes={
        tag: ATTRIBUTES.get(tag, set()) | ({"style"} if tag in _ALIGNABLE else set()) for tag in TAGS
    },
    allowed_classes={tag: set(CLASSES) for tag in _ALIGNABLE},
    filter_style_properties={"text-align"},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer",
)


def cleaned_markup(html: str) -> str:
    """Return `html` under the policy, without the account of what was removed (bulk writes)."""
    # Before, so that no control character hides a tag; after, since `&#1;` is one as well.
    return storable(_TAG.sub(_align, _CLEANER.clean(storable(html))))


def storable(text: str) -> str:
    """Return `text` without the characters that neither database nor Word file can hold."""
    return _UNSTORABLE.sub("", text)


_TAG = re.compile(r'<(?:p|h[2-4]|t[hd])((?: [\w-]+="[^"]*")+)>')


def _align(match: re.Match[str]) -> str:
    """Fold the text-align style of one start tag into its class, and limit what a cell spans."""
    tag, attributes = match.group(0), match.group(1)
    align = _TEXT_ALIGN.search(attributes)
    classes = re.search(r'class="([^"]*)"', attributes)
    names = [
        c for c in (classes.group(1).split() if classes else []) if not (align and c.startswith("align-"))
    ]
    if align:
        names.append(f"align-{align.group(1)}")
    rest = _SPAN.sub(_limited_span, _ALIGNMENT.sub("", attributes))
    named = f' class="{" ".join(names)}"' if names else ""
    return tag.replace(attributes, rest + named)


def _limited_span(match: re.Match[str]) -> str:
    text = match.group(1).lstrip("0")
    if not re.fullmatch("[0-9]+", text):
        return "1"
    return text if len(text) <= 3 and int(text) <= MAX_SPAN else str(MAX_SPAN)


class RichTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is cleaned on every way into the database: save, bulk_create, update."""

    def get_prep_value(self, value: Any) -> Any:
        """Clean `value` as it goes to the database."""
        prepared = super().get_prep_value(value)
        if not isinstance(prepared, str):
            return prepared
        return cleaned_markup(prepared) if "<" in prepared or "&" in prepared else storable(prepared)


def to_text(html: str) -> str:
    """Return the words of cleaned markup, one block a line; used by search, Word and statistics."""
    extractor = _Text()
    extractor.feed(html)
    extractor.close()
    return "\n".join(
        line for line in (" ".join(part.split()) for part in "".join(extractor.parts).split("\n")) if line
    )


_BLOCKS = frozenset(
    ["p", "br", "h2", "h3", "h4", "li", "tr", "table", "blockquote", "hr", "div", "caption", "figcaption"]
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
