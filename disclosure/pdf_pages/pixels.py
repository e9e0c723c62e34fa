"""Pages to pixels and back, by pypdfium2: a redacted file holds pictures. In the child process alone."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops, ImageDraw

from disclosure.pdf_pages.boxes import Box
from disclosure.pdf_pages.sentences import BROKEN, ENCRYPTED, MOST_PAGES, TOO_MANY, Refused

#: Dots an inch of a redacted page: small print stays legible, a page of text is some 250 KB.
DPI = 150
#: A page that is a poster is drawn coarser, not larger.
MOST_PIXELS = 9_000_000
_QUALITY, _SHOWN_QUALITY = 80, 70


def opened(path: Path) -> Any:
    """The document, with the fields of its forms. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        raise Refused(ENCRYPTED if locked else BROKEN) from error
    if not 0 < len(document) <= MOST_PAGES:
        raise Refused(TOO_MANY if len(document) else BROKEN)
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def draw(path: Path, number: int, *, width: int, boxes: list[Box]) -> bytes:
    """Page `number` (from 1) as a JPEG `width` pixels wide, with its boxes. Raises Refused."""
    document = opened(path)
    if not 1 <= number <= len(document):
        raise Refused(BROKEN)
    page = _page(document, number)
    picture = _painted(page, width / max(page.get_width(), 1.0), [box for box in boxes if box.page == number])
    return _jpeg(picture, _SHOWN_QUALITY)


def redact(path: Path, boxes: list[Box]) -> tuple[bytes, int]:
    """A PDF of pictures of all pages, the boxes black, and how many pages it has. Raises Refused."""
    document = opened(path)
    made = pypdfium2.PdfDocument.new()
    of_page: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        of_page[box.page].append(box)
    for number in range(1, len(document) + 1):
        page = _page(document, number)
        width, height = page.get_size()
        content = io.BytesIO(_jpeg(_painted(page, DPI / 72, of_page[number]), _QUALITY))
        page.close()
        image = pypdfium2.PdfImage.new(made)
        image.load_jpeg(content, inline=True)
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = made.new_page(width, height)
        sheet.insert_obj(image)
        sheet.gen_content()
        sheet.close()
    target = io.BytesIO()
    made.save(target)
    _prove(target.getvalue(), pages=len(document))
    return target.getvalue(), len(document)


def _page(document: Any, number: int) -> Any:
    try:
        return document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise Refused(BROKEN) from error


def _painted(page: Any, scale: float, boxes: list[Box]) -> Image.Image:
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise Refused(BROKEN)
    scale = min(scale, math.sqrt(MOST_PIXELS / (width * height)))
    picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    brush = ImageDraw.Draw(picture)
    across, down = picture.size
    for box in boxes:
        # Outwards to whole pixels: no half-tone of a stroke is left at the edge.
        left, top = math.floor(box.left / 100 * across), math.floor(box.top / 100 * down)
        right = math.ceil((box.left + box.width) / 100 * across)
        bottom = math.ceil((box.top + box.height) / 100 * down)
        brush.rectangle((left, top, right, bottom), fill=(0, 0, 0))
    return picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    red, green, blue = picture.split()
    # A red seal stays red; black print needs one channel alone.
    grey = not (ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox())
    target = io.BytesIO()
    (red if grey else picture).save(target, "JPEG", quality=quality)
    return target.getvalue()


def _prove(content: bytes, *, pages: int) -> None:
    """Look at the result as a stranger would: as many pages, each a picture, and no more. Raises Refused."""
    with pikepdf.open(io.BytesIO(content)) as made:
        roots = set(made.Root.keys())
        clean = len(made.pages) == pages and roots <= {"/Type", "/Pages"}
        clean = clean and all("/Annots" not in page and "/Metadata" not in page for page in made.pages)
        clean = clean and not any(_has_font(page) for page in made.pages)
    if not clean:
        raise Refused(BROKEN)


def _has_font(page: Any) -> bool:
    return "/Font" in page.get("/Resources", {})
