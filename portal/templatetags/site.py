"""Template tags of the public site, loaded everywhere."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from disclosure import qr
from disclosure.models import AttachedFile
from disclosure.states import Validity

register = template.Library()

_TELEPHONE = re.compile(r"\+?\d[\d\-\s()（）]{5,}\d")
_KINDS = {
    "doc": "Word",
    "docx": "Word",
    "wps": "WPS",
    "xls": "Excel",
    "xlsx": "Excel",
    "et": "Excel",
    "ppt": "PPT",
    "pptx": "PPT",
    "pdf": "PDF",
    "ofd": "OFD",
    "jpg": "图片",
    "jpeg": "图片",
    "png": "图片",
    "gif": "图片",
    "webp": "图片",
    "mp3": "音频",
    "mp4": "视频",
    "vtt": "字幕",
    "zip": "压缩包",
    "rar": "压缩包",
    "txt": "文本",
    "csv": "CSV",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from the sprite; it decorates words and is silent to screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false" width="24" height="24">'
        '<use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.filter
def dialable(text: str) -> str:
    """The first telephone number in `text`, as a tel: address wants it; empty when there is none."""
    found = _TELEPHONE.search(text or "")
    return re.sub(r"[^\d+]", "", found.group(0)) if found else ""


@register.filter
def size(octets: int) -> str:
    """A file's size in words: `318 KB`, `2.4 MB`."""
    if octets < 1024 * 1024:
        return f"{max(1, round(octets / 1024))} KB"
    return f"{octets / 1024 / 1024:.1f} MB"


@register.filter
def file_kind(found: AttachedFile) -> str:
    """What sort of file it is, in the word that people use."""
    name = found.file.name or found.source_url or found.title
    return _KINDS.get(name.rsplit(".", 1)[-1].lower(), "文件")


@register.filter
def address_or_nothing(found: AttachedFile | None) -> str:
    """Address of an attachment that may not be there."""
    return address(found) if found is not None else ""


@register.filter
def address(found: AttachedFile) -> str:
    """Address of an attachment, or empty when the archive kept only its name."""
    from portal.views.documents import attachment_url  # the views load after the template builtins

    return attachment_url(found)


@register.filter
def previewable(found: AttachedFile) -> bool:
    """Whether a browser shows the file itself."""
    from portal.views.documents import previewable as shown

    return shown(found)


@register.simple_tag
def qr_code(text: str, label: str) -> SafeString:
    """The QR code of a text as a drawing; `label` is what a screen reader says."""
    return qr.drawing(text, label=label)


@register.filter
def lines(text: str) -> list[str]:
    """Non-empty lines of a cell."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


@register.filter
def joined(values: Any, separator: str = "、") -> str:
    """Values with a Chinese comma between."""
    return separator.join(str(value) for value in values or [])


@register.inclusion_tag("components/validity.html")
def validity(document: Any, *, large: bool = False) -> dict[str, Any]:
    """The badge 有效性; nothing where it is unknown or does not apply."""
    now = document.validity_now
    shown = now not in ("", "not_applicable")
    label = _validity_words(document, now)
    return {"value": now, "label": label, "shown": shown, "large": large}


@register.inclusion_tag("components/validity.html")
def validity_then(document: Any) -> dict[str, Any]:
    """The badge of the day that a list stands for: rows of `with_validity_on`."""
    then = document.validity_then
    label = _validity_words(document, then)
    return {"value": then, "label": label, "shown": bool(label), "large": False}


def _validity_words(document: Any, value: str) -> str:
    if value not in Validity.values:
        return ""
    label = str(Validity(value).label)
    return f"{label}（{document.effective_on:%Y-%m-%d}起）" if value == Validity.NOT_YET else label


@register.inclusion_tag("components/dial.html")
def dial(number: str, label: str = "") -> dict[str, str]:
    """A telephone number with a button that dials it."""
    return {"number": number, "tel": dialable(number), "label": label}
