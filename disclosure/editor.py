"""The rich-text box of the back office: the editor where JavaScript runs, a plain text box where not."""

from __future__ import annotations

from typing import Any

from django_prose_editor.widgets import AdminProseEditorWidget

_STYLES = [
    {"title": "居中", "cssClasses": ["align-center"]},
    {"title": "右对齐（落款）", "cssClasses": ["align-right"]},
    {"title": "顶格（不缩进）", "cssClasses": ["no-indent"]},
]

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
    # Not TextAlign: it reads and shows alignment by inline style, which the site's policy blocks, and would
    # lose every 落款 on opening. Our classes do the same in the open.
    "NodeClass": {"cssClasses": {"paragraph": _STYLES, "heading": _STYLES[:1]}},
    "History": True,
    "HTML": False,
}


class BodyWidget(AdminProseEditorWidget):  # type: ignore[misc]
    """The editor over a body."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"rows": 24, **(attrs or {})}, config={"extensions": EXTENSIONS})
        self.preset = "configurable"

    @property
    def media(self) -> Any:
        """The editor's own files, and our Chinese words and accessible names."""
        from django.forms import Media

        ours = Media(css={"all": ["css/admin-editor.css"]}, js=["js/editor-zh.js"])
        return super().media + ours
