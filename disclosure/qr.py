"""QR codes as inline SVG: drawn here, nothing is loaded, no style attribute (the policy forbids it)."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe

#: Correction level M: read from a folded sheet as well as from a phone's screen.
_ERROR = "m"


def svg(text: str, *, label: str) -> SafeString:
    """The QR code of `text`, named `label` for whoever does not see it. Its size is the style sheet's
    matter (class `qr`). Raises segno.DataOverflowError for more than about 2,300 bytes."""
    made = io.BytesIO()
    code = segno.make(text, error=_ERROR, micro=False)
    code.save(
        made,
        kind="svg",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        border=4,
        light="#fff",
        title=label,
        svgclass="qr",
        lineclass=None,
        nl=False,
    )
    drawn = made.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
    return mark_safe(drawn)  # noqa: S308 - segno escapes the label; the rest is paths
