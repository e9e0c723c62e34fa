"""PDF from a page of ours through WeasyPrint, where its pango library is installed; else the print page has
to do (STACK, picks)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders


@cache
def is_available() -> bool:
    """Whether this machine can make PDFs: WeasyPrint loads pango when it is imported."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def to_pdf(html: str, *, styles: tuple[str, ...]) -> bytes | None:
    """The page as a tagged PDF with these style sheets of ours (names under `static/`); None where this
    machine cannot. Nothing is fetched, from this site or elsewhere."""
    if not is_available():
        return None
    import weasyprint

    sheets = [weasyprint.CSS(string=_text_of(name)) for name in styles]
    page = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing, base_url=None)
    made: bytes = page.write_pdf(stylesheets=sheets, pdf_tags=True)
    return made


def _text_of(name: str) -> str:
    found = finders.find(name)
    if found is None:
        raise FileNotFoundError(name)
    return Path(str(found)).read_text(encoding="utf-8")


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError("nothing is fetched for a PDF")
