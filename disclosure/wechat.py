"""A text for the WeChat editor: one HTML file, every style inline, nothing loaded, no class, no script.

The editor drops style sheets, links to other sites and everything that it does not know; what is left must
still read well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from disclosure.rich_text import cleaned_markup

_INK, _DEEP, _SOFT, _LINE = "#1d1c1a", "#1f3b5c", "#5a564e", "#dcd8cd"
_PARAGRAPH = f"margin:0 0 1em;font-size:17px;line-height:1.9;color:{_INK};text-align:justify"
_STYLES = {
    "p": _PARAGRAPH,
    "h2": f"margin:1.6em 0 .8em;padding-left:10px;border-left:4px solid {_DEEP};font-size:19px;"
    f"line-height:1.5;font-weight:bold;color:{_DEEP}",
    "h3": f"margin:1.2em 0 .6em;font-size:17px;line-height:1.6;font-weight:bold;color:{_INK}",
    "h4": f"margin:1em 0 .5em;font-size:17px;line-height:1.6;font-weight:bold;color:{_INK}",
    "ol": "margin:0 0 1em;padding-left:1.6em",
    "ul": "margin:0 0 1em;padding-left:1.6em",
    "li": f"font-size:17px;line-height:1.9;color:{_INK}",
    "blockquote": f"margin:0 0 1em;padding:10px 14px;background:#f5f3ec;color:{_SOFT}",
    "table": "width:100%;margin:0 0 1em;border-collapse:collapse;font-size:14px;line-height:1.6",
    "th": f"padding:6px 8px;border:1px solid {_LINE};background:#edf1f5;text-align:left;font-weight:bold",
    "td": f"padding:6px 8px;border:1px solid {_LINE};text-align:left;vertical-align:top",
    "caption": "padding-bottom:6px;font-weight:bold",
    "figcaption": f"font-size:14px;color:{_SOFT};text-align:center",
    "hr": f"border:0;border-top:1px solid {_LINE};margin:1.5em 0",
}
#: Known to the editor and kept as they are.
_PLAIN = frozenset("br strong em u s sub sup thead tbody tfoot tr colgroup col figure".split())
_VOID = frozenset(["br", "hr", "col"])
_SPANS = ("rowspan", "colspan", "start", "span")


def page(
    *,
    title: str,
    lead: str,
    facts: Sequence[str],
    body: str,
    attachments: Sequence[str],
    address: str,
) -> str:
    """Return the whole file. `facts`: issuer, number, day, as far as known; `lead` the words above the body;
    `address` the page on the site."""
    parts = [
        f'<p style="margin:0 0 1em;font-size:14px;color:{_SOFT}">{escape("　".join(facts))}</p>',
        *(
            f'<p style="margin:0 0 1.4em;padding:12px 14px;background:#edf1f5;font-size:17px;line-height:1.8;'
            f'color:{_DEEP}">{escape(line.strip())}</p>'
            for line in lead.splitlines()
            if line.strip()
        ),
        styled(body),
    ]
    if attachments:
        listed = "<br>".join(f"{number}. {escape(one)}" for number, one in enumerate(attachments, 1))
        parts.append(f'<p style="{_PARAGRAPH}">附件（请到网站下载）：<br>{listed}</p>')
    parts.append(
        f'<p style="margin:2em 0 0;padding-top:1em;border-top:1px solid {_LINE};font-size:14px;'
        f'line-height:1.8;color:{_SOFT}">全文和附件见县政府网站：<br>{escape(address)}</p>'
    )
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head>"
        f'<body style="margin:24px auto;max-width:640px;padding:0 16px">{"".join(parts)}</body></html>'
    )


def styled(body: str) -> str:
    """Return cleaned markup with a style on each element in place of classes; links become words."""
    writer = _Writer()
    writer.feed(
        cleaned_markup(body) if "<" in body else "".join(f"<p>{escape(x)}</p>" for x in body.split("\n"))
    )
    writer.close()
    return "".join(writer.parts)


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _STYLES and tag not in _PLAIN:
            return
        style = _STYLES.get(tag, "") + _aligned(given.get("class", ""), tag)
        kept = "".join(f' {name}="{escape(given[name])}"' for name in _SPANS if name in given)
        self.parts.append(f"<{tag}{kept}" + (f' style="{style}"' if style else "") + ">")

    def handle_endtag(self, tag: str) -> None:
        if (tag in _STYLES or tag in _PLAIN) and tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))


def _aligned(classes: str, tag: str) -> str:
    found = re.search(r"\balign-(left|center|right)\b", classes)
    if found:
        return f";text-align:{found[1]}"
    return ";text-indent:2em" if tag == "p" and "no-indent" not in classes else ""
