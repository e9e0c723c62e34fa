"""Bodies that come from elsewhere, as plain text or as foreign markup, made into our rich text.

Nothing is lost but markup: every character of a plain text stands in the result, in order.
"""

from __future__ import annotations

import re
from html import escape

from disclosure.rich_text import CleanHtml, clean, to_text

#: Markup that shapes a page: a body with any of it is HTML. `印发<暂行办法>的通知` is text.
_STRUCTURE = re.compile(r"<(?:p|div|table|h[1-6]|ul|ol|section|article|center|blockquote)\b[^<>]*>", re.I)
_ANY_TAG = re.compile(
    r"</?(?:script|style|iframe|object|embed|form|input|svg|img|video|audio|a|b|i|u|em|strong|span|font|link"
    r"|meta|body|html|template|br|p|div)\b[^<>]*>",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>|</p>", re.I)
#: Foreign block elements, in words of our own policy; else nh3 would run their texts together.
_FOREIGN = (
    (re.compile(r"<h1\b", re.I), "<h2"),
    (re.compile(r"</h1\s*>", re.I), "</h2>"),
    (re.compile(r"<h[56]\b", re.I), "<h4"),
    (re.compile(r"</h[56]\s*>", re.I), "</h4>"),
    (re.compile(r"<(?:div|section|article|center|dt|dd|pre|address)\b", re.I), "<p"),
    (re.compile(r"</(?:div|section|article|center|dt|dd|pre|address)\s*>", re.I), "</p>"),
    (re.compile(r"<b(?=[\s>])", re.I), "<strong"),
    (re.compile(r"</b\s*>", re.I), "</strong>"),
    (re.compile(r"<i(?=[\s>])", re.I), "<em"),
    (re.compile(r"</i\s*>", re.I), "</em>"),
)
_EMPTY = re.compile(r"<(p|strong|em|h[2-4])(?: [^>]*)?>(?:\s|&nbsp;|\u00a0|<br>)*</\1>")

_NUMERAL = "一二三四五六七八九十百"
_CHAPTER = re.compile(rf"^第[{_NUMERAL}\d]+[编章]")
_SECTION = re.compile(rf"^第[{_NUMERAL}\d]+节")
_FIRST_LEVEL = re.compile(rf"^[{_NUMERAL}]{{1,3}}、")
_SECOND_LEVEL = re.compile(rf"^[（(][{_NUMERAL}]{{1,3}}[）)]")
_DATE = re.compile(
    r"^(?:\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日"
    r"|[一二三四五六七八九〇零○ＯOo0]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)$"
)
_PUNCTUATED = re.compile(r"[。;；:：,，!！?？《》]")
_HEADING_LENGTH, _SIGNATURE_LENGTH, _LONG_LINE = 45, 30, 300
#: Where a text that lost its line breaks surely began a new paragraph.
_LOST_BREAK = re.compile(
    rf"(?<=[。;；:：）)])(?=(?:[{_NUMERAL}]{{1,3}}、|[（(][{_NUMERAL}]{{1,3}}[）)]|第[{_NUMERAL}]+[章条]))"
)


def to_html(body: str, *, title: str = "") -> CleanHtml:
    """Return `body`, plain text or HTML, as clean rich text, with what was taken out in words."""
    if _STRUCTURE.search(body):
        return _from_markup(body)
    if _ANY_TAG.search(body):
        lines = _BREAK.sub("\n", body)
        if _ANY_TAG.search(lines):
            cleaned = clean(lines.replace("\n", "<br>"))
            return CleanHtml(from_plain_text(to_text(cleaned.html), title=title), cleaned.removed)
        body = lines
    return CleanHtml(from_plain_text(body, title=title), ())


def _from_markup(html: str) -> CleanHtml:
    removed = clean(html).removed
    for pattern, ours in _FOREIGN:
        html = pattern.sub(ours, html)
    html = clean(html).html
    while (shorter := _EMPTY.sub("", html)) != html:
        html = shorter
    return CleanHtml(clean(html.strip()).html, removed)


def from_plain_text(text: str, *, title: str = "") -> str:
    """Set a plain text as paragraphs in 公文 manner: headings, salutation, 落款 on the right."""
    lines = _lines(text)
    kinds = [_kind(line) for line in lines]
    _mark_head(lines, kinds, title)
    _mark_signatures(lines, kinds)
    return "\n".join(_markup(kind, line) for kind, line in zip(kinds, lines, strict=True))


def _lines(text: str) -> list[str]:
    """Split into paragraphs: one a line; a line that ends in a comma runs on into the next."""
    found: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = " ".join(raw.split())
        if not line:
            continue
        if found and found[-1][-1] in "，、" and not _kind(line):
            found[-1] += line
        elif len(line) > _LONG_LINE:
            found.extend(_LOST_BREAK.sub("\n", line).split("\n"))
        else:
            found.append(line)
    return found


def _kind(line: str) -> str:
    """Tell a heading (`h2`, `h3`) from a paragraph (empty)."""
    if len(line) > _HEADING_LENGTH or line[-1] in "。;；:：,，":
        return ""
    if "。" in line:
        return ""
    if _CHAPTER.match(line) or _FIRST_LEVEL.match(line):
        return "h2"
    return "h3" if _SECTION.match(line) or _SECOND_LEVEL.match(line) else ""


def heading_of(line: str) -> str:
    """The heading that a line is by its words: `h2` (一、 第一章), `h3` (（一） 第一节); empty for none."""
    return _kind(line) if line else ""


def _mark_head(lines: list[str], kinds: list[str], title: str) -> None:
    """Centre a title that the text repeats; set the salutation flush left."""
    wanted = "".join(title.split())
    for i, line in enumerate(lines[:8]):
        if wanted and "".join(line.split()) == wanted:
            kinds[i] = "center"
        elif not kinds[i] and line[-1] in ":：" and len(line) <= 150:
            kinds[i] = "flush"
            return


def _mark_signatures(lines: list[str], kinds: list[str]) -> None:
    """Set a date that stands alone, and the short lines with the signers above it, on the right (落款)."""
    for i, line in enumerate(lines):
        if not _DATE.match(line):
            continue
        kinds[i] = "right"
        for j in range(i - 1, max(i - 6, -1), -1):
            if kinds[j] or len(lines[j]) > _SIGNATURE_LENGTH or _PUNCTUATED.search(lines[j]) or j == 0:
                break
            kinds[j] = "right"


def _markup(kind: str, line: str) -> str:
    text = escape(line, quote=False)
    if kind in {"h2", "h3"}:
        return f"<{kind}>{text}</{kind}>"
    classes = {"center": "align-center", "right": "align-right", "flush": "no-indent"}
    return f'<p class="{classes[kind]}">{text}</p>' if kind else f"<p>{text}</p>"
