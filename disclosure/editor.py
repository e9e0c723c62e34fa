"""The rich-text box of the back office: the editor where JavaScript runs, a plain text box where not."""

from __future__ import annotations

import re
from typing import Any

from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import JS

_ALIGN = re.compile(r'class="([^"]*)"')
_ALIGN_CLASS = re.compile(r"^align-(left|center|right|justify)$")

#: What may be written: the same as `disclosure.rich_text` lets through, no more. An extension that another
#: needs must be named, or the editor does not start (STACK, traps 2 and 19).
EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Underline": True,
    "Strike": True,
    "Subscript": True,
    "Superscript": True,
    "Heading": {"levels": [2, 3, 4]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "HardBreak": True,
    "HorizontalRule": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "TextStyle": True,
    "TextAlign": {"types": ["heading", "paragraph"]},
    "NodeClass": {"cssClasses": {"paragraph": [{"title": "顶格(不缩进)", "cssClasses": ["no-indent"]}]}},
    "History": True,
    "HTML": False,
}


class BodyWidget(AdminProseEditorWidget):  # type: ignore[misc]
    """The editor over a body: alignment goes in as the style that it reads, and comes out as a class."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"rows": 24, **(attrs or {})}, config={"extensions": EXTENSIONS})
        self.preset = "configurable"

    @property
    def media(self) -> Any:
        """The editor's own files, and our Chinese words and accessible names before and after it."""
        from django.forms import Media

        ours = Media(css={"all": ["css/admin-editor.css"]}, js=[JS("js/editor-zh.js")])
        return super().media + ours

    def format_value(self, value: Any) -> Any:
        """Turn `align-right` classes into styles, which is what the editor understands."""
        shown = super().format_value(value)
        return _ALIGN.sub(_as_style, shown) if isinstance(shown, str) else shown


def _as_style(match: re.Match[str]) -> str:
    names = match.group(1).split()
    rest = [name for name in names if not _ALIGN_CLASS.match(name)]
    aligned = [found.group(1) for name in names if (found := _ALIGN_CLASS.match(name))]
    parts = [f'class="{" ".join(rest)}"'] if rest else []
    parts += [f'style="text-align: {aligned[0]}"'] if aligned else []
    return " ".join(parts)
