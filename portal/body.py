"""The body of a document or an interpretation, made ready for a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe

from disclosure import rich_text

_HEADING = re.compile(r"<h2( [^>]*)?>(.*?)</h2>", re.S)
_MARKUP = re.compile(r"</?[a-zA-Z!]")
_TABLE = re.compile(r"<table\b.*?</table>", re.S)
_CAPTION = re.compile(r"<caption[^>]*>(.*?)</caption>", re.S)


@dataclass(frozen=True)
class Heading:
    """An entry of the contents rail: the anchor and the words."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Body:
    """Safe markup and the headings in it."""

    html: SafeString
    headings: list[Heading]


def prepare(source: str) -> Body:
    """Return `source` cleaned once more (STACK, trap 1), with anchors and tables that scroll on their own.

    Text without markup, as an old archive has it, becomes paragraphs.
    """
    html = rich_text.clean(source).html if _MARKUP.search(source) else _paragraphs(source)
    headings: list[Heading] = []

    def anchored(match: re.Match[str]) -> str:
        heading = Heading(f"part-{len(headings) + 1}", strip_tags(match.group(2)).strip())
        headings.append(heading)
        return f'<h2 id="{heading.anchor}"{match.group(1) or ""}>{match.group(2)}</h2>'

    html = _HEADING.sub(anchored, html)
    number = count(1)
    html = _TABLE.sub(lambda match: _scrolling(match, next(number)), html)
    return Body(mark_safe(html), headings)  # noqa: S308 (cleaned above)


def _scrolling(match: re.Match[str], number: int) -> str:
    caption = _CAPTION.search(match.group(0))
    words = strip_tags(caption.group(1)).strip() if caption else ""
    label = escape(words or f"表格 {number}")
    return f'<div class="table-scroll" role="group" tabindex="0" aria-label="{label}">{match.group(0)}</div>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line.strip())}</p>" for line in text.splitlines() if line.strip())
