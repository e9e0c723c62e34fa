"""PDFs joined (合并) and redacted (遮盖): pikepdf joins, pypdfium2 turns pages to pixels and back, so that
nothing hidden survives (STACK, redaction). Pure: no Django; files are opened in a child process alone.
"""

from disclosure.pdf_pages.boxes import Box, WrongBox
from disclosure.pdf_pages.process import Found, Look, RefusedPages, draw, join, look, redact

__all__ = ["Box", "Found", "Look", "RefusedPages", "WrongBox", "draw", "join", "look", "redact"]
