"""The small query language (检索式): for those who want it; the advanced form writes it for the others.

    "完整的一句"        these characters in this order
    -词                without this word
    标题:词  正文:词    in the title, in the text
    文号:…  索引号:…  单位:…  主题:…  领域:…  类型:…  年份:…  有效性:…   as the filters of the page

Whatever is not of this shape is read as words: nothing that can be typed is an error.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

#: The names of fields, in both languages, and what each restricts.
FIELDS = {
    "标题": "title",
    "题名": "title",
    "title": "title",
    "正文": "text",
    "内容": "text",
    "text": "text",
    "文号": "doc_number",
    "发文字号": "doc_number",
    "索引号": "index_number",
    "单位": "agency",
    "部门": "agency",
    "发布机构": "agency",
    "公开单位": "agency",
    "主题": "topic",
    "主题分类": "topic",
    "领域": "field",
    "类型": "kind",
    "体裁": "kind",
    "年份": "year",
    "年": "year",
    "有效性": "validity",
    "效力": "validity",
}
_QUOTES = '"“”「」『』'
_PIECE = re.compile(
    rf"(?P<not>(?<![^\s{_QUOTES}])[-\u2212\uff0d](?=[^\s\-\u2212\uff0d]))?"
    rf"(?:(?P<field>{'|'.join(sorted(FIELDS, key=len, reverse=True))}):\s?)?"
    rf"(?:[\"“「『](?P<phrase>[^{_QUOTES}]+)[\"”」』]|(?P<word>[^\s{_QUOTES}]+))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Expression:
    """A query as it was written. `words` is what stands outside of quotes, signs and fields."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    #: Values of filters by their name.
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but words."""
        return not (self.phrases or self.without or self.title or self.text or self.filters)


def read(query: str) -> Expression:
    """Read a query. Never raises; a quote that is not closed and a sign that stands alone are passed over."""
    words: list[str] = []
    found: dict[str, list[str]] = {"phrases": [], "without": [], "title": [], "text": []}
    filters: dict[str, list[str]] = {}
    # Colons come in two widths; the quotes stay as they are, each has its own other half.
    for piece in _PIECE.finditer(query.replace("\uff1a", ":")):
        value = (piece["phrase"] or piece["word"] or "").strip()
        name = FIELDS.get(unicodedata.normalize("NFKC", piece["field"] or "").lower(), "")
        if not value:
            continue
        if piece["not"]:
            found["without"].append(value)
        elif name in ("title", "text"):
            found[name].append(value)
        elif name:
            filters.setdefault(name, []).append(value)
        elif piece["phrase"]:
            found["phrases"].append(value)
        else:
            words.append(value)
    return Expression(
        " ".join(words),
        **{name: tuple(dict.fromkeys(values)) for name, values in found.items()},
        filters={name: tuple(dict.fromkeys(values)) for name, values in filters.items()},
    )


def write(expression: Expression) -> str:
    """Write an expression, as `read` reads it again: what the advanced form puts into the box."""
    labels: dict[str, str] = {}
    for label, name in FIELDS.items():
        labels.setdefault(name, label)
    pieces = [expression.words] if expression.words else []
    pieces += [f'"{phrase}"' for phrase in expression.phrases]
    for name in ("title", "text"):
        pieces += [f"{labels[name]}:{_quoted(value)}" for value in getattr(expression, name)]
    for name, values in expression.filters.items():
        pieces += [f"{labels[name]}:{_quoted(value)}" for value in values]
    pieces += [f"-{_quoted(value)}" for value in expression.without]
    return " ".join(pieces)


def _quoted(value: str) -> str:
    bare = re.sub(f"[{_QUOTES}]", "", value).strip()
    return f'"{bare}"' if re.search(r"\s", bare) else bare
